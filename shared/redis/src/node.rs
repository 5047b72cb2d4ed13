//! One Redis server, which may be away.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult};
use tokio::time::Instant;

/// How long a server that failed is left alone.
const REST: Duration = Duration::from_secs(1);

/// One server.
pub struct Node {
    client: Client,
    limit: Duration,
    state: Mutex<State>,
}

enum State {
    Up(ConnectionManager),
    /// Not connected, and not to be before.
    Down(Instant),
}

impl Node {
    /// Connects to nothing yet.
    pub(crate) fn new(url: &str, limit: Duration) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, limit, state: Mutex::new(State::Down(Instant::now())) })
    }

    /// What the server answers to `question`; `None` when it does not, or is left alone.
    pub async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let connection = self.connection()?;
        let reason = match tokio::time::timeout(self.limit, question(connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.limit),
        };
        *self.state() = State::Down(Instant::now() + REST);
        tracing::debug!(node = %self.client.get_connection_info().addr(), reason, "going on without a Redis server");
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
                .set_connection_timeout(Some(self.limit))
                .set_response_timeout(Some(self.limit))
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
