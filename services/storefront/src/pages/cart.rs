//! The cart, which the API keeps for whoever is signed in.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::ProductId;
use serde::Deserialize;

use super::goods::names;
use super::{Frame, done, html, id, product};
use crate::fault::Fault;
use crate::money;
use crate::visitor::{Shop, Visitor};

/// Of one product in a cart, by the contract.
const LARGEST_QUANTITY: u32 = 1_000;

#[derive(Template)]
#[template(path = "cart.html")]
struct Page {
    frame: Frame,
    lines: Vec<Line>,
    total: String,
    can_be_bought: bool,
    message: Option<String>,
}

struct Line {
    product: ProductId,
    name: String,
    quantity: u32,
    unit_price: String,
    sum: String,
}

#[derive(Deserialize)]
pub struct Added {
    product: String,
    #[serde(default)]
    quantity: String,
}

#[derive(Deserialize)]
pub struct Changed {
    #[serde(default)]
    quantity: String,
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor) -> Result<Response, Fault> {
    visitor.signed_in()?;
    page(&shop, &visitor, None).await
}

async fn page(shop: &Shop, visitor: &Visitor, wrong: Option<(StatusCode, String)>) -> Result<Response, Fault> {
    let cart = visitor.api.cart().await?;
    let names = names(shop, visitor, cart.lines.iter().map(|line| line.product_id)).await;
    let words = visitor.locale.words();
    let written = |amount: Option<_>| amount.map(|amount| money::written(amount, visitor.locale));
    let lines: Vec<Line> = cart
        .lines
        .iter()
        .map(|line| Line {
            product: line.product_id,
            name: names.get(&line.product_id).cloned().unwrap_or_default(),
            quantity: line.quantity,
            unit_price: written(line.unit_price).unwrap_or_else(|| words.not_sold.to_owned()),
            sum: written(line.total).unwrap_or_default(),
        })
        .collect();
    let (status, message) = wrong.map_or((StatusCode::OK, None), |(status, message)| (status, Some(message)));
    let page = Page {
        frame: Frame { here: "/cart".to_owned(), ..Frame::of(visitor) },
        can_be_bought: cart.total.is_some() && cart.lines.iter().all(|line| line.total.is_some()),
        total: written(cart.total).unwrap_or_default(),
        lines,
        message,
    };
    Ok(html(status, &page))
}

/// `POST /cart/lines`: so many more of a product.
pub async fn add(visitor: Visitor, Form(added): Form<Added>) -> Result<Response, Fault> {
    let product: ProductId = id(&added.product)?;
    if visitor.session.is_none() {
        // Back on the product's page after that, with what was typed.
        let here = format!("/products/{product}?quantity={}", added.quantity.parse().unwrap_or(1_u32));
        return Err(Fault::SignInThen(here));
    }
    let Some(more) = quantity(&added.quantity) else {
        let wrong = (StatusCode::UNPROCESSABLE_ENTITY, visitor.locale.words().wrong_quantity.to_owned());
        return product::page(&visitor, product, &added.quantity, Some(wrong)).await;
    };
    let put = async {
        let cart = visitor.api.cart().await?;
        let there = cart.lines.iter().find(|line| line.product_id == product).map_or(0, |line| line.quantity);
        visitor.api.put_into_cart(product, there.saturating_add(more)).await
    };
    match put.await {
        Ok(()) => Ok(done("/cart", "added")),
        Err(refusal) if refusal.needs_session() || refusal.is_outage() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = (refusal.status(), visitor.locale.refusal(&refusal));
            product::page(&visitor, product, &added.quantity, Some(wrong)).await
        }
    }
}

/// `POST /cart/lines/{product}`: so many of it.
pub async fn change(
    State(shop): State<Shop>,
    visitor: Visitor,
    Path(product): Path<String>,
    Form(changed): Form<Changed>,
) -> Result<Response, Fault> {
    visitor.signed_in()?;
    let product = id(&product)?;
    let Some(quantity) = quantity(&changed.quantity) else {
        let message = visitor.locale.words().wrong_quantity.to_owned();
        return page(&shop, &visitor, Some((StatusCode::UNPROCESSABLE_ENTITY, message))).await;
    };
    match visitor.api.put_into_cart(product, quantity).await {
        Ok(()) => Ok(done("/cart", "changed")),
        Err(refusal) if refusal.needs_session() || refusal.is_outage() => Err(refusal.into()),
        Err(refusal) => page(&shop, &visitor, Some((refusal.status(), visitor.locale.refusal(&refusal)))).await,
    }
}

/// `POST /cart/lines/{product}/remove`. What is gone already is gone.
pub async fn remove(visitor: Visitor, Path(product): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    match visitor.api.take_out_of_cart(id(&product)?).await {
        Err(refusal) if refusal.status() != StatusCode::NOT_FOUND => Err(refusal.into()),
        _ => Ok(done("/cart", "removed")),
    }
}

fn quantity(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|quantity| (1..=LARGEST_QUANTITY).contains(quantity))
}
