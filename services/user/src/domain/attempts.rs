//! How often a password may be guessed.
//!
//! Attempts are counted before the password is looked at, so that guesses in parallel count each. Two counters: one for
//! an account and the address that guesses, and, only for attempts that this one lets pass, one for the account alone,
//! against guesses from many addresses. The second is so wide that one address cannot fill it. Several can, and keep it
//! filled: so it does not count where the owner signed in lately. Only at a place that is new to the account have they to
//! wait then, as has everybody else who knows the password.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// A number of attempts within a window of time.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub attempts: i32,
    pub within: TimeDelta,
}

/// For guesses from one address: a person may try all of their passwords.
pub const FROM_ONE_ADDRESS: Configured = Configured { guesses: 1..=11, within: TimeDelta::minutes(15) };
/// 1,440 guesses a day at most, of passwords that need more than a hundred million.
pub const FROM_ANYWHERE: Limit = Limit { attempts: 60, within: TimeDelta::hours(1) };
/// For so long after a sign-in its place is known to the account: as long as people stay away from a shop and come back.
pub const PLACE_KNOWN_FOR: TimeDelta = TimeDelta::days(30);
/// After this, no counter is of interest.
pub const LONGEST_WINDOW: TimeDelta = FROM_ANYWHERE.within;

/// A limit whose number is configured.
#[derive(Debug, Clone)]
pub struct Configured {
    pub guesses: RangeInclusive<i32>,
    pub within: TimeDelta,
}

impl Configured {
    pub const fn at(&self, attempts: i32) -> Limit {
        Limit { attempts, within: self.within }
    }
}

/// What is counted together, as a hash: the table of guesses holds nobody's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(pub Vec<u8>);

impl Scope {
    /// Guesses at `account`, an address that may or may not be somebody's.
    pub fn of_account(account: &str) -> Self {
        Self::hashed(&["account", account])
    }

    /// Guesses at `account` from one place; `None` stands for all places that are not known.
    pub fn of_account_and_address(account: &str, address: Option<IpAddr>) -> Self {
        let place = match address {
            // A household has a whole /64 of IPv6 addresses.
            Some(IpAddr::V6(address)) => format!("{:?}", &address.segments()[..4]),
            Some(IpAddr::V4(address)) => address.to_string(),
            None => String::new(),
        };
        Self::hashed(&["account-and-address", account, &place])
    }

    fn hashed(parts: &[&str]) -> Self {
        // A byte that occurs in no UTF-8 text keeps the parts apart.
        let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part).chain_update([0xff]));
        Self(digest.finalize().to_vec())
    }
}

/// A counter after an attempt was counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub attempts: i32,
    pub since: DateTime<Utc>,
}

impl Limit {
    /// Whether the attempt may go on; else how long to wait.
    pub fn check(&self, counted: Counted, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        if counted.attempts <= self.attempts { Ok(()) } else { Err(counted.since + self.within - now) }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn the_attempt_after_the_last_one_waits_for_the_end_of_the_window() {
        let now = Clock::default().now();
        let since = now - TimeDelta::minutes(5);
        let limit = Limit { attempts: 10, within: TimeDelta::minutes(15) };
        assert_eq!(limit.check(Counted { attempts: 10, since }, now), Ok(()));
        assert_eq!(limit.check(Counted { attempts: 11, since }, now), Err(TimeDelta::minutes(10)));
    }

    #[test]
    fn one_address_cannot_lock_an_account_for_everybody() {
        let windows = FROM_ANYWHERE.within.num_minutes() / FROM_ONE_ADDRESS.within.num_minutes() + 1;
        assert!(windows * i64::from(*FROM_ONE_ADDRESS.guesses.end()) < i64::from(FROM_ANYWHERE.attempts));
    }

    #[test]
    fn a_household_is_one_address() {
        let scope = |address: &str| Scope::of_account_and_address("kim@example.com", address.parse().ok());
        assert_eq!(scope("2001:db8:1:2::1"), scope("2001:db8:1:2:3:4:5:6"));
        assert_ne!(scope("2001:db8:1:2::1"), scope("2001:db8:1:3::1"));
        assert_ne!(scope("192.0.2.1"), scope("192.0.2.2"));
        assert_ne!(scope("nowhere"), Scope::of_account("kim@example.com"));
    }
}
