//! `GET /staff/orders/{id}`: one order for the staff: ship it, deliver it, give its money back.

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::{Money, OrderId, ProductId};
use serde::Deserialize;

use super::super::account::in_one_line;
use super::super::goods::names;
use super::super::{Frame, done, html, id};
use crate::api::{Order, Payment, Refund, Refusal, Restock};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::money;
use crate::visitor::{Shop, Visitor};

#[derive(Template)]
#[template(path = "staff/order.html")]
struct Page {
    frame: Frame,
    order: Order,
    status: String,
    payment_status: String,
    payment: Option<Payment>,
    refunds: Vec<Refund>,
    /// What can be given back; nothing where that is nothing.
    left: Option<String>,
    lines: Vec<Line>,
    address: Option<String>,
    typed: Typed,
    wrong: Wrong,
}

struct Line {
    product: ProductId,
    name: String,
    quantity: u32,
    sum: String,
    /// How many are said to have come back, as typed.
    back: String,
}

/// The form of a refund. What came back stands under `back-<product>`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    amount: String,
    reason: String,
    #[serde(flatten)]
    back: HashMap<String, String>,
}

#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor, Path(order): Path<String>) -> Result<Response, Fault> {
    visitor.staff()?;
    page(&shop, &visitor, id(&order)?, new(&shop), StatusCode::OK, Wrong::default()).await
}

fn new(shop: &Shop) -> Typed {
    Typed { key: shop.clock.new_uuid().to_string(), ..Typed::default() }
}

async fn page(
    shop: &Shop,
    visitor: &Visitor,
    id: OrderId,
    typed: Typed,
    code: StatusCode,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let (order, payment) = futures::try_join!(visitor.api.order(id), visitor.api.payment_of(id))?;
    let refunds = match &payment {
        Some(payment) => visitor.api.refunds(payment.id).await?,
        None => Vec::new(),
    };
    let names = names(shop, visitor, order.lines.iter().map(|line| line.product_id)).await;
    let lines = order.lines.iter().map(|line| Line {
        product: line.product_id,
        name: names.get(&line.product_id).cloned().unwrap_or_default(),
        quantity: line.quantity,
        sum: line.unit_price.times(line.quantity).map(|sum| money::written(sum, visitor.locale)).unwrap_or_default(),
        back: typed.back.get(&back(line.product_id)).cloned().unwrap_or_else(|| "0".to_owned()),
    });
    let page = Page {
        frame: Frame { here: format!("/staff/orders/{id}"), ..Frame::of(visitor) },
        lines: lines.collect(),
        status: visitor.locale.status(&order.status).to_owned(),
        payment_status: visitor.locale.payment_status(&order.payment_status).to_owned(),
        left: payment.as_ref().and_then(left).map(|left| money::written(left, visitor.locale)),
        address: order.shipping_address.as_ref().map(in_one_line),
        payment,
        refunds,
        order,
        typed,
        wrong,
    };
    Ok(html(code, &page))
}

fn back(product: ProductId) -> String {
    format!("back-{product}")
}

fn left(payment: &Payment) -> Option<Money> {
    let left = Money::new(payment.captured.amount - payment.refunded.amount, payment.captured.currency);
    (left.amount > 0 && payment.status != "refunded").then_some(left)
}

/// `POST /staff/orders/{id}/ship`
pub async fn ship(
    State(shop): State<Shop>,
    visitor: Visitor,
    Path(order): Path<String>,
    Form(Back { back }): Form<Back>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let order = id(&order)?;
    let shipped = visitor.api.ship(order).await;
    moved(&shop, &visitor, order, shipped, &back, "shipped").await
}

/// `POST /staff/orders/{id}/deliver`
pub async fn deliver(
    State(shop): State<Shop>,
    visitor: Visitor,
    Path(order): Path<String>,
    Form(Back { back }): Form<Back>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let order = id(&order)?;
    let delivered = visitor.api.deliver(order).await;
    moved(&shop, &visitor, order, delivered, &back, "delivered").await
}

async fn moved(
    shop: &Shop,
    visitor: &Visitor,
    order: OrderId,
    outcome: Result<(), Refusal>,
    back: &str,
    note: &str,
) -> Result<Response, Fault> {
    match outcome {
        Ok(()) => Ok(done(back, note)),
        Err(refusal) if refusal.status() == StatusCode::CONFLICT => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(shop, visitor, order, new(shop), refusal.status(), wrong).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /staff/orders/{id}/refunds`
pub async fn give_back(
    State(shop): State<Shop>,
    visitor: Visitor,
    Path(order): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let order = id(&order)?;
    let payment = visitor.api.payment_of(order).await?.ok_or(Fault::NotFound)?;
    let amount = match typed.amount.trim() {
        "" => None,
        text => match money::read(text, payment.captured.currency) {
            Some(amount) => Some(amount),
            None => {
                let words = visitor.locale.words();
                let wrong = Wrong::saying(words.check_the_fields).with("amount", words.wrong_amount);
                return page(&shop, &visitor, order, typed, StatusCode::UNPROCESSABLE_ENTITY, wrong).await;
            }
        },
    };
    let restock: Vec<Restock> = typed.back.iter().filter_map(|(name, pieces)| came_back(name, pieces)).collect();
    match visitor.api.give_back(payment.id, &typed.key, amount, typed.reason.trim(), &restock).await {
        Ok(()) => Ok(done(&format!("/staff/orders/{order}"), "refunded")),
        Err(refusal) if refusal.needs_session() || refusal.is_outage() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&shop, &visitor, order, typed, refusal.status(), wrong).await
        }
    }
}

fn came_back(name: &str, pieces: &str) -> Option<Restock> {
    let product_id = name.strip_prefix("back-")?.parse().ok()?;
    let quantity = pieces.trim().parse().ok().filter(|pieces| *pieces > 0)?;
    Some(Restock { product_id, quantity })
}
