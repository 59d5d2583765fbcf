//! The log row by row, and the proof that nobody changed it: each row's hash is over the former row's hash
//! and all that the row says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenon_migrations_core::migration::Checksum;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::AuditError;

/// The hash before the first row's.
const ORIGIN: &str = "tenon audit 1";

/// How many rows one page holds.
const PAGE: i64 = 1000;

/// One row of the log as it stands in the table: a line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Link {
    /// The row's number, from 1 without gaps.
    pub seq: i64,
    pub heal: Uuid,
    pub event: String,
    /// The attempt of the heal that the row is about, from 1.
    pub attempt: i32,
    pub at: Timestamp,
    /// JSON, and a string all the same: it is under the seal to the letter.
    pub body: String,
    /// The hash of the former row.
    pub previous: String,
    pub hash: String,
}

impl Link {
    /// The row of a query that has all the table's columns.
    pub(super) fn of(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            heal: row.try_get("heal")?,
            event: row.try_get("event")?,
            attempt: row.try_get("attempt")?,
            at: row.try_get("at")?,
            body: row.try_get("body")?,
            previous: row.try_get("previous")?,
            hash: row.try_get("hash")?,
        })
    }
}

impl Link {
    /// The hash that seals the row.
    pub(super) fn seal(&self) -> String {
        let Self { seq, heal, event, attempt, at, body, previous, .. } = self;
        let at = at.as_microsecond();
        Checksum::of(format!("{previous}\n{seq}\n{heal}\n{event}\n{attempt}\n{at}\n{body}")).to_string()
    }
}

/// The last row that is known to be sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Head {
    /// The row's number; 0 before the first row.
    pub seq: i64,
    pub hash: String,
}

/// The first place at which the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, utoipa::ToSchema)]
#[serde(tag = "broken", rename_all = "snake_case")]
pub enum Broken {
    #[error("row {seq} is missing: row {found} comes next")]
    Missing { seq: i64, found: i64 },
    #[error("row {seq} (event {event} of heal {heal}) does not continue the row before it")]
    Discontinued { seq: i64, event: String, heal: Uuid },
    #[error("row {seq} (event {event} of heal {heal}) is not what was sealed")]
    Changed { seq: i64, event: String, heal: Uuid },
    #[error("no row has the hash {hash}, which was the last one once: rows were removed from the end")]
    Shortened { hash: String },
}

/// Follows a chain from its first row on.
#[derive(Debug, Clone)]
pub struct Chain {
    head: Head,
    /// A hash that has to come by, until it has.
    expected: Option<String>,
}

impl Chain {
    /// A chain before its first row. If `expected` is given, one of its rows has to have that hash: the last
    /// row's, noted at an earlier time, shows that none was removed from the end since.
    pub fn new(expected: Option<String>) -> Self {
        Self { head: Head { seq: 0, hash: Checksum::of(ORIGIN).to_string() }, expected }
    }

    /// The last row that was followed.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Goes on to the next row, if it continues the chain and is what was sealed.
    pub fn follow(&mut self, link: &Link) -> Result<(), Broken> {
        let Link { seq, heal, ref event, .. } = *link;
        let next = self.head.seq + 1;
        if seq != next {
            return Err(Broken::Missing { seq: next, found: seq });
        }
        if link.previous != self.head.hash {
            return Err(Broken::Discontinued { seq, event: event.clone(), heal });
        }
        if link.seal() != link.hash {
            return Err(Broken::Changed { seq, event: event.clone(), heal });
        }
        self.head = Head { seq, hash: link.hash.clone() };
        if self.expected.as_ref() == Some(&link.hash) {
            self.expected = None;
        }
        Ok(())
    }

    /// Ends the chain: what was expected has to have come by.
    pub fn end(self) -> Result<Head, Broken> {
        match self.expected {
            Some(hash) => Err(Broken::Shortened { hash }),
            None => Ok(self.head),
        }
    }
}

/// The next rows after this number, in their order; none when there are no more.
pub async fn page(client: &Client, after: i64) -> Result<Vec<Link>, AuditError> {
    let sql = include_str!("sql/page.sql");
    let rows = client.query_typed(sql, &[(&after, Type::INT8), (&PAGE, Type::INT8)]).await;
    rows.and_then(|rows| rows.iter().map(Link::of).collect()).map_err(AuditError::Read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Vec<Link> {
        let mut chain = Chain::new(None);
        let link = |(seq, body): (i64, &str)| {
            let mut link = Link {
                seq,
                heal: Uuid::nil(),
                event: "started".to_owned(),
                attempt: 1,
                at: Timestamp::UNIX_EPOCH,
                body: body.to_owned(),
                previous: chain.head().hash.clone(),
                hash: String::new(),
            };
            link.hash = link.seal();
            chain.follow(&link).unwrap();
            link
        };
        [(1, r#"{"b":1, "a":2}"#), (2, "{}"), (3, "null")].into_iter().map(link).collect()
    }

    fn followed(links: &[Link], expected: Option<&str>) -> Result<Head, Broken> {
        let mut chain = Chain::new(expected.map(str::to_owned));
        links.iter().try_for_each(|link| chain.follow(link))?;
        chain.end()
    }

    #[test]
    fn a_chain_that_nobody_touched_holds_and_ends_in_its_last_row() {
        let links = links();
        let head = Head { seq: 3, hash: links[2].hash.clone() };
        assert_eq!(followed(&links, Some(&links[1].hash)), Ok(head));
        assert_eq!(followed(&[], None).map(|head| head.seq), Ok(0));
    }

    #[test]
    fn every_part_of_a_row_is_under_the_seal() {
        let changes: [fn(&mut Link); 6] = [
            |link| link.heal = Uuid::max(),
            |link| link.event = "failed".to_owned(),
            |link| link.attempt = 2,
            |link| link.at = Timestamp::MAX,
            |link| link.body.push(' '),
            |link| link.hash = "0".to_owned(),
        ];
        for change in changes {
            let mut links = links();
            change(&mut links[1]);
            assert!(matches!(followed(&links, None), Err(Broken::Changed { seq: 2, .. })), "{links:#?}");
        }
        // A row that was sealed anew no longer carries the next one.
        let mut links = links();
        links[1].body = "{}{}".to_owned();
        links[1].hash = links[1].seal();
        assert!(matches!(followed(&links, None), Err(Broken::Discontinued { seq: 3, .. })));
    }

    #[test]
    fn rows_that_are_gone_are_missed_at_the_start_in_the_middle_and_at_the_end() {
        let all = links();
        let without = |gone: usize| {
            let mut links = all.clone();
            links.remove(gone);
            followed(&links, Some(&all[2].hash))
        };
        assert_eq!(without(0), Err(Broken::Missing { seq: 1, found: 2 }));
        assert_eq!(without(1), Err(Broken::Missing { seq: 2, found: 3 }));
        assert_eq!(without(2), Err(Broken::Shortened { hash: all[2].hash.clone() }));
    }
}
