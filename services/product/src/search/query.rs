//! From what somebody typed to a query of the index.
//!
//! Every word has to be found. How well is counted in points that depend on the product and the words alone, never on
//! what else is in the index: so a product keeps its place while others come and go, page after page and on every
//! replica, which BM25 with its frequencies would not grant. Typos are forgiven only when nothing is found as it is
//! written, so that what was spelt right is not drowned in what sounds like it.

use tantivy::Term;
use tantivy::query::{BooleanQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::document::{Fields, LONGEST_START};
use super::text::{is_in_hangul, keys, pairs, stem, words};

/// What each way of being found is worth. Whole numbers, so that their sum is exact whatever its order.
mod points {
    /// The whole name, or the SKU.
    pub const WHOLE: f32 = 256.0;
    /// A word of the name.
    pub const WORD: f32 = 32.0;
    /// The beginning of one.
    pub const START: f32 = 16.0;
    /// A word without its particle or ending.
    pub const STEM: f32 = 8.0;
    /// A part of one.
    pub const PART: f32 = 4.0;
    /// Something that is spelt nearly so.
    pub const NEARLY: f32 = 2.0;
    /// A word of the description.
    pub const TEXT: f32 = 1.0;
}

/// Keys of a word in which one wrong key is forgiven. Of shorter ones too many are alike.
const ONE_TYPO_FROM: usize = 4;
/// And two.
const TWO_TYPOS_FROM: usize = 8;
/// And one in a part of a longer word, of which there are many.
const TYPO_IN_PART_FROM: usize = 6;

/// How literally words are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    AsWritten,
    Forgiving,
}

/// A text that somebody searches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    words: Vec<String>,
    /// The last word is not finished.
    typing: bool,
}

impl Words {
    pub fn of(text: &str) -> Self {
        Self { words: words(text), typing: false }
    }

    /// Words while they are being typed.
    pub fn typed_so_far(text: &str) -> Self {
        Self { typing: true, ..Self::of(text) }
    }

    pub fn are_in_english(&self) -> bool {
        self.words.iter().all(|word| word.is_ascii())
    }

    pub fn query(&self, fields: &Fields, spelling: Spelling) -> Box<dyn Query> {
        if self.words.is_empty() {
            return Box::new(EmptyQuery);
        }
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            (0..self.words.len()).map(|place| (Occur::Must, self.word(place, fields, spelling))).collect();
        clauses.push((Occur::Should, term(fields.whole, &keys(&self.words.concat()), points::WHOLE)));
        Box::new(BooleanQuery::new(clauses))
    }

    /// Any of the ways in which the word at `place` can be found, also as one with the word before or after it.
    fn word(&self, place: usize, fields: &Fields, spelling: Spelling) -> Box<dyn Query> {
        let word = &self.words[place];
        let mut ways = Vec::new();
        literally(word, fields, &mut ways);
        ways.push(term(fields.text, word, points::TEXT));
        if let Some(stem) = stem(word) {
            ways.push(term(fields.keys, &keys(&stem), points::STEM));
            ways.push(term(fields.text, &stem, points::TEXT));
            ways.extend(part(&stem, fields));
        }
        let neighbours = self.words[place.saturating_sub(1)..].windows(2).take(if place == 0 { 1 } else { 2 });
        for joined in neighbours.map(|pair| pair.concat()) {
            literally(&joined, fields, &mut ways);
        }
        if spelling == Spelling::Forgiving {
            nearly(word, self.typing && place + 1 == self.words.len(), fields, &mut ways);
        }
        Box::new(BooleanQuery::union(ways))
    }
}

fn literally(word: &str, fields: &Fields, ways: &mut Vec<Box<dyn Query>>) {
    let keys = keys(word);
    ways.push(term(fields.keys, &keys, points::WORD));
    if keys.chars().count() <= LONGEST_START {
        ways.push(term(fields.starts, &keys, points::START));
    }
    ways.extend(part(word, fields));
}

/// A part of a longer word, or a word of which the name is a part with its spaces taken away.
fn part(word: &str, fields: &Fields) -> Option<Box<dyn Query>> {
    let pairs: Vec<Box<dyn Query>> =
        if is_in_hangul(word) { pairs(word).map(|pair| term(fields.pairs, &pair, 1.0)).collect() } else { Vec::new() };
    (!pairs.is_empty()).then(|| worth(points::PART, BooleanQuery::intersection(pairs)))
}

fn nearly(word: &str, typing: bool, fields: &Fields, ways: &mut Vec<Box<dyn Query>>) {
    let keys = keys(word);
    let length = keys.chars().count();
    let typos = match length {
        TWO_TYPOS_FROM.. => 2,
        ONE_TYPO_FROM.. => 1,
        _ => return,
    };
    // Two neighbouring keys in the wrong order are one typo.
    let whole = Term::from_field_text(fields.keys, &keys);
    ways.push(worth(
        points::NEARLY,
        if typing { FuzzyTermQuery::new_prefix(whole, typos, true) } else { FuzzyTermQuery::new(whole, typos, true) },
    ));
    if is_in_hangul(word) && length >= TYPO_IN_PART_FROM {
        let part = Term::from_field_text(fields.tails, &keys);
        ways.push(worth(points::NEARLY, FuzzyTermQuery::new_prefix(part, typos, true)));
    }
}

fn term(field: Field, text: &str, points: f32) -> Box<dyn Query> {
    worth(points, TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn worth(points: f32, query: impl Query) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), points))
}
