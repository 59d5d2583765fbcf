//! The saved settings in the database. All is called in a transaction.

use std::collections::BTreeMap;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::SaveError;
use crate::plugin::settings::saved::{SavedSettings, SavedValues};

/// What is saved, by plugin; nothing before the migration of the table.
pub(super) async fn all(client: &Client) -> Result<Option<BTreeMap<String, SavedSettings>>, SaveError> {
    let row = client.query_typed_one(include_str!("sql/exists.sql"), &[]).await?;
    let is_there: bool = row.try_get("there")?;
    if !is_there {
        return Ok(None);
    }
    let rows = client.query_typed(include_str!("sql/all.sql"), &[]).await?;
    rows.iter().map(saved_of).collect::<Result<_, _>>().map(Some)
}

fn saved_of(row: &Row) -> Result<(String, SavedSettings), SaveError> {
    let (plugin, values): (String, &str) = (row.try_get("plugin")?, row.try_get("settings")?);
    let values = serde_json::from_str(values)
        .map_err(|source| SaveError::Damaged { plugin: plugin.clone(), source })?;
    let (version, changed_at) = (row.try_get("version")?, row.try_get("changed_at")?);
    let saved = SavedSettings { version, values, changed_at, changed_by: row.try_get("changed_by")? };
    Ok((plugin, saved))
}

/// Saves settings in the place of this version, and gives the new one; nothing where somebody has changed
/// them meanwhile.
pub(super) async fn save(
    client: &Client,
    plugin: &str,
    values: &SavedValues,
    (by, former): (&str, i64),
) -> Result<Option<i64>, SaveError> {
    let values = serde_json::to_string(values)
        .map_err(|source| SaveError::Damaged { plugin: plugin.to_owned(), source })?;
    let parameters: [(&(dyn ToSql + Sync), Type); 4] =
        [(&plugin, Type::TEXT), (&values, Type::TEXT), (&by, Type::TEXT), (&former, Type::INT8)];
    let rows = client.query_typed(include_str!("sql/save.sql"), &parameters).await?;
    Ok(rows.first().map(|row| row.try_get("version")).transpose()?)
}
