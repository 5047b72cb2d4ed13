use livemart_locks::{Fence, Locks};

use crate::redis_server::RedisServer;
use crate::support::{SetClock, locks, nodes, options};

/// Microseconds in an hour.
const HOUR: u64 = 3_600_000_000;

async fn next_fence(locks: &Locks) -> Fence {
    let guard = locks.lock("lamp").await.unwrap();
    let fence = guard.fence();
    guard.release().await.unwrap();
    fence
}

fn flush(server: &RedisServer) {
    server.send("FLUSHALL");
}

#[tokio::test]
async fn each_holder_has_a_larger_number_whoever_it_is() {
    let servers = nodes::<3>();
    let (ahead, behind) = (SetClock::at(2 * HOUR), SetClock::at(HOUR));
    let mine = locks(&servers, options()).with_clock(ahead);
    let theirs = locks(&servers, options()).with_clock(behind);
    let mut last = next_fence(&mine).await;
    for turn in 0..20 {
        let fence = next_fence(if turn % 2 == 0 { &theirs } else { &mine }).await;
        assert!(fence > last, "{fence} after {last}");
        last = fence;
    }
}

#[tokio::test]
async fn numbers_rise_over_a_clock_that_goes_back() {
    let servers = nodes::<3>();
    let clock = SetClock::at(2 * HOUR);
    let locks = locks(&servers, options()).with_clock(clock.clone());
    let before = next_fence(&locks).await;
    clock.set(HOUR);
    assert!(next_fence(&locks).await > before);
}

#[tokio::test]
async fn numbers_rise_while_a_different_minority_is_behind_each_time() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options()).with_clock(SetClock::at(1));
    let mut last = next_fence(&locks).await;
    for turn in 0..30 {
        locks.drain().await;
        // One node counts ahead, as after rounds that only it took part in.
        let ahead = last.get() + 10;
        servers[turn % 3].send(&format!("SET livemart:test:fence:lamp {ahead}"));
        let fence = next_fence(&locks).await;
        assert!(fence > last, "{fence} after {last} in turn {turn}");
        last = fence;
    }
}

#[tokio::test]
async fn a_majority_of_counters_stands_at_the_number_before_the_lock_is_held() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options()).with_clock(SetClock::at(1));
    servers[0].send("SET livemart:test:fence:lamp 100");
    servers[1].send("SET livemart:test:fence:lamp 200");

    let guard = locks.lock("lamp").await.unwrap();

    let fence = guard.fence().get();
    let counters = servers.iter().filter_map(|server| server.get("livemart:test:fence:lamp"));
    let there = counters.filter(|counter| counter.parse::<i64>().unwrap() >= fence).count();
    assert!(there >= 2, "{there} of 3 counters stand at {fence}");
    guard.release().await.unwrap();
}

#[tokio::test]
async fn a_release_lets_the_counters_that_lag_catch_up() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options());
    let guard = locks.lock("lamp").await.unwrap();
    let fence = guard.fence().get().to_string();
    flush(&servers[0]);

    guard.release().await.unwrap();

    locks.drain().await;
    for server in &servers {
        assert_eq!(server.get("livemart:test:fence:lamp"), Some(fence.clone()));
    }
}

#[tokio::test]
async fn numbers_rise_over_a_flush_of_any_one_node_even_without_a_clock() {
    for victim in 0..3 {
        let servers = nodes::<3>();
        let locks = locks(&servers, options()).with_clock(SetClock::at(1));
        let before = next_fence(&locks).await.max(next_fence(&locks).await);
        locks.drain().await;
        flush(&servers[victim]);
        assert!(next_fence(&locks).await > before);
    }
}

#[tokio::test]
async fn numbers_rise_over_a_flush_of_all_nodes_as_time_goes_on() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options());
    let mut last = next_fence(&locks).await;
    for _ in 0..5 {
        servers.iter().for_each(flush);
        let fence = next_fence(&locks).await;
        assert!(fence > last, "{fence} after {last}");
        last = fence;
    }
}

#[tokio::test]
async fn after_a_flush_of_all_under_a_clock_that_lags_the_store_can_raise_the_numbers() {
    let servers = nodes::<3>();
    let clock = SetClock::at(2 * HOUR);
    let locks = locks(&servers, options()).with_clock(clock.clone());
    let seen_by_the_store = next_fence(&locks).await;
    locks.drain().await;
    servers.iter().for_each(flush);
    clock.set(HOUR);
    assert!(next_fence(&locks).await < seen_by_the_store, "the documented limit");

    locks.raise_fence(["lamp"], seen_by_the_store).await.unwrap();

    assert!(next_fence(&locks).await > seen_by_the_store);
}

#[tokio::test]
async fn counters_are_exact_at_sixteen_digits_and_do_not_stay_for_ever() {
    let servers = nodes::<1>();
    let clock = SetClock::at(1_799_999_999_999_999);
    let locks = locks(&servers, options()).with_clock(clock);
    assert_eq!(next_fence(&locks).await.get(), 1_799_999_999_999_999);
    assert_eq!(next_fence(&locks).await.get(), 1_800_000_000_000_000);
    let key = "livemart:test:fence:lamp";
    assert_eq!(servers[0].get(key).as_deref(), Some("1800000000000000"));
    assert!(matches!(servers[0].send(&format!("PTTL {key}")), redis::Value::Int(1..)));
}
