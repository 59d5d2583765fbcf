//! What a statement does to relations that it does not name, as far as the database tells that they hang
//! together.

use tenon_schema::{Ident, ObjectName};

use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use crate::statements::{Effect, EffectKind, LockMode};

const ALL: Option<LockMode> = Some(LockMode::AccessExclusive);
const KEY: Option<LockMode> = Some(LockMode::ShareRowExclusive);

/// The effect itself, told of the relation that it is about, and what it does to others.
pub(super) fn reached(effect: &Effect, live: &CatalogSnapshot) -> Vec<Effect> {
    let Effect { of, what, lock } = effect;
    let reach = Reach { live };
    let mut effects = Vec::new();
    let mut also = |tables: Vec<ObjectName>, what: EffectKind, lock| {
        let others = tables.into_iter().map(|of| Effect { of, what: what.clone(), lock });
        effects.extend(others);
    };
    match what {
        EffectKind::Dropped(Kind::Table) => {
            for table in reach.with_partitions(of) {
                also(reach.referenced(&table, |_, _| true), EffectKind::Locked, ALL);
                also(reach.referring(&table, |_| true), EffectKind::Locked, ALL);
            }
            also(reach.whole(of), EffectKind::Locked, ALL);
        }
        EffectKind::ColumnDropped(column) | EffectKind::ColumnRetyped { column, .. } => {
            let of_column = |object, property| {
                Reach::list(object, property).iter().any(|name| name.as_str() == column.as_str())
            };
            let own = |_: &ObjectId, object| of_column(object, Property::Columns);
            also(reach.referenced(of, own), EffectKind::Locked, ALL);
            also(
                reach.referring(of, |object| of_column(object, Property::ReferencedColumns)),
                EffectKind::Locked,
                ALL,
            );
        }
        EffectKind::ConstraintDropped { name, cascade } => {
            also(reach.referenced(of, |id, _| id.name == *name), EffectKind::Locked, ALL);
            if *cascade {
                also(reach.referring(of, |_| true), EffectKind::Locked, ALL);
            }
        }
        EffectKind::Emptied { cascade: true } => {
            also(reach.all_referring(of), EffectKind::Emptied { cascade: false }, ALL);
        }
        EffectKind::PartitionAdded => {
            also(reach.default_partition(of), EffectKind::Scanned, ALL);
            also(reach.referenced(of, |_, _| true), EffectKind::Locked, KEY);
        }
        EffectKind::Detached => {
            also(reach.default_partition(of), EffectKind::Locked, ALL);
            also(reach.referenced(of, |_, _| true), EffectKind::Locked, KEY);
        }
        // Of an index its table is told.
        EffectKind::IndexDropped => {
            also(reach.table_of_index(of), EffectKind::Locked, ALL);
            return effects;
        }
        EffectKind::IndexRebuilt => {
            also(reach.table_of_index(of), EffectKind::Reindexed, Some(LockMode::Share));
            return effects;
        }
        EffectKind::IndexLocked => {
            if *lock == ALL {
                also(reach.table_of_index(of), EffectKind::IndexLocked, None);
            }
            return effects;
        }
        EffectKind::Dropped(Kind::Enum | Kind::Domain) => {
            also(reach.tables_with(of), EffectKind::Locked, ALL);
        }
        EffectKind::Dropped(Kind::Schema) => also(reach.relations_in(&of.name), EffectKind::Locked, ALL),
        EffectKind::DomainChecked => {
            also(reach.tables_with(of), EffectKind::Scanned, Some(LockMode::Share));
            return effects;
        }
        EffectKind::Reshaped => {
            also(reach.tables_of_type(of), EffectKind::Locked, ALL);
            return effects;
        }
        _ => {}
    }
    effects.insert(0, Effect { of: of.clone(), what: what.clone(), lock: *lock });
    effects
}

struct Reach<'a> {
    live: &'a CatalogSnapshot,
}

