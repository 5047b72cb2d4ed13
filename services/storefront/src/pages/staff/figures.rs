//! `GET /staff/figures`: sales, how far orders come, how long steps take.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{NaiveTime, TimeDelta};
use livemart_contracts::Money;
use livemart_contracts::money::Currency;

use super::super::{Frame, html};
use crate::api::{Funnel, Sales, Takings};
use crate::fault::Fault;
use crate::money;
use crate::texts::Locale;
use crate::visitor::{Shop, Visitor};

/// Up to today.
const DAYS: i64 = 14;
/// Of the chart, in its own units, which browsers scale.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 260;
/// For the scale at its left, the days below it, and the highest bar's air.
const LEFT: i64 = 90;
const BELOW: i64 = 26;
const ABOVE: i64 = 12;
/// Of a day's width, in hundredths, that its bar takes.
const BAR: i64 = 70;
/// Lines of the scale.
const LINES: i64 = 4;

#[derive(Template)]
#[template(path = "staff/figures.html")]
struct Page {
    frame: Frame,
    totals: Vec<(&'static str, String)>,
    chart: Chart,
    funnel: Vec<Step>,
    sagas: Vec<Took>,
}

struct Chart {
    width: i64,
    height: i64,
    left: i64,
    lines: Vec<Line>,
    bars: Vec<Bar>,
}

struct Line {
    y: i64,
    text: String,
}

struct Bar {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    middle: i64,
    day: String,
    text: String,
    orders: u64,
    labelled: bool,
}

struct Step {
    name: &'static str,
    orders: u64,
    share: String,
}

struct Took {
    after: String,
    until: String,
    orders: u64,
    p50: String,
    p99: String,
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor) -> Result<Response, Fault> {
    visitor.staff()?;
    let today = shop.clock.now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let (from, to) = (today - TimeDelta::days(DAYS - 1), today + TimeDelta::days(1));
    let api = &visitor.api;
    let (sales, funnel, sagas) = futures::try_join!(api.sales(from, to, "day"), api.funnel(from), api.sagas(from))?;
    let took = |step: crate::api::Duration| Took {
        p50: milliseconds(step.p50_ms),
        p99: milliseconds(step.p99_ms),
        after: step.after,
        until: step.until,
        orders: step.orders,
    };
    let page = Page {
        totals: totals(&sales, visitor.locale),
        chart: chart(&sales, visitor.locale),
        funnel: steps(&funnel, visitor.locale),
        sagas: sagas.durations.into_iter().chain(sagas.steps).map(took).collect(),
        frame: Frame::of(&visitor),
    };
    Ok(html(StatusCode::OK, &page))
}

fn milliseconds(took: Option<f64>) -> String {
    took.map_or_else(|| "–".to_owned(), |took| format!("{took:.0} ms"))
}

/// The currency that most is sold in. The chart has one scale; the sums name all of them.
fn main_currency(sales: &Sales) -> Currency {
    let largest = sales.total.sales.iter().max_by_key(|takings| takings.gross.amount);
    largest.map_or(Currency::KRW, |takings| takings.gross.currency)
}

fn totals(sales: &Sales, locale: Locale) -> Vec<(&'static str, String)> {
    let words = locale.words();
    let sum = |of: fn(&Takings) -> Money| {
        let sums: Vec<String> = sales.total.sales.iter().map(|takings| money::written(of(takings), locale)).collect();
        if sums.is_empty() { "–".to_owned() } else { sums.join(" + ") }
    };
    let orders = sales.total.orders;
    vec![
        (words.net, sum(|takings| takings.net)),
        (words.gross, sum(|takings| takings.gross)),
        (words.given_back, sum(|takings| takings.refunded)),
        (words.orders_placed, orders.placed.to_string()),
        (words.orders_failed, orders.failed.to_string()),
        (words.orders_cancelled, orders.cancelled.to_string()),
    ]
}

fn chart(sales: &Sales, locale: Locale) -> Chart {
    let currency = main_currency(sales);
    let net = |takings: &[Takings]| {
        takings.iter().find(|takings| takings.net.currency == currency).map_or(0, |takings| takings.net.amount)
    };
    let top = round_up(sales.data.iter().map(|day| net(&day.sales)).max().unwrap_or(0));
    let room = HEIGHT - BELOW - ABOVE;
    let base = HEIGHT - BELOW;
    // Amounts are below 2^53, so the product is not beyond what an i128 holds.
    let tall =
        |amount: i64| i64::try_from(i128::from(amount.max(0)) * i128::from(room) / i128::from(top)).unwrap_or(room);
    let count = i64::try_from(sales.data.len()).unwrap_or(1).max(1);
    let day_width = (WIDTH - LEFT) / count;
    let bars = sales.data.iter().zip(0_i64..).map(|(day, place)| {
        let amount = net(&day.sales);
        let (x, width) = (LEFT + place * day_width + day_width * (100 - BAR) / 200, day_width * BAR / 100);
        Bar {
            x,
            y: base - tall(amount),
            width,
            height: tall(amount),
            middle: x + width / 2,
            day: day.from.format("%m-%d").to_string(),
            text: money::written(Money::new(amount, currency), locale),
            orders: day.orders.placed,
            labelled: (count - 1 - place) % 2 == 0,
        }
    });
    let lines = (0..=LINES).map(|line| {
        let amount = top / LINES * line;
        Line { y: base - tall(amount), text: money::written(Money::new(amount, currency), locale) }
    });
    Chart { width: WIDTH, height: HEIGHT, left: LEFT, bars: bars.collect(), lines: lines.collect() }
}

/// The next number that a scale may end with: 4, 8, 20, 40, 80… of a power of ten, which the lines divide.
fn round_up(amount: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for step in [4, 8, 20] {
            if step * power >= amount {
                return step * power;
            }
        }
        power *= 10;
    }
}

fn steps(funnel: &Funnel, locale: Locale) -> Vec<Step> {
    let first = funnel.steps.first().map_or(0, |step| step.orders);
    let named = funnel.steps.iter().filter_map(|step| {
        let name = match step.step.as_str() {
            "order.created" => "placed",
            "payment.authorized" => "held",
            "stock.reserved" => "reserved",
            "order.confirmed" => "confirmed",
            "payment.captured" => "paid",
            "order.shipped" => "shipped",
            "order.delivered" => "delivered",
            _ => return None,
        };
        Some((name, step.orders))
    });
    named.map(|(name, orders)| Step { name: locale.step(name), orders, share: share(orders, first) }).collect()
}

fn share(part: u64, whole: u64) -> String {
    match (part * 1_000).checked_div(whole) {
        Some(thousandths) => format!("{}.{} %", thousandths / 10, thousandths % 10),
        None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_above_what_it_shows_and_its_lines_are_round() {
        for (amount, top) in [(0, 4), (4, 4), (5, 8), (159_000, 200_000), (200_001, 400_000), (999_999, 2_000_000)] {
            assert_eq!(round_up(amount), top, "{amount}");
            assert_eq!(round_up(amount) % LINES, 0);
        }
        assert!(round_up((1 << 53) - 1) >= (1 << 53) - 1);
    }

    #[test]
    fn a_share_is_of_something() {
        assert_eq!(
            (share(1, 3), share(3, 3), share(0, 0)),
            ("33.3 %".to_owned(), "100.0 %".to_owned(), "–".to_owned())
        );
    }
}
