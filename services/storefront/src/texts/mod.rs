//! What pages say, in the languages of the shop.
//!
//! Every text is a field, and both languages stand in one line: a page that names a text which is not there, or a text without its
//! translation, does not compile. What depends on numbers or on codes is in [`phrases`]; what the API refuses, in [`refusals`].

mod phrases;
mod refusals;
mod words;

use fluent_langneg::{NegotiationStrategy, accepted_languages, negotiate_languages};
use unic_langid::LanguageIdentifier;

use crate::api::Localized;

pub use words::Words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    En,
    Ko,
}

impl Locale {
    const ALL: [Self; 2] = [Self::En, Self::Ko];

    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.name() == name)
    }

    /// The first that there is of an `Accept-Language` header, in which the best liked comes first; else English.
    pub fn accepted(header: &str) -> Self {
        let id = |locale: Self| locale.name().parse::<LanguageIdentifier>().unwrap_or_default();
        let (wanted, available) = (accepted_languages::parse(header), Self::ALL.map(id));
        let found = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Lookup);
        let found = found.first().and_then(|found| Self::ALL.into_iter().find(|locale| id(*locale) == **found));
        found.unwrap_or(Self::En)
    }

    pub const fn words(self) -> &'static Words {
        match self {
            Self::En => &words::ENGLISH,
            Self::Ko => &words::KOREAN,
        }
    }

    /// What the catalogue says in this language.
    pub fn of(self, text: &Localized) -> &str {
        match self {
            Self::En => &text.en,
            Self::Ko => &text.ko,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_there_is_counts() {
        assert_eq!(Locale::accepted("ko-KR,ko;q=0.9,en-US;q=0.8"), Locale::Ko);
        assert_eq!(Locale::accepted("de, ko;q=0.9, en;q=0.5"), Locale::Ko);
        assert_eq!(Locale::accepted("en-GB"), Locale::En);
        for nothing in ["", "de", "*", "\u{7f};;;,"] {
            assert_eq!(Locale::accepted(nothing), Locale::En, "{nothing:?}");
        }
    }
}
