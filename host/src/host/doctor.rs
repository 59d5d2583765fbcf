//! All that can be looked at of an installation, without changing anything: one file a topic.
//!
//! Each topic gives its lines whatever became of the others. Without a database those that need one say that
//! they could not be looked at.

mod asked;
mod backup;
mod callers;
mod configuration;
mod core_tables;
mod events;
mod files;
mod jobs;
mod layers;
mod messages;
mod other_hosts;
mod outbound;
mod plugin_files;
mod rights;
mod saved_settings;
mod server;
mod system;

use crate::config::SetKey;
use crate::report::doctor::DoctorLine;

use self::plugin_files::PluginFiles;
use super::Tenon;

/// The topics that are about the database.
const OF_DATABASE: [&str; 10] = [
    "server",
    "connections",
    "rights",
    "own tables",
    "hosts",
    "saved settings",
    "jobs",
    "events",
    "messages",
    "backup",
];

impl Tenon {
    /// Looks at everything but the accounts. `set` are the keys of the configuration that are set, where they
    /// are known; `no_database` says why there is none, and what helps.
    pub async fn examine(
        &self,
        set: Option<&[SetKey]>,
        no_database: Option<(String, Option<String>)>,
    ) -> Vec<DoctorLine> {
        let mut lines = configuration::lines(&self.config, set);
        lines.extend(files::lines(&self.config, set));
        let PluginFiles { lines: of_plugins, closed, ids } = plugin_files::look(&self.config);
        lines.extend(of_plugins);
        lines.extend(callers::lines(&self.config.callers, &closed));
        lines.extend(outbound::lines(self, &ids).await);
        lines.extend(layers::lines(self));
        lines.extend(system::lines());
        lines.extend(match no_database {
            Some((reason, remedy)) => without_database(reason, remedy),
            None => match self.connection().await {
                Ok(_) => self.examine_database().await,
                Err(error) => {
                    let trouble = error.trouble();
                    without_database(trouble.message, Some(trouble.remedy))
                }
            },
        });
        lines
    }

    async fn examine_database(&self) -> Vec<DoctorLine> {
        let mut lines = server::lines(self).await;
        lines.extend(rights::lines(self).await);
        lines.extend(core_tables::lines(self).await);
        lines.extend(other_hosts::lines(self).await);
        lines.extend(saved_settings::lines(self).await);
        lines.extend(jobs::lines(self).await);
        lines.extend(events::lines(self).await);
        lines.extend(messages::lines(self).await);
        lines.extend(backup::lines(self).await);
        lines
    }
}

/// The one problem, and what it keeps from being looked at.
fn without_database(reason: String, remedy: Option<String>) -> Vec<DoctorLine> {
    let problem = DoctorLine::problem("database", reason, "");
    let unseen = OF_DATABASE.map(|topic| DoctorLine::unknown(topic, "the database cannot be used"));
    std::iter::once(DoctorLine { remedy, ..problem }).chain(unseen).collect()
}
