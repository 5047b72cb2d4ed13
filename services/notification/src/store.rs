//! The tables of the schema `notifications`, one file for each or for those that are always used together.

pub mod deliveries;
pub mod endpoints;
pub mod inboxes;
pub mod mails;
pub mod notifications;
pub mod orders;
pub mod recipients;

/// Characters of what the outside said that are kept.
const LONGEST_WORDS: usize = 500;

/// What the outside said, in a length that a table and a page can bear.
pub fn words(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').take(LONGEST_WORDS).collect()
}
