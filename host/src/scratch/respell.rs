//! The spellings that restores give to a snapshot which no heal has made: what it says is made in a scratch
//! database, where it can be fed to the server again.

use std::collections::BTreeSet;

use tenon_migrations_core::compare::{Change, Difference};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, Value};
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::copy::{CopyError, made_alike};
use super::replay::{self, Bodies};
use crate::database::connect::Database;
use crate::database::migration_session::Unobserved;
use crate::schema::spelling;
use crate::scratch::database::{ScratchError, ScratchSessionError, in_scratch, in_session};

/// Why the spellings are not known.
#[derive(Debug, thiserror::Error)]
pub enum RespellError {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Reach(#[from] ScratchSessionError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("what was made in the scratch database could not be made again")]
    Spell(#[source] tokio_postgres::Error),
}

/// Whether this may be a matter of spelling alone: a text that PostgreSQL prints from what it has parsed.
pub fn may_be_spelling(difference: &Difference) -> bool {
    let Change::Changed { property, expected: Some(_), found: Some(_) } = &difference.change else {
        return false;
    };
    spelling::is_printed(difference.object.kind, *property)
}

/// Adds to the texts of these objects the spellings that restores give them. The server has to be of the
/// major version that printed the snapshot. Of what cannot be made there, nothing is added.
pub async fn complete(
    server: &Database,
    snapshot: &mut CatalogSnapshot,
    objects: &BTreeSet<ObjectId>,
) -> Result<(), RespellError> {
    let original = &*snapshot;
    let made = in_scratch(server, async |scratch| {
        in_session(&scratch, async |client| made_there(&client, original, objects).await).await
    });
    let made = made.await???;
    for (id, object) in made.objects {
        let Some(original) = snapshot.objects.get_mut(&id) else { continue };
        for (property, value) in object {
            let Some(text) = original.get_mut(&property) else { continue };
            let more = value.spellings().iter().filter(|one| !text.spellings().contains(one));
            let spellings: Vec<_> = text.spellings().iter().chain(more).cloned().collect();
            if spelling::is_printed(id.kind, property) && spellings.len() > 1 {
                *text = Value::Spellings(spellings);
            }
        }
    }
    Ok(())
}

/// The objects as they stand where the whole snapshot was made, with all spellings of theirs.
async fn made_there(
    client: &Client,
    original: &CatalogSnapshot,
    objects: &BTreeSet<ObjectId>,
) -> Result<CatalogSnapshot, RespellError> {
    // Never committed: settings of roles, and whatever else all databases of a server share, stay as they
    // are.
    let _runner = replay::begin(client, Bodies::Unchecked, Unobserved).await.map_err(CopyError::Begin)?;
    // Neither has texts, and event triggers would fire at what is made next.
    let original = original.only(|id| !matches!(id.kind, Kind::Settings | Kind::EventTrigger));
    let schemas: BTreeSet<Ident> = original.objects.keys().map(|id| id.schema.clone()).collect();
    let (copy, _) = made_alike(client, &schemas.into(), &original).await?;
    let mut made = copy.only(|id| objects.contains(id));
    spelling::complete(client, &mut made).await.map_err(RespellError::Spell)?;
    Ok(made)
}
