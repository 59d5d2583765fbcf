//! What the migrations of a plugin make in a scratch database, held against its descriptors.

use std::collections::BTreeSet;

use tenon_migrations_core::claims::{self, Claim, Unmanaged};
use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::repair::Sides;
use tenon_migrations_core::snapshot::{CatalogSnapshot, ObjectId, Objects, SnapshotPart};
use tokio_postgres::Client;

use super::declared::{declared, missing_schemas};

use crate::database::migration_session::Unobserved;
use crate::database::role_identity::server_major;
use crate::database::search_path::{OWN, SEARCH_PATH};
use crate::heal::prove::undeclared::{on_purpose, undeclared_objects};
use crate::plugin::registry::{Registered, Registry};
use crate::schema::elaborate::elaborate;
use crate::schema::whole;
use crate::scratch::made_by::{MadeByError, Maker, requirements};
use crate::scratch::replay::{self, Bodies};

/// The two sides, and the session in which the one can be changed.
pub(super) struct Comparison<'a> {
    pub(super) client: &'a Client,
    pub(super) plugin: &'a Registered,
    registry: &'a Registry,
    /// The plugin and those that it requires.
    needed: BTreeSet<PluginId>,
    /// What the migrations of the plugin have made.
    made: BTreeSet<ObjectId>,
    /// The statements that made the schemas which the plugin's objects stand in and no migration makes.
    pub(super) schemas: Vec<String>,
    pub(super) declared: CatalogSnapshot,
    /// All that stands in the scratch database.
    pub(super) standing: CatalogSnapshot,
    server_major: i32,
}

impl<'a> Comparison<'a> {
    /// Runs the migrations of the plugin and of those that it requires, and elaborates its descriptors.
    pub(super) async fn new(
        client: &'a Client,
        registry: &'a Registry,
        plugin: &'a Registered,
    ) -> Result<Self, MadeByError> {
        let id = &plugin.info.id;
        let needed = requirements(registry, id);
        let declared = declared(client, registry, plugin, &needed).await?;
        let mut runner = replay::begin(client, Bodies::Checked, Unobserved).await?;
        replay::make_open(client).await.map_err(MadeByError::Session)?;
        let mut maker = Maker::new(client, id);
        for migration in registry.migrations.iter().filter(|one| needed.contains(&one.id.plugin)) {
            maker.next(migration).await.map_err(MadeByError::Standing)?;
            runner.run(migration).await?;
        }
        let (standing, made) = maker.end().await.map_err(MadeByError::Standing)?;
        let schemas = missing_schemas(client, plugin).await.map_err(MadeByError::Session)?;
        for sql in &schemas {
            client.batch_execute(sql).await.map_err(MadeByError::Session)?;
        }
        client.batch_execute(SEARCH_PATH).await.map_err(MadeByError::Session)?;
        let declared = match declared {
            Some(declared) => declared,
            None => elaborate(client, &plugin.descriptors).await?,
        };
        let server_major = server_major(client).await.map_err(MadeByError::Session)?;
        Ok(Self { client, plugin, registry, needed, made, schemas, declared, standing, server_major })
    }

    /// Reads again what stands there.
    pub(super) async fn read_again(&mut self) -> Result<(), MadeByError> {
        self.client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
        self.standing = whole::within(self.client).await.map_err(MadeByError::Standing)?;
        Ok(())
    }

    /// How what stands there is not what is expected: what the plugin declares, and what its migrations have
    /// made and nobody declares any more.
    pub(super) fn differences(&self, expected: &CatalogSnapshot) -> Vec<Difference> {
        let on_purpose = on_purpose(self.registry, &self.needed);
        let gone =
            undeclared_objects(self.registry, &self.needed, &self.standing, &self.made, &self.declared);
        let gone = gone.into_iter().filter(|id| !on_purpose.contains(id.to_string().as_str()));
        let gone: BTreeSet<_> =
            gone.filter(|id| self.standing.objects.contains_key(*id)).map(Claim::to).collect();
        let theirs = self.standing.objects.iter().filter(|(id, _)| gone.contains(&Claim::to(id)));
        let part = claims::part(&self.standing, &self.plugin.claims, &self.declared);
        compare(expected, &part.objects().chain(theirs).collect::<SnapshotPart<'_>>())
    }

    /// What may stand there under another name.
    pub(super) fn unmanaged(&self) -> Vec<Unmanaged> {
        claims::unmanaged(&self.standing, &self.plugin.claims, &[&self.declared])
    }

    pub(super) fn sides<'s>(
        &'s self,
        expected: &'s CatalogSnapshot,
        unmanaged: &'s [Unmanaged],
    ) -> Sides<'s> {
        let (live, descriptors) = (&self.standing, &self.plugin.descriptors);
        Sides { expected, live, descriptors, unmanaged, server_major: self.server_major }
    }
}
