//! Categories: whatever the products for sale name as theirs.

use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

#[derive(Debug, FromQueryResult)]
pub struct Category {
    pub name: String,
    pub products: i64,
}

/// At most `rows` categories after the one named `after`, in the order of their names.
pub async fn list(db: &impl ConnectionTrait, after: &str, rows: i64) -> Result<Vec<Category>, DbErr> {
    Category::find_by_statement(sql(
        "SELECT category AS name, count(*) AS products FROM products
         WHERE deleted_at IS NULL AND category > $1
         GROUP BY category ORDER BY category LIMIT $2",
        [after.into(), rows.into()],
    ))
    .all(db)
    .await
}
