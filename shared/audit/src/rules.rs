//! The rules by name, each with what to do where it is broken.

use serde::Serialize;

/// What must hold. Rules are few and constant, so that a metric may carry their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rule {
    #[serde(rename = "rule")]
    pub name: &'static str,
    /// What a person does about it; commands are those of the README.
    pub remedy: &'static str,
}

macro_rules! rules {
    ($($constant:ident: $name:literal, $remedy:literal;)+) => {
        $(pub const $constant: Rule = Rule { name: $name, remedy: $remedy };)+

        /// All of them.
        pub const ALL: &[Rule] = &[$($constant),+];
    };
}

rules! {
    TAKEN_IF_CONFIRMED: "money is taken for confirmed orders only",
        "`just timeline ORDER` shows who asked for the capture; give the money back at the provider, then find the bug";
    PAID_ONCE: "an order is paid once",
        "void or refund at the provider every hold but the one that the payment names";
    BOOKED_ONCE: "the provider does everything once",
        "compare the provider's operations with the tasks of the payment service (payments.tasks)";
    WHOLE_HOLDS: "what was held is held, taken or released as a whole",
        "compare the hold with the provider's own record";
    ORDERED: "what is paid for was ordered",
        "`just timeline ORDER`: an order.created in the stream without a row in orders.orders means a database was restored to an earlier time";
    MONEY_FOLLOWS: "money follows the order's fate",
        "`just timeline ORDER` names the missing step; `just dlq ls` and `just stuck` what is in its way";
    SHOWN: "an order shows its payment",
        "`just replay order-payments` builds what orders show again from the stream";
    PROVIDER_AGREES: "our books are the provider's",
        "`just timeline ORDER` shows every call to the provider; where a call is still waiting, its next attempt asks the provider";
    DECIDED: "an order is decided, or inside its deadline",
        "look whether the order service runs (`just status`, `just logs order`): its timer decides";
    LEVELS: "0 <= reserved <= on hand",
        "the database forbids this: somebody changed the constraint or the table by hand";
    LEDGER: "the movements of a product add up to its levels",
        "correct the level by an adjustment (`POST /stock/{product}/adjustments`) after counting the goods";
    RESERVED_FOR_ORDERS: "what is reserved is what orders hold",
        "compare inventory.reservations with status 'held' with inventory.stock of the product";
    GOODS_ONCE: "goods move once",
        "`just timeline ORDER`, then inventory.movements of the order: correct the level by an adjustment";
    GOODS_IF_CONFIRMED: "goods leave with confirmed orders only",
        "`just timeline ORDER`; put the goods back by an adjustment";
    GOODS_FOLLOW: "goods follow the order's fate",
        "`just timeline ORDER` names the missing step; `just dlq ls` and `just stuck` what is in its way";
    GOODS_COME_BACK: "goods come back with the money as the staff says",
        "`just timeline ORDER` shows the payment.refunded that names the goods; `just dlq ls` whether the inventory gave it up";
    CATALOGUE_SHOWS: "the catalogue shows what can be bought",
        "`just replay product-stock` builds the shown levels again from the stream";
    FINISHED: "everything that was begun is finished",
        "`just status`: does the service run? `just logs SERVICE`: what fails? `just dlq ls`: was it given up?";
    IN_STREAM: "every announced event is in its stream",
        "`just rebuild-stream STREAM` has what is missing announced again";
    NO_STRANGERS: "nothing is in a stream that nobody announced",
        "`nats stream get STREAM SEQUENCE` shows the message; who may publish is in nats/permissions.conf";
    FIGURES: "analytics equal the ledgers",
        "`just replay analytics-orders`, `analytics-payments` or `analytics-stock` counts again from the stream";
    TOLD_ONCE: "nobody is told the same twice",
        "compare notifications.notifications and mail_attempts of the subject: is the constraint notifications_once gone?";
    REACHED: "every event reached everyone who reads it",
        "`just timeline ORDER` names the reader; `just rebuild-stream STREAM` announces again what the stream lost";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rules_are_told_apart_by_their_names() {
        let names: HashSet<&str> = ALL.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
