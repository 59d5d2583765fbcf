//! What the process finds around it: variables, working directory, user; and the paths that follow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The configuration of the packaged service.
const SERVICE_FILE: &str = "/etc/tenon/tenon.toml";

/// The part of the process's surroundings that a configuration depends on, as a value.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Environment variables that are text. Secrets are not among them: see [`crate::support::secrets`].
    pub variables: BTreeMap<String, String>,
    /// The working directory; relative paths of the command line and environment start here.
    pub directory: PathBuf,
    /// Whether we are root.
    pub root: bool,
}

impl Default for Surroundings {
    /// The surroundings of this process.
    fn default() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter(|(name, _)| !crate::support::secrets::is_secret(name))
                .collect(),
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            root: crate::support::file_access::is_root(),
        }
    }
}

impl Surroundings {
    /// A variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `$XDG_<name>`, else the given place below the home directory.
    fn xdg(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        match self.variable(name).map(Path::new) {
            // A relative path there must be ignored (XDG base directory specification).
            Some(directory) if directory.is_absolute() => Some(directory.to_owned()),
            _ => self.variable("HOME").map(|home| Path::new(home).join(below_home)),
        }
    }

    /// The configuration file to read when none is named: the first that exists.
    pub(super) fn find_file(&self) -> Option<PathBuf> {
        let user = self.xdg("XDG_CONFIG_HOME", ".config").map(|base| base.join("tenon/tenon.toml"));
        [Some(self.directory.join("tenon.toml")), user, Some(PathBuf::from(SERVICE_FILE))]
            .into_iter()
            .flatten()
            .find(|file| file.is_file())
    }

    /// Where state goes when nobody says: what systemd provides, the system's place for root (whose
    /// home the database's user could not enter), the user's place, the working directory.
    pub(super) fn default_state_dir(&self) -> PathBuf {
        if let Some(provided) = self.variable("STATE_DIRECTORY").and_then(|list| list.split(':').next()) {
            return PathBuf::from(provided);
        }
        if self.root {
            return PathBuf::from("/var/lib/tenon");
        }
        match self.xdg("XDG_STATE_HOME", ".local/state") {
            Some(base) => base.join("tenon"),
            None => self.directory.join(".tenon"),
        }
    }

    /// Where plugins are when nobody says: beside the configuration if there is such a directory.
    pub(super) fn default_plugin_dir(&self, file: Option<&Path>) -> PathBuf {
        file.and_then(Path::parent)
            .map(|directory| directory.join("plugins"))
            .filter(|directory| directory.is_dir())
            .unwrap_or_else(|| self.directory.join("plugins"))
    }

    /// Takes the credentials that systemd passes to the packaged service for those of a command line with
    /// the configuration of that. They are there while the service runs, for its user and root alone.
    pub fn take_credentials_of_service(&mut self, named: Option<&Path>) {
        let credentials = "/run/credentials/tenon.service";
        let file = named.map(|file| self.directory.join(file)).or_else(|| self.find_file());
        if file.as_deref() == Some(Path::new(SERVICE_FILE))
            && self.variable("CREDENTIALS_DIRECTORY").is_none()
            && std::fs::read_dir(credentials).is_ok()
        {
            self.variables.insert("CREDENTIALS_DIRECTORY".to_owned(), credentials.to_owned());
        }
    }

    /// The credential of this name that systemd passed (`LoadCredential=`), if any.
    pub(super) fn credential(&self, name: &str) -> Option<PathBuf> {
        let file = Path::new(self.variable("CREDENTIALS_DIRECTORY")?).join(name);
        file.is_file().then_some(file)
    }
}
