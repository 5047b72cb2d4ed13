//! The mail server, over SMTP.

use std::time::Duration;

use anyhow::Context as _;
use lettre::transport::smtp;
use lettre::transport::smtp::response::Severity;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

/// Below the limit of a task's call, so that the record says who was slow.
const SEND_LIMIT: Duration = Duration::from_secs(8);
/// Of one command; a server that greets slowly is told apart from one that is not there.
const COMMAND_LIMIT: Duration = Duration::from_secs(6);

/// What the server made of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    /// It will never take it (5xx).
    Refused(String),
    /// It may take it later (4xx), or could not be talked to.
    Postponed(String),
}

#[derive(Debug, Clone)]
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl MailServer {
    /// Connections are made when there is something to send.
    pub fn at(url: &SecretString) -> anyhow::Result<Self> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
        // The URL has a password in it: what is wrong with it is said without it.
        let builder = builder.ok().context("LIVEMART_NOTIFICATION_SMTP_URL is no smtp:// or smtps:// URL")?;
        Ok(Self { transport: builder.timeout(Some(COMMAND_LIMIT)).build() })
    }

    pub async fn send(&self, message: Message) -> Verdict {
        match tokio::time::timeout(SEND_LIMIT, self.transport.send(message)).await {
            Ok(Ok(_)) => Verdict::Taken,
            Ok(Err(error)) => judge(&error),
            Err(_) => Verdict::Postponed(format!("no answer within {} s", SEND_LIMIT.as_secs())),
        }
    }
}

/// 530 and 534 to 538: the server wants us to sign in, or in another way. Nothing is wrong with the mail.
const SIGN_IN: [u16; 4] = [530, 534, 535, 538];

fn judge(error: &smtp::Error) -> Verdict {
    let code = error.status();
    let is_ours = code.is_some_and(|code| SIGN_IN.contains(&code.into()));
    let refused = code.is_some_and(|code| code.severity == Severity::PermanentNegativeCompletion);
    match refused && !is_ours {
        true => Verdict::Refused(error.to_string()),
        false => Verdict::Postponed(error.to_string()),
    }
}
