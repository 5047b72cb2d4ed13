//! E-mail addresses, as far as a shop needs to understand them.

use std::fmt;

/// RFC 5321: longer ones cannot be delivered to.
const LONGEST: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;
/// RFC 1035.
const LONGEST_LABEL: usize = 63;
/// What may stand before the @ besides letters and digits, as browsers see it (HTML, `<input type=email>`).
const LOCAL_PUNCTUATION: &str = ".!#$%&'*+/=?^_`{|}~-";

/// A well-formed address in lower case: strictly, two mailboxes could differ in case only; none do, and people mistype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like name@example.com")]
pub struct InvalidEmail;

impl Email {
    /// Whether it reaches anybody only a mail can tell.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let well_formed = text.len() <= LONGEST && is_local_part(local) && is_domain(domain);
        if well_formed { Ok(Self(text)) } else { Err(InvalidEmail) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local_part(text: &str) -> bool {
    (1..=LONGEST_LOCAL_PART).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || LOCAL_PUNCTUATION.contains(c))
}

fn is_domain(text: &str) -> bool {
    // A single label is a machine of one's own network.
    text.contains('.') && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_an_address_are_one() {
        assert_eq!(Email::parse(" Kim.Minji+Shop@Example.COM "), Email::parse("kim.minji+shop@example.com"));
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "b.".repeat(130));
        for text in [
            "",
            "kim",
            "@example.com",
            "kim@",
            "kim@localhost",
            "kim@example..com",
            "kim@-a.com",
            "a b@example.com",
            "a@b@example.com",
            "김@example.com",
            &long,
            &longer,
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text}");
        }
    }
}
