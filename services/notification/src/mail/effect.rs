//! Sends the mail of a notification.
//!
//! SMTP has no idempotency: a server that took a mail and died before saying so gets it again, with the same
//! `Message-ID`.

use std::sync::Arc;
use std::time::Duration;

use livemart_contracts::NotificationId;
use livemart_messaging::backoff::Backoff;
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome, Store};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::message::{Letter, addressee};
use super::server::Verdict;
use crate::config::Config;
use crate::domain::{Details, Inbox, Kind};
use crate::notify::NO_MAIL_SERVER;
use crate::outside::{NOT_STARTED, Opened, Outside};
use crate::store::mails::{self, Addressed};
use crate::store::words;
use crate::texts::Text;

/// After this many attempts, which take two days, a mail has failed.
const ATTEMPTS: u32 = 24;

pub struct SendMail {
    outside: Outside,
    config: Arc<Config>,
}

/// No address: that is looked up when it is sent, and is gone when its owner is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MailRequest {
    pub notification_id: NotificationId,
}

/// How a mail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Sent,
    Skipped(&'static str),
    Failed(String),
}

impl SendMail {
    pub fn new(config: &Arc<Config>, outside: &Outside) -> Self {
        Self { outside: outside.clone(), config: Arc::clone(config) }
    }

    async fn send(&self, call: &Call<MailRequest>) -> Result<Attempt<Ended>, DbErr> {
        let skipped = |reason| Ok(Attempt::Answered(Ended::Skipped(reason)));
        let Some(Opened { store, mail, .. }) = self.outside.get() else {
            return Ok(Attempt::Unavailable(NOT_STARTED.to_owned()));
        };
        let Some(server) = mail else { return skipped(NO_MAIL_SERVER) };
        let id = call.request.notification_id;
        let Some(addressed) = mails::find_addressed(store.db(), id).await?.filter(|addressed| !addressed.erased) else {
            return skipped("the account was erased");
        };
        let letter = match self.letter(addressed) {
            Ok(letter) => letter,
            Err(NoLetter::Never(reason)) => return Ok(Attempt::Answered(Ended::Failed(reason))),
            Err(NoLetter::NotYet) => return Ok(given_up(call, "nothing is known of the recipient yet".to_owned())),
        };
        let message = match letter.message(&self.config.from, &call.idempotency_key) {
            Ok(message) => message,
            Err(error) => return Ok(Attempt::Answered(Ended::Failed(error.to_string()))),
        };
        let started = Instant::now();
        let verdict = server.send(message).await;
        write_down(store, id, &verdict, started.elapsed()).await?;
        Ok(match verdict {
            Verdict::Taken => Attempt::Answered(Ended::Sent),
            Verdict::Refused(reason) => Attempt::Answered(Ended::Failed(reason)),
            Verdict::Postponed(reason) => given_up(call, reason),
        })
    }

    fn letter(&self, addressed: Addressed) -> Result<Letter, NoLetter> {
        let locale = self.config.live.get().locale;
        let kind = Kind::named(&addressed.kind).ok_or_else(|| NoLetter::Never("its kind is unknown".to_owned()))?;
        let details: Details =
            serde_json::from_value(addressed.details).map_err(|error| NoLetter::Never(error.to_string()))?;
        let (to, name) = match Inbox::of_id(addressed.inbox_id) {
            Inbox::Staff => {
                let to = self.config.staff_address.clone();
                (to.ok_or_else(|| NoLetter::Never("the staff have no address".to_owned()))?, None)
            }
            Inbox::Person(_) => {
                let (Some(email), Some(name)) = (addressed.email, addressed.name) else { return Err(NoLetter::NotYet) };
                let email =
                    email.parse().map_err(|_| NoLetter::Never("the address cannot be written to".to_owned()))?;
                (addressee(&name, email), Some(name))
            }
        };
        let text = Text::of(kind, &details, locale);
        let body = text.as_mail(name.as_deref(), locale);
        Ok(Letter { to, subject: text.title, body, locale })
    }
}

/// Why there is nothing to send.
enum NoLetter {
    Never(String),
    /// The account's event is on its way.
    NotYet,
}

/// Tries again later, a bounded number of times. The ledger keeps no more than that: what a server says may hold an address.
fn given_up(call: &Call<MailRequest>, reason: String) -> Attempt<Ended> {
    if call.attempt >= ATTEMPTS {
        return Attempt::Answered(Ended::Failed(reason));
    }
    Attempt::Unavailable("the mail could not be sent yet; its attempts say why".to_owned())
}

async fn write_down(store: &Store, id: NotificationId, verdict: &Verdict, took: Duration) -> Result<(), DbErr> {
    let (outcome, detail) = match verdict {
        Verdict::Taken => ("sent", None),
        Verdict::Refused(reason) => ("refused", Some(reason.as_str())),
        Verdict::Postponed(reason) => ("postponed", Some(reason.as_str())),
    };
    mails::tried(store.db(), id, outcome, detail, took, store.clock().now()).await
}

impl Effect for SendMail {
    const KIND: &'static str = "notification.mail";
    /// Connections to the mail server: a provider allows few.
    const AT_ONCE: usize = 8;
    const RETRY: Backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(4 * 60 * 60) };
    type Request = MailRequest;
    type Answer = Ended;

    async fn perform(&self, call: &Call<MailRequest>) -> Attempt<Ended> {
        // It may have been sent, and nobody could write that down.
        self.send(call).await.unwrap_or_else(|error| Attempt::Unknown(error.to_string()))
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<MailRequest, Ended>]) -> Result<(), Failure> {
        let concluded = outcomes.iter().filter_map(|outcome| {
            let Attempt::Answered(ended) = &outcome.attempt else { return None };
            let (status, reason) = match ended {
                Ended::Sent => ("sent", None),
                Ended::Skipped(reason) => ("skipped", Some((*reason).to_owned())),
                Ended::Failed(reason) => ("failed", Some(words(reason))),
            };
            Some((outcome.request.notification_id, status, reason))
        });
        mails::conclude_in(cx.tx(), &concluded.collect::<Vec<_>>(), cx.now()).await?;
        Ok(())
    }
}
