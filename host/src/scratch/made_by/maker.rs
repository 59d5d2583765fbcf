//! What the migrations of one plugin make, seen by what stands before and after them.

use std::collections::BTreeSet;

use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_migrations_core::snapshot::{CatalogSnapshot, ObjectId};
use tokio_postgres::{Client, Error};

use crate::database::search_path::OWN;
use crate::schema::whole;

/// Looks what there is whenever the plugin's turn comes and goes.
#[derive(Debug)]
pub(crate) struct Maker<'a> {
    client: &'a Client,
    plugin: &'a PluginId,
    before: Option<BTreeSet<ObjectId>>,
    made: BTreeSet<ObjectId>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(client: &'a Client, plugin: &'a PluginId) -> Self {
        Self { client, plugin, before: None, made: BTreeSet::new() }
    }

    /// Takes note that the given migration runs next.
    pub(crate) async fn next(&mut self, migration: &PluginMigration) -> Result<(), Error> {
        match (migration.id.plugin == *self.plugin, self.before.is_some()) {
            (true, false) => self.before = Some(self.standing().await?.objects.into_keys().collect()),
            (false, true) => {
                let standing = self.standing().await?;
                self.pause(&standing);
            }
            _ => {}
        }
        Ok(())
    }

    /// No migration comes any more. Gives what stands there, and which of it the plugin's migrations have
    /// made.
    pub(crate) async fn end(mut self) -> Result<(CatalogSnapshot, BTreeSet<ObjectId>), Error> {
        let standing = self.standing().await?;
        self.pause(&standing);
        self.made.retain(|id| standing.objects.contains_key(id));
        Ok((standing, self.made))
    }

    fn pause(&mut self, standing: &CatalogSnapshot) {
        if let Some(before) = self.before.take() {
            self.made.extend(standing.objects.keys().filter(|id| !before.contains(*id)).cloned());
        }
    }

    async fn standing(&self) -> Result<CatalogSnapshot, Error> {
        self.client.batch_execute(OWN).await?;
        whole::within(self.client).await
    }
}
