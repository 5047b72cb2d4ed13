//! The keys of access tokens: Ed25519, one that signs, and the published set that verifies.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use livemart_web::caller::Unauthenticated;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::claims::{AUDIENCE, Claims, ISSUER};
use crate::nats::{CONFIG_BUCKET, Nats, NatsError};

/// Where the public keys stand in the central configuration: a JWK set (RFC 7517).
pub const JWKS_KEY: &str = "user.jwks";
/// Tokens with invented key ids must not become a load on the broker.
const REFETCH_AT_MOST_EVERY: Duration = Duration::from_secs(2);
/// The caller of an unknown key id waits for this.
const FETCH_LIMIT: Duration = Duration::from_secs(1);
/// Until a change has reached every server of a cluster that is well; where nothing changed after all, it costs no more.
const SHOWS_WITHIN: Duration = Duration::from_secs(1);
const BETWEEN_READS: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
#[error("the key is not an Ed25519 key in PKCS#8 form: {0}")]
pub struct InvalidKey(String);

/// What signs access tokens. Only the user service, and tests, have one.
pub struct SigningKey {
    pkcs8: Vec<u8>,
    encoding: EncodingKey,
    jwk: Jwk,
    header: Header,
}

impl SigningKey {
    /// A new key.
    pub fn generate() -> Result<Self, InvalidKey> {
        let pair = Ed25519KeyPair::generate().map_err(|error| InvalidKey(error.to_string()))?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|error| InvalidKey(error.to_string()))?;
        Self::from_pkcs8(der.as_ref().to_vec())
    }

    /// A key as [`SigningKey::pkcs8`] gave it.
    pub fn from_pkcs8(pkcs8: Vec<u8>) -> Result<Self, InvalidKey> {
        let invalid = |error: jsonwebtoken::errors::Error| InvalidKey(error.to_string());
        let encoding = EncodingKey::from_ed_der(&pkcs8);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(invalid)?;
        // RFC 7638: the name follows from the key, so two keys never share one.
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(invalid)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        Ok(Self { pkcs8, encoding, jwk, header })
    }

    /// DER; secret.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The key's name in the header of its tokens.
    pub fn kid(&self) -> &str {
        self.header.kid.as_deref().unwrap_or_default()
    }

    /// The public half, as it is published.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// `claims` as an access token.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&self.header, claims, &self.encoding)
    }
}

/// Public keys by their names.
#[derive(Default)]
pub(super) struct KeySet {
    published: JwkSet,
    by_kid: HashMap<String, DecodingKey>,
}

impl KeySet {
    fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let published: JwkSet = serde_json::from_slice(json)?;
        // A key of another kind may stand there for somebody else: it verifies nothing here.
        let by_kid = published
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?)))
            .collect();
        Ok(Self { published, by_kid })
    }

    fn find(&self, kid: &str) -> Option<&DecodingKey> {
        self.by_kid.get(kid)
    }
}

/// Checks signature, algorithm, issuer and audience. Times are the caller's to check, against the service's clock.
fn verify(token: &str, key: &DecodingKey) -> Result<Claims, Unauthenticated> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation.validate_exp = false;
    let verified = jsonwebtoken::decode(token, key, &validation);
    verified.map(|token| token.claims).map_err(|error| Unauthenticated::Invalid(error.to_string()))
}

/// The published keys, as this service last read them.
pub(super) struct Keys {
    nats: Nats,
    current: RwLock<Arc<KeySet>>,
    /// Held while they are read, so that who waits gets the result.
    last_fetch: Mutex<Option<Fetch>>,
}

#[derive(Clone, Copy)]
struct Fetch {
    at: Instant,
    succeeded: bool,
}

impl Keys {
    pub fn new(nats: Nats) -> Self {
        Self { nats, current: RwLock::default(), last_fetch: Mutex::default() }
    }

