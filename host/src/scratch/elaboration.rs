//! What is expected where neither a stored snapshot nor a lock file speaks for this server: the descriptors,
//! elaborated in a scratch database once for each process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::snapshot::{CatalogSnapshot, SnapshotSource};
use tenon_schema::Descriptors;
use tokio::sync::Mutex;

use crate::database::connect::Database;
use crate::plugin::registry::Registry;
use crate::schema::compared::{Compared, compare_with};
use crate::schema::state::State;
use crate::scratch::made_by::elaborate_all;
use crate::support::errors::chain;

/// The snapshots that were elaborated, or why not. The registry of a process stays what it is, so they hold
/// as long as the printer does.
#[derive(Debug, Default)]
pub(crate) struct ScratchElaboration(Mutex<Known>);

/// Each plugin's snapshot with its printer, or why it was not printed.
type Known = BTreeMap<PluginId, (SnapshotSource, Result<Arc<CatalogSnapshot>, String>)>;

impl ScratchElaboration {
    /// Completes a comparison: where no snapshot speaks for a plugin with nothing pending, its descriptors
    /// are elaborated. The database itself is not written to. Where they cannot be, the finding says why,
    /// of what nothing is known, and what helps.
    pub(crate) async fn complete(
        &self,
        compared: Arc<Compared>,
        registry: &Registry,
        state: &State,
        database: &Database,
    ) -> Arc<Compared> {
        let printer = state.ledger.printer();
        let speaks =
            |id: &&PluginId| state.ledger.snapshots.get(*id).is_some_and(|stored| stored.printer == printer);
        let wanted: BTreeSet<_> =
            compared.assessment.unverified.iter().filter(|id| !speaks(id)).cloned().collect();
        if wanted.is_empty() {
            return compared;
        }
        let mut known = self.0.lock().await;
        known.retain(|_, (by, _)| *by == printer);
        let lacking: BTreeSet<_> = wanted.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
        let mut no_scratch = None;
        if !lacking.is_empty() {
            match elaborate_all(registry, &lacking, database).await {
                Ok(elaborated) => known.extend(
                    elaborated.into_iter().map(|(id, snapshot)| (id, (printer, snapshot.map(Arc::new)))),
                ),
                // Asked again at the next check: somebody may have given the right.
                Err(error) => no_scratch = Some(chain(&error)),
            }
        }
        let snapshots = wanted.iter().filter_map(|id| Some((id, known.get(id)?.1.as_ref().ok()?)));
        let snapshots: BTreeMap<_, _> =
            snapshots.map(|(id, snapshot)| (id.clone(), Arc::clone(snapshot))).collect();
        let mut compared = compare_with(registry, state, &snapshots);
        for id in wanted.iter().filter(|id| !snapshots.contains_key(*id)) {
            let why = known.get(id).and_then(|(_, snapshot)| snapshot.as_ref().err()).or(no_scratch.as_ref());
            explain(&mut compared, registry, id, why.map_or("", String::as_str));
        }
        Arc::new(compared)
    }
}

/// Adds to the finding that nothing is known of a plugin what is not compared, why not, and what helps.
fn explain(compared: &mut Compared, registry: &Registry, id: &PluginId, why: &str) {
    let Some(plugin) = registry.plugins.get(id) else { return };
    let findings = compared.assessment.findings.get_mut(id).into_iter().flatten();
    let about = format!("plugin {id}");
    for finding in findings.filter(|finding| finding.cause == Cause::Unknown && finding.object == about) {
        let kinds = kinds(&plugin.descriptors);
        finding.message += &format!("; its {} are not compared", kinds.join(", "));
        let heal = finding.remedy.take().unwrap_or_default();
        finding.remedy = Some(format!(
            "{heal}; or embed a lock file made on this server (`tenon plugin lock {id}`); or let checks elaborate \
             its descriptors in a scratch database, which was not possible: {why}"
        ));
    }
}

/// What a plugin declares, in words: the lists of its descriptors that are not empty.
fn kinds(descriptors: &Descriptors) -> Vec<String> {
    let lists = serde_json::to_value(descriptors).ok();
    let lists = lists.as_ref().and_then(|lists| lists.as_object()).into_iter().flatten();
    lists.filter(|(_, list)| list.is_array()).map(|(name, _)| name.replace('_', " ")).collect()
}
