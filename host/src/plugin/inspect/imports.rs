//! Imported symbols that a plugin has no business with.
//!
//! Easily evaded by code that means to; what it catches is the database client or HTTP client that came in
//! with a dependency, and it catches it before any of it runs.

use crate::plugin::problem::{Problem, ProblemCode};

/// Symbols that open connections or run programs, with what probably brought them in.
const FORBIDDEN: &[(&str, &str)] = &[
    ("CreateProcessA", "std::process"),
    ("CreateProcessW", "std::process"),
    ("WSAConnect", "std::net, or a database or HTTP client"),
    ("WSASocketW", "std::net, or a database or HTTP client"),
    ("accept", "std::net"),
    ("accept4", "std::net"),
    ("bind", "std::net"),
    ("connect", "std::net, or a database or HTTP client"),
    ("execv", "std::process"),
    ("execve", "std::process"),
    ("execveat", "libc"),
    ("execvp", "std::process"),
    ("execvpe", "libc"),
    ("fexecve", "libc"),
    ("fork", "std::process"),
    ("forkpty", "libc, or a crate for terminals"),
    ("getaddrinfo", "std::net"),
    ("listen", "std::net"),
    ("popen", "libc"),
    ("posix_spawn", "std::process"),
    ("posix_spawnp", "std::process"),
    ("socket", "std::net, or a database or HTTP client"),
    ("socketpair", "std::os::unix::net, or tokio"),
    ("system", "libc"),
    ("vfork", "libc"),
];

/// Prefixes of whole client libraries.
const FORBIDDEN_PREFIXES: &[(&str, &str)] = &[
    ("PQconnect", "pq-sys, by way of diesel or a driver of libpq"),
    ("SQLDriverConnect", "odbc-sys, by way of odbc-api"),
    ("curl_easy_", "curl-sys, by way of curl or isahc"),
    ("mysql_real_connect", "mysqlclient-sys, by way of diesel"),
    ("sqlite3_open", "libsqlite3-sys, by way of rusqlite, sqlx or diesel"),
    ("SSL_connect", "openssl-sys, by way of native-tls or reqwest"),
];

/// Names every forbidden import in one problem.
pub(super) fn problem<'a>(imports: impl Iterator<Item = &'a str>) -> Option<Problem> {
    let mut found: Vec<_> = imports
        .filter_map(|name| {
            let exact = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name);
            let (_, from) =
                exact.or_else(|| FORBIDDEN_PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)))?;
            Some(format!("{name} (probably from {from})"))
        })
        .collect();
    found.sort();
    found.dedup();
    (!found.is_empty()).then(|| {
        Problem::new(
            ProblemCode::ForbiddenImport,
            format!("it imports what opens connections of its own or runs programs: {}", found.join(", ")),
            "take the dependency out of the plugin: the database is reached through the borrowed connection",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_connections_is_named_with_what_brought_it_in() {
        let told = problem(["malloc", "connect", "PQconnectdb"].into_iter()).unwrap().reason;
        assert!(told.contains("PQconnectdb (probably from pq-sys"), "{told}");
        assert!(told.contains("connect (probably from std::net"), "{told}");
    }

    #[test]
    fn ordinary_imports_pass() {
        assert_eq!(problem(["malloc", "pthread_create", "connectivity"].into_iter()), None);
    }
}