    /// The claims of `token`, if one of the published keys signed it, and the set that this key is of.
    pub async fn verify(&self, token: &str) -> Result<(Claims, Arc<KeySet>), Unauthenticated> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| Unauthenticated::Invalid(error.to_string()))?;
        let kid = header.kid.ok_or_else(|| Unauthenticated::Invalid("its header names no key".into()))?;
        let mut keys = self.current();
        if keys.find(&kid).is_none() {
            keys = self.refetch_for(&kid).await?;
        }
        let key =
            keys.find(&kid).ok_or_else(|| Unauthenticated::Invalid("its key is not one of this shop's".into()))?;
        let claims = verify(token, key)?;
        Ok((claims, keys))
    }

    /// Whether `keys` is what is published now, as far as is known.
    pub fn is_current(&self, keys: &Arc<KeySet>) -> bool {
        Arc::ptr_eq(&self.current(), keys)
    }

    /// Reads the keys anew; a failure keeps those that were there.
    pub async fn refetch(&self) {
        let mut last_fetch = self.last_fetch.lock().await;
        *last_fetch = Some(self.fetch().await);
    }

    /// As [`refetch`](Self::refetch), for who was told that they changed: reads until that shows. Any server of a cluster may
    /// answer, also one that has not heard of the change itself.
    pub async fn refetch_changed(&self) {
        let mut last_fetch = self.last_fetch.lock().await;
        let (before, told_at) = (self.current(), Instant::now());
        loop {
            let fetch = *last_fetch.insert(self.fetch().await);
            if !fetch.succeeded || !self.is_current(&before) || told_at.elapsed() >= SHOWS_WITHIN {
                return;
            }
            tokio::time::sleep(BETWEEN_READS).await;
        }
    }

    /// The keys, read anew unless `kid` is there by now or they were read a moment ago.
    async fn refetch_for(&self, kid: &str) -> Result<Arc<KeySet>, Unauthenticated> {
        let mut last_fetch = self.last_fetch.lock().await;
        let keys = self.current();
        if keys.find(kid).is_some() {
            return Ok(keys);
        }
        let fetch = match *last_fetch {
            Some(fetch) if fetch.at.elapsed() < REFETCH_AT_MOST_EVERY => fetch,
            _ => *last_fetch.insert(self.fetch().await),
        };
        if fetch.succeeded { Ok(self.current()) } else { Err(Unauthenticated::Unknown) }
    }

    async fn fetch(&self) -> Fetch {
        let fetched = self.read().await;
        let fetch = Fetch { at: Instant::now(), succeeded: fetched.is_ok() };
        match fetched {
            // What did not change stays the same set, so that tokens verified with it stay so.
            Ok(keys) if self.current().published == keys.published => {}
            Ok(keys) => {
                tracing::info!(keys = keys.by_kid.len(), "the keys of access tokens changed");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            }
            Err(error) => {
                tracing::warn!(%error, key = JWKS_KEY, "the keys of access tokens cannot be read, keeping those known");
            }
        }
        fetch
    }

    async fn read(&self) -> Result<KeySet, FetchError> {
        let json = tokio::time::timeout(FETCH_LIMIT, self.nats.connected()?.read(CONFIG_BUCKET, JWKS_KEY)).await;
        match json.map_err(|_| FetchError::Silent)?? {
            Some(json) => Ok(KeySet::parse(&json)?),
            // The user service was never started: there are no keys, and no valid tokens.
            None => Ok(KeySet::default()),
        }
    }

    fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("NATS did not answer within {FETCH_LIMIT:?}")]
    Silent,
    #[error(transparent)]
    Nats(#[from] NatsError),
    #[error("what stands there is not a JWK set: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_web::Role;
    use serde_json::json;

    use super::*;

    fn claims() -> Claims {
        let clock = Clock::default();
        Claims::issue(&clock, clock.new_id(), clock.new_id(), Role::Customer)
    }

    fn published(key: &SigningKey) -> KeySet {
        KeySet::parse(json!({ "keys": [key.jwk()] }).to_string().as_bytes()).expect("a key set")
    }

    #[test]
    fn a_token_is_verified_with_the_published_half_of_its_key() {
        let key = SigningKey::generate().expect("a key");
        let kept = SigningKey::from_pkcs8(key.pkcs8().to_vec()).expect("the same key");
        let claims = claims();
        let token = kept.sign(&claims).expect("a token");
        let keys = published(&key);
        assert_eq!(verify(&token, keys.find(key.kid()).expect("the public key")), Ok(claims));
    }

    #[test]
    fn the_private_half_is_not_published() {
        let key = SigningKey::generate().expect("a key");
        let jwk = serde_json::to_value(key.jwk()).expect("json");
        let mut members: Vec<_> = jwk.as_object().expect("an object").keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
    }

    #[test]
    fn tokens_of_other_keys_issuers_audiences_and_algorithms_are_refused() {
        let (key, other) = (SigningKey::generate().expect("a key"), SigningKey::generate().expect("a key"));
        let keys = published(&key);
        let public = keys.find(key.kid()).expect("the public key");
        let signed =
            |claims: serde_json::Value| jsonwebtoken::encode(&key.header, &claims, &key.encoding).expect("a token");
        let valid = serde_json::to_value(claims()).expect("json");
        assert!(verify(&signed(valid.clone()), public).is_ok());

        let mut wrong = vec![other.sign(&claims()).expect("a token")];
        for (claim, value) in
            [("iss", "other"), ("aud", "other"), ("sub", "ord_00000000000000000000000000"), ("role", "root")]
        {
            let mut claims = valid.clone();
            claims[claim] = value.into();
            wrong.push(signed(claims));
        }
        for claim in ["iss", "aud", "sub", "sid", "role", "exp", "nbf"] {
            let mut claims = valid.clone();
            claims.as_object_mut().expect("an object").remove(claim);
            wrong.push(signed(claims));
        }
        // The classic confusion: the public key as a shared secret.
        let public_bytes = public.try_get_as_bytes().expect("bytes");
        let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::HS256) };
        wrong.push(jsonwebtoken::encode(&header, &valid, &EncodingKey::from_secret(public_bytes)).expect("a token"));
        for token in wrong {
            assert!(verify(&token, public).is_err(), "{token}");
        }
    }
}
