//! `GET /api/v1/products?q&category&in_stock&min_price&max_price&sort&limit&cursor`: what is for sale, page by page, with or
//! without words to search for. All lists come from the index: which products and in which order. What is said of each,
//! above all how many are left, is read from the tables.
//!
//! Prices are compared as numbers of minor units, whatever their currency.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use livemart_contracts::money::MAX_AMOUNT;
use livemart_web::{Page, PageQuery, Problem, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::representation::Representation;
use crate::catalogue::Catalogue;
use crate::domain::category::below;
use crate::domain::details::{self, CATEGORY_PATTERN, LONGEST_CATEGORY};
use crate::error::Error;
use crate::search::{Bucket, Listing, Place, Sort, Spelling, Words};
use crate::store::{categories, products};

/// Characters; longer than any name that a person would type.
pub const LONGEST_QUERY: usize = 100;

/// The filters as they are sent, all of them text.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    /// Words to search for.
    #[schemars(length(max = LONGEST_QUERY))]
    q: Option<String>,
    #[schemars(length(max = LONGEST_CATEGORY), regex(pattern = CATEGORY_PATTERN))]
    category: Option<String>,
    #[schemars(with = "Option<bool>")]
    in_stock: Option<String>,
    /// In minor units, whatever the currency.
    #[schemars(with = "Option<u64>", range(max = MAX_AMOUNT))]
    min_price: Option<String>,
    #[schemars(with = "Option<u64>", range(max = MAX_AMOUNT))]
    max_price: Option<String>,
    /// By relevance where words are searched for, else the newest first.
    #[schemars(extend("enum" = ["relevance", "created", "price", "-price", "name"]))]
    sort: Option<String>,
}

impl Filters {
    /// What is asked for, or everything that cannot be understood.
    fn read(&self) -> Result<Listing, Violations> {
        let mut wrong = Violations::default();
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        if let Some(q) = q {
            short_enough(q, &mut wrong);
        }
        if let Some(breach) = self.category.as_deref().and_then(|category| details::category("category", category)) {
            wrong.require(false, breach.pointer, breach.code, breach.detail);
        }
        let in_stock = self.in_stock.as_deref().and_then(|text| {
            let flag = text.parse().ok();
            wrong.require(flag.is_some(), "in_stock", "invalid", "in_stock is true or false");
            flag
        });
        let mut price = |name: &'static str, text: Option<&str>| {
            let amount = text?.parse().ok().filter(|amount| *amount <= MAX_AMOUNT.unsigned_abs());
            let detail = format!("{name} is a number of minor units from 0 to {MAX_AMOUNT}");
            wrong.require(amount.is_some(), name, "out-of-range", detail);
            amount
        };
        let min_price = price("min_price", self.min_price.as_deref());
        let max_price = price("max_price", self.max_price.as_deref());
        let sort = match self.sort.as_deref() {
            None if q.is_some() => Sort::Relevance,
            None | Some("created") => Sort::Created,
            Some("relevance") => {
                wrong.require(q.is_some(), "sort", "invalid", "without q nothing is more relevant than anything else");
                Sort::Relevance
            }
            Some("price") => Sort::CheapestFirst,
            Some("-price") => Sort::DearestFirst,
            Some("name") => Sort::Name,
            Some(_) => {
                let detail = "sort is relevance (with q), created (newest first), price, -price or name";
                wrong.require(false, "sort", "invalid", detail);
                Sort::default()
            }
        };
        wrong.check()?;
        let categories = self.category.clone().map(|category| BTreeSet::from([category]));
        Ok(Listing { words: q.map(Words::of), categories, in_stock, min_price, max_price, sort })
    }
}

