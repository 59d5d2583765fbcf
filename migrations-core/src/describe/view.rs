//! Describing views and materialized views.

use std::collections::BTreeSet;

use tenon_schema::{Ident, MaterializedView, ObjectName, View};

use crate::qualified;
use crate::repair::make::view::{DEFAULT, SETTINGS, columns};
use crate::snapshot::Property;

use super::about::about;
use super::facts::{Facts, options};
use super::table::USUAL_METHOD;
use super::{Describer, index, on_relation};

pub(super) fn describe<'a>(describer: &mut Describer<'a>, facts: &mut Facts<'a>) -> Result<View, String> {
    let view = facts.id.owner();
    no_words_for_columns(facts, &[DEFAULT]);
    Ok(View {
        query: query(facts)?,
        // The query that is printed names them all.
        columns: Vec::new(),
        options: options(facts, Property::Options),
        triggers: on_relation::triggers(describer, &view, None),
        rules: on_relation::rules(describer, &view),
        about: about(facts),
        name: view,
    })
}

pub(super) fn describe_materialized<'a>(
    describer: &mut Describer<'a>,
    facts: &mut Facts<'a>,
) -> Result<MaterializedView, String> {
    let view = facts.id.owner();
    no_words_for_columns(facts, &SETTINGS);
    let method = facts.text(Property::Method).filter(|method| *method != USUAL_METHOD);
    Ok(MaterializedView {
        query: query(facts)?,
        method: method.map(Ident::from),
        storage: options(facts, Property::Options),
        tablespace: facts.text(Property::Tablespace).map(Ident::from),
        indexes: index::all(describer, &view),
        statistics: index::statistics(describer, &view),
        about: about(facts),
        name: view,
    })
}

fn query(facts: &mut Facts<'_>) -> Result<String, String> {
    let query = facts.needed(Property::Query)?;
    Ok(query.trim().trim_end_matches(';').to_owned())
}

/// Tells what is said of a view's columns beside their names and types.
fn no_words_for_columns(facts: &mut Facts<'_>, mark: &[&str]) {
    for column in columns(facts.list(Property::Columns), mark) {
        if !column.rest.is_empty() {
            facts.cannot(format!("no descriptor has words for{} of its column {}", column.rest, column.name));
        }
    }
}

/// The views, each behind those that it shows.
pub(super) fn sources_first(mut waiting: Vec<View>) -> Vec<View> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let names: BTreeSet<ObjectName> = waiting.iter().map(|view| view.name.clone()).collect();
        let is_ready = |view: &View| {
            let named = qualified::names(&view.query).into_iter();
            let mut named = named.map(|named| ObjectName::new(named.schema, named.name));
            !named.any(|name| name != view.name && names.contains(&name))
        };
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            ordered.extend(later);
            return ordered;
        }
        ordered.extend(ready);
        waiting = later;
    }
    ordered
}
