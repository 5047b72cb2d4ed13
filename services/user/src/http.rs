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

use livemart_messaging::Store;
use livemart_runtime::Live;
use livemart_web::openapi::{Routes, operation};
use livemart_web::problem::NOT_FOUND;

pub use addresses::MOST_ADDRESSES;

use crate::authority::Authority;
use crate::config::Settings;
use crate::error::{
    ACCOUNT_BLOCKED, BUSY, EMAIL_TAKEN, INVALID_CREDENTIALS, INVALID_REFRESH_TOKEN, OWN_ACCOUNT, REFRESH_TOKEN_REUSED,
    TOO_MANY_ADDRESSES, TOO_MANY_ATTEMPTS,
};
use crate::passwords::Passwords;

/// What the handlers work with.
#[derive(Clone)]
pub struct Accounts {
    pub store: Store,
    pub authority: Authority,
    pub passwords: Passwords,
    pub settings: Live<Settings>,
}

pub fn routes() -> Routes<Accounts> {
    Routes::new()
        .post("/api/v1/users", register::handle, operation("register", "A new customer").refuses(&[EMAIL_TAKEN, BUSY]))
        .get("/api/v1/users", list_users::handle, operation("list_users", "All accounts, the newest first"))
        .patch(
            "/api/v1/users/{id}",
            change_user::handle,
            operation("change_user", "Change an account's role, block it or unblock it; its sessions end")
                .refuses(&[OWN_ACCOUNT]),
        )
        .get("/api/v1/users/me", me::handle, operation("show_me", "The caller's account").refuses(&[NOT_FOUND]))
        .patch(
            "/api/v1/users/me",
            edit_me::handle,
            operation("edit_me", "Change the caller's name, address or password")
                .notes("Address and password need the current password, and a new password ends the other sessions.")
                .refuses(&[NOT_FOUND, EMAIL_TAKEN, TOO_MANY_ATTEMPTS, BUSY]),
        )
        .delete(
            "/api/v1/users/me",
            erase_me::handle,
            operation("erase_me", "Forget the caller's account").refuses(&[NOT_FOUND]),
        )
        .get(
            "/api/v1/users/me/addresses",
            addresses::list,
            operation("list_addresses", "Where the caller has parcels sent, the newest first"),
        )
        .post(
            "/api/v1/users/me/addresses",
            addresses::add,
            operation("add_address", "One more address").refuses(&[NOT_FOUND, TOO_MANY_ADDRESSES]),
        )
        .get("/api/v1/users/me/addresses/{id}", address::show, operation("show_address", "One address"))
        .delete("/api/v1/users/me/addresses/{id}", address::remove, operation("remove_address", "Forget an address"))
        .post(
            "/api/v1/sessions",
            sign_in::handle,
            operation("sign_in", "A password for a pair of tokens").refuses(&[
                INVALID_CREDENTIALS,
                ACCOUNT_BLOCKED,
                TOO_MANY_ATTEMPTS,
                BUSY,
            ]),
        )
        .delete(
            "/api/v1/sessions",
            sign_out::handle,
            operation("sign_out", "End the caller's session, at once everywhere"),
        )
        .post(
            "/api/v1/sessions/refresh",
            refresh::handle,
            operation("refresh_session", "A refresh token for a new pair of tokens")
                .notes("Each works once: a token that is used again ends its session.")
                .refuses(&[INVALID_REFRESH_TOKEN, REFRESH_TOKEN_REUSED]),
        )
        .get(
            "/.well-known/jwks.json",
            jwks::handle,
            operation("show_signing_keys", "The keys that verify access tokens (RFC 7517)"),
        )
}
