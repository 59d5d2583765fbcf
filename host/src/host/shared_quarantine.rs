//! The words of administrators that plugins are in quarantine, which hold on all hosts of a database: in
//! `tenon.quarantine`, and in the state directory of each host, which knows them while the database is away.
//!
//! A row stays when its plugin is released, with the time. So of two words on one file the later one holds,
//! also where one of them was given while the database was away. What a plugin did to a host is that host's
//! own and is not shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::Tenon;
use super::memory::{self, SharedError, is_shared};
use crate::plugin::faults::{Quarantine, QuarantineError, Quarantined, Why};
use crate::support::errors::chain;
use crate::support::state_dir;

/// What the database says of one file.
struct SharedWord {
    one: Quarantined,
    released: Option<Timestamp>,
}

/// What is to be done so that the host and the database say the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    to_put_here: Vec<Quarantined>,
    to_release_here: Vec<Quarantined>,
    to_put_there: Vec<Quarantined>,
    to_release_there: Vec<(String, Timestamp)>,
}

impl Tenon {
    /// Brings this host and the database into line. Where that is not possible each keeps what it has.
    pub(super) async fn share_quarantine(&self) {
        let shared: Result<(), SharedError> = async {
            let folder = Quarantine::in_dir(&self.config.state_dir);
            let known = state_dir::off_workers(move || {
                Ok::<_, QuarantineError>((folder.all()?, folder.released_words()))
            });
            // What is here is read first: a word that is given meanwhile is shared by whoever gives it, and
            // an older word of the database must not undo it.
            let Ok(Ok((here, released))) = known.await else { return Ok(()) };
            let Ok(connection) = self.connection().await else { return Ok(()) };
            let client = connection.driven_by_task();
            let Some(there) = self.bounds().read(client, words(client)).await? else { return Ok(()) };
            let differences = compared(&here, &released, &there);
            if !differences.to_put_there.is_empty() || !differences.to_release_there.is_empty() {
                self.write_words(&differences).await?;
            }
            let (quarantine, state_dir) = (Arc::clone(&self.quarantine), self.config.state_dir.clone());
            let done = state_dir::off_workers(move || {
                differences.to_put_here.iter().try_for_each(|one| quarantine.put(one))?;
                let folder = Quarantine::in_dir(&state_dir);
                differences.to_release_here.iter().try_for_each(|one| folder.take_out(one))?;
                folder.forget_released_words(&released)
            });
            if let Ok(Err(error)) = done.await {
                tracing::warn!("what is in quarantine on other hosts is not here: {}", chain(&error));
            }
            Ok(())
        }
        .await;
        if let Err(error) = shared {
            tracing::debug!("what is in quarantine is not shared: {}", chain(&error));
        }
    }

    async fn write_words(&self, differences: &Differences) -> Result<(), SharedError> {
        if self.database.is_none() {
            return Ok(());
        }
        let client = self.own_tables(memory::NAME).await?;
        self.bounds().within(&client, write(&client, differences)).await
    }
}

/// What the database says; nothing before the migration of its table.
async fn words(client: &Client) -> Result<Option<Vec<SharedWord>>, SharedError> {
    if !is_shared(client).await? {
        return Ok(None);
    }
    let rows = client.query_typed(include_str!("sql/quarantine_words.sql"), &[]).await?;
    let word = |row: &tokio_postgres::Row| {
        let body: &str = row.try_get("body")?;
        let one = serde_json::from_str(body)
            .map_err(|source| SharedError::Damaged { what: "a quarantine".to_owned(), source })?;
        Ok(SharedWord { one, released: row.try_get("released")? })
    };
    rows.iter().map(word).collect::<Result<_, SharedError>>().map(Some)
}

async fn write(client: &Client, differences: &Differences) -> Result<(), SharedError> {
    for one in &differences.to_put_there {
        let body = serde_json::to_string(one)
            .map_err(|source| SharedError::Damaged { what: "a quarantine".to_owned(), source })?;
        let sql = include_str!("sql/put_into_quarantine.sql");
        client.execute_typed(sql, &[(&one.sha256, Type::TEXT), (&body, Type::TEXT)]).await?;
    }
    for (sha256, at) in &differences.to_release_there {
        let sql = include_str!("sql/release_from_quarantine.sql");
        client.execute_typed(sql, &[(sha256, Type::TEXT), (at, Type::TIMESTAMPTZ)]).await?;
    }
    Ok(())
}

