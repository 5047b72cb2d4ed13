//! The endpoints, one file each.

mod address;
mod addresses;
mod change_user;
mod client_address;
mod edit_me;
mod erase_me;
mod guessing;
mod jwks;
mod list_users;
mod me;
mod refresh;
mod register;
mod session;
mod sign_in;
mod sign_out;
mod view;

use axum::Router;
use axum::routing::{get, patch, post};
use livemart_messaging::Store;
use livemart_runtime::Live;

pub use addresses::MOST_ADDRESSES;

use crate::authority::Authority;
use crate::config::Settings;
use crate::passwords::Passwords;

/// What the handlers work with.
#[derive(Clone)]
pub struct Accounts {
    pub store: Store,
    pub authority: Authority,
    pub passwords: Passwords,
    pub settings: Live<Settings>,
}

pub fn router(accounts: Accounts) -> Router {
    Router::new()
        .route("/api/v1/users", post(register::handle).get(list_users::handle))
        .route("/api/v1/users/{id}", patch(change_user::handle))
        .route("/api/v1/users/me", get(me::handle).patch(edit_me::handle).delete(erase_me::handle))
        .route("/api/v1/users/me/addresses", get(addresses::list).post(addresses::add))
        .route("/api/v1/users/me/addresses/{id}", get(address::show).delete(address::remove))
        .route("/api/v1/sessions", post(sign_in::handle).delete(sign_out::handle))
        .route("/api/v1/sessions/refresh", post(refresh::handle))
        .route("/.well-known/jwks.json", get(jwks::handle))
        .with_state(accounts)
}
