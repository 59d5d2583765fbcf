//! What descriptors leave to the administrator.
//!
//! Owners, grants and comments are compared only where a plugin declares them. In the snapshot that its
//! descriptors amount to, all others are marked as [`Value::Undeclared`], and so is what descriptors have no
//! words for, such as the order of columns. Views that select `*` are marked as [`Property::Star`]: what that
//! stood for is known from the view that was made.

mod added;

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{About, Descriptors, Grant, Ident, Index, ObjectName, Table};

use crate::claims::spelled;
use crate::ddl::routine::inputs;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use crate::statements::selects_star;

pub use self::added::take_out_added;

/// What is declared of one object.
#[derive(Debug, Default)]
struct DeclaredAttributes<'a> {
    owner: Option<&'a Ident>,
    grants: Option<&'a [Grant]>,
    revokes: &'a [Grant],
    comment: bool,
}

impl<'a> From<&'a About> for DeclaredAttributes<'a> {
    fn from(about: &'a About) -> Self {
        let grants = about.grants.as_deref().or_else(|| (!about.revokes.is_empty()).then_some(&[]));
        Self {
            owner: about.owner.as_ref(),
            grants,
            revokes: &about.revokes,
            comment: about.comment.is_some(),
        }
    }
}

/// Marks what these descriptors leave open in the snapshot that was made from them.
///
/// `canonical` gives a type as the server spells it: functions and operators are known by the types they
/// take.
pub fn leave_open(
    snapshot: &mut CatalogSnapshot,
    descriptors: &Descriptors,
    canonical: impl Fn(&str) -> String,
) {
    let declared_attributes = declared_attributes(descriptors, canonical);
    let stars = stars(descriptors);
    let no_words_for = NoWordsFor::of(descriptors);
    for (id, object) in &mut snapshot.objects {
        let nothing = DeclaredAttributes::default();
        let declared_attributes = declared_attributes.get(id).unwrap_or(&nothing);
        if object.contains_key(&Property::Owner) {
            let owner = declared_attributes.owner.map(|role| Value::Text(role.as_str().to_owned()));
            object.insert(Property::Owner, owner.unwrap_or(Value::Undeclared));
        }
        if has_grants(id.kind) && declared_attributes.grants.is_none() {
            object.insert(Property::Grants, Value::Undeclared);
        }
        if has_comment(id.kind) && !declared_attributes.comment {
            object.insert(Property::Comment, Value::Undeclared);
        }
        if stars.contains(id) {
            object.insert(Property::Star, Value::Flag(true));
        }
        for property in no_words_for.properties(id, object) {
            object.insert(property, Value::Undeclared);
        }
    }
}

/// The tables and objects that have more to them than descriptors can say.
struct NoWordsFor<'a> {
    /// Tables with parents: which columns and checks they declare themselves is not known.
    inheriting: BTreeSet<&'a ObjectName>,
    /// Parts of other plugins' tables: how indexes of those are called is not known.
    parts_of_others: BTreeSet<&'a ObjectName>,
    /// Whether something may depend on an extension.
    extensions: bool,
}

impl<'a> NoWordsFor<'a> {
    fn of(descriptors: &'a Descriptors) -> Self {
        let tables = || descriptors.tables.iter();
        let own: BTreeSet<_> = tables().map(|table| &table.name).collect();
        let is_anothers =
            |table: &&Table| table.partition_of.as_ref().is_some_and(|part| !own.contains(&part.parent));
        Self {
            inheriting: tables()
                .filter(|table| !table.inherits.is_empty())
                .map(|table| &table.name)
                .collect(),
            parts_of_others: tables().filter(is_anothers).map(|table| &table.name).collect(),
            extensions: !descriptors.extensions.is_empty(),
        }
    }

