//! The report for people.

use super::{Report, Server, Service};
use crate::terminal::{Terminal, say};

pub(super) fn print(report: &Report, terminal: Terminal) {
    say!("{}", terminal.bold(&line("NAME", "PID", "STATE", "ADDRESS")));
    for server in &report.servers {
        say!(
            "{}",
            line(&server.name, &number(server.pid), state_of_server(server), &address_of_server(report, server))
        );
    }
    for service in &report.services {
        let address = service.address.as_deref().unwrap_or("-");
        say!("{}", line(&service.instance, &number(service.pid), state_of_service(service), address));
    }
}

fn line(name: &str, pid: &str, state: &str, address: &str) -> String {
    format!("{name:<14} {pid:>8}  {state:<8} {address}")
}

fn state_of_server(server: &Server) -> &'static str {
    if server.pid.is_some() { "up" } else { "down" }
}

fn state_of_service(service: &Service) -> &'static str {
    match (service.ready, service.pid) {
        (true, _) => "ready",
        (false, Some(_)) => "starting",
        (false, None) => "down",
    }
}

fn address_of_server(report: &Report, server: &Server) -> String {
    let url = match server.name.as_str() {
        "postgres" => Some(&report.postgres),
        "nats" => Some(&report.nats),
        redis => {
            let node = redis.trim_start_matches("redis-").parse().unwrap_or(1_usize);
            report.redis.get(node.saturating_sub(1))
        }
    };
    url.map(|url| without_password(url)).unwrap_or_default()
}

fn number(pid: Option<u32>) -> String {
    pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string())
}

/// A table is looked at over shoulders.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_no_passwords() {
        assert_eq!(without_password("postgres://livemart:s3@127.0.0.1:5/livemart"), "postgres://127.0.0.1:5/livemart");
        assert_eq!(without_password("redis://:s3@127.0.0.1:6"), "redis://127.0.0.1:6");
        assert_eq!(without_password("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
