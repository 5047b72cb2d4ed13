//! What an access token says, and for how long it may be believed.

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::ids::SessionId;
use livemart_contracts::{Clock, UserId};
use livemart_web::caller::Unauthenticated;
use livemart_web::{Caller, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `iss`: the shop as a whole.
pub const ISSUER: &str = "livemart";
/// `aud`: the same shop; a token of another system that shares a key by mistake is refused.
pub const AUDIENCE: &str = "livemart";
/// Short, for a token that leaks is of use for no longer; a client renews it with its refresh token.
pub const ACCESS_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How far the clocks of two machines may be apart. Time is kept by NTP everywhere, so seconds are plenty.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// The claims of an access token. Times are seconds since 1970 (RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    role: Role,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

impl Claims {
    /// A token of `session`, valid from now.
    pub fn issue(clock: &Clock, user: UserId, session: SessionId, role: Role) -> Self {
        let now = clock.now();
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            role,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ACCESS_TOKEN_LIFE).timestamp(),
            jti: clock.new_uuid(),
        }
    }

    /// The caller that the token names, if it is valid at `now`. Issuer and audience were checked with the signature.
    pub(super) fn caller(&self, now: DateTime<Utc>) -> Result<Caller, Unauthenticated> {
        let time = |seconds| {
            DateTime::from_timestamp(seconds, 0)
                .ok_or_else(|| Unauthenticated::Invalid("its times are out of range".into()))
        };
        if time(self.nbf)? > now + LEEWAY {
            return Err(Unauthenticated::Invalid("it is not valid yet".into()));
        }
        let caller = Caller { user_id: self.sub, session_id: self.sid, role: self.role, expires_at: time(self.exp)? };
        still_valid(&caller, now)?;
        Ok(caller)
    }
}

/// Whether the token of `caller` has not expired at `now`.
pub(super) fn still_valid(caller: &Caller, now: DateTime<Utc>) -> Result<(), Unauthenticated> {
    if now < caller.expires_at + LEEWAY { Ok(()) } else { Err(Unauthenticated::Expired) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued() -> (Claims, DateTime<Utc>) {
        let clock = Clock::default();
        let claims = Claims::issue(&clock, clock.new_id(), clock.new_id(), Role::Admin);
        let at = DateTime::from_timestamp(claims.iat, 0).expect("a time");
        (claims, at)
    }

    #[test]
    fn a_token_is_valid_for_its_life_and_the_leeway_around_it() {
        let (claims, issued_at) = issued();
        let end = issued_at + ACCESS_TOKEN_LIFE;
        for valid in [issued_at - LEEWAY, issued_at, end, end + LEEWAY - TimeDelta::seconds(1)] {
            assert!(claims.caller(valid).is_ok(), "{valid}");
        }
        let early = issued_at - LEEWAY - TimeDelta::seconds(1);
        assert!(matches!(claims.caller(early), Err(Unauthenticated::Invalid(_))));
        assert_eq!(claims.caller(end + LEEWAY), Err(Unauthenticated::Expired));
    }

    #[test]
    fn a_caller_is_whom_the_token_was_issued_to() {
        let (claims, issued_at) = issued();
        let caller = claims.caller(issued_at).expect("a valid token");
        assert_eq!((caller.user_id, caller.session_id, caller.role), (claims.sub, claims.sid, Role::Admin));
        assert_eq!(caller.expires_at, issued_at + ACCESS_TOKEN_LIFE);
    }

    #[test]
    fn times_beyond_the_calendar_are_refused_and_do_not_panic() {
        let (claims, now) = issued();
        assert!(Claims { exp: i64::MAX, ..claims.clone() }.caller(now).is_err());
        assert!(Claims { nbf: i64::MIN, ..claims }.caller(now).is_err());
    }
}
