//! Categories: those that the staff named, and whatever the products for sale name as theirs.

use std::collections::BTreeMap;

use livemart_contracts::events::LocalizedText;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::Category;

#[derive(FromQueryResult)]
struct Row {
    slug: String,
    parent: Option<String>,
    name_ko: String,
    name_en: String,
}

impl From<Row> for Category {
    fn from(Row { slug, parent, name_ko, name_en }: Row) -> Self {
        Self { slug, parent, name: LocalizedText { ko: name_ko, en: name_en } }
    }
}

/// All that have a name, in the order of their slugs.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Category>, DbErr> {
    let rows = Row::find_by_statement(sql("SELECT slug, parent, name_ko, name_en FROM categories ORDER BY slug", []));
    Ok(rows.all(db).await?.into_iter().map(Category::from).collect())
}

/// As [`list`], kept from changing until the transaction ends: where one may stand depends on all others.
pub async fn lock_in(tx: &impl ConnectionTrait) -> Result<Vec<Category>, DbErr> {
    tx.execute_unprepared("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE").await?;
    list(tx).await
}

#[derive(FromQueryResult)]
struct Count {
    category: String,
    products: i64,
}

/// How many products for sale name each category; of at most `rows` categories, in the order of their slugs.
pub async fn count(db: &impl ConnectionTrait, rows: i64) -> Result<BTreeMap<String, i64>, DbErr> {
    let query = "SELECT category, count(*) AS products FROM products
                 WHERE deleted_at IS NULL GROUP BY category ORDER BY category LIMIT $1";
    let counts = Count::find_by_statement(sql(query, [rows.into()])).all(db).await?;
    Ok(counts.into_iter().map(|Count { category, products }| (category, products)).collect())
}

/// Makes it, or gives it this name and place.
pub async fn put_in(tx: &impl ConnectionTrait, category: &Category) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "INSERT INTO categories (slug, parent, name_ko, name_en) VALUES ($1, $2, $3, $4)
         ON CONFLICT (slug) DO UPDATE
         SET parent = excluded.parent, name_ko = excluded.name_ko, name_en = excluded.name_en",
        [
            category.slug.as_str().into(),
            category.parent.clone().into(),
            category.name.ko.as_str().into(),
            category.name.en.as_str().into(),
        ],
    ))
    .await?;
    Ok(())
}

pub async fn delete_in(tx: &impl ConnectionTrait, slug: &str) -> Result<(), DbErr> {
    tx.execute_raw(sql("DELETE FROM categories WHERE slug = $1", [slug.into()])).await?;
    Ok(())
}