/// Refuses a text that nobody types.
pub fn short_enough(q: &str, wrong: &mut Violations) {
    let detail = format!("q has at most {LONGEST_QUERY} characters");
    wrong.require(q.chars().count() <= LONGEST_QUERY, "q", "too-long", detail);
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOfProducts")]
pub struct List {
    data: Vec<Representation>,
    facets: Facets,
    next_cursor: Option<String>,
    total: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Facets {
    category: Vec<Bucket>,
}

/// Where a page ended, and whether typos were forgiven on it: the next one goes on in the same way, whatever came to be
/// found as it is written meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    after: Place,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    forgiving: bool,
}

/// A cursor is good for the order that made it.
fn belongs(place: &Place, sort: Sort) -> Result<(), Violations> {
    let mut wrong = Violations::default();
    let detail = "take the cursor from next_cursor of the page before, and keep its sort";
    wrong.require(place.sort() == sort, "cursor", "invalid", detail);
    wrong.check()
}

pub async fn list(query: PageQuery<Filters>, State(catalogue): State<Catalogue>) -> Result<Json<List>, Problem> {
    let mut listing = query.filters.read()?;
    if let Some(category) = &query.filters.category {
        let known = categories::list(catalogue.store.db()).await.map_err(Error::from)?;
        listing.categories = Some(below(&known, category));
    }
    let rows = query.rows_to_read().unsigned_abs() as usize;
    let (found, spelling) = match query.cursor::<Cursor>()? {
        None => catalogue.search.first_page(listing, rows).await?,
        Some(Cursor { after, forgiving }) => {
            belongs(&after, listing.sort)?;
            let spelling = if forgiving { Spelling::Forgiving } else { Spelling::AsWritten };
            (catalogue.search.next_page(listing, spelling, after, rows).await?, spelling)
        }
    };
    let forgiving = spelling == Spelling::Forgiving;
    let page = Page::new(&query, found.places, |place| Cursor { after: place.clone(), forgiving });
    let ids: Vec<_> = page.data.iter().map(Place::product).collect();
    // What was deleted since the index last looked is missing in the page, and in no other one.
    let offers = products::find_all(catalogue.store.db(), &ids).await?;
    Ok(Json(List {
        data: offers.into_iter().map(Representation::from).collect(),
        facets: Facets { category: found.categories },
        next_cursor: page.next_cursor,
        total: found.total,
    }))
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    fn filters(parameters: &[(&str, &str)]) -> Filters {
        let object = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        serde_json::from_value(serde_json::Value::Object(object)).expect("known parameters")
    }

    #[test]
    fn filters_are_read_from_text() {
        let all =
            [("category", "audio"), ("in_stock", "true"), ("min_price", "0"), ("max_price", "9"), ("sort", "-price")];
        let expected = Listing {
            words: None,
            categories: Some(["audio".to_owned()].into()),
            in_stock: Some(true),
            min_price: Some(0),
            max_price: Some(9),
            sort: Sort::DearestFirst,
        };
        assert_eq!(filters(&all).read(), Ok(expected));
        assert_eq!(filters(&[]).read(), Ok(Listing::default()));
    }

    #[test]
    fn words_are_sorted_by_relevance_unless_told_otherwise_and_a_blank_is_none() {
        let found = filters(&[("q", " 이어폰 ")]).read().expect("a good query");
        assert_eq!((found.words, found.sort), (Some(Words::of("이어폰")), Sort::Relevance));
        assert_eq!(filters(&[("q", "x"), ("sort", "price")]).read().expect("a good query").sort, Sort::CheapestFirst);
        assert_eq!(filters(&[("q", "  ")]).read(), Ok(Listing::default()));
        assert!(filters(&[("sort", "relevance")]).read().is_err());
        assert!(filters(&[("q", &"가".repeat(LONGEST_QUERY))]).read().is_ok());
        assert!(filters(&[("q", &"가".repeat(LONGEST_QUERY + 1))]).read().is_err());
    }

    #[test]
    fn every_filter_that_cannot_be_understood_is_named() {
        let wrong =
            [("category", "\0"), ("in_stock", "yes"), ("min_price", "-1"), ("max_price", "1.5"), ("sort", "rating")];
        let problem = serde_json::to_value(Problem::from(filters(&wrong).read().expect_err("all are wrong")));
        let problem = problem.expect("a problem is JSON");
        let pointers: Vec<_> =
            problem["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
        assert_eq!(pointers, ["category", "in_stock", "min_price", "max_price", "sort"]);
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let id = Clock::default().new_id();
        assert!(belongs(&Place::Created(id), Sort::Created).is_ok());
        assert!(belongs(&Place::CheapestFirst(1, id), Sort::DearestFirst).is_err());
    }
}
