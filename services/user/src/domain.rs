//! The rules of accounts, passwords and sessions. Pure: no database, no clock, no randomness.

pub mod attempts;
pub mod email;
pub mod name;
pub mod password;
pub mod refresh_token;
pub mod session;
pub mod user;

pub use email::Email;
pub use name::Name;
pub use password::{Password, Weakness};
pub use refresh_token::RefreshToken;
pub use user::{Transition, User};
