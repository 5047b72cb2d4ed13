//! `GET /orders/{id}`: an order and its saga, as a row of steps that fills in while one looks.
//!
//! The page is whole without JavaScript, and then looks again by itself while something is under way. With it, a script hears each event
//! and fetches `/orders/{id}/progress`, the part that moves.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::{OrderId, ProductId};

use super::account::in_one_line;
use super::goods::names;
use super::{Frame, done, html, id};
use crate::api::{Order, Timeline};
use crate::fault::Fault;
use crate::money;
use crate::progress::{self, SUBJECTS, State as StepState};
use crate::visitor::{Shop, Visitor};

#[derive(Template)]
#[template(path = "order.html")]
struct Page {
    frame: Frame,
    progress: Progress,
    subjects: String,
    lines: Vec<Line>,
    total: String,
    address: Option<String>,
    message: Option<String>,
}

struct Line {
    product: ProductId,
    name: String,
    quantity: u32,
    sum: String,
}

/// The part that moves.
#[derive(Template)]
#[template(path = "progress.html")]
struct Progress {
    frame: Frame,
    order: Order,
    steps: Vec<Step>,
    status: String,
    payment: String,
    reason: Option<String>,
    can_be_cancelled: bool,
    /// Whether more is to be expected within moments.
    moves: bool,
    /// What is said aloud when it changes.
    latest: String,
}

struct Step {
    text: &'static str,
    state: StepState,
    subjects: &'static str,
    time: Option<chrono::DateTime<chrono::Utc>>,
}

impl Progress {
    fn of(visitor: &Visitor, order: Order, timeline: &Timeline) -> Self {
        let locale = visitor.locale;
        let steps = progress::steps(&order, timeline);
        let status = locale.status(&order.status).to_owned();
        let last = steps.iter().rev().find(|step| matches!(step.state, StepState::Done | StepState::Failed));
        let latest = last.map_or("", |step| locale.step(step.name));
        Self {
            frame: Frame::of(visitor),
            moves: progress::moves(&steps),
            latest: format!("{status}: {latest}"),
            steps: steps
                .into_iter()
                .map(|step| Step {
                    text: locale.step(step.name),
                    state: step.state,
                    subjects: step.subject,
                    time: step.time,
                })
                .collect(),
            payment: locale.payment_status(&order.payment_status).to_owned(),
            reason: order.failure.as_ref().map(|failure| locale.failure(&failure.code).to_owned()),
            can_be_cancelled: matches!(order.status.as_str(), "pending" | "confirmed"),
            status,
            order,
        }
    }

    async fn look(visitor: &Visitor, id: OrderId) -> Result<Self, Fault> {
        let (order, timeline) = futures::join!(visitor.api.order(id), visitor.api.timeline(id));
        // Without their times steps are as true.
        Ok(Self::of(visitor, order?, &timeline.unwrap_or_default()))
    }
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor, Path(order): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    page(&shop, &visitor, id(&order)?, None).await
}

async fn page(
    shop: &Shop,
    visitor: &Visitor,
    id: OrderId,
    wrong: Option<(StatusCode, String)>,
) -> Result<Response, Fault> {
    let progress = Progress::look(visitor, id).await?;
    let order = &progress.order;
    let names = names(shop, visitor, order.lines.iter().map(|line| line.product_id)).await;
    let written = |amount| money::written(amount, visitor.locale);
    let (status, message) = wrong.map_or((StatusCode::OK, None), |(status, message)| (status, Some(message)));
    let page = Page {
        frame: Frame { here: format!("/orders/{id}"), ..Frame::of(visitor) },
        subjects: SUBJECTS.join(" "),
        lines: order
            .lines
            .iter()
            .map(|line| Line {
                product: line.product_id,
                name: names.get(&line.product_id).cloned().unwrap_or_default(),
                quantity: line.quantity,
                sum: line.unit_price.times(line.quantity).map(written).unwrap_or_default(),
            })
            .collect(),
        total: written(order.total),
        address: order.shipping_address.as_ref().map(in_one_line),
        message,
        progress,
    };
    Ok(html(status, &page))
}

/// `GET /orders/{id}/progress`
pub async fn progress(visitor: Visitor, Path(order): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    Ok(html(StatusCode::OK, &Progress::look(&visitor, id(&order)?).await?))
}

/// `POST /orders/{id}/cancel`
pub async fn cancel(State(shop): State<Shop>, visitor: Visitor, Path(order): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    let id = id(&order)?;
    match visitor.api.cancel(id).await {
        Ok(()) => Ok(done(&format!("/orders/{id}"), "cancelled")),
        Err(refusal) if refusal.status() == StatusCode::CONFLICT => {
            page(&shop, &visitor, id, Some((refusal.status(), visitor.locale.refusal(&refusal)))).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}
