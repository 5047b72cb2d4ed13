//! Products on pages.

use std::collections::{BTreeSet, HashMap};

use axum::http::StatusCode;
use futures::StreamExt as _;
use livemart_contracts::ProductId;

use crate::api::{Localized, Order, Product};
use crate::money;
use crate::texts::Locale;
use crate::visitor::{Shop, Visitor};

/// From so many on it is not worth saying how many are left.
const FEW: i64 = 10;
/// Products that are asked for at once, for one page.
const AT_ONCE: usize = 8;
/// Colours that the style sheet has for tiles.
const HUES: u8 = 8;

/// A product in a list, or at the head of its page.
#[derive(Debug)]
pub struct Card {
    pub id: ProductId,
    pub name: String,
    pub price: String,
    pub standing: String,
    pub standing_class: &'static str,
    pub can_be_bought: bool,
    /// Which colour, and which letter, stand for a picture.
    pub hue: u8,
    pub initial: String,
}

impl Card {
    pub fn of(product: &Product, locale: Locale) -> Self {
        let name = locale.of(&product.name).to_owned();
        let words = locale.words();
        let (standing, standing_class) = match product.available {
            ..=0 => (words.sold_out.to_owned(), "standing none"),
            few if few < FEW => (locale.only_left(few), "standing few"),
            _ => (words.in_stock.to_owned(), "standing"),
        };
        Self {
            id: product.id,
            price: money::written(product.price, locale),
            standing,
            standing_class,
            can_be_bought: product.available > 0,
            hue: product.sku.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % HUES,
            initial: name.chars().next().map(String::from).unwrap_or_default(),
            name,
        }
    }
}

/// What products are called, kept for a moment: carts and orders name them by their ids. One that is gone has its id for a name.
pub async fn names(
    shop: &Shop,
    visitor: &Visitor,
    products: impl IntoIterator<Item = ProductId>,
) -> HashMap<ProductId, String> {
    let looks: Vec<_> = products.into_iter().map(|id| name(shop, visitor, id)).collect();
    futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await
}

/// What each of `orders` is of, in a list: its first product, and how many others there are.
pub async fn summaries(shop: &Shop, visitor: &Visitor, orders: &[Order]) -> Vec<String> {
    let firsts = orders.iter().filter_map(|order| order.lines.first()).map(|line| line.product_id);
    let firsts: BTreeSet<ProductId> = firsts.collect();
    let names = names(shop, visitor, firsts).await;
    let summary = |order: &Order| {
        let first = order.lines.first().and_then(|line| names.get(&line.product_id)).map_or("", String::as_str);
        visitor.locale.and_others(first, order.lines.len().saturating_sub(1))
    };
    orders.iter().map(summary).collect()
}

async fn name(shop: &Shop, visitor: &Visitor, id: ProductId) -> (ProductId, String) {
    let look = async {
        match visitor.api.product(id).await {
            Ok(product) => Ok(Some(product.name)),
            Err(refusal) if refusal.status() == StatusCode::NOT_FOUND => Ok(None),
            Err(refusal) => Err(refusal),
        }
    };
    let found: Option<Localized> = shop.names.try_get_with(id, look).await.ok().flatten();
    (id, found.map_or_else(|| id.to_string(), |name| visitor.locale.of(&name).to_owned()))
}
