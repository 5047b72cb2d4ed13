//! What the services agree on: events, ids, money, streams. No I/O.
//!
//! Read [`events`] first: every fact that one service tells the others is a struct there. [`stream`] says in which
//! JetStream stream a fact is stored, [`saga`] what follows from what, [`ids`] how things are named, [`money`] how amounts
//! are written.

pub mod clock;
pub mod events;
pub mod ids;
pub mod money;
pub mod saga;
pub mod stream;
pub mod trace;

pub use clock::Clock;
pub use events::{Event, Facts};
pub use ids::{EventId, NotificationId, OrderId, PaymentId, ProductId, ReservationId, UserId};
pub use money::Money;
pub use stream::Stream;
pub use trace::Trace;
