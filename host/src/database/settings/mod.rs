//! The session settings under which Tenon reads and heals, so that a server's, a database's or a role's own
//! change neither what PostgreSQL prints nor what a statement means.
//!
//! `verdicts.tsv` has a row for each setting that a supported server knows (`pg_settings`): pinned to a
//! value, to be at that value unless the role may change it, or irrelevant, and why. What is pinned here is
//! part of a snapshot's printer: two snapshots are comparable only if the same settings held.
//!
//! The settings are the same wherever something is read, healed, locked, rehearsed, elaborated or copied. A
//! setting that is required is one that has to have its value already: where it has another, and the role
//! may not set it, the heal is refused. Sessions of the host alone begin with the pinned settings as
//! options. Each transaction sets them anew, also behind a pooler.
//!
//! A session works as the role that it begins with, and no row is hidden from it (`row_security = off`).
//! The host's own queries name nothing that a search path, an operator or an implicit cast of somebody's
//! could make something else. The suites `settings`, `surroundings` and `hostile` hold this.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use tenon_migrations_core::plan::{PlanRule, Refusal};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::search_path::OWN_PATH;

const TABLE: &str = include_str!("verdicts.tsv");

/// The server majors for which the table has been gone through.
pub const MAJORS: RangeInclusive<i32> = 15..=18;

/// One row of the table.
#[derive(Debug, Clone)]
pub struct Setting {
    pub name: &'static str,
    /// The server majors that know it.
    pub majors: RangeInclusive<i32>,
    /// Whether all their minors do: a question mark in the table says that it came, or comes, with one of
    /// them.
    is_in_all_minors: bool,
    pub verdict: Verdict,
}

/// What is done about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every session of ours has this value. Every role may set it.
    Pinned { value: &'static str, shapes: Shapes },
    /// A heal needs this value. Where the session has another it is set, which not every role may, and a
    /// setting of the server cannot be: then the heal is refused.
    Required { value: &'static str },
    /// No text that is printed and no meaning of a statement depends on it.
    Irrelevant,
}

/// What a setting shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// What PostgreSQL prints, and maybe also what statements mean.
    Text,
    /// What statements mean or do.
    Meaning,
}

/// All rows of the table.
pub static SETTINGS: LazyLock<Vec<Setting>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(Setting::parse).collect());

/// Sets what readings need, for the transaction. As the columns of one `SELECT`, which is cheaper than as
/// many statements; whatever the search path is.
pub(crate) static READING: LazyLock<String> = LazyLock::new(|| columns(false));

/// Sets what heals need, for the transaction: that too, and what statements mean.
pub(crate) static HEALING: LazyLock<String> = LazyLock::new(|| columns(true));

/// The settings of snapshots as options at the start of a session of our own, so that they hold outside of
/// its transactions too. Only what every role may set on every server: else there is no session.
pub(crate) static OPTIONS: LazyLock<String> = LazyLock::new(|| {
    let pinned = SETTINGS.iter().filter(|setting| setting.is_everywhere());
    let pinned = pinned.filter_map(|setting| match setting.verdict {
        Verdict::Pinned { value, .. } => Some((setting.name, value)),
        Verdict::Required { .. } | Verdict::Irrelevant => None,
    });
    let own = [("search_path", OWN_PATH), ("row_security", "off")];
    let options = pinned.chain(own).map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ ")));
    options.collect::<Vec<_>>().join(" ")
});

/// A session works as the role that it begins with, which `ALTER ROLE … SET role` makes another than the one
/// that logged in. A value of NULL is that of the session's beginning.
pub(crate) const ROLE: &str = "pg_catalog.set_config('role', NULL, true)";

/// No row is left out unseen: a table that would hide some is an error (manual, "row_security").
pub(crate) const ALL_ROWS: &str = "pg_catalog.set_config('row_security', 'off', true)";

impl Setting {
    /// `None` where a line has no such row, which a test does not let pass.
    fn parse(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (name, majors, verdict, value) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let shapes = cells.next()?;
        let is_in_all_minors = !majors.ends_with('?');
        let majors = majors.trim_end_matches('?');
        let (first, last) = majors.split_once('-').unwrap_or((majors, majors));
        let shapes = match shapes {
            "meaning" => Shapes::Meaning,
            _ => Shapes::Text,
        };
        let verdict = match verdict {
            "pinned" => Verdict::Pinned { value, shapes },
            "required" => Verdict::Required { value },
            "irrelevant" => Verdict::Irrelevant,
            _ => return None,
        };
        Some(Self { name, majors: first.parse().ok()?..=last.parse().ok()?, is_in_all_minors, verdict })
    }

