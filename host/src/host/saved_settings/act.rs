//! Saving settings of a plugin, for the page, programs and the command line alike.

use serde::Serialize;
use tenon_migrations_core::migration::PluginId;

use super::super::Tenon;
use super::{NAME, SaveError, copy, keep_copy, place_of, store};
use crate::audit::{Action, Actor};
use crate::database::connect::Databases;
use crate::plugin::settings::SettingProblem;
use crate::plugin::settings::edit::{SettingsEdit, unset_in};
use crate::plugin::settings::saved::SavedValues;

/// What became of what was to be saved.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SavedChange {
    pub plugin: String,
    /// The version that is saved now.
    pub version: i64,
    /// The version by which the plugin runs on this host; 0 where none were saved. Start it again to apply
    /// another one.
    pub runs_with: i64,
    /// The settings that have another value now.
    pub set: Vec<String>,
    /// The settings that go by their default now.
    pub unset: Vec<String>,
    /// What is still wrong with what is saved, and was before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remaining: Vec<SettingProblem>,
}

impl Tenon {
    /// Changes what is saved for a plugin, and records who did. `base` is the version that whoever does it
    /// has looked at; without one, whatever is saved is changed.
    pub async fn save_settings(
        &self,
        plugin: &PluginId,
        base: Option<i64>,
        edit: &SettingsEdit,
        by: &Actor,
    ) -> Result<SavedChange, SaveError> {
        let is_there = self.names().contains_key(plugin);
        let known = self.settings_given(plugin);
        if known.is_none() && !edit.only_unsets() {
            let id = plugin.clone();
            return Err(if is_there { SaveError::Undeclared(id) } else { SaveError::NoPlugin(id) });
        }
        let client = self.own_tables(NAME).await?;
        let work = async {
            let mut all = store::all(&client).await?.ok_or(SaveError::Pending)?;
            let former = all.get(plugin.as_str()).cloned();
            if former.is_none() && known.is_none() {
                let id = plugin.clone();
                return Err(if is_there { SaveError::Undeclared(id) } else { SaveError::NoPlugin(id) });
            }
            let version = former.as_ref().map_or(0, |saved| saved.version);
            if let (Some(former), Some(base)) = (&former, base)
                && base != version
            {
                return Err(SaveError::Stale(former.clone()));
            }
            let values = former.map(|saved| saved.values).unwrap_or_default();
            let next = match &known {
                Some((schema, given)) => schema.edited(&given.configured, &values, edit),
                None => unset_alone(&values, edit),
            };
            let next = next.map_err(SaveError::Wrong)?;
            if next == values {
                return Ok((version, values, next));
            }
            match store::save(&client, plugin.as_str(), &next, (&by.admin, version)).await? {
                Some(version) => Ok((version, values, next)),
                None => {
                    all = store::all(&client).await?.unwrap_or_default();
                    let now = all.remove(plugin.as_str());
                    Err(now.map_or(SaveError::Pending, SaveError::Stale))
                }
            }
        };
        let (version, former, next) = self.bounds().within(&client, work).await?;
        let mut change = SavedChange {
            plugin: plugin.to_string(),
            version,
            runs_with: self.saved.version(plugin),
            set: differing(&next, &former),
            unset: former.keys().filter(|name| !next.contains_key(*name)).cloned().collect(),
            remaining: Vec::new(),
        };
        if let Some((schema, given)) = &known {
            change.remaining = schema.wrong(&given.configured, &next);
        }
        if former != next {
            self.keep_saved_copy(&client).await;
            let (set, unset) = (change.set.clone(), change.unset.clone());
            let (id, admin) = (plugin.as_str(), &by.admin);
            tracing::info!(plugin = id, admin, version, ?set, ?unset, "settings of a plugin were saved");
            let action = Action::SaveSettings { plugin: plugin.to_string(), version, set, unset };
            self.record(by, action, None).await;
        }
        Ok(change)
    }

    /// Keeps what is saved now for a start without the database.
    async fn keep_saved_copy(&self, client: &tokio_postgres::Client) {
        let Some(reach) = &self.database else { return };
        let (database, managed) = (reach.database.clone(), reach.managed);
        let place = place_of(&Databases { managed, ..Databases::from(database) });
        let folder = self.config.state_dir.clone();
        // Where they cannot be read the next start reads them.
        if let Ok(Some(all)) = self.bounds().read(client, store::all(client)).await {
            keep_copy(move || copy::keep(&folder, &place, &all)).await;
        }
    }
}

fn differing(next: &SavedValues, former: &SavedValues) -> Vec<String> {
    let changed = next.iter().filter(|(name, value)| former.get(*name) != Some(value));
    changed.map(|(name, _)| name.clone()).collect()
}

/// What is saved of a plugin that cannot be asked which settings it takes.
fn unset_alone(values: &SavedValues, edit: &SettingsEdit) -> Result<SavedValues, Vec<SettingProblem>> {
    let SettingsEdit::Some { unset, .. } = edit else { return Ok(values.clone()) };
    let mut wrong = Vec::new();
    let next = unset_in(values, unset, &mut wrong);
    if wrong.is_empty() { Ok(next) } else { Err(wrong) }
}
