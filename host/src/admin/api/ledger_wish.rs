//! What a request wants of the ledger in place of a heal: migrations recorded, or plugins forgotten.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use tenon_migrations_core::migration::{MigrationId, MigrationIdError, PluginId};
use tenon_migrations_core::plan::RepairRequest;

use super::{ApiError, bad_plugin_id, plugin_ids};
use crate::admin::problem::Problem;
use crate::support::error_code::ErrorCode;

/// Migrations to record as applied without running them (`tenon baseline`), or plugins to forget (`tenon
/// ledger forget`). Both empty for a heal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LedgerWish {
    pub adopt: BTreeSet<MigrationId>,
    pub forget: BTreeSet<PluginId>,
}

impl LedgerWish {
    /// Reads `adopt` and `forget`; nothing else may be asked for beside one of them but consent.
    pub(super) fn of<'a>(
        adopt: impl IntoIterator<Item = &'a str>,
        forget: impl IntoIterator<Item = &'a str>,
        without: &BTreeSet<PluginId>,
        repairs: &RepairRequest,
    ) -> Result<Self, ApiError> {
        let bad = |code: ErrorCode, detail: String| Problem::new(StatusCode::BAD_REQUEST, code, detail);
        let ids = adopt.into_iter().flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty());
        let adopt = ids
            .map(|id| {
                id.parse()
                    .map_err(|error: MigrationIdError| bad(ErrorCode::BadMigrationId, error.to_string()))
            })
            .collect::<Result<BTreeSet<MigrationId>, _>>()?;
        let forget = plugin_ids(forget).map_err(|error| bad_plugin_id(&error))?;
        let wishes =
            [!adopt.is_empty(), !forget.is_empty(), !without.is_empty() || !repairs.choices.is_empty()];
        if wishes.iter().filter(|wish| **wish).count() > 1 && (wishes[0] || wishes[1]) {
            let detail = "adopt and forget go neither with each other nor with without or repair".to_owned();
            return Err(bad(ErrorCode::BadWish, detail).into());
        }
        Ok(Self { adopt, forget })
    }
}
