//! Examples of configurations.

use std::path::Path;

use secrecy::ExposeSecret;

use super::load::load_listing_keys;
use super::*;

/// A directory with a `tenon.toml`, and nothing else around the process.
pub(super) struct Place(tempfile::TempDir);

impl Place {
    pub(super) fn new(text: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::write(place.path().join("tenon.toml"), text).unwrap();
        place
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    fn options(&self, variables: &[(&str, &str)]) -> LoadOptions {
        let (secret, plain): (Vec<_>, Vec<_>) =
            variables.iter().copied().partition(|(name, _)| crate::support::secrets::is_secret(name));
        LoadOptions {
            secrets: secret.into_iter().collect(),
            surroundings: Surroundings {
                variables: plain
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                directory: self.path().to_owned(),
                root: true,
            },
            ..LoadOptions::default_without_process()
        }
    }

    pub(super) fn load(&self, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(&self.options(variables))
    }

    pub(super) fn problems(&self, variables: &[(&str, &str)]) -> Vec<String> {
        match self.load(variables) {
            Err(ConfigError::Invalid(problems)) => {
                let here = format!("{}/", self.path().display());
                problems.iter().map(|problem| problem.to_string().replace(&here, "")).collect()
            }
            other => panic!("expected problems, not {other:?}"),
        }
    }
}

impl LoadOptions {
    fn default_without_process() -> Self {
        Self {
            file: None,
            plugin_dirs: Vec::new(),
            state_dir: None,
            require_enforcement: false,
            secrets: crate::support::secrets::Secrets::default(),
            surroundings: Surroundings { variables: BTreeMap::new(), directory: PathBuf::new(), root: false },
        }
    }
}

#[test]
fn an_empty_file_is_all_defaults() {
    let place = Place::new("");
    let config = place.load(&[]).unwrap();
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.plugin_dirs, [place.path().join("plugins")]);
    assert_eq!(config.state_dir, Path::new("/var/lib/tenon"));
    assert_eq!(config.admin.accounts_file, place.path().join("accounts.json"));
    assert!(config.database.url.is_none(), "no address means the managed database");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8420");
    assert!(!config.heal.on_start);
}

#[test]
fn plugin_directories_are_one_or_a_list() {
    let at =
        |place: &Place, names: &[&str]| names.iter().map(|name| place.path().join(name)).collect::<Vec<_>>();
    let place = Place::new("plugin_dir = \"one\"\n");
    assert_eq!(place.load(&[]).unwrap().plugin_dirs, at(&place, &["one"]));
    let dirs = place.load(&[("TENON_PLUGIN_DIR", "/first:/second")]).unwrap().plugin_dirs;
    assert_eq!(dirs, [Path::new("/first"), Path::new("/second")]);
    let place = Place::new("plugin_dir = [\"one\", \"two\"]\n");
    assert_eq!(place.load(&[]).unwrap().plugin_dirs, at(&place, &["one", "two"]));
    let place = Place::new("plugin_dir = []\n");
    assert_eq!(place.problems(&[]), ["plugin_dir (tenon.toml): must name at least one path"]);
}

#[test]
fn in_production_it_is_unwise_to_trust_every_file() {
    let warnings = |text: &str| Place::new(text).load(&[]).unwrap().warnings;
    assert_eq!(warnings(""), Vec::<String>::new());
    assert!(warnings("environment = \"production\"").iter().any(|told| told.contains("plugins.trust")));
    let pinned = "environment = \"production\"\n[plugins]\ntrust = \"pinned\"\n";
    assert_eq!(warnings(pinned), Vec::<String>::new());
}

#[test]
fn every_problem_is_reported_with_its_key_and_place() {
    let place = Place::new(
        "enviroment = \"production\"\n\
         [database]\npool_size = 0\nurl = 5\n\
         [server]\nlisten = \"here\"\nbehind_proxy = \"yes\"\ntls_cert = \"cert.pem\"\n\
         [plugins]\ncall_timeout = 10\n\
         [log]\nformat = \"xml\"\n",
    );
    assert_eq!(
        place.problems(&[("TENON_HEAL__LOCK_TIMOUT", "5s"), ("TENON_PLUGINS__THREADS", "many")]),
        [
            "enviroment (tenon.toml): unknown key; known at the top: environment, plugin_dir, state_dir",
            "database.url (tenon.toml): must be text in quotes",
            "database.pool_size (tenon.toml): must be a whole number, at least 1",
            "server.listen (tenon.toml): must be an address and a port, such as \"127.0.0.1:8420\", not \"here\"",
            "server.behind_proxy (tenon.toml): must be true or false",
            "server.tls_cert (tenon.toml): needs server.tls_key beside it",
            "heal.lock_timout (environment variable TENON_HEAL__LOCK_TIMOUT): unknown key; known in [heal]: \
             on_start, lock_timeout, statement_timeout, wait, large_table, retries, approvals, approvals_last",
            "plugins.call_timeout (tenon.toml): must be a duration such as \"500ms\", \"5s\", \"2m\" or \"1h\", \
             not \"10\"",
            "plugins.threads (environment variable TENON_PLUGINS__THREADS): must be a whole number, at least 1",
            "log.format (tenon.toml): must be one of \"text\", \"json\", not \"xml\"",
        ]
    );
}

