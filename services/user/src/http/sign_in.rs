//! `POST /api/v1/sessions`: a password for a pair of tokens.

use axum::extract::State;
use livemart_web::{Body, Status};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::client_address::ClientAddress;
use super::guessing::Attempt;
use super::session::{self, Answer};
use crate::domain::{Email, Password};
use crate::error::Error;
use crate::passwords::Verdict;
use crate::store::{sessions, users};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    email: String,
    password: Password,
}

pub async fn handle(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    Body(input): Body<Input>,
) -> Result<Status<201, Answer>, Error> {
    // What is no address is nobody's; it needs no attempt to find that out.
    let email = Email::parse(&input.email).map_err(|_| Error::InvalidCredentials)?;
    let attempt = Attempt::count(&accounts, email.as_str(), address).await?;
    let account = users::find_by_email(accounts.store.db(), email.as_str()).await?;
    let verdict = attempt.compare(&accounts, input.password.clone(), account.as_ref()).await?;
    let Some(account) = account.filter(|_| verdict != Verdict::Wrong) else { return Err(Error::InvalidCredentials) };
    let new_hash = match verdict {
        Verdict::Outdated => Some(accounts.passwords.hash(input.password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };

    let work = accounts.store.begin().await?;
    // Between the comparison and now the account may have been blocked, or got another password.
    let Some(current) = users::lock_in(work.tx(), account.user.id).await? else {
        return Err(Error::InvalidCredentials);
    };
    if current.password_hash != account.password_hash {
        return Err(Error::InvalidCredentials);
    }
    if current.user.blocked {
        return Err(Error::Blocked);
    }
    if let Some(hash) = new_hash {
        users::set_password_hash_in(work.tx(), current.user.id, &hash).await?;
    }
    attempt.succeeded_in(work.tx(), current.user.id, work.now()).await?;
    let session = work.new_id();
    sessions::insert_in(work.tx(), session, current.user.id, work.now()).await?;
    let answer = session::issue_in(work.tx(), &accounts.authority, &current.user, session, work.now()).await?;
    work.commit().await?;
    Ok(Status(answer))
}
