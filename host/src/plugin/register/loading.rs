//! From an inspected file to a registration: on threads of its own, confined, and not if it is in quarantine.

use std::cell::OnceCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jiff::Timestamp;
use tenon_migrations_core::claims;

use crate::config::Config;
use crate::plugin::caller;
use crate::plugin::cards::PluginCards;
use crate::plugin::events::PluginEvents;
use crate::plugin::faults::{CallMarkers, Opening, PanicCounter, PluginMarker, Quarantine, Quarantined, Why};
use crate::plugin::functions::PluginFunctions;
use crate::plugin::inspect::{Inspected, Rejected};
use crate::plugin::isolate::{self, Confinement, Enforcement, Fatal, FileRules, HeedsSignals};
use crate::plugin::jobs::PluginJobs;
use crate::plugin::load::Services;
use crate::plugin::pages::PluginPages;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::registry::{Library, Registration};
use crate::plugin::routes::Routes;
use crate::plugin::runtime::{self, Hung, Loaded, NotLoaded, WorkerOptions, not_marked};
use crate::plugin::services::{self, fetch::FetchAccess};
use crate::plugin::settings::saved::LoadedSettings;
use crate::support::errors::chain;

/// How the plugins of one start are loaded.
pub(crate) struct Loading<'a> {
    config: &'a Config,
    saved: &'a LoadedSettings,
    confinement: Confinement,
    quarantine: Quarantine,
    pub(crate) hanging: Arc<AtomicUsize>,
    _heeds: HeedsSignals,
    /// Made for the first plugin.
    markers: OnceCell<&'static CallMarkers>,
    /// What plugins can ask of the host.
    services: Services,
    pub(crate) fetches: FetchAccess,
    /// How many files there are to be loaded.
    files: usize,
}

impl<'a> Loading<'a> {
    /// Finds out what this system can hold plugins to, and gets ready to tell of their crashes.
    pub(crate) fn new(config: &'a Config, saved: &'a LoadedSettings, files: usize) -> (Self, Enforcement) {
        let (confinement, enforcement) = isolate::probe(FileRules::configured(config));
        let quarantine = Quarantine::in_dir(&config.state_dir);
        if let Err(error) = quarantine.prepare() {
            tracing::warn!("a plugin that ends the host will not be kept out: {}", chain(&error));
        }
        match quarantine.take_up() {
            Ok(all) => all.iter().for_each(|one| {
                let (plugin, remedy) = (one.plugin.as_str(), one.remedy());
                tracing::warn!(
                    plugin,
                    remedy,
                    "{} was put into quarantine, because {}",
                    one.name,
                    one.reason
                );
            }),
            Err(error) => tracing::warn!("a plugin that ended a host may not be kept out: {}", chain(&error)),
        }
        isolate::survive_the_limit_on_files();
        isolate::install_crash_handler();
        let heeds = HeedsSignals::new();
        let (hanging, markers) = (Arc::default(), OnceCell::new());
        let fetches = FetchAccess::configured(config);
        let services = services::configured(config, &fetches);
        let loading = Self {
            config,
            saved,
            confinement,
            quarantine,
            hanging,
            _heeds: heeds,
            markers,
            services,
            fetches,
            files,
        };
        (loading, enforcement)
    }

