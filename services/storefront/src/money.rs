//! Amounts for people: exact, out of whole minor units.

use livemart_contracts::Money;
use livemart_contracts::money::Currency;

use crate::texts::Locale;

/// `₩15,900`, `15,900원`, `$12.50`, `12.50 CHF`.
pub fn written(money: Money, locale: Locale) -> String {
    let digits = usize::from(money.currency.exponent().unwrap_or_default());
    let number = number(money.amount, digits);
    let (sign, number) = number.strip_prefix('-').map_or(("", number.as_str()), |number| ("−", number));
    match (money.currency, locale) {
        (Currency::KRW, Locale::Ko) => format!("{sign}{number}원"),
        (Currency::KRW, Locale::En) => format!("{sign}₩{number}"),
        (Currency::USD, _) => format!("{sign}${number}"),
        (Currency::EUR, _) => format!("{sign}€{number}"),
        (Currency::JPY, _) => format!("{sign}¥{number}"),
        (Currency::GBP, _) => format!("{sign}£{number}"),
        (other, _) => format!("{sign}{number} {}", other.code()),
    }
}

/// What a person types for an amount, in units of the currency: `12.50`, `15,900`. `None` where it is none, or finer than the
/// currency is.
pub fn read(text: &str, currency: Currency) -> Option<Money> {
    let digits = usize::from(currency.exponent().unwrap_or_default());
    let plain: String = text.trim().chars().filter(|letter| *letter != ',').collect();
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(rest) || rest.len() > digits {
        return None;
    }
    let amount = format!("{whole}{rest:0<digits$}").parse().ok()?;
    Some(Money::new(amount, currency))
}

/// As somebody would type it, without marks.
pub fn plain(money: Money) -> String {
    let digits = usize::from(money.currency.exponent().unwrap_or_default());
    number(money.amount, digits).replace(',', "")
}

fn number(amount: i64, digits: usize) -> String {
    let all = format!("{:0>width$}", amount.unsigned_abs(), width = digits + 1);
    let (whole, rest) = all.split_at(all.len() - digits);
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0 { "-" } else { "" };
    let point = if digits > 0 { "." } else { "" };
    format!("{sign}{grouped}{point}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_to_the_last_minor_unit() {
        let written = |amount, currency, locale| written(Money::new(amount, currency), locale);
        assert_eq!(written(15_900, Currency::KRW, Locale::En), "₩15,900");
        assert_eq!(written(1_215_900, Currency::KRW, Locale::Ko), "1,215,900원");
        assert_eq!(written(0, Currency::KRW, Locale::En), "₩0");
        assert_eq!(written(5, Currency::USD, Locale::En), "$0.05");
        assert_eq!(written(-123_456_705, Currency::EUR, Locale::En), "−€1,234,567.05");
        assert_eq!(written(1_250, Currency::CHF, Locale::Ko), "12.50 CHF");
        assert_eq!(written((1 << 53) - 1, Currency::USD, Locale::En), "$90,071,992,547,409.91");
    }

    #[test]
    fn what_is_typed_is_taken_exactly_or_not_at_all() {
        assert_eq!(read("15,900", Currency::KRW), Some(Money::new(15_900, Currency::KRW)));
        assert_eq!(read(" 12.5 ", Currency::USD), Some(Money::new(1_250, Currency::USD)));
        assert_eq!(read("0.29", Currency::USD), Some(Money::new(29, Currency::USD)));
        for wrong in ["", "-5", "1.234", ".5", "x", "1e5", "99999999999999999999"] {
            assert_eq!(read(wrong, Currency::USD), None, "{wrong}");
        }
        assert_eq!(read("15900.5", Currency::KRW), None);
        assert_eq!(plain(Money::new(1_234_567, Currency::USD)), "12345.67");
    }
}
