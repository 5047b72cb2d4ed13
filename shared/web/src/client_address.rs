//! The address of the client, behind proxies that are trusted to say whom they speak for.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The entry before those of `trusted` proxies, the nearest of which is `peer`. Each proxy adds whom it was called by at the
/// end; what is before the trusted entries is what the client claims.
pub fn find(headers: &HeaderMap, peer: IpAddr, trusted: u8) -> IpAddr {
    let lines = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
    let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer;
    for entry in entries.iter().rev().take(trusted.into()) {
        // An entry that is no address was not written by a proxy that can be trusted.
        let Some(address) = address(entry) else { break };
        client = address;
    }
    client.to_canonical()
}

/// With or without a port, as proxies write it.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str], trusted: u8) -> String {
        let lines = lines.iter().map(|line| (X_FORWARDED_FOR, line.parse().expect("a value")));
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(name, line);
        }
        find(&headers, "10.0.0.1".parse().expect("an address"), trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        assert_eq!(found(&["6.6.6.6"], 0), "10.0.0.1");
        assert_eq!(found(&["6.6.6.6, 203.0.113.7"], 1), "203.0.113.7", "what comes before is the client's claim");
        assert_eq!(found(&["6.6.6.6, 203.0.113.7, 192.0.2.9"], 2), "203.0.113.7");
        assert_eq!(found(&["6.6.6.6", "203.0.113.7"], 1), "203.0.113.7", "lines are one list");
    }

    #[test]
    fn a_list_that_is_too_short_or_no_list_gives_what_is_known() {
        assert_eq!(found(&[], 1), "10.0.0.1");
        assert_eq!(found(&["203.0.113.7"], 2), "203.0.113.7");
        assert_eq!(found(&["unknown"], 1), "10.0.0.1");
        assert_eq!(found(&["203.0.113.7, _hidden"], 2), "10.0.0.1", "a hop that hides is not jumped over");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        assert_eq!(found(&["203.0.113.7:4711"], 1), "203.0.113.7");
        assert_eq!(found(&["[2001:db8::7]:4711"], 1), "2001:db8::7");
        assert_eq!(found(&["[2001:db8::7]"], 1), "2001:db8::7");
        assert_eq!(found(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }
}
