//! A plugin with pages of its own in the console, and cards on its overview.
#![expect(clippy::panic, reason = "a card may do so too")]

use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "board.note")]
struct Note {
    #[column(primary_key, identity = "always")]
    id: i64,
    text: String,
    writer: String,
}

struct Board;

impl Plugin for Board {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /me" | "GET /ops" => {
                let caller = request.caller();
                let subject = caller.as_ref().map(Caller::subject);
                let admin = caller.as_ref().is_some_and(Caller::is_admin);
                let headers = ["authorization", "cookie"].map(|name| request.header(name));
                Response::json(&json!({
                    "subject": subject, "admin": admin, "user": request.user(), "headers": headers,
                }))
            }
            "POST /notes" => {
                let text = request.json::<Value>()?["text"].as_str().unwrap_or_default().to_owned();
                let caller = request.caller();
                let writer = caller.as_ref().map(Caller::subject).unwrap_or_default().to_owned();
                db.execute("INSERT INTO board.note (text, writer) VALUES ($1, $2)", &[&text, &writer])?;
                Ok(Response::empty(204))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

fn count(db: &Connection<'_>, _: &Card<'_>) -> Result<CardNumber, PluginError> {
    let count: i64 = db.query_one("SELECT count(*) FROM board.note", &[])?.get(0)?;
    Ok(CardNumber::from(count).unit("notes"))
}

fn latest(db: &Connection<'_>, _: &Card<'_>) -> Result<CardTable, PluginError> {
    let mut table = CardTable::new(["Note", "Writer"]);
    for row in db.query("SELECT text, writer FROM board.note ORDER BY id DESC LIMIT 12", &[])?.iter() {
        table.push([row.get::<String>(0)?, row.get::<String>(1)?]);
    }
    Ok(table)
}

fn greeting(_: &Connection<'_>, _: &Card<'_>) -> Result<&'static str, PluginError> {
    Ok("<b>Write a note.</b>")
}

fn writes(db: &Connection<'_>, _: &Card<'_>) -> Result<i64, PluginError> {
    db.execute("INSERT INTO board.note (text, writer) VALUES ('by a card', '')", &[])?;
    Ok(1)
}

fn stalls(db: &Connection<'_>, _: &Card<'_>) -> Result<i64, PluginError> {
    db.query("SELECT pg_sleep(20) FROM board.note WHERE text = 'stall'", &[])?;
    Ok(1)
}

fn panics(db: &Connection<'_>, _: &Card<'_>) -> Result<i64, PluginError> {
    if !db.query("SELECT 1 FROM board.note WHERE text = 'panic'", &[])?.is_empty() {
        panic!("this card is too much");
    }
    Ok(1)
}

export_plugin! {
    Board,
    id: "board",
    name: "Board Plugin",
    version: "1.0.0",
    routes: ["GET /me", admin "GET /ops", "POST /notes"],
    assets: "board/web",
    pages: [page("board", "Board", "index.html"), page("probe", "Probe", "probe.html")],
    cards: [
        number("notes", "Notes", count),
        table("latest", "Latest notes", latest),
        text("greeting", "Greeting", greeting),
        number("writes", "Writes", writes),
        number("stalls", "Stalls", stalls),
        number("panics", "Panics", panics),
    ],
    entities: [Note],
    migrations: embed_migrations!(files: ["board/0001_board.sql"]),
}
