//! The properties that are text printed from something parsed, and so may be printed otherwise after a
//! restore.

use tenon_migrations_core::compare::is_parsed_body;
use tenon_migrations_core::deparse::{is_plain, is_plain_key};
use tenon_migrations_core::snapshot::{Kind, ObjectId, Property, Value};
use tenon_schema::Ident;

/// The properties of a kind whose text may be printed otherwise after a restore.
pub(crate) fn of(kind: Kind) -> &'static [Property] {
    match kind {
        Kind::Table => &[Property::PartitionKey],
        Kind::Column => &[Property::Default, Property::Generated],
        Kind::Constraint => &[Property::Expression, Property::Definition],
        Kind::Index => &[Property::Keys, Property::Predicate],
        Kind::View => &[Property::Query, Property::Columns],
        Kind::MaterializedView => &[Property::Query],
        Kind::Function => &[Property::Arguments, Property::Body],
        Kind::Trigger => &[Property::Condition],
        Kind::Rule | Kind::Statistics => &[Property::Definition],
        Kind::Policy => &[Property::Using, Property::WithCheck],
        Kind::Domain => &[Property::Default, Property::Checks],
        Kind::Publication => &[Property::Tables],
        _ => &[],
    }
}

/// Whether this property of this kind is one of them.
pub(crate) fn is_printed(kind: Kind, property: Property) -> bool {
    of(kind).contains(&property)
}

/// Whether it is not known to stay as it is: a short cut, for the many simple ones.
pub(crate) fn may_change(kind: Kind, property: Property, value: &Value) -> bool {
    let text = match value {
        Value::Text(text) => text.as_str(),
        Value::List(items) => {
            return match property {
                Property::Keys => !items.iter().all(|item| is_plain_key(item)),
                Property::Columns => items.iter().any(|item| item.contains(" DEFAULT ")),
                Property::Tables => items.iter().any(|item| item.contains(" WHERE ")),
                _ => !items.is_empty(),
            };
        }
        // It has been asked of already.
        Value::Flag(_) | Value::Undeclared | Value::Spellings(_) => return false,
    };
    match (kind, property) {
        (_, Property::Generated) => {
            let expression = text.strip_suffix(" STORED").or_else(|| text.strip_suffix(" VIRTUAL"));
            !expression.is_some_and(is_plain)
        }
        (_, Property::Body) => is_parsed_body(text),
        (_, Property::Arguments) => text.contains(" DEFAULT "),
        (Kind::Statistics, Property::Definition) => text.contains('('),
        // Behind the word for the method.
        (_, Property::PartitionKey) => text.matches('(').count() > 1,
        (Kind::Rule | Kind::Constraint, Property::Definition) | (_, Property::Query) => true,
        _ => !is_plain(text),
    }
}

/// What a twin's value would be as that of the object, which was made with another value.
pub(crate) fn of_object(
    id: &ObjectId,
    property: Property,
    made: &Value,
    twin: &Value,
    name: &Ident,
) -> Value {
    match (id.kind, property, made, twin) {
        (Kind::Rule, Property::Definition, Value::Text(made), Value::Text(twin)) => {
            let quoted = id.name.quoted();
            let is_quoted = made.strip_prefix(CREATE_RULE).is_some_and(|rest| rest.starts_with(&quoted));
            let own = if is_quoted { quoted } else { id.name.as_str().to_owned() };
            let twin =
                twin.replacen(&format!("{CREATE_RULE}{}", name.as_str()), &format!("{CREATE_RULE}{own}"), 1);
            Value::Text(twin)
        }
        (Kind::Domain, Property::Checks, Value::List(made), Value::List(twin))
            if made.len() == twin.len() =>
        {
            let item = |(made, twin): (&String, &String)| {
                // A new domain has no values that were not checked.
                let unchecked = made.ends_with(NOT_VALID) && !twin.ends_with(NOT_VALID);
                if unchecked { format!("{twin}{NOT_VALID}") } else { twin.clone() }
            };
            Value::List(made.iter().zip(twin).map(item).collect())
        }
        _ => twin.clone(),
    }
}

const CREATE_RULE: &str = "CREATE RULE ";
const NOT_VALID: &str = " NOT VALID";
