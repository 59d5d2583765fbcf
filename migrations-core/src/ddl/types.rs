//! Types and collations.

use tenon_schema::{Collation, CompositeType, Descriptors, Domain, EnumType, RangeType};

use super::{DdlStatement, Placement, literal};

/// All types, in an order in which they can be made: each kind may use those before it.
pub(super) fn create_all(descriptors: &Descriptors, placement: &Placement) -> Vec<DdlStatement> {
    let mut made: Vec<_> = descriptors.collations.iter().map(|item| collation(item, placement)).collect();
    made.extend(descriptors.enums.iter().map(|item| enumeration(item, placement)));
    made.extend(descriptors.domains.iter().map(|item| domain(item, placement)));
    made.extend(descriptors.composites.iter().map(|item| composite(item, placement)));
    made.extend(descriptors.ranges.iter().map(|item| range(item, placement)));
    made
}

fn enumeration(item: &EnumType, placement: &Placement) -> DdlStatement {
    let labels: Vec<String> = item.labels.iter().map(|label| literal(label)).collect();
    DdlStatement {
        object: format!("enum {}", item.name),
        sql: format!("CREATE TYPE {} AS ENUM ({})", placement.place(&item.name).quoted(), labels.join(", ")),
    }
}

fn domain(item: &Domain, placement: &Placement) -> DdlStatement {
    let mut sql = format!("CREATE DOMAIN {} AS {}", placement.place(&item.name).quoted(), item.data_type);
    if let Some(collation) = &item.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = &item.default {
        sql.push_str(&format!(" DEFAULT ({default})"));
    }
    if item.not_null {
        sql.push_str(" NOT NULL");
    }
    for check in &item.checks {
        if let Some(name) = &check.name {
            sql.push_str(&format!(" CONSTRAINT {}", name.quoted()));
        }
        sql.push_str(&format!(" CHECK ({})", check.expression));
    }
    DdlStatement { object: format!("domain {}", item.name), sql }
}

fn composite(item: &CompositeType, placement: &Placement) -> DdlStatement {
    let attribute = |attribute: &tenon_schema::Attribute| {
        let collation =
            attribute.collation.as_ref().map_or_else(String::new, |name| format!(" COLLATE {name}"));
        format!("{} {}{collation}", attribute.name.quoted(), attribute.data_type)
    };
    let attributes: Vec<_> = item.attributes.iter().map(attribute).collect();
    DdlStatement {
        object: format!("composite type {}", item.name),
        sql: format!("CREATE TYPE {} AS ({})", placement.place(&item.name).quoted(), attributes.join(", ")),
    }
}

fn range(item: &RangeType, placement: &Placement) -> DdlStatement {
    DdlStatement {
        object: format!("range type {}", item.name),
        sql: format!("CREATE TYPE {} AS RANGE ({})", placement.place(&item.name).quoted(), item.definition),
    }
}

fn collation(item: &Collation, placement: &Placement) -> DdlStatement {
    DdlStatement {
        object: format!("collation {}", item.name),
        sql: format!("CREATE COLLATION {} ({})", placement.place(&item.name).quoted(), item.definition),
    }
}
