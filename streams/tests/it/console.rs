//! The operator's program, as a person or a script runs it.

use livemart_local::{AUDITOR, Addresses, OPERATOR};
use livemart_testing::{Shop, binaries};
use serde_json::Value;
use tokio::process::Command;

/// What a command printed, and whether it succeeded.
pub struct Said {
    pub text: String,
    pub succeeded: bool,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// Runs a command of the operator's program about `shop`.
pub async fn livemart(shop: &Shop, arguments: &str) -> Said {
    livemart_at(shop.servers.addresses(), arguments).await
}

/// Runs a command of the operator's program about the shop there.
pub async fn livemart_at(shop: &Addresses, arguments: &str) -> Said {
    let mut command = Command::new(binaries().join("livemart"));
    command.args(arguments.split(' '));
    // Whoever audits may do nothing else.
    let audits = arguments.starts_with("audit");
    if !arguments.starts_with("sagas") {
        let user = if audits { AUDITOR } else { OPERATOR };
        command.args(["--url", &shop.nats_url(), "--user", user, "--password", shop.nats_password(user)]);
    }
    let needs_no_database = ["dlq", "config"].iter().any(|command| arguments.starts_with(command));
    if audits {
        command.args(["--database-url", &shop.database_url(AUDITOR)]);
    } else if let Some(service) = replayed(arguments) {
        command.args(["--database-url", &shop.database_url(service)]);
    } else if !needs_no_database || arguments.starts_with("dlq discard") {
        command.args(["--database-url", &shop.admin_database_url()]);
    }
    let output = command.output().await.unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Said { text, succeeded: output.status.success() }
}

/// A replay works as the role of the projection's service, after which the projection is named.
fn replayed(arguments: &str) -> Option<&str> {
    arguments.strip_prefix("replay ")?.split('-').next()
}
