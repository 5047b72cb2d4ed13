//! What the staff say about a product, and the rules it has to keep.

use std::ops::Deref;

use livemart_contracts::Money;
use livemart_contracts::events::LocalizedText;
use serde::{Deserialize, Serialize};

/// Characters; fits on a label, and other shops' systems take as much.
pub const LONGEST_SKU: usize = 64;
/// Characters; a name is one line of a page.
pub const LONGEST_NAME: usize = 200;
/// Characters; both languages together stay far below what an event may weigh (1 MB).
pub const LONGEST_DESCRIPTION: usize = 10_000;
/// Characters; it is part of addresses.
pub const LONGEST_CATEGORY: usize = 64;
/// The rules below as regular expressions, for the contract of the endpoints.
pub const SKU_PATTERN: &str = "^[A-Za-z0-9._-]+$";
pub const CATEGORY_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
/// Minor units; ninety thousand pieces at this price still add up to an amount that every client reads exactly.
pub const HIGHEST_PRICE: i64 = 100_000_000_000;

/// A rule that a draft breaks, and where: a JSON Pointer into the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub pointer: &'static str,
    pub code: &'static str,
    pub detail: String,
}

/// What is said about a product, not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub sku: String,
    pub name: LocalizedText,
    pub description: LocalizedText,
    pub category: String,
    pub price: Money,
}

/// A draft that keeps all rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details(Draft);

impl Details {
    /// What was checked when it was stored: a rule that became stricter does not make it unreadable.
    pub fn stored(draft: Draft) -> Self {
        Self(draft)
    }
}

impl Deref for Details {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.0
    }
}

impl Draft {
    /// Takes white space off the ends of texts, then answers every rule that is broken.
    pub fn check(mut self) -> Result<Details, Vec<Breach>> {
        for text in [&mut self.name.ko, &mut self.name.en, &mut self.description.ko, &mut self.description.en] {
            if text.trim().len() < text.len() {
                *text = text.trim().to_owned();
            }
        }
        let breaches: Vec<Breach> = [
            sku(&self.sku),
            name("/name/ko", &self.name.ko),
            name("/name/en", &self.name.en),
            description("/description/ko", &self.description.ko),
            description("/description/en", &self.description.en),
            category("/category", &self.category),
            price(self.price),
        ]
        .into_iter()
        .flatten()
        .collect();
        if breaches.is_empty() { Ok(Details(self)) } else { Err(breaches) }
    }
}

fn sku(sku: &str) -> Option<Breach> {
    let holds = (1..=LONGEST_SKU).contains(&sku.len())
        && sku.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    breach(holds, "/sku", "invalid", || {
        format!("a SKU has 1 to {LONGEST_SKU} letters, digits, dots, hyphens or underscores")
    })
}

/// Without white space at its ends.
pub(super) fn name(pointer: &'static str, name: &str) -> Option<Breach> {
    breach(!name.is_empty(), pointer, "required", || "there is a name in each language".to_owned())
        .or_else(|| bounded(pointer, name, LONGEST_NAME))
        .or_else(|| {
            breach(!name.contains(char::is_control), pointer, "invalid", || "a name is one line of text".to_owned())
        })
}

fn description(pointer: &'static str, description: &str) -> Option<Breach> {
    let is_text = |character: char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    bounded(pointer, description, LONGEST_DESCRIPTION).or_else(|| {
        breach(description.chars().all(is_text), pointer, "invalid", || {
            "a description is text without control characters, but for line breaks and tabs".to_owned()
        })
    })
}

/// A category's name is kebab case: `home-audio`. For query parameters as well as for bodies, hence the pointer.
pub fn category(pointer: &'static str, category: &str) -> Option<Breach> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let holds = category.len() <= LONGEST_CATEGORY && category.split('-').all(is_word);
    breach(holds, pointer, "invalid", || {
        format!("a category has 1 to {LONGEST_CATEGORY} lower-case letters or digits, words joined by hyphens")
    })
}

fn price(price: Money) -> Option<Breach> {
    breach((1..=HIGHEST_PRICE).contains(&price.amount), "/price/amount", "out-of-range", || {
        format!("a price has 1 to {HIGHEST_PRICE} minor units")
    })
}

