//! `/staff/products`: a new product, or another version of one. Whoever changes a product says which version they saw.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::ProductId;
use livemart_contracts::money::Currency;
use serde::Deserialize;

use super::super::{Frame, done, html, id};
use crate::api::{Branch, Draft, Localized, Product};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::money;
use crate::texts::Locale;
use crate::visitor::Visitor;

const USUAL_CURRENCY: &str = "KRW";

#[derive(Template)]
#[template(path = "staff/product.html")]
struct Page {
    frame: Frame,
    heading: &'static str,
    action: String,
    off_sale: Option<String>,
    categories: Vec<(String, String)>,
    typed: Typed,
    wrong: Wrong,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Of the version that is changed.
    tag: String,
    sku: String,
    name_ko: String,
    name_en: String,
    description_ko: String,
    description_en: String,
    category: String,
    price: String,
    currency: String,
}

impl Typed {
    fn of(product: Product, tag: String) -> Self {
        Self {
            tag,
            price: money::plain(product.price),
            currency: product.price.currency.code().to_owned(),
            sku: product.sku,
            name_ko: product.name.ko,
            name_en: product.name.en,
            description_ko: product.description.ko,
            description_en: product.description.en,
            category: product.category,
        }
    }

    fn read(&self, locale: Locale) -> Result<Draft, Wrong> {
        let words = locale.words();
        let wrong = |field| Wrong::saying(words.check_the_fields).with(field, words.wrong_amount);
        let currency = Currency::from_code(&self.currency.trim().to_uppercase()).ok_or_else(|| wrong("currency"))?;
        let price = money::read(&self.price, currency).ok_or_else(|| wrong("price"))?;
        let text = |text: &str| text.trim().to_owned();
        Ok(Draft {
            sku: text(&self.sku),
            name: Localized { ko: text(&self.name_ko), en: text(&self.name_en) },
            description: Localized { ko: text(&self.description_ko), en: text(&self.description_en) },
            category: text(&self.category),
            price,
        })
    }
}

async fn page(
    visitor: &Visitor,
    product: Option<ProductId>,
    typed: Typed,
    code: StatusCode,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let words = visitor.locale.words();
    let mut categories = Vec::new();
    collect(&visitor.api.categories().await.unwrap_or_default(), visitor.locale, &mut categories);
    let page = Page {
        frame: Frame::of(visitor),
        heading: if product.is_some() { words.edit_product } else { words.staff_new_product },
        action: product.map_or_else(|| "/staff/products".to_owned(), |id| format!("/staff/products/{id}")),
        off_sale: product.map(|id| format!("/staff/products/{id}/off-sale")),
        categories,
        typed,
        wrong,
    };
    Ok(html(code, &page))
}

fn collect(branches: &[Branch], locale: Locale, into: &mut Vec<(String, String)>) {
    for branch in branches {
        into.push((branch.slug.clone(), locale.of(&branch.name).to_owned()));
        collect(&branch.children, locale, into);
    }
}

/// `GET /staff/products/new`
pub async fn new(visitor: Visitor) -> Result<Response, Fault> {
    visitor.staff()?;
    let typed = Typed { currency: USUAL_CURRENCY.to_owned(), ..Typed::default() };
    page(&visitor, None, typed, StatusCode::OK, Wrong::default()).await
}

/// `POST /staff/products`
pub async fn create(visitor: Visitor, Form(typed): Form<Typed>) -> Result<Response, Fault> {
    visitor.staff()?;
    let draft = match typed.read(visitor.locale) {
        Ok(draft) => draft,
        Err(wrong) => return page(&visitor, None, typed, StatusCode::UNPROCESSABLE_ENTITY, wrong).await,
    };
    match visitor.api.create_product(&draft).await {
        Ok(product) => Ok(done(&format!("/staff/products/{}", product.id), "saved")),
        Err(refusal) if refusal.needs_session() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&visitor, None, typed, refusal.status(), wrong).await
        }
    }
}

/// `GET /staff/products/{id}`
pub async fn edit(visitor: Visitor, Path(product): Path<String>) -> Result<Response, Fault> {
    visitor.staff()?;
    let product = id(&product)?;
    let (found, tag) = visitor.api.product_to_edit(product).await?;
    page(&visitor, Some(product), Typed::of(found, tag), StatusCode::OK, Wrong::default()).await
}

/// `POST /staff/products/{id}`
pub async fn change(
    visitor: Visitor,
    Path(product): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let product = id(&product)?;
    let draft = match typed.read(visitor.locale) {
        Ok(draft) => draft,
        Err(wrong) => return page(&visitor, Some(product), typed, StatusCode::UNPROCESSABLE_ENTITY, wrong).await,
    };
    match visitor.api.change_product(product, &typed.tag, &draft).await {
        Ok(product) => Ok(done(&format!("/staff/products/{}", product.id), "saved")),
        Err(refusal) if refusal.needs_session() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&visitor, Some(product), typed, refusal.status(), wrong).await
        }
    }
}

#[derive(Deserialize)]
pub struct Version {
    #[serde(default)]
    tag: String,
}

/// `POST /staff/products/{id}/off-sale`
pub async fn off_sale(
    visitor: Visitor,
    Path(product): Path<String>,
    Form(Version { tag }): Form<Version>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    let product = id(&product)?;
    match visitor.api.delete_product(product, &tag).await {
        Ok(()) => Ok(done("/staff/stock", "off-sale")),
        Err(refusal) if refusal.status() == StatusCode::PRECONDITION_FAILED => {
            let (found, tag) = visitor.api.product_to_edit(product).await?;
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&visitor, Some(product), Typed::of(found, tag), refusal.status(), wrong).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}
