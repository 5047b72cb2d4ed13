//! How the steps of the saga change stock: rows locked, all levels in one conditional statement, every movement in the
//! ledger, and `stock.low` where a product runs low. The levels themselves are announced a moment later, by
//! [`watches`](crate::watches).

use std::collections::{BTreeMap, BTreeSet};

use livemart_contracts::ProductId;
use livemart_contracts::events::StockLow;
use livemart_locks::LockGuard;
use livemart_messaging::{Cause, Context, Failure};
use livemart_runtime::Live;
use sea_orm::DbErr;

use crate::config::Settings;
use crate::domain::movement::totals;
use crate::domain::{Change, Levels, LowMark, Movement};
use crate::locking::ProductLocks;
use crate::store::stock::Stock;
use crate::store::{movements, stock};

/// The books, as reactions use them.
#[derive(Clone)]
pub struct Ledger {
    locks: ProductLocks,
    settings: Live<Settings>,
}

/// The stock of a batch's products, which nobody else changes until the batch ends. Give it to [`Ledger::post`].
#[must_use = "the lock stays until it expires"]
pub struct Opened {
    products: BTreeSet<ProductId>,
    rows: Vec<Stock>,
    guard: Option<LockGuard>,
}

impl Opened {
    pub fn levels(&self) -> Levels {
        self.rows.iter().map(|stock| (stock.product_id, stock.level)).collect()
    }
}

/// A movement and the event that caused it.
#[derive(Debug, Clone)]
pub struct Posting {
    pub cause: Cause,
    pub movement: Movement,
}

impl Ledger {
    pub fn new(locks: ProductLocks, settings: Live<Settings>) -> Self {
        Self { locks, settings }
    }

    /// Locks the stock of `products`.
    pub async fn open(&self, cx: &Context, products: BTreeSet<ProductId>) -> Result<Opened, DbErr> {
        let guard = self.locks.take(&products).await;
        let in_order: Vec<ProductId> = products.iter().copied().collect();
        match stock::lock_in(cx.tx(), &in_order).await {
            Ok(rows) => Ok(Opened { products, rows, guard }),
            Err(error) => {
                ProductLocks::give_back(guard).await;
                Err(error)
            }
        }
    }

    /// Writes `postings`.
    pub async fn post(&self, cx: &mut Context, opened: Opened, postings: &[Posting]) -> Result<(), Failure> {
        let posted = if postings.is_empty() { Ok(()) } else { self.write(cx, &opened, postings).await };
        ProductLocks::give_back(opened.guard).await;
        posted
    }

    async fn write(&self, cx: &mut Context, opened: &Opened, postings: &[Posting]) -> Result<(), Failure> {
        let movements: Vec<&Movement> = postings.iter().map(|posting| &posting.movement).collect();
        let changes = totals(movements.iter().copied());
        let fence = opened.guard.as_ref().map(LockGuard::fence);
        let changed = stock::change_in(cx.tx(), &changes, fence, cx.now()).await?;
        if changed.len() < changes.len() {
            let seen = opened.rows.iter().map(|stock| stock.fence).max().unwrap_or_default();
            if fence.is_some_and(|fence| fence.get() < seen) {
                self.locks.refused(&opened.products, seen).await;
                return Err(Failure::Retry("the lock on the stock was lost to a later holder".to_owned()));
            }
            return Err(Failure::Retry(format!(
                "{} of {} products have no stock for what was decided about them",
                changes.len() - changed.len(),
                changes.len()
            )));
        }
        movements::insert_in(cx.tx(), &movements, cx.now()).await?;

        // Of several events that changed a product, the last one is named.
        let causes: BTreeMap<ProductId, Cause> =
            postings.iter().map(|posting| (posting.movement.product_id, posting.cause)).collect();
        let low_mark = self.settings.get().low_mark();
        for stock in &changed {
            let cause = causes.get(&stock.product_id).copied().unwrap_or_else(Cause::timer);
            let change = changes.get(&stock.product_id).copied().unwrap_or_default();
            warn_when_low(cx, cause, stock, change, low_mark);
        }
        Ok(())
    }
}

/// Tells whether the product runs low by `change`, which led to this `stock`.
pub fn warn_when_low(cx: &mut Context, cause: impl Into<Cause>, stock: &Stock, change: Change, low_mark: LowMark) {
    if low_mark.is_crossed(change, stock.level) {
        let (product_id, available) = (stock.product_id, stock.level.available());
        cx.emit(cause, &StockLow { product_id, available, threshold: low_mark.0 });
    }
}
