//! The graph for a terminal.

use super::layout::characters;
use super::{DependencyGraph, Drawing, MigrationNode, PluginNode};
use crate::report::text::{Style, table};

/// The drawing in characters where there is room for it, else a table of the same.
pub fn text(graph: &DependencyGraph, migrations: bool, style: Style) -> String {
    let drawing: Drawing = if migrations { graph.of_migrations() } else { graph.of_plugins() };
    let fits = |width| style.width.is_none_or(|room| width <= usize::from(room));
    match characters(&drawing) {
        Ok((text, width)) if fits(width) => text,
        _ if migrations => of_migrations(graph, style),
        _ => of_plugins(graph, style),
    }
}

fn of_plugins(graph: &DependencyGraph, style: Style) -> String {
    let rows = graph.plugins.iter().map(|PluginNode { id, name, label, requires, .. }| {
        let requires: Vec<_> =
            requires.iter().map(|(plugin, versions)| format!("{plugin} {versions}")).collect();
        vec![id.to_string(), name.clone(), label.clone(), requires.join(", ")]
    });
    table(style, &["id", "plugin", "state", "requires"], rows.collect())
}

fn of_migrations(graph: &DependencyGraph, style: Style) -> String {
    let rows = graph.migrations.iter().map(|MigrationNode { id, state, requires }| {
        let others = requires.iter().filter(|other| other.plugin != id.plugin);
        let others: Vec<_> = others.map(ToString::to_string).collect();
        vec![id.to_string(), state.word().to_owned(), others.join(", ")]
    });
    table(style, &["migration", "state", "requires"], rows.collect())
}
