//! Where third parties receive webhooks.

use std::collections::BTreeSet;

use livemart_web::Violations;
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{events, reach};

/// Characters.
pub const LONGEST_URL: usize = 2_000;
pub const LONGEST_DESCRIPTION: usize = 200;

/// What the staff ask for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    #[schemars(url, length(max = LONGEST_URL))]
    url: String,
    #[serde(default)]
    #[schemars(length(max = LONGEST_DESCRIPTION))]
    description: String,
    /// None: all that there are, those to come included.
    #[serde(default)]
    event_types: Vec<String>,
}

/// A checked [`Wish`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    pub url: Url,
    pub description: String,
    pub event_types: Vec<String>,
}

/// Why nothing is sent to an endpoint any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disabled {
    /// It said so: 410.
    Gone,
    /// It took nothing for as long as one event was tried.
    Failing,
}

impl Disabled {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl Wish {
    /// `private`: whether addresses of this machine and its network may be named, and unencrypted connections.
    pub fn check(self, private: bool) -> Result<NewEndpoint, Violations> {
        let mut wrong = Violations::default();
        let url = Url::parse(&self.url).ok().filter(|_| self.url.len() <= LONGEST_URL);
        match &url {
            None => wrong.require(false, "/url", "invalid", format!("a URL of at most {LONGEST_URL} characters")),
            Some(url) => {
                let scheme = url.scheme() == "https" || (private && url.scheme() == "http");
                wrong.require(scheme, "/url", "scheme", "events are sent to https URLs");
                let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
                wrong.require(plain, "/url", "invalid", "the URL has neither a user, nor a password, nor a fragment");
                wrong.require(private || allows(url), "/url", "private-address", "the address is not a public one");
            }
        }
        let described = self.description.trim();
        wrong.require(
            described.chars().count() <= LONGEST_DESCRIPTION,
            "/description",
            "length",
            format!("the description has at most {LONGEST_DESCRIPTION} characters"),
        );
        for (place, unknown) in self.event_types.iter().enumerate() {
            let known = events::types().any(|known| known == unknown);
            wrong.require(known, format!("/event_types/{place}"), "unknown", "there is no such type of event");
        }
        wrong.check()?;
        let url = url.unwrap_or_else(|| unreachable!("a URL that cannot be read was refused"));
        let event_types: BTreeSet<String> = self.event_types.into_iter().collect();
        Ok(NewEndpoint { url, description: described.to_owned(), event_types: event_types.into_iter().collect() })
    }
}

/// Whether the host of `url` is a name, which is judged when it is resolved, or a public address.
pub fn allows(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.parse().map_or(true, reach::is_public)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, private: bool) -> Result<NewEndpoint, Violations> {
        let wish = Wish { url: url.to_owned(), description: " ours ".to_owned(), event_types: Vec::new() };
        wish.check(private)
    }

    #[test]
    fn an_endpoint_is_a_public_https_url() {
        assert_eq!(check("https://hooks.example.com/in?shop=1", false).unwrap().description, "ours");
        for refused in [
            "hooks.example.com",
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "https://user:word@hooks.example.com/",
            "https://hooks.example.com/#part",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert!(check(refused, false).is_err(), "{refused}");
        }
        assert!(check("http://127.0.0.1:9000/", true).is_ok(), "allowed by configuration");
        assert!(check(&format!("https://a.example/{}", "x".repeat(LONGEST_URL)), false).is_err());
    }

    #[test]
    fn only_types_that_exist_can_be_asked_for() {
        let wish = |event_types: &[&str]| Wish {
            url: "https://hooks.example.com/".to_owned(),
            description: String::new(),
            event_types: event_types.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        let twice = wish(&["order.confirmed", "order.confirmed"]).check(false).unwrap();
        assert_eq!(twice.event_types, ["order.confirmed"]);
        for unknown in ["user.registered", "order.*", ""] {
            assert!(wish(&[unknown]).check(false).is_err(), "{unknown}");
        }
    }
}
