//! What was typed, and what is wrong with it.

use crate::api::Refusal;
use crate::texts::Locale;

/// What a form that is shown again says: a sentence for all of it, and one for each field that is meant.
#[derive(Debug, Clone, Default)]
pub struct Wrong {
    pub message: Option<String>,
    fields: Vec<(String, String)>,
}

/// The name of the field that a pointer into the body means: `/name/ko` is `name_ko`, and what is wrong with an amount of money is
/// wrong with the money.
fn field_of(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/');
    let path = path.strip_prefix("shipping_address/").unwrap_or(path);
    path.strip_suffix("/amount").unwrap_or(path).replace('/', "_")
}

impl Wrong {
    pub fn of(refusal: &Refusal, locale: Locale) -> Self {
        let fields = refusal.errors().iter().map(|error| (field_of(&error.pointer), locale.field(error)));
        Self { message: Some(locale.refusal(refusal)), fields: fields.collect() }
    }

    pub fn saying(message: &str) -> Self {
        Self { message: Some(message.to_owned()), fields: Vec::new() }
    }

    /// About one field, before anything was sent.
    pub fn with(mut self, field: &str, sentence: &str) -> Self {
        self.fields.push((field.to_owned(), sentence.to_owned()));
        self
    }

    /// What is wrong with the field of this name.
    pub fn at(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_means_a_field() {
        let meant = [
            ("/email", "email"),
            ("/shipping_address/postal_code", "postal_code"),
            ("/name/ko", "name_ko"),
            ("/price/amount", "price"),
            ("/amount/amount", "amount"),
        ];
        for (pointer, field) in meant {
            assert_eq!(field_of(pointer), field);
        }
    }
}
