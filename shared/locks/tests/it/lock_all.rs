use livemart_locks::LockError;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{PATIENCE, locks, nodes, options};

#[tokio::test]
async fn all_are_taken_or_none() {
    let servers = nodes::<3>();
    let (mine, theirs) = (locks(&servers, options()), locks(&servers, options()));
    let held = mine.lock("b").await.unwrap();

    let refused = theirs.try_lock_all(["c", "b", "a"]).await.unwrap_err();
    assert!(matches!(&refused, LockError::Taken { resource } if resource == "b"), "{refused}");
    let rest = mine.try_lock_all(["a", "c"]).await.unwrap();

    rest.release().await.unwrap();
    held.release().await.unwrap();
}

#[tokio::test]
async fn a_release_frees_all_of_them() {
    let servers = nodes::<1>();
    let locks = locks(&servers, options());
    let guard = locks.lock_all(["a", "b", "a"]).await.unwrap();
    assert!(matches!(locks.try_lock("b").await, Err(LockError::Taken { .. })));

    guard.release().await.unwrap();

    locks.try_lock_all(["b", "a"]).await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn losing_one_of_them_is_losing_all() {
    let servers = nodes::<1>();
    let guard = locks(&servers, options()).lock_all(["a", "b"]).await.unwrap();
    servers[0].send("DEL livemart:test:lock:b");
    assert!(matches!(guard.extend().await, Err(LockError::Expired { .. })));
    assert!(matches!(guard.release().await, Err(LockError::Expired { .. })));
    assert_eq!(servers[0].get("livemart:test:lock:a"), None);
}

#[tokio::test]
async fn their_number_is_larger_than_that_of_any_earlier_holder_of_one() {
    let servers = nodes::<3>();
    let locks = locks(&servers, options());
    let mut last = None;
    for names in [vec!["a"], vec!["b", "a"], vec!["b"], vec!["a", "c"], vec!["c"]] {
        let guard = locks.lock_all(names).await.unwrap();
        assert!(last < Some(guard.fence()), "{last:?} then {:?}", guard.fence());
        last = Some(guard.fence());
        guard.release().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_in_different_order_do_not_deadlock() {
    let servers = nodes::<3>();
    let mut tasks = JoinSet::new();
    for names in [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "d"], ["d", "a", "b"]] {
        let locks = locks(&servers, options());
        tasks.spawn(async move {
            for _ in 0..10 {
                locks.lock_all(names).await.unwrap().release().await.unwrap();
            }
        });
    }
    timeout(PATIENCE, tasks.join_all()).await.expect("everybody gets all of its locks in turn");
}

#[tokio::test]
async fn a_thousand_are_taken_with_one_call() {
    let servers = nodes::<1>();
    let locks = locks(&servers, options());
    let names = (0..1_000).map(|number| format!("prd_{number}"));
    locks.lock_all(names).await.unwrap().release().await.unwrap();
    assert!(matches!(locks.lock_all([""; 0]).await, Err(LockError::NoResources)));
}
