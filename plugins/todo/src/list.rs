//! The tables `todo.list`, `todo.member` and `todo.item`. No statement says whose rows it is for: the
//! policies do.

use serde::Serialize;
use tenon_plugin_api::prelude::*;

/// One list.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(
    table = "todo.list",
    unique(columns("id", "owner")),
    index(name = "list_owner_idx", keys(owner)),
    force_row_security
)]
pub(crate) struct List {
    #[column(primary_key, default = "gen_random_uuid()")]
    pub(crate) id: Uuid,
    #[column(default = "tenon.caller()")]
    pub(crate) owner: String,
    #[column(check = "title <> ''")]
    pub(crate) title: String,
    #[column(default = "now()")]
    pub(crate) created_at: Timestamp,
}

/// Somebody else who sees a list.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(
    table = "todo.member",
    primary_key(columns("list", "person")),
    foreign_key(
        columns("list", "owner"),
        references = "todo.list",
        referenced("id", "owner"),
        on_delete = "cascade"
    ),
    check("person <> owner"),
    index(name = "member_person_idx", keys(person)),
    force_row_security
)]
pub(crate) struct Member {
    pub(crate) list: Uuid,
    #[column(default = "tenon.caller()")]
    pub(crate) owner: String,
    #[column(check = "person <> ''")]
    pub(crate) person: String,
}

/// What is to be done.
#[derive(Debug, Entity, FromRow, Serialize)]
#[entity(table = "todo.item", index(name = "item_list_idx", keys(list)), force_row_security)]
pub(crate) struct Item {
    #[column(primary_key, identity = "always")]
    pub(crate) id: i64,
    #[column(references = "todo.list(id)", on_delete = "cascade")]
    pub(crate) list: Uuid,
    #[column(default = "tenon.caller()")]
    pub(crate) author: String,
    #[column(check = "text <> ''")]
    pub(crate) text: String,
    #[column(default = "false")]
    pub(crate) done: bool,
}

/// All lists that the caller sees, the newest first.
pub(crate) fn all(db: &Connection<'_>) -> Result<Vec<List>, PluginError> {
    let sql = sql!("SELECT {List.*} FROM todo.list ORDER BY created_at DESC, id LIMIT 100", () -> List);
    db.fetch(&sql, ())
}

pub(crate) fn find(db: &Connection<'_>, id: Uuid) -> Result<Option<List>, PluginError> {
    db.fetch_opt(&sql!("SELECT {List.*} FROM todo.list WHERE id = $1", (Uuid) -> List), (id,))
}

pub(crate) fn insert(db: &Connection<'_>, title: &str) -> Result<List, PluginError> {
    let sql = sql!("INSERT INTO todo.list (title) VALUES ($1) RETURNING {List.*}", (&str) -> List);
    db.fetch_one(&sql, (title,))
}

/// How many lists are gone: none, where it is no list of the caller's own.
pub(crate) fn remove(db: &Connection<'_>, id: Uuid) -> Result<u64, PluginError> {
    db.run(&sql!("DELETE FROM todo.list WHERE id = $1", (Uuid)), (id,))
}

pub(crate) fn items(db: &Connection<'_>, list: Uuid) -> Result<Vec<Item>, PluginError> {
    let sql = sql!("SELECT {Item.*} FROM todo.item WHERE list = $1 ORDER BY id", (Uuid) -> Item);
    db.fetch(&sql, (list,))
}

pub(crate) fn add(db: &Connection<'_>, list: Uuid, text: &str) -> Result<Item, PluginError> {
    let sql = sql!(
        "INSERT INTO todo.item (list, text) VALUES ($1, $2) RETURNING {Item.*}",
        (Uuid, &str) -> Item
    );
    db.fetch_one(&sql, (list, text))
}

pub(crate) fn tick(db: &Connection<'_>, id: i64, done: bool) -> Result<Option<Item>, PluginError> {
    let sql = sql!("UPDATE todo.item SET done = $2 WHERE id = $1 RETURNING {Item.*}", (i64, bool) -> Item);
    db.fetch_opt(&sql, (id, done))
}

/// The people beside the owner whom the caller sees: for the owner all, for another themself.
pub(crate) fn people(db: &Connection<'_>, list: Uuid) -> Result<Vec<String>, PluginError> {
    let sql = sql!("SELECT person FROM todo.member WHERE list = $1 ORDER BY person", (Uuid) -> String);
    db.fetch(&sql, (list,))
}

pub(crate) fn share(db: &Connection<'_>, list: Uuid, person: &str) -> Result<Member, PluginError> {
    let sql = sql!(
        "INSERT INTO todo.member (list, person) VALUES ($1, $2) RETURNING {Member.*}",
        (Uuid, &str) -> Member
    );
    db.fetch_one(&sql, (list, person))
}

pub(crate) fn unshare(db: &Connection<'_>, list: Uuid, person: &str) -> Result<u64, PluginError> {
    let sql = sql!("DELETE FROM todo.member WHERE list = $1 AND person = $2", (Uuid, &str));
    db.run(&sql, (list, person))
}
