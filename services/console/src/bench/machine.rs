//! What it was measured on.

use std::fs;
use std::thread::available_parallelism;

use anyhow::Result;
use livemart_local::{Addresses, OPERATOR, operator};
use sqlx::{Connection as _, PgConnection};

use super::results::Machine;

pub(super) async fn describe(addresses: &Addresses) -> Result<Machine> {
    let mut database = PgConnection::connect(&addresses.admin_database_url()).await?;
    let postgres: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut database).await?;
    let nats = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
    let mut redis = Vec::new();
    for url in addresses.redis_urls() {
        let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        redis.extend(value(&info, "redis_version", ':'));
    }
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| value(&text, "model name", ':'));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Ok(Machine {
        cores: available_parallelism()?.get(),
        cpu: cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        system: format!("{} {}", std::env::consts::OS, kernel.trim()).trim().to_owned(),
        postgres,
        nats: nats.server_info().version,
        redis: redis.join(", "),
    })
}

/// Of the first line `name : value`.
fn value(text: &str, name: &str, separator: char) -> Option<String> {
    let of = |line: &str| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.0: GHz\nmodel name\t: Other\n";
        assert_eq!(value(text, "model name", ':').as_deref(), Some("Some CPU @ 2.0: GHz"));
        assert_eq!(value(text, "cache", ':'), None);
    }
}
