//! Objects of others that a migration touches, or makes somebody else's: by SQL that it puts together, by
//! functions that it calls, by whatever no reading of its file can find.
//!
//! Looked at is every migration, before and after. In a heal of many the file says of which a look has to be
//! taken by itself, and the others of one plugin are looked at together. What can have come with something
//! that they rightly touch is not held against them (`Ownership::foreign_among`).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join3;
use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_migrations_core::ownership::{ForeignAccess, Ownership};
use tenon_migrations_core::plan::{Plan, Step};
use tenon_migrations_core::repair::{Hazard, HazardRule};
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::types::{Oid, ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::HealFailure;
use super::range::Range;
use super::reached::{self, Reached};

/// In a heal of so few migrations each is looked at by itself.
const FEW: usize = 16;

/// The check for objects of others that migrations touch: the owners, what is allowed, and the migrations
/// that are looked at by themselves.
#[derive(Debug)]
pub(super) struct OwnershipCheck<'a> {
    ownership: &'a Ownership,
    allowed: &'a BTreeSet<Hazard>,
    doubtful: BTreeSet<String>,
}

/// What a look has seen.
#[derive(Debug)]
pub(super) struct Touched {
    /// How the transaction has touched each relation so far, where others than the plugin have something.
    relations: BTreeMap<ObjectName, String>,
    /// How it has touched what stands where the plugin alone has something, if it has.
    own: Option<String>,
    /// The state of the owner, rights and settings of each object, by its catalog and number there.
    standing: BTreeMap<(String, Oid), (ObjectName, i64)>,
    /// What is outside of all plugins' schemas, where a look was taken.
    reached: Option<Reached>,
}

impl<'a> OwnershipCheck<'a> {
    pub(super) fn of(plan: &Plan, ownership: &'a Ownership, allowed: &'a BTreeSet<Hazard>) -> Self {
        let composed = plan.hazards.iter().filter(|hazard| hazard.hazard.rule == HazardRule::ComposeSql);
        Self { ownership, allowed, doubtful: composed.map(|hazard| hazard.hazard.object.clone()).collect() }
    }

    /// Whether a look is taken between the migrations of these two places, of which the second may be behind
    /// the last.
    pub(super) fn parts(
        &self,
        steps: &[(&Step, &PluginMigration)],
        one: Option<usize>,
        other: usize,
    ) -> bool {
        let at = |number: Option<usize>| number.and_then(|number| steps.get(number)).map(|(_, one)| *one);
        let (Some(one), Some(other)) = (at(one), at(Some(other))) else { return true };
        steps.len() <= FEW
            || one.id.plugin != other.id.plugin
            || [one, other].into_iter().any(|migration| self.doubtful.contains(&migration.id.to_string()))
    }

    /// Whether a look behind this migration is also one at what is outside: in a heal of many the last is
    /// enough.
    pub(super) fn looks_outside(&self, steps: &[(&Step, &PluginMigration)], number: usize) -> bool {
        steps.len() <= FEW || number + 1 == steps.len()
    }

    /// Looks what the transaction has touched so far, whose is what stands where others than this plugin have
    /// something, and what is changed outside of all schemas of plugins, if that is asked. All is sent at
    /// once, before whatever is sent next.
    pub(super) async fn look(
        &self,
        client: &Client,
        plugin: &PluginId,
        outside: bool,
    ) -> Result<Touched, Error> {
        let (own, of_others) = self.ownership.schemas(plugin);
        let names = |schemas: Vec<&'a Ident>| schemas.into_iter().map(Ident::as_str).collect::<Vec<_>>();
        let (own, of_others) = (names(own), names(of_others));
        let schemas: [(&(dyn ToSql + Sync), Type); 2] =
            [(&of_others, Type::NAME_ARRAY), (&own, Type::NAME_ARRAY)];
        let (relations, standing, reached) = try_join3(
            client.query_typed(include_str!("sql/touched.sql"), &schemas),
            client.query_typed(include_str!("sql/whose.sql"), &schemas[..1]),
            async { if outside { reached::look(client).await.map(Some) } else { Ok(None) } },
        )
        .await?;
        let relations = relations.iter().map(|row| Ok((name(row)?, row.try_get("how")?)));
        let mut relations = relations.collect::<Result<BTreeMap<_, _>, Error>>()?;
        let standing = standing.iter().map(|row| {
            Ok(((row.try_get("catalog")?, row.try_get("oid")?), (name(row)?, row.try_get("state")?)))
        });
        Ok(Touched {
            own: relations.remove(&ObjectName::new("", "")),
            relations,
            standing: standing.collect::<Result<_, Error>>()?,
            reached,
        })
    }

    /// Holds against migrations what they have touched meanwhile and must not, and what is no longer as it
    /// was of what is others'.
    pub(super) fn hold(
        &self,
        range: Range<'_>,
        before: &Touched,
        after: &Touched,
    ) -> Result<(), HealFailure> {
        let plugin = &range.last.id.plugin;
        if let Some(reached) = &after.reached {
            reached.hold(range, self.allowed)?;
        }
        let is_one = range.first.id == range.last.id;
        let touched = after.relations.iter().filter(|(name, how)| before.relations.get(*name) != Some(*how));
        let touched = touched.map(|(name, _)| name.clone()).collect();
        let mut accesses = self.ownership.foreign_among(plugin, &touched, before.own != after.own);
        // Between several migrations the host has written what it has done.
        accesses.retain(|access| is_one || !access.owner.is_core());
        if !accesses.is_empty() {
            return Err(touched_others(range, &accesses));
        }
        let changed = before.standing.iter().filter(|(key, state)| after.standing.get(*key) != Some(*state));
        match self.ownership.of_others(plugin, changed.map(|(_, (name, _))| name)).as_slice() {
            [] => Ok(()),
            accesses => Err(changed_others(range, accesses)),
        }
    }
}

fn name(row: &Row) -> Result<ObjectName, Error> {
    Ok(ObjectName::new(row.try_get::<_, &str>("schema")?, row.try_get::<_, &str>("name")?))
}

fn told(accesses: &[ForeignAccess]) -> String {
    let objects: Vec<_> =
        accesses.iter().map(|one| format!("{}, which belongs to {}", one.object, one.owner_name)).collect();
    objects.join("; ")
}

fn touched_others(range: Range<'_>, accesses: &[ForeignAccess]) -> HealFailure {
    let plugin = &range.last.id.plugin;
    let owners: BTreeSet<&PluginId> = accesses.iter().map(|one| &one.owner).collect();
    let require = match owners.first() {
        Some(owner) if owners.len() == 1 && !owner.is_core() => format!("have {plugin} require {owner}, or "),
        _ => String::new(),
    };
    HealFailure {
        detail: Some(format!("{plugin} does not require that, and its file does not name it")),
        remedy: Some(format!("{require}leave the objects of others alone")),
        ..range.failure(&format!("touched {}", told(accesses)))
    }
}

fn changed_others(range: Range<'_>, accesses: &[ForeignAccess]) -> HealFailure {
    HealFailure {
        detail: Some("owner, rights and settings of an object are its own plugin's to change".to_owned()),
        remedy: Some("leave them to the plugin that declares the object, or to an administrator".to_owned()),
        ..range.failure(&format!("changed owner, rights or settings of {}", told(accesses)))
    }
}
