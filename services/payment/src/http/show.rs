//! `GET /payments/{id}`.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ids::Payment;
use livemart_runtime::App;
use livemart_web::{Caller, PathId};

use super::view::PaymentView;
use super::whose;
use crate::error::PaymentError;
use crate::store::payments::{self, Wanted};

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<Payment>,
) -> Result<Json<PaymentView>, PaymentError> {
    let wanted = Wanted { payment: Some(id), customer: whose(&caller), ..Wanted::default() };
    let payment = payments::list(app.store.db(), wanted, 1).await?.pop().ok_or(PaymentError::NotFound)?;
    Ok(Json(payment.try_into()?))
}
