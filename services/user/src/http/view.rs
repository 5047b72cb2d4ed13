//! How an account looks to its owner and to staff.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_web::Role;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::User;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    pub id: UserId,
    email: String,
    name: String,
    role: Role,
    blocked: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            blocked: user.blocked,
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
