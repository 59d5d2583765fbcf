//! The plugins: what they are, and their routes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tenon_migrations_core::health::{PluginHealth, Serving};
use tenon_migrations_core::migration::PluginId;

use super::{PlanError, Tenon};
use crate::config::CallBounds;
use crate::host::counters::Asked;
use crate::plugin::discover::discover;
use crate::plugin::faults::{Entry, Quarantined};
use crate::plugin::load::{Answer, CallFailure, Fault, PluginRequest, RequestLine, RoutedRequest};
use crate::plugin::registry::{Library, Out, Registered};
use crate::plugin::routes::{AskedCredentials, Matched, Missed, Route, RouteAudience};
use crate::plugin::runtime::{CallError, PluginResponse, call};
use crate::plugin::settings::SettingsSchema;
use crate::plugin::settings::saved::GivenSettings;
use crate::report::PluginSummary;
use crate::report::settings::SettingsReport;
use crate::support::state_dir;

/// How long the plugins' threads together may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// What is asked of one route of a plugin that serves.
pub(super) struct Question<'a> {
    pub(super) registered: &'a Registered,
    pub(super) library: &'a Library,
    pub(super) route: &'a Route,
    pub(super) request: PluginRequest,
    /// The values of the route's `{names}`.
    pub(super) params: Vec<(Arc<str>, String)>,
    /// SQL that is sent right before the COMMIT.
    pub(super) seal: Option<Arc<str>>,
    pub(super) bounds: CallBounds,
}

impl<'a> Question<'a> {
    /// One that no request asks: of a route that has no parameters.
    pub(super) fn of_host(
        (registered, library): (&'a Registered, &'a Library),
        route: &'a Route,
        (path, id): (&str, &str),
        body: Bytes,
        bounds: CallBounds,
    ) -> Self {
        let line = RequestLine { method: route.method, path, request_id: id, ..RequestLine::default() };
        let request = PluginRequest::new(line, body);
        Self { registered, library, route, request, params: Vec::new(), seal: None, bounds }
    }
}

/// A call that no request asks for.
#[derive(Debug)]
pub(super) struct SealedCall<'a> {
    pub(super) route: &'a Route,
    /// The id by which the log tells of it.
    pub(super) id: &'a str,
    pub(super) body: Bytes,
    /// SQL of the host's own.
    pub(super) seal: String,
    /// How long it may take, where that is not as long as a request.
    pub(super) deadline: Option<Duration>,
}

impl Tenon {
    /// The given plugins and all that require them.
    pub fn with_dependents(&self, plugins: &BTreeSet<PluginId>) -> BTreeSet<PluginId> {
        self.registry.with_dependents(plugins)
    }

    /// What a plugin can be told, and by what it runs; none where it does not say.
    pub fn settings_of(&self, plugin: &PluginId) -> Option<SettingsReport> {
        let (schema, given) = self.settings_given(plugin)?;
        if let Some(one) = self.registry.plugins.get(plugin) {
            let (info, version) = (&one.info, one.info.version.to_string());
            return Some(SettingsReport::of(
                [plugin.as_str(), &info.name, &version],
                schema,
                &given,
                Vec::new(),
            ));
        }
        let out = self.registry.out.iter().find(|out| out.id == *plugin && out.settings.is_some())?;
        let problems = out.findings.iter().map(|finding| finding.message.clone()).collect();
        Some(SettingsReport::of([plugin.as_str(), &out.name, &out.version], schema, &given, problems))
    }

    /// What a plugin says of its settings, and what it was told; none where it does not say.
    pub(super) fn settings_given(&self, plugin: &PluginId) -> Option<(&SettingsSchema, GivenSettings)> {
        let loaded = self.registry.plugins.get(plugin).and_then(|one| one.settings.as_ref());
        let out =
            || self.registry.out.iter().filter(|out| out.id == *plugin).find_map(|out| out.settings.as_ref());
        let given = self.saved.given(plugin, self.config.plugin.get(plugin.as_str()));
        Some((loaded.or_else(out)?, given))
    }

