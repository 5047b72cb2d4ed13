//! One call to Stripe, and what its answer means.

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use crate::providers::ProviderError;
use crate::providers::http::{Answer, Transport, send};

/// Stripe's API as of this day, whatever the account's own default is.
const VERSION: &str = "2024-06-20";

pub(super) type Form = Vec<(&'static str, String)>;

/// A call that was not answered with what was asked for.
#[derive(Debug)]
pub(super) enum Fault {
    Answered {
        status: u16,
        error: StripeError,
        /// The request that was answered first, where this is its answer once more.
        repeats: Option<String>,
    },
    Unanswered(ProviderError),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct StripeError {
    pub(super) r#type: String,
    pub(super) code: String,
    pub(super) decline_code: String,
    pub(super) param: String,
}

impl Fault {
    /// Whether the call may have been carried out all the same: the answer is no decision, or says that nothing is left to do.
    pub(super) fn says_nothing(&self) -> bool {
        match self {
            Self::Answered { status, error, .. } => {
                *status >= 500 || ["payment_intent_unexpected_state", "charge_already_refunded"].contains(&&*error.code)
            }
            Self::Unanswered(_) => false,
        }
    }

    /// Which request made the key useless.
    pub(super) fn spoiled_by(&self) -> Option<&str> {
        match self {
            Self::Answered { status: 500.., repeats, .. } => repeats.as_deref(),
            _ => None,
        }
    }

    pub(super) fn into_error(self) -> ProviderError {
        let (status, error) = match self {
            Self::Answered { status, error, .. } => (status, error),
            Self::Unanswered(error) => return error,
        };
        let said = format!("HTTP {status} {} {}", error.r#type, error.code);
        match status {
            // The same key is under way, or the account is over its rate: not taken.
            409 | 429 => ProviderError::Unavailable(said),
            500.. => ProviderError::Unknown(said),
            _ => ProviderError::Refused(said),
        }
    }
}

pub(super) async fn post(transport: &Transport, path: &str, key: &str, form: &Form) -> Result<Value, Fault> {
    let request = transport.request(Method::POST, path, |request, secret| request.bearer_auth(secret.expose_secret()));
    let request = request.map_err(Fault::Unanswered)?.header("idempotency-key", key).form(form);
    judged(send(request.header("stripe-version", VERSION)).await.map_err(Fault::Unanswered)?)
}

/// Changes nothing, so what is not answered is simply not known yet.
pub(super) async fn get(transport: &Transport, path: &str, query: &[(&str, String)]) -> Result<Value, Fault> {
    let request = transport.request(Method::GET, path, |request, secret| request.bearer_auth(secret.expose_secret()));
    let request = request.map_err(Fault::Unanswered)?.query(query);
    judged(send(request.header("stripe-version", VERSION)).await.map_err(Fault::Unanswered)?)
}

fn judged(answer: Answer) -> Result<Value, Fault> {
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let repeats = answer.header("idempotent-replayed").filter(|it| *it == "true");
    let repeats = repeats.map(|_| answer.header("original-request").unwrap_or("again").to_owned());
    let error = answer.body.get("error").cloned().and_then(|error| serde_json::from_value(error).ok());
    Err(Fault::Answered { status: answer.status.as_u16(), error: error.unwrap_or_default(), repeats })
}
