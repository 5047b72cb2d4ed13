//! What must be there before the first request: a signing key, known to all, and somebody who may administer the shop.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use jsonwebtoken::jwk::JwkSet;
use livemart_contracts::events::UserRegistered;
use livemart_messaging::{Cause, Store};
use livemart_runtime::identity::{ACCESS_TOKEN_LIFE, JWKS_KEY, SigningKey};
use livemart_runtime::{App, CONFIG_BUCKET, Nats};
use livemart_web::Role;
use secrecy::{ExposeSecret, SecretString};

use crate::authority::Authority;
use crate::config::Config;
use crate::domain::{Email, Name, Password, User};
use crate::error::Error;
use crate::passwords::Passwords;
use crate::store::{signing_keys, users};

/// How long nobody can verify a token after the broker lost its buckets.
const LOOK_FOR_KEYS: Duration = Duration::from_secs(5);

const ADMIN_NAME: &str = "Administrator";

pub async fn prepare(app: &App, authority: &Authority, passwords: &Passwords, config: Config) -> anyhow::Result<()> {
    let key = signing_key(&app.store).await.context("there is no key to sign access tokens with")?;
    let jwks = publish(app, &key).await.context("the keys of access tokens cannot be published")?;
    app.edge.spawn_until_stop(keep_published(app.edge.nats.clone(), jwks.clone()));
    authority.open(key, jwks, app.edge.nats.clone(), app.edge.clock);
    match (config.admin_email, config.admin_password) {
        (Some(email), Some(password)) => make_admin(&app.store, passwords, &email, &password)
            .await
            .context("the administrator of LIVEMART_USER_ADMIN_EMAIL cannot be made"),
        _ => Ok(()),
    }
}

/// The one active key; the first replica that starts makes it.
async fn signing_key(store: &Store) -> anyhow::Result<SigningKey> {
    if let Some(pkcs8) = signing_keys::find_active(store.db()).await? {
        return Ok(SigningKey::from_pkcs8(pkcs8)?);
    }
    let key = SigningKey::generate()?;
    signing_keys::insert_first(store.db(), key.kid(), key.pkcs8(), store.clock().now()).await?;
    // Another replica may have been faster.
    let pkcs8 = signing_keys::find_active(store.db()).await?.context("the new key is not in the table signing_keys")?;
    Ok(SigningKey::from_pkcs8(pkcs8)?)
}

/// Publishes `key`, with the retired ones whose tokens may still be alive.
async fn publish(app: &App, key: &SigningKey) -> anyhow::Result<Bytes> {
    let mut keys = vec![key.jwk().clone()];
    let still_in_use = app.store.clock().now() - ACCESS_TOKEN_LIFE;
    for pkcs8 in signing_keys::list_retired_since(app.store.db(), still_in_use).await? {
        keys.push(SigningKey::from_pkcs8(pkcs8)?.jwk().clone());
    }
    let jwks = Bytes::from(serde_json::to_vec(&JwkSet { keys })?);
    // The bucket keeps the last values of a key: a restart is no reason to push out one that was different.
    if app.edge.nats.read(CONFIG_BUCKET, JWKS_KEY).await?.as_ref() != Some(&jwks) {
        app.edge.nats.write(CONFIG_BUCKET, JWKS_KEY, jwks.clone()).await?;
    }
    Ok(jwks)
}

/// Publishes `jwks` again when the bucket was lost: nobody else could, and without the keys no token is worth anything. Keys
/// that differ are left alone: they are those of a replica that started later.
async fn keep_published(nats: Nats, jwks: Bytes) {
    loop {
        tokio::time::sleep(LOOK_FOR_KEYS).await;
        let republished = match nats.read(CONFIG_BUCKET, JWKS_KEY).await {
            Ok(Some(_)) => continue,
            Ok(None) => nats.write(CONFIG_BUCKET, JWKS_KEY, jwks.clone()).await,
            Err(error) => Err(error),
        };
        match republished {
            Ok(()) => tracing::warn!("the bucket had lost the keys of access tokens; they are published again"),
            Err(error) => tracing::debug!(%error, "the published keys cannot be looked at"),
        }
    }
}

async fn make_admin(store: &Store, passwords: &Passwords, email: &str, password: &SecretString) -> anyhow::Result<()> {
    let email = Email::parse(email)?;
    if users::find_by_email(store.db(), email.as_str()).await?.is_some() {
        return Ok(());
    }
    let password = Password::new(password.expose_secret());
    if let Err(weakness) = passwords.rate(password.clone(), Some(email.clone()), None).await? {
        bail!("{weakness}; set another LIVEMART_USER_ADMIN_PASSWORD");
    }
    let hash = passwords.hash(password).await?;
    let mut work = store.begin().await?;
    let admin = User::register(work.new_id(), &email, &Name::parse(ADMIN_NAME)?, Role::Admin, work.now());
    match users::insert_in(work.tx(), &admin, &hash).await.map_err(Error::from) {
        // Another replica was faster.
        Err(Error::EmailTaken) => return Ok(()),
        inserted => inserted?,
    }
    work.emit(Cause::timer(), &UserRegistered::from(&admin));
    work.commit().await?;
    tracing::info!(user_id = %admin.id, "the administrator was made");
    Ok(())
}
