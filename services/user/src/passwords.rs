//! Hashing of passwords: Argon2id with its default parameters (19 MiB, two passes), which are OWASP's advice.
//!
//! A hash is expensive on purpose, so only a few are computed at once, off the threads that serve requests, and a crowd
//! that signs in at once is told to come back rather than kept waiting.

mod hasher;

use std::num::NonZeroUsize;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Params, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::domain::{Email, Name, Password, Weakness};
use crate::error::Error;
use hasher::Hasher;

/// About two seconds of hashing per lane; who waits longer has given up.
const WAITING_PER_LANE: usize = 64;

/// Compared with when there is no such account, so that the answer takes as long as when there is. Nothing has this hash.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm90IGEgc2VjcmV0IHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Clone)]
pub struct Passwords {
    lanes: Arc<Semaphore>,
    waiting_room: Arc<Semaphore>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Right, and hashed with other parameters than today's.
    Outdated,
    Wrong,
}

impl Passwords {
    pub fn new(lanes: NonZeroUsize) -> Self {
        let lanes = lanes.get();
        Self {
            lanes: Arc::new(Semaphore::new(lanes)),
            waiting_room: Arc::new(Semaphore::new(lanes.saturating_mul(WAITING_PER_LANE))),
        }
    }

    /// Whether a person with this address and name may choose `password`.
    pub async fn rate(
        &self,
        password: Password,
        email: Option<Email>,
        name: Option<Name>,
    ) -> Result<Result<(), Weakness>, Error> {
        self.compute(move || password.rate(email.as_ref(), name.as_ref())).await
    }

    /// A PHC string with a salt of its own.
    pub async fn hash(&self, password: Password) -> Result<String, Error> {
        let hash = self.compute(move || Hasher.hash(password.expose())).await?;
        hash.map(|hash| hash.to_string())
            .map_err(|error| Error::Internal(format!("a password cannot be hashed: {error}")))
    }

    /// Compares `password` with `hash`, the PHC string of an account, if there is one.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<Verdict, Error> {
        self.compute(move || verify(&password, hash.as_deref())).await?
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.waiting_room.try_acquire().map_err(|_| Error::Busy)?;
        let lane = Arc::clone(&self.lanes).acquire_owned().await;
        let lane = lane.map_err(|error| Error::Internal(error.to_string()))?;
        let computed = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when the client has left meanwhile.
            let _lane = lane;
            work()
        });
        computed.await.map_err(|error| Error::Internal(format!("hashing was aborted: {error}")))
    }
}

fn verify(password: &Password, hash: Option<&str>) -> Result<Verdict, Error> {
    let known = hash.is_some();
    let hash = PasswordHash::new(hash.unwrap_or(DECOY))
        .map_err(|error| Error::Internal(format!("a stored password hash cannot be read: {error}")))?;
    let right = Hasher.verify_password(password.expose(), &hash).is_ok();
    Ok(match (known && right, is_todays(&hash)) {
        (true, true) => Verdict::Right,
        (true, false) => Verdict::Outdated,
        (false, _) => Verdict::Wrong,
    })
}

fn is_todays(hash: &PasswordHash) -> bool {
    let today = Params::default();
    hash.algorithm == Algorithm::default().ident()
        && Params::try_from(hash).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use argon2::{Argon2, PasswordHasher as _, Version};

    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(NonZeroUsize::MIN)
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_no_other() {
        let passwords = passwords();
        let hash = passwords.hash(Password::new("lantern otter gravel")).await.expect("a hash");
        let verify =
            async |text: &str| passwords.verify(Password::new(text), Some(hash.clone())).await.expect("a verdict");
        assert_eq!(verify("lantern otter gravel").await, Verdict::Right);
        assert_eq!(verify("lantern otter grave").await, Verdict::Wrong);
        assert!(hash.starts_with("$argon2id$"));
    }

    #[tokio::test]
    async fn two_accounts_with_one_password_have_two_hashes() {
        let passwords = passwords();
        let hash = async || passwords.hash(Password::new("lantern otter gravel")).await.expect("a hash");
        assert_ne!(hash().await, hash().await);
    }

    #[tokio::test]
    async fn a_hash_of_yesterdays_parameters_is_right_and_outdated() {
        let params = Params::new(8 * 1024, 1, 1, None).expect("parameters");
        let password = Password::new("lantern otter gravel");
        let hash = Argon2::new(Algorithm::Argon2id, Version::default(), params)
            .hash_password(password.expose())
            .expect("a hash");
        assert_eq!(passwords().verify(password, Some(hash.to_string())).await.expect("a verdict"), Verdict::Outdated);
    }

    #[tokio::test]
    async fn without_an_account_the_same_work_is_done_in_vain() {
        let decoy = PasswordHash::new(DECOY).expect("a PHC string");
        assert!(is_todays(&decoy), "the decoy must cost what a real hash costs");
        assert_eq!(passwords().verify(Password::new("anything"), None).await.expect("a verdict"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_crowd_is_sent_away_rather_than_kept_waiting() {
        let passwords = passwords();
        let _all_lanes = passwords.lanes.acquire().await.expect("a lane");
        let _all_places = passwords.waiting_room.acquire_many(64).await.expect("places");
        assert!(matches!(passwords.hash(Password::new("lantern otter gravel")).await, Err(Error::Busy)));
    }
}