/// Holds what stands here, and what was released here, against what the database says. Of what is said of
/// one file the latest word holds.
fn compared(
    here: &[Quarantined],
    released: &BTreeMap<String, Timestamp>,
    there: &[SharedWord],
) -> Differences {
    let mut differences = Differences::default();
    for SharedWord { one, released: over } in there {
        let mine = here.iter().find(|mine| mine.sha256 == one.sha256);
        let word = mine.filter(|mine| mine.why == Why::Word);
        match (latest(word, released.get(&one.sha256).copied()), *over) {
            // What the plugin did to this host holds it here, whatever administrators say.
            (None, _) if mine.is_some() => {}
            (None, None) => differences.to_put_here.push(one.clone()),
            (None | Some(Latest::Released(_)), Some(_)) => {}
            (Some(Latest::Released(at)), None) if at >= one.since => {
                differences.to_release_there.push((one.sha256.clone(), at));
            }
            (Some(Latest::Released(_)), None) => differences.to_put_here.push(one.clone()),
            (Some(Latest::Put(mine)), Some(at)) if mine.since > at => {
                differences.to_put_there.push(mine.clone());
            }
            (Some(Latest::Put(mine)), Some(_)) => differences.to_release_here.push(mine.clone()),
            (Some(Latest::Put(_)), None) => {}
        }
    }
    let unknown = |mine: &&Quarantined| there.iter().all(|word| word.one.sha256 != mine.sha256);
    let mine = here.iter().filter(|mine| mine.why == Why::Word).filter(unknown);
    let stands = |mine: &&Quarantined| {
        matches!(latest(Some(mine), released.get(&mine.sha256).copied()), Some(Latest::Put(_)))
    };
    differences.to_put_there.extend(mine.filter(stands).cloned());
    differences
}

/// The latest word that was given here on a file.
enum Latest<'a> {
    Put(&'a Quarantined),
    /// Released, although its file may still be there for a moment.
    Released(Timestamp),
}

fn latest(word: Option<&Quarantined>, released: Option<Timestamp>) -> Option<Latest<'_>> {
    match (word, released) {
        (Some(word), Some(at)) if at < word.since => Some(Latest::Put(word)),
        (_, Some(at)) => Some(Latest::Released(at)),
        (word, None) => word.map(Latest::Put),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(since: &str) -> Quarantined {
        Quarantined {
            plugin: "rogue".parse().unwrap(),
            name: "Rogue Plugin".to_owned(),
            file: "/plugins/librogue.so".into(),
            sha256: "ab".to_owned(),
            why: Why::Word,
            reason: "ops says: it leaks".to_owned(),
            since: since.parse().unwrap(),
        }
    }

    fn shared(since: &str, released: Option<&str>) -> SharedWord {
        SharedWord { one: word(since), released: released.map(|at| at.parse().unwrap()) }
    }

    const MONDAY: &str = "2026-03-02T00:00:00Z";
    const TUESDAY: &str = "2026-03-03T00:00:00Z";

    #[test]
    fn the_later_word_holds_wherever_it_was_given() {
        let none = BTreeMap::new();
        let there = |word| compared(&[], &none, &[word]);
        assert_eq!(there(shared(MONDAY, None)).to_put_here, [word(MONDAY)]);
        assert_eq!(there(shared(MONDAY, Some(TUESDAY))), Differences::default());
        let both = |mine, theirs| compared(&[word(mine)], &none, &[theirs]);
        assert_eq!(both(MONDAY, shared(MONDAY, None)), Differences::default());
        assert_eq!(both(MONDAY, shared(MONDAY, Some(TUESDAY))).to_release_here, [word(MONDAY)]);
        assert_eq!(both("2026-03-04T00:00:00Z", shared(MONDAY, Some(TUESDAY))).to_put_there.len(), 1);
        assert_eq!(compared(&[word(MONDAY)], &none, &[]).to_put_there, [word(MONDAY)]);
        let released = BTreeMap::from([("ab".to_owned(), TUESDAY.parse().unwrap())]);
        let told = compared(&[], &released, &[shared(MONDAY, None)]);
        assert_eq!(told.to_release_there, [("ab".to_owned(), TUESDAY.parse().unwrap())]);
        // Put there anew after that.
        let told = compared(&[], &released, &[shared("2026-03-04T00:00:00Z", None)]);
        assert_eq!(told.to_put_here.len(), 1);
        // Released here a moment ago: the file is still there.
        let told = compared(&[word(MONDAY)], &released, &[shared(MONDAY, None)]);
        assert_eq!(told.to_release_there, [("ab".to_owned(), TUESDAY.parse().unwrap())]);
        assert_eq!(compared(&[word(MONDAY)], &released, &[]), Differences::default());
        // And put there anew here after that.
        let mine = word("2026-03-04T00:00:00Z");
        assert_eq!(compared(&[mine], &released, &[shared(MONDAY, None)]), Differences::default());
    }

    #[test]
    fn what_a_plugin_did_to_one_host_is_not_shared() {
        let mine = Quarantined { why: Why::Panicked, ..word(MONDAY) };
        assert_eq!(compared(std::slice::from_ref(&mine), &BTreeMap::new(), &[]), Differences::default());
        let told = compared(&[mine], &BTreeMap::new(), &[shared(MONDAY, Some(TUESDAY))]);
        assert_eq!(told, Differences::default());
    }
}
