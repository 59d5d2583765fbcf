//! Having PostgreSQL itself spell out what a plugin's descriptors mean.
//!
//! The descriptors are built as real objects in scratch schemas, read with the same queries as the live
//! database, and rolled back: nothing compares text that two mouths have spoken. A scratch schema's name is
//! a token that stands nowhere else, so that putting the real name back is a replacement of text.
//!
//! What is expected is the plugin's own, and not the place's. While descriptors are elaborated, default
//! privileges of the role are taken back and event triggers are off, as far as the role may. Where a
//! trigger stays on, what it adds and no descriptor says is left out of what is expected
//! (`migrations-core/src/declared/added.rs`).

mod copy;
mod extensions;
mod parents;
mod single;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::ddl::DdlStatement;
use tenon_migrations_core::extension;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId};
use tenon_schema::{Descriptors, Ident};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use self::copy::ScratchCopy;
use self::extensions::Extensions;
use self::parents::Parents;
use super::catalog;
use super::spelling;
use crate::database::pipeline::Pipeline;
use crate::database::search_path;

/// Why descriptors could not be elaborated.
#[derive(Debug, thiserror::Error)]
pub enum ElaborateError {
    #[error("its descriptors cannot be built: {object}")]
    Build {
        /// The plugin, as a place in the list that was given.
        whose: usize,
        object: String,
        source: Error,
    },
    #[error("the scratch schemas could not be made or removed")]
    Scratch(#[source] Error),
    #[error("the scratch schemas could not be read")]
    Read(#[source] Error),
    #[error("what was read of the scratch schemas could not be spelled as restores spell it")]
    Spell(#[source] Error),
}

/// The snapshot that these descriptors amount to, on this server.
///
/// Runs inside the caller's transaction and leaves nothing in it, whether it ends well or not. What the
/// descriptors refer to (types, functions, other plugins' tables) has to be there.
pub async fn elaborate(
    client: &Client,
    descriptors: &Descriptors,
) -> Result<CatalogSnapshot, ElaborateError> {
    let snapshots = elaborate_all(client, &[descriptors], std::future::ready(Ok(()))).await?;
    Ok(snapshots.into_iter().next().unwrap_or_default())
}

/// The snapshots that the descriptors of some plugins amount to: all are built, and then read at once. While
/// all of it stands, somebody may look.
pub async fn elaborate_all(
    client: &Client,
    plugins: &[&Descriptors],
    look: impl Future<Output = Result<(), Error>>,
) -> Result<Vec<CatalogSnapshot>, ElaborateError> {
    if plugins.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::with_capacity(plugins.len());
    for descriptors in plugins {
        let parents = Parents::look_up(client, descriptors).await.map_err(ElaborateError::Read)?;
        all.push((*descriptors, parents));
    }
    let extensions = Extensions::look_up(client).await.map_err(ElaborateError::Read)?;
    let mut scratch = Scratch::of(all, extensions);
    scratch.learn_spelling(client).await.map_err(ElaborateError::Scratch)?;
    client.batch_execute("SAVEPOINT tenon_elaborate").await.map_err(ElaborateError::Scratch)?;
    let built = scratch.build(client).await;
    if built.is_ok() {
        look.await.map_err(ElaborateError::Read)?;
    }
    let undo = "ROLLBACK TO SAVEPOINT tenon_elaborate; RELEASE SAVEPOINT tenon_elaborate";
    client.batch_execute(undo).await.map_err(ElaborateError::Scratch)?;
    built
}

/// What this database adds to what is built in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Added {
    Nothing,
    /// Event triggers run that this role may not switch off.
    ByEventTriggers,
}

/// What is built from here on is what it would be anywhere: nothing is granted to it by default privileges of
/// this role, and no event trigger runs, as far as this role may switch them off. Until the savepoint is
/// rolled back.
async fn leave_surroundings(client: &Client) -> Result<Added, Error> {
    let rows = client.query_typed(include_str!("elaborate/sql/surroundings.sql"), &[]).await?;
    let mut statements = String::new();
    let mut added = Added::Nothing;
    for row in &rows {
        match row.try_get::<_, Option<&str>>("statement")? {
            Some(statement) => statements = statements + statement + "; ",
            None => {
                added = Added::ByEventTriggers;
                tracing::warn!(
                    "the event trigger {} of this database runs while descriptors are elaborated, since this role may \
                     not switch it off: grants, columns, triggers, policies, rules and row security that it adds are \
                     not taken for declared; what else it changes of a plugin's objects is",
                    row.try_get::<_, &str>("object")?
                );
            }
        }
    }
    if !statements.is_empty() {
        client.batch_execute(&statements).await?;
    }
    Ok(added)
}

/// The scratch copies of some plugins' objects.
struct Scratch<'a> {
    copies: Vec<ScratchCopy<'a>>,
    /// What all names of the copies begin with.
    token: String,
    extensions: Extensions,
}

impl<'a> Scratch<'a> {
    fn of(plugins: Vec<(&'a Descriptors, Parents)>, extensions: Extensions) -> Self {
        let token = Uuid::new_v4().simple().to_string();
        let token = format!("tenon_{}_", &token[..12]);
        // An underscore ends each number, so that no name begins another.
        let copies = plugins.into_iter().enumerate();
        let copies = copies.map(|(number, (descriptors, parents))| {
            ScratchCopy::of(descriptors, parents, &format!("{token}{number}_"))
        });
        Self { copies: copies.collect(), token, extensions }
    }

    async fn learn_spelling(&mut self, client: &Client) -> Result<(), Error> {
        let real: BTreeSet<&str> =
            self.copies.iter().flat_map(|copy| copy.schemas.keys()).map(Ident::as_str).collect();
        let real: Vec<&str> = real.into_iter().collect();
        let sql = "SELECT name, quote_ident(name) FROM unnest($1::text[]) AS name";
        let rows = client.query_typed(sql, &[(&real, Type::TEXT_ARRAY)]).await?;
        let spelled = rows.iter().map(|row| Ok((Ident::new(row.try_get::<_, &str>(0)?), row.try_get(1)?)));
        let spelled: BTreeMap<Ident, String> = spelled.collect::<Result<_, Error>>()?;
        for copy in &mut self.copies {
            let known = copy.schemas.iter();
            let known =
                known.filter_map(|(real, scratch)| Some((scratch.clone(), spelled.get(real)?.clone())));
            copy.spelled = known.collect();
        }
        Ok(())
    }

    async fn build(&self, client: &Client) -> Result<Vec<CatalogSnapshot>, ElaborateError> {
        let added = leave_surroundings(client).await.map_err(ElaborateError::Scratch)?;
        let schemas = || self.copies.iter().flat_map(|copy| copy.schemas.values());
        let begin: String = schemas().map(|schema| format!("CREATE SCHEMA {}; ", schema.quoted())).collect();
        // The bodies were checked when the migrations made the real functions.
        let begin = format!("{begin}SET LOCAL check_function_bodies = off");
        client.batch_execute(&begin).await.map_err(ElaborateError::Scratch)?;
        let mut building = Building { client, pipeline: Pipeline::new() };
        for (whose, copy) in self.copies.iter().enumerate() {
            building.all(whose, self.found(copy, copy.statements(&copy.without_event_triggers()))).await?;
        }
        // Last, since they fire when others are built.
        for (whose, copy) in self.copies.iter().enumerate() {
            building.all(whose, self.found(copy, copy.event_triggers())).await?;
        }
        building.end().await?;
        self.read(client, schemas().cloned().collect(), added).await
    }

    /// The statements, which find what extensions bring where it is.
    fn found(&self, copy: &ScratchCopy<'_>, mut statements: Vec<DdlStatement>) -> Vec<DdlStatement> {
        for statement in &mut statements {
            if let Cow::Owned(sql) = self.extensions.found(&statement.sql, copy.descriptors) {
                statement.sql = sql;
            }
        }
        statements
    }

    async fn read(
        &self,
        client: &Client,
        schemas: BTreeSet<Ident>,
        added: Added,
    ) -> Result<Vec<CatalogSnapshot>, ElaborateError> {
        let mut found = Vec::new();
        for copy in &self.copies {
            let here = single::look_up(client, copy.descriptors, &self.extensions).await;
            found.push(here.map_err(ElaborateError::Read)?);
        }
        client.batch_execute(search_path::OWN).await.map_err(ElaborateError::Scratch)?;
        // What cannot be printed somebody else has made.
        let (mut snapshot, _) = catalog::read_surely(client, &schemas).await.map_err(ElaborateError::Read)?;
        let here = snapshot.only(|id| id.kind == Kind::Extension);
        // Of the rest of what stands in no schema no twins are made.
        snapshot.objects.retain(|id, _| !id.kind.is_global() || self.token_stands_in(id));
        spelling::complete(client, &mut snapshot).await.map_err(ElaborateError::Spell)?;
        let mut snapshots = self.real_names(snapshot);
        for ((copy, found), snapshot) in self.copies.iter().zip(&found).zip(&mut snapshots) {
            found.complete(client, copy.descriptors, snapshot, added).await.map_err(ElaborateError::Read)?;
            extension::note(snapshot, &here);
        }
        Ok(snapshots)
    }

    /// The snapshots of the copies alone, under the names of what they are copies of.
    fn real_names(&self, snapshot: CatalogSnapshot) -> Vec<CatalogSnapshot> {
        let in_scratch = |copy: &'_ ScratchCopy<'_>| {
            copy.schemas.iter().map(|(real, scratch)| (scratch.clone(), real.clone())).collect::<Vec<_>>()
        };
        let whose: BTreeMap<Ident, (usize, Ident)> = self
            .copies
            .iter()
            .enumerate()
            .flat_map(|(whose, copy)| {
                in_scratch(copy).into_iter().map(move |(scratch, real)| (scratch, (whose, real)))
            })
            .collect();
        let mut snapshots: Vec<_> = self.copies.iter().map(|_| CatalogSnapshot::default()).collect();
        for (mut id, object) in snapshot.objects {
            let place = match id.kind {
                Kind::Schema => whose.get(&id.name).cloned(),
                kind if kind.is_global() => self.global(&id.name),
                _ => whose.get(&id.schema).cloned(),
            };
            let Some((whose, real)) = place else { continue };
            if id.kind.is_global() {
                id.name = real;
            } else {
                id.schema = real;
            }
            if let (Some(copy), Some(snapshot)) = (self.copies.get(whose), snapshots.get_mut(whose))
                && copy.declares(&id)
            {
                let properties = object.into_iter();
                let properties =
                    properties.map(|(property, value)| (property, copy.real_value(property, value)));
                snapshot.objects.insert(id, properties.collect());
            }
        }
        for (copy, snapshot) in self.copies.iter().zip(&mut snapshots) {
            let identities = copy.identities(snapshot);
            snapshot.objects.retain(|id, _| !identities.contains(id));
        }
        snapshots
    }

    /// Whether something that stands in no schema is a copy.
    fn token_stands_in(&self, id: &ObjectId) -> bool {
        id.name.as_str().starts_with(&self.token)
    }

    /// The original of a copy: the plugin, as a place in the list, and the name there. `None` if it is no
    /// copy.
    fn global(&self, name: &Ident) -> Option<(usize, Ident)> {
        let (whose, name) = name.as_str().strip_prefix(&self.token)?.split_once('_')?;
        Some((whose.parse().ok()?, Ident::new(name.strip_prefix(GLOBAL)?)))
    }
}

/// What tells the copies that stand in no schema from scratch schemas.
const GLOBAL: &str = "x_";

/// Objects that are being built.
struct Building<'a> {
    client: &'a Client,
    pipeline: Pipeline<'a, Result<(), ElaborateError>>,
}

impl Building<'_> {
    async fn all(&mut self, whose: usize, statements: Vec<DdlStatement>) -> Result<(), ElaborateError> {
        for DdlStatement { object, sql } in statements {
            while self.pipeline.is_full() {
                self.pipeline.answer().await.unwrap_or(Ok(()))?;
            }
            let client = self.client;
            self.pipeline.send(sql.len(), async move {
                // The extended protocol takes one statement a message: SQL text in a descriptor stays a part
                // of the statement that it was put into.
                let built = client.execute_typed(&sql, &[]).await;
                built.map(|_| ()).map_err(|source| ElaborateError::Build { whose, object, source })
            });
        }
        Ok(())
    }

    async fn end(mut self) -> Result<(), ElaborateError> {
        while let Some(built) = self.pipeline.answer().await {
            built?;
        }
        Ok(())
    }
}
