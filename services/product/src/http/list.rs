//! `GET /api/v1/products?category&in_stock&min_price&max_price&sort&limit&cursor`: what is for sale, page by page.
//!
//! Prices are compared as numbers of minor units, whatever their currency.

use axum::Json;
use axum::extract::State;
use livemart_contracts::money::MAX_AMOUNT;
use livemart_messaging::Store;
use livemart_web::{Page, PageQuery, Problem, Violations};
use serde::Deserialize;

use super::representation::Representation;
use crate::domain::details;
use crate::store::Offer;
use crate::store::listing::{self, Listing, Place, Sort};

/// The filters as they are sent, all of them text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    category: Option<String>,
    in_stock: Option<String>,
    min_price: Option<String>,
    max_price: Option<String>,
    sort: Option<String>,
}

impl Filters {
    /// What is asked for, or everything that cannot be understood.
    fn read(&self) -> Result<Listing, Violations> {
        let mut wrong = Violations::default();
        if let Some(breach) = self.category.as_deref().and_then(|category| details::category("category", category)) {
            wrong.require(false, breach.pointer, breach.code, breach.detail);
        }
        let in_stock = self.in_stock.as_deref().and_then(|text| {
            let flag = text.parse().ok();
            wrong.require(flag.is_some(), "in_stock", "invalid", "in_stock is true or false");
            flag
        });
        let mut price = |name: &'static str, text: Option<&str>| {
            let amount = text?.parse().ok().filter(|amount| (0..=MAX_AMOUNT).contains(amount));
            let detail = format!("{name} is a number of minor units from 0 to {MAX_AMOUNT}");
            wrong.require(amount.is_some(), name, "out-of-range", detail);
            amount
        };
        let min_price = price("min_price", self.min_price.as_deref());
        let max_price = price("max_price", self.max_price.as_deref());
        let sort = match self.sort.as_deref() {
            None | Some("created") => Sort::Created,
            Some("price") => Sort::CheapestFirst,
            Some("-price") => Sort::DearestFirst,
            Some("name") => Sort::Name,
            Some(_) => {
                wrong.require(false, "sort", "invalid", "sort is created (newest first), price, -price or name");
                Sort::default()
            }
        };
        wrong.check()?;
        Ok(Listing { category: self.category.clone(), in_stock, min_price, max_price, sort })
    }
}

/// A cursor is good for the order that made it. A client that makes up its own could also send text that Postgres cannot
/// hold.
fn belongs(place: &Place, sort: Sort) -> Result<(), Violations> {
    let holdable = !matches!(place, Place::Name(name, _) if name.contains('\0'));
    let mut wrong = Violations::default();
    let detail = "take the cursor from next_cursor of the page before, and keep its sort";
    wrong.require(holdable && place.sort() == sort, "cursor", "invalid", detail);
    wrong.check()
}

pub async fn list(
    query: PageQuery<Filters>,
    State(store): State<Store>,
) -> Result<Json<Page<Representation>>, Problem> {
    let listing = query.filters.read()?;
    let after = query.cursor::<Place>()?;
    if let Some(place) = &after {
        belongs(place, listing.sort)?;
    }
    let offers = listing::list(store.db(), &listing, after.as_ref(), query.rows_to_read()).await?;
    let page = Page::new(&query, offers, |offer: &Offer| listing.sort.place(offer));
    let data = page.data.into_iter().map(Representation::from).collect();
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
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
            category: Some("audio".to_owned()),
            in_stock: Some(true),
            min_price: Some(0),
            max_price: Some(9),
            sort: Sort::DearestFirst,
        };
        assert_eq!(filters(&all).read(), Ok(expected));
        assert_eq!(filters(&[]).read(), Ok(Listing::default()));
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
        assert!(belongs(&Place::Name("\0".to_owned(), id), Sort::Name).is_err());
    }
}
