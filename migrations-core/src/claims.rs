//! The claims of plugins on objects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use tenon_schema::{Descriptors, Ident, ObjectName};

use crate::extension;
use crate::migration::PluginId;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, SnapshotPart, Value};

/// One standing object that a plugin says is its own, in the space of names it shares with others.
///
/// Functions and operators are claimed by their bare names: an overload of a plugin's function is its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    kind: Kind,
    /// The schema, empty for what stands in none, and the name.
    pub name: ObjectName,
}

impl Claim {
    /// The claim to an object of this kind.
    pub fn new(kind: Kind, name: &ObjectName) -> Self {
        Self { kind: kind.namespace_kind(), name: name.clone() }
    }

    /// The kind, or the one that stands for all which share a space of names with it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The claim to an object that stands in no schema.
    pub fn global(kind: Kind, name: &Ident) -> Self {
        Self { kind, name: ObjectName::new(Ident::default(), name.clone()) }
    }

    /// The claim under which an object falls: its own, or its table's.
    pub fn to(id: &ObjectId) -> Self {
        match (&id.relation, id.kind.namespace_kind()) {
            (Some(_), _) => Self { kind: Kind::Table, name: id.owner() },
            (None, kind @ (Kind::Function | Kind::Operator)) => {
                let bare = id.name.as_str().split('(').next().unwrap_or_default();
                Self { kind, name: ObjectName::new(id.schema.clone(), bare) }
            }
            (None, kind) => Self { kind, name: id.owner() },
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Spelled as the object would be, whose name may hold more than an identifier can.
        f.write_str(&ObjectId::standalone(self.kind, &self.name).path())
    }
}

/// The standing objects that a plugin's descriptors claim. What belongs to a table is claimed with it.
///
/// Extensions are required, and claimed by nobody.
pub fn of(descriptors: &Descriptors) -> BTreeSet<Claim> {
    let mut claims = BTreeSet::new();
    let mut claim = |kind, names: &mut dyn Iterator<Item = &ObjectName>| {
        claims.extend(names.map(|name| Claim::new(kind, name)));
    };
    claim(Kind::Table, &mut descriptors.tables.iter().map(|x| &x.name));
    claim(Kind::Enum, &mut descriptors.enums.iter().map(|x| &x.name));
    claim(Kind::Domain, &mut descriptors.domains.iter().map(|x| &x.name));
    claim(Kind::Composite, &mut descriptors.composites.iter().map(|x| &x.name));
    claim(Kind::Range, &mut descriptors.ranges.iter().map(|x| &x.name));
    claim(Kind::Collation, &mut descriptors.collations.iter().map(|x| &x.name));
    claim(Kind::Sequence, &mut descriptors.sequences.iter().map(|x| &x.name));
    claim(Kind::View, &mut descriptors.views.iter().map(|x| &x.name));
    claim(Kind::MaterializedView, &mut descriptors.materialized_views.iter().map(|x| &x.name));
    claim(Kind::Function, &mut descriptors.functions.iter().map(|x| &x.name));
    claim(Kind::Aggregate, &mut descriptors.aggregates.iter().map(|x| &x.name));
    claim(Kind::Operator, &mut descriptors.operators.iter().map(|x| &x.name));
    claim(Kind::TextSearchDictionary, &mut descriptors.text_search_dictionaries.iter().map(|x| &x.name));
    claim(Kind::TextSearchConfiguration, &mut descriptors.text_search_configurations.iter().map(|x| &x.name));
    let using = |name: &ObjectName, method: &Ident| {
        ObjectName::new(name.schema.clone(), spelled::with_method(&name.name, method))
    };
    for class in &descriptors.operator_classes {
        claims.insert(Claim::new(Kind::OperatorClass, &using(&class.name, &class.method)));
        if class.family.is_none() {
            claims.insert(Claim::new(Kind::OperatorFamily, &using(&class.name, &class.method)));
        }
    }
    for family in &descriptors.operator_families {
        claims.insert(Claim::new(Kind::OperatorFamily, &using(&family.name, &family.method)));
    }
    for privileges in &descriptors.default_privileges {
        claims.insert(Claim::to(&spelled::default_privileges(privileges)));
    }
    let mut claim = |kind, names: &mut dyn Iterator<Item = &Ident>| {
        claims.extend(names.map(|name| Claim::global(kind, name)));
    };
    claim(Kind::Schema, &mut descriptors.schemas.iter().map(|x| &x.name));
    claim(Kind::ForeignServer, &mut descriptors.foreign_servers.iter().map(|x| &x.name));
    claim(Kind::EventTrigger, &mut descriptors.event_triggers.iter().map(|x| &x.name));
    claim(Kind::Publication, &mut descriptors.publications.iter().map(|x| &x.name));
    claims
}

/// Names that say more than an identifier can, as the catalog queries spell them.
pub mod spelled {
    use tenon_schema::{DefaultPrivileges, Ident, ObjectName};

