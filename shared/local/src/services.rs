//! The services of the shop, as far as starting them is concerned.

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceKind {
    pub name: &'static str,
    /// Whether it has a schema and a login role `livemart_<name>`.
    pub database: bool,
}

/// In the order they are started: who is asked first comes first, and the public port last.
pub const SERVICES: [ServiceKind; 8] = [
    ServiceKind { name: "user", database: true },
    ServiceKind { name: "product", database: true },
    ServiceKind { name: "inventory", database: true },
    ServiceKind { name: "payment", database: true },
    ServiceKind { name: "order", database: true },
    ServiceKind { name: "notification", database: true },
    ServiceKind { name: "analytics", database: true },
    ServiceKind { name: GATEWAY, database: false },
];

/// The one service with a fixed port, and with one replica on one machine.
pub const GATEWAY: &str = "gateway";

/// The sandbox payment provider keeps its own books under its own role, as a real one would.
pub const SANDBOX: &str = "sandbox";

/// NATS users besides the services: the console's, and the one of the system account.
pub const OPERATOR: &str = "operator";
pub const SYSTEM: &str = "sys";

/// Who audits: may read in the database and on NATS what an audit compares, and change nothing.
pub const AUDITOR: &str = "auditor";

impl ServiceKind {
    pub fn named(name: &str) -> Result<Self> {
        SERVICES.into_iter().find(|service| service.name == name).ok_or_else(|| Error::UnknownService {
            name: name.to_owned(),
            known: SERVICES.map(|service| service.name).join(", "),
        })
    }
}

/// Who gets a login role in the database.
pub fn database_users() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().filter(|service| service.database).map(|service| service.name).chain([SANDBOX, AUDITOR])
}

/// Who gets a user on NATS.
pub fn nats_users() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name).chain([OPERATOR, AUDITOR, SYSTEM])
}
