//! A password is compared only as often as its account may be guessed at.

use sea_orm::{ConnectionTrait, DbErr};

use super::Accounts;
use super::client_address::ClientAddress;
use crate::domain::Password;
use crate::domain::attempts::{FROM_ANYWHERE, FROM_ONE_ADDRESS, Scope};
use crate::error::Error;
use crate::passwords::Verdict;
use crate::store::attempts;
use crate::store::users::Account;

/// An attempt that was counted, until it turns out to have been no guess.
pub struct Attempt {
    account: Scope,
    from_here: Scope,
}

impl Attempt {
    /// Counts an attempt to sign in as `email`, which may or may not be somebody's: both are refused alike.
    pub async fn count(accounts: &Accounts, email: &str, ClientAddress(address): ClientAddress) -> Result<Self, Error> {
        let (db, now) = (accounts.store.db(), accounts.store.clock().now());
        let attempt =
            Self { account: Scope::of_account(email), from_here: Scope::of_account_and_address(email, address) };
        let from_here = FROM_ONE_ADDRESS.at(accounts.settings.get().guesses);
        for (scope, limit) in [(&attempt.from_here, from_here), (&attempt.account, FROM_ANYWHERE)] {
            let counted = attempts::count(db, scope, limit, now).await?;
            counted.map_err(|retry_after| Error::TooManyAttempts { retry_after })?;
        }
        Ok(attempt)
    }

    /// Compares `password` with that of `account`, if there is one.
    pub async fn compare(
        &self,
        accounts: &Accounts,
        password: Password,
        account: Option<&Account>,
    ) -> Result<Verdict, Error> {
        accounts.passwords.verify(password, account.map(|account| account.password_hash.clone())).await
    }

    /// The password was right.
    pub async fn succeeded_in(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        attempts::take_back_in(tx, &self.account).await?;
        attempts::forget_in(tx, &self.from_here).await
    }
}
