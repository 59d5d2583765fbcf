//! The texts that PostgreSQL prints from parsed expressions. All others are values: names, options, literals,
//! arguments, which mean what they say to the letter.

use crate::snapshot::{Kind, Object, Property, Value};

/// Whether this property of such an object holds expressions, and only those are compared by what they mean.
pub(super) fn holds(kind: Kind, property: Property, object: &Object) -> bool {
    use Property as P;
    match (kind, property) {
        (Kind::Column | Kind::Domain, P::Default)
        | (Kind::Column, P::Generated)
        | (Kind::Constraint, P::Expression | P::Definition)
        | (Kind::Index, P::Keys | P::Predicate)
        | (Kind::Domain, P::Checks)
        | (Kind::Table, P::PartitionKey | P::PartitionBound)
        // Of a view also the defaults of its columns.
        | (Kind::View, P::Query | P::Columns)
        | (Kind::MaterializedView, P::Query)
        // Those of a trigger are texts, and those of a function have defaults.
        | (Kind::Function | Kind::Aggregate, P::Arguments)
        | (Kind::Trigger, P::Condition)
        | (Kind::Rule | Kind::Statistics, P::Definition)
        | (Kind::Policy, P::Using | P::WithCheck)
        // With the conditions on rows.
        | (Kind::Publication, P::Tables) => true,
        (Kind::Function, P::Body) => is_parsed(object),
        _ => false,
    }
}

/// Whether the body of a routine was parsed when it was made, and is no string.
fn is_parsed(routine: &Object) -> bool {
    let is = |property, test: fn(&str) -> bool| match routine.get(&property).map(Value::first) {
        Some(Value::Text(text)) => test(text),
        _ => false,
    };
    is(Property::Language, |language| language == "sql") && is(Property::Body, super::is_parsed_body)
}

#[cfg(test)]
mod tests {
    use super::super::{compare, tests::id};
    use super::*;
    use crate::snapshot::CatalogSnapshot;

    const WRITTEN: &str = "(ARRAY[a])::text[]";
    const RESTORED: &str = "ARRAY[(a)::text]";

    fn differ(kind: Kind, property: Property, more: &[(Property, &str)]) -> bool {
        let snapshot = |text: &str, value: fn(String) -> Value| {
            let more = more.iter().map(|(property, text)| (*property, Value::Text((*text).to_owned())));
            let object = Object::from([(property, value(text.to_owned()))]).into_iter().chain(more).collect();
            CatalogSnapshot { objects: [(id(kind, Some("item"), "x"), object)].into() }
        };
        let list = |text| Value::List(vec![text]);
        let text = !compare(&snapshot(WRITTEN, Value::Text), &snapshot(RESTORED, Value::Text)).is_empty();
        assert_eq!(text, !compare(&snapshot(WRITTEN, list), &snapshot(RESTORED, list)).is_empty());
        text
    }

    #[test]
    fn expressions_are_compared_by_what_they_mean() {
        assert!(!differ(Kind::Constraint, Property::Expression, &[]));
        assert!(!differ(Kind::Function, Property::Arguments, &[]));
        assert!(!differ(Kind::Policy, Property::Using, &[]));
        assert!(!differ(Kind::View, Property::Query, &[]));
    }

    #[test]
    fn values_are_compared_to_the_letter() {
        for (kind, property) in [
            (Kind::Trigger, Property::Arguments),
            (Kind::Table, Property::Comment),
            (Kind::Table, Property::Options),
            (Kind::Table, Property::ForeignOptions),
            (Kind::Column, Property::ForeignOptions),
            (Kind::ForeignServer, Property::Options),
            (Kind::TextSearchDictionary, Property::Options),
            (Kind::Function, Property::Settings),
            (Kind::Settings, Property::Settings),
            (Kind::Enum, Property::Labels),
            (Kind::Aggregate, Property::Definition),
            (Kind::Index, Property::KeyOptions),
            (Kind::Collation, Property::Locale),
            (Kind::Constraint, Property::Columns),
        ] {
            assert!(differ(kind, property, &[]), "{kind:?} {property:?}");
        }
    }

    #[test]
    fn a_body_is_an_expression_only_where_sql_was_parsed() {
        let body = |language: &str, begin: &str| {
            let snapshot = |text: &str| {
                let object = Object::from([
                    (Property::Language, Value::Text(language.to_owned())),
                    (Property::Body, Value::Text(format!("{begin}{text}"))),
                ]);
                CatalogSnapshot { objects: [(id(Kind::Function, None, "f()"), object)].into() }
            };
            !compare(&snapshot(WRITTEN), &snapshot(RESTORED)).is_empty()
        };
        assert!(!body("sql", "RETURN "));
        assert!(body("sql", "SELECT "));
        assert!(body("python", "RETURN "));
    }
}
