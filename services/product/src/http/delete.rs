//! `DELETE /api/v1/products/{id}` (admin): no longer for sale. The row stays, for the orders that name it.

use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::events::ProductDeleted;
use livemart_contracts::ids::Product;
use livemart_web::{Admin, PathId, RequestTrace};

use super::preconditions::IfMatch;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::store::{changes, products};

pub async fn delete(
    _: Admin,
    PathId(id): PathId<Product>,
    wanted: IfMatch,
    trace: RequestTrace,
    State(catalogue): State<Catalogue>,
) -> Result<NoContent, Error> {
    let mut work = catalogue.store.begin().await?;
    let offer = products::lock_in(work.tx(), id).await?.ok_or(Error::NotFound)?;
    wanted.check(&offer)?;
    let product = offer.product.delete(work.now());
    products::delete_in(work.tx(), &product).await?;
    work.emit(trace, &ProductDeleted::from(&product));
    let revision = changes::last(work.tx(), id).await?;
    work.commit().await?;
    catalogue.cache.committed(id, revision, None).await;
    Ok(NoContent)
}
