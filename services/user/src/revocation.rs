//! Ending a session at every other service: written down with the end itself, done at once, and again until it is done.

use futures::future::join_all;
use livemart_contracts::ids::SessionId;
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Cause, Context, Effect, Failure, Outcome, UnitOfWork};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::authority::Authority;
use crate::domain::session::End;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Revocation {
    session: SessionId,
    why: End,
}

/// Puts an ended session where every service looks. Doing it twice is doing it once.
pub struct RevokeSession {
    pub authority: Authority,
}

impl Effect for RevokeSession {
    const KIND: &'static str = "user.revoke-session";
    type Request = Revocation;
    type Answer = ();

    async fn perform(&self, call: &Call<Revocation>) -> Attempt<()> {
        let Revocation { session, why } = call.request;
        match self.authority.revoke(session, why).await {
            Ok(()) => Attempt::Answered(()),
            Err(error) => Attempt::Unavailable(error.to_string()),
        }
    }

    async fn record(&self, _: &mut Context, _: &[&Outcome<Revocation, ()>]) -> Result<(), Failure> {
        Ok(())
    }
}

/// Commits `work`, which ended `sessions`, and has their access tokens refused everywhere before it returns. If NATS is
/// away, that follows as soon as it is back; the sessions cannot be renewed in any case.
pub async fn commit_ends(
    mut work: UnitOfWork,
    cause: impl Into<Cause>,
    authority: &Authority,
    sessions: &[SessionId],
    why: End,
) -> Result<(), DbErr> {
    let cause = cause.into();
    for &session in sessions {
        work.ask::<RevokeSession>(cause, session.to_string(), &Revocation { session, why });
    }
    work.commit().await?;
    let revoked = join_all(sessions.iter().map(|&session| authority.revoke(session, why))).await;
    if let Some(error) = revoked.into_iter().find_map(Result::err) {
        tracing::warn!(%error, "ended sessions will be refused everywhere once NATS takes it");
    }
    Ok(())
}
