//! Descriptors written out as SQL that makes their objects.
//!
//! Used to let PostgreSQL elaborate descriptors: the objects are made in a scratch schema, read back, and
//! compared in PostgreSQL's own spelling. Names are quoted, so they mean what they say; types and expressions
//! are the author's SQL and go out as they came, so an enum's column still has the real type.

mod about;
mod constraint;
mod global;
mod index;
mod operator;
mod order;
mod placement;
pub(crate) mod routine;
mod sequence;
mod table;
#[cfg(test)]
mod tests;
mod trigger;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Descriptors, Ident, Sequence, Table};

pub(crate) use constraint::{foreign_columns, key_columns};
pub use placement::Placement;

/// One statement that makes one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdlStatement {
    /// What it makes, by its declared name, such as `table inventory.item`.
    pub object: String,
    /// The statement, without a semicolon.
    pub sql: String,
}

/// Whether foreign keys are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKeys {
    /// Make them. This locks the referenced tables, which may be real ones.
    Include,
    /// Leave them out.
    Leave,
}

/// Everything the descriptors describe, in an order in which it can be made. Schemas have to exist.
///
/// In a scratch place, casts and extensions are left out, and owners too: of these there is only the real
/// one.
pub fn create(
    descriptors: &Descriptors,
    placement: &Placement,
    foreign_keys: ForeignKeys,
) -> Vec<DdlStatement> {
    let d = descriptors;
    let mut all = Vec::new();
    if !placement.is_scratch() {
        all.extend(d.extensions.iter().map(global::create_extension));
    }
    all.extend(d.foreign_servers.iter().map(|server| global::create_server(server, placement)));
    all.extend(types::create_all(d, placement));
    let of_identities = sequence::of_identities(d);
    let is_own = |item: &&Sequence| !of_identities.values().any(|other| std::ptr::eq(*other, *item));
    let sequences: Vec<_> = d.sequences.iter().filter(is_own).collect();
    all.extend(sequences.iter().map(|item| sequence::create(item, placement)));
    let routines = order::routines(d);
    all.extend(routines.before_tables.into_iter().map(|item| routine::create(item, placement)));
    all.extend(d.aggregates.iter().map(|item| routine::create_aggregate(item, placement)));
    all.extend(d.operators.iter().map(|item| operator::create(item, placement)));
    all.extend(d.operator_families.iter().flat_map(|item| operator::create_family(item, placement)));
    all.extend(d.operator_classes.iter().map(|item| operator::create_class(item, placement)));
    if !placement.is_scratch() {
        all.extend(d.casts.iter().map(operator::create_cast));
    }
    all.extend(d.text_search_dictionaries.iter().map(|item| operator::create_dictionary(item, placement)));
    all.extend(
        d.text_search_configurations.iter().flat_map(|item| operator::create_configuration(item, placement)),
    );
    let tables = table::parents_first(&d.tables);
    // A foreign key that is made with its table need not be checked, so what it costs is less.
    let within = |table: &Table, made: &[&Table]| match foreign_keys {
        ForeignKeys::Include => constraint::foreign_keys_within(table, made),
        ForeignKeys::Leave => BTreeSet::new(),
    };
    let within: Vec<_> = tables.iter().enumerate().map(|(at, table)| within(table, &tables[..at])).collect();
    let create_table = |(table, keys)| table::create(table, keys, &of_identities, placement);
    all.extend(tables.iter().copied().zip(&within).flat_map(create_table));
    all.extend(tables.iter().flat_map(|table| constraint::add_not_valid(table, placement)));
    // Those of parts first: the index of a partitioned table takes them for its own, by whatever name.
    let parts_first = tables.iter().rev();
    all.extend(parts_first.flat_map(|table| index::create_all(&table.name, &table.indexes, placement)));
    if foreign_keys == ForeignKeys::Include {
        let later = |(table, keys)| constraint::add_foreign_keys(table, keys, placement);
        all.extend(tables.iter().copied().zip(&within).flat_map(later));
    }
    all.extend(sequences.iter().filter_map(|item| sequence::own(item, placement)));
    all.extend(routines.after_tables.into_iter().map(|item| routine::create(item, placement)));
    all.extend(d.views.iter().map(|item| view::create(item, placement)));
    for item in &d.materialized_views {
        all.push(view::create_materialized(item, placement));
        all.extend(index::create_all(&item.name, &item.indexes, placement));
        all.extend(index::create_statistics(&item.name, &item.statistics, placement));
    }
    all.extend(routines.after_views.into_iter().map(|item| routine::create(item, placement)));
    for item in &tables {
        all.extend(index::create_statistics(&item.name, &item.statistics, placement));
        all.extend(trigger::create_all(&item.name, &item.triggers, placement));
        all.extend(trigger::create_rules(&item.name, &item.rules, placement));
        all.extend(trigger::create_policies(&item.name, &item.policies, placement));
        all.extend(table::switches(item, placement));
    }
    for item in &d.views {
        all.extend(trigger::create_all(&item.name, &item.triggers, placement));
        all.extend(trigger::create_rules(&item.name, &item.rules, placement));
    }
    all.extend(d.default_privileges.iter().flat_map(|item| about::default_privileges(item, placement)));
    all.extend(d.publications.iter().map(|item| global::create_publication(item, placement)));
    all.extend(about::all(d, placement));
    all.extend(d.event_triggers.iter().flat_map(|item| global::create_event_trigger(item, placement)));
    all
}

/// One table with its indexes, and with its foreign keys if wanted.
pub fn create_table(table: &Table, placement: &Placement, foreign_keys: ForeignKeys) -> Vec<DdlStatement> {
    let only = Descriptors { tables: vec![table.clone()], ..Descriptors::default() };
    create(&only, placement, foreign_keys)
}

/// A string as SQL, whatever `standard_conforming_strings` is.
pub fn literal(text: &str) -> String {
    let quotes = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quotes.replace('\\', "\\\\")) } else { format!("'{quotes}'") }
}

/// `("a", "b")`
pub(crate) fn columns(names: &[Ident]) -> String {
    format!("({})", names.iter().map(Ident::quoted).collect::<Vec<_>>().join(", "))
}

/// ` INCLUDE ("a", "b")`, or nothing.
pub(crate) fn include(names: &[Ident]) -> String {
    if names.is_empty() { String::new() } else { format!(" INCLUDE {}", columns(names)) }
}

/// ` WITH (name = 'value')`, or nothing.
pub(crate) fn storage(options: &BTreeMap<String, String>) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH {}", parameters(options)) }
}

/// `("toast"."name" = 'value')`
pub(crate) fn parameters(options: &BTreeMap<String, String>) -> String {
    let name =
        |name: &str| name.split('.').map(|part| Ident::new(part).quoted()).collect::<Vec<_>>().join(".");
    let options: Vec<_> =
        options.iter().map(|(key, value)| format!("{} = {}", name(key), literal(value))).collect();
    format!("({})", options.join(", "))
}

/// ` OPTIONS ("name" 'value')`, or nothing.
pub(crate) fn foreign_options(options: &BTreeMap<String, String>) -> String {
    if options.is_empty() {
        return String::new();
    }
    let options: Vec<_> = options
        .iter()
        .map(|(key, value)| format!("{} {}", Ident::new(key.as_str()).quoted(), literal(value)))
        .collect();
    format!(" OPTIONS ({})", options.join(", "))
}

/// ` TABLESPACE "name"`, or nothing.
pub(crate) fn tablespace(name: Option<&Ident>) -> String {
    name.map_or_else(String::new, |name| format!(" TABLESPACE {}", name.quoted()))
}
