//! The table `identity.account`.

use serde::Serialize;
use tenon_plugin_api::prelude::*;

/// One account. Its number stays inside; others refer to it by its public id.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(table = "identity.account", index(name = "account_email_idx", unique, keys("lower(email)")))]
pub(crate) struct Account {
    #[column(primary_key, identity = "always")]
    #[serde(skip)]
    pub(crate) id: i64,
    #[column(check = "email LIKE '%_@_%'")]
    pub(crate) email: String,
    pub(crate) display_name: String,
    #[column(default = "now()")]
    pub(crate) created_at: Timestamp,
    #[column(unique, default = "gen_random_uuid()")]
    pub(crate) public_id: Uuid,
}

/// All accounts, or the one with that address.
pub(crate) fn list(db: &Connection<'_>, email: Option<&str>) -> Result<Vec<Account>, PluginError> {
    let sql = sql!(
        "SELECT {Account.*} FROM identity.account \
         WHERE $1::text IS NULL OR lower(email) = lower($1) ORDER BY id",
        (Option<&str>) -> Account
    );
    db.fetch(&sql, (email,))
}

pub(crate) fn find(db: &Connection<'_>, public_id: Uuid) -> Result<Option<Account>, PluginError> {
    let sql = sql!("SELECT {Account.*} FROM identity.account WHERE public_id = $1", (Uuid) -> Account);
    db.fetch_opt(&sql, (public_id,))
}

pub(crate) fn insert(db: &Connection<'_>, email: &str, display_name: &str) -> Result<Account, PluginError> {
    let sql = sql!(
        "INSERT INTO identity.account (email, display_name) VALUES ($1, $2) RETURNING {Account.*}",
        (&str, &str) -> Account
    );
    db.fetch_one(&sql, (email, display_name))
}
