//! How bad a difference is.

use crate::severity::Severity;
use crate::snapshot::{Kind, Object, Property, Value};

/// What a plugin's statements rely on breaks them; what guards its rows is a matter of security.
pub(super) fn of_missing(kind: Kind) -> Severity {
    match kind {
        Kind::Policy | Kind::DefaultPrivileges => Severity::Security,
        Kind::Statistics | Kind::Publication => Severity::Warning,
        _ => Severity::Breaking,
    }
}

/// An extra object is a warning, unless it makes the plugin's own statements fail or do something else.
pub(super) fn of_unexpected(kind: Kind, object: &Object) -> Severity {
    let set = |property| object.get(&property) == Some(&Value::Flag(true));
    let interferes = match kind {
        Kind::Policy | Kind::DefaultPrivileges => return Severity::Security,
        Kind::Column => {
            set(Property::NotNull)
                && ![Property::Default, Property::Identity, Property::Generated]
                    .iter()
                    .any(|property| object.contains_key(property))
        }
        Kind::Index => set(Property::Unique),
        Kind::Constraint | Kind::Rule | Kind::Trigger => true,
        _ => false,
    };
    if interferes { Severity::Breaking } else { Severity::Warning }
}

/// What a plugin's statements rely on is breaking; what only changes speed, storage or future values is a
/// warning; who may do what is security; what means the same is cosmetic.
pub(super) fn of_change(
    kind: Kind,
    property: Property,
    expected: Option<&Value>,
    found: Option<&Value>,
) -> Severity {
    use Property as P;
    let is_cosmetic = matches!(
        property,
        P::Comment | P::ExtensionComments | P::IndexComment | P::NotNullComment | P::ColumnOrder
    );
    if is_cosmetic || same_meaning(property, expected, found) {
        return Severity::Cosmetic;
    }
    match (kind, property) {
        (Kind::Policy | Kind::DefaultPrivileges, _)
        | (
            _,
            P::RowSecurity
            | P::ForceRowSecurity
            | P::Grants
            | P::MemberGrants
            | P::Owner
            | P::SecurityDefiner
            | P::Leakproof,
        ) => Severity::Security,
        (Kind::View, P::Options) => Severity::Security,
        // Which schemas a SECURITY DEFINER function looks into decides whose code it runs.
        (Kind::Function, P::Settings) => Severity::Security,
        (
            _,
            P::Storage
            | P::Compression
            | P::StatisticsTarget
            | P::Options
            | P::Tablespace
            | P::Clustered
            | P::KeyOptions
            | P::Persistence
            | P::Cost
            | P::Rows
            | P::Support
            | P::Parallel
            | P::Version
            | P::ReplicaIdentity
            | P::Inherited
            | P::NotNullName
            | P::NotNullInherited
            | P::AttachedTo
            | P::ChildrenElsewhere
            | P::LeftBehind
            | P::Synchronization
            | P::DependsOn,
        )
        | (Kind::Column | Kind::Domain, P::Default)
        | (Kind::Index, P::Include | P::Method | P::Predicate)
        | (Kind::Table | Kind::MaterializedView, P::Method)
        | (Kind::Sequence, P::Start | P::Increment | P::Cache | P::OwnedBy)
        | (Kind::Statistics | Kind::Publication | Kind::Settings, _) => Severity::Warning,
        _ => Severity::Breaking,
    }
}

/// Whether two texts mean the same although PostgreSQL keeps them apart.
fn same_meaning(property: Property, expected: Option<&Value>, found: Option<&Value>) -> bool {
    let (Some(Value::Text(expected)), Some(Value::Text(found))) = (expected, found) else { return false };
    match property {
        Property::Default => transaction_time(expected) && transaction_time(found),
        // Inside a string literal a line ending is part of the value.
        Property::Body => !expected.contains('\'') && unix_lines(expected) == unix_lines(found),
        _ => false,
    }
}

fn transaction_time(expression: &str) -> bool {
    matches!(expression, "now()" | "CURRENT_TIMESTAMP" | "transaction_timestamp()")
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<Value> {
        Some(Value::Text(text.to_owned()))
    }

    fn change(kind: Kind, property: Property, expected: &str, found: &str) -> Severity {
        of_change(kind, property, text(expected).as_ref(), text(found).as_ref())
    }

    #[test]
    fn who_may_do_what_is_security() {
        assert_eq!(change(Kind::Policy, Property::Using, "false", "true"), Severity::Security);
        assert_eq!(change(Kind::Table, Property::Owner, "a", "b"), Severity::Security);
        assert_eq!(change(Kind::Table, Property::RowSecurity, "yes", "no"), Severity::Security);
        assert_eq!(change(Kind::Function, Property::SecurityDefiner, "no", "yes"), Severity::Security);
        assert_eq!(change(Kind::View, Property::Options, "", "security_invoker=false"), Severity::Security);
        assert_eq!(of_unexpected(Kind::Policy, &Object::new()), Severity::Security);
    }

    #[test]
    fn in_which_order_columns_stand_is_cosmetic() {
        assert_eq!(change(Kind::Table, Property::ColumnOrder, "a, b", "b, a"), Severity::Cosmetic);
    }

    #[test]
    fn two_spellings_of_the_transactions_time_are_cosmetic() {
        assert_eq!(change(Kind::Column, Property::Default, "now()", "CURRENT_TIMESTAMP"), Severity::Cosmetic);
        assert_eq!(change(Kind::Column, Property::Default, "now()", "clock_timestamp()"), Severity::Warning);
    }

    #[test]
    fn line_endings_of_a_body_are_cosmetic_unless_they_may_stand_in_a_literal() {
        let body = |expected, found| change(Kind::Function, Property::Body, expected, found);
        assert_eq!(body("BEGIN\r\nEND", "BEGIN\nEND"), Severity::Cosmetic);
        assert_eq!(body("SELECT 'a\r\n'", "SELECT 'a\n'"), Severity::Breaking);
        assert_eq!(body("BEGIN\nEND", "BEGIN\nNULL; END"), Severity::Breaking);
    }

    #[test]
    fn an_extra_trigger_does_something_to_the_plugins_statements() {
        assert_eq!(of_unexpected(Kind::Trigger, &Object::new()), Severity::Breaking);
        assert_eq!(of_unexpected(Kind::Statistics, &Object::new()), Severity::Warning);
    }
}
