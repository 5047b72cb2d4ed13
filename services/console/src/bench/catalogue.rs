//! A large catalogue, written as the product service does: its rows, and `product.created` of each in its outbox, so that
//! every other service hears of every product.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use livemart_contracts::events::{LocalizedText, ProductCreated};
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Event as _, Money, ProductId};
use livemart_local::Addresses;
use livemart_messaging::wake::Wakes;
use livemart_messaging::{Cause, Store, sql};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use uuid::Uuid;

/// Products in one transaction.
const BATCH: usize = 500;
/// Of the cheapest product, in won; the others are dearer by their number.
const PRICE: i64 = 1_000;
const CATEGORIES: [&str; 5] = ["audio", "kitchen", "outdoor", "books", "toys"];

/// Words of names and of searches, in both languages of the shop.
const QUALITIES: [(&str, &str); 12] = [
    ("무선", "wireless"),
    ("휴대용", "portable"),
    ("접이식", "folding"),
    ("스테인리스", "stainless"),
    ("방수", "waterproof"),
    ("미니", "compact"),
    ("전문가용", "professional"),
    ("어린이", "children"),
    ("친환경", "organic"),
    ("경량", "lightweight"),
    ("고급", "premium"),
    ("빈티지", "vintage"),
];
const THINGS: [(&str, &str); 15] = [
    ("이어폰", "earphones"),
    ("주전자", "kettle"),
    ("텐트", "tent"),
    ("소설", "novel"),
    ("퍼즐", "puzzle"),
    ("스피커", "speaker"),
    ("프라이팬", "skillet"),
    ("배낭", "backpack"),
    ("요리책", "cookbook"),
    ("인형", "doll"),
    ("마이크", "microphone"),
    ("도마", "chopboard"),
    ("손전등", "flashlight"),
    ("사전", "dictionary"),
    ("기차", "locomotive"),
];

/// What somebody looks for: one word or two, in one of the languages, now and then with a letter missing.
pub(super) fn query(number: u64) -> String {
    let number = usize::try_from(number).unwrap_or_default();
    let (quality, thing) = (QUALITIES[number % QUALITIES.len()], THINGS[number / 2 % THINGS.len()]);
    match number % 5 {
        0 => format!("{} {}", quality.1, thing.1),
        1 => thing.1.to_owned(),
        2 => format!("{} {}", quality.0, thing.0),
        3 => thing.0.to_owned(),
        _ => thing.1.chars().enumerate().filter(|(place, _)| *place != 2).map(|(_, letter)| letter).collect(),
    }
}

/// The English name of the product with this number: no other has it.
pub(super) fn name(number: usize) -> String {
    let (quality, thing) = words(number);
    format!("{} {} {number}", quality.1, thing.1)
}

fn words(number: usize) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    (QUALITIES[number % QUALITIES.len()], THINGS[number / QUALITIES.len() % THINGS.len()])
}

/// Puts so many products into the catalogue, and answers their ids.
pub(super) async fn fill(addresses: &Addresses, products: usize) -> Result<Vec<ProductId>> {
    let mut options = ConnectOptions::new(addresses.database_url("product"));
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.context("connect as the product service")?;
    let (wakes, _hints) = Wakes::new();
    let store = Store::new(database, Clock::default(), wakes, "product", vec![ProductCreated::SUBJECT]);
    let mut ids = Vec::with_capacity(products);
    for from in (0..products).step_by(BATCH) {
        let mut work = store.begin().await?;
        let batch: Vec<ProductCreated> =
            (from..products.min(from + BATCH)).map(|number| product(work.new_id(), number)).collect();
        for product in &batch {
            work.emit(Cause::timer(), product);
        }
        work.tx().execute_raw(insertion(&batch, work.now())).await?;
        work.commit().await?;
        ids.extend(batch.iter().map(|product| product.product_id));
    }
    Ok(ids)
}

fn product(product_id: ProductId, number: usize) -> ProductCreated {
    let (quality, thing) = words(number);
    ProductCreated {
        product_id,
        sku: format!("BENCH-{number}"),
        name: LocalizedText { ko: format!("{} {} {number}", quality.0, thing.0), en: name(number) },
        description: LocalizedText {
            ko: format!("{number}번째 상품: 매일 쓰기 좋은 {} {}", quality.0, thing.0),
            en: format!("Number {number} of the catalogue, a {} {} for every day", quality.1, thing.1),
        },
        category: CATEGORIES[number % CATEGORIES.len()].to_owned(),
        price: Money::new(PRICE + i64::try_from(number).unwrap_or_default(), Currency::KRW),
        version: 1,
    }
}

/// As `services/product/src/store/products.rs` has it.
fn insertion(products: &[ProductCreated], now: DateTime<Utc>) -> sea_orm::Statement {
    let texts = |of: fn(&ProductCreated) -> &str| products.iter().map(|it| of(it).to_owned()).collect::<Vec<String>>();
    let ids: Vec<Uuid> = products.iter().map(|product| product.product_id.uuid()).collect();
    let prices: Vec<i64> = products.iter().map(|product| product.price.amount).collect();
    sql(
        "INSERT INTO products (id, sku, name_ko, name_en, description_ko, description_en, category, price_amount,
                               price_currency, version, created_at, updated_at)
         SELECT id, sku, name_ko, name_en, description_ko, description_en, category, price, 'KRW', 1, $9, $9
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
           AS made (id, sku, name_ko, name_en, description_ko, description_en, category, price)",
        [
            ids.into(),
            texts(|product| &product.sku).into(),
            texts(|product| &product.name.ko).into(),
            texts(|product| &product.name.en).into(),
            texts(|product| &product.description.ko).into(),
            texts(|product| &product.description.en).into(),
            texts(|product| &product.category).into(),
            prices.into(),
            now.into(),
        ],
    )
}