    use crate::snapshot::{Kind, ObjectId};

    /// An operator class or family: `name USING method`.
    pub fn with_method(name: &Ident, method: &Ident) -> Ident {
        Ident::new(format!("{} USING {}", name.as_str(), method.as_str()))
    }

    /// A function or operator: `name(type, type)`.
    pub fn with_arguments<'a>(name: &Ident, types: impl IntoIterator<Item = &'a str>) -> Ident {
        let types: Vec<_> = types.into_iter().collect();
        Ident::new(format!("{}({})", name.as_str(), types.join(", ")))
    }

    /// Default privileges: `TABLES by role`.
    pub fn default_privileges(privileges: &DefaultPrivileges) -> ObjectId {
        let name = format!("{} by {}", privileges.objects.sql(), privileges.role.as_str());
        ObjectId::standalone(Kind::DefaultPrivileges, &ObjectName::new(privileges.schema.clone(), name))
    }
}

/// The schemas in which these objects stand, and those that are themselves claimed.
pub fn schemas<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> BTreeSet<Ident> {
    let schema = |claim: &Claim| match claim.kind {
        Kind::Schema => Some(claim.name.name.clone()),
        kind if kind.is_global() => None,
        _ => Some(claim.name.schema.clone()),
    };
    claims.into_iter().filter_map(schema).collect()
}

/// The objects that more than one plugin claims, with all who do.
pub fn conflicts<'a>(
    plugins: impl IntoIterator<Item = (&'a PluginId, &'a Descriptors)>,
) -> BTreeMap<Claim, Vec<PluginId>> {
    let mut claimed: BTreeMap<Claim, Vec<PluginId>> = BTreeMap::new();
    for (plugin, descriptors) in plugins {
        for claim in of(descriptors) {
            claimed.entry(claim).or_default().push(plugin.clone());
        }
    }
    claimed.retain(|_, claimants| claimants.len() > 1);
    // Who came first is a matter of file names, which say nothing.
    claimed.values_mut().for_each(|claimants| claimants.sort());
    claimed
}

/// A plugin's part of a larger snapshot: what it claims, and what was its own when it was last verified.
pub fn part<'a>(
    live: &'a CatalogSnapshot,
    claims: &BTreeSet<Claim>,
    verified: &CatalogSnapshot,
) -> SnapshotPart<'a> {
    parts(live, &[(claims, verified)]).pop().unwrap_or_default()
}

/// The parts of several plugins, in one walk through the snapshot.
pub fn parts<'a>(
    live: &'a CatalogSnapshot,
    plugins: &[(&BTreeSet<Claim>, &CatalogSnapshot)],
) -> Vec<SnapshotPart<'a>> {
    let mut claimed: HashMap<&Claim, Vec<usize>> = HashMap::new();
    let mut parts: Vec<Vec<(&ObjectId, &Object)>> = Vec::with_capacity(plugins.len());
    for (number, (claims, verified)) in plugins.iter().enumerate() {
        claims.iter().for_each(|claim| claimed.entry(claim).or_default().push(number));
        let verified = extension::follow(verified, live);
        parts.push(verified.objects.keys().filter_map(|id| live.objects.get_key_value(id)).collect());
    }
    let mut former: Option<(&ObjectId, Claim)> = None;
    for (id, object) in &live.objects {
        // What belongs to one table stands together.
        let claim = match former.take() {
            Some((one, claim))
                if id.relation.is_some() && one.schema == id.schema && one.relation == id.relation =>
            {
                claim
            }
            _ => Claim::to(id),
        };
        for number in claimed.get(&claim).into_iter().flatten() {
            if let Some(part) = parts.get_mut(*number) {
                part.push((id, object));
            }
        }
        former = Some((id, claim));
    }
    parts.into_iter().map(|part| part.into_iter().collect()).collect()
}

/// A standing object that nobody claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmanaged {
    pub object: ObjectId,
    /// The partitioned table, as the server spells it, of which it is a part: most likely a partition
    /// manager made it.
    pub partition_of: Option<String>,
}

impl fmt::Display for Unmanaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.partition_of {
            Some(parent) => write!(f, "{}, a partition of {parent}", self.object),
            None => self.object.fmt(f),
        }
    }
}

