//! A session: one sign-in, renewed by refresh tokens of which each works once.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::SessionId;
use serde::{Deserialize, Serialize};

/// Why a session ended, as the tables and the revocations say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    SignedOut,
    /// Somebody has a copy.
    RefreshTokenReused,
    PasswordChanged,
    RoleChanged,
    Blocked,
    Erased,
}

impl End {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::RefreshTokenReused => "refresh-token-reused",
            Self::PasswordChanged => "password-changed",
            Self::RoleChanged => "role-changed",
            Self::Blocked => "blocked",
            Self::Erased => "erased",
        }
    }
}

/// A refresh token that somebody presents, with its session.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    pub session: SessionId,
    pub user: UserId,
    pub expires_at: DateTime<Utc>,
    pub used: bool,
    pub ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The session goes on, with a new token.
    Granted,
    /// The session is over.
    Over,
    /// The token was used before. Its owner or a thief has the newer one, and nobody can tell which: the session ends.
    /// There is no grace for a client that asks twice at once, for a thief would use it.
    Reused,
}

impl Presented {
    pub fn renew(&self, now: DateTime<Utc>) -> Renewal {
        match self {
            Self { ended: true, .. } => Renewal::Over,
            Self { used: true, .. } => Renewal::Reused,
            Self { expires_at, .. } if *expires_at <= now => Renewal::Over,
            _ => Renewal::Granted,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn a_token_renews_its_session_once_while_both_last() {
        let clock = Clock::default();
        let now = clock.now();
        let end = now + TimeDelta::days(1);
        let fresh =
            Presented { session: clock.new_id(), user: clock.new_id(), expires_at: end, used: false, ended: false };
        assert_eq!(fresh.renew(now), Renewal::Granted);
        assert_eq!(fresh.renew(end), Renewal::Over);
        assert_eq!(Presented { used: true, ..fresh }.renew(now), Renewal::Reused);
        assert_eq!(Presented { used: true, ..fresh }.renew(end), Renewal::Reused, "stolen long ago is stolen");
        assert_eq!(Presented { ended: true, used: true, ..fresh }.renew(now), Renewal::Over);
    }
}
