//! Libraries that come with a plugin.

use super::library::{LibraryFormat, LibraryInfo};
use crate::plugin::problem::{Problem, ProblemCode};

/// Clients of databases and of the network, by the beginning of their names, with what probably brings them
/// in.
const FORBIDDEN: &[(&str, &str)] = &[
    ("libpq.", "pq-sys, by way of diesel or a driver of libpq"),
    ("libmysqlclient", "mysqlclient-sys, by way of diesel"),
    ("libmariadb", "mysqlclient-sys, by way of diesel"),
    ("libsqlite3", "libsqlite3-sys, by way of rusqlite, sqlx or diesel"),
    ("libodbc", "odbc-sys, by way of odbc-api"),
    ("libcurl", "curl-sys, by way of curl or isahc"),
    ("libssl", "openssl-sys, by way of native-tls, reqwest or postgres-openssl"),
    ("libgnutls", "a client of the network"),
    ("libssh", "libssh2-sys, by way of ssh2 or git2"),
    ("libgit2", "libgit2-sys, by way of git2"),
    ("librdkafka", "rdkafka-sys, by way of rdkafka"),
    ("libzmq", "zmq-sys, by way of zmq"),
    ("libnghttp2", "a client of the network"),
    ("libhiredis", "a client of Redis"),
    ("wininet.dll", "an HTTP client"),
    ("winhttp.dll", "an HTTP client"),
];

/// What every library of a compiler of ours may need.
const USUAL: &[&str] = &[
    "ld-linux",
    "libc.so",
    "libc.musl",
    "libdl.so",
    "libgcc_s.so",
    "libm.so",
    "libpthread.so",
    "librt.so",
    "libstdc++.so",
    "linux-vdso.so",
];

/// The problem of libraries that open connections of their own.
pub(super) fn forbidden(needed: &[String]) -> Option<Problem> {
    let found: Vec<_> = needed
        .iter()
        .filter_map(|library| Some(format!("{library} (probably from {})", brought_in(library)?)))
        .collect();
    (!found.is_empty()).then(|| {
        Problem::new(
            ProblemCode::ForbiddenLibrary,
            format!("it comes with libraries that open connections of their own: {}", found.join(", ")),
            "take the dependency out of the plugin: the database is reached through the borrowed connection",
        )
    })
}

fn brought_in(library: &str) -> Option<&'static str> {
    let file = library.rsplit('/').next().unwrap_or(library).to_ascii_lowercase();
    FORBIDDEN.iter().find(|(beginning, _)| file.starts_with(beginning)).map(|(_, from)| *from)
}

/// The notice of libraries that not every plugin needs.
pub(super) fn unusual(look: &LibraryInfo) -> Option<Problem> {
    let usual = |library: &str| USUAL.iter().any(|usual| library.starts_with(usual));
    let others = look.needed.iter().filter(|library| !usual(library) && brought_in(library).is_none());
    let others: Vec<_> = others.map(String::as_str).collect();
    (look.format == LibraryFormat::Elf && !others.is_empty()).then(|| {
        Problem::notice(
            ProblemCode::OtherLibraries,
            format!("it comes with libraries that are not inspected: {}", others.join(", ")),
            "install them on this system, from where you trust; or link them into the plugin",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_library_is_named_with_the_crate_that_probably_brings_it() {
        let needed = ["libc.so.6", "libpq.so.5", "libssl.so.3"].map(str::to_owned);
        let told = forbidden(&needed).unwrap().reason;
        assert!(told.contains("libpq.so.5 (probably from pq-sys"), "{told}");
        assert!(told.contains("libssl.so.3 (probably from openssl-sys"), "{told}");
        assert!(!told.contains("libc.so.6"), "{told}");
    }
}
