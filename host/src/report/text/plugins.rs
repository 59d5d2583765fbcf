//! The plugins in the directory, and why some are out.

use std::collections::BTreeSet;

use super::inspection::explanation;
use super::{Style, clean, indented, table};
use crate::report::PluginSummary;

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
        for notice in plugin.file_problems.iter().filter(|problem| !problem.is_refusal()) {
            text += &format!("\n{}: {}\n", style.warn(&plugin.id), indented(&notice.reason, "  "));
            text += &format!("  remedy: {}\n", clean(&notice.remedy));
        }
    }
    text
}

/// The long texts of what is told of the plugins' files, each code once; and what the loader said in full.
pub fn explained(plugins: &[PluginSummary], style: Style) -> String {
    let problems: Vec<_> = plugins.iter().flat_map(|plugin| &plugin.file_problems).collect();
    let codes: BTreeSet<_> = problems.iter().map(|problem| problem.code).collect();
    let mut text: String = codes.into_iter().map(|code| explanation(code, style)).collect();
    for (plugin, problem) in plugins.iter().flat_map(|one| one.file_problems.iter().map(move |it| (one, it)))
    {
        if let Some(report) = &problem.explanation {
            text += &format!("\n{}: what the loader said\n{}\n", style.bad(&plugin.id), clean(report));
        }
    }
    text
}

fn state(plugin: &PluginSummary) -> &'static str {
    match (plugin.usable, &plugin.quarantined) {
        (false, _) => "not usable",
        (true, _) if plugin.disabled => "disabled",
        (true, Some(_)) => "in quarantine",
        (true, None) => "usable",
    }
}