#[test]
fn a_variable_overrides_the_file_and_the_command_line_overrides_both() {
    let place = Place::new("state_dir = \"from-file\"\n[plugins]\nthreads = 2\n[heal]\nwait = \"1s\"\n");
    let variables = [
        ("TENON_STATE_DIR", "from-variable"),
        ("TENON_PLUGINS__THREADS", "7"),
        ("TENON_PLUGIN__MAIL__RELAY__HOST", "mx.example"),
        ("TENON_PG_BINDIR", "/not/a/key"),
    ];
    let config = place.load(&variables).unwrap();
    assert_eq!(config.state_dir, place.path().join("from-variable"));
    assert_eq!(config.plugins.threads.get(), 7);
    assert_eq!(config.heal.wait, Duration::from_secs(1));
    assert_eq!(config.plugin["mail"].to_json(), serde_json::json!({"relay": {"host": "mx.example"}}));

    let options = LoadOptions { state_dir: Some("/from/flag".into()), ..place.options(&variables) };
    assert_eq!(Config::load(&options).unwrap().state_dir, Path::new("/from/flag"));
}

#[test]
fn the_places_of_plugins_are_relative_to_where_they_are_written() {
    let place = Place::new("[plugins]\nreadable = [\"maps\", \"/srv/fonts\"]\nwritable = [\"exports\"]\n");
    let plugins = place.load(&[("TENON_PLUGINS__WRITABLE", "/srv/a:/srv/b")]).unwrap().plugins;
    assert_eq!(plugins.readable, [place.path().join("maps"), "/srv/fonts".into()]);
    assert_eq!(plugins.writable, [Path::new("/srv/a"), Path::new("/srv/b")]);
    let wrong = Place::new("[plugins]\nreadable = \"maps\"\n");
    assert_eq!(
        wrong.problems(&[]),
        ["plugins.readable (tenon.toml): must be a list of paths in quotes, such as [\"/srv/maps\"]"]
    );
}

#[test]
fn the_address_comes_from_the_first_place_that_has_it() {
    let place = Place::new("[database]\nurl = \"postgresql://file\"\n");
    std::fs::write(place.path().join("database_url"), "postgresql://credential\n").unwrap();
    let directory = place.path().to_str().unwrap().to_owned();
    let url = |place: &Place, variables: &[(&str, &str)]| {
        let url = place.load(variables).unwrap().database.url.unwrap();
        (url.secret.expose_secret().to_owned(), url.origin)
    };
    let credential = ("CREDENTIALS_DIRECTORY", directory.as_str());
    let all = [
        ("DATABASE_URL", "postgresql://variable"),
        ("TENON_DATABASE__URL", "postgresql://override"),
        credential,
    ];
    assert_eq!(url(&place, &all).0, "postgresql://variable");
    assert_eq!(url(&place, &all[1..]).0, "postgresql://override");
    assert_eq!(url(&place, &[credential]).0, "postgresql://file");

    let place = Place::new("[database]\nurl_file = \"secret/url\"\n");
    std::fs::create_dir(place.path().join("secret")).unwrap();
    std::fs::write(place.path().join("secret/url"), " postgresql://url-file\n").unwrap();
    assert_eq!(url(&place, &[credential]).0, "postgresql://url-file");

    let place = Place::new("");
    assert_eq!(url(&place, &[credential]).0, "postgresql://credential");
}

