//! A product as it is stored, with the stock that is known of it.

use chrono::{DateTime, Utc};
use livemart_contracts::events::LocalizedText;
use livemart_contracts::money::Currency;
use livemart_contracts::{Money, ProductId};
use sea_orm::{DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Details, Draft, Product};

/// A product that is for sale, and what the inventory said of it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub product: Product,
    /// Zero until the inventory has said anything.
    pub available: i64,
    /// The version of that level; zero until there is one.
    pub stock_version: i64,
    pub revision: Revision,
}

/// How new what is known of a product is: the number of the last change of it or of its level, which triggers give in the order of
/// the commits (`migrations/src/products/0003_changes.sql`). Of two readings the later one has the greater number if anything
/// changed, also where a replay put older rows in the place of newer ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revision(pub i64);

/// The columns of [`Row`], from [`TABLES`].
pub(super) const COLUMNS: &str = "p.id, p.sku, p.name_ko, p.name_en, p.description_ko, p.description_en, p.category, \
     p.price_amount, p.price_currency, p.version, p.created_at, p.updated_at, \
     coalesce(s.available, 0) AS available, coalesce(s.version, 0) AS stock_version, c.change";
pub(super) const TABLES: &str = "products p JOIN product_changes c ON c.product_id = p.id \
     LEFT JOIN product_stock s ON s.product_id = p.id";

#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    sku: String,
    name_ko: String,
    name_en: String,
    description_ko: String,
    description_en: String,
    category: String,
    price_amount: i64,
    price_currency: String,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    available: i64,
    stock_version: i64,
    change: i64,
}

impl TryFrom<Row> for Offer {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let currency = Currency::from_code(&row.price_currency)
            .ok_or_else(|| DbErr::Type(format!("{} is no currency", row.price_currency)))?;
        let details = Details::stored(Draft {
            sku: row.sku,
            name: LocalizedText { ko: row.name_ko, en: row.name_en },
            description: LocalizedText { ko: row.description_ko, en: row.description_en },
            category: row.category,
            price: Money::new(row.price_amount, currency),
        });
        let (id, version) = (ProductId::from_uuid(row.id), row.version);
        Ok(Self {
            product: Product { id, details, version, created_at: row.created_at, updated_at: row.updated_at },
            available: row.available,
            stock_version: row.stock_version,
            revision: Revision(row.change),
        })
    }
}
