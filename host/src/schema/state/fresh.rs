//! Reading again what can have changed since a state was seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenon_migrations_core::probable::Builds;
use tenon_migrations_core::roles;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::{Care, ReadError, Renewal, Scope, Seen, State, whole, with_builds};
use crate::schema::beside::{Beside, Sessions};
use crate::schema::catalog::{self, RelationNames};
use crate::schema::token::{self, Marks, Moved, Token};

/// What has changed since it was seen, as far as that can be known.
pub(super) fn moved(seen: Option<&Seen>, token: &Token, marks: Option<&Marks>) -> Moved {
    let seen = seen.filter(|seen| seen.token.same_ledger(token));
    let former = seen.and_then(|seen| seen.marks.as_ref());
    marks.zip(former).map_or(Moved::More, |(marks, former)| marks.since(former))
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
    beside: Option<Beside<'_>>,
    scope: &Scope,
    seen: Option<&Seen>,
    marks: Option<&Marks>,
    moved: Moved,
) -> Result<Fresh, ReadError> {
    // Where something could not be read, what it is in may have been repaired elsewhere.
    let seen = seen.filter(|seen| care == Care::No && seen.state.unprinted.is_empty());
    if let (Moved::Relations(relations), Some(seen), Some(marks)) = (moved, seen, marks)
        && let Some(all) = token::dependents(client, &relations).await.map_err(ReadError::Token)?
    {
        let names = marks.names(&all, &seen.schemas);
        let part = with_builds(client, catalog::read_part(client, &seen.schemas, RelationNames(&names)));
        let (mut part, builds) = part.await.map_err(ReadError::Catalog)?;
        roles::set_aside(&mut part, &scope.roles);
        return Ok(Fresh::Part { names, part, builds });
    }
    let second = match beside {
        Some(beside) => beside.session().await,
        None => None,
    };
    let sessions = Sessions { first: client, second: second.as_ref() };
    let (state, schemas) = whole(care, sessions, scope).await?;
    if let Some(second) = second {
        second.end().await.map_err(ReadError::Transaction)?;
    }
    Ok(Fresh::Whole { state, schemas })
}

impl Fresh {
    pub(super) fn put(self, seen: &mut Option<Seen>, token: Token, marks: Option<Marks>) -> Renewal {
        match self {
            Self::Whole { state, schemas } => {
                *seen = Some(Seen { state: Arc::new(state), schemas, token, marks, asked: true });
                Renewal::Whole
            }
            Self::Part { names, part, builds } => {
                if let Some(seen) = seen {
                    let state = Arc::make_mut(&mut seen.state);
                    RelationNames(&names).replace(&mut state.live, part);
                    state.builds = builds;
                    (seen.token, seen.marks) = (token, marks);
                }
                Renewal::Part
            }
        }
    }
}
