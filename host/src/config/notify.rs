//! `[notify]`: whom a host that serves tells of changes: webhooks and commands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use tenon_schema::names::event_plugin;
use url::Url;

use super::loopback::is_loopback;
use super::origin::Origin;
use super::outbound::{http_proxy, private_networks, proxy_resolves};
use super::reader::{Reader, Section, Table};
use super::secret_file::secret_in;
use super::surroundings::Surroundings;
use super::values::NotifyEvent;

/// `[notify]`
#[derive(Debug, Clone)]
pub struct NotifyConfig {
    /// How long a message that a target does not take is tried again.
    pub retry_for: Duration,
    /// How long one delivery may take.
    pub timeout: Duration,
    /// The proxy through which webhooks are sent.
    pub proxy: Option<String>,
    /// Whether the proxy alone looks up names, and so decides which addresses are reached.
    pub proxy_resolves: bool,
    /// The link-local addresses, and those of metadata services, to which a webhook may go.
    pub private: Vec<IpNet>,
    /// A PEM file with the authorities of webhooks to trust instead of the system's.
    pub tls_root_cert: Option<PathBuf>,
    /// In the order of their names.
    pub targets: Vec<NotifyTarget>,
}

/// One that is told.
#[derive(Debug, Clone)]
pub struct NotifyTarget {
    pub name: String,
    /// What it is told of.
    pub events: BTreeSet<NotifyEvent>,
    /// The events of plugins that it is told of, by their names.
    pub plugin_events: BTreeSet<String>,
    pub way: NotifyWay,
}

/// How a target is told.
#[derive(Debug, Clone)]
pub enum NotifyWay {
    /// By a signed request. The address may hold a token: it is a secret as the keys are.
    Webhook {
        url: SecretString,
        /// Keys in the form of Standard Webhooks. Each signs, so that one can replace another.
        keys: Vec<SecretString>,
    },
    /// By a program and its arguments, with the message on standard input.
    Command(Vec<String>),
}

impl NotifyTarget {
    /// The way, as a word.
    pub fn kind(&self) -> &'static str {
        match self.way {
            NotifyWay::Webhook { .. } => "webhook",
            NotifyWay::Command(_) => "command",
        }
    }
}

/// What a key of Standard Webhooks begins with.
const KEY_PREFIX: &str = "whsec_";

/// The bytes of a key, within what Standard Webhooks allows.
pub fn signing_key(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text.trim().strip_prefix(KEY_PREFIX)?).ok()?;
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    root: &mut Table,
    around: &Surroundings,
    warnings: &mut Vec<String>,
) -> NotifyConfig {
    let mut table = reader.table(root, "notify");
    let mut targets = BTreeMap::new();
    for (list, key) in [("notify.webhook", "webhook"), ("notify.command", "command")] {
        for (at, (table, origin)) in reader.tables(&mut table, list, key).into_iter().enumerate() {
            let mut section = reader.section(list, table);
            let mut target = Target { section: &mut section, origin, around, warnings };
            let read = if key == "webhook" { target.webhook() } else { target.command() };
            section.finish();
            reader.number_notes(list, at);
            let Some((target, origin)) = read else { continue };
            let name = target.name.clone();
            if targets.insert(name.clone(), target).is_some() {
                let message = format!("\"{name}\" is the name of another target too");
                reader.problem(&format!("{list}.name"), &origin, message);
            }
        }
    }
    let mut section = reader.section("notify", table);
    let proxy = http_proxy(&mut section);
    let config = NotifyConfig {
        retry_for: section.get("retry_for", Duration::from_secs(24 * 60 * 60)),
        timeout: section.get("timeout", Duration::from_secs(10)),
        proxy_resolves: proxy_resolves(&mut section, proxy.as_deref()),
        proxy,
        private: private_networks(&mut section),
        tls_root_cert: section.path("tls_root_cert"),
        targets: targets.into_values().collect(),
    };
    if config.timeout.is_zero() || config.timeout > LONGEST {
        let message = format!("must be more than 0 and at most {} s", LONGEST.as_secs());
        section.problem("timeout", &Origin::File, message);
    }
    section.finish();
    config
}

/// The longest time for one delivery: another host takes over from one that is silent for longer.
const LONGEST: Duration = Duration::from_secs(60);

/// One table of a target, as it is read.
struct Target<'t, 'r, 'a> {
    section: &'t mut Section<'r, 'a>,
    origin: Origin,
    around: &'t Surroundings,
    warnings: &'t mut Vec<String>,
}

