//! The right to sign access tokens and to end sessions everywhere.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use livemart_contracts::Clock;
use livemart_contracts::ids::SessionId;
use livemart_runtime::identity::{self, Claims, SigningKey};
use livemart_runtime::{Nats, NatsError};

use crate::domain::User;
use crate::domain::session::End;
use crate::error::Error;

/// Empty until the service has started: neither the key nor the connection is there when the service is declared.
#[derive(Clone, Default)]
pub struct Authority {
    opened: Arc<OnceLock<Opened>>,
}

struct Opened {
    key: SigningKey,
    jwks: Bytes,
    nats: Nats,
    clock: Clock,
}

#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    #[error("the service has not started yet")]
    NotStarted,
    #[error(transparent)]
    Nats(#[from] NatsError),
}

impl Authority {
    /// `jwks` is what was published: the public half of `key`, and of those before it.
    pub fn open(&self, key: SigningKey, jwks: Bytes, nats: Nats, clock: Clock) {
        let opened = self.opened.set(Opened { key, jwks, nats, clock });
        debug_assert!(opened.is_ok(), "a service starts once");
    }

    pub fn access_token(&self, user: &User, session: SessionId) -> Result<String, Error> {
        let Opened { key, clock, .. } = self.opened()?;
        let claims = Claims::issue(clock, user.id, session, user.role);
        key.sign(&claims).map_err(|error| Error::Internal(format!("an access token cannot be signed: {error}")))
    }

    /// The published keys, as JSON.
    pub fn jwks(&self) -> Result<Bytes, Error> {
        self.opened().map(|opened| opened.jwks.clone())
    }

    /// Has the access tokens of `session` refused everywhere.
    pub async fn revoke(&self, session: SessionId, why: End) -> Result<(), RevokeError> {
        let opened = self.opened.get().ok_or(RevokeError::NotStarted)?;
        Ok(identity::revoke(&opened.nats, session, why.name()).await?)
    }

    fn opened(&self) -> Result<&Opened, Error> {
        self.opened.get().ok_or_else(|| Error::Internal("a request came before the service had started".into()))
    }
}
