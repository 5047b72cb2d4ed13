//! `/checkout`: what is bought, where it goes, how it is paid.
//!
//! The form carries its own idempotency key and the lines as they were shown. Sent twice, by a double click or a reload, it is the same
//! order both times, whatever became of the cart meanwhile.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use livemart_contracts::{Money, ProductId};
use serde::Deserialize;

use super::account::{Kept, PostFields};
use super::goods::names;
use super::{Frame, html};
use crate::api::{Address, Cart, KeptAddress, NewLine, NewOrder};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::money;
use crate::visitor::{Shop, Visitor};

/// The sandbox provider's cards, the one that pays first.
const CARDS: [&str; 6] = [
    "pm_card_visa",
    "pm_card_slow",
    "pm_card_flaky",
    "pm_card_timeout",
    "pm_card_declined",
    "pm_card_insufficient_funds",
];
/// The choice of an address that is typed here.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "checkout.html")]
struct Page {
    frame: Frame,
    typed: Typed,
    wrong: Wrong,
    lines: Vec<ShownLine>,
    total: String,
    addresses: Vec<Kept>,
    cards: Vec<Card>,
}

struct ShownLine {
    name: String,
    quantity: u32,
    sum: String,
}

struct Card {
    method: &'static str,
    name: &'static str,
    does: &'static str,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    lines: String,
    address: String,
    keep: String,
    card: String,
    #[serde(flatten)]
    post: PostFields,
}

/// A line as it was shown: `prd_…:2:15900:KRW`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    product: ProductId,
    quantity: u32,
    unit_price: Money,
}

impl Line {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut next = || parts.next();
        let (product, quantity) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (amount, currency) = (next()?.parse().ok()?, next()?);
        let currency = livemart_contracts::money::Currency::from_code(currency)?;
        Some(Self { product, quantity, unit_price: Money::new(amount, currency) })
    }

    fn written(&self) -> String {
        let Money { amount, currency } = self.unit_price;
        format!("{}:{}:{amount}:{}", self.product, self.quantity, currency.code())
    }
}

fn lines_of(cart: &Cart) -> Option<Vec<Line>> {
    let line = |line: &crate::api::CartLine| {
        Some(Line { product: line.product_id, quantity: line.quantity, unit_price: line.unit_price? })
    };
    cart.lines.iter().map(line).collect()
}

fn parse(lines: &str) -> Option<Vec<Line>> {
    let lines: Option<Vec<Line>> = lines.split(',').map(Line::parse).collect();
    lines.filter(|lines| !lines.is_empty())
}

fn total(lines: &[Line]) -> Option<Money> {
    let mut sums = lines.iter().map(|line| line.unit_price.times(line.quantity).ok());
    let first = sums.next()??;
    sums.try_fold(first, |sum, line| sum.plus(line?).ok())
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor) -> Result<Response, Fault> {
    visitor.signed_in()?;
    begin(&shop, &visitor, Typed { post: PostFields::empty(), ..Typed::default() }, StatusCode::OK, Wrong::default())
        .await
}

/// A form for what is in the cart now, under a new key.
async fn begin(
    shop: &Shop,
    visitor: &Visitor,
    typed: Typed,
    status: StatusCode,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let cart = visitor.api.cart().await?;
    match lines_of(&cart).filter(|lines| total(lines).is_some()) {
        Some(lines) => {
            let key = shop.clock.new_uuid().to_string();
            let written: Vec<String> = lines.iter().map(Line::written).collect();
            page(shop, visitor, Typed { key, lines: written.join(","), ..typed }, &lines, status, wrong).await
        }
        // Empty, or with something that cannot be bought: the cart says what.
        None => Ok(Redirect::to("/cart").into_response()),
    }
}

async fn page(
    shop: &Shop,
    visitor: &Visitor,
    mut typed: Typed,
    lines: &[Line],
    status: StatusCode,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let addresses = visitor.api.addresses().await?;
    let names = names(shop, visitor, lines.iter().map(|line| line.product)).await;
    let written =
        |amount: Option<Money>| amount.map(|amount| money::written(amount, visitor.locale)).unwrap_or_default();
    if typed.address.is_empty() {
        typed.address = addresses.first().map_or_else(|| NEW.to_owned(), |kept| kept.id.to_string());
    }
    if typed.card.is_empty() {
        typed.card = CARDS[0].to_owned();
    }
    let page = Page {
        frame: Frame { here: "/checkout".to_owned(), ..Frame::of(visitor) },
        lines: lines
            .iter()
            .map(|line| ShownLine {
                name: names.get(&line.product).cloned().unwrap_or_default(),
                quantity: line.quantity,
                sum: written(line.unit_price.times(line.quantity).ok()),
            })
            .collect(),
        total: written(total(lines)),
        addresses: addresses.iter().map(Kept::from).collect(),
        cards: CARDS
            .map(|method| {
                let (name, does) = visitor.locale.card(method);
                Card { method, name, does }
            })
            .into(),
        typed,
        wrong,
    };
    Ok(html(status, &page))
}

