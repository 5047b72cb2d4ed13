//! `ETag`, `If-Match` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1).
//!
//! The tag of a product is its version, `"3"`, followed by the version of its stock once the inventory has told it:
//! `"3.17"`. Both are in it because the representation holds both, and a strong tag may stay the same only while the
//! representation does: a page that asks with `If-None-Match` must learn that the last piece was sold. `If-Match` looks
//! at the product's part only: what the staff know and change is the product, and a sale meanwhile takes nothing from
//! it. So `If-Match: "3"` is as good as `"3.17"`.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use livemart_web::openapi::{Input, Operation, Schemas};

use crate::error::{Error, PRECONDITION_FAILED, PRECONDITION_REQUIRED};
use crate::store::Offer;

/// The version of a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    product: i64,
    stock: i64,
}

impl Tag {
    pub fn of(offer: &Offer) -> Self {
        Self { product: offer.product.version, stock: offer.stock_version }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stock {
            0 => write!(f, "\"{}\"", self.product),
            stock => write!(f, "\"{}.{stock}\"", self.product),
        }
    }
}

/// The tags of a header that may be sent several times and list several each.
fn tags(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned()).collect()
}

/// A change is wanted of this version only. Missing, it is answered 428: the staff must not undo each other's work.
#[derive(Debug, Clone)]
pub struct IfMatch(Vec<String>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        if !parts.headers.contains_key(IF_MATCH) {
            return Err(Error::PreconditionRequired);
        }
        Ok(Self(tags(&parts.headers, IF_MATCH)))
    }
}

impl Input for IfMatch {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        // Not required as a parameter: whoever leaves it away is told why it is needed.
        operation.takes_header("If-Match", "The ETag of the version that is to be changed; needed.");
        operation.may_answer(&[PRECONDITION_REQUIRED, PRECONDITION_FAILED]);
    }
}

impl IfMatch {
    /// `Ok` when the change is wanted of `offer` as it is now. Weak tags never match here.
    pub fn check(&self, offer: &Offer) -> Result<(), Error> {
        let current = offer.product.version;
        let names_it = |tag: &String| {
            let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let version = version.map(|version| version.split_once('.').map_or(version, |(product, _)| product));
            tag == "*" || version.and_then(|version| version.parse().ok()) == Some(current)
        };
        if self.0.iter().any(names_it) { Ok(()) } else { Err(Error::PreconditionFailed { current }) }
    }
}

/// What the client has already.
#[derive(Debug, Clone)]
pub struct IfNoneMatch(Vec<String>);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tags(&parts.headers, IF_NONE_MATCH)))
    }
}

impl Input for IfNoneMatch {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.takes_header("If-None-Match", "The ETag of the version that the client has.");
    }
}

impl IfNoneMatch {
    /// Whether the client has the representation with this tag. Weak tags match here: a proxy may have weakened it.
    pub fn has(&self, tag: Tag) -> bool {
        let current = tag.to_string();
        self.0.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::{Clock, Money};

    use super::*;
    use crate::domain::{Details, Draft, Product};
    use crate::store::Revision;

    fn offer(version: i64, stock_version: i64) -> Offer {
        let clock = Clock::default();
        let text = livemart_contracts::events::LocalizedText { ko: "귤".to_owned(), en: "Mandarin".to_owned() };
        let details = Details::stored(Draft {
            sku: "M".to_owned(),
            name: text.clone(),
            description: text,
            category: "fruit".to_owned(),
            price: Money::new(1, livemart_contracts::money::Currency::KRW),
        });
        let product = Product { version, ..Product::new(clock.new_id(), details, clock.now()) };
        Offer { product, available: 1, stock_version, revision: Revision::default() }
    }

    fn sent(name: HeaderName, values: &[&'static str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, axum::http::HeaderValue::from_static(value));
        }
        tags(&headers, name)
    }

    #[test]
    fn a_tag_changes_with_the_product_and_with_its_stock() {
        assert_eq!(Tag::of(&offer(3, 0)).to_string(), "\"3\"");
        assert_eq!(Tag::of(&offer(3, 17)).to_string(), "\"3.17\"");
    }

    #[test]
    fn a_sale_meanwhile_does_not_stand_in_the_way_of_an_edit() {
        let current = offer(3, 17);
        for good in ["\"3.17\"", "\"3.16\"", "\"3\"", "*"] {
            assert!(IfMatch(sent(IF_MATCH, &["\"9\"", good])).check(&current).is_ok(), "{good}");
        }
        for stale in ["\"2.17\"", "\"17\"", "W/\"3\"", "3", "\"\"", "\"three\""] {
            let refused = IfMatch(sent(IF_MATCH, &[stale])).check(&current);
            assert!(matches!(refused, Err(Error::PreconditionFailed { current: 3 })), "{stale}");
        }
    }

    #[test]
    fn a_client_has_the_representation_only_if_nothing_of_it_changed() {
        let current = Tag::of(&offer(3, 17));
        for known in ["\"3.17\"", "W/\"3.17\"", "*", "\"1\", \"3.17\""] {
            assert!(IfNoneMatch(sent(IF_NONE_MATCH, &[known])).has(current), "{known}");
        }
        for other in ["\"3\"", "\"3.16\"", "3.17"] {
            assert!(!IfNoneMatch(sent(IF_NONE_MATCH, &[other])).has(current), "{other}");
        }
        assert!(!IfNoneMatch(Vec::new()).has(current));
    }
}
