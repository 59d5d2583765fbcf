//! From file, environment and command line to one checked [`Config`].

use crate::support::telemetry::{self, LogFormat};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{FileFormat, Value, ValueKind};
use secrecy::ExposeSecret;

use super::callers;
use super::fetch;
use super::notify;
use super::oidc;
use super::origin::Origin;
use super::plugin_settings;
use super::problem::ConfigProblem;
use super::proxy;
use super::reader::{Reader, Section, Table};
use super::surroundings::Surroundings;
use super::*;
use crate::support::secrets::Secrets;

/// What the command line says, and what was found around the process.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--config`: this file, which must exist.
    pub file: Option<PathBuf>,
    /// `--plugin-dir`, as often as it stands there.
    pub plugin_dirs: Vec<PathBuf>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
    /// `--require-enforcement`
    pub require_enforcement: bool,
    /// What [`take_environment`](crate::support::secrets::take_environment) returned.
    pub secrets: Secrets,
    /// Variables, working directory and user; the default is this process's.
    pub surroundings: Surroundings,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}", .file.display())]
    Read {
        /// The file's path.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML: {message}", .file.display())]
    Syntax {
        /// The file's path.
        file: PathBuf,
        /// Where and why, without quoting the line, which may hold a secret.
        message: String,
    },
    /// Some values are wrong: all of them.
    #[error("the configuration cannot be used:{}", ConfigProblem::list(.0))]
    Invalid(Vec<ConfigProblem>),
}

/// Keys outside every section that a plain `TENON_KEY` sets. Other variables without `__` are not ours.
const TOP_LEVEL: [&str; 3] = ["environment", "plugin_dir", "state_dir"];

/// The configuration, and every key that is set.
pub(super) fn load(options: &LoadOptions) -> Result<(Config, Vec<SetKey>), ConfigError> {
    load_listing_keys(options).map(|(config, _, set)| (config, set))
}

/// Also returns every key that can be set, as `section.key`.
pub(super) fn load_listing_keys(
    options: &LoadOptions,
) -> Result<(Config, Vec<String>, Vec<SetKey>), ConfigError> {
    let around = &options.surroundings;
    let named = options.file.as_ref().map(|file| around.directory.join(file));
    let file = named.or_else(|| around.find_file());
    let mut root = file.as_deref().map_or(Ok(Table::new()), parse)?;
    for (name, value) in &around.variables {
        overlay(&mut root, name, value);
    }
    for (name, value) in options.secrets.iter() {
        // Of a plugin's settings an empty one is none.
        if !(value.expose_secret().is_empty() && name.starts_with("TENON_PLUGIN__")) {
            overlay(&mut root, name, value.expose_secret());
        }
    }

    let mut reader = Reader {
        file: file.as_deref(),
        directory: &around.directory,
        problems: Vec::new(),
        known: Vec::new(),
        set: BTreeMap::new(),
    };
    for name in options.secrets.not_text().filter(|name| name.starts_with("TENON_")) {
        reader.problem("environment", &Origin::Variable(name.to_owned()), "is not UTF-8".to_owned());
    }
    let config = read(&mut reader, root, options, file.as_deref());
    if reader.problems.is_empty() {
        Ok((config, reader.known, reader.set.into_values().collect()))
    } else {
        Err(ConfigError::Invalid(reader.problems))
    }
}

fn parse(file: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| ConfigError::Read { file: file.to_owned(), source })?;
    let tree = config::Config::builder()
        .add_source(config::File::from_str(&text, FileFormat::Toml))
        .build()
        .map_err(|error| ConfigError::Syntax {
            file: file.to_owned(),
            message: without_excerpt(&error.to_string()),
        })?;
    match tree.cache.kind {
        ValueKind::Table(table) => Ok(table.into_iter().collect()),
        _ => Ok(Table::new()),
    }
}

/// The parser's message without the lines it quotes, which have a `|` in their margin.
fn without_excerpt(message: &str) -> String {
    let margin =
        |line: &&str| !line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    message
        .lines()
        .filter(margin)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(": ")
}

/// Puts `TENON_SECTION__KEY=value` into its place. Names are case-insensitive, keys lower case.
fn overlay(root: &mut Table, variable: &str, value: &str) {
    let Some(path) = variable.strip_prefix("TENON_").map(str::to_ascii_lowercase) else { return };
    let mut keys: Vec<&str> = path.split("__").collect();
    let Some(last) = keys.pop() else { return };
    let value = Value::new(Some(&variable.to_owned()), ValueKind::String(value.to_owned()));
    match keys.split_first() {
        None if TOP_LEVEL.contains(&last) => drop(root.insert(last.to_owned(), value)),
        None => {}
        Some((section, inner)) => {
            let table = || Value::new(Some(&variable.to_owned()), ValueKind::Table(config::Map::new()));
            let mut at = root.entry((*section).to_owned()).or_insert_with(table);
            for key in inner {
                let ValueKind::Table(below) = &mut at.kind else { return };
                at = below.entry((*key).to_owned()).or_insert_with(table);
            }
            if let ValueKind::Table(below) = &mut at.kind {
                below.insert(last.to_owned(), value);
            }
        }
    }
}

