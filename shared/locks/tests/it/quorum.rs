use std::time::{Duration, Instant};

use livemart_locks::{LockError, Locks};

use crate::redis_server::RedisServer;
use crate::support::{locks, nodes, options};

/// What a call may take beyond its timeout on a busy test machine.
const SLACK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn three_nodes_go_on_without_one() {
    goes_on_without::<3>(1).await;
}

#[tokio::test]
async fn five_nodes_go_on_without_two() {
    goes_on_without::<5>(2).await;
}

async fn goes_on_without<const NODES: usize>(dead: usize) {
    let mut servers = nodes::<NODES>();
    let locks = locks(&servers, options());
    let before = locks.lock("lamp").await.unwrap();
    servers[..dead].iter_mut().for_each(RedisServer::kill);

    before.extend().await.unwrap();
    before.release().await.unwrap();
    let after = locks.lock("lamp").await.unwrap();
    assert!(matches!(locks.try_lock("lamp").await, Err(LockError::Taken { .. })));
    after.release().await.unwrap();
}

#[tokio::test]
async fn three_nodes_refuse_quickly_without_two() {
    refuses_quickly_without::<3>(2).await;
}

#[tokio::test]
async fn five_nodes_refuse_quickly_without_three() {
    refuses_quickly_without::<5>(3).await;
}

async fn refuses_quickly_without<const NODES: usize>(dead: usize) {
    let mut servers = nodes::<NODES>();
    let locks = locks(&servers, options());
    locks.lock("lamp").await.unwrap().release().await.unwrap();
    servers[..dead].iter_mut().for_each(RedisServer::kill);

    let (refused, took) = refusal(&locks).await;

    let LockError::NoQuorum { reached, needed, nodes, failures } = &refused else {
        panic!("{refused}");
    };
    assert!(*reached <= NODES - dead && *needed == NODES / 2 + 1 && *nodes == NODES, "{refused}");
    assert_eq!(failures.len(), dead);
    assert!(refused.to_string().contains(&servers[0].address()), "{refused}");
    assert!(took < SLACK, "took {took:?}");
}

#[tokio::test]
async fn a_hung_minority_costs_no_time_and_a_hung_majority_one_timeout() {
    let servers = nodes::<3>();
    let options = options();
    let timeout = options.expiry.mul_f64(options.timeout_factor);
    let locks = locks(&servers, options);
    locks.lock("lamp").await.unwrap().release().await.unwrap();
    locks.drain().await;

    servers[0].send("CLIENT PAUSE 20000");
    let start = Instant::now();
    locks.lock("lamp").await.unwrap().release().await.unwrap();
    assert!(start.elapsed() < timeout, "took {:?}", start.elapsed());

    servers[1].send("CLIENT PAUSE 20000");
    let (refused, took) = refusal(&locks).await;
    assert!(matches!(refused, LockError::NoQuorum { .. }), "{refused}");
    assert!(took < timeout + SLACK, "took {took:?}");
}

async fn refusal(locks: &Locks) -> (LockError, Duration) {
    let start = Instant::now();
    let refused = locks.lock("lamp").await.unwrap_err();
    (refused, start.elapsed())
}

#[tokio::test]
async fn nodes_that_were_down_at_first_are_used_when_they_come() {
    let mut servers = nodes::<3>();
    servers.iter_mut().for_each(RedisServer::kill);
    let locks = locks(&servers, options());
    assert!(matches!(locks.try_lock("lamp").await, Err(LockError::NoQuorum { .. })));

    servers.iter_mut().for_each(RedisServer::start_again);

    locks.try_lock("lamp").await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn a_restarted_node_is_used_by_the_first_call() {
    let mut servers = nodes::<1>();
    let locks = locks(&servers, options());
    locks.try_lock("lamp").await.unwrap().release().await.unwrap();
    servers[0].kill();
    servers[0].start_again();

    locks.try_lock("lamp").await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn a_node_that_refused_the_log_in_is_asked_again() {
    let servers = nodes::<1>();
    let url = format!("redis://:secret@{}", servers[0].address());
    let locks = Locks::new("test", &[url], options()).unwrap();
    servers[0].send("CONFIG SET requirepass another");
    let refused = locks.try_lock("lamp").await.unwrap_err();
    assert!(matches!(refused, LockError::NoQuorum { .. }), "{refused}");
    assert!(!refused.to_string().contains("secret"), "{refused}");

    let administrator = redis::Client::open(format!("redis://:another@{}", servers[0].address()));
    let mut connection = administrator.unwrap().get_connection().unwrap();
    let change = redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("secret").clone();
    change.exec(&mut connection).unwrap();

    locks.try_lock("lamp").await.unwrap().release().await.unwrap();
}
