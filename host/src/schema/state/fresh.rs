//! Reading again what can have changed since a state was seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenon_migrations_core::probable::Builds;
use tenon_migrations_core::roles;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::{CachedState, Care, ReadError, Renewal, Scope, State, whole, with_builds};
use crate::schema::catalog::{self, Catalogs, RelationNames};
use crate::schema::sessions::{SecondarySource, Sessions};
use crate::schema::token::{self, ChangedRelations, RelationVersions, Token};

/// What was seen, and what has changed since then, as far as that can be known.
pub(super) struct Seen<'a> {
    cached: Option<&'a CachedState>,
    relation_versions: Option<&'a RelationVersions>,
    pub(super) changed: ChangedRelations,
}

impl<'a> Seen<'a> {
    pub(super) fn of(
        cached: Option<&'a CachedState>,
        token: &Token,
        relation_versions: Option<&'a RelationVersions>,
    ) -> Self {
        let comparable = cached.filter(|cached| cached.token.same_ledger(token));
        let former = comparable.and_then(|cached| cached.relation_versions.as_ref());
        let changed = relation_versions
            .zip(former)
            .map_or(ChangedRelations::Unknown, |(relation_versions, former)| relation_versions.since(former));
        Self { cached, relation_versions, changed }
    }
}

/// What was read, to be put into the place of what was seen.
pub(super) enum Fresh {
    /// The snapshot of the relations of these names alone.
    Part {
        names: BTreeSet<Ident>,
        part: CatalogSnapshot,
        builds: Builds,
    },
    Whole {
        state: State,
        schemas: BTreeSet<Ident>,
    },
}

/// Reads what can have changed.
pub(super) async fn fresh(
    care: Care,
    client: &Client,
    beside: Option<SecondarySource<'_>>,
    scope: &Scope,
    seen: Seen<'_>,
    catalogs: Catalogs,
) -> Result<Fresh, ReadError> {
    let Seen { cached, relation_versions, changed } = seen;
    // Where something could not be read, what it is in may have been repaired elsewhere.
    let cached = cached.filter(|cached| care == Care::No && cached.state.unprinted.is_empty());
    if let (ChangedRelations::Relations(relations), Some(cached), Some(relation_versions)) =
        (changed, cached, relation_versions)
        && let Some(all) = token::dependents(client, &relations).await.map_err(ReadError::Token)?
    {
        let names = relation_versions.names(&all, &cached.schemas);
        let part = with_builds(client, catalog::read_part(client, &cached.schemas, RelationNames(&names)));
        let (mut part, builds) = part.await.map_err(ReadError::Catalog)?;
        roles::set_aside(&mut part, &scope.roles);
        return Ok(Fresh::Part { names, part, builds });
    }
    let second = match beside {
        Some(beside) => beside.session().await,
        None => None,
    };
    let sessions = Sessions { first: client, second: second.as_ref() };
    let (state, schemas) = whole(care, sessions, scope, catalogs).await?;
    if let Some(second) = second {
        second.end().await.map_err(ReadError::Transaction)?;
    }
    Ok(Fresh::Whole { state, schemas })
}

impl Fresh {
    pub(super) fn put(
        self,
        cached: &mut Option<CachedState>,
        token: Token,
        relation_versions: Option<RelationVersions>,
    ) -> Renewal {
        match self {
            Self::Whole { state, schemas } => {
                *cached = Some(CachedState {
                    state: Arc::new(state),
                    schemas,
                    token,
                    relation_versions,
                    asked: true,
                });
                Renewal::Whole
            }
            Self::Part { names, part, builds } => {
                if let Some(cached) = cached {
                    let state = Arc::make_mut(&mut cached.state);
                    RelationNames(&names).replace(&mut state.live, part);
                    state.builds = builds;
                    (cached.token, cached.relation_versions) = (token, relation_versions);
                }
                Renewal::Part
            }
        }
    }
}
