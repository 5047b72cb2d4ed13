//! What is stored of a product: its revision on a line of its own, for the script that compares it, then JSON.

use crate::store::{Offer, Revision};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) revision: Revision,
    /// `None`: it is not for sale.
    pub(super) offer: Option<Offer>,
}

impl Entry {
    pub(super) fn encode(&self) -> String {
        let json =
            serde_json::to_string(&self.offer).unwrap_or_else(|error| unreachable!("our own types are JSON: {error}"));
        format!("{}\n{json}", self.revision.0)
    }

    /// `None` for what cannot be read, which is as good as nothing.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let (revision, json) = text.split_once('\n')?;
        Some(Self { revision: Revision(revision.parse().ok()?), offer: serde_json::from_str(json).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;
    use crate::domain::Product;
    use crate::domain::details::tests::draft;

    #[test]
    fn an_entry_comes_back_as_it_went_and_rubbish_does_not_come_back() {
        let clock = Clock::default();
        let product = Product::new(clock.new_id(), draft().check().expect("it is valid"), clock.now());
        let offer = Offer { product, available: 3, stock_version: 7, revision: Revision(8) };
        for offer in [Some(offer), None] {
            let entry = Entry { revision: Revision(8), offer };
            assert_eq!(Entry::decode(&entry.encode()), Some(entry));
        }
        for rubbish in ["", "8", "x\nnull", "8\n{}"] {
            assert_eq!(Entry::decode(rubbish), None, "{rubbish}");
        }
    }
}
