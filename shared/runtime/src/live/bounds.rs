//! Numbers within bounds, which are listed with the key.

use std::ffi::OsStr;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

/// Reads a number. Unlike `clap`'s own ranges it can say what its bounds are.
#[derive(Debug, Clone)]
pub struct Between<T> {
    bounds: RangeInclusive<T>,
}

/// For `value_parser`: a number within `bounds`, whose type must be that of the field (`1_u32..=60`).
pub const fn between<T>(bounds: RangeInclusive<T>) -> Between<T> {
    Between { bounds }
}

impl<T> Between<T>
where
    T: FromStr + PartialOrd + Display,
{
    fn read(&self, text: &str) -> Result<T, String> {
        let (least, most) = (self.bounds.start(), self.bounds.end());
        let number: T = text.trim().parse().map_err(|_| format!("not a number from {least} to {most}"))?;
        if self.bounds.contains(&number) { Ok(number) } else { Err(format!("{number} is not from {least} to {most}")) }
    }
}

impl<T> TypedValueParser for Between<T>
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let this = self.clone();
        (move |text: &str| this.read(text)).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let bounds = format!("{}..={}", self.bounds.start(), self.bounds.end());
        Some(Box::new(std::iter::once(PossibleValue::new(bounds))))
    }
}
