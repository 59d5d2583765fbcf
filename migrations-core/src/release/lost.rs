//! What of a version others can use, and which migration takes it away.

use std::collections::BTreeSet;
use std::fmt;

use tenon_schema::{Descriptors, Ident, ObjectName};

use super::{Gone, Release};
use crate::claims::{self, Claim};
use crate::migration::PluginMigration;
use crate::snapshot::Kind;
use crate::statements::{self, Statement};

/// Something of a version that others can use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Usable {
    Route(String),
    Object(Claim),
    Column(ObjectName, Ident),
    Label(ObjectName, String),
}

impl Usable {
    /// What it goes with.
    pub(super) fn table(&self) -> Option<Self> {
        match self {
            Self::Route(_) | Self::Object(_) => None,
            Self::Column(table, _) => Some(Self::Object(Claim::new(Kind::Table, table))),
            Self::Label(of, _) => Some(Self::Object(Claim::new(Kind::Enum, of))),
        }
    }

    pub(super) fn is_route(&self) -> bool {
        matches!(self, Self::Route(_))
    }
}

impl fmt::Display for Usable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(route) => write!(f, "route {route}"),
            Self::Object(claim) => write!(f, "{} {claim}", claim.kind().noun()),
            Self::Column(table, name) => write!(f, "column {table}.{name}"),
            Self::Label(of, label) => write!(f, "label {of}.{label}"),
        }
    }
}

/// All of a version that others can use.
pub(super) fn objects(release: &Release<'_>) -> BTreeSet<Usable> {
    let Release { descriptors, routes, .. } = release;
    let mut all: BTreeSet<_> = claims::of(descriptors).into_iter().map(Usable::Object).collect();
    for table in &descriptors.tables {
        let columns = table.columns.iter();
        all.extend(columns.map(|column| Usable::Column(table.name.clone(), column.name.clone())));
    }
    for of in &descriptors.enums {
        all.extend(of.labels.iter().map(|label| Usable::Label(of.name.clone(), label.clone())));
    }
    all.extend(routes.iter().cloned().map(Usable::Route));
    all
}

/// What has become of something that is not declared any more, as far as that can be seen.
pub(super) fn why_gone(
    lost: &Usable,
    migrations: &[&PluginMigration],
    descriptors: &Descriptors,
) -> Option<Gone> {
    let told = lost.to_string();
    if descriptors.undeclared.iter().any(|one| one.object == told) {
        return Some(Gone::Undeclared);
    }
    let takes_away = |migration: &&&PluginMigration| {
        statements::parse(&migration.sql).iter().flatten().any(|statement| is_gone_by(lost, statement))
    };
    migrations.iter().find(takes_away).map(|migration| Gone::By(migration.id.filename.clone()))
}

/// Whether a statement names it, and one of the words by which something goes or gets another name.
fn is_gone_by(lost: &Usable, statement: &Statement<'_>) -> bool {
    let says = |word: &str| statement.mentions(|one| one.as_str() == word);
    if !["drop", "rename", "set"].into_iter().any(says) {
        return false;
    }
    match lost {
        Usable::Route(_) => true,
        Usable::Object(claim) if claim.name.schema.as_str().is_empty() => says(claim.name.name.as_str()),
        Usable::Object(claim) => {
            // A schema goes with all that stands in it.
            let with_schema = statement.begins(&["drop", "schema"]) && says(claim.name.schema.as_str());
            with_schema || says(bare(claim.name.name.as_str()))
        }
        Usable::Column(_, name) => says(name.as_str()),
        // A type that is made anew, or a label that got another name.
        Usable::Label(of, label) => says(of.name.as_str()) || statement.texts().contains(label),
    }
}

/// The name without the arguments or the method that a claim has behind it.
fn bare(name: &str) -> &str {
    name.split(['(', ' ']).next().unwrap_or(name)
}