fn read(reader: &mut Reader<'_>, mut root: Table, options: &LoadOptions, file: Option<&Path>) -> Config {
    let around = &options.surroundings;
    let mut warnings = Vec::new();
    let tolerate = tolerate::read(reader, &mut root);
    let notify = notify::read(reader, &mut root, around, &mut warnings);
    let mut callers = callers::read(reader, &mut root, &mut warnings);
    let [database, databases, server, check, heal, backup, mut plugins, mut admin, log, plugin] =
        ["database", "databases", "server", "check", "heal", "backup", "plugins", "admin", "log", "plugin"]
            .map(|name| reader.table(&mut root, name));
    let fetch = reader.table(&mut root, "fetch");
    let fetch = fetch::read(reader.section("fetch", fetch));
    let allowances = fetch::read_allowances(reader, &mut plugins);

    let mut top = reader.section("", root);
    let environment = top.get("environment", Environment::Development);
    let plugin_dirs = top.one_or_more_paths("plugin_dir");
    let state_dir = top.path("state_dir");
    top.finish();
    let options_given = [
        ("plugin_dir", "--plugin-dir", &*options.plugin_dirs),
        ("state_dir", "--state-dir", options.state_dir.as_slice()),
    ];
    for (key, option, paths) in options_given.into_iter().filter(|(_, _, paths)| !paths.is_empty()) {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        reader.note(key, Some(paths.join(":")), SettingOrigin::Option(option.to_owned()));
    }
    let chosen = |flag: &Option<PathBuf>, set: Option<PathBuf>| {
        flag.as_ref().map(|path| around.directory.join(path)).or(set)
    };
    let plugin_dirs = match options.plugin_dirs.as_slice() {
        [] => plugin_dirs.unwrap_or_else(|| vec![around.default_plugin_dir(file)]),
        flags => flags.iter().map(|path| around.directory.join(path)).collect(),
    };
    let state_dir = chosen(&options.state_dir, state_dir).unwrap_or_else(|| around.default_state_dir());

    let beside = file.and_then(Path::parent).unwrap_or(&state_dir);
    let database = database::read(reader.section("database", database), options, file, &mut warnings);
    let databases = database::read_others(reader, databases, file, &mut warnings);
    let server = read_server(reader.section("server", server));
    callers.refuse_development(reader, environment, &server);
    let oidc = reader.table(&mut admin, "oidc");
    let oidc = oidc::read(reader.section("admin.oidc", oidc), server.public_url.as_ref(), around);
    let mut section = reader.section("admin", admin);
    let accounts_file = section.path("accounts_file").unwrap_or_else(|| beside.join("accounts.json"));
    let admin = AdminConfig { accounts_file, proxy: proxy::read(&mut section), oidc };
    section.finish();
    let check = read_check(reader.section("check", check));
    let heal = read_heal(reader.section("heal", heal), environment);
    let backup = read_backup(reader.section("backup", backup));
    let plugins = read_plugins(reader.section("plugins", plugins), options, beside, &state_dir, allowances);
    if environment == Environment::Production && plugins.trust == TrustMode::Open {
        let told = "plugins are loaded as they are found, whoever put them there: in production set plugins.trust \
                    to \"pinned\" or \"signed\"";
        warnings.push(told.to_owned());
    }

    Config {
        file: file.map(Path::to_owned),
        environment,
        database,
        databases,
        server,
        check,
        heal,
        backup,
        tolerate,
        plugins,
        notify,
        fetch,
        admin,
        callers: callers.config,
        log: read_log(reader.section("log", log)),
        plugin: plugin_settings::read(reader, plugin, around),
        plugin_dirs,
        state_dir,
        warnings,
    }
}

fn read_server(mut section: Section<'_, '_>) -> ServerConfig {
    let config = ServerConfig {
        listen: section.get("listen", SocketAddr::from(([127, 0, 0, 1], 8420))),
        tls_cert: section.path("tls_cert"),
        tls_key: section.path("tls_key"),
        behind_proxy: section.get("behind_proxy", false),
        public_url: section.optional("public_url").map(|(url, _)| url),
        metrics: section.get("metrics", MetricsFor::Loopback),
        body_timeout: section.get("body_timeout", Duration::from_secs(30)),
        drain: section.get("drain", Duration::ZERO),
    };
    match (&config.tls_cert, &config.tls_key) {
        (Some(_), None) => section.problem("tls_cert", &Origin::File, "needs server.tls_key beside it"),
        (None, Some(_)) => section.problem("tls_key", &Origin::File, "needs server.tls_cert beside it"),
        _ => {}
    }
    section.finish();
    config
}

fn read_check(mut section: Section<'_, '_>) -> CheckConfig {
    let config = CheckConfig { every: section.get("every", Duration::from_secs(60)) };
    section.finish();
    config
}

