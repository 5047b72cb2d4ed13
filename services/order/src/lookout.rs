//! One look for everybody who follows an order on this replica.
//!
//! Whoever follows is told what they have not seen when a step of any replica says that their order has news
//! ([`Context::tell`], [`Tables::tell`]). A hint that is lost costs the time until the next look: nothing is remembered
//! but how far each follower is.
//!
//! [`Context::tell`]: livemart_messaging::Context::tell
//! [`Tables::tell`]: livemart_messaging::Tables::tell

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use livemart_contracts::OrderId;
use livemart_messaging::Store;
use livemart_messaging::wake::POLL;
use sea_orm::DbErr;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use crate::domain::following::Seen;
use crate::store::events::{self, AT_MOST, Follower, Told};

/// On one replica. Each costs a connection and a few hundred bytes; this many of them a look of some milliseconds.
const FOLLOWERS_AT_MOST: usize = 1_024;
/// Events that wait for a slow client; the rest is read again for it later.
const WAITING: usize = 32;
/// However much is committed, no more than twenty looks a second.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Clones share their followers.
#[derive(Clone, Default)]
pub struct Lookout {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    followers: Mutex<HashMap<i64, (Follower, mpsc::Sender<Told>)>>,
    somebody_came: Notify,
    ids: AtomicI64,
}

/// More follow than one replica can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many clients follow orders here")]
pub struct TooMany;

/// What somebody is told, until it is dropped.
pub struct Following {
    id: i64,
    told: mpsc::Receiver<Told>,
    lookout: Lookout,
}

impl Following {
    /// The next event; `None` when the service stops.
    pub async fn next(&mut self) -> Option<Told> {
        self.told.recv().await
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.lookout.followers().remove(&self.id);
    }
}

impl Lookout {
    /// From what was `seen` on.
    pub fn follow(&self, order_id: OrderId, seen: Seen) -> Result<Following, TooMany> {
        let (tell, told) = mpsc::channel(WAITING);
        let id = self.inner.ids.fetch_add(1, Ordering::Relaxed);
        let mut followers = self.followers();
        if followers.len() >= FOLLOWERS_AT_MOST {
            return Err(TooMany);
        }
        followers.insert(id, (Follower { id, order_id, seen }, tell));
        drop(followers);
        self.inner.somebody_came.notify_one();
        Ok(Following { id, told, lookout: self.clone() })
    }

    /// Looks for ever; to be run until the service stops.
    pub async fn run(self, store: Store) {
        let mut news = store.wakes().news();
        loop {
            if self.followers().is_empty() {
                self.inner.somebody_came.notified().await;
            }
            let next = Instant::now() + BETWEEN_LOOKS;
            let more = self.look(&store).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "nobody who follows an order can be told what happened, looking again");
                false
            });
            sleep_until(next).await;
            if !more {
                tokio::select! {
                    // Whether it was woken or not, it is time to look.
                    _ = timeout(POLL, self.concerned(&mut news)) => {}
                    () = self.inner.somebody_came.notified() => {}
                }
            }
        }
    }

    /// Waits for news of an order that somebody follows here.
    async fn concerned(&self, news: &mut broadcast::Receiver<String>) {
        loop {
            match news.recv().await {
                Ok(whom) => {
                    let order_id = whom.parse::<OrderId>().ok();
                    if self.followers().values().any(|(follower, _)| Some(follower.order_id) == order_id) {
                        return;
                    }
                }
                // Whose news were lost is not known.
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => return pending().await,
            }
        }
    }

    /// Tells everybody what they have not seen; answers whether there is more.
    async fn look(&self, store: &Store) -> Result<bool, DbErr> {
        let followers: Vec<Follower> = self.followers().values().map(|(follower, _)| follower.clone()).collect();
        if followers.is_empty() {
            return Ok(false);
        }
        let unseen = events::list_unseen(store.db(), &followers).await?;
        let more = i64::try_from(unseen.len()).is_ok_and(|rows| rows >= AT_MOST);
        let mut followers = self.followers();
        let mut full = HashSet::new();
        for told in unseen {
            let (id, mark) = (told.follower, told.mark);
            let Some((follower, tell)) = followers.get_mut(&id) else { continue };
            // Nothing is told out of its turn: what does not fit is found by the next look.
            if !full.contains(&id) {
                match tell.try_send(told) {
                    Ok(()) => follower.seen.note(mark),
                    Err(_) => drop(full.insert(id)),
                }
            }
        }
        Ok(more)
    }

    fn followers(&self) -> MutexGuard<'_, HashMap<i64, (Follower, mpsc::Sender<Told>)>> {
        self.inner.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