/// `POST /checkout`
pub async fn buy(State(shop): State<Shop>, visitor: Visitor, Form(typed): Form<Typed>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    let lines = parse(&typed.lines).ok_or(Fault::NotFound)?;
    let words = visitor.locale.words();
    if !CARDS.contains(&typed.card.as_str()) {
        let wrong = Wrong::saying(words.wrong_card);
        return page(&shop, &visitor, typed, &lines, StatusCode::UNPROCESSABLE_ENTITY, wrong).await;
    }
    let cart = visitor.api.cart().await?;
    if has_changed(&lines, &cart) {
        let wrong = Wrong::saying(words.prices_changed);
        return begin(&shop, &visitor, typed, StatusCode::CONFLICT, wrong).await;
    }
    let (address, is_new) = address(&visitor, &typed).await?;
    let ordered = lines.iter().map(|line| NewLine { product_id: line.product, quantity: line.quantity }).collect();
    let order = NewOrder { lines: ordered, payment_method: &typed.card, shipping_address: &address };
    match visitor.api.place(&typed.key, &order).await {
        Ok(placed) => {
            if !placed.replayed {
                tidy_up(&visitor, &cart, &lines, (is_new && typed.keep == "yes").then_some(&address)).await;
            }
            Ok(Redirect::to(&format!("/orders/{}", placed.id)).into_response())
        }
        Err(refusal) if refusal.needs_session() => Err(refusal.into()),
        // The same key again: where it is not known whether the order was placed, sending the form again finds out.
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            match page(&shop, &visitor, typed, &lines, refusal.status(), wrong).await {
                // The rest of the shop is down, too.
                Err(_) if refusal.is_outage() => Err(refusal.into()),
                shown => shown,
            }
        }
    }
}

/// Whether the cart says otherwise about what is bought. Lines that are gone from it were bought already, or taken out in another
/// window: the order says what was seen.
fn has_changed(lines: &[Line], cart: &Cart) -> bool {
    lines.iter().any(|line| {
        let now = cart.lines.iter().find(|now| now.product_id == line.product);
        now.is_some_and(|now| now.unit_price != Some(line.unit_price))
    })
}

/// Where the parcel goes, and whether that is new.
async fn address(visitor: &Visitor, typed: &Typed) -> Result<(Address, bool), Fault> {
    if typed.address == NEW {
        return Ok((typed.post.read(), true));
    }
    let kept = visitor.api.addresses().await?;
    let chosen = kept.into_iter().find(|kept: &KeptAddress| kept.id.to_string() == typed.address);
    Ok((chosen.ok_or(Fault::NotFound)?.address, false))
}

/// What was bought leaves the cart, and a new address is kept. The order stands anyway: what fails here is only left undone.
async fn tidy_up(visitor: &Visitor, cart: &Cart, lines: &[Line], keep: Option<&Address>) {
    for line in lines {
        let as_bought = |now: &&crate::api::CartLine| now.product_id == line.product && now.quantity <= line.quantity;
        if cart.lines.iter().find(as_bought).is_some()
            && let Err(refusal) = visitor.api.take_out_of_cart(line.product).await
        {
            tracing::debug!(?refusal, "what was bought stays in the cart");
        }
    }
    if let Some(address) = keep
        && let Err(refusal) = visitor.api.keep_address(address).await
    {
        tracing::debug!(?refusal, "an address is not kept");
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::money::Currency;

    use super::*;

    #[test]
    fn lines_come_back_from_a_form_as_they_were_shown() {
        let line = |quantity, amount| Line {
            product: Clock::default().new_id(),
            quantity,
            unit_price: Money::new(amount, Currency::KRW),
        };
        let lines = vec![line(2, 15_900), line(1, 5_000)];
        let written: Vec<String> = lines.iter().map(Line::written).collect();
        assert_eq!(parse(&written.join(",")), Some(lines.clone()));
        assert_eq!(total(&lines), Some(Money::new(36_800, Currency::KRW)));
        for wrong in ["", "x", "prd_x:1:1:KRW", &format!("{}:1:1", lines[0].product)] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
