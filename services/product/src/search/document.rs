//! What the index keeps of a product. Names are found by every field here, descriptions word by word only.

use std::collections::BTreeSet;

use livemart_contracts::ProductId;
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use super::text::{forms, initials, is_in_hangul, keys, pairs, stem, tails, words};
use crate::store::Offer;

/// Keys of the beginning of a word. What is typed beyond that is found as a whole word, or inside one.
pub const LONGEST_START: usize = 20;
/// Characters of a description that are read, in each language. It keeps the index small where somebody writes a novel.
const DESCRIPTION_READ: usize = 2_000;

/// The columns by name, as the collector asks for them.
pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";
pub const PRICE: &str = "price";
pub const IN_STOCK: &str = "in_stock";
pub const LENGTH: &str = "length";
pub const CATEGORY: &str = "category";
pub const NAME: &str = "name";

#[derive(Debug, Clone)]
pub struct Fields {
    pub schema: Schema,
    id: Field,
    id_high: Field,
    id_low: Field,
    price: Field,
    in_stock: Field,
    length: Field,
    category: Field,
    name: Field,
    /// The keys of whole names and SKUs.
    pub whole: Field,
    /// The keys of words of names, as they are, stemmed, and joined with their neighbours.
    pub keys: Field,
    /// How those begin, key by key, and their initial consonants.
    pub starts: Field,
    /// Pairs of syllables of a name without its spaces.
    pub pairs: Field,
    /// The keys of its words, whole and from each later syllable on: a mistyped part of a long word is found there.
    pub tails: Field,
    /// Words of descriptions and of the category, as they are and stemmed.
    pub text: Field,
}

impl Default for Fields {
    fn default() -> Self {
        let mut schema = Schema::builder();
        // Terms are made here, not by a tokenizer of the library: it only takes them apart at the spaces between them.
        // Neither how often a term occurs nor where is kept: relevance does not depend on it.
        let terms = TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let terms = TextOptions::default().set_indexing_options(terms);
        let column = NumericOptions::default().set_fast();
        let text_column = TextOptions::default().set_fast("raw");
        Self {
            id: schema.add_bytes_field("id", BytesOptions::default().set_indexed()),
            id_high: schema.add_u64_field(ID_HIGH, column.clone()),
            id_low: schema.add_u64_field(ID_LOW, column.clone()),
            price: schema.add_u64_field(PRICE, column),
            in_stock: schema.add_bool_field(IN_STOCK, FAST),
            length: schema.add_u64_field(LENGTH, FAST),
            category: schema.add_text_field(CATEGORY, text_column.clone()),
            name: schema.add_text_field(NAME, text_column),
            whole: schema.add_text_field("whole", terms.clone()),
            keys: schema.add_text_field("keys", terms.clone()),
            starts: schema.add_text_field("starts", terms.clone()),
            pairs: schema.add_text_field("pairs", terms.clone()),
            tails: schema.add_text_field("tails", terms.clone()),
            text: schema.add_text_field("text", terms),
            schema: schema.build(),
        }
    }
}

impl Fields {
    /// By which a product is found again, to be replaced.
    pub fn id_term(&self, id: ProductId) -> Term {
        Term::from_field_bytes(self.id, id.uuid().as_bytes())
    }

    pub fn document(&self, offer: &Offer) -> TantivyDocument {
        let (product, details) = (&offer.product, &offer.product.details);
        let (high, low) = product.id.uuid().as_u64_pair();
        let length = details.name.ko.chars().count() + details.name.en.chars().count();
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, product.id.uuid().as_bytes());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        // A price is positive, which the table checks.
        document.add_u64(self.price, details.price.amount.unsigned_abs());
        document.add_bool(self.in_stock, offer.available > 0);
        document.add_u64(self.length, length as u64);
        document.add_text(self.category, &details.category);
        document.add_text(self.name, &details.name.ko);

        let mut terms = NameTerms::default();
        for name in [&details.name.ko, &details.name.en, &details.sku] {
            terms.add(name);
        }
        document.add_text(self.whole, joined(&terms.whole));
        document.add_text(self.keys, joined(&terms.keys));
        document.add_text(self.starts, joined(&terms.starts));
        document.add_text(self.pairs, joined(&terms.pairs));
        document.add_text(self.tails, joined(&terms.tails));
        document.add_text(
            self.text,
            joined(&text_terms([&details.description.ko, &details.description.en, &details.category])),
        );
        document
    }
}

/// The id in two columns.
pub fn id_of(high: u64, low: u64) -> ProductId {
    ProductId::from_uuid(Uuid::from_u64_pair(high, low))
}

#[derive(Debug, Default)]
struct NameTerms {
    whole: BTreeSet<String>,
    keys: BTreeSet<String>,
    starts: BTreeSet<String>,
    pairs: BTreeSet<String>,
    tails: BTreeSet<String>,
}

impl NameTerms {
    fn add(&mut self, name: &str) {
        let words = words(name);
        self.whole.insert(keys(&words.concat()));
        for form in forms(&words) {
            let keys_of_form = keys(&form);
            self.keys.extend(stem(&form).map(|stem| keys(&stem)));
            self.starts.extend(starts(&keys_of_form));
            self.starts.extend(initials(&form).iter().flat_map(|initials| starts(initials)).skip(1));
            self.keys.insert(keys_of_form);
        }
        // Parts of words are looked for in Hangul only: whoever looks for `ear` does not want `gear`.
        for run in words.split(|word| !is_in_hangul(word)) {
            self.tails.extend(run.iter().flat_map(|word| tails(word)).map(keys));
            self.pairs.extend(pairs(&run.concat()));
        }
    }
}

fn starts(keys: &str) -> impl Iterator<Item = String> {
    keys.char_indices().take(LONGEST_START).map(|(at, character)| keys[..at + character.len_utf8()].to_owned())
}

fn text_terms<'a>(texts: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for text in texts {
        let end = text.char_indices().nth(DESCRIPTION_READ).map_or(text.len(), |(end, _)| end);
        for word in words(&text[..end]) {
            terms.extend(stem(&word));
            terms.insert(word);
        }
    }
    terms
}

fn joined(terms: &BTreeSet<String>) -> String {
    let mut text = String::with_capacity(terms.iter().map(|term| term.len() + 1).sum());
    for term in terms {
        text.push_str(term);
        text.push(' ');
    }
    text
}
