//! Mail: how it is made ([`message`]), how it leaves ([`server`]), and that it is sent once ([`effect`]).

mod effect;
mod message;
mod server;

pub use effect::{MailRequest, SendMail};
pub use server::MailServer;
