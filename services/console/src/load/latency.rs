//! How long things took.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

/// Counted in steps of a microsecond; a value is kept to within a thousandth of itself.
const DIGITS: u8 = 3;
/// Longer than any limit of a load; what takes longer counts as this.
const LONGEST: Duration = Duration::from_secs(3_600);
const PERCENT_50: f64 = 0.50;
const PERCENT_99: f64 = 0.99;

#[derive(Clone, Debug)]
pub(crate) struct Latency {
    micros: Histogram<u64>,
}

impl Latency {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { micros: Histogram::new_with_max(micros(LONGEST), DIGITS)? })
    }

    pub(crate) fn record(&mut self, took: Duration) {
        self.micros.saturating_record(micros(took));
    }

    pub(crate) fn count(&self) -> u64 {
        self.micros.len()
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.ms_at(PERCENT_50)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.ms_at(PERCENT_99)
    }

    fn ms_at(&self, quantile: f64) -> f64 {
        Duration::from_micros(self.micros.value_at_quantile(quantile)).as_secs_f64() * 1_000.0
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_recorded() {
        let mut latency = Latency::new().unwrap();
        for ms in 1..=1_000 {
            latency.record(Duration::from_millis(ms));
        }
        assert_eq!(latency.count(), 1_000);
        assert!((latency.p50_ms() - 500.0).abs() <= 1.0, "{}", latency.p50_ms());
        assert!((latency.p99_ms() - 990.0).abs() <= 1.0, "{}", latency.p99_ms());
    }

    #[test]
    fn of_nothing_they_are_nothing() {
        assert_eq!(Latency::new().unwrap().p99_ms(), 0.0);
    }

    #[test]
    fn an_hour_is_within_its_range() {
        let mut latency = Latency::new().unwrap();
        latency.record(Duration::from_secs(3_600));
        assert!((latency.p50_ms() - 3_600_000.0).abs() < 3_600.0, "{}", latency.p50_ms());
    }
}
