//! The read stage: the ledger and the catalog, in one short transaction that cannot write.
//!
//! What the last reading saw is kept, and only what can have changed since is read again: nothing where the
//! change token stands still; some relations, and all that depends on them, where nothing but relations has
//! changed; else everything.

mod fresh;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::{try_join, try_join3};
use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::probable::Builds;
use tenon_migrations_core::roles;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use self::fresh::{Seen, fresh};
use super::catalog::{self, Catalogs};
use super::ledger::{self, Ledger, LedgerError, StoredSnapshot};
use super::sessions::{SecondarySource, Sessions};
use super::token::{self, ChangedRelations, RelationVersions, Token};
use crate::database::bounds::{Bounds, NoResponse};
use crate::database::unavailable::Unavailable;

/// How often a reading that was torn by concurrent DDL is begun anew.
const ATTEMPTS: usize = 4;

/// What is read of a database.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub schemas: BTreeSet<Ident>,
    /// The roles that are the host's to see to, such as the plugins' login roles: what they are granted is
    /// left out.
    pub roles: BTreeSet<Ident>,
}

impl From<BTreeSet<Ident>> for Scope {
    fn from(schemas: BTreeSet<Ident>) -> Self {
        Self { schemas, roles: BTreeSet::new() }
    }
}

/// What the database says.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub ledger: Ledger,
    pub live: CatalogSnapshot,
    /// The tables on which an index is being built at this moment.
    pub builds: Builds,
    /// What stands in the schemas that were read and is of a kind not compared: kind and names.
    pub announced: Vec<(String, Vec<String>)>,
    /// What could not be read, and why.
    pub unprinted: Vec<Unreadable>,
}

/// What the database said, and by what it is known whether it still does.
#[derive(Debug, Clone)]
pub struct CachedState {
    pub state: Arc<State>,
    schemas: BTreeSet<Ident>,
    token: Token,
    /// The relation versions, which are not there at first: a process that checks once, or heals and ends,
    /// has no use for them.
    relation_versions: Option<RelationVersions>,
    /// Whether a check has asked for it.
    asked: bool,
}

/// How a state was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing has changed since it was seen, as another host has read.
    Confirmed,
    /// Nothing has changed since it was seen.
    Unchanged,
    /// Some relations were read again.
    Part,
    /// Everything was read.
    Whole,
}

impl Renewal {
    /// Whether what was known before still holds.
    pub fn is_unchanged(self) -> bool {
        matches!(self, Self::Confirmed | Self::Unchanged)
    }
}

