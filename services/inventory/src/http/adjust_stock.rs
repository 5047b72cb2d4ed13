//! `POST /stock/{product_id}/adjustments`: the staff counted, bought or wrote off.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use livemart_contracts::ProductId;
use livemart_contracts::ids::Product;
use livemart_messaging::UnitOfWork;
use livemart_web::idempotency::{Answer, Claim, Claimed, Once, claim_in, remember_in};
use livemart_web::{Admin, Body, IdempotencyKey, PathId, RequestTrace, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Inventory, get_stock};
use crate::domain::adjustment::{LARGEST_DELTA, LONGEST_REASON};
use crate::domain::{Adjustment, LowMark};
use crate::error::Error;
use crate::ledger;
use crate::store::{movements, stock};

pub const ROUTE: &str = "/api/v1/stock/{product_id}/adjustments";

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[schemars(range(min = -LARGEST_DELTA, max = LARGEST_DELTA))]
    delta: i64,
    #[schemars(length(min = 1, max = LONGEST_REASON))]
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StockAdjustment")]
pub struct Output {
    #[serde(flatten)]
    stock: get_stock::Output,
    movement_id: i64,
}

impl TryFrom<Input> for Adjustment {
    type Error = Violations;

    fn try_from(Input { delta, reason }: Input) -> Result<Self, Violations> {
        let reason = reason.trim();
        let characters = reason.chars().count();
        let mut wrong = Violations::default();
        wrong.require(delta != 0, "/delta", "zero", "an adjustment adds or takes at least one");
        wrong.require(
            delta.unsigned_abs() <= LARGEST_DELTA.unsigned_abs(),
            "/delta",
            "out-of-range",
            format!("an adjustment adds or takes at most {LARGEST_DELTA}"),
        );
        wrong.require(
            (1..=LONGEST_REASON).contains(&characters),
            "/reason",
            "length",
            format!("the reason has 1 to {LONGEST_REASON} characters"),
        );
        wrong.check()?;
        Ok(Self { delta, reason: reason.to_owned() })
    }
}

pub async fn adjust_stock(
    State(Inventory { store, settings }): State<Inventory>,
    Admin(admin): Admin,
    key: IdempotencyKey,
    trace: RequestTrace,
    PathId(product_id): PathId<Product>,
    Body(input): Body<Input>,
) -> Result<Once<Output>, Error> {
    let claim = Claim::new(admin.user_id, ROUTE, key, &(product_id, &input));
    let adjustment = Adjustment::try_from(input)?;

    let mut work = store.begin().await?;
    let outcome = adjust(&mut work, trace, product_id, &claim, &adjustment, settings.get().low_mark()).await;
    work.conclude(outcome).await.map(Once::from)
}

async fn adjust(
    work: &mut UnitOfWork,
    trace: RequestTrace,
    product_id: ProductId,
    claim: &Claim,
    adjustment: &Adjustment,
    low_mark: LowMark,
) -> Result<Answer, Error> {
    if let Some(answer) = answer_in(work, claim).await? {
        return Ok(answer);
    }
    // One row, one admin: no lock but the row's is worth its cost here.
    let rows = stock::lock_in(work.tx(), &[product_id]).await?;
    let level = rows.first().ok_or(Error::UnknownProduct)?.level;
    adjustment.check(level)?;
    let changes = BTreeMap::from([(product_id, adjustment.change())]);
    let changed = stock::change_in(work.tx(), &changes, None, work.now()).await?;
    let changed = changed.first().ok_or(Error::UnknownProduct)?;
    let movement_id = movements::adjust_in(work.tx(), product_id, adjustment, claim.principal, work.now()).await?;
    ledger::warn_when_low(work, trace, changed, adjustment.change(), low_mark);

    let output = Output { stock: get_stock::Output::new(product_id, changed.level), movement_id };
    let answer = Answer::new(StatusCode::CREATED, None, &output);
    remember_in(work.tx(), &[(claim, &answer)]).await?;
    Ok(answer)
}

/// The answer to a request that was made before; `None` when this one is new.
async fn answer_in(work: &UnitOfWork, claim: &Claim) -> Result<Option<Answer>, Error> {
    for claimed in claim_in(work.tx(), &[claim]).await? {
        if let Some(problem) = claimed.problem() {
            return Err(problem.into());
        }
        if let Claimed::Done(answer) = claimed {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjustment(delta: i64, reason: &str) -> Result<Adjustment, Violations> {
        Adjustment::try_from(Input { delta, reason: reason.to_owned() })
    }

    #[test]
    fn an_adjustment_changes_something_within_bounds_and_says_why() {
        let counted = Adjustment { delta: -3, reason: "counted".to_owned() };
        assert_eq!(adjustment(-3, "  counted "), Ok(counted));
        assert!(adjustment(LARGEST_DELTA, "bought").is_ok());
        for delta in [0, LARGEST_DELTA + 1, -LARGEST_DELTA - 1, i64::MIN] {
            assert!(adjustment(delta, "counted").is_err(), "{delta}");
        }
        assert!(adjustment(1, " ").is_err());
        assert!(adjustment(1, &"재".repeat(LONGEST_REASON)).is_ok());
        assert!(adjustment(1, &"재".repeat(LONGEST_REASON + 1)).is_err());
    }
}
