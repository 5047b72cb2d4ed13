//! One call to Toss, and what its answer means.

use chrono::{DateTime, FixedOffset, Utc};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::declines;
use crate::providers::ProviderError;
use crate::providers::http::{Answer, Transport, send};

/// Toss tells and takes the time of Seoul, which knows no summer time.
const SEOUL: i32 = 9 * 3_600;

/// Codes of answers after which it has to be looked up what became of the call: Toss or the bank behind it had a failure, or
/// somebody did it before.
const DECIDE_NOTHING: [&str; 9] = [
    "ALREADY_PROCESSED_PAYMENT",
    "ALREADY_CANCELED_PAYMENT",
    "NOT_CANCELABLE_AMOUNT",
    "NOT_CANCELABLE_PAYMENT",
    "PROVIDER_ERROR",
    "CARD_PROCESSING_ERROR",
    "FAILED_DB_PROCESSING",
    "FAILED_INTERNAL_SYSTEM_PROCESSING",
    "UNKNOWN_PAYMENT_ERROR",
];

/// A call that was not answered with what was asked for.
#[derive(Debug)]
pub(super) enum Fault {
    Answered { status: u16, error: TossError },
    Unanswered(ProviderError),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct TossError {
    pub(super) code: String,
}

impl Fault {
    pub(super) fn decides_nothing(&self) -> bool {
        match self {
            Self::Answered { status, error } => *status >= 500 || DECIDE_NOTHING.contains(&&*error.code),
            Self::Unanswered(_) => false,
        }
    }

    pub(super) fn into_error(self) -> ProviderError {
        let decides_nothing = self.decides_nothing();
        let (status, error) = match self {
            Self::Answered { status, error } => (status, error),
            Self::Unanswered(error) => return error,
        };
        let said = format!("HTTP {status} {}", error.code);
        match status {
            // The same key is under way, or the shop is over its rate: not taken.
            409 | 429 => ProviderError::Unavailable(said),
            _ if decides_nothing => ProviderError::Unknown(said),
            _ => ProviderError::Refused(said),
        }
    }

    /// What it means where a confirmation was asked for.
    pub(super) fn of_confirmation(self) -> ProviderError {
        match &self {
            Self::Answered { status: 400..=499, error } if !self.decides_nothing() => {
                declines::of_confirmation(&error.code).unwrap_or_else(|| self.into_error())
            }
            _ => self.into_error(),
        }
    }
}

pub(super) async fn post(transport: &Transport, path: &str, key: &str, body: &Value) -> Result<Value, Fault> {
    let request =
        transport.request(Method::POST, path, |request, secret| request.basic_auth(secret.expose_secret(), Some("")));
    let request = request.map_err(Fault::Unanswered)?.header("idempotency-key", key).json(body);
    judged(send(request).await.map_err(Fault::Unanswered)?)
}

pub(super) async fn get(transport: &Transport, path: &str, query: &[(&str, String)]) -> Result<Value, Fault> {
    let request =
        transport.request(Method::GET, path, |request, secret| request.basic_auth(secret.expose_secret(), Some("")));
    judged(send(request.map_err(Fault::Unanswered)?.query(query)).await.map_err(Fault::Unanswered)?)
}

fn judged(answer: Answer) -> Result<Value, Fault> {
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let error = serde_json::from_value(answer.body).unwrap_or_default();
    Err(Fault::Answered { status: answer.status.as_u16(), error })
}

/// A moment as Toss takes it: without an offset.
pub(super) fn local(time: DateTime<Utc>) -> String {
    let seoul = FixedOffset::east_opt(SEOUL).unwrap_or_else(|| unreachable!("nine hours are an offset"));
    time.with_timezone(&seoul).format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_the_time_of_seoul() {
        let time = DateTime::from_timestamp(1_795_593_600, 0).unwrap();
        assert_eq!(
            (time.to_rfc3339(), local(time).as_str()),
            ("2026-11-25T08:00:00+00:00".into(), "2026-11-25T17:00:00")
        );
    }

    #[test]
    fn an_answer_is_a_decision_a_failure_or_a_mistake() {
        let fault = |status, code: &str| Fault::Answered { status, error: TossError { code: code.to_owned() } };
        for (status, code) in
            [(400, "REJECT_CARD_COMPANY"), (403, "REJECT_ACCOUNT_PAYMENT"), (400, "INVALID_STOPPED_CARD")]
        {
            let error = fault(status, code).of_confirmation();
            assert!(matches!(&error, ProviderError::Declined(why) if why.code == "card-declined"), "{code}: {error}");
        }
        for (status, code) in [(400, "PROVIDER_ERROR"), (500, ""), (400, "ALREADY_PROCESSED_PAYMENT")] {
            assert!(matches!(fault(status, code).of_confirmation(), ProviderError::Unknown(_)), "{code}");
        }
        for (status, code) in [(401, "UNAUTHORIZED_KEY"), (403, "FORBIDDEN_REQUEST"), (400, "INVALID_REQUEST")] {
            assert!(matches!(fault(status, code).of_confirmation(), ProviderError::Refused(_)), "{code}");
        }
        assert!(matches!(fault(409, "IDEMPOTENT_REQUEST_PROCESSING").of_confirmation(), ProviderError::Unavailable(_)));
        assert!(matches!(fault(400, "NOT_CANCELABLE_AMOUNT").into_error(), ProviderError::Unknown(_)));
    }
}
