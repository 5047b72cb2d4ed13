//! Ids are TypeIDs over UUIDv7: `ord_01h455vb4pex5vsknk084sn02q`. The prefix says what the id names.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use type_safe_id::TypeSafeId;
use uuid::Uuid;

/// What an id can name.
pub use type_safe_id::StaticType as Tag;

/// An id outside the database; [`Id::uuid`] is what the tables store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent, bound = "T: Tag")]
pub struct Id<T>(TypeSafeId<T>);

impl<T: Tag> Id<T> {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(TypeSafeId::from_uuid(uuid))
    }

    pub fn uuid(&self) -> Uuid {
        self.0.uuid()
    }
}

impl<T: Tag> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}

impl<T: Tag> FromStr for Id<T> {
    type Err = type_safe_id::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl<T: Tag> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Tag> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Tag> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid().hash(state);
    }
}

/// A UUID in Crockford's base 32: 26 digits, of which the first has three bits only.
const SUFFIX: &str = "[0-7][0-9a-hjkmnp-tv-z]{25}";

impl<T: Tag> JsonSchema for Id<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("id_{}", T::TYPE).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": format!("^{}_{SUFFIX}$", T::TYPE),
            "examples": [format!("{}_01h455vb4pex5vsknk084sn02q", T::TYPE)],
        })
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident = $tag:ident($prefix:literal);)*) => {$(
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $tag;
        impl Tag for $tag {
            const TYPE: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $id = Id<$tag>;
    )*};
}

ids! {
    /// A customer or a member of the staff.
    UserId = User("usr");
    ProductId = Product("prd");
    OrderId = Order("ord");
    PaymentId = Payment("pay");
    /// Money that the staff gave back.
    RefundId = Refund("rfd");
    /// What the inventory holds for one order.
    ReservationId = Reservation("rsv");
    /// One message: `ce-id` and `Nats-Msg-Id`.
    EventId = EventTag("evt");
    /// One sign-in: the family of refresh tokens and the `sid` of its access tokens.
    SessionId = Session("ses");
    NotificationId = Notification("ntf");
    /// Where a third party receives webhooks.
    WebhookEndpointId = WebhookEndpoint("whk");
    /// One attempt to deliver a webhook.
    WebhookAttemptId = WebhookAttempt("wha");
    /// Where somebody has parcels sent.
    AddressId = Address("adr");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let order = crate::Clock::default().new_id::<Order>();
        assert_eq!(order.to_string().parse::<OrderId>().ok(), Some(order));
        assert!(order.to_string().parse::<ProductId>().is_err());
    }
}
