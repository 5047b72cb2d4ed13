//! The one way in which somebody is told something: a notification in an inbox, with a mail where there is an address
//! for it. Its table makes it happen once, whatever is delivered twice, replayed or announced again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use livemart_contracts::NotificationId;
use livemart_messaging::{Cause, Context, Decision, Failure};
use livemart_runtime::Live;

use crate::config::{Config, Settings};
use crate::domain::{Inbox, Notice};
use crate::mail::{MailRequest, SendMail};
use crate::store::inboxes;
use crate::store::mails::{self, NewMail};
use crate::store::notifications::{self, Placed};

pub const NO_MAIL_SERVER: &str = "no mail server is configured";

/// A notice, why it is given, and when that happened.
#[derive(Debug, Clone)]
pub struct Given {
    pub notice: Notice,
    pub cause: Cause,
    pub at: DateTime<Utc>,
}

/// Tells people things.
#[derive(Debug, Clone)]
pub struct Notifier {
    mails: bool,
    mails_staff: bool,
    settings: Live<Settings>,
}

impl Notifier {
    pub fn new(config: &Config) -> Self {
        Self {
            mails: config.smtp_url.is_some(),
            mails_staff: config.staff_address.is_some(),
            settings: config.live.clone(),
        }
    }

    /// Decides about each of `given`, in their order.
    pub async fn tell(&self, cx: &mut Context, given: &[Given]) -> Result<Vec<Decision>, Failure> {
        if given.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<Inbox> = given.iter().map(|given| given.notice.to).collect();
        let states = inboxes::lock_in(cx.tx(), &wanted).await?;
        let is_erased = |inbox: &Inbox| states.get(inbox).is_some_and(|state| state.erased);

        let mut next: BTreeMap<Inbox, i64> = states.iter().map(|(inbox, state)| (*inbox, state.last_number)).collect();
        let placed: Vec<Option<Placed<'_>>> = given
            .iter()
            .map(|Given { notice, .. }| {
                let number = next.get_mut(&notice.to).filter(|_| !is_erased(&notice.to))?;
                *number += 1;
                Some(Placed { id: cx.new_id(), number: *number, notice })
            })
            .collect();
        let to_insert: Vec<Placed<'_>> = placed.iter().flatten().cloned().collect();
        let new = notifications::insert_in(cx.tx(), &to_insert, cx.now()).await?;

        let (mut last, mut new_mails) = (BTreeMap::new(), Vec::new());
        let mut decisions = Vec::with_capacity(given.len());
        for (given, placed) in given.iter().zip(&placed) {
            decisions.push(match placed {
                None => Decision::ignored("the account was erased"),
                Some(placed) if new.contains(&placed.id) => {
                    last.insert(given.notice.to, placed.number);
                    new_mails.extend(self.mail(cx, given, placed.id));
                    cx.tell(given.notice.to.id().to_string());
                    Decision::Applied
                }
                Some(_) => Decision::Duplicate,
            });
        }
        if !last.is_empty() {
            inboxes::took_in(cx.tx(), &last).await?;
        }
        mails::insert_in(cx.tx(), &new_mails, cx.now()).await?;
        Ok(decisions)
    }

    /// The mail of a new notification, which is asked for unless there is a reason not to.
    fn mail(&self, cx: &mut Context, given: &Given, id: NotificationId) -> Option<NewMail> {
        if given.notice.to == Inbox::Staff && !self.mails_staff {
            return None;
        }
        let skipped = match self.mails {
            true => self.settings.get().recency().refuses(given.at, cx.now()),
            false => Some(NO_MAIL_SERVER.to_owned()),
        };
        if skipped.is_none() {
            cx.ask::<SendMail>(given.cause, id.to_string(), &MailRequest { notification_id: id });
        }
        Some(NewMail { id, skipped })
    }
}
