//! The facts that services tell each other, one module per owner.
//!
//! Version 1 of an event grows by optional fields only. Readers ignore fields they do not know; anything else is a new
//! version with a subject of its own.

pub mod order;
pub mod payment;
pub mod product;
pub mod stock;
pub mod user;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::OrderId;

pub use order::*;
pub use payment::*;
pub use product::*;
pub use stock::*;
pub use user::*;

/// One kind of fact. Its JSON is the body of the message, its subject the name under which it is published.
pub trait Event: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {
    /// `<context>.<fact>`: `order.created`.
    const SUBJECT: &'static str;
    /// The version in `ce-type`.
    const VERSION: u32 = 1;

    /// The id of what changed. Facts about one aggregate are published in the order in which they were committed.
    fn aggregate_id(&self) -> String;

    /// The order whose saga this belongs to.
    fn order_id(&self) -> Option<OrderId> {
        None
    }
}

/// What a consumer subscribes to: one event, or an enum of several made by [`facts!`](crate::facts).
pub trait Facts: Sized + Send + Sync + 'static {
    const SUBJECTS: &'static [&'static str];

    /// Reads the body of a message that arrived on `subject`, one of [`Facts::SUBJECTS`].
    fn decode(subject: &str, body: &[u8]) -> Result<Self, DecodeError>;

    /// Which of [`Facts::SUBJECTS`] it is.
    fn subject(&self) -> &'static str;

    /// The order whose saga it belongs to.
    fn order(&self) -> Option<OrderId>;
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("no event of this consumer has the subject {0}")]
    Subject(String),
    #[error("the body is not a valid {subject}: {source}")]
    Body { subject: &'static str, source: serde_json::Error },
}

impl<E: Event> Facts for E {
    const SUBJECTS: &'static [&'static str] = &[E::SUBJECT];

    fn decode(subject: &str, body: &[u8]) -> Result<Self, DecodeError> {
        if subject != E::SUBJECT {
            return Err(DecodeError::Subject(subject.to_owned()));
        }
        serde_json::from_slice(body).map_err(|source| DecodeError::Body { subject: E::SUBJECT, source })
    }

    fn subject(&self) -> &'static str {
        E::SUBJECT
    }

    fn order(&self) -> Option<OrderId> {
        self.order_id()
    }
}

/// Declares an enum of events for a consumer that reads several of one stream, in their order.
///
/// ```
/// livemart_contracts::facts! {
///     enum CatalogueChange { Created(ProductCreated), Updated(ProductUpdated) }
/// }
/// # use livemart_contracts::Facts;
/// assert_eq!(CatalogueChange::SUBJECTS, ["product.created", "product.updated"]);
/// ```
#[macro_export]
macro_rules! facts {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($variant:ident($event:ident)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        $vis enum $name { $($variant($crate::events::$event)),+ }

        impl $crate::Facts for $name {
            const SUBJECTS: &'static [&'static str] =
                &[$(<$crate::events::$event as $crate::Event>::SUBJECT),+];

            fn decode(subject: &str, body: &[u8]) -> Result<Self, $crate::events::DecodeError> {
                match subject {
                    $(<$crate::events::$event as $crate::Event>::SUBJECT =>
                        <$crate::events::$event as $crate::Facts>::decode(subject, body).map(Self::$variant),)+
                    other => Err($crate::events::DecodeError::Subject(other.to_owned())),
                }
            }

            fn subject(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$crate::events::$event as $crate::Event>::SUBJECT,)+
                }
            }

            fn order(&self) -> Option<$crate::OrderId> {
                match self {
                    $(Self::$variant(event) => $crate::Event::order_id(event),)+
                }
            }
        }
    };
}

/// Implements [`Event`]: subject, then the field that holds the aggregate's id; saga events name the order's id first.
macro_rules! event {
    ($event:ty, $subject:literal, saga, $aggregate:ident) => {
        impl $crate::Event for $event {
            const SUBJECT: &'static str = $subject;
            fn aggregate_id(&self) -> String {
                self.$aggregate.to_string()
            }
            fn order_id(&self) -> Option<$crate::OrderId> {
                Some(self.order_id)
            }
        }
    };
    ($event:ty, $subject:literal, $aggregate:ident) => {
        impl $crate::Event for $event {
            const SUBJECT: &'static str = $subject;
            fn aggregate_id(&self) -> String {
                self.$aggregate.to_string()
            }
        }
    };
}
pub(crate) use event;
