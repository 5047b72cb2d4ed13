//! Why there is no answer of success.

use reqwest::{Response, StatusCode};
use serde::Deserialize;

/// A problem body (RFC 9457), as far as pages tell it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Problem {
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub detail: String,
    #[serde(default)]
    pub errors: Vec<FieldError>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, Deserialize)]
pub struct FieldError {
    /// A JSON Pointer into the body.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

#[derive(Debug, Clone)]
pub enum Refusal {
    /// The gateway did not answer, or not with anything that could be read.
    Unreachable,
    Refused {
        status: StatusCode,
        problem: Problem,
    },
}

impl Refusal {
    pub(super) fn unreachable(error: &reqwest::Error) -> Self {
        // Without the URL, in which visitors' words may stand.
        tracing::warn!(kind = ?kind(error), "the gateway gave no answer");
        Self::Unreachable
    }

    pub(super) async fn read(answer: Response) -> Self {
        let status = answer.status();
        let problem = answer.json().await.unwrap_or_default();
        Self::Refused { status, problem }
    }

    /// What a page that tells of it answers itself: a shop that is down is a bad gateway to the browser.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused { status, .. } if !status.is_server_error() => *status,
            Self::Unreachable | Self::Refused { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    /// The shop, or the part of it that was asked, is down: asking again later may help.
    pub fn is_outage(&self) -> bool {
        self.status() == StatusCode::BAD_GATEWAY
    }

    /// Nobody, or nobody any more, is signed in.
    pub fn needs_session(&self) -> bool {
        self.status() == StatusCode::UNAUTHORIZED
    }

    /// Empty where there is none.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { problem, .. } => &problem.code,
            Self::Unreachable => "",
        }
    }

    pub fn errors(&self) -> &[FieldError] {
        match self {
            Self::Refused { problem, .. } => &problem.errors,
            Self::Unreachable => &[],
        }
    }
}

fn kind(error: &reqwest::Error) -> &'static str {
    match error {
        _ if error.is_timeout() => "too late",
        _ if error.is_connect() => "no connection",
        _ if error.is_decode() => "not what the contract says",
        _ => "broken off",
    }
}