#[test]
fn an_address_that_is_set_to_nothing_is_a_problem_and_never_the_managed_database() {
    for variable in ["DATABASE_URL", "DATABASE_HEAL_URL", "DATABASE_SCRATCH_URL"] {
        for value in ["", " ", "\n"] {
            let told = Place::new("[database]\nurl = \"postgresql://file\"\n").problems(&[(variable, value)]);
            let begins = format!("(environment variable {variable}): is set and empty: ");
            assert!(told.len() == 1 && told[0].contains(&begins), "{told:#?}");
        }
    }
    let empty = "database.url (environment variable TENON_DATABASE__URL): must not be empty";
    assert_eq!(Place::new("").problems(&[("TENON_DATABASE__URL", "")]), [empty]);
    assert_eq!(
        Place::new("[database]\nurl = \"  \"\n").problems(&[]),
        ["database.url (tenon.toml): must not be empty"]
    );
    let settings = Place::new("").load(&[("TENON_PLUGIN__MAIL__KEY", "")]).unwrap().plugin;
    assert!(settings.is_empty(), "{settings:?}");
}

#[test]
fn an_address_and_a_file_with_an_address_exclude_each_other() {
    let place = Place::new("[database]\nurl = \"postgresql://file\"\nurl_file = \"missing\"\n");
    assert_eq!(
        place.problems(&[]),
        ["database.url_file (tenon.toml): cannot be set together with database.url"]
    );
    let place = Place::new("[database]\nurl_file = \"missing\"\n");
    assert!(
        place.problems(&[])[0].contains("cannot read missing: No such file"),
        "{:?}",
        place.problems(&[])
    );
}

