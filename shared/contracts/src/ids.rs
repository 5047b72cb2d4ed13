//! Ids are TypeIDs over UUIDv7: `ord_01h455vb4pex5vsknk084sn02q`. The prefix says what the id names.

use serde::{Deserialize, Serialize};
use type_safe_id::TypeSafeId;

/// What an id can name.
pub use type_safe_id::StaticType as Tag;

/// An id outside the database; [`TypeSafeId::uuid`] is what the tables store.
pub type Id<T> = TypeSafeId<T>;

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
    /// What the inventory holds for one order.
    ReservationId = Reservation("rsv");
    /// One message: `ce-id` and `Nats-Msg-Id`.
    EventId = EventTag("evt");
    /// One sign-in: the family of refresh tokens and the `sid` of its access tokens.
    SessionId = Session("ses");
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
