//! The settings of a plugin, as a section of the configuration.

use std::fmt::Write;

use serde_json::Value;

use super::clean;
use crate::config::SettingOrigin;
use crate::report::settings::{SettingState, SettingsReport};

/// Can be pasted into the configuration: what is set as it is, everything else behind a `#`.
pub fn settings(report: &SettingsReport) -> String {
    let variable = report.plugin.to_uppercase();
    let mut text = format!(
        "# Settings of {} ({}) {}, in the configuration or as TENON_PLUGIN__{variable}__KEY in the environment.\n",
        clean(&report.name),
        report.plugin,
        report.version,
    );
    if let Some(trouble) = &report.trouble {
        let _ = writeln!(text, "# It is not known what is saved: {}", clean(trouble));
    }
    if let Some(saved) = report.saved.as_ref().filter(|saved| saved.version > 0) {
        let by = saved.changed_by.as_deref().unwrap_or_default();
        let _ = writeln!(text, "# Saved in the database: version {}, by {}", saved.version, clean(by));
        for (name, value) in &saved.values {
            let is_known = report.settings.iter().any(|one| one.setting.name() == *name);
            if !is_known {
                let _ = writeln!(text, "# Saved, and not known to the plugin: {} = {value}", clean(name));
            }
        }
    }
    for problem in &report.problems {
        let _ = writeln!(text, "# Not loaded: {}", clean(problem));
    }
    table(&mut text, report, &[]);
    text
}

/// A table: its own settings, then the tables within.
fn table(text: &mut String, report: &SettingsReport, path: &[String]) {
    let within =
        |one: &&SettingState| one.setting.path.len() == path.len() + 1 && one.setting.path.starts_with(path);
    let has_settings = |one: &SettingState| {
        let path = &one.setting.path;
        report
            .settings
            .iter()
            .any(|other| other.setting.path.len() > path.len() && other.setting.path.starts_with(path))
    };
    let (tables, own): (Vec<_>, Vec<_>) =
        report.settings.iter().filter(within).partition(|one| has_settings(one));
    let name: Vec<&str> = path.iter().map(String::as_str).collect();
    let name = ["plugin", &report.plugin].into_iter().chain(name).collect::<Vec<_>>().join(".");
    let _ = write!(text, "\n[{name}]\n");
    for one in own {
        setting(text, one);
    }
    for one in tables {
        if !one.setting.about.is_empty() {
            let _ = write!(text, "\n# {}", comment(&one.setting.about));
        }
        table(text, report, &one.setting.path);
    }
}

fn setting(text: &mut String, state: &SettingState) {
    let SettingState { setting, is_set, value, origin, saved } = state;
    if !setting.about.is_empty() {
        let _ = writeln!(text, "# {}", comment(&setting.about));
    }
    let mut kind = clean(&setting.kind);
    match (&setting.default, setting.required, is_set) {
        (Some(default), ..) if toml(default).is_some() && !setting.secret => {
            kind += &format!("; the default is {}", toml(default).unwrap_or_default());
        }
        (_, true, false) => kind += "; has to be set, and is not",
        (_, true, true) => kind += "; has to be set",
        _ => {}
    }
    if setting.secret && *is_set {
        kind += "; is set";
    }
    // Of all others the key's place in the configuration says it.
    if let Some(origin) =
        origin.as_ref().filter(|one| setting.secret || !matches!(one, SettingOrigin::File(_)))
    {
        kind += &format!("; from {}", clean(&origin.to_string()));
    }
    // To paste it would set it for good.
    let is_saved = matches!(origin, Some(SettingOrigin::Saved(_)));
    if let Some(saved) = saved.as_ref().filter(|saved| !is_saved || Some(*saved) != value.as_ref()) {
        kind += &format!("; saved is {}", clean(&saved.to_string()));
    }
    let key = setting.path.last().map_or("", String::as_str);
    let _ = match value.as_ref().or(setting.default.as_ref()).and_then(toml) {
        _ if setting.secret => writeln!(text, "# {kind}\n#{key} = {{ file = \"/path/to/the/secret\" }}"),
        Some(value) if *is_set && !is_saved => writeln!(text, "# {kind}\n{key} = {value}"),
        Some(value) => writeln!(text, "# {kind}\n#{key} = {value}"),
        None => writeln!(text, "# {kind}\n#{key} ="),
    };
}

/// Several lines of a comment.
fn comment(about: &str) -> String {
    let lines: Vec<_> = about.lines().map(|line| clean(line.trim())).collect();
    lines.join("\n# ")
}

/// A value in TOML, which agrees with JSON as long as no object is in it.
fn toml(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Array(list) => {
            let list: Option<Vec<_>> = list.iter().map(toml).collect();
            Some(format!("[{}]", list?.join(", ")))
        }
        other => Some(other.to_string()),
    }
}
