//! Who is calling: access tokens, which every service verifies by itself.
//!
//! The user service signs tokens ([`keys::SigningKey`], [`claims`]) and publishes the public keys under `user.jwks` of
//! the central configuration; [`Verifier`] reads them there. No request to the user service is needed to serve a
//! request, so its outage keeps people from signing in, not from shopping.
//!
//! A signed token is valid until it expires, which is too long after a sign-out or a block. So ended sessions stand in
//! the KV bucket `revocations` ([`revocations`]) until no token of theirs can be alive:
//!
//! - The bucket republishes each entry to `revoked.<session>`, which every service hears within milliseconds. Hints can
//!   be lost, so they are not what correctness rests on.
//! - A token is looked up in the bucket when it is seen first, and again when it is used [`RECHECK_AFTER`] or more after
//!   the last look: an ended session that was not heard of is refused within that time.
//! - A verified token is remembered, so that in between it costs a hash and two look-ups in memory.
//!
//! While NATS cannot be reached, a token that was verified before stays accepted for the rest of its life, at most
//! [`ACCESS_TOKEN_LIFE`]; one that was never seen is neither accepted nor called wrong, but answered 503. The other
//! choices would be to refuse everybody, or to accept the tokens of sessions that were ended.

pub mod claims;
pub mod keys;
pub mod revocations;
mod verifier;

pub use claims::{ACCESS_TOKEN_LIFE, Claims};
pub use keys::{JWKS_KEY, SigningKey};
pub use revocations::{REVOCATIONS_BUCKET, revoke};
pub use verifier::{RECHECK_AFTER, Verifier};
