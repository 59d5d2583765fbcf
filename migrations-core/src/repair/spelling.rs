//! Taking apart and putting together what the catalog queries spell.

use std::collections::BTreeMap;

use tenon_schema::{Ident, ObjectName};

use crate::ddl;
use crate::qualified;
use crate::secret::is_hidden;
use crate::snapshot::{Kind, ObjectId};

/// The identifier a text begins with, quoted or not, and what follows it.
pub(crate) fn leading_ident(text: &str) -> Option<(Ident, &str)> {
    let Some(inside) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
        return (end > 0).then(|| (Ident::new(&text[..end]), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = inside;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((Ident::new(name), after)),
        }
    }
}

/// A table's name with a column's: `inv.item.id`.
pub(crate) fn column_of(text: &str) -> Option<(ObjectName, Ident)> {
    let (schema, rest) = leading_ident(text)?;
    let (table, rest) = leading_ident(rest.strip_prefix('.')?)?;
    let (column, _) = leading_ident(rest.strip_prefix('.')?)?;
    Some((ObjectName::new(schema, table), column))
}

/// What stands before the list of types: of `inv.f(integer)` the name, which may have parentheses in it too.
pub(crate) fn without_types(text: &str) -> &str {
    if !text.ends_with(')') {
        return text;
    }
    // Only quoted names of types have any.
    let mut quoted = false;
    let opens = |(_, c): &(usize, char)| {
        quoted ^= *c == '"';
        !quoted && *c == '('
    };
    text.char_indices().rev().find(opens).map_or(text, |(at, _)| &text[..at])
}

/// The name alone of what is known by more than that: by its types, or by an access method.
pub(crate) fn bare_name(id: &ObjectId) -> &str {
    let name = id.name.as_str();
    match id.kind {
        Kind::Function | Kind::Aggregate | Kind::Operator => without_types(name),
        Kind::OperatorClass | Kind::OperatorFamily => {
            name.rsplit_once(" USING ").map_or(name, |(name, _)| name)
        }
        _ => name,
    }
}

/// Names as a list in parentheses.
pub(crate) fn idents(names: &[String]) -> Vec<Ident> {
    names.iter().map(|name| Ident::new(name.as_str())).collect()
}

/// `name=value` each.
pub(crate) fn options(items: &[String]) -> BTreeMap<String, String> {
    let pairs = items.iter().filter_map(|item| item.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The options of something of a foreign-data wrapper; `None` where one's value is hidden, so that nobody can
/// write it down.
pub(super) fn foreign_options(items: &[String]) -> Option<BTreeMap<String, String>> {
    let options = options(items);
    (!options.values().any(|value| is_hidden(value))).then_some(options)
}

/// The actions that turn the storage options found into those expected: `SET (…)`, `RESET (…)`.
pub(super) fn change_options(expected: &[String], found: &[String]) -> Vec<String> {
    let (expected, found) = (options(expected), options(found));
    let mut actions = Vec::new();
    let gone: Vec<_> =
        found.keys().filter(|name| !expected.contains_key(*name)).map(|name| option(name)).collect();
    if !gone.is_empty() {
        actions.push(format!("RESET ({})", gone.join(", ")));
    }
    let set: BTreeMap<_, _> =
        expected.into_iter().filter(|(name, value)| found.get(name) != Some(value)).collect();
    if !set.is_empty() {
        actions.push(format!("SET {}", ddl::parameters(&set)));
    }
    actions
}

fn option(name: &str) -> String {
    name.split('.').map(|part| Ident::new(part).quoted()).collect::<Vec<_>>().join(".")
}

/// ` OPTIONS (…)` that turns the foreign options found into those expected; `None` where a value that is
/// hidden would have to be set.
pub(super) fn change_foreign_options(expected: &[String], found: &[String]) -> Option<String> {
    let (expected, found) = (options(expected), options(found));
    if expected.iter().any(|(key, value)| is_hidden(value) && found.get(key) != Some(value)) {
        return None;
    }
    let name = |name: &String| Ident::new(name.as_str()).quoted();
    let gone =
        found.keys().filter(|key| !expected.contains_key(*key)).map(|key| format!("DROP {}", name(key)));
    let set = expected.iter().filter(|(key, value)| found.get(*key) != Some(*value)).map(|(key, value)| {
        let word = if found.contains_key(key) { "SET" } else { "ADD" };
        format!("{word} {} {}", name(key), ddl::literal(value))
    });
    Some(format!("OPTIONS ({})", gone.chain(set).collect::<Vec<_>>().join(", ")))
}

/// The items of a list, which may hold quoted names with anything in them: `a, b ("c, d")`.
pub(crate) fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut after_comma = false;
    list.split(move |c: char| {
        quoted ^= c == '"';
        !quoted && c == ','
    })
    .map(move |item| {
        if std::mem::replace(&mut after_comma, true) { item.strip_prefix(' ').unwrap_or(item) } else { item }
    })
}

/// What stands before and behind the first such mark outside of quoted names.
pub(crate) fn split_outside_quotes<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut quoted = false;
    let outside = |(at, c): (usize, char)| {
        quoted ^= c == '"';
        (!quoted && text[at..].starts_with(mark)).then_some(at)
    };
    let at = text.char_indices().find_map(outside)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// What is in the one list and not in the other.
pub(super) fn beside<'a>(these: &'a [String], those: &[String]) -> Vec<&'a String> {
    these.iter().filter(|item| !those.contains(item)).collect()
}

/// Whether the text has this name in it, with its schema; also as a constant of the type `regclass` or the
/// like.
pub(super) fn names(text: &str, name: &ObjectName) -> bool {
    if !text.contains(name.name.as_str()) && !text.contains(&name.name.to_string()) {
        return false;
    }
    let is_operator = !name.name.as_str().contains(|c: char| c.is_alphanumeric() || c == '_');
    qualified::names(text).iter().any(|named| named.schema == name.schema && named.name == name.name.as_str())
        || text.contains(&ddl::literal(&name.to_string()))
        || (is_operator && text.contains(&format!("{}.{}(", name.schema, name.name.as_str())))
}

/// `::text` between types of which the one has no cast to the other: text has one from and to every type.
pub(super) fn through_text(from: &str, to: &str) -> &'static str {
    let (from, to) = (family(from), family(to));
    if from == to || from == "text" || to == "text" { "" } else { "::text" }
}

/// Whether each value of the one type is one of the other, but for those that are too large.
pub fn converts_each(from: &str, to: &str) -> bool {
    family(from) == family(to) || family(to) == "text"
}

/// What stands for the types that are cast to each other.
fn family(data_type: &str) -> &str {
    if data_type.ends_with("[]") {
        return data_type;
    }
    match data_type.split('(').next().unwrap_or(data_type) {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        "text" | "character varying" | "character" | "name" | "\"char\"" => "text",
        other if other == "date" || other.starts_with("timestamp") => "date",
        other => other,
    }
}