    /// All plugins, the host itself first, then by id; those that are out too.
    pub async fn plugins(&self) -> Vec<PluginSummary> {
        let registry = &self.registry;
        // What cannot be read was told when it was to be loaded.
        let quarantine = Arc::clone(&self.quarantine);
        let kept_out = state_dir::off_workers(move || quarantine.all().unwrap_or_default());
        let kept_out = kept_out.await.unwrap_or_default();
        let mut plugins: Vec<_> = registry
            .plugins
            .values()
            .map(|plugin| {
                let library = plugin.library.as_ref();
                let requires = plugin.info.requires.iter().map(|(id, range)| format!("{id} {range}"));
                let migrations = registry.migrations.iter();
                let migrations = migrations.filter(|migration| migration.id.plugin == plugin.info.id);
                let (id, name) = (plugin.info.id.clone(), plugin.info.name.clone());
                PluginSummary {
                    file: library.map(|library| library.file.display().to_string()).unwrap_or_default(),
                    sha256: library.map(|library| library.sha256.to_string()).unwrap_or_default(),
                    signature: library.and_then(|library| library.signature.clone()),
                    requires: requires.collect(),
                    routes: library.map(|library| library.routes.declared().to_vec()).unwrap_or_default(),
                    tables: plugin.descriptors.tables.iter().map(|table| table.name.to_string()).collect(),
                    migrations: migrations.map(|migration| migration.id.filename.clone()).collect(),
                    refused: library.map(|library| library.attempts.all()).unwrap_or_default(),
                    hanging: library.map(|library| library.worker.hung()).unwrap_or_default(),
                    quarantined: library.and_then(|library| self.quarantined(&plugin.info, library)),
                    disabled: self.disabled(&plugin.info.id),
                    file_problems: library.map(|library| library.notices.clone()).unwrap_or_default(),
                    waiting: library.and_then(|library| library.source.waiting()),
                    usable: true,
                    ..PluginSummary::new(id, name, plugin.info.version.to_string())
                }
            })
            .collect();
        let quarantined = |out: &Out| {
            let is_its = |one: &&Quarantined| match &out.beside {
                Some(beside) => one.plugin == *beside && one.file == out.file,
                None => one.plugin == out.id,
            };
            kept_out.iter().find(is_its).cloned()
        };
        plugins.extend(registry.out.iter().map(|out| PluginSummary {
            beside: out.beside.clone(),
            file: out.file.display().to_string(),
            quarantined: quarantined(out),
            disabled: self.disabled(&out.id),
            problems: out.findings.clone(),
            file_problems: out.problems.clone(),
            waiting: out.source.as_ref().and_then(|source| source.waiting()),
            ..PluginSummary::new(out.id.clone(), out.name.clone(), out.version.clone())
        }));
        plugins.sort_by(|a, b| b.id.is_core().cmp(&a.id.is_core()).then(a.id.cmp(&b.id)));
        plugins
    }

    /// What the plugins are called, those that are out too.
    pub fn names(&self) -> BTreeMap<PluginId, String> {
        let out = self.registry.out.iter().map(|out| (out.id.clone(), out.name.clone()));
        let plugins = self.registry.plugins.values();
        out.chain(plugins.map(|plugin| (plugin.info.id.clone(), plugin.info.name.clone()))).collect()
    }

    /// The files of the plugin directories that were not there when the host started.
    pub fn new_files(&self) -> Vec<PathBuf> {
        let loaded = self.registry.plugins.values().filter_map(|plugin| plugin.library.as_ref());
        let out = self.registry.out.iter().map(|out| &out.file);
        let known: BTreeSet<_> =
            loaded.map(|one| &one.file).chain(out).chain(&self.registry.copies).collect();
        let files = discover(&self.config.plugin_dirs).files.into_iter().map(|found| found.path);
        files.filter(|path| !known.contains(path)).collect()
    }

    /// The audience of the route that a request is for, and what the plugin asks for of its credentials;
    /// nothing where no route is there to answer it.
    pub fn access(
        &self,
        plugin: &str,
        method: &str,
        path: &str,
    ) -> Option<(RouteAudience, AskedCredentials)> {
        let library = self.registry.plugins.get(plugin)?.library.as_ref()?;
        let found = library.routes.find(method, path).ok()?;
        Some((found.route.audience, library.routes.credentials()))
    }