fn bounded(pointer: &'static str, text: &str, longest: usize) -> Option<Breach> {
    breach(text.chars().count() <= longest, pointer, "too-long", || format!("this has at most {longest} characters"))
}

fn breach(holds: bool, pointer: &'static str, code: &'static str, detail: impl FnOnce() -> String) -> Option<Breach> {
    (!holds).then(|| Breach { pointer, code, detail: detail() })
}

/// A change of some of the details. What is `None` stays; a text is changed language by language, a price as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    pub sku: Option<String>,
    pub name: TextEdit,
    pub description: TextEdit,
    pub category: Option<String>,
    pub price: Option<Money>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextEdit {
    pub ko: Option<String>,
    pub en: Option<String>,
}

impl Edit {
    /// `details` with this change, to be checked.
    pub fn of(self, details: &Details) -> Draft {
        Draft {
            sku: self.sku.unwrap_or_else(|| details.sku.clone()),
            name: self.name.of(&details.name),
            description: self.description.of(&details.description),
            category: self.category.unwrap_or_else(|| details.category.clone()),
            price: self.price.unwrap_or(details.price),
        }
    }
}

impl TextEdit {
    fn of(self, text: &LocalizedText) -> LocalizedText {
        LocalizedText { ko: self.ko.unwrap_or_else(|| text.ko.clone()), en: self.en.unwrap_or_else(|| text.en.clone()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use livemart_contracts::money::Currency;

    use super::*;

    pub(crate) fn draft() -> Draft {
        let text = |ko: &str, en: &str| LocalizedText { ko: ko.to_owned(), en: en.to_owned() };
        Draft {
            sku: "EAR-100".to_owned(),
            name: text("무선 이어폰", "Wireless earphones"),
            description: text("가벼워요.\n오래 가요.", ""),
            category: "home-audio".to_owned(),
            price: Money::new(15_900, Currency::KRW),
        }
    }

    fn pointers(draft: Draft) -> Vec<&'static str> {
        draft.check().map_or_else(|breaches| breaches.iter().map(|breach| breach.pointer).collect(), |_| Vec::new())
    }

    #[test]
    fn a_complete_draft_keeps_all_rules_and_loses_white_space_at_its_ends() {
        let mut padded = draft();
        padded.name.en = "  Wireless earphones\n".to_owned();
        assert_eq!(*padded.check().expect("it is valid"), draft());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = Draft {
            sku: String::new(),
            name: LocalizedText { ko: " ".to_owned(), en: "x".repeat(LONGEST_NAME + 1) },
            description: LocalizedText { ko: "\0".to_owned(), en: "x".repeat(LONGEST_DESCRIPTION + 1) },
            category: "Home Audio".to_owned(),
            price: Money::new(0, Currency::KRW),
        };
        let all = ["/sku", "/name/ko", "/name/en", "/description/ko", "/description/en", "/category", "/price/amount"];
        assert_eq!(pointers(wrong), all);
    }

    #[test]
    fn lengths_are_counted_in_characters_not_in_bytes() {
        let mut long = draft();
        long.name.ko = "가".repeat(LONGEST_NAME);
        assert!(pointers(long.clone()).is_empty());
        long.name.ko.push('가');
        assert_eq!(pointers(long), ["/name/ko"]);
    }

    #[test]
    fn a_category_is_kebab_case() {
        for good in ["audio", "home-audio", "4k-tv"] {
            assert_eq!(category("category", good), None, "{good}");
        }
        for bad in ["", "-", "Audio", "home--audio", "audio-", "home_audio", "오디오", "a\0"] {
            assert!(category("category", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_price_is_positive_and_bounded() {
        for (amount, good) in [(-1, false), (0, false), (1, true), (HIGHEST_PRICE, true), (HIGHEST_PRICE + 1, false)] {
            let priced = Draft { price: Money::new(amount, Currency::KRW), ..draft() };
            assert_eq!(pointers(priced).is_empty(), good, "{amount}");
        }
    }
}
