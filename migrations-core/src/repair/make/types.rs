//! Making a type or a collation.

use crate::ddl;
use crate::repair::address::name;
use crate::repair::sides::{list, text};
use crate::snapshot::{Object, ObjectId, Property, Value};

use super::column;

pub(in crate::repair) fn create_enum(id: &ObjectId, item: &Object) -> Option<Vec<String>> {
    let labels: Vec<_> = list(item, Property::Labels).iter().map(|label| ddl::literal(label)).collect();
    Some(vec![format!("CREATE TYPE {} AS ENUM ({})", name(id), labels.join(", "))])
}

pub(in crate::repair) fn create_domain(id: &ObjectId, item: &Object) -> Option<Vec<String>> {
    let mut sql = format!("CREATE DOMAIN {} AS {}", name(id), text(item, Property::DataType)?);
    for (property, word) in [(Property::Collation, "COLLATE"), (Property::Default, "DEFAULT")] {
        if let Some(value) = text(item, property) {
            sql.push_str(&format!(" {word} {value}"));
        }
    }
    sql.push_str(&column::not_null(item));
    // Each by itself, since one may be not valid.
    let checks = list(item, Property::Checks)
        .iter()
        .map(|check| format!("ALTER DOMAIN {} ADD CONSTRAINT {check}", name(id)));
    Some(std::iter::once(sql).chain(checks).collect())
}

pub(in crate::repair) fn create_composite(id: &ObjectId, item: &Object) -> Option<Vec<String>> {
    let attributes = list(item, Property::Attributes).join(", ");
    Some(vec![format!("CREATE TYPE {} AS ({attributes})", name(id))])
}

pub(in crate::repair) fn create_range(id: &ObjectId, item: &Object) -> Option<Vec<String>> {
    Some(vec![format!("CREATE TYPE {} AS RANGE ({})", name(id), range_definition(item)?)])
}

/// What stands between the parentheses of `CREATE TYPE … AS RANGE`.
pub(crate) fn range_definition(item: &Object) -> Option<String> {
    let mut parts = vec![format!("SUBTYPE = {}", text(item, Property::Subtype)?)];
    for (property, word) in [
        (Property::OperatorClass, "SUBTYPE_OPCLASS"),
        (Property::Collation, "COLLATION"),
        (Property::Canonical, "CANONICAL"),
        (Property::SubtypeDiff, "SUBTYPE_DIFF"),
        (Property::Multirange, "MULTIRANGE_TYPE_NAME"),
    ] {
        if let Some(value) = text(item, property) {
            parts.push(format!("{word} = {value}"));
        }
    }
    Some(parts.join(", "))
}

pub(in crate::repair) fn create_collation(id: &ObjectId, item: &Object) -> Option<Vec<String>> {
    Some(vec![format!("CREATE COLLATION {} ({})", name(id), collation_definition(item)?)])
}

/// What stands between the parentheses of `CREATE COLLATION`.
pub(crate) fn collation_definition(item: &Object) -> Option<String> {
    let provider = text(item, Property::Provider)?;
    let mut parts = vec![format!("PROVIDER = {provider}")];
    // `en-US`, or `LC_COLLATE C, LC_CTYPE C`, and rules that may hold anything.
    let locale = text(item, Property::Locale)?;
    if locale.contains("RULES ") {
        return None;
    }
    for part in locale.split(", ") {
        match part.split_once(' ') {
            Some((word @ ("LC_COLLATE" | "LC_CTYPE"), value)) if provider == "libc" => {
                parts.push(format!("{word} = {}", ddl::literal(value)));
            }
            Some(("LC_COLLATE" | "LC_CTYPE", _)) => {}
            _ => parts.push(format!("LOCALE = {}", ddl::literal(part))),
        }
    }
    if item.get(&Property::Deterministic) == Some(&Value::Flag(false)) {
        parts.push("DETERMINISTIC = false".to_owned());
    }
    Some(parts.join(", "))
}
