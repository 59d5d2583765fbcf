//! `[callers]`: by what the host knows who calls a plugin's route.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::origin::Origin;
use super::proxy::{header, networks};
use super::reader::{Reader, Section, Table};
use super::values::Environment;
use super::{ServerConfig, from_value::FromConfigValue};
use crate::support::jwk_file::{Algorithm, KeyFile};

/// `[callers]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallersConfig {
    /// Whether somebody with a session or an API token of the console is a caller.
    pub console: bool,
    /// The issuers of tokens.
    pub jwt: Vec<JwtIssuer>,
    pub proxy: Option<CallerProxy>,
    /// The caller that everybody is on this machine who says nothing else.
    pub development: Option<String>,
}

impl Default for CallersConfig {
    fn default() -> Self {
        Self { console: true, jwt: Vec::new(), proxy: None, development: None }
    }
}

impl CallersConfig {
    /// Whether anybody but those of the console can be a caller.
    pub fn is_configured(&self) -> bool {
        !self.jwt.is_empty() || self.proxy.is_some() || self.development.is_some()
    }
}

/// An issuer of tokens, and what of them is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtIssuer {
    pub issuer: String,
    /// For whom a token has to be meant: one of these.
    pub audience: Vec<String>,
    pub keys: JwtKeys,
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks may differ.
    pub leeway: Duration,
    pub subject_claim: String,
    /// What stands before the subject in the caller's id.
    pub subject_prefix: String,
    pub name_claim: String,
    pub scopes_claim: String,
    /// Scopes that make an administrator.
    pub admin_scopes: Vec<String>,
}

/// The keys by which tokens are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtKeys {
    /// Public keys, as a JSON Web Key Set.
    Set(PathBuf),
    /// A secret that the issuer has too.
    Secret(PathBuf),
}

impl JwtKeys {
    /// Reads them.
    pub fn read(&self) -> Result<KeyFile, String> {
        match self {
            Self::Set(file) => KeyFile::read_set(file),
            Self::Secret(file) => KeyFile::read_secret(file),
        }
    }
}

/// A proxy that authenticates callers, and names them in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerProxy {
    /// The header with the caller's id, in lower case.
    pub user_header: String,
    pub name_header: Option<String>,
    /// The header with the caller's groups, which are its scopes.
    pub groups_header: Option<String>,
    /// The networks of the proxy.
    pub trusted: Vec<IpNet>,
    /// Groups that make an administrator.
    pub admin_groups: Vec<String>,
}

impl CallerProxy {
    /// Whether it is a header of the proxy's own, by its name in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        let more = [&self.name_header, &self.groups_header];
        name == self.user_header || more.into_iter().any(|header| header.as_deref() == Some(name))
    }
}

/// What was read, and where the caller for development was written.
pub(super) struct ReadCallers {
    pub(super) config: CallersConfig,
    development: Option<Origin>,
}

impl ReadCallers {
    /// A caller who need not prove anything is for development on this machine alone.
    pub(super) fn refuse_development(
        &mut self,
        reader: &mut Reader<'_>,
        environment: Environment,
        server: &ServerConfig,
    ) {
        let Some(origin) = &self.development else { return };
        let why = if environment == Environment::Production {
            "is for development only: whoever asks would be this caller"
        } else if !server.listen.ip().to_canonical().is_loopback() || server.behind_proxy {
            "needs server.listen to be an address of this machine alone, such as 127.0.0.1:8420, and no proxy in front"
        } else {
            return;
        };
        reader.problem("callers.development", origin, why.to_owned());
    }
}

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Table, warnings: &mut Vec<String>) -> ReadCallers {
    let mut table = reader.table(root, "callers");
    let mut jwt: Vec<JwtIssuer> = Vec::new();
    for (at, (one, origin)) in reader.tables(&mut table, "callers.jwt", "jwt").into_iter().enumerate() {
        let mut section = reader.section("callers.jwt", one);
        let issuer = read_issuer(&mut section, &origin);
        section.finish();
        reader.number_notes("callers.jwt", at);
        let Some(issuer) = issuer else { continue };
        if jwt.iter().any(|other| other.issuer == issuer.issuer) {
            let told = format!("\"{}\" is the issuer of another [[callers.jwt]] too", issuer.issuer);
            reader.problem("callers.jwt.issuer", &origin, told);
        }
        jwt.push(issuer);
    }
    let alike =
        |one: &JwtIssuer| jwt.iter().filter(|other| other.subject_prefix == one.subject_prefix).count() > 1;
    if jwt.iter().any(alike) {
        let told = "two issuers of [[callers.jwt]] have the same subject_prefix: who has the same subject with both is \
                    one caller to the plugins";
        warnings.push(told.to_owned());
    }
    let proxy = reader.table(&mut table, "proxy");
    let proxy = if proxy.is_empty() {
        // Its keys are known all the same.
        drop(read_proxy(&mut reader.section("callers.proxy", proxy)));
        None
    } else {
        let mut section = reader.section("callers.proxy", proxy);
        let read = read_proxy(&mut section);
        section.finish();
        read
    };
    let mut section = reader.section("callers", table);
    let console = section.get("console", true);
    let development = section.optional::<String>("development");
    if let Some((subject, origin)) = &development
        && !crate::support::legible::is_subject(subject)
    {
        section.problem("development", origin, "must be the id of a caller, such as \"dev\"");
    }
    section.finish();
    let (development, origin) = development.unzip();
    ReadCallers { config: CallersConfig { console, jwt, proxy, development }, development: origin }
}

