//! Facts about accounts: the only events with personal data, so that erasing somebody touches one stream.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::UserId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserRegistered {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
}
event!(UserRegistered, "user.registered", user_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserUpdated {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
}
event!(UserUpdated, "user.updated", user_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserErased {
    pub user_id: UserId,
}
event!(UserErased, "user.erased", user_id);
