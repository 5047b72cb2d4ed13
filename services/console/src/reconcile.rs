//! Our books beside the payment provider's. The payment service compares, slice by slice of time, for it alone has the
//! provider's key and may leave the cluster; this asks it for one slice after the other.

use std::fmt;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use livemart_contracts::{OrderId, PaymentId};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::access::StaffAccess;
use crate::api::expect_success;
use crate::terminal::Doing;

/// With more than this, something is wrong with all of them, and the rest tells nothing new.
const MOST_DIFFERENCES: usize = 1_000;

/// `--json` prints it; programs rely on every name in it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) provider: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    /// Whether everything was compared, and not only what lies before `until`.
    pub(crate) complete: bool,
    pub(crate) compared: usize,
    /// Differences among things that changed just now, which are not told.
    pub(crate) under_way: usize,
    pub(crate) differences: Vec<Difference>,
}

/// As the payment service tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub(crate) kind: String,
    pub(crate) payment_id: Option<PaymentId>,
    pub(crate) order_id: Option<OrderId>,
    /// The provider's name for it.
    pub(crate) reference: Option<String>,
    pub(crate) currency: String,
    pub(crate) ours: Option<Amounts>,
    pub(crate) theirs: Option<Amounts>,
    pub(crate) remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amounts {
    pub(crate) held: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) released: i64,
}

#[derive(Deserialize)]
struct Slice {
    provider: String,
    compared: usize,
    under_way: usize,
    differences: Vec<Difference>,
    next: Option<PaymentId>,
    until: DateTime<Utc>,
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Compares payments made from `since` on, before `until`.
pub(crate) async fn run(staff: &StaffAccess, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<Report> {
    let (provider, complete) = (String::new(), true);
    let mut report = Report { provider, since, until, complete, compared: 0, under_way: 0, differences: Vec::new() };
    let (mut api, mut after, doing) = (staff.sign_in().await?, None::<PaymentId>, Doing::start());
    loop {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut asked = vec![("since", time(since)), ("until", time(until))];
        asked.extend(after.map(|after| ("after", after.to_string())));
        let request = |api: &crate::api::Api| api.request(Method::GET, "/payments/reconciliation").query(&asked);
        let mut answer = api.send(|| request(&api)).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            // It takes longer than a session's token lasts.
            api = staff.sign_in().await?;
            answer = api.send(|| request(&api)).await?;
        }
        let slice: Slice = expect_success(answer).await?.json().await?;
        report.provider = slice.provider;
        report.compared += slice.compared;
        report.under_way += slice.under_way;
        for difference in slice.differences {
            // What lies between two slices is in both.
            if !report.differences.contains(&difference) {
                report.differences.push(difference);
            }
        }
        doing.say(&format!("the provider's books up to {}", slice.until));
        after = slice.next;
        if after.is_none() {
            return Ok(report);
        }
        if report.differences.len() >= MOST_DIFFERENCES {
            (report.complete, report.until) = (false, slice.until);
            return Ok(report);
        }
    }
}

/// One line: which payment, what we say, what they say.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payment_id {
            Some(payment) => write!(f, "{payment}")?,
            None => f.write_str("no payment of ours")?,
        }
        if let Some(reference) = &self.reference {
            write!(f, " ({reference})")?;
        }
        let say = |amounts: &Option<Amounts>| amounts.map_or("nothing is known of it".to_owned(), |it| it.to_string());
        write!(f, ": we say {}, the provider {} [{}]", say(&self.ours), say(&self.theirs), self.currency)
    }
}

impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, captured, refunded, released } = *self;
        let all = [("held", held), ("captured", captured), ("refunded", refunded), ("released", released)];
        let some: Vec<String> =
            all.iter().filter(|(_, amount)| *amount != 0).map(|(what, amount)| format!("{amount} {what}")).collect();
        f.write_str(if some.is_empty() { "no money".to_owned() } else { some.join(" and ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_one_line_that_names_both_sides() {
        let nothing = Amounts { held: 0, captured: 0, refunded: 0, released: 0 };
        let difference = Difference {
            kind: "amounts-differ".to_owned(),
            payment_id: None,
            order_id: None,
            reference: Some("pi_1".to_owned()),
            currency: "KRW".to_owned(),
            ours: Some(nothing),
            theirs: Some(Amounts { captured: 100, refunded: 40, ..nothing }),
            remedy: "look".to_owned(),
        };
        assert_eq!(
            difference.to_string(),
            "no payment of ours (pi_1): we say no money, the provider 100 captured and 40 refunded [KRW]"
        );
    }
}
