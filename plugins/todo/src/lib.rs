//! To-do lists: everybody has their own, and may share each with others.

mod list;
mod policies;

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

use list::{Item, List, Member};

struct Todo;

impl Plugin for Todo {
    routes! {
        "GET /lists" => all(),
        "POST /lists" => make(&body),
        "GET /lists/{id}" => read(id),
        "DELETE /lists/{id}" => remove(id),
        "POST /lists/{id}/items" => add(id, &body),
        "PATCH /items/{id}" => tick(id, &body),
        "POST /lists/{id}/people" => share(id, &body),
        "DELETE /lists/{id}/people/{person}" => unshare(id, &person),
    }
}

fn all(db: &Connection<'_>) -> Result<Json<Vec<List>>, PluginError> {
    list::all(db).map(Json)
}

#[derive(Deserialize)]
struct NewList {
    title: String,
}

fn make(db: &Connection<'_>, new: &NewList) -> Result<(u16, Json<List>), PluginError> {
    Ok((201, Json(list::insert(db, &new.title)?)))
}

fn read(db: &Connection<'_>, id: Uuid) -> Result<Json<Value>, PluginError> {
    let found = list::find(db, id)?.ok_or_else(|| no_list(id))?;
    let (items, people) = (list::items(db, id)?, list::people(db, id)?);
    Ok(Json(json!({ "list": found, "items": items, "people": people })))
}

/// A list of somebody else is answered like one that is not there, also where it is shared.
fn no_list(id: Uuid) -> PluginError {
    PluginError::not_found(format!("you have no list {id}"))
}

fn remove(db: &Connection<'_>, id: Uuid) -> Result<(), PluginError> {
    if list::remove(db, id)? == 0 { Err(no_list(id)) } else { Ok(()) }
}

#[derive(Deserialize)]
struct NewItem {
    text: String,
}

fn add(db: &Connection<'_>, id: Uuid, new: &NewItem) -> Result<(u16, Json<Item>), PluginError> {
    // Without it the policy would refuse the row, with an error that is none of the caller's.
    list::find(db, id)?.ok_or_else(|| no_list(id))?;
    Ok((201, Json(list::add(db, id, &new.text)?)))
}

#[derive(Deserialize)]
struct Tick {
    done: bool,
}

fn tick(db: &Connection<'_>, id: i64, tick: &Tick) -> Result<Json<Item>, PluginError> {
    let ticked = list::tick(db, id, tick.done)?;
    ticked.map(Json).ok_or_else(|| PluginError::not_found(format!("you have no item {id}")))
}

#[derive(Deserialize)]
struct Invited {
    person: String,
}

/// A list was shared with somebody.
#[event]
struct Shared {
    list: Uuid,
    title: String,
    owner: String,
    person: String,
}

/// Shares a list of the caller's own with somebody, by the id under which the host knows them.
fn share(db: &Connection<'_>, id: Uuid, invited: &Invited) -> Result<(u16, Json<Member>), PluginError> {
    let shared = list::share(db, id, &invited.person).map_err(|error| {
        if error.is_missing_reference() {
            no_list(id)
        } else if error.is_check_violation() {
            PluginError::bad_request("a list is shared with somebody else")
        } else {
            error
        }
    })?;
    if let Some(List { id, title, owner, .. }) = list::find(db, id)? {
        let person = shared.person.clone();
        db.emit("todo.shared", &Shared { list: id, title, owner, person })?;
    }
    Ok((201, Json(shared)))
}

fn unshare(db: &Connection<'_>, id: Uuid, person: &str) -> Result<(), PluginError> {
    if list::unshare(db, id, person)? == 0 { Err(no_list(id)) } else { Ok(()) }
}

export_plugin! {
    Todo,
    id: "todo",
    name: "Todo Plugin",
    emits: { "todo.shared": Shared },
    entities: [List, Member, Item],
    policies: {
        List: [policies::own(), policies::shared()],
        Member: [policies::own(), policies::of_me(), policies::leave()],
        Item: [policies::of_list(), policies::signed()],
    },
    migrations: "migrations",
    lock: "tenon.lock",
}
