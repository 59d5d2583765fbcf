//! What migrations have changed outside of all plugins' schemas, by whatever means: it has to have been
//! consented to.
//!
//! What a file says the plan tells as a hazard. This finds what no reading of it can.

use std::collections::BTreeSet;

use tenon_migrations_core::repair::{Hazard, HazardRule};
use tokio_postgres::{Client, Error};

use super::HealFailure;
use super::range::Range;

/// What a transaction has changed outside: kinds, with names where they are known.
#[derive(Debug)]
pub(super) struct Reached(Vec<(String, Option<String>)>);

/// Looks at what this transaction has changed so far.
pub(super) async fn look(client: &Client) -> Result<Reached, Error> {
    let rows = client.query_typed(include_str!("sql/reached.sql"), &[]).await?;
    let read = rows.iter().map(|row| Ok((row.try_get("kind")?, row.try_get("name")?)));
    Ok(Reached(read.collect::<Result<_, Error>>()?))
}

impl Reached {
    /// Holds against the migrations what nobody has consented to.
    pub(super) fn hold(&self, range: Range<'_>, allowed: &BTreeSet<Hazard>) -> Result<(), HealFailure> {
        let consented = |(kind, name): &&(String, Option<String>)| {
            let mut consents = allowed.iter().filter(|hazard| hazard.rule == HazardRule::ReachOut);
            consents.any(|hazard| match name {
                Some(name) => hazard.object == format!("{kind} {name}"),
                // Of some things it is not seen which they are.
                None => hazard.object.split(' ').next() == Some(kind),
            })
        };
        let unasked = self.0.iter().filter(|one| !consented(one));
        let named = |(kind, name): &(String, Option<String>)| match name {
            Some(name) => (format!("{kind} {name}"), format!("{kind} {name}")),
            None => (format!("a {kind}"), format!("{kind} NAME")),
        };
        let (told, objects): (Vec<_>, Vec<_>) = unasked.map(named).unzip();
        let consent = |object| Hazard { rule: HazardRule::ReachOut, object };
        let consents: Vec<_> = objects.into_iter().map(consent).collect();
        let Some(first) = consents.first().cloned() else { return Ok(()) };
        let options: Vec<_> = consents.iter().map(|consent| format!("`{}`", consent.option())).collect();
        let remedy = format!("see what the file runs, and consent to it by name: {}", options.join(", "));
        Err(HealFailure {
            detail: Some("that is no plugin's, and nobody has consented to it".to_owned()),
            remedy: Some(remedy),
            allow: Some(Box::new(first)),
            consents,
            ..range.failure(&format!("changed {}", told.join(", ")))
        })
    }
}
