//! A snapshot by itself, with who printed it: what `tenon schema` reads, writes and compares.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::claims::Claim;
use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::lock::{self, Lock};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, SnapshotSource};
use tenon_schema::Ident;

/// The version of this JSON.
pub const FORMAT: u32 = 1;

/// A snapshot, who printed it, and of how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SnapshotFile {
    pub format: u32,
    pub printer: SnapshotSource,
    #[schema(value_type = serde_json::Value)]
    pub scope: SnapshotScope,
    #[schema(value_type = Vec<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub objects: CatalogSnapshot,
    /// What the server could not print. Nothing is said of it, nor of what stands on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unprinted: Vec<Unreadable>,
}

/// The extent of a snapshot. What lies outside is not compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotScope {
    /// All that is not the system's.
    Database,
    /// One schema.
    Schema(Ident),
    /// What one plugin says is its own.
    Plugin(PluginId),
}

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("it is neither a reading as `tenon schema read --json` writes it nor a plugin's lock file")]
    Json(#[source] serde_json::Error),
    #[error("it is in format {found}, and this Tenon reads {known}")]
    Format { found: u32, known: u32 },
}

/// Two snapshots that cannot be compared.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceMismatch {
    #[error(
        "A was printed by PostgreSQL {0} and B by PostgreSQL {1}, and each major spells things in its own way"
    )]
    Servers(i32, i32),
    #[error("A and B were read by two versions of Tenon, which ask the catalog for different things")]
    Queries,
}

impl SnapshotFile {
    pub fn new(printer: SnapshotSource, scope: SnapshotScope, objects: CatalogSnapshot) -> Self {
        Self { format: FORMAT, printer, scope, objects, unprinted: Vec::new() }
    }

    /// The snapshots of a lock file, one for each server major.
    pub fn of_lock(lock: &Lock) -> Vec<Self> {
        let printed = |(server_major, snapshot): (&i32, &CatalogSnapshot)| {
            let printer = SnapshotSource { server_major: *server_major, queries: lock.queries };
            Self::new(printer, SnapshotScope::Plugin(lock.plugin.clone()), snapshot.clone())
        };
        lock.snapshots.iter().map(printed).collect()
    }

    /// The snapshots in a file: one, or those of a lock file.
    pub fn of_file(text: &str) -> Result<Vec<Self>, FileError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(FileError::Json)?;
        let format = |found, known| {
            if found == known { Ok(()) } else { Err(FileError::Format { found, known }) }
        };
        if value.get("readings").is_some() {
            let lock: Lock = serde_json::from_value(value).map_err(FileError::Json)?;
            format(lock.format, lock::FORMAT)?;
            return Ok(Self::of_lock(&lock));
        }
        let printed: Self = serde_json::from_value(value).map_err(FileError::Json)?;
        format(printed.format, FORMAT)?;
        Ok(vec![printed])
    }

    /// What the other is and this is not, as far as both were read and could be printed.
    pub fn compare(&self, other: &Self) -> Result<Vec<Difference>, SourceMismatch> {
        let (mine, theirs) = (self.printer, other.printer);
        if mine.server_major != theirs.server_major {
            return Err(SourceMismatch::Servers(mine.server_major, theirs.server_major));
        }
        if mine.queries != theirs.queries {
            return Err(SourceMismatch::Queries);
        }
        let unprinted = [self, other].map(|one| one.unprinted.iter().map(|one| &one.id));
        let unprinted: BTreeSet<_> = unprinted.into_iter().flatten().collect();
        let is_told = |difference: &Difference| {
            let id = &difference.object;
            !unprinted.contains(id) && !id.relations().any(|relation| unprinted.contains(&relation))
        };
        let mut differences = compare(&other.within(self), &self.within(other));
        differences.retain(is_told);
        Ok(differences)
    }

    /// The part of the other that lies in the scope of this one.
    fn within(&self, other: &Self) -> CatalogSnapshot {
        match &self.scope {
            SnapshotScope::Database => other.objects.clone(),
            SnapshotScope::Schema(schema) => of_schema(&other.objects, schema),
            SnapshotScope::Plugin(_) => {
                let claims: BTreeSet<_> = self.objects.objects.keys().map(Claim::to).collect();
                other.objects.only(|id| claims.contains(&Claim::to(id)))
            }
        }
    }
}

