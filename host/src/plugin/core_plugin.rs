//! The host itself as a plugin: its tables are the migrations at the root of the graph.
//!
//! Its tables are compared, planned and verified like any other plugin's. So a fresh database is simply
//! "Tenon: 11 pending migrations". The descriptors are `host/migrations/core.json`.

use std::collections::BTreeMap;

use tenon_migrations_core::migration::{MigrationId, PluginId, PluginInfo, PluginMigration};
use tenon_schema::Descriptors;

use crate::plugin::load::Embedded;
use crate::plugin::registry::Registration;
use crate::support::version::version;

const MIGRATIONS: [(&str, &str); 11] = [
    ("0001_ledger.sql", include_str!("../../migrations/0001_ledger.sql")),
    ("0002_reading.sql", include_str!("../../migrations/0002_reading.sql")),
    ("0003_audit.sql", include_str!("../../migrations/0003_audit.sql")),
    ("0004_administration.sql", include_str!("../../migrations/0004_administration.sql")),
    ("0005_shared.sql", include_str!("../../migrations/0005_shared.sql")),
    ("0006_hosts.sql", include_str!("../../migrations/0006_hosts.sql")),
    ("0007_jobs.sql", include_str!("../../migrations/0007_jobs.sql")),
    ("0008_caller.sql", include_str!("../../migrations/0008_caller.sql")),
    ("0009_events.sql", include_str!("../../migrations/0009_events.sql")),
    ("0010_called.sql", include_str!("../../migrations/0010_called.sql")),
    ("0011_settings.sql", include_str!("../../migrations/0011_settings.sql")),
];

/// What of the host's own the plugins' objects can name: `tenon.caller()`.
pub(crate) const OPEN: &str =
    concat!("CREATE SCHEMA tenon;\n", include_str!("../../migrations/0008_caller.sql"));

const DESCRIPTORS: &str = include_str!("../../migrations/core.json");

/// What the host brings of its own.
pub(crate) fn registration() -> Registration {
    let id = PluginId::core();
    let migrations = MIGRATIONS.map(|(filename, sql)| {
        let id = MigrationId { plugin: id.clone(), filename: filename.to_owned() };
        PluginMigration::new(id, sql, Vec::new())
    });
    Registration {
        info: PluginInfo { id, name: "Tenon".to_owned(), version: version(), requires: BTreeMap::new() },
        library: None,
        descriptors: descriptors(),
        lock: Embedded::None,
        settings: None,
        statements: Vec::new(),
        migrations: migrations.into(),
    }
}

/// A test holds that the file can be read: here its absence would only leave the host's tables unclaimed.
fn descriptors() -> Descriptors {
    serde_json::from_str(DESCRIPTORS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_descriptors_can_be_read() {
        let descriptors: Descriptors = serde_json::from_str(DESCRIPTORS).unwrap();
        let tables: Vec<_> = descriptors.tables.iter().map(|table| table.name.to_string()).collect();
        assert_eq!(
            tables,
            [
                "tenon.migration",
                "tenon.reading",
                "tenon.audit",
                "tenon.finding",
                "tenon.quarantine",
                "tenon.verdict",
                "tenon.notification",
                "tenon.notification_cursor",
                "tenon.notification_target",
                "tenon.notification_delivery",
                "tenon.session",
                "tenon.session_key",
                "tenon.host",
                "tenon.job",
                "tenon.job_run",
                "tenon.job_lease",
                "tenon.event_type",
                "tenon.event_listener",
                "tenon.event",
                "tenon.event_delivery",
                "tenon.plugin_settings"
            ]
        );
    }

    #[test]
    fn every_migration_of_the_host_is_listed() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        files.sort();
        assert_eq!(files, MIGRATIONS.map(|(name, _)| name));
    }
}
