//! `GET /account`: who one is, and where parcels go.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Frame, done, html, id};
use crate::api::{Account, Address, KeptAddress};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    account: Account,
    addresses: Vec<Kept>,
    typed: TypedAddress,
    wrong: Wrong,
}

/// A kept address in one line.
pub struct Kept {
    pub id: String,
    pub text: String,
}

impl From<&KeptAddress> for Kept {
    fn from(kept: &KeptAddress) -> Self {
        Self { id: kept.id.to_string(), text: in_one_line(&kept.address) }
    }
}

pub fn in_one_line(address: &Address) -> String {
    let second = address.line2.as_deref().unwrap_or_default();
    let parts = [&address.recipient, &address.line1, second, &address.postal_code, &address.city, &address.country];
    let parts: Vec<&str> = parts.into_iter().map(|part: &str| part.trim()).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// The fields of an address, as they were typed. `post` is what templates call it.
#[derive(Debug, Default)]
pub struct TypedAddress {
    pub post: PostFields,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PostFields {
    pub recipient: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
}

/// Where most of the customers live.
const USUAL_COUNTRY: &str = "KR";

impl PostFields {
    pub fn empty() -> Self {
        Self { country: USUAL_COUNTRY.to_owned(), ..Self::default() }
    }

    pub fn read(&self) -> Address {
        let text = |text: &str| text.trim().to_owned();
        Address {
            recipient: text(&self.recipient),
            line1: text(&self.line1),
            line2: Some(text(&self.line2)).filter(|line| !line.is_empty()),
            city: text(&self.city),
            postal_code: text(&self.postal_code),
            country: text(&self.country).to_uppercase(),
        }
    }
}

pub async fn show(visitor: Visitor) -> Result<Response, Fault> {
    visitor.signed_in()?;
    page(&visitor, StatusCode::OK, PostFields::empty(), Wrong::default()).await
}

async fn page(visitor: &Visitor, status: StatusCode, post: PostFields, wrong: Wrong) -> Result<Response, Fault> {
    let (account, addresses) = futures::try_join!(visitor.api.me(), visitor.api.addresses())?;
    let page = Page {
        frame: Frame { here: "/account".to_owned(), ..Frame::of(visitor) },
        account,
        addresses: addresses.iter().map(Kept::from).collect(),
        typed: TypedAddress { post },
        wrong,
    };
    Ok(html(status, &page))
}

/// `POST /account/addresses`
pub async fn add_address(visitor: Visitor, Form(post): Form<PostFields>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    match visitor.api.keep_address(&post.read()).await {
        Ok(()) => Ok(done("/account", "saved")),
        Err(refusal) if refusal.needs_session() || refusal.is_outage() => Err(refusal.into()),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            page(&visitor, refusal.status(), post, wrong).await
        }
    }
}

/// `POST /account/addresses/{id}/remove`. What is gone already is gone.
pub async fn remove_address(visitor: Visitor, Path(address): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    match visitor.api.forget_address(id(&address)?).await {
        Err(refusal) if refusal.status() != StatusCode::NOT_FOUND => Err(refusal.into()),
        _ => Ok(done("/account", "removed")),
    }
}