    /// Loads one plugin, and has it tell what it brings.
    pub(crate) fn load(&self, inspected: &Inspected) -> Result<Registration, Rejected> {
        let info = inspected.info.clone();
        let rejected = |problems: Vec<Problem>, settings| Rejected {
            settings,
            file: inspected.file.clone(),
            info: Some(inspected.info.clone()),
            problems: problems.into_iter().chain(inspected.notices.iter().cloned()).collect(),
            source: Some(Arc::clone(&inspected.source)),
        };
        if let Some(problem) = self.quarantine.obstacle(&inspected.sha256) {
            return Err(rejected(vec![problem], None));
        }
        let mut routes = Routes::of(&inspected.manifest).map_err(|problems| rejected(problems, None))?;
        let jobs = PluginJobs::of(&inspected.manifest).map_err(|problems| rejected(problems, None))?;
        let events = PluginEvents::of(&inspected.manifest).map_err(|problems| rejected(problems, None))?;
        let mut entries = routes.declared().to_vec();
        entries.extend(jobs.all().iter().map(|job| job.route.text.to_string()));
        entries.extend(events.heard().iter().map(|heard| heard.route.text.to_string()));
        let functions =
            PluginFunctions::of(&inspected.manifest).map_err(|problems| rejected(problems, None))?;
        entries.extend(functions.all().iter().map(|one| one.route.text.to_string()));
        let number = |entries: &[String]| u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let pages = PluginPages::of(&inspected.manifest, number(&entries));
        let pages = pages.map_err(|problems| rejected(problems, None))?;
        entries.extend(pages.has_files().then(|| pages.route.text.to_string()));
        let cards = PluginCards::of(&inspected.manifest, number(&entries));
        let cards = cards.map_err(|problems| rejected(problems, None))?;
        entries.extend(cards.all().iter().map(|card| card.route.text.to_string()));
        let marked = self.marked(inspected, &entries);
        let (opening, marker) = marked.map_err(|error| rejected(vec![not_marked(&error)], None))?;
        let loaded = self.run(inspected, marker).map_err(|failed| rejected(failed.problems, failed.settings));
        drop(opening);
        let loaded = loaded?;
        // What was inspected has to be what runs: the manifest by which it was let in is the one it speaks
        // by.
        if serde_json::from_str(&loaded.brought.manifest).ok().as_ref() != Some(&inspected.manifest) {
            let reason = "its code gives another manifest than its file shows";
            let remedy = "rebuild the plugin with export_plugin!, and trust its author no further than that";
            return Err(rejected(vec![Problem::new(ProblemCode::ManifestLies, reason, remedy)], None));
        }
        if let Err(problem) = events.match_schemas(&loaded.brought.emitted) {
            return Err(rejected(vec![problem], None));
        }
        routes.caller_unsaid().set(!caller::may_be_asked_by(&inspected.bytes));
        if self.config.plugins.ddl.contains(&info.id) {
            routes.allow_ddl(claims::schemas(&claims::of(&loaded.brought.descriptors)));
        }
        let library = Library {
            id: info.id.as_str().into(),
            file: inspected.file.clone(),
            sha256: inspected.sha256,
            generation: inspected.generation.number(),
            signature: inspected.signature.clone(),
            notices: inspected.notices.clone(),
            source: Arc::clone(&inspected.source),
            routes: Arc::new(routes),
            jobs: Arc::new(jobs),
            events: Arc::new(events),
            pages: Arc::new(pages),
            cards: Arc::new(cards),
            functions: Arc::new(functions),
            emitted: loaded.brought.emitted,
            worker: loaded.worker.into(),
            attempts: loaded.attempts,
            strikes: Arc::new(PanicCounter::default()),
        };
        Ok(Registration {
            info,
            library: Some(library),
            descriptors: loaded.brought.descriptors,
            lock: loaded.brought.lock,
            settings: loaded.brought.settings,
            statements: loaded.brought.statements,
            migrations: loaded.brought.migrations,
        })
    }

    /// Writes down that a library is about to be opened, for the next start in case that ends this process,
    /// and who it is, for when its calls do.
    fn marked(
        &self,
        inspected: &Inspected,
        entries: &[String],
    ) -> io::Result<(Option<Opening>, PluginMarker)> {
        let whom = Quarantined { since: Timestamp::now(), ..culprit(inspected) };
        let markers = match self.markers.get() {
            Some(markers) => markers,
            None => {
                let made = self.quarantine.call_markers()?;
                self.markers.get_or_init(|| made)
            }
        };
        // Where signals do not take the file away, whoever ends the host by one would put the plugin there.
        let opening = isolate::TELLS_ENDS.then(|| self.quarantine.opening(&whom)).transpose()?;
        Ok((opening, markers.plugin(&whom, entries)?))
    }

