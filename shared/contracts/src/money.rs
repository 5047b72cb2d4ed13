//! Money: an integer number of minor units of an ISO 4217 currency. Never a float.

pub use iso_currency::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Amounts stay below 2^53, the largest integer that a JavaScript client reads exactly.
pub const MAX_AMOUNT: i64 = (1 << 53) - 1;

/// `{"amount":15900,"currency":"KRW"}`: 15,900 won. `amount` counts minor units (cents; won have none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount: i64,
    #[schemars(with = "String", regex(pattern = r"^[A-Z]{3}$"), example = &"KRW")]
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{} and {} cannot be added", .0.code(), .1.code())]
    Currencies(Currency, Currency),
    #[error("the sum is beyond {MAX_AMOUNT} minor units")]
    TooLarge,
}

impl Money {
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The price of `quantity` pieces, or [`MoneyError::TooLarge`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(i64::from(quantity)).ok_or(MoneyError::TooLarge)?;
        Self::new(amount, self.currency).bounded()
    }

    /// The sum, or why there is none: another currency, or more than [`MAX_AMOUNT`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge)?;
        Self::new(amount, self.currency).bounded()
    }

    fn bounded(self) -> Result<Self, MoneyError> {
        if self.amount.abs() <= MAX_AMOUNT { Ok(self) } else { Err(MoneyError::TooLarge) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_products_never_wrap_or_mix_currencies() {
        let won = Money::new(15_900, Currency::KRW);
        assert_eq!(won.times(3), Ok(Money::new(47_700, Currency::KRW)));
        assert_eq!(Money::new(MAX_AMOUNT, Currency::KRW).times(2), Err(MoneyError::TooLarge));
        assert_eq!(Money::new(MAX_AMOUNT, Currency::KRW).plus(won), Err(MoneyError::TooLarge));
        assert!(matches!(won.plus(Money::new(1, Currency::USD)), Err(MoneyError::Currencies(..))));
    }

    #[test]
    fn money_is_written_as_minor_units_and_code() {
        let json = serde_json::to_string(&Money::new(15_900, Currency::KRW)).expect("money is JSON");
        assert_eq!(json, r#"{"amount":15900,"currency":"KRW"}"#);
        assert!(serde_json::from_str::<Money>(r#"{"amount":1.5,"currency":"KRW"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"amount":1,"currency":"XYZ"}"#).is_err());
    }
}
