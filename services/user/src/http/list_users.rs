//! `GET /api/v1/users`: all accounts, the newest first, for staff.

use axum::Json;
use axum::extract::State;
use livemart_contracts::UserId;
use livemart_web::{Admin, Page, PageQuery, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::view::UserView;
use crate::store::users;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// The one account of this address.
    email: Option<String>,
}

pub async fn handle(
    State(Accounts { store, .. }): State<Accounts>,
    _: Admin,
    query: PageQuery<Filters>,
) -> Result<Json<Page<UserView>>, Problem> {
    let after: Option<UserId> = query.cursor()?;
    let email = query.filters.email.as_ref().map(|email| email.trim().to_lowercase());
    let users = users::list(store.db(), email.as_deref(), after, query.rows_to_read()).await?;
    let views = users.into_iter().map(UserView::from).collect();
    Ok(Json(Page::new(&query, views, |user: &UserView| user.id)))
}