impl Target<'_, '_, '_> {
    fn webhook(&mut self) -> Option<(NotifyTarget, Origin)> {
        let (name, events) = (self.name(), self.events());
        let url = self.secret("url", ["url_file", "url_credential"]);
        let secret = self.secret("", ["secret_file", "secret_credential"]);
        let keys: Vec<_> = secret.iter().flat_map(|text| text.expose_secret().split_whitespace()).collect();
        if secret.is_some() && (keys.is_empty() || keys.iter().any(|key| signing_key(key).is_none())) {
            let message = "holds no keys of Standard Webhooks, each \"whsec_\" and 24 to 64 bytes in base64; make one \
                           with: echo whsec_$(openssl rand -base64 32)";
            self.problem("secret_file", message);
            return None;
        }
        let keys = keys.into_iter().map(SecretString::from).collect();
        let (name, (events, plugin_events), url) = (name?, events?, url?);
        match Url::parse(url.expose_secret()) {
            Ok(address) if ["http", "https"].contains(&address.scheme()) && address.has_host() => {
                self.warn_of_clear_text(&name, &address);
            }
            // The address itself is not told: it may hold a token.
            _ => {
                self.problem("url", "must be an address that begins with https:// or http://, and a host");
                return None;
            }
        }
        secret?;
        let way = NotifyWay::Webhook { url, keys };
        Some((NotifyTarget { name, events, plugin_events, way }, self.origin.clone()))
    }

    fn command(&mut self) -> Option<(NotifyTarget, Origin)> {
        let (name, events) = (self.name(), self.events());
        let mut run = match self.section.optional::<Vec<String>>("run") {
            Some((run, _)) if run.first().is_some_and(|program| !program.is_empty()) => run,
            _ => {
                self.problem("run", "must be a program and its arguments, such as [\"/usr/local/bin/page\"]");
                return None;
            }
        };
        // A name alone is looked for where programs of the system are.
        if let Some(program) = run.first_mut()
            && program.contains('/')
        {
            *program = self.section.resolve(program.as_ref(), &self.origin).to_string_lossy().into_owned();
        }
        let (name, (events, plugin_events), way) = (name?, events?, NotifyWay::Command(run));
        Some((NotifyTarget { name, events, plugin_events, way }, self.origin.clone()))
    }

    fn problem(&mut self, key: &str, message: &str) {
        self.section.problem(key, &self.origin, message);
    }

    fn name(&mut self) -> Option<String> {
        let name = self.section.optional::<String>("name").map(|(name, _)| name).unwrap_or_default();
        let shaped =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        if (1..=63).contains(&name.len()) && name.bytes().all(shaped) {
            return Some(name);
        }
        self.problem("name", "must be a name of small letters, digits, - and _, such as \"ops\"");
        None
    }

    /// What it is told of: changes, and events of plugins.
    fn events(&mut self) -> Option<(BTreeSet<NotifyEvent>, BTreeSet<String>)> {
        let plugin_events = match self.section.optional::<Vec<String>>("plugin_events") {
            None => BTreeSet::new(),
            Some((names, origin)) => match names.iter().find(|name| event_plugin(name).is_none()) {
                None => names.into_iter().collect(),
                Some(name) => {
                    let message = format!("\"{name}\" is no event's name, such as \"orders.placed\"");
                    self.section.problem("plugin_events", &origin, message);
                    return None;
                }
            },
        };
        let Some((words, origin)) = self.section.optional::<Vec<String>>("events") else {
            return Some((NotifyEvent::ALL.into(), plugin_events));
        };
        let events: Result<BTreeSet<_>, _> = words.iter().map(|word| word.parse()).collect();
        match events {
            Ok(events) if !events.is_empty() || !plugin_events.is_empty() => Some((events, plugin_events)),
            Ok(_) => {
                self.section.problem("events", &origin, "must name one at least; without the key it is all");
                None
            }
            Err(message) => {
                self.section.problem("events", &origin, message);
                None
            }
        }
    }

    /// What stands under the key, in the file, or in the credential: in one of them.
    fn secret(&mut self, key: &'static str, [file, credential]: [&'static str; 2]) -> Option<SecretString> {
        let here = if key.is_empty() { None } else { self.section.optional::<SecretString>(key) };
        let in_file = self.section.optional::<PathBuf>(file);
        let in_credential = self.section.optional::<String>(credential);
        let path = match (here, in_file, in_credential) {
            (Some((secret, _)), None, None) => return Some(secret),
            (None, Some((path, origin)), None) => self.section.resolve(&path, &origin),
            (None, None, Some((name, origin))) => match self.around.credential(&name) {
                Some(path) if !name.contains('/') => path,
                _ => {
                    let message =
                        format!("the service has no credential {name:?} (LoadCredential= of its unit)");
                    self.section.problem(credential, &origin, message);
                    return None;
                }
            },
            _ => {
                let first = if key.is_empty() { String::new() } else { format!("{key}, ") };
                let told = format!("one of {first}{file} and {credential} is needed, and no more than one");
                self.problem(if key.is_empty() { file } else { key }, &told);
                return None;
            }
        };
        secret_in(&path).map_err(|problem| self.problem(file, &problem)).ok()
    }

    fn warn_of_clear_text(&mut self, name: &str, url: &Url) {
        if url.scheme() == "http" && !is_loopback(url) {
            self.warnings.push(format!(
                "messages to webhook {name} cross the network in clear, and so does what its address holds: use https"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Place;
    use super::*;

    #[test]
    fn targets_are_read_with_their_secrets_from_files_and_credentials() {
        let place = Place::new(
            "[notify]\nretry_for = \"2h\"\n\
             [[notify.webhook]]\nname = \"ops\"\nurl_file = \"url\"\nsecret_credential = \"key\"\n\
             [[notify.command]]\nname = \"page\"\nrun = [\"bin/page\", \"db\"]\nevents = [\"heal\"]\n\
             [[notify.command]]\nname = \"sales\"\nrun = [\"true\"]\nevents = []\nplugin_events = [\"orders.placed\"]\n",
        );
        std::fs::write(place.path().join("url"), "https://hooks.example.com/T0KEN\n").unwrap();
        let keys = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        std::fs::write(place.path().join("key"), keys).unwrap();
        let directory = place.path().to_str().unwrap();
        let config = place.load(&[("CREDENTIALS_DIRECTORY", directory)]).unwrap();
        assert_eq!(config.notify.retry_for, Duration::from_secs(7200));
        let [ops, page, sales] = config.notify.targets.as_slice() else { panic!("{:?}", config.notify) };
        let NotifyWay::Webhook { url, keys } = &ops.way else { panic!("{ops:?}") };
        assert_eq!((url.expose_secret(), keys.len()), ("https://hooks.example.com/T0KEN", 2));
        assert_eq!(ops.events, NotifyEvent::ALL.into());
        let NotifyWay::Command(run) = &page.way else { panic!("{page:?}") };
        assert_eq!(run, &[format!("{directory}/bin/page"), "db".to_owned()]);
        assert_eq!(page.events, [NotifyEvent::Heal].into());
        assert!(sales.events.is_empty() && page.plugin_events.is_empty());
        assert_eq!(sales.plugin_events, ["orders.placed".to_owned()].into());
        let told = format!("{config:?}");
        assert!(!told.contains("T0KEN") && !told.contains("whsec"), "{told}");
    }

    #[test]
    fn every_problem_of_targets_is_told_at_once_and_no_secret_with_it() {
        let place = Place::new(
            "[notify]\ntimeout = \"2m\"\nproxy = \"http://me:pass@proxy\"\n\
             [[notify.webhook]]\nname = \"Ops\"\nurl = \"ftp://T0KEN\"\nurl_file = \"url\"\nsecret_file = \"key\"\n\
             [[notify.webhook]]\nname = \"b\"\nurl = \"T0KEN\"\nsecret_file = \"short\"\n\
             [[notify.webhook]]\nname = \"c\"\nurl = \"T0KEN\"\nsecret_file = \"good\"\nsecret = \"T0KEN\"\n\
             [[notify.command]]\nname = \"d\"\nevents = [\"heals\"]\n\
             [[notify.command]]\nname = \"e\"\nrun = [\"true\"]\n\
             [[notify.command]]\nname = \"e\"\nrun = [\"true\"]\n\
             [[notify.command]]\nname = \"f\"\nrun = [\"true\"]\nplugin_events = [\"placed\"]\n",
        );
        std::fs::write(place.path().join("short"), "whsec_T0KEN").unwrap();
        std::fs::write(place.path().join("good"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let problems = place.problems(&[]).join("\n");
        for told in [
            "notify.webhook.name (tenon.toml): must be a name of small letters",
            "notify.webhook.url (tenon.toml): one of url, url_file and url_credential is needed, and no more",
            "notify.webhook.secret_file (tenon.toml): cannot read key",
            "notify.webhook.secret_file (tenon.toml): holds no keys of Standard Webhooks",
            "notify.webhook.url (tenon.toml): must be an address that begins with https://",
            "notify.webhook.secret (tenon.toml): unknown key",
            "notify.command.run (tenon.toml): must be a program",
            "notify.command.events (tenon.toml): must be one of \"verdict\"",
            "notify.command.plugin_events (tenon.toml): \"placed\" is no event's name",
            "notify.command.name (tenon.toml): \"e\" is the name of another target too",
            "notify.timeout (tenon.toml): must be more than 0 and at most 60 s",
            "notify.proxy (tenon.toml): a name and a password have no place in it",
        ] {
            assert!(problems.contains(told), "{told}:\n{problems}");
        }
        assert!(!problems.contains("T0KEN"), "{problems}");
    }
}
