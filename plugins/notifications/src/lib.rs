//! Notifications: people are told by a webhook what others have done for them.

mod message;
mod sending;
mod settings;

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

use message::{Message, Standing};

struct Notifications;

impl Plugin for Notifications {
    routes! {
        "GET /messages" => mine(),
        admin "GET /outbox" => outbox(),
        admin "POST /outbox/{id}/again" => again(id),
    }
}

fn mine(db: &Connection<'_>) -> Result<Json<Vec<Message>>, PluginError> {
    message::of_caller(db).map(Json)
}

/// How the messages stand, and those that were refused.
fn outbox(db: &Connection<'_>) -> Result<Json<Value>, PluginError> {
    let standing: Standing = message::standing(db)?;
    Ok(Json(json!({ "standing": standing, "refused": message::refused(db)? })))
}

fn again(db: &Connection<'_>, id: i64) -> Result<(), PluginError> {
    match message::send_again(db, id)? {
        true => Ok(()),
        false => Err(PluginError::not_found(format!("no message {id} was refused"))),
    }
}

/// What is needed of `todo.shared`.
#[derive(Deserialize)]
struct Shared {
    owner: String,
    person: String,
    title: String,
}

fn on_shared(db: &Connection<'_>, event: &Event<'_, Shared>) -> Result<(), PluginError> {
    let Shared { owner, person, title } = event.payload();
    message::insert(db, event.id(), person, &format!("{owner} shares the list {title:?} with you"))
}

fn send(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    sending::send(db, job, Notifications.settings())
}

fn waiting(db: &Connection<'_>, _: &Card<'_>) -> Result<CardNumber, PluginError> {
    Ok(CardNumber::from(message::standing(db)?.waiting).unit("messages"))
}

export_plugin! {
    Notifications,
    id: "notifications",
    name: "Notifications Plugin",
    requires: { todo: "^1" },
    needs: [fetch],
    events: { "todo.shared": on_shared },
    jobs: [every("1m", send).retries(5).pause("10s").deadline("5m")],
    assets: "web",
    pages: [page("outbox", "Outbox", "index.html")],
    cards: [number("waiting", "Waiting to be sent", waiting)],
    settings: settings::Settings,
    entities: [Message],
    migrations: "migrations",
    lock: "tenon.lock",
}
