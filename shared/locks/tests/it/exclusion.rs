use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use livemart_locks::LockError;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{PATIENCE, brief, locks, nodes, options};

const TASKS: u32 = 16;
const ROUNDS: u32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_tasks_only_one_is_in_at_a_time_on_one_node() {
    only_one_is_in_at_a_time::<1>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_tasks_only_one_is_in_at_a_time_on_three_nodes() {
    only_one_is_in_at_a_time::<3>().await;
}

async fn only_one_is_in_at_a_time<const NODES: usize>() {
    let servers = nodes::<NODES>();
    let inside = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        // Every task is a client of its own, as every replica of a service is.
        let (locks, inside) = (locks(&servers, options()), inside.clone());
        tasks.spawn(async move {
            for _ in 0..ROUNDS {
                let guard = locks.lock("hot").await.unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two were in at once");
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                inside.fetch_sub(1, Ordering::SeqCst);
                guard.release().await.unwrap();
            }
        });
    }
    timeout(PATIENCE, tasks.join_all()).await.expect("all tasks get their turns");
}

#[tokio::test]
async fn a_taken_lock_is_refused_by_name_and_free_after_its_release() {
    let servers = nodes::<3>();
    let (mine, theirs) = (locks(&servers, options()), locks(&servers, options()));
    let guard = mine.try_lock("lamp").await.unwrap();

    let refused = theirs.try_lock("lamp").await.unwrap_err();
    assert!(matches!(&refused, LockError::Taken { resource } if resource == "lamp"), "{refused}");
    let other = theirs.try_lock("chair").await.unwrap();

    guard.release().await.unwrap();
    // The third node may hear of the release, and of the clean-up of the refused try, a little later.
    mine.drain().await;
    theirs.lock("lamp").await.unwrap().release().await.unwrap();
    other.release().await.unwrap();
}

#[tokio::test]
async fn a_release_deletes_only_ones_own_key() {
    let servers = nodes::<1>();
    let guard = locks(&servers, options()).lock("lamp").await.unwrap();
    servers[0].send("SET livemart:test:lock:lamp somebody-else");

    let refused = guard.release().await.unwrap_err();

    assert!(matches!(refused, LockError::Expired { before: "released", .. }), "{refused}");
    assert_eq!(servers[0].get("livemart:test:lock:lamp").as_deref(), Some("somebody-else"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_release_never_overtakes_the_taking_on_a_node_that_has_yet_to_connect_and_learn_the_scripts() {
    let servers = nodes::<3>();
    for client in 0..100 {
        for server in &servers {
            server.send("SCRIPT FLUSH SYNC");
        }
        let locks = locks(&servers, options());
        locks.lock("lamp").await.unwrap().release().await.unwrap();
        locks.drain().await;
        for server in &servers {
            assert_eq!(server.get("livemart:test:lock:lamp"), None, "left by client {client}");
        }
    }
}

#[tokio::test]
async fn a_dropped_lock_goes_to_the_next_when_it_expires() {
    let servers = nodes::<3>();
    let (mine, theirs) = (locks(&servers, brief()), locks(&servers, brief()));
    drop(mine.lock("lamp").await.unwrap());

    assert!(matches!(theirs.try_lock("lamp").await, Err(LockError::Taken { .. })));

    let guard = timeout(PATIENCE, theirs.lock("lamp")).await.expect("the key expires").unwrap();
    guard.release().await.unwrap();
}

#[tokio::test]
async fn waiting_ends_after_the_tries_are_used_up() {
    let servers = nodes::<1>();
    let guard = locks(&servers, options()).lock("lamp").await.unwrap();
    let impatient = livemart_locks::Options { tries: 3, ..options() };

    let refused = locks(&servers, impatient).lock("lamp").await.unwrap_err();

    assert!(matches!(refused, LockError::Taken { .. }), "{refused}");
    guard.release().await.unwrap();
}
