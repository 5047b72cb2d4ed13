//! What a person wants to be called.

use unicode_normalization::UnicodeNormalization;

/// In characters. Enough for every name that fits on a parcel.
const LONGEST: usize = 100;

/// A name of 1 to 100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {LONGEST} characters, on one line")]
pub struct InvalidName;

impl Name {
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        // NFC: a Korean name typed on a Mac may arrive as separate letters, each counted.
        let text: String = text.trim().nfc().collect();
        let well_formed = (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if well_formed { Ok(Self(text)) } else { Err(InvalidName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_counted_as_people_count() {
        let decomposed: String = "김민지".nfd().collect();
        assert_eq!(Name::parse(&decomposed), Name::parse("김민지"));
        assert!(Name::parse(&"가".repeat(100)).is_ok());
        for text in ["", "  ", "two\nlines", &"가".repeat(101)] {
            assert_eq!(Name::parse(text), Err(InvalidName), "{text}");
        }
    }
}
