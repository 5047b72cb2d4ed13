//! Stripe's smallest units, where they are not those of ISO 4217.

use livemart_contracts::Money;
use livemart_contracts::money::Currency;

use super::declines::amount_not_accepted;
use crate::providers::ProviderError;

/// Without minor units in ISO 4217, and with two digits at Stripe, always zero.
const AS_HUNDREDTHS: [Currency; 2] = [Currency::ISK, Currency::UGX];
const HUNDREDTHS: i64 = 100;

/// `money` as Stripe counts it.
pub(super) fn of(money: Money) -> Result<i64, ProviderError> {
    let factor = if AS_HUNDREDTHS.contains(&money.currency) { HUNDREDTHS } else { 1 };
    // Ariary are counted whole at Stripe, and in fifths here: nobody has asked for them.
    let is_accepted = money.currency != Currency::MGA && money.amount > 0;
    let amount = money.amount.checked_mul(factor).filter(|_| is_accepted);
    amount.ok_or_else(amount_not_accepted)
}

/// What Stripe counts as `amount`, as we count it.
pub(super) fn from_stripe(amount: i64, currency: Currency) -> i64 {
    if AS_HUNDREDTHS.contains(&currency) { amount / HUNDREDTHS } else { amount }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn won_and_cents_are_counted_as_they_are_and_crowns_of_iceland_in_hundredths() {
        for (currency, ours, theirs) in
            [(Currency::KRW, 15_900, 15_900), (Currency::USD, 1_099, 1_099), (Currency::ISK, 1_500, 150_000)]
        {
            assert_eq!(of(Money::new(ours, currency)), Ok(theirs));
            assert_eq!(from_stripe(theirs, currency), ours);
        }
        assert!(of(Money::new(1, Currency::MGA)).is_err());
    }
}
