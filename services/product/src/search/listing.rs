//! What can be asked of the index, and in which order it answers.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use livemart_contracts::ProductId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::query::Words;

/// Which products, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// All products without.
    pub words: Option<Words>,
    /// In one of these; in whichever without.
    pub categories: Option<BTreeSet<String>>,
    pub in_stock: Option<bool>,
    pub min_price: Option<u64>,
    pub max_price: Option<u64>,
    pub sort: Sort,
}

/// Ties are broken by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first: ids are in the order of their creation.
    #[default]
    Created,
    /// Best match first, of those the shortest name.
    Relevance,
    CheapestFirst,
    DearestFirst,
    /// By the Korean name: the code points of Hangul are in the order of a dictionary.
    Name,
}

/// Where a page ended. Each order has a place of its own kind, so one cannot be taken for another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Created(ProductId),
    Relevance(u64, ProductId),
    CheapestFirst(u64, ProductId),
    DearestFirst(u64, ProductId),
    Name(String, ProductId),
}

impl Place {
    pub fn sort(&self) -> Sort {
        match self {
            Self::Created(_) => Sort::Created,
            Self::Relevance(..) => Sort::Relevance,
            Self::CheapestFirst(..) => Sort::CheapestFirst,
            Self::DearestFirst(..) => Sort::DearestFirst,
            Self::Name(..) => Sort::Name,
        }
    }

    pub fn product(&self) -> ProductId {
        match self {
            Self::Created(id)
            | Self::Relevance(_, id)
            | Self::CheapestFirst(_, id)
            | Self::DearestFirst(_, id)
            | Self::Name(_, id) => *id,
        }
    }
}

/// A category and how many products of it are found, whatever category was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FacetValue")]
pub struct Bucket {
    pub value: String,
    pub count: u64,
}

/// One page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub places: Vec<Place>,
    /// Largest first.
    pub categories: Vec<Bucket>,
    /// On all pages.
    pub total: u64,
    /// What the words alone find, whatever the filters leave of it.
    pub matched: u64,
}

impl Place {
    /// Which of two places of the same order comes first.
    pub(super) fn cmp_in_order(&self, other: &Self) -> Ordering {
        let (id, other_id) = (self.product().uuid(), other.product().uuid());
        match (self, other) {
            (Self::Relevance(rank, _), Self::Relevance(other, _)) => other.cmp(rank).then(other_id.cmp(&id)),
            (Self::CheapestFirst(price, _), Self::CheapestFirst(other, _)) => price.cmp(other).then(id.cmp(&other_id)),
            (Self::DearestFirst(price, _), Self::DearestFirst(other, _)) => other.cmp(price).then(other_id.cmp(&id)),
            (Self::Name(name, _), Self::Name(other, _)) => name.cmp(other).then(id.cmp(&other_id)),
            _ => other_id.cmp(&id),
        }
    }
}
