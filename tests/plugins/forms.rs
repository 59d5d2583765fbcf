//! A plugin whose purpose it is to change its tables: an administrator adds fields to its form.

use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::Descriptors;
use tenon_plugin_api::serde_json;

const MIGRATIONS: &[EmbeddedMigration] = &[EmbeddedMigration {
    filename: "0001_form.sql",
    sql: "CREATE SCHEMA forms;\nCREATE TABLE forms.form (id bigint);\n",
    requires: &[],
}];

struct Forms;

impl Plugin for Forms {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let sql: String = request.json()?;
        Response::json(&db.execute(&sql, &[])?)
    }
}

export_plugin! {
    Forms,
    id: "forms",
    name: "Forms Plugin",
    access: public,
    routes: ["POST /rows", ddl("POST /fields")],
    schema: serde_json::from_str::<Descriptors>(
        r#"{ "format": 1, "tables": [{ "name": "forms.form", "columns": [{ "name": "id", "data_type": "bigint" }] }] }"#
    ).unwrap_or_default(),
    migrations: MIGRATIONS,
}