#[test]
fn neither_debug_nor_an_error_shows_a_secret() {
    let place =
        Place::new("[database]\nurl = \"postgresql://u:hunter2@h\"\n[plugin.mail]\nkey = \"hunter2\"\n");
    let options = place.options(&[("DATABASE_URL", "postgresql://u:hunter2@h/d")]);
    for text in [format!("{:?}", Config::load(&options).unwrap()), format!("{options:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    // The parser quotes the line it stumbles over.
    let place = Place::new("[database]\nurl = \"postgresql://u:hunter2@h\n");
    let error = place.load(&[]).unwrap_err();
    let text = format!("{error} {error:?} {}", crate::support::errors::chain(&error));
    assert!(text.contains("line 2, column") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_file_with_an_address_that_everybody_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("[database]\nurl = \"postgresql://h\"\n");
    let mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(place.path().join("tenon.toml"), permissions).unwrap();
        place.load(&[]).unwrap().warnings.len()
    };
    assert_eq!((mode(0o644), mode(0o640)), (1, 0));
}

#[test]
fn other_databases_have_names_and_their_addresses_are_never_shown() {
    let place = Place::new("[databases]\nstaging = \"postgresql://u:hunter2@h/d\"\n");
    let config = place.load(&[("TENON_DATABASES__TEST", "postgresql://u:hunter3@h/d")]).unwrap();
    assert_eq!(config.databases.keys().collect::<Vec<_>>(), ["staging", "test"]);
    assert_eq!(config.databases["staging"].secret.expose_secret(), "postgresql://u:hunter2@h/d");
    assert_eq!(config.databases["test"].origin, "environment variable TENON_DATABASES__TEST");
    assert!(!format!("{config:?}").contains("hunter"));
    let place = Place::new("[databases]\nstaging = 5\n");
    assert_eq!(place.problems(&[]), ["databases.staging (tenon.toml): must be text in quotes"]);
}

#[test]
fn a_named_file_must_exist() {
    let place = Place::new("");
    let options = LoadOptions { file: Some("other.toml".into()), ..place.options(&[]) };
    let error = Config::load(&options).unwrap_err();
    assert!(
        crate::support::errors::chain(&error).contains("other.toml: No such file"),
        "{}",
        crate::support::errors::chain(&error)
    );
}

#[test]
fn healing_at_start_is_refused_in_production() {
    let place = Place::new("environment = \"production\"\n[heal]\non_start = true\n");
    assert!(place.problems(&[])[0].starts_with("heal.on_start (tenon.toml): is for development only"));
    assert!(place.load(&[("TENON_ENVIRONMENT", "development")]).unwrap().heal.on_start);
}

#[test]
fn production_does_not_serve_a_public_address_without_tls() {
    let refused = |text: &str| {
        let config = Place::new(text).load(&[]).unwrap();
        config.server.refusal(config.server.listen, config.environment).is_some()
    };
    let production = "environment = \"production\"\n[server]\n";
    assert!(refused(&format!("{production}listen = \"0.0.0.0:80\"")));
    assert!(refused(&format!("{production}listen = \"192.168.1.5:80\"")));
    assert!(refused(&format!("{production}listen = \"[::]:80\"")));
    assert!(!refused(&format!("{production}listen = \"[::1]:80\"")));
    assert!(!refused(&format!("{production}listen = \"localhost:80\"")));
    assert!(!refused(&format!("{production}listen = \"0.0.0.0:80\"\nbehind_proxy = true")));
    assert!(!refused(&format!("{production}listen = \"0.0.0.0:80\"\ntls_cert = \"c\"\ntls_key = \"k\"")));
    assert!(!refused("[server]\nlisten = \"0.0.0.0:80\""));
}

/// The file operators get. `#key = value` is a default, `# key = value` an example.
const SHIPPED: &str = include_str!("../../../dist/tenon.toml");

#[test]
fn the_shipped_file_states_every_key_and_its_true_default() {
    let stated: String = SHIPPED
        .lines()
        .map(|line| {
            line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(line)
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let (stated_place, empty) = (Place::new(&stated), Place::new(""));
    let (config, known, _) = load_listing_keys(&stated_place.options(&[])).unwrap();
    let text = |config: &Config, place: &Place| {
        format!("{config:#?}").replace(place.path().to_str().unwrap(), "<here>")
    };
    assert_eq!(text(&config, &stated_place), text(&empty.load(&[]).unwrap(), &empty));

    let mut section = "";
    let mut written = Vec::new();
    for line in SHIPPED.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.trim_start_matches(['#', ' ']).split_once(" = ") {
            written.push(if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") });
        }
    }
    for key in known {
        assert!(written.contains(&key), "dist/tenon.toml does not mention {key}");
    }
}

#[test]
fn the_address_for_healing_comes_from_the_same_places_as_the_other() {
    let place = Place::new("[database]\nurl = \"postgresql://a\"\nheal_url = \"postgresql://file\"\n");
    let healing = |variables: &[(&str, &str)]| {
        let url = place.load(variables).unwrap().database.heal_url.unwrap();
        (
            url.secret.expose_secret().to_owned(),
            url.origin.replace(&format!("{}/", place.path().display()), ""),
        )
    };
    let of = |secret: &str, origin: &str| (secret.to_owned(), origin.to_owned());
    assert_eq!(healing(&[]), of("postgresql://file", "database.heal_url in tenon.toml"));
    let variable = "environment variable DATABASE_HEAL_URL";
    assert_eq!(healing(&[("DATABASE_HEAL_URL", "postgresql://b")]), of("postgresql://b", variable));
    let variable = "environment variable TENON_DATABASE__HEAL_URL";
    assert_eq!(healing(&[("TENON_DATABASE__HEAL_URL", "postgresql://c")]), of("postgresql://c", variable));
    let none = Place::new("[database]\nurl = \"postgresql://a\"\n").load(&[]).unwrap();
    assert!(none.database.heal_url.is_none(), "the role that serves heals");
}

#[test]
fn a_key_for_login_roles_comes_from_its_file_or_as_a_credential_and_is_long_enough() {
    let place = Place::new("[plugins]\nisolation = \"roles\"\nrole_key_file = \"key\"\n");
    let key = |place: &Place, variables: &[(&str, &str)]| {
        let key = place.load(variables).unwrap().plugins.role_key;
        key.map(|key| key.expose_secret().to_owned())
    };
    assert_eq!(
        place.problems(&[]),
        ["plugins.role_key_file (tenon.toml): cannot read key: No such file or directory (os error 2)"]
    );
    std::fs::write(place.path().join("key"), "short\n").unwrap();
    assert_eq!(
        place.problems(&[]),
        ["plugins.role_key_file (tenon.toml): key holds less than 32 characters"]
    );
    let long = "x".repeat(32);
    std::fs::write(place.path().join("key"), format!("{long}\n")).unwrap();
    assert_eq!(key(&place, &[]), Some(long.clone()));
    let credentials = place.path().to_str().unwrap();
    std::fs::write(place.path().join("plugin_role_key"), "y".repeat(40)).unwrap();
    assert_eq!(key(&place, &[("CREDENTIALS_DIRECTORY", credentials)]), Some(long));
    let unnamed = Place::new("");
    assert_eq!(key(&unnamed, &[("CREDENTIALS_DIRECTORY", credentials)]), Some("y".repeat(40)));
    assert_eq!(key(&unnamed, &[]), None);
    assert_eq!(
        Place::new("[plugins]\nisolation = \"some\"\n").problems(&[]),
        ["plugins.isolation (tenon.toml): must be one of \"shared\", \"roles\", not \"some\""]
    );
}
