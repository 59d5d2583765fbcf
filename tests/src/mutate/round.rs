//! One change of one kind: chosen, made, looked for, undone.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use tenon_host::schema::state::Renewal;
use tenon_migrations_core::compare::compare;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::database::{Loaded, SchemaState, read, read_twice, said};
use super::kinds::{Kind, Place};
use super::nothing::changes_nothing;
use super::repair::{RepairOutcome, repair};

/// The most candidates that are chosen among.
const MOST: usize = 200;

/// Candidates beyond this many that PostgreSQL refused are not tried.
const PATIENCE: usize = 25;

/// What came of a kind.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing to change in that way, or only what PostgreSQL refuses or what changes nothing: what it said
    /// last.
    NotApplicable(Option<String>),
    /// The host could not find out what there is to change.
    NotTried(String),
    /// Told; how what was seen before was renewed; and what came of the repairs that were offered.
    Caught(Renewal, RepairOutcome),
    /// The statements that no difference told of.
    Missed(String),
}

/// One way to make a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    sql: String,
    schema: String,
    object: String,
    hold: Option<String>,
}

/// Makes one change of that kind, chosen by the seed, and looks whether the reading tells it.
pub(super) async fn try_kind(loaded: &mut Loaded, kind: &Kind, seed: u64) -> Outcome {
    // Of the kind's name too, so that a new kind does not change what the others do.
    let salt = kind.name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut dice = StdRng::seed_from_u64(seed ^ salt.rotate_left(32));
    let mut candidates = match candidates(&loaded.client, kind, dice.random_range(1..=1000)).await {
        Ok(candidates) => candidates,
        Err(why) => return Outcome::NotTried(why),
    };
    candidates.shuffle(&mut dice);
    let mut refused = None;
    for candidate in candidates.iter().take(PATIENCE) {
        let changed = match kind.place {
            Place::Transaction => in_transaction(loaded, candidate).await,
            Place::HeldCopy => in_held_copy(loaded, candidate).await,
        };
        let missed = match changed {
            Ok(Changed { after, .. }) if !tells(&loaded.before, &after, candidate) => candidate.sql.clone(),
            Ok(Changed { renewed: Err(why), .. }) => format!("{}\n{why}", candidate.sql),
            Ok(Changed { renewed: Ok(renewal), repaired, .. }) => {
                return Outcome::Caught(renewal, repaired.after(&candidate.sql));
            }
            Err(NotSeen::Refused(why)) => {
                refused = Some(format!("{why}: {}", candidate.sql));
                continue;
            }
            Err(NotSeen::Unread(why)) => format!("{}\n{why}", candidate.sql),
        };
        let alters =
            kind.place == Place::HeldCopy || changes_nothing(loaded, &candidate.sql).await != Ok(true);
        if alters {
            return Outcome::Missed(missed);
        }
        refused = Some(format!("it changes nothing: {}", candidate.sql));
    }
    Outcome::NotApplicable(refused)
}

/// Some of the ways to make a change, the same for the same number: of two things that go together in any
/// pair there are millions in a large schema.
async fn candidates(client: &Client, kind: &Kind, number: i32) -> Result<Vec<Candidate>, String> {
    let columns = match kind.place {
        Place::Transaction => "schema, object, sql",
        Place::HeldCopy => "schema, object, sql, hold",
    };
    let chosen = format!(
        "SELECT * FROM ({}\n) AS candidate ({columns}) WHERE sql IS NOT NULL ORDER BY md5($1::text || sql), sql LIMIT {MOST}",
        kind.query
    );
    let rows = client.query_typed(&chosen, &[(&number, Type::INT4)]).await.map_err(|error| said(&error))?;
    let mut candidates: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            // A statement built from something that is not there is NULL.
            let sql = row.get::<_, Option<String>>(2)?;
            let hold = if row.len() > 3 { row.get(3) } else { None };
            Some(Candidate { sql, schema: row.get(0), object: row.get(1), hold })
        })
        .collect();
    // The rows of a query without ORDER BY come as they like.
    candidates.sort();
    Ok(candidates)
}

/// What came of a change.
struct Changed {
    after: SchemaState,
    /// How what was said before was renewed, or why it was not.
    renewed: Result<Renewal, String>,
    repaired: RepairOutcome,
}

/// Why nothing came of a change.
enum NotSeen {
    /// PostgreSQL did not make it.
    Refused(String),
    /// PostgreSQL made it, and the database can no longer be read.
    Unread(String),
}

impl Changed {
    /// Looks at it from all sides, in a transaction.
    async fn of(client: &Client, before: &SchemaState) -> Result<Self, NotSeen> {
        let after = read(client).await.map_err(NotSeen::Unread)?;
        let renewed = before.renewed(client, &after).await;
        let repaired = repair(client, before, &after).await;
        Ok(Self { after, renewed, repaired })
    }
}

async fn in_transaction(loaded: &Loaded, candidate: &Candidate) -> Result<Changed, NotSeen> {
    let client = &loaded.client;
    client.batch_execute("BEGIN").await.unwrap();
    let after = match client.batch_execute(&candidate.sql).await {
        Ok(()) => Changed::of(client, &loaded.before).await,
        Err(error) => Err(NotSeen::Refused(said(&error))),
    };
    client.batch_execute("ROLLBACK").await.unwrap();
    after
}

/// The last statement has to run into its time limit, as a build does that is given up.
async fn in_held_copy(loaded: &mut Loaded, candidate: &Candidate) -> Result<Changed, NotSeen> {
    let refused = |error: &tokio_postgres::Error| NotSeen::Refused(said(error));
    let (copy, client) = loaded.copy().await;
    let before = read_twice(&client).await.map_err(NotSeen::Unread)?;
    let (last, first) = {
        let mut statements: Vec<_> = candidate.sql.lines().collect();
        (statements.pop().unwrap_or_default(), statements)
    };
    for statement in first {
        client.batch_execute(statement).await.map_err(|error| refused(&error))?;
    }
    let held = copy.hold(candidate.hold.as_deref().expect("a held kind says what is held"));
    client.batch_execute("SET statement_timeout = '300ms'").await.unwrap();
    let failed = client.batch_execute(last).await;
    drop(held);
    client.batch_execute("SET statement_timeout = '60s'").await.unwrap();
    match failed {
        Ok(()) => Err(NotSeen::Refused("it did not fail".to_owned())),
        Err(_) => {
            client.batch_execute("BEGIN").await.unwrap();
            Changed::of(&client, &before).await
        }
    }
}

/// Whether a difference, or an announcement, names the changed object or something of its own.
fn tells(before: &SchemaState, after: &SchemaState, candidate: &Candidate) -> bool {
    let named = |name: &str| name == candidate.object;
    let told = compare(&before.snapshot, &after.snapshot).into_iter().any(|difference| {
        let id = difference.object;
        id.schema.as_str() == candidate.schema
            && (named(id.name.as_str()) || id.relation.is_some_and(|relation| named(relation.as_str())))
    });
    told || after.announced.iter().any(|announced| {
        !before.announced.contains(announced)
            && announced.1 == format!("{}.{}", candidate.schema, candidate.object)
    })
}
