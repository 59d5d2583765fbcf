//! Functions before, between and after the relations.

use tenon_schema::{Body, Descriptors, Function, ObjectName};

use crate::qualified::mentions;

/// The functions by what has to be there first.
pub(super) struct Routines<'a> {
    /// Tables may use them in defaults and checks.
    pub(super) before_tables: Vec<&'a Function>,
    /// Functions that speak of tables, and that views may use.
    pub(super) after_tables: Vec<&'a Function>,
    /// Functions that speak of views.
    pub(super) after_views: Vec<&'a Function>,
}

/// Sorts the functions by the relations named in what PostgreSQL looks up when it makes them: the types of
/// arguments and result, and a body that it parses at once. Other bodies are looked up when they run.
pub(super) fn routines(descriptors: &Descriptors) -> Routines<'_> {
    let mut routines =
        Routines { before_tables: Vec::new(), after_tables: Vec::new(), after_views: Vec::new() };
    let views: Vec<&ObjectName> = descriptors
        .views
        .iter()
        .map(|view| &view.name)
        .chain(descriptors.materialized_views.iter().map(|view| &view.name))
        .collect();
    for function in &descriptors.functions {
        let text = looked_up(function);
        let names = |name: &ObjectName| mentions(&text, name.name.as_str());
        if views.iter().any(|name| names(name)) {
            routines.after_views.push(function);
        } else if descriptors.tables.iter().any(|table| names(&table.name)) {
            routines.after_tables.push(function);
        } else {
            routines.before_tables.push(function);
        }
    }
    routines
}

fn looked_up(function: &Function) -> String {
    let types = function.arguments.iter().map(|argument| argument.data_type.as_str());
    let body = match &function.body {
        Body::Sql(sql) => Some(sql.as_str()),
        Body::Text(_) | Body::Library { .. } => None,
    };
    types.chain(function.returns.as_deref()).chain(body).collect::<Vec<_>>().join(" ")
}
