//! The console's sessions, which hold on all hosts of a database: in `tenon.session`, with the key that seals
//! the cookies in `tenon.session_key`. While the database is away, or the migration of the tables is pending,
//! each host has its own (`admin/session/`).
//!
//! The key is read and made as the role that heals. Where a key for the plugins' roles is configured
//! (`plugins.role_key_file`), which all hosts have and the database has not, the cookies' key is made of
//! both: then nobody can begin a session by what stands in the database.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha512;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::Tenon;
use super::memory::{self, SharedError};
use crate::support::errors::chain;

/// One session, as all hosts know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSession {
    /// A hash of the id that stands in the cookie.
    pub id: Uuid,
    pub account: String,
    /// How they logged in.
    pub method: String,
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub address: String,
    pub agent: String,
    pub ended: bool,
}

impl Tenon {
    /// The sessions that all hosts know of those that began since then; nothing where the database cannot
    /// say.
    pub async fn shared_sessions(&self, since: Timestamp) -> Option<Vec<SharedSession>> {
        let connection = self.connection().await.ok()?;
        let client = connection.driven_by_task();
        let read: Result<_, SharedError> = self.bounds().read(client, sessions(client, since)).await;
        read.unwrap_or_else(|error| {
            tracing::debug!("the sessions of other hosts could not be read: {}", chain(&error));
            None
        })
    }

    /// Makes these known to all hosts, and has those forgotten that began before then.
    pub async fn share_sessions(&self, sessions: &[SharedSession], forget: Timestamp) -> bool {
        let shared: Result<(), SharedError> = async {
            let client = self.own_tables(memory::NAME).await?;
            self.bounds().within(&client, write(&client, sessions, forget)).await
        }
        .await;
        shared
            .inspect_err(|error| {
                tracing::debug!("sessions are known on this host alone: {}", chain(error));
            })
            .is_ok()
    }

    /// The key that seals the cookies on all hosts; where there is none it is made of this one, if one is
    /// given.
    pub async fn shared_session_key(&self, new: Option<&[u8]>) -> Option<SecretSlice<u8>> {
        let key: Result<_, SharedError> = async {
            let client = self.own_tables(memory::NAME).await?;
            self.bounds().within(&client, session_key(&client, new)).await
        }
        .await;
        let key = key.unwrap_or_else(|error| {
            tracing::debug!("the key of the sessions could not be read: {}", chain(&error));
            None
        });
        key.map(|key| self.mixed(key))
    }

    /// The key as it seals: made of the database's, and of the one that only hosts have where there is one.
    fn mixed(&self, key: SecretSlice<u8>) -> SecretSlice<u8> {
        let secret = self.config.plugins.role_key.as_ref();
        let mac =
            secret.and_then(|secret| Hmac::<Sha512>::new_from_slice(secret.expose_secret().as_bytes()).ok());
        match mac {
            None => key,
            Some(mut mac) => {
                mac.update(b"tenon sessions\0");
                mac.update(key.expose_secret());
                mac.finalize().into_bytes().to_vec().into()
            }
        }
    }
}

async fn are_there(client: &Client) -> Result<bool, SharedError> {
    let rows = client.query_typed(include_str!("sql/session_tables.sql"), &[]).await?;
    Ok(rows.first().map_or(Ok(false), |row| row.try_get("there"))?)
}

/// Nothing before the migration of the tables.
async fn sessions(client: &Client, since: Timestamp) -> Result<Option<Vec<SharedSession>>, SharedError> {
    if !are_there(client).await? {
        return Ok(None);
    }
    let sql = include_str!("sql/sessions.sql");
    let rows = client.query_typed(sql, &[(&since, Type::TIMESTAMPTZ)]).await?;
    rows.iter().map(session_of).collect::<Result<_, _>>().map(Some)
}

fn session_of(row: &Row) -> Result<SharedSession, SharedError> {
    Ok(SharedSession {
        id: row.try_get("id")?,
        account: row.try_get("account")?,
        method: row.try_get("method")?,
        since: row.try_get("since")?,
        last_seen: row.try_get("last_seen")?,
        address: row.try_get("address")?,
        agent: row.try_get("agent")?,
        ended: row.try_get("ended")?,
    })
}

async fn write(client: &Client, sessions: &[SharedSession], forget: Timestamp) -> Result<(), SharedError> {
    let ids: Vec<_> = sessions.iter().map(|one| one.id).collect();
    let texts = |of: fn(&SharedSession) -> &str| sessions.iter().map(of).collect::<Vec<_>>();
    let times = |of: fn(&SharedSession) -> Timestamp| sessions.iter().map(of).collect::<Vec<_>>();
    let (accounts, methods) = (texts(|one| &one.account), texts(|one| &one.method));
    let (addresses, agents) = (texts(|one| &one.address), texts(|one| &one.agent));
    let (since, last_seen) = (times(|one| one.since), times(|one| one.last_seen));
    let ended: Vec<_> = sessions.iter().map(|one| one.ended).collect();
    client
        .execute_typed(
            include_str!("sql/keep_sessions.sql"),
            &[
                (&ids, Type::UUID_ARRAY),
                (&accounts, Type::TEXT_ARRAY),
                (&methods, Type::TEXT_ARRAY),
                (&since, Type::TIMESTAMPTZ_ARRAY),
                (&last_seen, Type::TIMESTAMPTZ_ARRAY),
                (&addresses, Type::TEXT_ARRAY),
                (&agents, Type::TEXT_ARRAY),
                (&ended, Type::BOOL_ARRAY),
            ],
        )
        .await?;
    client.execute_typed(include_str!("sql/forget_sessions.sql"), &[(&forget, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}

async fn session_key(client: &Client, new: Option<&[u8]>) -> Result<Option<SecretSlice<u8>>, SharedError> {
    if !are_there(client).await? {
        return Ok(None);
    }
    if let Some(new) = new {
        client.execute_typed(include_str!("sql/make_session_key.sql"), &[(&new, Type::BYTEA)]).await?;
    }
    let rows = client.query_typed(include_str!("sql/session_key.sql"), &[]).await?;
    Ok(rows.first().map(|row| row.try_get::<_, Vec<u8>>("key")).transpose()?.map(Into::into))
}
