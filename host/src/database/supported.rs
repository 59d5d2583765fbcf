//! The servers that this version knows: what is said of a database on another one would be a guess.

use std::sync::Mutex;

use tokio_postgres::Client;

use super::settings::MAJORS;
use crate::config::UnsupportedServer;
use crate::support::lock::LockExt;

/// What those who package PostgreSQL unchanged put behind its version, in parentheses.
const PACKAGERS: [&str; 6] =
    ["Debian ", "Ubuntu ", "Raspbian ", "Homebrew", "Postgres.app", "Percona Server for PostgreSQL"];

/// Why a server is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    #[error("the server is PostgreSQL {version}, which is too old: Tenon knows PostgreSQL {}", known())]
    Older { version: String },
    #[error(
        "the server is PostgreSQL {version}, which is newer than this Tenon: it knows PostgreSQL {}",
        known()
    )]
    Newer { version: String },
    #[error(
        "the server is PostgreSQL {version}, which is no release: Tenon knows the releases of PostgreSQL {}",
        known()
    )]
    NoRelease { version: String },
    #[error("the server is not PostgreSQL as Tenon knows it; it says that it is \"{said}\"")]
    Other { said: String },
}

impl Unsupported {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        let word = "database.unsupported_server = \"allow\"";
        match self {
            Self::Older { .. } => format!("move the database to PostgreSQL {}", known()),
            Self::Newer { .. } => format!(
                "use a version of Tenon that knows this server, or a server of PostgreSQL {}; {word} has it tried all \
                 the same",
                known()
            ),
            Self::NoRelease { .. } | Self::Other { .. } => {
                format!("use PostgreSQL {}; {word} has this server tried all the same", known())
            }
        }
    }

    /// Whether an operator may have it tried: an older one lacks what the queries ask for.
    fn may_be_allowed(&self) -> bool {
        !matches!(self, Self::Older { .. })
    }
}

fn known() -> String {
    format!("{} to {}", MAJORS.start(), MAJORS.end())
}

/// What is known of the server that an address leads to.
#[derive(Debug, Default)]
pub(crate) struct Servers(Mutex<Option<(String, Option<Unsupported>)>>);

impl Servers {
    /// Lets a new session in if its server is known, or allowed. `version` is what the server said of itself
    /// when the session began: as long as that stays, `version()` is not asked again.
    pub(crate) async fn judge(
        &self,
        version: Option<String>,
        client: &Client,
        word: UnsupportedServer,
    ) -> Result<(), Unsupported> {
        let version = version.unwrap_or_default();
        let former = self.0.lock_unpoisoned().clone();
        let verdict = match former {
            Some((of, verdict)) if of == version => verdict,
            _ => {
                let said = client.query_typed("SELECT pg_catalog.version()", &[]).await;
                let said = said.ok().and_then(|rows| rows.first()?.try_get::<_, String>(0).ok());
                let verdict = said.as_deref().map_or_else(|| of_number(&version), of_version).err();
                if let Some(unsupported) = &verdict
                    && unsupported.may_be_allowed()
                    && word == UnsupportedServer::Allow
                {
                    tracing::warn!("{unsupported}; database.unsupported_server allows it");
                }
                *self.0.lock_unpoisoned() = Some((version, verdict.clone()));
                verdict
            }
        };
        match verdict {
            Some(unsupported) if !(unsupported.may_be_allowed() && word == UnsupportedServer::Allow) => {
                Err(unsupported)
            }
            _ => Ok(()),
        }
    }

    /// Why the server of the last session would not be used, if that is so.
    pub(crate) fn unsupported(&self) -> Option<Unsupported> {
        self.0.lock_unpoisoned().as_ref()?.1.clone()
    }
}

/// Whether a server that says this of itself is known: `PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on
/// x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit`, which the code of PostgreSQL is
/// built with and other servers that speak its protocol change.
fn of_version(said: &str) -> Result<(), Unsupported> {
    let other = || Unsupported::Other { said: said.chars().filter(|c| !c.is_control()).take(120).collect() };
    let rest = said.strip_prefix("PostgreSQL ").ok_or_else(other)?;
    let (version, rest) = rest.split_at(rest.find([' ', ',']).unwrap_or(rest.len()));
    let rest = match rest.strip_prefix(" (").and_then(|rest| rest.split_once(')')) {
        Some((packager, behind)) if is_packager(packager) => behind,
        Some(_) => return Err(other()),
        None => rest,
    };
    let built = rest.strip_prefix(" on ").map(|rest| rest.split_once(',').map_or("", |(_, rest)| rest));
    let built = built.or_else(|| rest.strip_prefix(',')).ok_or_else(other)?;
    let is_whole =
        built.starts_with(" compiled by ") && (built.ends_with(", 64-bit") || built.ends_with(", 32-bit"));
    if !is_whole {
        return Err(other());
    }
    of_number(version).map_err(|unsupported| match unsupported {
        Unsupported::Other { .. } => other(),
        unsupported => unsupported,
    })
}