fn read_heal(mut section: Section<'_, '_>, environment: Environment) -> HealConfig {
    let on_start = section.optional("on_start");
    if let (Some((true, origin)), Environment::Production) = (&on_start, environment) {
        section.problem(
            "on_start",
            origin,
            "is for development only; in production a heal needs an administrator's word: tenon heal --as ID",
        );
    }
    let config = HealConfig {
        on_start: on_start.is_some_and(|(on_start, _)| on_start),
        lock_timeout: section.get("lock_timeout", LockTimeout(Duration::from_secs(5))),
        statement_timeout: section.get("statement_timeout", StatementTimeout(Duration::from_secs(15 * 60))),
        wait: section.get("wait", Duration::from_secs(10)),
        large_table: section.get("large_table", 1_000_000),
        retries: section.get("retries", 3),
        approvals: section.get("approvals", NonZeroU8::MIN),
        approvals_last: section.get("approvals_last", Duration::from_secs(24 * 60 * 60)),
    };
    section.finish();
    config
}

fn read_backup(mut section: Section<'_, '_>) -> BackupConfig {
    let config =
        BackupConfig { remind_after: section.get("remind_after", Duration::from_secs(7 * 24 * 60 * 60)) };
    section.finish();
    config
}

fn read_plugins(
    mut section: Section<'_, '_>,
    options: &LoadOptions,
    beside: &Path,
    state_dir: &Path,
    fetch: BTreeMap<PluginId, FetchAllowance>,
) -> PluginsConfig {
    let trust = section.optional("trust");
    let config = PluginsConfig {
        call_timeout: section.get("call_timeout", Duration::from_secs(10)),
        most_rows: section.get("most_rows", 1_000_000),
        most_bytes: section.get("most_bytes", 64 << 20),
        most_body_bytes: section
            .get("most_body_bytes", NonZeroUsize::MIN.saturating_add((1 << 20) - 1))
            .get(),
        load_timeout: section.get("load_timeout", Duration::from_secs(30)),
        hanging_threads: section.get("hanging_threads", NonZeroUsize::MIN.saturating_add(7)),
        threads: section.get("threads", NonZeroUsize::MIN.saturating_add(3)),
        queue: section.get("queue", NonZeroUsize::MIN.saturating_add(63)),
        disabled: section.get("disabled", BTreeSet::new()),
        ddl: section.get("ddl", BTreeSet::new()),
        readable: section.paths("readable"),
        writable: section.paths("writable"),
        fetch,
        files: section.path("files").unwrap_or_else(|| state_dir.join("files")),
        files_quota: section.get("files_quota", 64 << 20),
        isolation: section.optional("isolation").map(|(isolation, _)| isolation),
        role_key: read_role_key(&mut section, options),
        require_enforcement: section.get("require_enforcement", false) || options.require_enforcement,
        trust: trust.as_ref().map_or(TrustMode::Open, |(trust, _)| *trust),
        lock_file: section.path("lock_file").unwrap_or_else(|| beside.join("plugins.lock")),
        trusted_keys: section.get("trusted_keys", Vec::new()),
    };
    if let Some((TrustMode::Signed, origin)) = &trust
        && config.trusted_keys.is_empty()
    {
        section.problem(
            "trust",
            origin,
            "\"signed\" needs plugins.trusted_keys: nobody's signature would count",
        );
    }
    section.finish();
    config
}

/// The shortest secret that passwords are made of.
const SHORTEST_KEY: usize = 32;

/// The file, then systemd's credential.
fn read_role_key(section: &mut Section<'_, '_>, options: &LoadOptions) -> Option<SecretString> {
    let (file, origin) = match section.optional::<PathBuf>("role_key_file") {
        Some((file, origin)) => (section.resolve(&file, &origin), origin),
        None => {
            let credential = options.surroundings.credential("plugin_role_key")?;
            section.note("role_key_file", None, SettingOrigin::Credential("plugin_role_key".to_owned()));
            (credential, Origin::Variable("CREDENTIALS_DIRECTORY".to_owned()))
        }
    };
    let problem = match std::fs::read_to_string(&file) {
        Ok(text) if text.trim().len() >= SHORTEST_KEY => return Some(text.trim().into()),
        Ok(_) => format!("{} holds less than {SHORTEST_KEY} characters", file.display()),
        Err(error) => format!("cannot read {}: {error}", file.display()),
    };
    section.problem("role_key_file", &origin, problem);
    None
}

fn read_log(mut section: Section<'_, '_>) -> LogConfig {
    let filter = section.optional::<String>("filter");
    if let Some((filter, origin)) = &filter
        && let Err(error) = telemetry::filter(filter)
    {
        section.problem("filter", origin, format!("\"{filter}\" is not a log filter: {error}"));
    }
    let config = LogConfig {
        format: section.get("format", LogFormat::Text),
        filter: filter.map_or_else(|| "info".to_owned(), |(filter, _)| filter),
    };
    section.finish();
    config
}
