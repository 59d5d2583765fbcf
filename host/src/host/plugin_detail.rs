//! All that the host knows of one plugin.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tenon_migrations_core::migration::PluginId;
use tenon_schema::Descriptors;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::{PlanError, Tenon};
use crate::config::TrustMode;
use crate::database::bounds::Unanswered;
use crate::plugin::registry::Library;
use crate::report::{AppliedRow, DeclaredTable, MigrationState, PluginDetail, RouteFigures};
use crate::support::errors::chain;

/// The rows of the ledger by file.
type Rows = BTreeMap<String, AppliedRow>;

impl Tenon {
    /// What is known of a plugin, also of one that is out; `None` where there is none of this id.
    pub async fn plugin_detail(&self, id: &PluginId) -> Option<PluginDetail> {
        let summary = self.plugins().await.into_iter().find(|summary| summary.id == *id)?;
        let registered = self.registry.plugins.get(id);
        let (ledger, ledger_trouble) = match self.ledger_of(id).await {
            Ok(rows) => (Some(rows), None),
            Err(why) => (None, Some(why)),
        };
        let migrations = self.registry.migrations.iter().filter(|migration| migration.id.plugin == *id);
        let required_by =
            self.registry.plugins.values().filter(|plugin| plugin.info.requires.contains_key(id));
        let descriptors = registered.map(|plugin| &plugin.descriptors);
        let tables =
            descriptors.map(|one| one.tables.iter().map(DeclaredTable::of).collect()).unwrap_or_default();
        let library = registered.and_then(|plugin| plugin.library.as_ref());
        Some(PluginDetail {
            generation: library.map(|library| library.generation),
            trust: self.trust_in_words(),
            required_by: required_by.map(|plugin| plugin.info.id.clone()).collect(),
            declared_tables: tables,
            other_objects: descriptors.map(others).unwrap_or_default(),
            migration_states: migrations.map(|one| MigrationState::of(one, ledger.as_ref())).collect(),
            ledger_trouble,
            settings: self.settings_of(id),
            pages: self.pages_of(id).to_vec(),
            cards: library.map(card_names).unwrap_or_default(),
            route_figures: RouteFigures::of(id.as_str(), &self.counted()),
            may_fetch: self.fetches.told(id),
            fetches: self.metrics.fetches_of(id.as_str()),
            summary,
        })
    }

    /// The plugin's rows of the ledger; in words, why they cannot be read.
    async fn ledger_of(&self, id: &PluginId) -> Result<Rows, String> {
        let connection = self.connection().await.map_err(|error| chain(&error))?;
        let client = connection.driven_by_task();
        let asked = async {
            let parameters = [(&id.as_str() as _, Type::TEXT)];
            Ok(client.query_typed(include_str!("sql/applied_of.sql"), &parameters).await?)
        };
        let rows = match self.bounds().answered::<_, Unanswered>(asked).await {
            Ok(rows) => rows,
            // Before the first heal there is no ledger.
            Err(Unanswered::Refused(error)) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                return Ok(Rows::new());
            }
            Err(Unanswered::Refused(error)) => return Err(chain(&error)),
            Err(Unanswered::NoResponse(silent)) => return Err(chain(&PlanError::from(silent))),
        };
        let row = |row: &tokio_postgres::Row| -> Result<(String, AppliedRow), tokio_postgres::Error> {
            let took: i64 = row.try_get("duration_ms")?;
            let at: Timestamp = row.try_get("applied_at")?;
            let (checksum, heal) = (row.try_get("checksum")?, row.try_get("heal")?);
            let took_ms = u64::try_from(took).unwrap_or_default();
            Ok((row.try_get("filename")?, AppliedRow { checksum, heal, at, took_ms }))
        };
        rows.iter().map(row).collect::<Result<_, _>>().map_err(|error| chain(&error))
    }

    /// Why files of plugins are trusted.
    fn trust_in_words(&self) -> String {
        let plugins = &self.config.plugins;
        match plugins.trust {
            TrustMode::Open => {
                "not asked for: every file of the plugin directories is taken (plugins.trust is open)"
                    .to_owned()
            }
            TrustMode::Pinned => {
                format!("its sha256 stands in {} (plugins.trust is pinned)", plugins.lock_file.display())
            }
            TrustMode::Signed => {
                "signed by a key that the configuration names (plugins.trust is signed)".to_owned()
            }
        }
    }
}

fn card_names(library: &Library) -> Vec<String> {
    library.cards.all().iter().map(|card| card.name.clone()).collect()
}

/// What is declared besides tables, as far as there is any of it.
fn others(descriptors: &Descriptors) -> BTreeMap<&'static str, usize> {
    let all = [
        ("enum types", descriptors.enums.len()),
        ("domains", descriptors.domains.len()),
        ("composite types", descriptors.composites.len()),
        ("sequences", descriptors.sequences.len()),
        ("views", descriptors.views.len()),
        ("materialized views", descriptors.materialized_views.len()),
        ("functions", descriptors.functions.len()),
        ("extensions", descriptors.extensions.len()),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}
