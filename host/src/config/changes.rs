//! What differs between the configuration that a process runs under and one that was read later.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

use super::notify::{NotifyConfig, NotifyWay};
use super::origin::SetKey;
use super::{Config, DatabaseUrl};

/// The keys that differ, by their names. Secrets are compared by what they are, wherever they stand.
pub fn changed_keys(old: (&Config, &[SetKey]), new: (&Config, &[SetKey])) -> BTreeSet<String> {
    let mut changed = set_otherwise(old.1, new.1);
    for ((key, old), (_, new)) in secrets(old.0).into_iter().zip(secrets(new.0)) {
        if old != new {
            changed.insert(key.to_owned());
        }
    }
    let others = |config: &Config| -> BTreeMap<String, String> {
        config.databases.iter().map(|(name, url)| (name.clone(), text(&url.secret))).collect()
    };
    let (old_others, new_others) = (others(old.0), others(new.0));
    changed.extend(differing(&old_others, &new_others).map(|name| format!("databases.{name}")));
    changed.extend(differing(&old.0.plugin, &new.0.plugin).map(|id| format!("plugin.{id}")));
    if targets(&old.0.notify) != targets(&new.0.notify) {
        changed.insert("notify".to_owned());
    }
    if old.0.callers != new.0.callers {
        changed.insert("callers".to_owned());
    }
    if old.0.tolerate != new.0.tolerate {
        changed.insert("tolerate".to_owned());
    }
    // Of lists of tables the list is named, not each of its keys.
    let is_of_list =
        |key: &String| key.contains('[') || ["tolerate.", "callers."].iter().any(|of| key.starts_with(of));
    changed.retain(|key| !is_of_list(key));
    changed
}

/// The keys whose written value is another one, or is set on one side alone.
fn set_otherwise(old: &[SetKey], new: &[SetKey]) -> BTreeSet<String> {
    let values = |set: &[SetKey]| -> BTreeMap<String, Option<String>> {
        set.iter().map(|one| (one.key.clone(), one.value.clone())).collect()
    };
    let (old, new) = (values(old), values(new));
    differing(&old, &new).cloned().collect()
}

/// The names whose values differ, or that are on one side alone.
fn differing<'a, K: Ord, V: PartialEq>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = &'a K> {
    let names: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name))
}

/// The secrets that have one key each.
fn secrets(config: &Config) -> [(&'static str, Option<String>); 5] {
    let url = |url: &Option<DatabaseUrl>| url.as_ref().map(|url| text(&url.secret));
    let oidc = config.admin.oidc.as_ref().and_then(|oidc| oidc.client_secret.as_ref());
    [
        ("database.url", url(&config.database.url)),
        ("database.heal_url", url(&config.database.heal_url)),
        ("database.scratch_url", url(&config.database.scratch_url)),
        ("plugins.role_key_file", config.plugins.role_key.as_ref().map(text)),
        ("admin.oidc.client_secret_file", oidc.map(text)),
    ]
}

/// Each target of messages with what it is told of, its way and its secrets.
fn targets(notify: &NotifyConfig) -> Vec<String> {
    let way = |way: &NotifyWay| match way {
        NotifyWay::Webhook { url, keys } => {
            let keys: Vec<_> = keys.iter().map(text).collect();
            format!("{} {}", url.expose_secret(), keys.join(" "))
        }
        NotifyWay::Command(run) => format!("{run:?}"),
    };
    let all = notify.targets.iter();
    all.map(|target| format!("{} {:?} {}", target.name, target.events, way(&target.way))).collect()
}

fn text(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::LoadOptions;

    /// What a change of the file, and of the secret beside it, changes.
    fn changed(before: &str, after: &str, secret: [&str; 2]) -> Vec<String> {
        let place = tempfile::tempdir().unwrap();
        let load = |text: &str, secret: &str| {
            fs::write(place.path().join("tenon.toml"), text).unwrap();
            fs::write(place.path().join("secret"), secret).unwrap();
            let file = Some(place.path().join("tenon.toml"));
            Config::load_with_keys(&LoadOptions { file, ..LoadOptions::default() }).unwrap()
        };
        let old = load(before, secret[0]);
        let new = load(after, secret[1]);
        changed_keys((&old.0, &old.1), (&new.0, &new.1)).into_iter().collect()
    }

    const SAME: [&str; 2] = ["postgresql://a@h/d", "postgresql://a@h/d"];

    #[test]
    fn keys_that_differ_are_named_and_no_others() {
        let before = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nfilter = \"info\"\n";
        let after = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nfilter = \"warn\"\n[check]\nevery = \"5s\"\n";
        assert_eq!(changed(before, after, SAME), ["check.every", "log.filter"]);
        assert!(changed(before, before, SAME).is_empty());
    }

    #[test]
    fn a_secret_that_changed_where_it_stands_is_named_by_its_key() {
        let file = "[database]\nurl_file = \"secret\"\n";
        assert_eq!(changed(file, file, ["postgresql://a@h/d", "postgresql://b@h/d"]), ["database.url"]);
        let written = ["a", "b"].map(|name| format!("[database]\nurl = \"postgresql://{name}@h/d\"\n"));
        assert_eq!(changed(&written[0], &written[1], SAME), ["database.url"]);
        let others = ["a", "b"].map(|name| format!("[databases]\nx = \"postgresql://{name}@h/d\"\n"));
        assert_eq!(changed(&others[0], &others[1], SAME), ["databases.x"]);
    }

    #[test]
    fn tables_of_lists_and_of_plugins_are_named_as_a_whole() {
        let before = "[plugin.inventory]\nlow_stock = 5\n";
        let after = "[plugin.inventory]\nlow_stock = 6\n[[tolerate]]\nkind = \"index\"\n\
                     object = \"a.b.audit_x\"\nreason = \"r\"\n[[notify.command]]\nname = \"page\"\n\
                     run = [\"/bin/true\"]\n";
        assert_eq!(changed(before, after, SAME), ["notify", "plugin.inventory", "tolerate"]);
    }
}
