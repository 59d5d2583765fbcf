//! Bad: its statements are wrong in every way in which a statement can be, and one of its tables is declared
//! nowhere.

use tenon_plugin_api::prelude::*;

#[derive(Debug, Clone, Copy, EnumType)]
#[pg_enum(name = "faulty.state")]
enum State {
    Open,
    Done,
}

#[derive(Debug, Clone, Copy, EnumType)]
#[pg_enum(name = "faulty.mood")]
enum Mood {
    Calm,
    Wild,
}

#[derive(Debug, Entity)]
#[entity(table = "faulty.note")]
struct Note {
    #[column(primary_key, identity = "always")]
    id: i64,
    text: String,
    state: State,
    due: Option<Date>,
    #[column(type = "money")]
    price: Option<Numeric>,
    #[column(type = "tsvector")]
    words: Option<String>,
}

#[derive(Debug, FromRow)]
struct Read {
    id: i64,
    text: String,
    due: Date,
}

#[derive(Debug, FromRow)]
struct Mistaken {
    id: String,
    written_at: Timestamp,
    state: Mood,
}

#[derive(Debug, FromRow)]
struct Priced {
    price: Numeric,
}

const FINE: Sql<(i64, &str, State), Read> = sql!(
    "SELECT id, text, due FROM faulty.note WHERE id = $1 AND text = $2 AND state = $3",
    (i64, &str, State) -> Read
);

struct Faulty;

impl Plugin for Faulty {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let read = db.fetch(&FINE, (1, "a", State::Open))?;
        db.query(sql!("SELEC id FROM faulty.note"), &[])?;
        db.query(sql!("SELECT nme FROM faulty.note WHERE text <> 'it''s {not} shown'"), &[])?;
        db.query(sql!("SELECT id FROM faulty.notes"), &[])?;
        db.query(sql!("SELECT id FROM faulty.note WHERE text = 1"), &[])?;
        db.query(sql!("SELECT $1"), &[&1_i64])?;
        db.execute(sql!("COMMIT"), &[])?;
        db.execute(sql!("SET ROLE postgres"), &[])?;
        db.execute(sql!("SELECT 1; SELECT 2"), &[])?;
        db.query(sql!("SELECT id FROM tenon.migration"), &[])?;
        db.query(sql!("SELECT id FROM identity.account"), &[])?;
        db.query(sql!("SELECT price FROM faulty.note"), &[])?;
        db.query(sql!("SELECT words, n FROM faulty.note n"), &[])?;
        db.fetch(&sql!("SELECT id FROM faulty.note WHERE text = $1", (i32) -> i64), (1,))?;
        db.fetch(&sql!("SELECT id FROM faulty.note WHERE state = $1", (Mood) -> i64), (Mood::Calm,))?;
        let sql = sql!(
            "SELECT id, text, state
             FROM faulty.note
             WHERE id = $1",
            (i64) -> Mistaken
        );
        db.fetch_opt(&sql, (1,))?;
        db.fetch(&sql!("SELECT price FROM faulty.note", () -> Priced), ())?;
        db.fetch(&sql!("SELECT id, text FROM faulty.note", () -> i64), ())?;
        db.fetch(&sql!("SELECT id, text FROM faulty.note", () -> (i64, bool)), ())?;
        db.run(&sql!("INSERT INTO faulty.note (text) VALUES ($1) RETURNING id", (&str)), ("a",))?;
        Response::json(&read.len())
    }
}

export_plugin! {
    Faulty,
    id: "faulty",
    name: "Faulty Plugin",
    access: public,
    routes: ["GET /"],
    entities: [Note],
    enums: [State],
    migrations: embed_migrations!(files: ["faulty/0001_notes.sql"]),
}

/// What the fields are there for.
#[expect(dead_code, reason = "they are read by nobody")]
fn told(read: &Read, mistaken: &Mistaken, priced: &Priced) -> String {
    let Mistaken { id, written_at, state } = mistaken;
    format!("{} {} {} {id} {written_at} {state:?} {}", read.id, read.text, read.due, priced.price)
}