    /// What of this object is left open.
    fn properties(&self, id: &ObjectId, object: &Object) -> Vec<Property> {
        use Property as P;
        let there = |property: P| object.contains_key(&property).then_some(property);
        let owner = id.owner();
        let inherited = || self.inheriting.contains(&owner).then_some(P::Inherited);
        let attached = || self.parts_of_others.contains(&owner).then_some(P::AttachedTo);
        let depends = || self.extensions.then_some(P::DependsOn);
        let open = match id.kind {
            Kind::Table => vec![there(P::ColumnOrder)],
            // A server that knows no such constraints says nothing of their names.
            Kind::Column if object.contains_key(&P::NotNullName) => vec![
                inherited(),
                Some(P::NotNullName),
                Some(P::NotNullValidated),
                Some(P::NotNullNoInherit),
                Some(P::NotNullComment),
                self.inheriting.contains(&owner).then_some(P::NotNullInherited),
            ],
            Kind::Column => vec![inherited()],
            Kind::Domain => vec![there(P::NotNullName)],
            Kind::Constraint => {
                let has_index = object.contains_key(&P::Valid);
                let comment = has_index.then_some(P::IndexComment);
                vec![inherited(), attached(), comment, depends().filter(|_| has_index)]
            }
            Kind::Index => vec![attached(), depends()],
            Kind::MaterializedView => vec![there(P::Populated), depends()],
            Kind::Function | Kind::Aggregate | Kind::Trigger => vec![depends()],
            _ => Vec::new(),
        };
        open.into_iter().flatten().collect()
    }
}

/// The views whose columns are those that a `*` stood for when they were made.
fn stars(descriptors: &Descriptors) -> BTreeSet<ObjectId> {
    let views = descriptors.views.iter().map(|view| (Kind::View, &view.name, &view.query));
    let materialized = descriptors.materialized_views.iter();
    let materialized = materialized.map(|view| (Kind::MaterializedView, &view.name, &view.query));
    let all = views.chain(materialized).filter(|(_, _, query)| selects_star(query));
    all.map(|(kind, name, _)| ObjectId::standalone(kind, name)).collect()
}

fn has_grants(kind: Kind) -> bool {
    matches!(
        kind.namespace_kind(),
        Kind::Table | Kind::Column | Kind::Function | Kind::Schema | Kind::ForeignServer
    )
}

fn has_comment(kind: Kind) -> bool {
    !matches!(kind, Kind::DefaultPrivileges | Kind::Extension | Kind::Settings)
}

/// The types by which these descriptors' functions and operators are known.
pub fn types(descriptors: &Descriptors) -> impl Iterator<Item = &str> {
    let functions = descriptors.functions.iter().flat_map(|function| inputs(&function.arguments));
    let aggregates = descriptors
        .aggregates
        .iter()
        .flat_map(|aggregate| inputs(&aggregate.arguments).chain(inputs(&aggregate.order_by)));
    let operators = descriptors
        .operators
        .iter()
        .flat_map(|operator| operator.left.as_deref().into_iter().chain([operator.right.as_str()]));
    functions.chain(aggregates).chain(operators)
}

