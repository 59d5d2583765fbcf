//! The Identity Plugin as it was at version 1.0.0, before its normalization.

use serde::{Deserialize, Serialize};
use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(table = "identity.account", index(name = "account_email_idx", unique, keys("lower(email)")))]
struct Account {
    #[column(primary_key, identity = "always")]
    id: i64,
    #[column(check = "email LIKE '%_@_%'")]
    email: String,
    display_name: String,
    #[column(default = "now()")]
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct NewAccount {
    email: String,
    display_name: String,
}

struct Identity;

impl Plugin for Identity {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        if request.route() == "POST /accounts" {
            let new: NewAccount = request.json()?;
            let sql = "INSERT INTO identity.account (email, display_name) VALUES ($1, $2)
                       RETURNING id, email, display_name, created_at";
            let row = db.query_one(sql, &[&new.email, &new.display_name])?;
            return Response::json_with(201, &row.read::<Account>()?);
        }
        let rows =
            db.query("SELECT id, email, display_name, created_at FROM identity.account ORDER BY id", &[])?;
        Response::json(&rows.read::<Account>()?)
    }
}

export_plugin! {
    Identity,
    id: "identity",
    name: "Identity Plugin",
    access: public,
    version: "1.0.0",
    routes: ["GET /accounts", "POST /accounts"],
    entities: [Account],
    migrations: embed_migrations!(files: ["../../plugins/identity/migrations/0001_accounts.sql"]),
}
