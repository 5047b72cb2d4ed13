use std::time::Duration;

use livemart_locks::{LockError, LockGuard, Options};
use tokio::time::{Instant, sleep_until, timeout};

use crate::redis_server::RedisServer;
use crate::support::{PATIENCE, brief, locks, nodes, options};

const KEY: &str = "livemart:test:lock:lamp";

#[tokio::test]
async fn a_guard_keeps_its_lock_for_many_expiries() {
    let servers = nodes::<3>();
    let (mine, theirs) = (locks(&servers, brief()), locks(&servers, brief()));
    let guard = mine.lock("lamp").await.unwrap();
    let first_end = guard.until();

    sleep_until(first_end + brief().expiry * 3).await;

    assert!(guard.is_held() && guard.until() > first_end + brief().expiry * 2);
    assert!(matches!(theirs.try_lock("lamp").await, Err(LockError::Taken { .. })));
    guard.release().await.unwrap();
}

#[tokio::test]
async fn an_extension_by_hand_starts_a_new_expiry() {
    let servers = nodes::<3>();
    let guard = locks(&servers, options()).lock("lamp").await.unwrap();
    let before = guard.until();

    guard.extend().await.unwrap();

    assert!(guard.until() > before);
    guard.release().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_somebody_else_has_is_signalled_as_lost() {
    let servers = nodes::<3>();
    let guard = locks(&servers, brief()).lock("lamp").await.unwrap();
    for server in &servers[..2] {
        server.send(&format!("SET {KEY} somebody-else"));
    }

    assert_lost(&guard).await;
    assert!(matches!(guard.extend().await, Err(LockError::Expired { before: "extended", .. })));
    assert!(matches!(guard.release().await, Err(LockError::Expired { before: "released", .. })));
}

#[tokio::test]
async fn a_lock_whose_nodes_are_gone_is_signalled_as_lost_by_its_end() {
    let mut servers = nodes::<3>();
    let guard = locks(&servers, brief()).lock("lamp").await.unwrap();
    servers[..2].iter_mut().for_each(RedisServer::kill);

    assert_lost(&guard).await;
    assert!(matches!(guard.release().await, Err(LockError::NoQuorum { .. })));
}

async fn assert_lost(guard: &LockGuard) {
    timeout(PATIENCE, guard.lost().cancelled()).await.expect("the loss is signalled");
    assert!(!guard.is_held());
}

#[tokio::test]
async fn a_lock_outlives_a_minority_of_its_nodes() {
    let mut servers = nodes::<3>();
    let guard = locks(&servers, brief()).lock("lamp").await.unwrap();
    servers[0].kill();

    sleep_until(Instant::now() + brief().expiry * 3).await;

    assert!(guard.is_held() && !guard.lost().is_cancelled());
    guard.release().await.unwrap();
}

#[tokio::test]
async fn a_release_is_no_loss() {
    let servers = nodes::<1>();
    let guard = locks(&servers, options()).lock("lamp").await.unwrap();
    let lost = guard.lost();

    guard.release().await.unwrap();

    assert!(!lost.is_cancelled());
    assert_eq!(servers[0].get(KEY), None);
}

#[tokio::test]
async fn a_flushed_lock_is_lost_unless_it_is_to_be_set_again() {
    let servers = nodes::<1>();
    let guard = locks(&servers, options()).lock("lamp").await.unwrap();
    servers[0].send("FLUSHALL");
    assert!(matches!(guard.extend().await, Err(LockError::Expired { .. })));

    let recreating = Options { recreate_on_extend: true, ..options() };
    let guard = locks(&servers, recreating).lock("lamp").await.unwrap();
    let fence = guard.fence().get().to_string();
    servers[0].send("FLUSHALL");
    guard.extend().await.unwrap();
    assert!(servers[0].get(KEY).is_some());
    assert_eq!(servers[0].get("livemart:test:fence:lamp"), Some(fence));
    guard.release().await.unwrap();
}

#[tokio::test]
async fn setting_again_never_takes_a_key_from_somebody_else() {
    let servers = nodes::<1>();
    let recreating = Options { recreate_on_extend: true, ..options() };
    let guard = locks(&servers, recreating).lock("lamp").await.unwrap();
    servers[0].send(&format!("SET {KEY} somebody-else"));

    assert!(matches!(guard.extend().await, Err(LockError::Expired { .. })));
    assert_eq!(servers[0].get(KEY).as_deref(), Some("somebody-else"));
}

#[tokio::test]
async fn a_stopped_service_waits_for_its_extensions_only_while_guards_live() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options());
    let guard = locks.lock("lamp").await.unwrap();
    assert!(timeout(Duration::from_millis(50), locks.drain()).await.is_err());

    guard.release().await.unwrap();

    timeout(PATIENCE, locks.drain()).await.expect("nothing is left to do");
    for server in &servers {
        assert_eq!(server.get(KEY), None);
    }
}
