//! `PATCH /api/v1/users/me`: the caller's name, address, password. The last two need the current password, for they are
//! what a thief of an access token would take the account over with.

use axum::Json;
use axum::extract::State;
use livemart_contracts::events::UserUpdated;
use livemart_web::{Body, Caller, RequestTrace, Violations};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::client_address::ClientAddress;
use super::guessing::Attempt;
use super::view::UserView;
use crate::domain::session::End;
use crate::domain::{Email, Name, Password, Transition};
use crate::error::Error;
use crate::passwords::Verdict;
use crate::revocation::commit_ends;
use crate::store::users::Account;
use crate::store::{sessions, users};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: Option<String>,
    #[schemars(email)]
    email: Option<String>,
    password: Option<Password>,
    current_password: Option<Password>,
}

/// What was asked for, checked.
struct Edit {
    name: Option<Name>,
    email: Option<Email>,
    password_hash: Option<String>,
}

pub async fn handle(
    State(accounts): State<Accounts>,
    caller: Caller,
    address: ClientAddress,
    trace: RequestTrace,
    Body(input): Body<Input>,
) -> Result<Json<UserView>, Error> {
    let before = users::find_by_id(accounts.store.db(), caller.user_id).await?.ok_or(Error::NoSuchUser)?;
    let proven = match input.email.is_some() || input.password.is_some() {
        true => Some(prove(&accounts, &before, address, input.current_password.clone()).await?),
        false => None,
    };
    let edit = check(&accounts, &before, input).await?;

    let mut work = accounts.store.begin().await?;
    let now = work.now();
    let current = users::lock_in(work.tx(), caller.user_id).await?.ok_or(Error::NoSuchUser)?;
    if let Some(attempt) = proven {
        // The password that was compared may have been replaced meanwhile.
        if current.password_hash != before.password_hash {
            return Err(Error::WrongPassword);
        }
        attempt.succeeded_in(work.tx(), current.user.id, now).await?;
    }
    let mut user = current.user;
    if user.edit(edit.email.as_ref(), edit.name.as_ref(), now) == Transition::Changed {
        users::update_in(work.tx(), &user).await?;
        work.emit(trace, &UserUpdated::from(&user));
    }
    let mut ended = Vec::new();
    if let Some(hash) = edit.password_hash {
        users::set_password_hash_in(work.tx(), user.id, &hash).await?;
        // Whoever else is signed in may be the reason for the new password.
        ended = sessions::end_all_in(work.tx(), user.id, Some(caller.session_id), End::PasswordChanged, now).await?;
    }
    commit_ends(work, trace, &accounts.authority, &ended, End::PasswordChanged).await?;
    Ok(Json(user.into()))
}

/// That the caller knows the current password.
async fn prove(
    accounts: &Accounts,
    account: &Account,
    address: ClientAddress,
    password: Option<Password>,
) -> Result<Attempt, Error> {
    let password = password.ok_or(Error::CurrentPasswordNeeded)?;
    let attempt = Attempt::count(accounts, &account.user.email, address).await?;
    match attempt.compare(accounts, password, Some(account)).await? {
        Verdict::Right | Verdict::Outdated => Ok(attempt),
        Verdict::Wrong => Err(Error::WrongPassword),
    }
}

async fn check(accounts: &Accounts, before: &Account, input: Input) -> Result<Edit, Error> {
    let mut wrong = Violations::default();
    let name = input.name.map(|name| Name::parse(&name)).transpose();
    let name = name.inspect_err(|error| wrong.require(false, "/name", "invalid", error.to_string())).ok().flatten();
    let email = input.email.map(|email| Email::parse(&email)).transpose();
    let email = email.inspect_err(|error| wrong.require(false, "/email", "invalid", error.to_string())).ok().flatten();
    if let Some(password) = &input.password {
        let email = email.clone().or_else(|| Email::parse(&before.user.email).ok());
        let name = name.clone().or_else(|| Name::parse(&before.user.name).ok());
        if let Err(weakness) = accounts.passwords.rate(password.clone(), email, name).await? {
            wrong.require(false, "/password", weakness.code(), weakness.to_string());
        }
    }
    wrong.check()?;
    let password_hash = match input.password {
        Some(password) => Some(accounts.passwords.hash(password).await?),
        None => None,
    };
    Ok(Edit { name, email, password_hash })
}
