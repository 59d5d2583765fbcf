//! Stays of guests: every type of a value that is not text, routes bound to functions, and what is declared
//! beside entities.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use tenon_plugin_api::cidr::{IpCidr, IpInet};
use tenon_plugin_api::prelude::*;
use tenon_plugin_api::schema::{ForEach, Ident, ObjectName, Policy, Trigger, TriggerEvent};

#[derive(Debug, Clone, Copy, PartialEq, EnumType, Serialize, Deserialize)]
#[pg_enum(name = "typed.mood")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    Calm,
    Wild,
}

#[derive(Debug, Entity, FromRow, Serialize, Deserialize)]
#[entity(table = "typed.stay")]
pub(crate) struct Stay {
    #[column(primary_key, identity = "by_default")]
    #[serde(default)]
    id: i64,
    #[column(name = "Guest")]
    guest: String,
    mood: Mood,
    lasts: Interval,
    address: IpAddr,
    host: Option<IpInet>,
    network: Option<IpCidr>,
    nights: Range<Date>,
    seats: Option<Range<i32>>,
    price: Range<Numeric>,
    pauses: Vec<Interval>,
    weeks: Vec<Range<Date>>,
    touched: Option<Timestamp>,
}

/// A function of the table's.
const TOUCH: &str = "touch";

pub(crate) fn touched() -> Trigger {
    Trigger {
        name: Ident::new("stay_touched"),
        events: vec![TriggerEvent::Update],
        for_each: ForEach::Row,
        function: ObjectName::new("typed", TOUCH),
        ..Trigger::default()
    }
}

pub(crate) fn everybody() -> Policy {
    Policy { name: Ident::new("stay_all"), using: Some("true".to_owned()), ..Policy::default() }
}

pub(crate) struct Typed;

#[derive(Debug, Deserialize)]
struct Filter {
    mood: Option<Mood>,
    #[serde(default)]
    guest: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Night {
    night: Date,
    within: Range<Date>,
}

type Stays = Result<Json<Vec<Stay>>, PluginError>;

impl Plugin for Typed {
    routes! {
        "GET /stays" => list(&query),
        "GET /stays/{id}" => read(id),
        "POST /stays" => book(&body),
        "POST /stays/{id}/cancel" => Self::cancel(id, request),
        read_only("POST /search") => search(body),
        "GET /count" => count(),
        "GET /guests/{guest}/moods" => moods(&guest),
        "GET /price" => price(),
        "GET /touched" => last_touched(),
    }
}

impl Typed {
    /// Cancels a stay, if the caller says that it is sure.
    fn cancel(db: &Connection<'_>, id: i64, request: &Request<'_>) -> Result<(), PluginError> {
        if request.query_param("sure").is_none() {
            return Err(PluginError::conflict("say that you are sure"));
        }
        match db.run(&sql!("DELETE FROM typed.stay WHERE id = $1", (i64)), (id,))? {
            0 => Err(PluginError::not_found(format!("there is no stay {id}"))),
            _ => Ok(()),
        }
    }
}

fn list(db: &Connection<'_>, filter: &Filter) -> Stays {
    const LIST: Sql<(Option<Mood>, &[String]), Stay> = sql!(
        r#"SELECT {Stay.* as s} FROM typed.stay s
           WHERE ($1::typed.mood IS NULL OR mood = $1) AND ($2::text[] = '{}' OR "Guest" = ANY ($2))
           ORDER BY id -- {not an interpolation}"#,
        (Option<Mood>, &[String]) -> Stay
    );
    db.fetch(&LIST, (filter.mood, &filter.guest)).map(Json)
}

fn read(db: &Connection<'_>, id: i64) -> Result<Json<Stay>, PluginError> {
    let sql = sql!("SELECT {Stay.*} FROM typed.stay WHERE id = $1", (i64) -> Stay);
    db.fetch_one(&sql, (id,)).map(Json)
}

fn book(db: &Connection<'_>, stay: &Stay) -> Result<(u16, Json<Stay>), PluginError> {
    let sql = sql!(
        r#"INSERT INTO typed.stay ("Guest", mood, lasts, address, host, network, nights, seats, price, pauses, weeks)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {Stay.*}"#,
        (
            &str, Mood, Interval, IpAddr, Option<IpInet>, Option<IpCidr>, Range<Date>, Option<Range<i32>>,
            &Range<Numeric>, &[Interval], &[Range<Date>],
        ) -> Stay
    );
    let booked = db.fetch_one(
        &sql,
        (
            &stay.guest,
            stay.mood,
            stay.lasts,
            stay.address,
            stay.host,
            stay.network,
            stay.nights,
            stay.seats,
            &stay.price,
            &stay.pauses,
            &stay.weeks,
        ),
    )?;
    Ok((201, Json(booked)))
}

fn search(db: &Connection<'_>, Night { night, within }: Night) -> Stays {
    let sql = sql!(
        "SELECT {Stay.*} FROM typed.stay WHERE nights @> $1 AND nights <@ $2 ORDER BY id",
        (Date, Range<Date>) -> Stay
    );
    db.fetch(&sql, (night, within)).map(Json)
}

fn count(db: &Connection<'_>) -> Result<Json<i64>, PluginError> {
    generic::<i64>(db)
        .map(|(count, longest)| Json(count + longest.map_or(0, |longest| i64::from(longest.days))))
}

/// A statement in a generic function is registered all the same.
fn generic<T: Default>(db: &Connection<'_>) -> Result<(i64, Option<Interval>), PluginError> {
    let _: T = T::default();
    db.fetch_one(&sql!("SELECT count(*), max(lasts) FROM typed.stay", () -> (i64, Option<Interval>)), ())
}

fn moods(db: &Connection<'_>, guest: &str) -> Result<Json<Vec<Mood>>, PluginError> {
    let sql = sql!(r#"SELECT mood FROM typed.open_stay WHERE guest = $1"#, (&str) -> Mood);
    db.fetch(&sql, (guest,)).map(Json)
}

/// What nobody proves says when it runs what would help.
fn price(db: &Connection<'_>) -> Result<Json<String>, PluginError> {
    let price = db.query_one("SELECT 12.5::money AS price", &[])?;
    price.get::<Numeric>("price").map(|price| Json(price.to_string()))
}

/// When one was touched last; that the column may be NULL is worth a warning.
fn last_touched(db: &Connection<'_>) -> Result<Json<Option<Timestamp>>, PluginError> {
    let sql = sql!(
        "SELECT touched FROM typed.stay WHERE touched IS NOT NULL ORDER BY touched DESC LIMIT 1",
        () -> Timestamp
    );
    db.fetch_opt(&sql, ()).map(Json)
}
