//! One Redis server: a connection that is made when first needed, and mended when it breaks.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, RedisResult};
use tokio::sync::Mutex;

use crate::error::NodeFailure;
use crate::scripts::Call;

/// Tries of one call. The first use after a server restarted only finds out that the connection is dead;
/// the second goes over a new one. A server that is down refuses both at once.
const TRIES: u32 = 2;

pub(crate) struct Node {
    name: String,
    client: Client,
    timeout: Duration,
    connection: RwLock<ConnectionManager>,
}

impl Node {
    /// Connects to nothing yet; needs a tokio runtime. `timeout` bounds every call.
    pub(crate) fn new(url: &str, timeout: Duration) -> RedisResult<Self> {
        let client = Client::open(url)?;
        Ok(Self {
            name: client.get_connection_info().addr().to_string(),
            connection: RwLock::new(connect_lazily(&client, timeout)?),
            client,
            timeout,
        })
    }

    /// `host:port`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Calls once it has the turn, which callers get in the order in which they came.
    pub(crate) async fn call(&self, call: &Call, turn: &Mutex<()>) -> Result<i64, NodeFailure> {
        let answer = async {
            let _turn = turn.lock().await;
            self.call_mending(call).await
        };
        let reason = match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(number)) => return Ok(number),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.timeout),
        };
        tracing::debug!(node = self.name, reason, "lock node failed");
        Err(NodeFailure { node: self.name.clone(), reason })
    }

    async fn call_mending(&self, call: &Call) -> RedisResult<i64> {
        let mut tries = 1;
        loop {
            let mut connection = self.connection();
            match call.invoke_async(&mut connection).await {
                Err(error) if tries < TRIES && error.is_connection_dropped() => tries += 1,
                Err(error) => {
                    self.renew_after(&error);
                    return Err(error);
                }
                Ok(number) => return Ok(number),
            }
        }
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The manager reconnects after I/O errors only: a server that refused the log-in once, say because
    /// it had too many clients, would be taken for refusing for ever.
    fn renew_after(&self, error: &RedisError) {
        if error.is_io_error() {
            return;
        }
        if let Ok(fresh) = connect_lazily(&self.client, self.timeout) {
            *self.connection.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }
}

fn connect_lazily(client: &Client, timeout: Duration) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout))
        // The next call reconnects: back-off inside the manager would keep a server that is back waiting.
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
