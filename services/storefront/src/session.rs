//! The session of a browser: the API's own tokens, in a cookie that scripts cannot read and that no other site can have sent.
//!
//! Nothing is kept here, so any replica serves any visitor. What the access token says of itself, its end and the role, is read without
//! looking at its signature: pages go by it for what they offer, and the API judges every request anyway.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::api::Tokens;
use crate::config::Scheme;
use crate::texts::Locale;

/// Renewed so long before its end, for a page asks several things with one token.
const RENEWED_BEFORE: TimeDelta = TimeDelta::seconds(30);
/// Seconds that a browser keeps the cookie: as long as the API renews a session at most. It may end the session earlier.
const KEPT: u32 = 30 * 24 * 60 * 60;
/// Seconds that a chosen language is kept: a year.
const LANGUAGE_KEPT: u32 = 365 * 24 * 60 * 60;
/// Between the two tokens, of which neither has it.
const BETWEEN: char = '~';
const LANGUAGE: &str = "language";

#[derive(Clone)]
pub struct Session {
    access: String,
    refresh: String,
    claims: Claims,
}

#[derive(Clone, Deserialize)]
struct Claims {
    role: String,
    exp: i64,
}

impl Session {
    /// `None` where the access token is none.
    pub fn of(tokens: Tokens) -> Option<Self> {
        let claims = tokens.access_token.split('.').nth(1)?;
        let claims = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        Some(Self { access: tokens.access_token, refresh: tokens.refresh_token, claims })
    }

    fn parse(text: &str) -> Option<Self> {
        let (access, refresh) = text.split_once(BETWEEN)?;
        Self::of(Tokens { access_token: access.to_owned(), refresh_token: refresh.to_owned() })
    }

    pub fn access_token(&self) -> &str {
        &self.access
    }

    pub fn refresh_token(&self) -> &str {
        &self.refresh
    }

    /// What the token claims.
    pub fn is_staff(&self) -> bool {
        self.claims.role == "admin"
    }

    /// Whether it is to be renewed before it is used.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        DateTime::from_timestamp(self.claims.exp, 0).is_none_or(|end| end - RENEWED_BEFORE < now)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("role", &self.claims.role).finish_non_exhaustive()
    }
}

/// How cookies are set: under TLS, a browser takes the session's only by TLS, from this very host and for all of its paths, which
/// the prefix of its name has it check.
#[derive(Debug, Clone, Copy)]
pub struct Cookies(pub Scheme);

impl Cookies {
    const fn session_name(self) -> &'static str {
        match self.0 {
            Scheme::Http => "livemart-session",
            Scheme::Https => "__Host-livemart-session",
        }
    }

    pub fn session(self, headers: &HeaderMap) -> Option<Session> {
        Session::parse(cookie(headers, self.session_name())?)
    }

    pub fn language(self, headers: &HeaderMap) -> Option<Locale> {
        Locale::named(cookie(headers, LANGUAGE)?)
    }

    pub fn keep_session(self, session: &Session) -> HeaderValue {
        self.set(self.session_name(), &format!("{}{BETWEEN}{}", session.access, session.refresh), KEPT)
    }

    pub fn forget_session(self) -> HeaderValue {
        self.set(self.session_name(), "", 0)
    }

    pub fn keep_language(self, locale: Locale) -> HeaderValue {
        self.set(LANGUAGE, locale.name(), LANGUAGE_KEPT)
    }

    /// Whether an answer says something about the session by itself.
    pub fn touches_session(self, headers: &HeaderMap) -> bool {
        let mut set = headers.get_all(header::SET_COOKIE).iter();
        set.any(|cookie| cookie.as_bytes().starts_with(self.session_name().as_bytes()))
    }

    fn set(self, name: &str, value: &str, seconds: u32) -> HeaderValue {
        let secure = if self.0 == Scheme::Https { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        // A token that is no text would be one that the API did not make.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(role: &str, expires: i64) -> Session {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"role":"{role}","exp":{expires}}}"#));
        let tokens = Tokens { access_token: format!("head.{claims}.signature"), refresh_token: "refresh-1".to_owned() };
        Session::of(tokens).expect("a session")
    }

    #[test]
    fn a_session_comes_back_from_its_cookie() {
        for scheme in [Scheme::Http, Scheme::Https] {
            let cookies = Cookies(scheme);
            let set = cookies.keep_session(&session("admin", 2_000));
            let set = set.to_str().expect("text");
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            assert_eq!(set.contains("Secure") && set.starts_with("__Host-"), scheme == Scheme::Https, "{set}");
            let sent = format!("a=b; {}; c=d", set.split(';').next().unwrap_or_default());
            let headers = HeaderMap::from_iter([(header::COOKIE, sent.parse().expect("a value"))]);
            let found = cookies.session(&headers).expect("the session");
            assert!(found.is_staff() && found.refresh_token() == "refresh-1");
        }
    }

    #[test]
    fn a_session_is_renewed_shortly_before_its_token_ends() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
        let session = session("customer", 1_000);
        assert!(!session.is_staff());
        assert!(!session.is_stale(at(960)) && session.is_stale(at(971)) && session.is_stale(at(2_000)));
    }

    #[test]
    fn what_is_no_session_is_nobody() {
        for value in ["", "~", "a~b", "a.b.c~d", "a.e30.c~d"] {
            assert!(Session::parse(value).is_none(), "{value}");
        }
    }

    #[test]
    fn a_session_does_not_show_its_tokens() {
        assert!(!format!("{:?}", session("admin", 1)).contains("refresh-1"));
    }
}
