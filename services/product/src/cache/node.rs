//! One Redis server, which may be away: then it is left alone for a moment, so that an outage costs one time-out in that
//! moment, and not one per request.

use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult, Script};
use tokio::time::Instant;

use crate::store::Revision;

/// What a Redis that hangs may cost a request. It answers within a millisecond, and a table within a few.
const ANSWER_LIMIT: Duration = Duration::from_millis(50);
/// How long a server that failed is left alone.
const REST: Duration = Duration::from_secs(1);

/// Writes an entry unless a newer one is there. An entry begins with its revision.
static KEEP_NEWEST: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local known = redis.call('GET', KEYS[1])
         if known and (tonumber(string.match(known, '^%d+')) or 0) > tonumber(ARGV[1]) then return 0 end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

pub(super) struct Node {
    client: Client,
    state: Mutex<State>,
}

enum State {
    Up(ConnectionManager),
    /// Not connected, and not to be before.
    Down(Instant),
}

impl Node {
    /// Connects to nothing yet.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, state: Mutex::new(State::Down(Instant::now())) })
    }

    /// `None` when there is no answer.
    pub(super) async fn get(&self, key: &str) -> Option<Option<String>> {
        self.ask(async |mut connection| redis::cmd("GET").arg(key).query_async(&mut connection).await).await
    }

    /// Writes `entry` for `kept`, or not: nothing depends on it.
    pub(super) async fn keep_newest(&self, key: &str, revision: Revision, entry: &str, kept: Duration) {
        let kept = kept.as_millis() as u64;
        let written: Option<i64> = self
            .ask(async |mut connection| {
                let mut call = KEEP_NEWEST.key(key);
                call.arg(revision.0).arg(entry).arg(kept).invoke_async(&mut connection).await
            })
            .await;
        tracing::trace!(key, ?written, "kept in the cache");
    }

    async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let connection = self.connection()?;
        let reason = match tokio::time::timeout(ANSWER_LIMIT, question(connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {ANSWER_LIMIT:?}"),
        };
        *self.state() = State::Down(Instant::now() + REST);
        tracing::debug!(node = %self.client.get_connection_info().addr(), reason, "going on without the cache");
        None
    }

    /// A connection is made by its first use, and given up with the first failure.
    fn connection(&self) -> Option<ConnectionManager> {
        let mut state = self.state();
        if let State::Down(until) = &*state {
            if Instant::now() < *until {
                return None;
            }
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(ANSWER_LIMIT))
                .set_response_timeout(Some(ANSWER_LIMIT))
                .set_number_of_retries(0);
            *state = State::Up(ConnectionManager::new_lazy_with_config(self.client.clone(), config).ok()?);
        }
        match &*state {
            State::Up(connection) => Some(connection.clone()),
            State::Down(_) => None,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