/// A name, or the hash of a commit.
fn is_packager(text: &str) -> bool {
    let is_hash = || text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    PACKAGERS.iter().any(|name| text.starts_with(name)) || is_hash()
}

/// Judges a version number alone: `15.18`, `9.6.24`, `18beta1`, `19devel`.
fn of_number(text: &str) -> Result<(), Unsupported> {
    let version = text.split(' ').next().unwrap_or_default().to_owned();
    let (major, rest) =
        version.split_at(version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len()));
    let Ok(number) = major.parse::<i32>() else { return Err(Unsupported::Other { said: version }) };
    let is_release = rest.strip_prefix('.').is_some_and(|minor| {
        minor.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let is_no_release = ["beta", "rc", "devel", "alpha"].iter().any(|word| rest.starts_with(word));
    match number {
        _ if !is_release && !is_no_release => Err(Unsupported::Other { said: version }),
        old if old < *MAJORS.start() => Err(Unsupported::Older { version }),
        new if new > *MAJORS.end() => Err(Unsupported::Newer { version }),
        _ if is_no_release => Err(Unsupported::NoRelease { version }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &str = "on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit";

    fn word(said: &str) -> &'static str {
        match of_version(said) {
            Ok(()) => "known",
            Err(Unsupported::Older { .. }) => "older",
            Err(Unsupported::Newer { .. }) => "newer",
            Err(Unsupported::NoRelease { .. }) => "no release",
            Err(Unsupported::Other { .. }) => "other",
        }
    }

    #[test]
    fn the_majors_that_are_known_are_known_and_no_other() {
        for (version, expected) in [
            ("9.6.24", "older"),
            ("10.23", "older"),
            ("14.23", "older"),
            ("15.0", "known"),
            ("15.18 (Debian 15.18-0+deb12u1)", "known"),
            ("16.9 (Ubuntu 16.9-0ubuntu0.24.04.1)", "known"),
            ("17.5 (Homebrew)", "known"),
            ("18.1", "known"),
            ("15.2 (5a1ee8d7)", "known"),
            ("18beta1", "no release"),
            ("18rc1", "no release"),
            ("19devel", "newer"),
            ("19.0", "newer"),
            ("150.1", "newer"),
            ("15.2-YB-2.25.2.0-b0", "other"),
            ("15.4 (EnterpriseDB Advanced Server 15.4.0)", "other"),
            ("16.2 (Apache Cloudberry 3.0.0 build 1)", "other"),
            ("15.12 (Greenplum Database 8.0.0)", "other"),
        ] {
            assert_eq!(word(&format!("PostgreSQL {version} {BUILT}")), expected, "{version}");
        }
        assert_eq!(word("PostgreSQL 15.4, compiled by Visual C++ build 1914, 64-bit"), "known");
        assert_eq!(word("PostgreSQL 18.1 on x86_64-windows, compiled by msvc-19.44.35209, 64-bit"), "known");
    }

    #[test]
    fn servers_that_only_speak_the_protocol_are_not_postgresql() {
        for said in [
            "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)",
            "PostgreSQL 15.2-YB-2.25.2.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 17.0.6, 64-bit",
            "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017, Redshift 1.0.77467",
            "PostgreSQL 12.0 on x86_64-pc-linux-gnu, compiled by Materialize",
            "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:37:13 commit 0 last mr  on x86_64-unknown-linux-gnu",
            "PostgreSQL 14.0 (CrateDB 5.4.3)",
            "",
            "PostgreSQL",
            "PostgreSQL x on y, compiled by z, 64-bit",
        ] {
            assert_eq!(word(said), "other", "{said}");
        }
    }

    #[test]
    fn a_number_alone_tells_what_it_can() {
        assert_eq!(of_number("15.18 (Debian 15.18-0+deb12u1)"), Ok(()));
        assert_eq!(of_number("13.0.0"), Err(Unsupported::Older { version: "13.0.0".to_owned() }));
        for other in ["", "16", "v23.1", "15.2-YB-2.25.2.0-b0"] {
            assert!(matches!(of_number(other), Err(Unsupported::Other { .. })), "{other}");
        }
    }
}
