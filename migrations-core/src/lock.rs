//! The lock file: a plugin's descriptors, elaborated by PostgreSQL when the plugin was proved.
//!
//! With it a heal need not have the descriptors elaborated again, and a check can compare where no heal has
//! stored a snapshot yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::migration::{Checksum, PluginId};
use crate::snapshot::{CatalogSnapshot, SnapshotSource};

/// The format written by this version; a lock of another one is passed over and has to be made again.
pub const FORMAT: u32 = 2;

/// A plugin's lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The version of this vocabulary: [`FORMAT`].
    pub format: u32,
    pub plugin: PluginId,
    /// The sha256 of the descriptors that were elaborated.
    pub descriptors: Checksum,
    /// The migrations that were found to make just that, with their checksums.
    pub migrations: BTreeMap<String, Checksum>,
    /// The sha256 over the catalog queries that read the snapshots.
    pub queries: Checksum,
    /// The catalogs as each server major printed them: the field `readings` of the file.
    #[serde(rename = "readings")]
    pub snapshots: BTreeMap<i32, CatalogSnapshot>,
}

impl Lock {
    /// The snapshot for a server, if the lock still speaks for the plugin.
    pub fn snapshot(
        &self,
        printer: SnapshotSource,
        descriptors: Checksum,
        migrations: &BTreeMap<String, Checksum>,
    ) -> Option<&CatalogSnapshot> {
        let speaks = self.staleness(printer.queries, descriptors, migrations).is_empty();
        self.snapshots.get(&printer.server_major).filter(|_| speaks)
    }

    /// Every way in which the lock no longer speaks for the plugin.
    pub fn staleness(
        &self,
        queries: Checksum,
        descriptors: Checksum,
        migrations: &BTreeMap<String, Checksum>,
    ) -> Vec<String> {
        if self.format != FORMAT {
            return vec![format!("it is in format {}, and this is {FORMAT}", self.format)];
        }
        let mut stale = Vec::new();
        if self.queries != queries {
            stale.push("another version of Tenon made it, which read other things".to_owned());
        }
        if self.descriptors != descriptors {
            stale.push("the descriptors changed since they were locked".to_owned());
        }
        for (filename, checksum) in &self.migrations {
            match migrations.get(filename) {
                None => stale.push(format!("{filename} was locked and is gone")),
                Some(now) if now != checksum => stale.push(format!("{filename} changed since it was locked")),
                Some(_) => {}
            }
        }
        let new = migrations.keys().filter(|filename| !self.migrations.contains_key(*filename));
        stale.extend(new.map(|filename| format!("{filename} is not in it")));
        stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_speaks_only_for_what_was_locked() {
        let files = |files: &[(&str, &str)]| -> BTreeMap<String, Checksum> {
            files.iter().map(|(name, sql)| ((*name).to_owned(), Checksum::of(sql))).collect()
        };
        let locked = files(&[("1.sql", "one"), ("2.sql", "two")]);
        let descriptors = Checksum::of("descriptors");
        let lock = Lock {
            format: FORMAT,
            plugin: "a".parse().unwrap(),
            descriptors,
            migrations: locked.clone(),
            queries: Checksum::of("queries"),
            snapshots: BTreeMap::from([(15, CatalogSnapshot::default())]),
        };
        let snapshot = |server_major, queries| {
            let printer = SnapshotSource { server_major, queries: Checksum::of(queries) };
            lock.snapshot(printer, descriptors, &locked)
        };
        assert!(snapshot(15, "queries").is_some());
        assert!(snapshot(16, "queries").is_none());
        assert!(snapshot(15, "other queries").is_none());
        assert_eq!(
            lock.staleness(
                Checksum::of("queries"),
                Checksum::of("other"),
                &files(&[("1.sql", "ONE"), ("3.sql", "three")])
            ),
            [
                "the descriptors changed since they were locked",
                "1.sql changed since it was locked",
                "2.sql was locked and is gone",
                "3.sql is not in it",
            ]
        );
        assert_eq!(
            lock.staleness(Checksum::of("other queries"), descriptors, &locked),
            ["another version of Tenon made it, which read other things"]
        );
    }
}
