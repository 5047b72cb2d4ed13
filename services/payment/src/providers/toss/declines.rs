//! Toss' reasons in our codes.

use crate::providers::{ProviderError, declined};

/// Begins the codes of what a bank, a card or a limit refuses.
const REFUSALS: [&str; 11] = [
    "REJECT_",
    "EXCEED_",
    "INVALID_REJECT_CARD",
    "INVALID_STOPPED_CARD",
    "INVALID_CARD_",
    "INVALID_PASSWORD",
    "CARD_",
    "NOT_AVAILABLE_",
    "NOT_SUPPORTED_",
    "RESTRICTED_",
    "PAY_PROCESS_",
];

/// What a confirmation is declined for; `None` where the code tells of a mistake of ours.
pub(super) fn of_confirmation(code: &str) -> Option<ProviderError> {
    match code {
        "REJECT_ACCOUNT_BALANCE" | "REJECT_CARD_PAYMENT" => {
            Some(declined("insufficient-funds", "the card has insufficient funds, or is over its limit"))
        }
        "INVALID_CARD_EXPIRATION" => Some(declined("card-expired", "the card has expired")),
        "NOT_FOUND_PAYMENT" => Some(unknown()),
        "NOT_FOUND_PAYMENT_SESSION" | "EXPIRED_PAYMENT" => Some(ended()),
        "BELOW_MINIMUM_AMOUNT" => Some(declined("amount-not-accepted", "the amount is too small for the provider")),
        code if REFUSALS.iter().any(|refusal| code.starts_with(refusal)) => {
            Some(declined("card-declined", "the card was declined"))
        }
        _ => None,
    }
}

pub(super) fn unknown() -> ProviderError {
    declined("unknown-payment-method", "the payment method does not exist")
}

pub(super) fn not_authenticated() -> ProviderError {
    declined("authentication-required", "the customer has not authenticated the payment")
}

pub(super) fn ended() -> ProviderError {
    declined("payment-expired", "the payment was not confirmed in time, or was cancelled")
}

pub(super) fn other_amount() -> ProviderError {
    declined("amount-mismatch", "the customer authenticated another amount")
}

pub(super) fn won_only() -> ProviderError {
    declined("amount-not-accepted", "the provider takes won only")
}

/// Whether and when the money comes is the customer's affair for days: no order waits so long.
pub(super) fn virtual_account() -> ProviderError {
    declined("payment-method-not-accepted", "deposits to a virtual account are not accepted")
}
