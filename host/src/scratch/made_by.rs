//! What migrations and descriptors of plugins amount to, seen in a scratch database.

mod maker;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tenon_migrations_core::claims::Claim;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::snapshot::{CatalogSnapshot, ObjectId};
use tokio_postgres::Client;

pub(crate) use self::maker::Maker;
use crate::database::connect::Database;
use crate::database::migration_session::{MigrationError, Unobserved};
use crate::database::search_path::{OWN, SEARCH_PATH};
use crate::plugin::registry::{Registered, Registry};
use crate::schema::elaborate::{ElaborateError, elaborate};
use crate::schema::spelling;
use crate::scratch::database::{ScratchError, ScratchSessionError, in_scratch, in_session};
use crate::scratch::replay::{self, Bodies};
use crate::support::errors::chain;

/// How long a check may take to have descriptors elaborated.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why it could not be seen what migrations or descriptors amount to.
#[derive(Debug, thiserror::Error)]
pub enum MadeByError {
    #[error("there is no plugin {0} in the plugin directory, or it cannot be used")]
    NoPlugin(PluginId),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Reach(#[from] ScratchSessionError),
    #[error(transparent)]
    Replay(#[from] MigrationError),
    #[error("what its migrations made could not be read")]
    Standing(#[source] tokio_postgres::Error),
    #[error("the session in the scratch database could not be set up")]
    Session(#[source] tokio_postgres::Error),
    #[error("its descriptors could not be elaborated")]
    Elaborate(#[from] ElaborateError),
    #[error("what its migrations made could not be spelled as restores spell it")]
    Spell(#[source] tokio_postgres::Error),
}

/// What the descriptors of these plugins amount to on this server, elaborated in one scratch database after
/// the migrations of all that they need; or, plugin by plugin, why they could not be.
pub async fn elaborate_all(
    registry: &Registry,
    plugins: &BTreeSet<PluginId>,
    server: &Database,
) -> Result<BTreeMap<PluginId, Result<CatalogSnapshot, String>>, ScratchError> {
    let elaborated = in_scratch(server, async |scratch| {
        tokio::time::timeout(PATIENCE, all_in_scratch(registry, plugins, &scratch)).await
    });
    let elaborated = elaborated.await?;
    let of_all = |why: &str| plugins.iter().map(|id| (id.clone(), Err(why.to_owned()))).collect();
    Ok(match elaborated {
        Ok(Ok(elaborated)) => elaborated,
        Ok(Err(error)) => of_all(&chain(&error)),
        Err(_) => of_all(&format!("it took longer than {} s", PATIENCE.as_secs())),
    })
}

/// What migrations of a plugin make.
#[derive(Debug, Clone)]
pub struct MadeBy {
    pub made: CatalogSnapshot,
    /// What its descriptors amount to, where all of its migrations have run.
    pub declared: Option<CatalogSnapshot>,
}

/// What these migrations of a plugin make, run in a scratch database after those of all that it requires that
/// are among them.
pub async fn made_by(
    registry: &Registry,
    plugin: &PluginId,
    migrations: &BTreeSet<MigrationId>,
    server: &Database,
) -> Result<MadeBy, MadeByError> {
    let plugin = registry.plugins.get(plugin).ok_or_else(|| MadeByError::NoPlugin(plugin.clone()))?;
    in_scratch(server, async |scratch| {
        in_session(&scratch, async |client| made_in_scratch(registry, plugin, migrations, &client).await)
            .await
    })
    .await??
}

async fn made_in_scratch(
    registry: &Registry,
    plugin: &Registered,
    migrations: &BTreeSet<MigrationId>,
    client: &Client,
) -> Result<MadeBy, MadeByError> {
    let mut runner = replay::begin(client, Bodies::Checked, Unobserved).await?;
    let id = &plugin.info.id;
    if !id.is_core() {
        replay::make_open(client).await.map_err(MadeByError::Session)?;
    }
    let needed = requirements(registry, id);
    let mut maker = Maker::new(client, id);
    let chosen = registry.migrations.iter().filter(|migration| migrations.contains(&migration.id));
    for migration in chosen.filter(|migration| needed.contains(&migration.id.plugin)) {
        maker.next(migration).await.map_err(MadeByError::Standing)?;
        runner.run(migration).await?;
    }
    let (standing, ids) = maker.end().await.map_err(MadeByError::Standing)?;
    let whole = plugin
        .files
        .keys()
        .all(|filename| migrations.contains(&MigrationId { plugin: id.clone(), filename: filename.clone() }));
    let mut declared = None;
    if whole {
        client.batch_execute(SEARCH_PATH).await.map_err(MadeByError::Session)?;
        declared = Some(elaborate(client, &plugin.descriptors).await?);
        client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
    }
    let owned = |id: &ObjectId| ids.contains(id) || plugin.claims.contains(&Claim::to(id));
    let mut made = standing.only(owned);
    // What it is held against may have been restored from a dump.
    spelling::complete(client, &mut made).await.map_err(MadeByError::Spell)?;
    Ok(MadeBy { made, declared })
}

async fn all_in_scratch(
    registry: &Registry,
    plugins: &BTreeSet<PluginId>,
    database: &Database,
) -> Result<BTreeMap<PluginId, Result<CatalogSnapshot, String>>, MadeByError> {
    let (client, _) = database.connect().await.map_err(ScratchSessionError::from)?;
    let batch = async |sql| client.batch_execute(sql).await.map_err(MadeByError::Session);
    let mut runner = replay::begin(&client, Bodies::Checked, Unobserved).await?;
    let needs: BTreeMap<_, _> = registry.plugins.keys().map(|id| (id, requirements(registry, id))).collect();
    let needed: BTreeSet<_> = plugins.iter().filter_map(|id| needs.get(id)).flatten().collect();
    if !needed.contains(&PluginId::core()) {
        replay::make_open(&client).await.map_err(MadeByError::Session)?;
    }
    // One plugin's trouble is not that of the others.
    let mut failed: BTreeMap<PluginId, String> = BTreeMap::new();
    let trouble = |failed: &BTreeMap<PluginId, String>, id: &PluginId| {
        needs.get(id).into_iter().flatten().find_map(|required| failed.get(required).cloned())
    };
    for migration in registry.migrations.iter().filter(|migration| needed.contains(&migration.id.plugin)) {
        let plugin = &migration.id.plugin;
        if trouble(&failed, plugin).is_some() {
            continue;
        }
        batch("SAVEPOINT tenon_migration").await?;
        match runner.run(migration).await {
            Ok(()) => batch("RELEASE SAVEPOINT tenon_migration").await?,
            Err(error) => {
                batch("ROLLBACK TO SAVEPOINT tenon_migration").await?;
                failed.insert(plugin.clone(), chain(&error));
            }
        }
    }
    let mut elaborated = BTreeMap::new();
    for plugin in plugins.iter().filter_map(|id| registry.plugins.get(id)) {
        let id = &plugin.info.id;
        let snapshot = match trouble(&failed, id) {
            Some(why) => Err(why),
            None => {
                batch(SEARCH_PATH).await?;
                elaborate(&client, &plugin.descriptors).await.map_err(|error| chain(&error))
            }
        };
        elaborated.insert(id.clone(), snapshot);
    }
    Ok(elaborated)
}

/// The plugin and all that it requires, however indirectly.
pub(crate) fn requirements(registry: &Registry, plugin: &PluginId) -> BTreeSet<PluginId> {
    let mut needed = BTreeSet::new();
    let mut wanted = vec![plugin.clone()];
    while let Some(id) = wanted.pop() {
        let requires = registry.plugins.get(&id).map(|plugin| plugin.info.requires.keys().cloned());
        if needed.insert(id) {
            wanted.extend(requires.into_iter().flatten());
        }
    }
    needed
}