impl<'a> Reach<'a> {
    fn text(object: &'a Object, property: Property) -> Option<&'a str> {
        match object.get(&property).map(Value::first) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn list(object: &'a Object, property: Property) -> &'a [String] {
        match object.get(&property).map(Value::first) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The objects of a kind, with what is said of them.
    fn all(&self, kind: Kind) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
        self.live.objects.iter().filter(move |(id, _)| id.kind == kind)
    }

    /// The foreign keys, but for those that a partition has from its table: the triggers on the other side
    /// are the table's.
    fn keys(&self) -> impl Iterator<Item = (&'a ObjectId, &'a Object, &'a str)> {
        let own = |id: &ObjectId| {
            let of = |whole| ObjectId::of_relation(Kind::Constraint, &whole, id.name.clone());
            self.partitioned(&id.owner()).is_none_or(|whole| !self.live.objects.contains_key(&of(whole)))
        };
        let keys = self.all(Kind::Constraint);
        let keys =
            keys.filter_map(|(id, object)| Some((id, object, Self::text(object, Property::References)?)));
        keys.filter(move |(id, ..)| own(id))
    }

    /// The tables that foreign keys of this one refer to.
    fn referenced(
        &self,
        table: &ObjectName,
        such: impl Fn(&ObjectId, &'a Object) -> bool,
    ) -> Vec<ObjectName> {
        let keys = self.keys().filter(|(id, object, _)| id.owner() == *table && such(id, object));
        keys.filter_map(|(.., other)| other.parse().ok()).filter(|name| name != table).collect()
    }

    /// The tables with foreign keys that refer to this one.
    fn referring(&self, table: &ObjectName, such: impl Fn(&'a Object) -> bool) -> Vec<ObjectName> {
        let spelled = table.to_string();
        let keys = self.keys().filter(|(_, object, other)| *other == spelled && such(object));
        keys.map(|(id, ..)| id.owner()).filter(|name| name != table).collect()
    }

    /// The tables that refer to this one by foreign keys, directly or over others.
    fn all_referring(&self, table: &ObjectName) -> Vec<ObjectName> {
        let mut found = Vec::new();
        let mut next = vec![table.clone()];
        while let Some(table) = next.pop() {
            for one in self.referring(&table, |_| true) {
                if !found.contains(&one) {
                    found.push(one.clone());
                    next.push(one);
                }
            }
        }
        found
    }

    /// The table and its partitions, at every depth.
    fn with_partitions(&self, table: &ObjectName) -> Vec<ObjectName> {
        let mut found = vec![table.clone()];
        let mut next = 0;
        while let Some(table) = found.get(next) {
            let parts = self.partitions(table).map(|(name, _)| name);
            let parts: Vec<_> = parts.filter(|name| !found.contains(name)).collect();
            found.extend(parts);
            next += 1;
        }
        found
    }

    fn partitions(&self, whole: &ObjectName) -> impl Iterator<Item = (ObjectName, &'a Object)> {
        let spelled = whole.to_string();
        let parts = self.all(Kind::Table);
        let parts =
            parts.filter(move |(_, object)| Self::text(object, Property::PartitionOf) == Some(&spelled));
        parts.map(|(id, object)| (id.owner(), object))
    }

    fn default_partition(&self, whole: &ObjectName) -> Vec<ObjectName> {
        let is_default = |object| Self::text(object, Property::PartitionBound) == Some("DEFAULT");
        let parts = self.partitions(whole).filter(|(_, object)| is_default(object));
        parts.map(|(name, _)| name).collect()
    }

    /// The table of which a partition is a part.
    fn partitioned(&self, part: &ObjectName) -> Option<ObjectName> {
        let object = self.live.objects.get(&ObjectId::standalone(Kind::Table, part))?;
        Self::text(object, Property::PartitionOf)?.parse().ok()
    }

    /// The table of which a partition is a part, and that one's default partition.
    fn whole(&self, part: &ObjectName) -> Vec<ObjectName> {
        let Some(whole) = self.partitioned(part) else { return Vec::new() };
        let mut tables = self.default_partition(&whole);
        tables.retain(|table| table != part);
        tables.push(whole);
        tables
    }

    fn relations_in(&self, schema: &Ident) -> Vec<ObjectName> {
        let kinds = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence].into_iter();
        let relations = kinds.flat_map(|kind| self.all(kind)).filter(|(id, _)| id.schema == *schema);
        relations.map(|(id, _)| id.owner()).collect()
    }

    fn table_of_index(&self, index: &ObjectName) -> Vec<ObjectName> {
        let named = |id: &ObjectId| id.schema == index.schema && id.name == index.name;
        let of = [Kind::Index, Kind::Constraint].into_iter();
        of.flat_map(|kind| self.all(kind)).filter(|(id, _)| named(id)).map(|(id, _)| id.owner()).collect()
    }

    /// The tables with columns of a type.
    fn tables_with(&self, name: &ObjectName) -> Vec<ObjectName> {
        let spelled = name.to_string();
        let is = |object| {
            Self::text(object, Property::DataType).map(|text| text.trim_end_matches("[]")) == Some(&spelled)
        };
        let mut tables: Vec<_> =
            self.all(Kind::Column).filter(|(_, object)| is(object)).map(|(id, _)| id.owner()).collect();
        tables.dedup();
        tables
    }

    fn tables_of_type(&self, name: &ObjectName) -> Vec<ObjectName> {
        let spelled = name.to_string();
        let is = |object| Self::text(object, Property::OfType) == Some(&spelled);
        self.all(Kind::Table).filter(|(_, object)| is(object)).map(|(id, _)| id.owner()).collect()
    }
}