fn declared_attributes<'a>(
    descriptors: &'a Descriptors,
    canonical: impl Fn(&str) -> String,
) -> BTreeMap<ObjectId, DeclaredAttributes<'a>> {
    let mut all = BTreeMap::new();
    macro_rules! standing {
        ($($list:ident $kind:ident),* $(,)?) => {$(
            for item in &descriptors.$list {
                all.insert(ObjectId::standalone(Kind::$kind, &item.name), DeclaredAttributes::from(&item.about));
            }
        )*};
    }
    standing!(
        tables Table,
        enums Enum,
        domains Domain,
        composites Composite,
        ranges Range,
        collations Collation,
        sequences Sequence,
        views View,
        materialized_views MaterializedView,
        text_search_dictionaries TextSearchDictionary,
        text_search_configurations TextSearchConfiguration,
    );
    macro_rules! global {
        ($($list:ident $kind:ident),* $(,)?) => {$(
            for item in &descriptors.$list {
                all.insert(ObjectId::global(Kind::$kind, &item.name), DeclaredAttributes::from(&item.about));
            }
        )*};
    }
    global!(
        schemas Schema,
        foreign_servers ForeignServer,
        event_triggers EventTrigger,
        publications Publication,
    );
    let mut with_types =
        |kind, name: &ObjectName, types: &mut dyn Iterator<Item = &str>, about: &'a About| {
            let types: Vec<String> = types.map(&canonical).collect();
            let spelled = spelled::with_arguments(&name.name, types.iter().map(String::as_str));
            let name = ObjectName::new(name.schema.clone(), spelled);
            all.insert(ObjectId::standalone(kind, &name), DeclaredAttributes::from(about));
        };
    for item in &descriptors.functions {
        with_types(Kind::Function, &item.name, &mut inputs(&item.arguments), &item.about);
    }
    for item in &descriptors.aggregates {
        let mut types = inputs(&item.arguments).chain(inputs(&item.order_by));
        with_types(Kind::Aggregate, &item.name, &mut types, &item.about);
    }
    for item in &descriptors.operators {
        let left = item.left.as_deref().unwrap_or("NONE");
        with_types(Kind::Operator, &item.name, &mut [left, &item.right].into_iter(), &item.about);
    }
    let mut using = |kind, name: &ObjectName, method: &Ident, about: &'a About| {
        let name = ObjectName::new(name.schema.clone(), spelled::with_method(&name.name, method));
        all.insert(ObjectId::standalone(kind, &name), DeclaredAttributes::from(about));
    };
    for item in &descriptors.operator_families {
        using(Kind::OperatorFamily, &item.name, &item.method, &item.about);
    }
    for item in &descriptors.operator_classes {
        using(Kind::OperatorClass, &item.name, &item.method, &item.about);
    }
    parts(descriptors, &mut all);
    all
}

