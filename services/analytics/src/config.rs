//! The configuration of the analytics service: nothing beyond what every service has.

#[derive(Debug, Clone, clap::Args)]
pub struct Config {}