/// Why the database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the catalog could not be read")]
    Catalog(#[source] tokio_postgres::Error),
    #[error("the change token could not be read")]
    Token(#[source] tokio_postgres::Error),
    #[error("the reading transaction could not be made or ended")]
    Transaction(#[source] tokio_postgres::Error),
    #[error("what is to be read is locked: {holders}")]
    Locked { holders: String, source: Box<ReadError> },
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("the catalog was changing: {ATTEMPTS} readings in a row were torn by concurrent DDL")]
    Torn,
}

impl ReadError {
    /// Whether it may be one object's, so that others can be read.
    fn is_of_an_object(&self) -> bool {
        matches!(self, Self::Catalog(error) | Self::Token(error) if catalog::careful::is_of_an_object(error))
    }
}

/// Reads the ledger and all objects of these schemas, and of those that stored snapshots name, as far as they
/// can have changed since they were seen.
///
/// Writes nothing: the transaction is `READ ONLY`. Waits for nobody longer than the bounds, and leaves no
/// lock behind. After an error what was seen can still be renewed.
pub async fn read(
    client: &Client,
    beside: Option<SecondarySource<'_>>,
    bounds: Bounds,
    scope: &Scope,
    cached: &mut Option<CachedState>,
) -> Result<Renewal, ReadError> {
    bounds.answered(read_bounded(client, beside, bounds, scope, cached)).await
}

/// Reads the state, bounded by the server's own timeouts alone.
async fn read_bounded(
    client: &Client,
    beside: Option<SecondarySource<'_>>,
    bounds: Bounds,
    scope: &Scope,
    cached: &mut Option<CachedState>,
) -> Result<Renewal, ReadError> {
    client.batch_execute(&bounds.begin_reading()).await.map_err(ReadError::Transaction)?;
    let mut read = renew_by(Care::No, client, beside, scope, cached).await;
    if let Err(error) = &read
        && error.is_of_an_object()
    {
        let anew = format!("ROLLBACK; {}", bounds.begin_reading());
        client.batch_execute(&anew).await.map_err(ReadError::Transaction)?;
        read = renew_by(Care::Yes, client, None, scope, cached).await;
    }
    let end = client.batch_execute(if read.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
    match read {
        Ok(read) => end.map(|()| read).map_err(ReadError::Transaction),
        Err(error) => Err(who_locks(client, &scope.schemas, error).await),
    }
}

/// The error, with those who hold what could not be locked in time, if they can be seen.
async fn who_locks(client: &Client, schemas: &BTreeSet<Ident>, error: ReadError) -> ReadError {
    if Unavailable::of(&error) != Unavailable::TimedOut {
        return error;
    }
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let asked = client.query_typed(include_str!("sql/who_locks.sql"), &[(&names, Type::NAME_ARRAY)]).await;
    let holders = asked.ok().and_then(|rows| rows.first()?.try_get::<_, Option<String>>("holders").ok()?);
    match holders {
        Some(holders) => ReadError::Locked { holders, source: Box::new(error) },
        None => error,
    }
}

/// Renews the state inside the caller's transaction.
pub async fn renew(
    client: &Client,
    beside: Option<SecondarySource<'_>>,
    scope: &Scope,
    cached: &mut Option<CachedState>,
) -> Result<Renewal, ReadError> {
    renew_by(Care::No, client, beside, scope, cached).await
}

/// Whether something that cannot be printed is minded: what takes care takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    No,
    Yes,
}

async fn renew_by(
    care: Care,
    client: &Client,
    beside: Option<SecondarySource<'_>>,
    scope: &Scope,
    cached: &mut Option<CachedState>,
) -> Result<Renewal, ReadError> {
    // An index build that is cut off changes nothing in the catalogs, and what is seen changes with it.
    if cached.as_ref().is_some_and(|cached| !cached.state.builds.is_empty()) {
        *cached = None;
    }
    let former = cached.as_ref().map(|cached| &cached.token);
    let mut token = token::read(client, former).await.map_err(ReadError::Token)?;
    if let Some(cached) = cached
        && cached.token.same(&token)
    {
        cached.token = token;
        // Whoever asks twice will ask again, when something has changed.
        if std::mem::replace(&mut cached.asked, true)
            && cached.relation_versions.is_none()
            && care == Care::No
        {
            cached.relation_versions = relation_versions_of(client, &cached.token).await?;
        }
        return Ok(Renewal::Unchanged);
    }
    for attempt in 0..ATTEMPTS {
        let relation_versions = match &*cached {
            // Marks have names.
            _ if care == Care::Yes => None,
            Some(cached) if attempt == 0 => Some(cached.relation_versions_at(client, &token).await?),
            // Whoever has seen nothing yet needs none, unless to see through changes elsewhere.
            None if attempt == 0 => None,
            _ => Some(relation_versions(client).await?),
        };
        let seen = Seen::of(cached.as_ref(), &token, relation_versions.as_ref());
        if matches!(seen.changed, ChangedRelations::Nothing)
            && let Some(cached) = cached
        {
            (cached.token, cached.relation_versions) = (token, relation_versions);
            return Ok(Renewal::Unchanged);
        }
        let fresh = fresh(care, client, beside, scope, seen, token.catalogs()).await?;
        let after = token::read(client, Some(&token)).await.map_err(ReadError::Token)?;
        let untorn = after.same(&token)
            || (after.same_ledger(&token)
                && relation_versions.is_some()
                && Some(self::relation_versions(client).await?) == relation_versions);
        // It was read before the relation versions of the next attempt will be.
        token = after;
        if untorn {
            return Ok(fresh.put(cached, token, relation_versions));
        }
    }
    Err(ReadError::Torn)
}

/// The relation versions that go with this token, if it still stands.
async fn relation_versions_of(client: &Client, token: &Token) -> Result<Option<RelationVersions>, ReadError> {
    let relation_versions = relation_versions(client).await?;
    let after = token::read(client, Some(token)).await.map_err(ReadError::Token)?;
    Ok(after.same(token).then_some(relation_versions))
}

async fn relation_versions(client: &Client) -> Result<RelationVersions, ReadError> {
    RelationVersions::read(client).await.map_err(ReadError::Token)
}

/// The whole state inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone. For a
/// heal, which holds the lock and sees its own changes.
pub async fn within(client: &Client, scope: &Scope) -> Result<State, ReadError> {
    Ok(whole(Care::Yes, client.into(), scope, Catalogs::UNKNOWN).await?.0)
}

/// Whether what was seen still holds inside the caller's transaction, which has to be `READ COMMITTED`.
pub async fn still_holds(client: &Client, cached: &CachedState) -> Result<bool, ReadError> {
    let token = token::read(client, Some(&cached.token)).await.map_err(ReadError::Token)?;
    Ok(cached.token.same(&token))
}

/// The whole state inside the caller's transaction, with what tells later whether it still holds.
pub async fn cached_within(client: &Client, scope: &Scope) -> Result<CachedState, ReadError> {
    // First: whatever others commit while it is read, or after, makes the token another.
    let token = token::read(client, None).await.map_err(ReadError::Token)?;
    let (state, schemas) = whole(Care::Yes, client.into(), scope, Catalogs::UNKNOWN).await?;
    Ok(CachedState { state: Arc::new(state), schemas, token, relation_versions: None, asked: false })
}

impl CachedState {
    /// By what other hosts can know whether the catalog is what it was when this was read: it is the same as
    /// long as nothing that a check reads has changed.
    pub fn digest(&self) -> String {
        self.token.digest()
    }

    /// Whether another host that has read what is known by this digest has seen what this is.
    pub fn is_confirmed_by(&self, digest: &str) -> bool {
        // An index build that is cut off changes nothing in the catalogs, and what is seen changes with it.
        self.state.builds.is_empty() && self.digest() == digest
    }

    /// The relation versions that go with a token that was read after this one's.
    async fn relation_versions_at(
        &self,
        client: &Client,
        token: &Token,
    ) -> Result<RelationVersions, ReadError> {
        if let Some(former) = &self.relation_versions {
            let renewed = former.renewed(client, &self.token, token).await;
            if let Some(relation_versions) = renewed.map_err(ReadError::Token)? {
                return Ok(relation_versions);
            }
        }
        relation_versions(client).await
    }

    /// What everybody sees once the caller's transaction is committed, which has stored these snapshots since
    /// and changed nothing else. `None` where they change what there is to be read.
    pub async fn with_snapshots(
        mut self,
        client: &Client,
        schemas: &BTreeSet<Ident>,
        snapshots: BTreeMap<PluginId, StoredSnapshot>,
    ) -> Result<Option<Self>, ReadError> {
        let state = Arc::make_mut(&mut self.state);
        state.ledger.snapshots.extend(snapshots);
        if all_schemas(schemas, &state.ledger) != self.schemas {
            return Ok(None);
        }
        self.token = self.token.of_ledger_now(client).await.map_err(ReadError::Token)?;
        Ok(Some(self))
    }
}

/// The ledger, and all that stands in these schemas and in those that its snapshots name.
async fn whole(
    care: Care,
    sessions: Sessions<'_>,
    scope: &Scope,
    catalogs: Catalogs,
) -> Result<(State, BTreeSet<Ident>), ReadError> {
    let stored = ledger::read(sessions.first).await?;
    // The snapshots are decoded while the server is at work. Few of them name a schema that no plugin has any
    // more.
    let decoded = async { Ok(stored.decoded()?) };
    let (state, ledger) = try_join(catalog(care, sessions, &scope.schemas, catalogs), decoded).await?;
    let all = all_schemas(&scope.schemas, &ledger);
    let mut state =
        if all == scope.schemas { state } else { catalog(care, sessions, &all, catalogs).await? };
    roles::set_aside(&mut state.live, &scope.roles);
    Ok((State { ledger, ..state }, all))
}

/// All but the ledger.
async fn catalog(
    care: Care,
    sessions: Sessions<'_>,
    schemas: &BTreeSet<Ident>,
    catalogs: Catalogs,
) -> Result<State, ReadError> {
    if care == Care::Yes {
        return catalog_surely(sessions.first, schemas).await.map_err(ReadError::Catalog);
    }
    let read = try_join(
        catalog::read_present(sessions, schemas, catalogs),
        catalog::announce(sessions.first, schemas),
    );
    let ((live, announced), builds) = with_builds(sessions.first, read).await.map_err(ReadError::Catalog)?;
    Ok(State { live, announced, builds, ..State::default() })
}

/// Reads the catalog query by query, so that what cannot be printed ends nothing but itself.
async fn catalog_surely(client: &Client, schemas: &BTreeSet<Ident>) -> Result<State, Error> {
    let (live, unprinted) = catalog::read_surely(client, schemas).await?;
    let announced = if unprinted.is_empty() {
        catalog::announce(client, schemas).await?
    } else {
        let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
        catalog::careful::announce(client, &names).await?
    };
    let ((), builds) = with_builds(client, async { Ok(()) }).await?;
    Ok(State { live, announced, builds, unprinted, ..State::default() })
}

/// What is read, and where an index is being built meanwhile.
async fn with_builds<T>(
    client: &Client,
    read: impl Future<Output = Result<T, Error>>,
) -> Result<(T, Builds), Error> {
    // What sessions are doing is kept for the whole of a transaction once it was asked for.
    let anew = client.batch_execute("SELECT pg_catalog.pg_stat_clear_snapshot()");
    let ((), read, builds) = try_join3(anew, read, catalog::builds(client)).await?;
    Ok((read, builds))
}

fn all_schemas(schemas: &BTreeSet<Ident>, ledger: &Ledger) -> BTreeSet<Ident> {
    let stored = ledger.snapshots.values().flat_map(|stored| stored.snapshot.objects.keys());
    let stored = stored.map(|id| &id.schema).filter(|schema| !schema.as_str().is_empty());
    let more: BTreeSet<_> = stored.filter(|schema| !schemas.contains(*schema)).collect();
    schemas.iter().chain(more).cloned().collect()
}
