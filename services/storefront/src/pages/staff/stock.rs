//! `/staff/stock`: levels, the lowest first, and their adjustment.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::ProductId;
use serde::Deserialize;

use super::super::{Frame, done, html, id};
use crate::api::{Movement, Product, Search, Stock};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::visitor::{Shop, Visitor};

/// Products that the API gives at once.
const AT_ONCE: u16 = 100;
/// Such pages that are read to find the lowest levels: the API does not sort by them. A larger catalogue is searched by words.
const MOST_PAGES: usize = 10;
/// Below this a level is marked.
const LOW: i64 = 10;

#[derive(Template)]
#[template(path = "staff/stock.html")]
struct List {
    frame: Frame,
    q: String,
    count: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: ProductId,
    name: String,
    sku: String,
    available: i64,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "staff/shelf.html")]
struct Shelf {
    frame: Frame,
    product: ProductId,
    name: String,
    stock: Stock,
    movements: Vec<Movement>,
    typed: Typed,
    wrong: Wrong,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    delta: String,
    reason: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    cursor: String,
}

pub async fn show(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    visitor.staff()?;
    let mut search = Search { q: wanted.q.trim().to_owned(), cursor: wanted.cursor, ..Search::default() };
    let (mut products, mut total) = (Vec::<Product>::new(), 0);
    let mut next = None;
    for _ in 0..MOST_PAGES {
        let found = visitor.api.search(&search, AT_ONCE).await?;
        products.extend(found.data);
        total = found.total;
        next = found.next_cursor;
        match &next {
            Some(cursor) => search.cursor.clone_from(cursor),
            None => break,
        }
    }
    products.sort_by_key(|product| product.available);
    let rows = products.iter().map(|product| Row {
        id: product.id,
        name: visitor.locale.of(&product.name).to_owned(),
        sku: product.sku.clone(),
        available: product.available,
        class: match product.available {
            ..=0 => "standing none",
            few if few < LOW => "standing few",
            _ => "",
        },
    });
    let q: String = reqwest::Url::parse_with_params("http://shop/", [("q", &search.q)])
        .map(|url| url.query().unwrap_or_default().to_owned())
        .unwrap_or_default();
    let page = List {
        count: visitor.locale.lowest_of(products.len(), total),
        rows: rows.collect(),
        next: next.map(|cursor| format!("/staff/stock?{q}&cursor={cursor}")),
        q: search.q,
        frame: Frame::of(&visitor),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /staff/stock/{product}`
pub async fn shelf(State(shop): State<Shop>, visitor: Visitor, Path(product): Path<String>) -> Result<Response, Fault> {
    visitor.staff()?;
    let typed = Typed { key: shop.clock.new_uuid().to_string(), ..Typed::default() };
    page(&visitor, id(&product)?, typed, StatusCode::OK, Wrong::default()).await
}

async fn page(
    visitor: &Visitor,
    product: ProductId,
    typed: Typed,
    code: StatusCode,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let api = &visitor.api;
    let (stock, movements, found) = futures::join!(api.stock(product), api.movements(product), api.product(product));
    // A product that is off sale has a shelf still.
    let name = found.map_or_else(|_| product.to_string(), |found| visitor.locale.of(&found.name).to_owned());
    let page = Shelf {
        frame: Frame { here: format!("/staff/stock/{product}"), ..Frame::of(visitor) },
        product,
        name,
        stock: stock?,
        movements: movements?,
        typed,
        wrong,
    };
    Ok(html(code, &page))
}

/// `POST /staff/stock/{product}`
pub async fn adjust(
    visitor: Visitor,
    Path(product): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let product = id(&product)?;
    let Some(delta) = typed.delta.trim().trim_start_matches('+').parse().ok().filter(|delta| *delta != 0) else {
        let words = visitor.locale.words();
        let wrong = Wrong::saying(words.check_the_fields).with("delta", words.wrong_number);
        return page(&visitor, product, typed, StatusCode::UNPROCESSABLE_ENTITY, wrong).await;
    };
    match visitor.api.adjust(product, &typed.key, delta, typed.reason.trim()).await {
        Ok(()) => Ok(done(&format!("/staff/stock/{product}"), "adjusted")),
        Err(refusal) if refusal.needs_session() || refusal.is_outage() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&visitor, product, typed, refusal.status(), wrong).await
        }
    }
}
