//! The options of an address: those that are understood, and what is said of others.

use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::Config;

use super::{Address, AddressError};
use crate::config::TlsMode;
use crate::database::socket::{LOCAL_SOCKETS, TCP_USER_TIMEOUT};

/// What is understood. What the client library calls otherwise than libpq comes with its name.
const KNOWN: [(&str, &str); 20] = [
    ("user", "user"),
    ("password", "password"),
    ("dbname", "dbname"),
    ("options", "options"),
    ("application_name", "application_name"),
    ("host", "host"),
    ("hostaddr", "hostaddr"),
    ("port", "port"),
    ("connect_timeout", "connect_timeout"),
    ("tcp_user_timeout", "tcp_user_timeout"),
    ("keepalives", "keepalives"),
    ("keepalives_idle", "keepalives_idle"),
    ("keepalives_interval", "keepalives_interval"),
    ("keepalives_count", "keepalives_retries"),
    ("target_session_attrs", "target_session_attrs"),
    ("channel_binding", "channel_binding"),
    ("load_balance_hosts", "load_balance_hosts"),
    ("sslnegotiation", "sslnegotiation"),
    ("sslmode", "sslmode"),
    ("sslrootcert", "sslrootcert"),
];

/// What libpq knows besides, up to PostgreSQL 18.
const OF_LIBPQ: [&str; 34] = [
    "authtype",
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslpassword",
    "sslsni",
    "tty",
];

/// The option of this name, as the client library calls it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    let alias = (name == "keepalives_retries").then_some("keepalives_retries");
    let found = KNOWN.iter().find(|(of_libpq, _)| *of_libpq == name).map(|(_, ours)| *ours);
    found.or(alias)
}

/// What to say of an option that is not understood. `after_secret`: it stands behind a password, and may be a
/// part of one that was not quoted.
pub(super) fn unknown(name: &str, after_secret: bool) -> AddressError {
    if OF_LIBPQ.contains(&name) {
        return AddressError::UnknownOption(format!(
            "it has the option {name}, which is not supported here: take it out of the address"
        ));
    }
    let plain = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let named = if plain && !after_secret && !name.is_empty() { format!(" {name}") } else { String::new() };
    let lower = name.to_ascii_lowercase();
    let near = KNOWN.iter().map(|(known, _)| (distance(&lower, known), *known)).min();
    let told = match near.filter(|(distance, known)| *distance <= 2 && known.len() > 4 && lower.len() > 3) {
        Some((_, known)) => format!("it has an unknown option{named}; did you mean {known}?"),
        None => {
            let known: Vec<_> = KNOWN.iter().map(|(known, _)| *known).collect();
            let quotes = "in a password of an address that begins with postgresql:// write %26 for & and %3F for ?, and \
                          put one of key=value pairs into single quotes if it has blanks";
            format!("it has an unknown option{named}; known are {}; {quotes}", known.join(", "))
        }
    };
    AddressError::UnknownOption(told)
}

/// Puts an option into the address.
pub(super) fn set(address: &mut Address, option: &'static str, value: &str) -> Result<(), AddressError> {
    let config = &mut address.config;
    match option {
        "sslmode" => address.sslmode = Some(tls_mode(value)?),
        "sslrootcert" if value == "system" => {}
        "sslrootcert" => address.sslrootcert = Some(PathBuf::from(value)),
        "user" => {
            config.user(value);
        }
        "dbname" => {
            config.dbname(value);
        }
        "options" => {
            config.options(value);
        }
        "application_name" => {
            config.application_name(value);
        }
        "host" => {
            for host in value.split(',') {
                if !LOCAL_SOCKETS && host.starts_with(['/', '@']) {
                    let expected = "a server is reached over TCP alone here: name its host".to_owned();
                    return Err(AddressError::Value { option, expected });
                }
                config.host(host);
            }
        }
        "port" => {
            for port in value.split(',') {
                let port =
                    if port.is_empty() { Some(5432) } else { port.parse().ok().filter(|port| *port > 0) };
                config.port(port.ok_or(AddressError::Port)?);
            }
        }
        "hostaddr" => {
            for numbers in value.split(',') {
                config.hostaddr(numbers.parse().map_err(|_| wrong_value(option))?);
            }
        }
        _ => by_library(config, option, value)?,
    }
    Ok(())
}

/// Has the client library read an option of few words, or a number, and takes over what it understood.
fn by_library(config: &mut Config, option: &'static str, value: &str) -> Result<(), AddressError> {
    let simple = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let read = simple.then(|| Config::from_str(&format!("{option}={value}")).ok()).flatten();
    let read = read.ok_or_else(|| wrong_value(option))?;
    match option {
        "connect_timeout" => {
            if let Some(limit) = read.get_connect_timeout() {
                config.connect_timeout(*limit);
            }
        }
        "tcp_user_timeout" if !TCP_USER_TIMEOUT => {
            let expected = "there is no such time on this system: take it out of the address".to_owned();
            return Err(AddressError::Value { option, expected });
        }
        "tcp_user_timeout" => {
            if let Some(limit) = read.get_tcp_user_timeout() {
                config.tcp_user_timeout(*limit);
            }
        }
        "keepalives" => {
            config.keepalives(read.get_keepalives());
        }
        "keepalives_idle" => {
            config.keepalives_idle(read.get_keepalives_idle());
        }
        "keepalives_interval" => {
            if let Some(every) = read.get_keepalives_interval() {
                config.keepalives_interval(every);
            }
        }
        "keepalives_retries" => {
            if let Some(times) = read.get_keepalives_retries() {
                config.keepalives_retries(times);
            }
        }
        "target_session_attrs" => {
            config.target_session_attrs(read.get_target_session_attrs());
        }
        "channel_binding" => {
            config.channel_binding(read.get_channel_binding());
        }
        "load_balance_hosts" => {
            config.load_balance_hosts(read.get_load_balance_hosts());
        }
        "sslnegotiation" => {
            config.ssl_negotiation(read.get_ssl_negotiation());
        }
        _ => return Err(wrong_value(option)),
    }
    Ok(())
}

fn tls_mode(word: &str) -> Result<TlsMode, AddressError> {
    word.parse().map_err(|message: String| match word {
        // These libpq knows: no part of a password.
        "allow" | "verify-ca" => AddressError::Value { option: "sslmode", expected: message },
        _ => wrong_value("sslmode"),
    })
}

fn wrong_value(option: &'static str) -> AddressError {
    let expected = match option {
        "sslmode" => "it must be one of disable, prefer, require, verify-full",
        "target_session_attrs" => "it must be one of any, read-write, read-only",
        "channel_binding" => "it must be one of disable, prefer, require",
        "load_balance_hosts" => "it must be one of disable, random",
        "sslnegotiation" => "it must be one of postgres, direct",
        "hostaddr" => "it must be an address in numbers, such as 192.0.2.1",
        _ => "it must be a whole number",
    };
    AddressError::Value { option, expected: expected.to_owned() }
}

/// How many letters have to be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let (mut corner, mut left) = (at, at + 1);
        let mut next = vec![left];
        for (above, known) in row.iter().skip(1).zip(other.chars()) {
            left = (above + 1).min(left + 1).min(corner + usize::from(letter != known));
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_words_counts_letters() {
        for (one, other, count) in
            [("sslmod", "sslmode", 1), ("ssl_mode", "sslmode", 1), ("", "abc", 3), ("ab", "ba", 2)]
        {
            assert_eq!((distance(one, other), distance(other, one)), (count, count), "{one} {other}");
        }
    }
}