/// One issuer, unless a problem was noted.
fn read_issuer(section: &mut Section<'_, '_>, origin: &Origin) -> Option<JwtIssuer> {
    let issuer = needed::<String>(section, "issuer", origin, "must be what the tokens have as their iss");
    let audience = needed::<Vec<String>>(
        section,
        "audience",
        origin,
        "must be what the tokens are meant for, their aud: a list",
    );
    let set = section.optional::<PathBuf>("jwks_file");
    let secret = section.optional::<PathBuf>("key_file");
    let algorithms = section.optional::<Vec<String>>("algorithms");
    let issued = JwtIssuer {
        issuer: issuer.clone().unwrap_or_default(),
        audience: audience.clone().unwrap_or_default(),
        keys: JwtKeys::Set(PathBuf::new()),
        algorithms: Vec::new(),
        leeway: section.get("leeway", Duration::from_secs(30)),
        subject_claim: section.get("subject_claim", "sub".to_owned()),
        subject_prefix: section.get("subject_prefix", String::new()),
        name_claim: section.get("name_claim", "name".to_owned()),
        scopes_claim: section.get("scopes_claim", "scope".to_owned()),
        admin_scopes: section.get("admin_scopes", Vec::new()),
    };
    if issued.leeway > LONGEST_LEEWAY {
        section.problem("leeway", origin, format!("may be at most {} s", LONGEST_LEEWAY.as_secs()));
    }
    let (keys, usual) = match (set, secret) {
        (Some((file, origin)), None) => {
            (JwtKeys::Set(section.resolve(&file, &origin)), &Algorithm::SIGNED[..])
        }
        (None, Some((file, origin))) => {
            (JwtKeys::Secret(section.resolve(&file, &origin)), &Algorithm::SHARED[..])
        }
        _ => {
            section.problem(
                "jwks_file",
                origin,
                "one of jwks_file and key_file is needed, and no more than one",
            );
            return None;
        }
    };
    let key = if matches!(keys, JwtKeys::Set(_)) { "jwks_file" } else { "key_file" };
    if let Err(problem) = keys.read() {
        section.problem(key, origin, problem);
    }
    let algorithms = match algorithms {
        None => usual.to_vec(),
        Some((words, origin)) => {
            let known: Option<Vec<Algorithm>> =
                words.iter().map(|word| usual.iter().copied().find(|one| one.as_str() == word)).collect();
            match known {
                Some(known) if !known.is_empty() => known,
                _ => {
                    let can: Vec<_> = usual.iter().map(|one| one.as_str()).collect();
                    let told =
                        format!("must be a list of some of these, which {key} can have: {}", can.join(", "));
                    section.problem("algorithms", &origin, told);
                    return None;
                }
            }
        }
    };
    issuer.and(audience)?;
    Some(JwtIssuer { keys, algorithms, ..issued })
}

/// How far clocks may differ at most.
const LONGEST_LEEWAY: Duration = Duration::from_secs(600);

/// A value that has to be there and is not empty.
fn needed<T: FromConfigValue + IsEmpty>(
    section: &mut Section<'_, '_>,
    key: &'static str,
    origin: &Origin,
    told: &str,
) -> Option<T> {
    let value = section.optional::<T>(key).map(|(value, _)| value).filter(|value| !value.is_empty());
    if value.is_none() {
        section.problem(key, origin, told);
    }
    value
}

trait IsEmpty {
    fn is_empty(&self) -> bool;
}

