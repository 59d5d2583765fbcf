use clap::Args;

use super::super::app::App;
use super::super::documents::{ShownConfig, ShownKey};
use super::super::exit::Exit;
use crate::config::{Config, SetKey};
use crate::report::{json, text};

/// The file that states every key, and the default of those that have one.
const SHIPPED: &str = include_str!("../../../../dist/tenon.toml");

/// Show each key of the configuration: its value, and where that comes from
///
/// A file, an environment variable, a credential of the systemd unit, an option of the command line, or the
/// default. Secrets are said to be set, and never shown. `tenon plugin settings ID` shows the settings of a
/// plugin.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Only the keys that are set somewhere
    #[arg(long)]
    set: bool,
}

impl Show {
    pub(crate) fn run(self, app: &App) -> Exit {
        let mut keys = keys(&app.config, &app.set);
        keys.retain(|key| !self.set || key.origin.is_some());
        if app.options.json {
            let file = app.config.file.as_deref();
            app.terminal.data(&json::document(&ShownConfig { file, keys: &keys }));
            return Exit::Done;
        }
        let row = |key: &ShownKey| {
            let value = match (&key.value, &key.origin) {
                (Some(value), _) => value.clone(),
                (None, Some(_)) => "set".to_owned(),
                (None, None) => "not set".to_owned(),
            };
            let from = match (&key.origin, &key.value) {
                (Some(origin), _) => origin.to_string(),
                (None, Some(_)) => "default".to_owned(),
                (None, None) => String::new(),
            };
            vec![key.key.clone(), value, from]
        };
        let rows: Vec<_> = keys.iter().map(row).collect();
        let nothing = "Nothing is set: all is default\n".to_owned();
        let table = text::table(app.terminal.out(), &["key", "value", "from"], rows);
        app.terminal.data(&if keys.is_empty() { nothing } else { table });
        Exit::Done
    }
}

/// Every key of the shipped file, as it is set or by its default; then those that are a table's of any names.
fn keys(config: &Config, set: &[SetKey]) -> Vec<ShownKey> {
    let mut left: Vec<&SetKey> = set.iter().collect();
    let mut keys = Vec::new();
    for (key, default) in stated() {
        let at = left.iter().position(|one| one.key == key);
        let shown = match at.map(|at| left.remove(at)) {
            Some(one) => ShownKey { key, value: one.value.clone(), origin: Some(one.origin.clone()) },
            None => ShownKey { value: here(config, &key).or(default), key, origin: None },
        };
        keys.push(shown);
    }
    keys.extend(left.into_iter().map(|one| ShownKey {
        key: one.key.clone(),
        value: one.value.clone(),
        origin: Some(one.origin.clone()),
    }));
    keys
}

/// The default of a key that depends on where the host runs.
fn here(config: &Config, key: &str) -> Option<String> {
    let path = match key {
        "plugin_dir" => return Some(config.plugin_dirs_told()),
        "state_dir" => &config.state_dir,
        "admin.accounts_file" => &config.admin.accounts_file,
        "plugins.lock_file" => &config.plugins.lock_file,
        _ => return None,
    };
    Some(path.display().to_string())
}

/// The keys of the shipped file with their defaults. `# key = …` is an example of one without.
fn stated() -> Vec<(String, Option<String>)> {
    let (mut section, mut keys, mut in_example) = ("", Vec::new(), false);
    for line in SHIPPED.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            (section, in_example) = (name, name == "databases");
        }
        let Some(commented) = line.strip_prefix('#') else { continue };
        let is_example = commented.starts_with(' ');
        // A table that there may be several of, or of any name.
        in_example |= commented.trim_start().starts_with('[');
        let Some((key, value)) = commented.trim_start().split_once(" = ") else { continue };
        let is_key = key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        if !is_key || in_example {
            continue;
        }
        let key = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        keys.push((key, (!is_example).then(|| value.trim_matches('"').to_owned())));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_says_which_keys_there_are_and_their_defaults() {
        let stated = stated();
        let default = |key: &str| {
            let (_, default) = stated.iter().find(|(name, _)| name == key).unwrap();
            default.as_deref()
        };
        assert_eq!(default("server.listen"), Some("127.0.0.1:8420"));
        assert_eq!(default("database.url"), None);
        assert_eq!(default("heal.approvals"), Some("1"));
        assert!(stated.iter().all(|(key, _)| !key.starts_with("databases.") && !key.ends_with(".low_stock")));
    }
}