    /// Counts a request that was refused for what its caller is, or is not.
    pub fn refused_caller(&self, reason: &'static str) {
        self.metrics.refused_caller(reason);
    }

    /// Hands a request to a plugin.
    pub async fn call(&self, plugin: &str, request: PluginRequest) -> Result<PluginResponse, CallError> {
        let (began, mut asked) = (Instant::now(), Asked::default());
        let answer = self.answer(plugin, request, &mut asked).await;
        self.metrics.count(asked, &answer, began.elapsed());
        answer
    }

    async fn answer(
        &self,
        plugin: &str,
        request: PluginRequest,
        asked: &mut Asked,
    ) -> Result<PluginResponse, CallError> {
        let (registered, library) = self.serving(plugin).inspect_err(|error| {
            if !matches!(error, CallError::NoPlugin(_)) {
                asked.plugin = plugin.into();
            }
        })?;
        asked.plugin = Arc::clone(&library.id);
        let RequestLine { method, path, .. } = request.line();
        let Matched { route, params } =
            library.routes.find(method, path).map_err(|missed| no_route(plugin, method, path, missed))?;
        let bounds = self.config.plugins.bounds();
        let question = Question { registered, library, route, request, params, seal: None, bounds };
        let answer = self.call_route(question, asked).await;
        let answer = answer.map_err(|error| match error {
            CallError::Plugin(failure) => {
                CallError::Plugin(CallFailure { route: Arc::clone(&asked.route), ..failure })
            }
            other => other,
        })?;
        Ok(PluginResponse { status: answer.status, headers: answer.headers, body: answer.body.into() })
    }

    /// Calls a route of a plugin, for a request or a job: lends it a connection, counts the statements that
    /// were refused to it, and strikes it for a panic.
    pub(super) async fn call_route(
        &self,
        question: Question<'_>,
        asked: &mut Asked,
    ) -> Result<Answer, CallError> {
        let Question { registered, library, route, request, params, seal, bounds } = question;
        asked.plugin = Arc::clone(&library.id);
        asked.route = Arc::clone(&route.text);
        let relay = self.relay.get().filter(|(relayed, _)| *relayed == registered.info.id);
        let relay = relay.map(|(_, relay)| Arc::clone(relay));
        let (method, text) = (route.method, Arc::clone(&route.text));
        let frame = self.frame(registered, &request);
        let routed = RoutedRequest { request, method, route: text, params, seal, relay, frame };
        let reach = self.database.as_ref();
        let reach = reach.ok_or_else(|| CallError::NoDatabase(PlanError::NoDatabase.to_string()))?;
        let lending = reach.lending(&registered.info.id);
        let answer =
            call(&library.id, &library.worker, &reach.database, lending, route, routed, bounds).await;
        asked.refused = match &answer {
            Ok(answer) => answer.refused,
            Err(CallError::Plugin(failure)) => failure.refused,
            Err(_) => 0,
        };
        if let Err(CallError::Plugin(failure)) = &answer
            && failure.fault == Some(Fault::Panicked)
        {
            Box::pin(self.struck(registered, library, &failure.message)).await;
        }
        answer
    }

    /// Makes a call that no request asks for: of a job, or of events. The seal is the last statement of its
    /// transaction.
    pub(super) async fn call_sealed(
        &self,
        (registered, library): (&Registered, &Library),
        sealed: SealedCall<'_>,
        asked: &mut Asked,
    ) -> Result<(), CallError> {
        let SealedCall { route, id, body, seal, deadline } = sealed;
        let bounds = self.config.plugins.bounds();
        let bounds = CallBounds { time: deadline.unwrap_or(bounds.time), ..bounds };
        let asked_by_host = Question::of_host((registered, library), route, ("/", id), body, bounds);
        let question = Question { seal: Some(seal.into()), ..asked_by_host };
        self.call_route(question, asked).await.map(drop)
    }