/// The standing objects of a snapshot that nobody claims and no verified snapshot knows.
pub fn unmanaged(
    live: &CatalogSnapshot,
    claims: &BTreeSet<Claim>,
    verified: &[&CatalogSnapshot],
) -> Vec<Unmanaged> {
    let stands_alone = |id: &ObjectId| match id.kind {
        // A sequence that a column owns goes with its table.
        Kind::Sequence => !live.objects.get(id).is_some_and(|object| object.contains_key(&Property::OwnedBy)),
        // An extension is there for everybody; a server by itself does nothing to a plugin.
        Kind::Schema | Kind::Extension | Kind::ForeignServer | Kind::Settings => false,
        _ => id.relation.is_none(),
    };
    let verified: Vec<_> = verified.iter().map(|snapshot| extension::follow(snapshot, live)).collect();
    let known = |id: &ObjectId| verified.iter().any(|snapshot| snapshot.objects.contains_key(id));
    let nobodys =
        live.objects.keys().filter(|id| stands_alone(id) && !claims.contains(&Claim::to(id)) && !known(id));
    let partition_of = |id| match live.objects.get(id)?.get(&Property::PartitionOf)? {
        Value::Text(parent) => Some(parent.clone()),
        _ => None,
    };
    nobodys.map(|id| Unmanaged { object: id.clone(), partition_of: partition_of(id) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Object, Objects};
    use serde_json::json;
    use tenon_schema::EnumType;

    #[test]
    fn two_plugins_with_one_object_are_both_named() {
        let descriptors = |names: &[&str]| Descriptors {
            enums: names
                .iter()
                .map(|name| EnumType { name: name.parse().unwrap(), ..EnumType::default() })
                .collect(),
            ..Descriptors::default()
        };
        let (a, b): (PluginId, PluginId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let (of_a, of_b) = (descriptors(&["s.one", "s.two"]), descriptors(&["s.two", "s.three"]));
        let conflicts = conflicts([(&b, &of_b), (&a, &of_a)]);
        let conflicts: Vec<_> = conflicts.into_iter().map(|(claim, who)| (claim.to_string(), who)).collect();
        assert_eq!(conflicts, [("s.two".to_owned(), vec![a, b])]);
    }

    #[test]
    fn a_function_and_a_table_of_one_name_are_two_things_and_a_view_and_a_table_are_not() {
        let claims = |descriptors| of(&serde_json::from_value::<Descriptors>(descriptors).unwrap());
        let table = claims(json!({ "format": 1, "tables": [{ "name": "s.x" }] }));
        let view = claims(json!({ "format": 1, "views": [{ "name": "s.x", "query": "SELECT 1" }] }));
        let function = claims(json!({ "format": 1, "functions": [
            { "name": "s.x", "language": "sql", "body": { "text": "" } }] }));
        assert_eq!(table, view);
        assert!(table.is_disjoint(&function));
    }

    #[test]
    fn an_overload_of_a_claimed_function_belongs_to_the_plugin() {
        let name: ObjectName = "s.f".parse().unwrap();
        let overload = ObjectId::standalone(Kind::Function, &ObjectName::new("s", "f(integer, text)"));
        assert_eq!(Claim::to(&overload), Claim::new(Kind::Function, &name));
        assert_eq!(overload.to_string(), "function s.f(integer, text)");
    }

    #[test]
    fn a_partition_that_a_manager_made_is_told_as_such_and_is_no_part_of_the_plugin() {
        let id = |kind, relation: Option<&str>, name: &str| ObjectId {
            schema: "s".into(),
            relation: relation.map(Ident::from),
            kind,
            name: name.into(),
        };
        let partition = Object::from([(Property::PartitionOf, Value::Text("s.m".to_owned()))]);
        let live = CatalogSnapshot {
            objects: BTreeMap::from([
                (id(Kind::Table, None, "m"), Object::new()),
                (id(Kind::Table, None, "m_2026_10"), partition),
                (id(Kind::Column, Some("m_2026_10"), "at"), Object::new()),
                (id(Kind::Index, Some("m"), "m_at_idx"), Object::new()),
            ]),
        };
        let claims = BTreeSet::from([Claim::new(Kind::Table, &"s.m".parse().unwrap())]);
        let told: Vec<_> = unmanaged(&live, &claims, &[]).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["table s.m_2026_10, a partition of s.m"]);
        let part: Vec<_> = part(&live, &claims, &CatalogSnapshot::default())
            .objects()
            .map(|(id, _)| id.to_string())
            .collect();
        assert_eq!(part, ["table s.m", "index s.m.m_at_idx"]);
    }

    #[test]
    fn what_stands_in_no_schema_is_told_by_its_name_alone() {
        let publication = ObjectId::global(Kind::Publication, &"all".into());
        assert_eq!(publication.to_string(), "publication all");
        let claims = BTreeSet::from([Claim::to(&publication), Claim::global(Kind::Schema, &"s".into())]);
        assert_eq!(schemas(&claims), BTreeSet::from(["s".into()]));
    }
}