impl IsEmpty for String {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl IsEmpty for Vec<String> {
    fn is_empty(&self) -> bool {
        self.iter().all(String::is_empty)
    }
}

fn read_proxy(section: &mut Section<'_, '_>) -> Option<CallerProxy> {
    let is_written = !section.is_empty();
    let user_header = header(section, "user_header");
    let [name_header, groups_header] = ["name_header", "groups_header"].map(|key| header(section, key));
    let trusted = section.optional::<Vec<String>>("trusted");
    let admin_groups = section.get("admin_groups", Vec::new());
    if !is_written {
        return None;
    }
    let Some((user_header, origin)) = user_header else {
        section.problem(
            "user_header",
            &Origin::File,
            "is needed: the header in which the proxy names the caller",
        );
        return None;
    };
    let trusted =
        trusted.map(|(texts, origin)| networks(section, "trusted", &texts, &origin)).unwrap_or_default();
    if trusted.is_empty() {
        let told =
            "needs callers.proxy.trusted beside it: the networks of the proxy, such as [\"127.0.0.1/32\"]";
        section.problem("user_header", &origin, told);
    }
    let [name_header, groups_header] =
        [name_header, groups_header].map(|header| header.map(|(name, _)| name));
    Some(CallerProxy { user_header, name_header, groups_header, trusted, admin_groups })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Place;
    use super::*;

    /// A set with one key (RFC 8037, appendix A.2).
    const SET: &str = r#"{ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }"#;

    #[test]
    fn an_issuer_is_read_with_what_is_usual() {
        let place = Place::new(
            "[callers]\ndevelopment = \"dev\"\n[[callers.jwt]]\nissuer = \"https://a\"\naudience = [\"shop\"]\n\
             jwks_file = \"keys.json\"\n[callers.proxy]\nuser_header = \"X-Caller\"\ntrusted = [\"10.0.0.1\"]\n",
        );
        std::fs::write(place.path().join("keys.json"), SET).unwrap();
        let callers = place.load(&[]).unwrap().callers;
        let [issuer] = callers.jwt.as_slice() else { panic!("{callers:?}") };
        assert_eq!(issuer.algorithms, Algorithm::SIGNED);
        assert_eq!((issuer.subject_claim.as_str(), issuer.leeway), ("sub", Duration::from_secs(30)));
        assert!(callers.console && callers.proxy.is_some_and(|proxy| proxy.has_header("x-caller")));
        assert_eq!(callers.development.as_deref(), Some("dev"));
    }

    #[test]
    fn what_would_let_anybody_be_anybody_is_refused() {
        let place = Place::new(
            "environment = \"production\"\n[callers]\ndevelopment = \"dev\"\n\
             [[callers.jwt]]\nissuer = \"a\"\njwks_file = \"keys.json\"\nalgorithms = [\"RS256\", \"none\"]\n\
             [[callers.jwt]]\nissuer = \"b\"\naudience = [\"x\"]\njwks_file = \"keys.json\"\nalgorithms = [\"HS256\"]\n\
             [[callers.jwt]]\nissuer = \"c\"\naudience = [\"x\"]\nkey_file = \"short\"\n\
             [[callers.jwt]]\nissuer = \"d\"\naudience = [\"x\"]\njwks_file = \"none.json\"\nkey_file = \"short\"\n\
             [callers.proxy]\nuser_header = \"Authorization\"\ntrusted = [\"0.0.0.0/0\"]\n",
        );
        std::fs::write(place.path().join("keys.json"), SET).unwrap();
        std::fs::write(place.path().join("short"), "secret").unwrap();
        let problems = place.problems(&[]).join("\n");
        for told in [
            "callers.development (tenon.toml): is for development only",
            "callers.jwt.audience (tenon.toml): must be what the tokens are meant for",
            "callers.jwt.algorithms (tenon.toml): must be a list of some of these, which jwks_file can have: RS256",
            "callers.jwt.key_file (tenon.toml): short holds less than 32 bytes",
            "callers.jwt.jwks_file (tenon.toml): one of jwks_file and key_file is needed",
            "callers.proxy.user_header (tenon.toml): must be a header that the proxy alone sets",
            "callers.proxy.trusted (tenon.toml): \"0.0.0.0/0\" is everybody",
        ] {
            assert!(problems.contains(told), "{told}:\n{problems}");
        }
        let open = Place::new("[server]\nlisten = \"0.0.0.0:8420\"\n[callers]\ndevelopment = \"dev\"\n");
        assert!(open.problems(&[]).join("").contains("an address of this machine alone"));
    }
}