    /// Whether all supported servers take it, be it as the setting of a language that is not loaded yet.
    fn is_everywhere(&self) -> bool {
        self.majors == MAJORS && self.is_in_all_minors
    }
}

/// The settings that keep a heal as this session's role from meaning what its migrations say.
pub(crate) async fn refusals(client: &Client) -> Result<Vec<Refusal>, tokio_postgres::Error> {
    let required = SETTINGS.iter().filter_map(|setting| match setting.verdict {
        Verdict::Required { value } => Some((setting.name, value)),
        Verdict::Pinned { .. } | Verdict::Irrelevant => None,
    });
    let (names, values): (Vec<&str>, Vec<&str>) = required.unzip();
    let parameters = [(&names as _, Type::TEXT_ARRAY), (&values as _, Type::TEXT_ARRAY)];
    // Settings of the language are known once it is loaded; who may not use it is told of that elsewhere.
    let _ = client.batch_execute("DO 'BEGIN END'").await;
    let rows = client.query_typed(include_str!("sql/stuck.sql"), &parameters).await?;
    let refusal = |row: &tokio_postgres::Row| {
        let text = |column| row.try_get::<_, String>(column);
        let (name, role) = (text("name")?, text("role")?);
        let mut remedy = format!("set it to {} where it is set ({})", text("wanted")?, text("source")?);
        if text("context")? == "superuser" {
            remedy = format!("{remedy}, or let the role: `GRANT SET ON PARAMETER {name} TO {role}`");
        }
        Ok(Refusal {
            plugin: None,
            rule: PlanRule::Setting,
            place: format!("setting {name}"),
            excerpt: String::new(),
            reason: format!(
                "it is {} here, under which migrations do not do what they say, and this role may not set it",
                text("found")?
            ),
            remedy,
            allow: None,
        })
    };
    rows.iter().map(refusal).collect()
}

fn columns(healing: bool) -> String {
    let columns = SETTINGS.iter().filter_map(|setting| {
        let Setting { name, .. } = setting;
        let known = format!("pg_catalog.current_setting('{name}', true)");
        let (value, condition) = match setting.verdict {
            Verdict::Irrelevant => return None,
            Verdict::Pinned { shapes: Shapes::Meaning, .. } if !healing => return None,
            Verdict::Required { .. } if !healing => return None,
            Verdict::Pinned { value, .. } if setting.is_everywhere() => (value, None),
            Verdict::Pinned { value, .. } => (value, Some(format!("{known} IS NOT NULL"))),
            // Who may not set it need not where it is right.
            Verdict::Required { value } => {
                (value, Some(format!("{known} OPERATOR(pg_catalog.<>) '{value}'")))
            }
        };
        let set = format!("pg_catalog.set_config('{name}', '{value}', true)");
        Some(match condition {
            Some(condition) => format!("CASE WHEN {condition} THEN {set} END"),
            None => set,
        })
    });
    columns.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_row_of_the_table_is_one_setting_with_a_verdict_and_a_reason() {
        let lines: Vec<_> = TABLE.lines().skip(1).collect();
        assert_eq!(SETTINGS.len(), lines.len(), "a row cannot be read");
        for line in lines {
            let cells: Vec<_> = line.split('\t').collect();
            assert_eq!(cells.len(), 6, "{line}");
            assert!(cells[5].len() > 10 && cells[5].ends_with('.'), "no reason is given: {line}");
            assert!(!line.contains(['\'', '\\']), "it would have to be quoted: {line}");
        }
        let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), SETTINGS.len(), "a setting has two rows");
        for setting in SETTINGS.iter() {
            assert!(MAJORS.contains(setting.majors.start()) && MAJORS.contains(setting.majors.end()));
        }
    }

    #[test]
    fn what_only_statements_depend_on_is_left_alone_where_nothing_is_run() {
        assert!(READING.contains("'IntervalStyle'") && HEALING.contains("'IntervalStyle'"));
        assert!(!READING.contains("'session_replication_role'"));
        assert!(HEALING.contains(
            "CASE WHEN pg_catalog.current_setting('session_replication_role', true) OPERATOR(pg_catalog.<>) 'origin'"
        ));
    }
}