/// One schema of a snapshot.
pub fn of_schema(snapshot: &CatalogSnapshot, schema: &Ident) -> CatalogSnapshot {
    snapshot.only(|id: &ObjectId| is_of_schema(id, schema))
}

/// Whether this is the schema, or stands in it.
pub fn is_of_schema(id: &ObjectId, schema: &Ident) -> bool {
    id.schema == *schema || (id.kind == Kind::Schema && id.name == *schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenon_migrations_core::migration::Checksum;
    use tenon_migrations_core::snapshot::{Object, Property, Value};

    fn printed(server_major: i32, scope: SnapshotScope, tables: &[(&str, &str)]) -> SnapshotFile {
        let object = |(name, persistence): &(&str, &str)| {
            let id = ObjectId::standalone(Kind::Table, &name.parse().unwrap());
            (id, Object::from([(Property::Persistence, Value::Text((*persistence).to_owned()))]))
        };
        let objects = CatalogSnapshot { objects: tables.iter().map(object).collect() };
        SnapshotFile::new(SnapshotSource { server_major, queries: Checksum::of("queries") }, scope, objects)
    }

    fn told(a: &SnapshotFile, b: &SnapshotFile) -> Vec<String> {
        a.compare(b).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_reading_survives_the_trip_through_a_file() {
        for scope in [
            SnapshotScope::Database,
            SnapshotScope::Schema("s".into()),
            SnapshotScope::Plugin("a".parse().unwrap()),
        ] {
            let printed = printed(15, scope, &[("s.t", "permanent")]);
            assert_eq!(SnapshotFile::of_file(&serde_json::to_string(&printed).unwrap()).unwrap(), [printed]);
        }
    }

    #[test]
    fn a_lock_file_is_a_reading_for_each_server_major() {
        let snapshot = printed(15, SnapshotScope::Database, &[("s.t", "permanent")]).objects;
        let lock = Lock {
            format: lock::FORMAT,
            plugin: "a".parse().unwrap(),
            descriptors: Checksum::of("x"),
            queries: Checksum::of("queries"),
            migrations: Default::default(),
            snapshots: [(15, snapshot.clone()), (16, snapshot)].into(),
        };
        let read = SnapshotFile::of_file(&serde_json::to_string(&lock).unwrap()).unwrap();
        assert_eq!(read.iter().map(|one| one.printer.server_major).collect::<Vec<_>>(), [15, 16]);
    }

    #[test]
    fn what_two_majors_printed_is_not_compared() {
        let (a, b) = (printed(15, SnapshotScope::Database, &[]), printed(16, SnapshotScope::Database, &[]));
        assert_eq!(a.compare(&b), Err(SourceMismatch::Servers(15, 16)));
    }

    #[test]
    fn a_plugin_is_compared_with_its_own_part_of_a_database_and_a_schema_with_that_schema() {
        let database = printed(
            15,
            SnapshotScope::Database,
            &[("s.t", "unlogged"), ("s.u", "permanent"), ("z.v", "permanent")],
        );
        let plugin = printed(15, SnapshotScope::Plugin("a".parse().unwrap()), &[("s.t", "permanent")]);
        assert_eq!(told(&plugin, &database), ["table s.t: persistence expected permanent, found unlogged"]);
        let schema = printed(15, SnapshotScope::Schema("s".into()), &[("s.t", "unlogged")]);
        assert_eq!(told(&schema, &database), ["table s.u is not expected"]);
        assert_eq!(told(&database, &schema), ["table s.u is missing"]);
    }
}
