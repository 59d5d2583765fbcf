//! The plugins in the directory, and why some are out.

use super::{Style, clean, indented, table};
use crate::host::PluginSummary;

/// One row a plugin, then the problems of those that have any.
pub fn plugins(plugins: &[PluginSummary], style: Style) -> String {
    let rows = plugins.iter().map(|plugin| {
        vec![
            plugin.id.to_string(),
            plugin.name.clone(),
            plugin.version.clone(),
            state(plugin).to_owned(),
            plugin.migrations.len().to_string(),
            plugin.file.to_string(),
        ]
    });
    let mut text = table(style, &["id", "name", "version", "state", " migrations", "file"], rows.collect());
    for plugin in plugins {
        if let Some(one) = plugin.quarantined.as_ref().filter(|_| plugin.usable) {
            text += &format!("\n{}: {}\n", style.bad(&plugin.id), indented(&one.message(), "  "));
            text += &format!("  remedy: {}\n", clean(&one.remedy()));
        }
        for problem in &plugin.problems {
            text += &format!("\n{}: {}\n", style.bad(&plugin.id), indented(&problem.message, "  "));
            if let Some(remedy) = &problem.remedy {
                text += &format!("  remedy: {}\n", clean(remedy));
            }
        }
    }
    text
}

fn state(plugin: &PluginSummary) -> &'static str {
    match (plugin.usable, &plugin.quarantined) {
        (false, _) => "not usable",
        (true, Some(_)) => "in quarantine",
        (true, None) => "usable",
    }
}