    /// Asks what no request asks for, and counts it.
    pub(super) async fn ask_for_host(&self, question: Question<'_>) -> Result<Answer, CallError> {
        let (began, mut asked) = (Instant::now(), Asked::default());
        let answer = self.call_route(question, &mut asked).await;
        self.metrics.count(asked, &answer, began.elapsed());
        answer
    }

    /// How many threads hang in plugins, if they are too many.
    pub fn too_many_hang(&self) -> Option<usize> {
        let hanging = self.hanging.load(Ordering::Relaxed);
        (hanging >= self.config.plugins.hanging_threads.get()).then_some(hanging)
    }

    /// Whether the operator wants its routes not to answer.
    pub(super) fn disabled(&self, id: &PluginId) -> bool {
        self.config.plugins.disabled.contains(id)
    }

    /// Says in a report which plugins are disabled.
    pub(super) fn mark_disabled(&self, reports: &mut [PluginHealth]) {
        let loaded = reports.iter_mut().filter(|one| one.serving != Serving::Out);
        for one in loaded.filter(|one| self.disabled(&one.id)) {
            (one.serving, one.held) = (Serving::Disabled, None);
        }
    }

    /// What stands in `plugins.disabled` and is no plugin, in words.
    pub(super) fn disabled_in_vain(&self) -> Option<String> {
        let known = |id: &PluginId| {
            self.registry.plugins.get(id).is_some_and(|plugin| plugin.library.is_some())
                || self.registry.out.iter().any(|out| out.id == *id)
        };
        let disabled = self.config.plugins.disabled.iter();
        let unknown: Vec<_> = disabled.filter(|id| !known(id)).map(PluginId::as_str).collect();
        (!unknown.is_empty())
            .then(|| format!("plugins.disabled names what is no plugin here: {}", unknown.join(", ")))
    }

    /// The plugin and its library, if its routes answer.
    pub(super) fn serving(&self, plugin: &str) -> Result<(&Registered, &Library), CallError> {
        let nobody = || CallError::NoPlugin(plugin.to_owned());
        if let Some(out) = self.registry.out.iter().find(|out| out.id.as_str() == plugin) {
            let reasons: Vec<_> = out.findings.iter().map(|finding| finding.message.as_str()).collect();
            let (name, reason) = (out.name.clone(), reasons.join("; "));
            return Err(CallError::Out { name, reason });
        }
        let registered = self.registry.plugins.get(plugin).ok_or_else(nobody)?;
        let library = registered.library.as_ref().ok_or_else(nobody)?;
        if self.disabled(&registered.info.id) {
            return Err(CallError::Disabled { name: registered.info.name.clone() });
        }
        if let Some(one) = self.quarantined(&registered.info, library) {
            let (reason, remedy) = (one.message(), one.remedy());
            return Err(CallError::Quarantined { name: one.name, reason, remedy });
        }
        match self.verdicts.held(&registered.info) {
            Some(held) => Err(held),
            None => Ok((registered, library)),
        }
    }

    /// Lets the plugins clean up, within a bound.
    pub async fn shutdown(&self) {
        let libraries = self.registry.plugins.values().filter_map(|plugin| plugin.library.as_ref());
        let ends = libraries.filter_map(|library| {
            let deadline = Instant::now() + SHUTDOWN;
            let end = library.worker.submit(move |made| {
                if let Ok(context) = made
                    && let Ok(Err(problem)) = context
                        .marker
                        .during(Entry::Lifecycle, || context.module.shutdown(&context.host, deadline))
                {
                    tracing::warn!("a plugin's shutdown failed: {problem}");
                }
            });
            end.ok()
        });
        let all = futures_util::future::join_all(ends);
        if tokio::time::timeout(SHUTDOWN, all).await.is_err() {
            tracing::warn!("not every plugin ended within {} s", SHUTDOWN.as_secs());
        }
        self.close();
    }
}

fn no_route(plugin: &str, method: &str, path: &str, missed: Missed) -> CallError {
    let (plugin, path) = (plugin.to_owned(), path.to_owned());
    match missed {
        Missed::Path => CallError::NoRoute { plugin, method: method.to_owned(), path },
        Missed::Method { allow } => CallError::MethodNotAllowed { plugin, path, allow },
    }
}
