//! `POST /payments/{id}/refunds`: the staff gives money back, in part or in full, and says which goods came back with it.
//! `GET` lists them.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use livemart_contracts::events::Line;
use livemart_contracts::ids::{Payment, RefundId};
use livemart_contracts::{Money, OrderId, PaymentId, UserId};
use livemart_messaging::UnitOfWork;
use livemart_runtime::App;
use livemart_web::idempotency::{Answer, Claim, Claimed, Once, claim_in, remember_in};
use livemart_web::{Admin, Body, IdempotencyKey, Page, PageQuery, PathId, RequestTrace, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Refund, Terms, check_restock};
use crate::effects::{self, HeldPayment, StaffRefund};
use crate::error::PaymentError;
use crate::store::{payments, refunds};

const ROUTE: &str = "POST /api/v1/payments/{id}/refunds";
/// Characters of the reason that is kept.
const LONGEST_REASON: usize = 200;
/// As many as an order has.
const MOST_LINES: usize = 100;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// All that is left, where nothing is said.
    #[serde(default)]
    amount: Option<Money>,
    #[schemars(length(min = 1, max = LONGEST_REASON))]
    reason: String,
    #[serde(default)]
    #[schemars(length(max = MOST_LINES))]
    restock: Vec<RestockLine>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RestockLine {
    product_id: livemart_contracts::ProductId,
    #[schemars(range(min = 1))]
    quantity: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refund")]
pub(super) struct RefundView {
    id: RefundId,
    payment_id: PaymentId,
    order_id: OrderId,
    amount: Money,
    reason: String,
    restock: Vec<Line>,
    /// `pending` until the provider gave the money back, then `succeeded`.
    status: String,
    asked_by: UserId,
    created_at: DateTime<Utc>,
}

impl Input {
    fn validate(&self) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        if let Some(amount) = self.amount {
            wrong.require(amount.amount > 0, "/amount/amount", "out-of-range", "a refund gives something back");
        }
        wrong.require(
            (1..=LONGEST_REASON).contains(&self.reason.trim().chars().count()),
            "/reason",
            "length",
            format!("the reason has 1 to {LONGEST_REASON} characters"),
        );
        wrong.require(
            self.restock.len() <= MOST_LINES,
            "/restock",
            "too-many",
            format!("at most {MOST_LINES} lines come back at once"),
        );
        let mut products = BTreeSet::new();
        for (place, line) in self.restock.iter().enumerate().take(MOST_LINES) {
            let pointer = |field| format!("/restock/{place}/{field}");
            wrong.require(line.quantity > 0, pointer("quantity"), "out-of-range", "at least one piece comes back");
            let is_new = products.insert(line.product_id);
            wrong.require(is_new, pointer("product_id"), "duplicate", "a product stands in one line only");
        }
        wrong.check()
    }
}

pub(super) async fn create(
    State(app): State<App>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    trace: RequestTrace,
    PathId(payment_id): PathId<Payment>,
    Body(input): Body<Input>,
) -> Result<Once<RefundView>, PaymentError> {
    let claim = Claim::new(admin.user_id, ROUTE, key, &(payment_id, &input));
    input.validate().map_err(PaymentError::Invalid)?;
    let mut work = app.store.begin().await?;
    let outcome = refund(&mut work, trace, payment_id, &claim, input).await;
    work.conclude(outcome).await.map(Once::from)
}

async fn refund(
    work: &mut UnitOfWork,
    trace: RequestTrace,
    payment_id: PaymentId,
    claim: &Claim,
    input: Input,
) -> Result<Answer, PaymentError> {
    match claim_in(work.tx(), &[claim]).await?.pop() {
        Some(Claimed::Done(answer)) => return Ok(answer),
        Some(Claimed::New) | None => {}
        Some(refused) => return Err(PaymentError::Key(refused)),
    }
    let mut payment = payments::lock_one_in(work.tx(), payment_id).await?.ok_or(PaymentError::NotFound)?;
    let amount = payment.ask_refund(input.amount)?;
    let restock: Vec<Line> =
        input.restock.iter().map(|line| Line { product_id: line.product_id, quantity: line.quantity }).collect();
    let ordered = payment.terms.as_ref().map(|Terms { lines, .. }| lines.as_slice()).unwrap_or_default();
    check_restock(ordered, refunds::returned_in(work.tx(), payment.order_id).await?, &restock)?;

    let refund = Refund {
        id: work.new_id(),
        amount,
        reason: input.reason.trim().to_owned(),
        restock: restock.clone(),
        asked_by: claim.principal,
    };
    let order_id = payment.order_id;
    refunds::insert_in(work.tx(), order_id, &refund, work.now()).await?;
    payments::save_in(work.tx(), &[&payment], work.now()).await?;
    let request = HeldPayment {
        order_id,
        payment_id,
        reference: payment.reference.clone().unwrap_or_default(),
        amount,
        refund: Some(StaffRefund { refund_id: refund.id, restock: restock.clone() }),
    };
    work.ask::<effects::Refund>(trace, refund.id.to_string(), &request);

    let view = RefundView {
        id: refund.id,
        payment_id,
        order_id,
        amount,
        reason: refund.reason,
        restock,
        status: "pending".to_owned(),
        asked_by: refund.asked_by,
        created_at: work.now(),
    };
    let answer = Answer::new(StatusCode::CREATED, None, &view);
    remember_in(work.tx(), &[(claim, &answer)]).await?;
    Ok(answer)
}

pub(super) async fn list(
    State(app): State<App>,
    _: Admin,
    PathId(payment_id): PathId<Payment>,
    query: PageQuery,
) -> Result<Json<Page<RefundView>>, livemart_web::Problem> {
    let before: Option<RefundId> = query.cursor()?;
    let payment = payments::find(app.store.db(), payment_id).await?.ok_or(PaymentError::NotFound)?;
    let Some(Terms { amount: total, .. }) = payment.terms else { return Err(PaymentError::NotFound.into()) };
    let rows = refunds::list(app.store.db(), payment.order_id, before, query.rows_to_read()).await?;
    let view = |refund: refunds::ShownRefund| RefundView {
        id: refund.id,
        payment_id,
        order_id: payment.order_id,
        amount: Money::new(refund.amount, total.currency),
        reason: refund.reason,
        restock: refund.restock,
        status: refund.status,
        asked_by: refund.asked_by,
        created_at: refund.created_at,
    };
    Ok(Json(Page::new(&query, rows.into_iter().map(view).collect(), |refund: &RefundView| refund.id)))
}
