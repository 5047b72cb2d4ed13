//! The configuration of the product service: nothing beyond what every service has.

#[derive(Debug, Clone, clap::Args)]
pub struct Config {}
