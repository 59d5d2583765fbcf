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
            if plugin.usable { "usable" } else { "not usable" }.to_owned(),
            plugin.migrations.len().to_string(),
            plugin.file.to_string(),
        ]
    });
    let mut text = table(style, &["id", "name", "version", "state", " migrations", "file"], rows.collect());
    for plugin in plugins {
        for problem in &plugin.problems {
            text += &format!("\n{}: {}\n", style.bad(&plugin.id), indented(&problem.message, "  "));
            if let Some(remedy) = &problem.remedy {
                text += &format!("  remedy: {}\n", clean(remedy));
            }
        }
    }
    text
}