/// What is declared of what belongs to a relation.
fn parts<'a>(descriptors: &'a Descriptors, all: &mut BTreeMap<ObjectId, DeclaredAttributes<'a>>) {
    let mut part = |kind,
                    relation: &ObjectName,
                    name: &Ident,
                    comment: &Option<String>,
                    grants: &'a Option<Vec<Grant>>| {
        let declared_attributes = DeclaredAttributes {
            grants: grants.as_deref(),
            comment: comment.is_some(),
            ..DeclaredAttributes::default()
        };
        all.insert(ObjectId::of_relation(kind, relation, name.clone()), declared_attributes);
    };
    for table in &descriptors.tables {
        let on = &table.name;
        table.columns.iter().for_each(|x| part(Kind::Column, on, &x.name, &x.comment, &x.grants));
        for constraint in &table.constraints {
            if let Some(name) = &constraint.name {
                part(Kind::Constraint, on, name, &constraint.comment, &None);
            }
        }
        table.triggers.iter().for_each(|x| part(Kind::Trigger, on, &x.name, &x.comment, &None));
        table.policies.iter().for_each(|x| part(Kind::Policy, on, &x.name, &x.comment, &None));
        table.rules.iter().for_each(|x| part(Kind::Rule, on, &x.name, &x.comment, &None));
        table.statistics.iter().for_each(|x| part(Kind::Statistics, on, &x.name, &x.comment, &None));
    }
    for view in &descriptors.views {
        view.triggers.iter().for_each(|x| part(Kind::Trigger, &view.name, &x.name, &x.comment, &None));
        view.rules.iter().for_each(|x| part(Kind::Rule, &view.name, &x.name, &x.comment, &None));
    }
    let tables = descriptors.tables.iter().map(|table| (&table.name, &table.indexes));
    let views = descriptors.materialized_views.iter().map(|view| (&view.name, &view.indexes));
    for (on, indexes) in tables.chain(views) {
        let named = |index: &Index| Some((index.name.clone()?, index.comment.clone()));
        for (name, comment) in indexes.iter().filter_map(named) {
            part(Kind::Index, on, &name, &comment, &None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use serde_json::json;

    fn snapshot(owner: &str, comment: Option<&str>) -> CatalogSnapshot {
        let mut object = Object::from([(Property::Owner, Value::Text(owner.to_owned()))]);
        object.extend(comment.map(|text| (Property::Comment, Value::Text(text.to_owned()))));
        let function = ObjectId::standalone(Kind::Function, &ObjectName::new("s", "f(integer)"));
        let table = ObjectId::standalone(Kind::Table, &ObjectName::new("s", "t"));
        CatalogSnapshot { objects: BTreeMap::from([(function, object.clone()), (table, object)]) }
    }

    fn differences(functions: &serde_json::Value, found: &CatalogSnapshot) -> Vec<String> {
        let descriptors = json!({ "format": 1, "tables": [{ "name": "s.t" }], "functions": [functions] });
        let mut expected = snapshot("builder", None);
        leave_open(&mut expected, &serde_json::from_value(descriptors).unwrap(), |name| {
            name.replace("int4", "integer")
        });
        compare(&expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_declared_is_neither_expected_nor_unexpected() {
        let plain = json!({ "name": "s.f", "arguments": [{ "data_type": "int4" }], "language": "sql", "body": { "text": "" } });
        assert_eq!(differences(&plain, &snapshot("somebody", Some("a note"))), Vec::<String>::new());
    }

    #[test]
    fn what_is_declared_is_compared_and_an_empty_comment_says_that_there_is_none() {
        let strict = json!({
            "name": "s.f", "arguments": [{ "data_type": "int4" }], "language": "sql", "body": { "text": "" },
            "about": { "owner": "app", "comment": "" } });
        assert_eq!(
            differences(&strict, &snapshot("somebody", Some("a note"))),
            [
                "function s.f(integer): owner expected app, found somebody",
                "function s.f(integer): comment expected none, found a note",
            ]
        );
    }
    #[test]
    fn what_descriptors_have_no_words_for_is_left_open_where_it_can_be_one_thing_or_the_other() {
        let descriptors = json!({ "format": 1, "extensions": [{ "name": "citext" }], "tables": [
            { "name": "s.base" }, { "name": "s.child", "inherits": ["s.base"] },
            { "name": "s.part", "partition_of": { "parent": "other.whole", "bound": "DEFAULT" } } ] });
        let of = |kind, table: &str, name: &str, properties: &[(Property, Value)]| {
            let table = ObjectName::new("s", table);
            let id = if kind == Kind::Table {
                ObjectId::standalone(kind, &table)
            } else {
                ObjectId::of_relation(kind, &table, name.into())
            };
            (id, properties.iter().cloned().collect::<Object>())
        };
        let order = |names: &[&str]| {
            (Property::ColumnOrder, Value::List(names.iter().map(|name| (*name).to_owned()).collect()))
        };
        let name = |name: &str| (Property::NotNullName, Value::Text(name.to_owned()));
        let made = CatalogSnapshot {
            objects: BTreeMap::from([
                of(Kind::Table, "base", "", &[order(&["a", "b"])]),
                of(Kind::Column, "base", "a", &[name("(automatic)")]),
                of(Kind::Column, "child", "a", &[]),
                of(Kind::Index, "part", "i", &[]),
                of(Kind::Index, "base", "i", &[]),
            ]),
        };
        let mut expected = made.clone();
        leave_open(&mut expected, &serde_json::from_value(descriptors).unwrap(), str::to_owned);
        let whole = (Property::AttachedTo, Value::Text("other.i".to_owned()));
        let depends = (Property::DependsOn, Value::List(vec!["citext".to_owned()]));
        let inherited = (Property::Inherited, Value::Flag(true));
        let mut found = made;
        found.objects.extend([
            of(Kind::Table, "base", "", &[order(&["b", "a"])]),
            of(Kind::Column, "base", "a", &[name("there"), (Property::NotNullNoInherit, Value::Flag(true))]),
            of(Kind::Column, "child", "a", std::slice::from_ref(&inherited)),
            of(Kind::Index, "part", "i", &[whole.clone(), depends.clone()]),
            of(Kind::Index, "base", "i", &[depends]),
        ]);
        assert_eq!(compare(&expected, &found), []);
        // Elsewhere it is as it usually is.
        found.objects.extend([
            of(Kind::Column, "base", "a", &[name("there"), inherited]),
            of(Kind::Index, "base", "i", &[whole]),
        ]);
        assert_eq!(compare(&expected, &found).len(), 2);
    }
}
