//! The cards of plugins on the console's overview: asked for side by side, each with a short deadline, and
//! remembered for some seconds, so that many who look cost the database no more than one.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use serde::Serialize;
use uuid::Uuid;

use super::Tenon;
use super::plugins::Question;
use crate::config::CallBounds;
use crate::plugin::cards::{CardShown, PluginCard};
use crate::plugin::registry::{Library, Registered};
use crate::support::lock::LockExt;

/// How long a card may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long what it shows is remembered, and how long that it could not.
const SHOWN: Duration = Duration::from_secs(5);
const FAILED: Duration = Duration::from_secs(15);

/// A card, and what it shows.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CardReport {
    /// The plugin's id.
    pub plugin: String,
    pub plugin_name: String,
    pub card: String,
    /// The title, for people.
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<CardShown>,
    /// Why it shows nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What the cards showed last, by plugin and card, and until when that holds.
#[derive(Debug, Default)]
pub(super) struct CardCache(Mutex<HashMap<(String, String), (Instant, CardReport)>>);

impl CardCache {
    fn get(&self, plugin: &str, card: &str) -> Option<CardReport> {
        let known = self.0.lock_unpoisoned();
        let (until, report) = known.get(&(plugin.to_owned(), card.to_owned()))?;
        (Instant::now() < *until).then(|| report.clone())
    }

    fn put(&self, report: &CardReport) {
        let lasts = if report.failure.is_some() { FAILED } else { SHOWN };
        let key = (report.plugin.clone(), report.card.clone());
        self.0.lock_unpoisoned().insert(key, (Instant::now() + lasts, report.clone()));
    }
}

impl Tenon {
    /// The cards of all plugins that serve, in the order of their ids.
    pub async fn cards(&self) -> Vec<CardReport> {
        let mut all = Vec::new();
        for id in self.registry.plugins.keys() {
            if let Ok((registered, library)) = self.serving(id.as_str()) {
                all.extend(library.cards.all().iter().map(|card| self.card(registered, library, card)));
            }
        }
        join_all(all).await
    }

    /// The cards of all plugins that serve, each asked for anew.
    pub async fn cards_now(&self) -> Vec<CardReport> {
        self.cards.0.lock_unpoisoned().clear();
        self.cards().await
    }

    async fn card(&self, registered: &Registered, library: &Library, card: &PluginCard) -> CardReport {
        if let Some(known) = self.cards.get(&library.id, &card.name) {
            return known;
        }
        let shown = Box::pin(self.ask_card(registered, library, card)).await;
        let (shown, failure) = match shown {
            Ok(shown) => (Some(shown), None),
            Err(failure) => {
                let (plugin, card) = (&*library.id, &card.name);
                tracing::warn!(plugin, card, "a card shows nothing: {failure}");
                (None, Some(failure))
            }
        };
        let report = CardReport {
            plugin: library.id.to_string(),
            plugin_name: registered.info.name.clone(),
            card: card.name.clone(),
            title: card.title.clone(),
            shown,
            failure,
        };
        self.cards.put(&report);
        report
    }

    async fn ask_card(
        &self,
        registered: &Registered,
        library: &Library,
        card: &PluginCard,
    ) -> Result<CardShown, String> {
        let (id, bounds) = (Uuid::now_v7().to_string(), self.config.plugins.bounds());
        let bounds = CallBounds { time: bounds.time.min(DEADLINE), ..bounds };
        let question =
            Question::of_host((registered, library), &card.route, ("/", &id), Bytes::new(), bounds);
        let answer = self.ask_for_host(question).await;
        let answer = answer.map_err(|error| error.to_string())?;
        CardShown::of(&answer.body).map_err(|error| format!("what it shows cannot be read: {error}"))
    }
}
