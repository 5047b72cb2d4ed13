//! Passwords: how they are compared, and which may be chosen. After NIST SP 800-63B: length and no guessable ones, but
//! no rules about the kinds of characters.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;

use super::{Email, Name};

/// In characters (code points).
const SHORTEST: usize = 8;
/// Room for passphrases, and a bound for the cost of rating one.
const LONGEST: usize = 128;
/// "Safely unguessable: moderate protection from an offline attack." Below it, ten billion guesses suffice.
const WEAKEST: Score = Score::Three;
/// Among the first guesses at this shop, and not in an English dictionary: its name, and Korean words as they come out
/// on a Latin keyboard (hello, I love you, password, long live Korea).
const GUESSED_HERE: [&str; 7] =
    ["livemart", "dkssud", "dkssudgktpdy", "tkfkdgo", "tkfkdgody", "qlalfqjsgh", "eogksalsrnraksp"];

/// What somebody typed as a password.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    /// How long it is has to be looked at where one is chosen: an old one may be of any length.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password" })
    }
}

/// Why a password may not be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    #[error("this password is easy to guess; {0}")]
    Guessable(String),
}

impl Weakness {
    /// As clients see it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Guessable(_) => "guessable",
        }
    }
}

impl Password {
    pub fn new(text: &str) -> Self {
        // The same keys give different bytes on different systems (Hangul above all); NFKC makes them one password.
        Self(text.nfkc().collect::<String>().into())
    }

    /// For hashing.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    /// Whether it may be chosen by a person with this address and name. Takes milliseconds.
    pub fn rate(&self, email: Option<&Email>, name: Option<&Name>) -> Result<(), Weakness> {
        let text = self.0.expose_secret();
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(Weakness::TooShort);
        }
        if length > LONGEST {
            return Err(Weakness::TooLong);
        }
        let personal = email.map(Email::as_str).into_iter().chain(name.map(Name::as_str));
        let guesses: Vec<&str> = GUESSED_HERE.into_iter().chain(personal.flat_map(with_parts)).collect();
        let rating = zxcvbn::zxcvbn(text, &guesses);
        if rating.score() >= WEAKEST {
            return Ok(());
        }
        let advice = rating.feedback().and_then(|feedback| Some(feedback.warning()?.to_string()));
        Err(Weakness::Guessable(advice.unwrap_or_else(|| "add a word or two that do not belong together".to_owned())))
    }
}

/// `kim@example.com` and its words.
fn with_parts(text: &str) -> impl Iterator<Item = &str> {
    std::iter::once(text).chain(text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()))
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Result<(), Weakness> {
        let email = Email::parse("minji.kim@example.com").expect("an address");
        let name = Name::parse("Kim Minji").expect("a name");
        Password::new(text).rate(Some(&email), Some(&name))
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(rate("가나다라마바사"), Err(Weakness::TooShort));
        assert_eq!(rate(&"가".repeat(129)), Err(Weakness::TooLong));
    }

    #[test]
    fn what_others_would_guess_first_is_refused() {
        for text in
            ["password1!", "qwertyuiop", "livemart1234", "minjikim99", "tkfkdgody1", "dkssudgktpdy", "aaaaaaaaaaaa"]
        {
            assert!(matches!(rate(text), Err(Weakness::Guessable(_))), "{text}");
        }
    }

    #[test]
    fn a_passphrase_needs_neither_digits_nor_capitals() {
        assert_eq!(rate("lantern otter gravel"), Ok(()));
        assert_eq!(rate("파란우산 속의 조용한 고래"), Ok(()));
    }

    #[test]
    fn a_password_is_not_printed() {
        assert!(!format!("{:?}", Password::new("lantern otter gravel")).contains("otter"));
    }
}
