//! The keys of the notification service.

use clap::Args;
use lettre::message::Mailbox;
use livemart_runtime::{Live, between};
use secrecy::SecretString;

use crate::domain::Recency;
use crate::texts::Locale;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Notification service")]
pub struct Config {
    /// The mail server: smtp://user:password@host:port, smtps:// for TLS from the start, ?tls=required for STARTTLS. None:
    /// no mail is sent, and each is recorded as skipped.
    #[arg(long, env = "LIVEMART_NOTIFICATION_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,

    /// Who the mails are from.
    #[arg(long, env = "LIVEMART_NOTIFICATION_FROM", default_value = "LiveMart <no-reply@livemart.example>")]
    pub from: Mailbox,

    /// Where the staff read their mail. None: they find their notifications in the shop only.
    #[arg(long, env = "LIVEMART_NOTIFICATION_STAFF_ADDRESS")]
    pub staff_address: Option<Mailbox>,

    /// Whether webhooks may go to addresses of this machine and its network, and unencrypted. For development only: it
    /// lets an administrator of the shop reach whatever this service can reach.
    #[arg(long, env = "LIVEMART_NOTIFICATION_PRIVATE_WEBHOOKS")]
    pub private_webhooks: bool,

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Notification service, while it runs")]
pub struct Settings {
    /// The language of mails, and of notifications whose reader asks for none that there is.
    #[arg(long, env = "LIVEMART_NOTIFICATION_LOCALE", value_enum, default_value_t = Locale::En)]
    pub locale: Locale,

    /// Hours after which nothing is sent about an event any more. By default longer than an outage over a weekend; a
    /// replayed stream is older.
    #[arg(long, env = "LIVEMART_NOTIFICATION_OLDEST_EVENT_HOURS", value_name = "HOURS", default_value_t = 72, value_parser = between(1_u32..=87_600))]
    pub oldest_event_hours: u32,
}

impl Settings {
    pub fn recency(&self) -> Recency {
        Recency::within(self.oldest_event_hours)
    }
}
