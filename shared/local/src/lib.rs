//! A whole LiveMart shop on one machine: private servers (Postgres, NATS, Redis) and the services
//! on them, started, watched and stopped.
//!
//! `livemart up` runs the shop of a clone with it, and tests run as many shops as they like, each
//! with its own directory, ports and passwords:
//!
//! ```no_run
//! # async fn example(repository: &std::path::Path, binaries: &std::path::Path) -> livemart_local::Result<()> {
//! use livemart_local::{ServerOptions, Servers, Shop, ShopOptions};
//!
//! let servers = Servers::start(ServerOptions::throwaway(repository)?).await?;
//! // ... migrate the database, apply the streams ...
//! let shop = Shop::start(&servers, &ShopOptions::all(binaries)).await?;
//! shop.instance("order")?.kill().await?; // as `kill -9`; it comes back by itself
//! shop.ready().await?;
//! shop.stop().await?;
//! servers.stop().await
//! # }
//! ```
//!
//! To read: [`Servers`], [`Shop`], then [`Supervisor`], then what it stands on: `program`,
//! `identity`, `guard`, `register`.

#![expect(
    clippy::disallowed_methods,
    reason = "no service: it has no outbox to publish by, and its few tasks end with their handles"
)]

mod account;
mod addresses;
mod backoff;
mod binaries;
mod clone;
mod discovery;
mod error;
mod guard;
mod identity;
pub mod install;
mod janitor;
pub mod logs;
mod nats;
mod ports;
mod postgres;
mod program;
mod redis;
mod register;
mod scratch;
mod secrets;
mod servers;
mod services;
mod shop;
mod state;
pub mod streams;
mod supervisor;
pub mod wait;

pub use addresses::Addresses;
pub use binaries::{Binaries, Server};
pub use clone::repository;
pub use discovery::{Discovery, Replica, ask_all, operator, operator_trusting};
pub use error::{Error, Result};
pub use identity::ProcessIdentity;
pub use janitor::Janitor;
pub use nats::{Member, Nats, password_variable};
pub use ports::{NatsPorts, Ports};
pub use program::{Kind, Lifetime, Program, STOP_LIMIT, StopSignal};
pub use register::{Register, Running, RunningProcess, RunningSupervisor, end};
pub use secrets::Secrets;
pub use servers::{ServerOptions, Servers};
pub use services::{
    AUDITOR, GATEWAY, OPERATOR, SANDBOX, SERVICES, STOREFRONT, SYSTEM, ServiceKind, database_users, nats_users,
};
pub use shop::{DEMO_ADMIN, DEMO_CUSTOMER, Shop, ShopOptions};
pub use state::{StateDirectory, write_private};
pub use supervisor::{Event, Restart, State, Supervised, Supervisor, What};
