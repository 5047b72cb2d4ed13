//! The user service reacts to nobody: that nothing of the saga passes through it is why the shop works without it.

use std::num::NonZeroUsize;

use livemart_user::config::{Config, Settings};

#[test]
fn no_reaction_is_without_its_contract_for_there_is_none() {
    let config = Config {
        admin_email: None,
        admin_password: None,
        hashing_lanes: NonZeroUsize::MIN,
        live: Settings { guesses: 10 }.into(),
    };
    livemart_testing::contract::complete(&livemart_user::service(config), &[]);
}
