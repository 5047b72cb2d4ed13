//! Accounts, sign-in, tokens.
//!
//! Everybody else verifies access tokens by themselves (`livemart_runtime::identity`); this service signs them, and ends
//! sessions before their tokens expire. Nothing of the order saga passes through here: while this service is away, who
//! is signed in can shop.
//!
//! Reading order: [`domain`] has the rules of an account, a password, a session; [`http`] one file per endpoint;
//! [`authority`] signs and ends, [`passwords`] hashes, [`revocation`] ends sessions at other services even when NATS is
//! away for a while, [`forgetting`] deletes what was announced about somebody who is erased; [`start`] makes the signing key and the first administrator; [`store`] has the tables, [`error`]
//! every refusal and its code.

pub mod authority;
pub mod config;
pub mod domain;
pub mod error;
pub mod forgetting;
pub mod housekeeping;
pub mod http;
pub mod passwords;
pub mod revocation;
pub mod start;
pub mod store;

use livemart_contracts::events::{UserErased, UserRegistered, UserUpdated};
use livemart_runtime::identity::JWKS_KEY;
use livemart_runtime::{App, Grant, Service};

use authority::Authority;
use config::Config;
use forgetting::{Archive, ForgetMessages};
use housekeeping::Housekeeping;
use http::Accounts;
use passwords::Passwords;
use revocation::RevokeSession;

pub fn service(config: Config) -> Service {
    let authority = Authority::default();
    let passwords = Passwords::new(config.hashing_lanes);
    let archive = Archive::default();
    let accounts = (authority.clone(), passwords.clone(), config.live.clone());
    Service::named("user")
        .live(&config.live)
        .serves(&["/api/v1/users", "/api/v1/sessions", "/.well-known/jwks.json"], http::routes(), |app: &App| {
            let (authority, passwords, settings) = accounts;
            Accounts { store: app.store.clone(), authority, passwords, settings }
        })
        .performs(RevokeSession { authority: authority.clone() })
        .performs(ForgetMessages { archive: archive.clone() })
        .watches(Housekeeping)
        .emits::<(UserRegistered, UserUpdated, UserErased)>()
        .granted(Grant::WriteConfig(JWKS_KEY))
        .granted(Grant::RevokeSessions)
        .granted(Grant::EraseMessages)
        .starts(|app| async move {
            archive.open(&app);
            start::prepare(&app, &authority, &passwords, config).await
        })
}
