//! Making the roles what they are to be, inside the heal's transaction, once everything they may use is
//! there.

use std::collections::BTreeSet;

use tenon_migrations_core::migration::PluginId;
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::deviations::within;
use super::{Deviation, DeviationKind, NoSecret, Roles, create, create_owner};

/// How often what still differs is put right: a right that was too much may be one that another way is
/// needed.
const ROUNDS: usize = 3;

/// Why the roles are not what they are to be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RolesError {
    #[error(transparent)]
    NoSecret(#[from] NoSecret),
    #[error("the plugins' login roles could not be read")]
    Read(#[source] Error),
    #[error("the login role {} could not be made or changed", .role.as_str())]
    Change {
        role: Ident,
        #[source]
        source: Error,
    },
    /// PostgreSQL only warns of grants that it does not make.
    #[error("the login roles are not what they are to be after all that the role that heals may do: {}", .0.join("; "))]
    Remains(Vec<String>),
}

/// How much there was to do.
#[derive(Debug)]
pub(crate) struct MadeRoles {
    pub roles: usize,
    pub statements: usize,
}

/// Makes those that are absent, gives those the right password that have a wrong one, and puts right in what
/// they differ, of all plugins but those that are left out. `search_path` has to be `pg_catalog` alone.
pub(crate) async fn make(
    client: &Client,
    roles: &Roles,
    wrong: &BTreeSet<PluginId>,
    without: &BTreeSet<PluginId>,
) -> Result<MadeRoles, RolesError> {
    let concerned = |one: &Deviation| roles.plugin(&one.role).is_some_and(|plugin| !without.contains(plugin));
    let (mut changed, mut statements) = (BTreeSet::new(), 0);
    let has_maker = has_maker(client).await.map_err(RolesError::Read)?;
    let mut differs = within(client, roles).await.map_err(RolesError::Read)?;
    for (_, role) in roles.owners.iter().filter(|(plugin, _)| !without.contains(*plugin)) {
        if differs.iter().any(|one| one.role == *role && one.what == DeviationKind::Absent) {
            match has_maker {
                true => by_maker(client, roles, role, None).await?,
                false => change(client, role, &create_owner(role)).await?,
            }
            changed.insert(role.clone());
            statements += 1;
        }
    }
    for (plugin, role) in roles.names.iter().filter(|(plugin, _)| !without.contains(*plugin)) {
        let absent = differs.iter().any(|one| one.role == *role && one.what == DeviationKind::Absent);
        if has_maker {
            if absent || wrong.contains(plugin) {
                by_maker(client, roles, role, Some(&roles.verifier(role)?)).await?;
                changed.insert(role.clone());
                statements += 1;
            }
            continue;
        }
        let quoted = role.quoted();
        let sql = if absent {
            let about = format!(
                "The login role of the plugin {plugin}: made, and given its rights, by heals of Tenon"
            );
            format!("{}; COMMENT ON ROLE {quoted} IS '{about}'", create(role, &roles.verifier(role)?))
        } else if wrong.contains(plugin) {
            format!("ALTER ROLE {quoted} PASSWORD '{}'", roles.verifier(role)?)
        } else {
            continue;
        };
        change(client, role, &sql).await?;
        changed.insert(role.clone());
        statements += 1;
    }
    for _ in 0..ROUNDS {
        differs = within(client, roles).await.map_err(RolesError::Read)?;
        differs.retain(|one| concerned(one) && one.sql.is_some());
        if differs.is_empty() {
            return Ok(MadeRoles { roles: changed.len(), statements });
        }
        for one in &differs {
            match one.what {
                DeviationKind::Attribute
                | DeviationKind::Member
                | DeviationKind::Held
                | DeviationKind::Joins
                | DeviationKind::Acts
                    if has_maker =>
                {
                    by_maker(client, roles, &one.role, None).await?;
                }
                _ => change(client, &one.role, one.sql.as_deref().unwrap_or_default()).await?,
            }
            changed.insert(one.role.clone());
            statements += 1;
        }
    }
    Err(RolesError::Remains(
        differs.iter().map(|one| format!("{} {}", one.role.as_str(), one.told)).collect(),
    ))
}

/// Whether roles are made and changed by a function that may what the role that heals may not.
pub(crate) async fn has_maker(client: &Client) -> Result<bool, Error> {
    Ok(!client.query_typed(include_str!("sql/maker.sql"), &[]).await?.is_empty())
}

/// Has the function make the role what it is to be, which it does as a whole.
async fn by_maker(
    client: &Client,
    roles: &Roles,
    role: &Ident,
    verifier: Option<&str>,
) -> Result<(), RolesError> {
    let sql = "SELECT tenon_cluster.plugin_role($1, $2, $3, $4)";
    let changes = roles.changes_schema(role);
    let becomes: Vec<&str> = roles.becomes(role).map(Ident::as_str).collect();
    let parameters = [
        (&role.as_str() as _, Type::TEXT),
        (&verifier as _, Type::TEXT),
        (&changes as _, Type::BOOL),
        (&becomes as _, Type::TEXT_ARRAY),
    ];
    let made = client.query_typed(sql, &parameters).await;
    made.map(drop).map_err(|source| RolesError::Change { role: role.clone(), source })
}

async fn change(client: &Client, role: &Ident, sql: &str) -> Result<(), RolesError> {
    let failed = |source| RolesError::Change { role: role.clone(), source };
    client.batch_execute(sql).await.map_err(failed)
}
