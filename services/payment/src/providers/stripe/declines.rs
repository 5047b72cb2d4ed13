//! Stripe's reasons in our codes.

use super::api::Fault;
use crate::providers::{ProviderError, declined};

/// What a refused authorisation means.
pub(super) fn of_authorization(fault: Fault) -> ProviderError {
    let Fault::Answered { status, error, .. } = &fault else { return fault.into_error() };
    match (status, error.code.as_str(), error.decline_code.as_str()) {
        (402, "authentication_required", _) | (402, _, "authentication_required") => needs_customer(),
        (402, _, "insufficient_funds") => declined("insufficient-funds", "the card has insufficient funds"),
        (402, "expired_card", _) => declined("card-expired", "the card has expired"),
        (402, ..) => declined("card-declined", "the card was declined"),
        (400 | 404, "amount_too_small" | "amount_too_large", _) => amount_not_accepted(),
        (400 | 404, "resource_missing", _) if error.param == "payment_method" => {
            declined("unknown-payment-method", "the payment method does not exist")
        }
        // One that was used without being kept for its customer, or belongs to somebody else.
        (400, "payment_method_unexpected_state", _) => {
            declined("unknown-payment-method", "the payment method cannot be used any more")
        }
        _ => fault.into_error(),
    }
}

pub(super) fn needs_customer() -> ProviderError {
    declined("authentication-required", "the card's bank wants to ask the customer")
}

pub(super) fn amount_not_accepted() -> ProviderError {
    declined("amount-not-accepted", "the amount, or its currency, is not accepted by the provider")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::stripe::api::StripeError;

    fn fault(status: u16, code: &str, decline_code: &str, param: &str) -> Fault {
        let text = str::to_owned;
        let error = StripeError {
            r#type: String::new(),
            code: text(code),
            decline_code: text(decline_code),
            param: text(param),
        };
        Fault::Answered { status, error, repeats: None }
    }

    #[test]
    fn declines_have_our_codes_and_other_faults_are_none() {
        for (status, code, decline_code, param, ours) in [
            (402, "card_declined", "insufficient_funds", "", "insufficient-funds"),
            (402, "card_declined", "do_not_honor", "", "card-declined"),
            (402, "expired_card", "", "", "card-expired"),
            (402, "authentication_required", "", "", "authentication-required"),
            (402, "something_new", "", "", "card-declined"),
            (400, "amount_too_small", "", "amount", "amount-not-accepted"),
            (400, "resource_missing", "", "payment_method", "unknown-payment-method"),
        ] {
            let error = of_authorization(fault(status, code, decline_code, param));
            assert!(matches!(&error, ProviderError::Declined(decline) if decline.code == ours), "{code}: {error}");
        }
        let other = |status, code, param| of_authorization(fault(status, code, "", param));
        assert!(matches!(other(400, "resource_missing", "customer"), ProviderError::Refused(_)));
        assert!(matches!(other(401, "", ""), ProviderError::Refused(_)));
        assert!(matches!(other(409, "idempotency_key_in_use", ""), ProviderError::Unavailable(_)));
        assert!(matches!(other(429, "rate_limit", ""), ProviderError::Unavailable(_)));
        assert!(matches!(other(500, "", ""), ProviderError::Unknown(_)));
    }
}
