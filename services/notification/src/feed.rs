//! Who waits for news: the open streams of this replica, by inbox.
//!
//! A step that puts something into an inbox says so to all replicas after its commit ([`Context::tell`]). That is a hint:
//! what a stream sends is read from the table, and a stream also looks by itself every [`LOOK_EVERY`], so that a hint
//! which is lost costs seconds, and nothing else.
//!
//! [`Context::tell`]: livemart_messaging::Context::tell

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use livemart_messaging::Store;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::domain::Inbox;

/// How long a stream sleeps at most when nobody wakes it.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Open streams of one replica: each looks at the database every five seconds, which is 400 short queries a second.
const STREAMS: usize = 2_000;
/// Open streams of one caller: browsers and their pages.
const STREAMS_OF_ONE: usize = 20;

#[derive(Clone)]
pub struct Feed {
    waiting: Arc<Mutex<HashMap<Inbox, watch::Sender<()>>>>,
    places: Arc<Semaphore>,
}

/// A place in the feed, which its stream keeps open.
pub struct Place {
    pub news: Vec<watch::Receiver<()>>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("too many streams are open here; come back in a moment")]
    Replica,
    #[error("at most {STREAMS_OF_ONE} streams of one account can be open")]
    Caller,
}

impl Default for Feed {
    fn default() -> Self {
        Self { waiting: Arc::default(), places: Arc::new(Semaphore::new(STREAMS)) }
    }
}

impl Feed {
    /// A place that hears of these inboxes, the caller's own first.
    pub fn join(&self, inboxes: &[Inbox]) -> Result<Place, Full> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full::Replica)?;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let own = inboxes.first().and_then(|own| waiting.get(own)).map_or(0, watch::Sender::receiver_count);
        if own >= STREAMS_OF_ONE {
            return Err(Full::Caller);
        }
        let mut hear = |inbox: &Inbox| waiting.entry(*inbox).or_default().subscribe();
        Ok(Place { news: inboxes.iter().map(&mut hear).collect(), _permit: permit })
    }

    /// Wakes the streams of an inbox, and forgets it where there are none any more.
    fn wake(&self, inbox: Inbox) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.get(&inbox).is_some_and(|streams| streams.send(()).is_err()) {
            waiting.remove(&inbox);
        }
    }

    fn wake_all(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, streams| streams.send(()).is_ok());
    }

    /// Wakes streams when a replica tells of news, for as long as the service runs.
    pub async fn run(self, store: Store) {
        let mut news = store.wakes().news();
        let mut tidy = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                told = news.recv() => match told {
                    Ok(inbox) => match inbox.parse() {
                        Ok(id) => self.wake(Inbox::of_id(id)),
                        Err(_) => tracing::debug!("a hint names no inbox"),
                    },
                    Err(RecvError::Lagged(_)) => self.wake_all(),
                    Err(RecvError::Closed) => return,
                },
                _ = tidy.tick() => self.tidy(),
            }
        }
    }

    /// Forgets inboxes whose streams are closed.
    fn tidy(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, streams| streams.receiver_count() > 0);
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    fn somebody() -> Inbox {
        Inbox::Person(Clock::default().new_id())
    }

    #[test]
    fn news_wake_the_streams_of_their_inbox_only() {
        let (feed, one, other) = (Feed::default(), somebody(), somebody());
        let (one_place, staff) = (feed.join(&[one]).unwrap(), feed.join(&[other, Inbox::Staff]).unwrap());
        feed.wake(one);
        feed.wake(somebody());
        assert!(one_place.news[0].has_changed().unwrap());
        assert!(staff.news.iter().all(|news| !news.has_changed().unwrap()));
        feed.wake(Inbox::Staff);
        assert!(!staff.news[0].has_changed().unwrap() && staff.news[1].has_changed().unwrap());
    }

    #[test]
    fn an_account_has_a_bounded_number_of_streams_and_closed_ones_do_not_count() {
        let (feed, own) = (Feed::default(), somebody());
        let open: Vec<Place> = (0..STREAMS_OF_ONE).map(|_| feed.join(&[own]).unwrap()).collect();
        assert_eq!(feed.join(&[own]).err(), Some(Full::Caller));
        assert!(feed.join(&[somebody()]).is_ok());
        drop(open);
        feed.tidy();
        assert!(feed.waiting.lock().unwrap().is_empty(), "closed streams are forgotten");
        assert!(feed.join(&[own]).is_ok());
    }
}
