//! What a heal writes on its door: the name of its session, which everybody may read in `pg_stat_activity`.

use std::fmt;

use tenon_schema::MAX_IDENTIFIER_BYTES;
use uuid::Uuid;

use super::purpose::Purpose;

/// `tenon heal 12/40 by ana on db1:4711 (d3735550)`, the last being the end of the heal's id.
///
/// PostgreSQL cuts the name of a session at its end, and writes each byte that is no printable ASCII as four.
/// So it is ASCII to begin with and no longer than what is kept: long names are cut short, and what says
/// which process and which heal it is stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SessionLabel {
    pub(super) purpose: Purpose,
    /// Migrations and repairs that are done.
    pub(super) done: usize,
    pub(super) total: usize,
    pub(super) admin: String,
    /// The host's name and process.
    pub(super) host: String,
    /// The end of the heal's id.
    pub(super) heal: String,
}

/// How much of an administrator's name stays whatever else there is to say.
const ADMIN: usize = 8;

/// What stands for what was cut off.
const CUT: &str = "..";

const HEAL: &str = "tenon heal ";
const DRY_RUN: &str = "tenon dry run ";

impl fmt::Display for SessionLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, total, heal, .. } = self;
        let what = if self.purpose == Purpose::Heal { HEAL } else { DRY_RUN };
        let progress = format!("{what}{done}/{total}");
        let (admin, host) = (ascii(&self.admin), ascii(&self.host));
        let room = MAX_IDENTIFIER_BYTES.saturating_sub(progress.len() + " by  on  ()".len() + heal.len());
        let admin = cut(&admin, room.saturating_sub(host.len()).max(ADMIN));
        let host = cut_host(&host, room.saturating_sub(admin.len()));
        write!(f, "{progress} by {admin} on {host} ({heal})")
    }
}

impl SessionLabel {
    /// What a heal's id ends in: its part that is by chance.
    pub(super) fn end_of(heal: Uuid) -> String {
        heal.simple().to_string().chars().skip(24).collect()
    }

    /// Reads a session's name. What was cut off is missing.
    pub(super) fn read(name: &str) -> Option<Self> {
        let heal = name.strip_prefix(HEAL).map(|rest| (Purpose::Heal, rest));
        let dry_run = || name.strip_prefix(DRY_RUN).map(|rest| (Purpose::DryRun, rest));
        let (purpose, rest) = heal.or_else(dry_run)?;
        let (progress, who) = rest.split_once(" by ")?;
        let (done, total) = progress.split_once('/')?;
        let (admin, place) = who.rsplit_once(" on ").unwrap_or((who, ""));
        let (host, heal) = place.rsplit_once(" (").unwrap_or((place, ""));
        let (done, total) = (done.parse().ok()?, total.parse().ok()?);
        let (admin, host, heal) = (admin.to_owned(), host.to_owned(), heal.trim_end_matches(')').to_owned());
        Some(Self { purpose, done, total, admin, host, heal })
    }
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(CUT.len())).collect();
    kept + CUT
}

/// Cuts a host's name, and leaves the number of the process behind it.
fn cut_host(host: &str, most: usize) -> String {
    match host.rsplit_once(':') {
        Some((name, process)) => format!("{}:{process}", cut(name, most.saturating_sub(process.len() + 1))),
        None => cut(host, most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(admin: &str, host: &str) -> SessionLabel {
        let (done, total, heal) = (12, 40, "d3735550".to_owned());
        SessionLabel { purpose: Purpose::Heal, done, total, admin: admin.into(), host: host.into(), heal }
    }

    #[test]
    fn what_is_written_is_read() {
        let label = label("ana on call", "db1:4711");
        assert_eq!(label.to_string(), "tenon heal 12/40 by ana on call on db1:4711 (d3735550)");
        assert_eq!(SessionLabel::read(&label.to_string()), Some(label.clone()));
        let dry_run = SessionLabel { purpose: Purpose::DryRun, ..label };
        assert_eq!(SessionLabel::read(&dry_run.to_string()), Some(dry_run));
        let cut = SessionLabel::read("tenon heal 1/2 by somebody-of-a-very-long-na").unwrap();
        assert_eq!((cut.admin.as_str(), cut.host.as_str()), ("somebody-of-a-very-long-na", ""));
        assert_eq!(SessionLabel::read("psql"), None);
    }

    #[test]
    fn however_long_the_names_are_the_process_and_the_heal_can_be_read() {
        let (long, name) = ("x".repeat(100), "n".repeat(64));
        let purposes = [Purpose::Heal, Purpose::DryRun];
        for (admin, host) in [("ana", &*name), (&*long, "db1"), (&*long, &*name), ("Zoë 🦀", "db1")] {
            for purpose in purposes {
                let of = SessionLabel {
                    purpose,
                    done: 10_000,
                    total: 10_000,
                    ..label(admin, &format!("{host}:4194304"))
                };
                let written = of.to_string();
                assert!(written.len() <= MAX_IDENTIFIER_BYTES && written.is_ascii(), "{written}");
                let read = SessionLabel::read(&written).unwrap();
                assert!(read.host.ends_with(":4194304") && read.heal == of.heal, "{written}");
                assert!(read.admin.len() >= 3, "{written}");
            }
        }
        assert!(label(&long, "db1:4711").to_string().ends_with("xx.. on db1:4711 (d3735550)"));
    }
}
