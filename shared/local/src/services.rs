//! The services of the shop, as far as starting them is concerned.

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceKind {
    pub name: &'static str,
    /// Whether it has a schema and a login role `livemart_<name>`.
    pub database: bool,
}

/// In the order they are started: who is asked first comes first, and the public ports last.
pub const SERVICES: [ServiceKind; 9] = [
    ServiceKind { name: "user", database: true },
    ServiceKind { name: "product", database: true },
    ServiceKind { name: "inventory", database: true },
    ServiceKind { name: "payment", database: true },
    ServiceKind { name: "order", database: true },
    ServiceKind { name: "notification", database: true },
    ServiceKind { name: "analytics", database: true },
    ServiceKind { name: GATEWAY, database: false },
    ServiceKind { name: STOREFRONT, database: false },
];

/// Where programs find the shop.
pub const GATEWAY: &str = "gateway";

/// Where people do.
pub const STOREFRONT: &str = "storefront";

/// The sandbox payment provider keeps its own books under its own role, as a real one would.
pub const SANDBOX: &str = "sandbox";

/// NATS users besides the services: the console's, and the one of the system account.
pub const OPERATOR: &str = "operator";
pub const SYSTEM: &str = "sys";

/// Who audits: may read in the database and on NATS what an audit compares, and change nothing.
pub const AUDITOR: &str = "auditor";

impl ServiceKind {
    /// Whether it has a port of its own that is known beforehand, and so one replica on one machine. The others are found.
    pub fn is_public(self) -> bool {
        [GATEWAY, STOREFRONT].contains(&self.name)
    }

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
