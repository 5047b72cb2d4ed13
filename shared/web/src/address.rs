//! Postal addresses, as clients send them and services keep them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Violations;

/// Characters of one line.
const LONGEST_LINE: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    #[schemars(length(min = 1, max = LONGEST_LINE), regex(pattern = r"\S"))]
    pub recipient: String,
    #[schemars(length(min = 1, max = LONGEST_LINE), regex(pattern = r"\S"))]
    pub line1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LONGEST_LINE))]
    pub line2: Option<String>,
    #[schemars(length(min = 1, max = LONGEST_LINE), regex(pattern = r"\S"))]
    pub city: String,
    #[schemars(length(min = 1, max = LONGEST_LINE), regex(pattern = r"\S"))]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    #[schemars(regex(pattern = "^[A-Z]{2}$"), example = &"KR")]
    pub country: String,
}

impl Address {
    /// Adds what is wrong with an address that stands at `pointer` of a body.
    pub fn validate(&self, pointer: &str, wrong: &mut Violations) {
        let lines = [
            ("recipient", &self.recipient),
            ("line1", &self.line1),
            ("city", &self.city),
            ("postal_code", &self.postal_code),
        ];
        for (name, text) in lines {
            wrong.require(
                !text.trim().is_empty() && text.chars().count() <= LONGEST_LINE,
                format!("{pointer}/{name}"),
                "length",
                format!("{name} has 1 to {LONGEST_LINE} characters"),
            );
        }
        let second = self.line2.as_deref().unwrap_or_default();
        wrong.require(
            second.chars().count() <= LONGEST_LINE,
            format!("{pointer}/line2"),
            "length",
            format!("line2 has at most {LONGEST_LINE} characters"),
        );
        wrong.require(
            self.country.len() == 2 && self.country.bytes().all(|letter| letter.is_ascii_uppercase()),
            format!("{pointer}/country"),
            "invalid",
            "a country is two capital letters (ISO 3166-1)",
        );
    }
}
