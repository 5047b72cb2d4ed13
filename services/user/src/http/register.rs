//! `POST /api/v1/users`: a new customer.

use axum::Json;
use axum::extract::State;
use livemart_contracts::events::UserRegistered;
use livemart_web::{Body, RequestTrace, Role, Status, Violations};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::view::UserView;
use crate::domain::{Email, Name, Password, User};
use crate::error::Error;
use crate::store::users;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[schemars(email)]
    email: String,
    password: Password,
    name: String,
}

pub async fn handle(
    State(Accounts { store, passwords, .. }): State<Accounts>,
    trace: RequestTrace,
    Body(input): Body<Input>,
) -> Result<Status<201, Json<UserView>>, Error> {
    let (email, name) = (Email::parse(&input.email), Name::parse(&input.name));
    let rating = passwords.rate(input.password.clone(), email.clone().ok(), name.clone().ok()).await?;
    let mut wrong = Violations::default();
    if let Err(weakness) = rating {
        wrong.require(false, "/password", weakness.code(), weakness.to_string());
    }
    let email = email.inspect_err(|error| wrong.require(false, "/email", "invalid", error.to_string())).ok();
    let name = name.inspect_err(|error| wrong.require(false, "/name", "invalid", error.to_string())).ok();
    wrong.check()?;
    let (Some(email), Some(name)) = (email, name) else { unreachable!("what is missing was a violation") };
    let hash = passwords.hash(input.password).await?;

    let mut work = store.begin().await?;
    let user = User::register(work.new_id(), &email, &name, Role::Customer, work.now());
    users::insert_in(work.tx(), &user, &hash).await?;
    work.emit(trace, &UserRegistered::from(&user));
    work.commit().await?;
    Ok(Status(Json(user.into())))
}