    /// How many threads a plugin has. A call has a connection for as long as it has a thread, so that this is
    /// a plugin's share of the connections too: none can keep them from the others.
    fn threads(&self) -> usize {
        let pool = self.config.database.pool_size.get();
        // One that is alone keeps them from nobody but the host, which checks.
        let most = if self.files > 1 { pool.div_ceil(2) } else { pool.saturating_sub(1) };
        self.config.plugins.threads.get().min(most.max(1))
    }

    fn run(&self, inspected: &Inspected, marker: PluginMarker) -> Result<Loaded, NotLoaded> {
        let id = &inspected.info.id;
        let settings = self.saved.given(id, self.config.plugin.get(id.as_str()));
        let plugins = &self.config.plugins;
        let policy = WorkerOptions {
            threads: self.threads(),
            queue: plugins.queue.get(),
            confinement: &self.confinement,
            load_timeout: plugins.load_timeout,
            hung: Hung::among(&self.hanging, plugins.hanging_threads.get()),
            services: self.services.clone(),
        };
        let (quarantine, culprit) = (self.quarantine.clone(), culprit(inspected));
        let at_the_end = move |fatal: Fatal| {
            let reason = format!("it ended the host: {fatal}");
            let one = Quarantined { why: Why::Crashed, reason, since: Timestamp::now(), ..culprit.clone() };
            tell_at_the_end(&one, quarantine.put_at_the_end(&one));
        };
        runtime::load(inspected, settings, &policy, marker, at_the_end).inspect_err(|failed| {
            let hung = |problem: &&Problem| {
                matches!(problem.code, ProblemCode::Hung | ProblemCode::HungInConstructor)
            };
            if let Some(problem) = failed.problems.iter().find(hung) {
                self.keep_out(inspected, problem);
            }
        })
    }

    /// The next start does not wait for it again. Where it hangs in a constructor this one cannot go on: the
    /// loader's lock is held, for which anybody would wait who begins a thread.
    fn keep_out(&self, inspected: &Inspected, problem: &Problem) {
        let reason = problem.reason.clone();
        let one = Quarantined { why: Why::Hung, reason, since: Timestamp::now(), ..culprit(inspected) };
        let put = self.quarantine.put_at_the_end(&one);
        if problem.code == ProblemCode::HungInConstructor {
            tell_at_the_end(&one, put);
            isolate::end_at_once(1);
        }
        if let Err(error) = put {
            tracing::warn!("{} could not be put in quarantine: {error}", one.name);
        }
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.quarantine.opened() {
            tracing::warn!("what was loaded well may be kept out after a power failure: {error}");
        }
    }
}

/// The record of a library that may do harm; what happened is filled in when it has.
fn culprit(inspected: &Inspected) -> Quarantined {
    Quarantined {
        plugin: inspected.info.id.clone(),
        name: inspected.info.name.clone(),
        file: inspected.file.clone(),
        sha256: inspected.sha256.to_string(),
        why: Why::Crashed,
        reason: String::new(),
        since: Timestamp::UNIX_EPOCH,
    }
}

/// One line on standard error, without the log, which may wait for what the plugin holds. A crash that
/// becomes another on its way is told once.
fn tell_at_the_end(one: &Quarantined, put: io::Result<bool>) {
    if put.is_ok() {
        isolate::settle();
    }
    let (name, file, reason) = (&one.name, one.file.display(), &one.reason);
    let then = match put {
        Ok(true) => "it is in quarantine, and the next start comes up without it".to_owned(),
        Ok(false) => return,
        Err(error) => format!("it could not be put in quarantine: {error}"),
    };
    let line = format!("tenon: the host ends because of {name} ({file}): {reason}; {then}\n");
    isolate::tell(&line);
}
