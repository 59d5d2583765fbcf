//! The ownership of objects: a migration touches those of its own plugin, and of plugins that it requires.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Ident, ObjectName};

use crate::claims::Claim;
use crate::migration::{PluginId, PluginInfo};
use crate::snapshot::Kind;
use crate::statements::{NameRole, Named, Statement};

/// The function of the host's that every plugin may call: who calls.
const OPEN: (&str, &str) = ("tenon", "caller");

/// The owners of all objects, and the plugins that may touch them.
#[derive(Debug, Default)]
pub struct Ownership {
    objects: BTreeMap<ObjectName, PluginId>,
    schemas: BTreeMap<Ident, PluginId>,
    /// The plugins that have something in each schema, or have the schema itself.
    tenants: BTreeMap<Ident, BTreeSet<PluginId>>,
    /// Each plugin's requirements, however indirect.
    requires: BTreeMap<PluginId, BTreeSet<PluginId>>,
    names: BTreeMap<PluginId, String>,
    /// The plugins with event triggers, which run whatever plugin changes a schema.
    hears_all: BTreeSet<PluginId>,
}

/// An object that a statement touches and must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignAccess {
    /// The object, or the schema in which it stands.
    pub object: String,
    pub owner: PluginId,
    /// The owner's name for people.
    pub owner_name: String,
}

impl Ownership {
    /// The ownership of what these plugins claim, no object twice.
    pub fn new<'a>(plugins: impl IntoIterator<Item = (&'a PluginInfo, &'a BTreeSet<Claim>)>) -> Self {
        let mut ownership = Self::default();
        for (info, claims) in plugins {
            for claim in claims {
                match claim.kind() {
                    Kind::Schema => {
                        ownership.schemas.insert(claim.name.name.clone(), info.id.clone());
                        ownership.tenants.entry(claim.name.name.clone()).or_default().insert(info.id.clone());
                    }
                    Kind::EventTrigger => {
                        ownership.hears_all.insert(info.id.clone());
                    }
                    kind if kind.is_global() => {}
                    _ => {
                        ownership.objects.insert(claim.name.clone(), info.id.clone());
                        ownership
                            .tenants
                            .entry(claim.name.schema.clone())
                            .or_default()
                            .insert(info.id.clone());
                    }
                }
            }
            ownership.requires.insert(info.id.clone(), info.requires.keys().cloned().collect());
            ownership.names.insert(info.id.clone(), info.name.clone());
        }
        // A schema that nobody claims, and in which one plugin alone has objects, is that plugin's.
        for (schema, tenants) in &ownership.tenants {
            if let (Some(only), 1, false) = (tenants.first(), tenants.len(), schema.as_str() == "public") {
                ownership.schemas.entry(schema.clone()).or_insert_with(|| only.clone());
            }
        }
        ownership.close_requirements();
        ownership
    }

    fn close_requirements(&mut self) {
        let direct = self.requires.clone();
        for all in self.requires.values_mut() {
            let mut open: Vec<_> = all.iter().cloned().collect();
            while let Some(next) = open.pop() {
                let more = direct.get(&next).into_iter().flatten();
                let more: Vec<_> = more.filter(|id| !all.contains(*id)).cloned().collect();
                all.extend(more.iter().cloned());
                open.extend(more);
            }
        }
    }

    /// What a statement of this plugin touches and must not; nothing where the statement cannot be read.
    pub fn foreign_accesses(&self, plugin: &PluginId, statement: &Statement<'_>) -> Vec<ForeignAccess> {
        // Reading a statement takes longer than seeing that it names nothing of anybody else.
        if !statement.mentions(|word| self.is_foreign_word(plugin, word)) {
            return Vec::new();
        }
        let names = statement.names().unwrap_or_default();
        let mut foreign_accesses: Vec<_> =
            names.iter().filter_map(|named| self.foreign_access(plugin, named)).collect();
        foreign_accesses.dedup();
        foreign_accesses
    }

    /// Whether a name may be, or be in, something of another plugin.
    fn is_foreign_word(&self, plugin: &PluginId, word: &Ident) -> bool {
        let foreign = |owner: Option<&PluginId>| owner.is_some_and(|owner| !self.may(plugin, owner));
        foreign(self.schemas.get(word))
            || foreign(self.objects.get(&ObjectName::new("public", word.clone())))
            // Objects of several plugins in one schema.
            || (!self.schemas.contains_key(word) && word.as_str() != "public" && self.tenants.contains_key(word))
    }

    fn foreign_access(&self, plugin: &PluginId, named: &Named) -> Option<ForeignAccess> {
        let (object, owner) = match named.role {
            NameRole::Call if named.full() == ObjectName::new(OPEN.0, OPEN.1) => return None,
            NameRole::Schema => (format!("schema {}", named.name), self.schemas.get(&named.name)?),
            _ => {
                let name = named.full();
                // What stands alone need not be in `public`: it may be PostgreSQL's own, as the type
                // `trigger`.
                let of_schema = || self.schemas.get(&name.schema).filter(|_| named.schema.is_some());
                let owner = self.objects.get(&name).or_else(of_schema)?;
                (name.to_string(), owner)
            }
        };
        (!self.may(plugin, owner)).then(|| self.access_to(object, owner))
    }

    /// The relations that a migration of this plugin has touched and cannot have touched but by naming them.
    ///
    /// Triggers, foreign keys and partitions of others come with what it may touch. So whose owner requires
    /// one of the plugins that it rightly touched is not told: he may have hung them there. `touched_own`
    /// says that some of the plugin's own relations were touched, named in `touched` or not.
    pub fn foreign_among(
        &self,
        plugin: &PluginId,
        touched: &BTreeSet<ObjectName>,
        touched_own: bool,
    ) -> Vec<ForeignAccess> {
        let owner = |name: &ObjectName| self.objects.get(name).or_else(|| self.schemas.get(&name.schema));
        let rightly = touched.iter().filter_map(owner).filter(|owner| self.may(plugin, owner));
        let rightly: BTreeSet<_> = rightly.chain(touched_own.then_some(plugin)).collect();
        let hung = |owner: &PluginId| {
            self.hears_all.contains(owner) || rightly.iter().any(|touched| self.may(owner, touched))
        };
        let foreign = touched.iter().filter_map(|name| Some((name, owner(name)?)));
        let foreign = foreign.filter(|(_, owner)| !self.may(plugin, owner) && !hung(owner));
        foreign.map(|(name, owner)| self.access_to(name.to_string(), owner)).collect()
    }

    /// The objects among these names that are other plugins', whether this one requires those or not.
    pub fn of_others<'a>(
        &self,
        plugin: &PluginId,
        names: impl Iterator<Item = &'a ObjectName>,
    ) -> Vec<ForeignAccess> {
        let foreign = names.filter_map(|name| {
            let owner = self.objects.get(name).or_else(|| self.schemas.get(&name.schema))?;
            let object = match name.name.as_str() {
                "" => format!("schema {}", name.schema),
                _ => name.to_string(),
            };
            (owner != plugin).then(|| self.access_to(object, owner))
        });
        let mut foreign: Vec<_> = foreign.collect();
        foreign.dedup();
        foreign
    }

    /// The schemas in which this plugin alone has something, and those in which others have.
    pub fn schemas(&self, plugin: &PluginId) -> (Vec<&Ident>, Vec<&Ident>) {
        let is_its_own = |tenants: &BTreeSet<PluginId>| tenants.iter().all(|tenant| tenant == plugin);
        let (own, others): (Vec<_>, Vec<_>) =
            self.tenants.iter().partition(|(_, tenants)| is_its_own(tenants));
        (
            own.into_iter().map(|(schema, _)| schema).collect(),
            others.into_iter().map(|(schema, _)| schema).collect(),
        )
    }

    fn access_to(&self, object: String, owner: &PluginId) -> ForeignAccess {
        let owner_name = self.names.get(owner).cloned().unwrap_or_else(|| owner.to_string());
        ForeignAccess { object, owner: owner.clone(), owner_name }
    }

    /// The plugins that this one requires, however indirectly.
    pub fn required(&self, plugin: &PluginId) -> impl Iterator<Item = &PluginId> {
        self.requires.get(plugin).into_iter().flatten()
    }

    fn may(&self, plugin: &PluginId, owner: &PluginId) -> bool {
        plugin == owner || self.requires.get(plugin).is_some_and(|required| required.contains(owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ObjectId;
    use crate::statements::parse;

    fn ownership() -> Ownership {
        let info = |id: &str, requires: &[&str]| PluginInfo {
            id: id.parse().unwrap(),
            name: format!("The {id}"),
            version: semver::Version::new(1, 0, 0),
            requires: requires.iter().map(|id| (id.parse().unwrap(), semver::VersionReq::STAR)).collect(),
        };
        let claim = |name: &str| Claim::new(Kind::Table, &name.parse().unwrap());
        let plugins = [
            (info("core", &[]), BTreeSet::from([Claim::global(Kind::Schema, &"tenon".into())])),
            (info("shop", &[]), BTreeSet::from([claim("shop.item"), claim("public.setting")])),
            (info("orders", &["shop"]), BTreeSet::from([claim("orders.line")])),
            (info("report", &["orders"]), BTreeSet::from([claim("report.top")])),
            (info("other", &[]), BTreeSet::from([claim("other.a"), claim("shared.a")])),
            (info("more", &[]), BTreeSet::from([claim("shared.b")])),
            (
                info("watch", &[]),
                BTreeSet::from([claim("watch.log"), Claim::global(Kind::EventTrigger, &"watch".into())]),
            ),
        ];
        Ownership::new(plugins.iter().map(|(info, claims)| (info, claims)))
    }

    fn foreign_accesses(plugin: &str, sql: &str) -> Vec<String> {
        let statements = parse(sql).unwrap();
        let found = ownership().foreign_accesses(&plugin.parse().unwrap(), &statements[0]);
        found
            .iter()
            .map(|foreign_access| format!("{} of {}", foreign_access.object, foreign_access.owner_name))
            .collect()
    }

    #[test]
    fn a_bare_name_is_not_of_whoever_has_public() {
        let info = |id: &str| PluginInfo {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            version: semver::Version::new(1, 0, 0),
            requires: BTreeMap::new(),
        };
        let claims = BTreeSet::from([
            Claim::global(Kind::Schema, &"public".into()),
            Claim::to(&ObjectId::standalone(Kind::Table, &"public.film".parse().unwrap())),
        ]);
        let (of_public, none) = (info("pagila"), BTreeSet::new());
        let other = info("other");
        let ownership = Ownership::new([(&of_public, &claims), (&other, &none)]);
        let foreign = |sql: &str| {
            let statements = crate::statements::parse(sql).unwrap();
            ownership
                .foreign_accesses(&other.id, &statements[0])
                .into_iter()
                .map(|one| one.object)
                .collect::<Vec<_>>()
        };
        let sql = "CREATE FUNCTION b.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.x(); END'";
        assert_eq!(foreign(&sql.replace("public.x()", "1")), [""; 0]);
        assert_eq!(foreign("SELECT * FROM film"), ["public.film"]);
        assert_eq!(foreign("SELECT * FROM public.other"), ["public.other"]);
    }

    #[test]
    fn what_is_others_is_so_whether_they_are_required_or_not() {
        let told = |plugin: &str, names: &[&str]| -> Vec<String> {
            let names: Vec<ObjectName> = names.iter().map(|name| name.parse().unwrap()).collect();
            let found = ownership().of_others(&plugin.parse().unwrap(), names.iter());
            found.into_iter().map(|foreign_access| foreign_access.object).collect()
        };
        assert_eq!(told("orders", &["orders.line", "public.mine", "elsewhere.a"]), Vec::<String>::new());
        assert_eq!(told("orders", &["shop.item", "tenon.audit"]), ["shop.item", "tenon.audit"]);
        let schema = ObjectName::new("shop", "");
        let found = ownership().of_others(&"orders".parse().unwrap(), std::iter::once(&schema));
        assert_eq!(found[0].object, "schema shop");
    }

    #[test]
    fn a_schema_of_several_is_no_ones_own() {
        let own = |plugin: &str| -> Vec<String> {
            let ownership = ownership();
            let (schemas, _) = ownership.schemas(&plugin.parse().unwrap());
            schemas.into_iter().map(ToString::to_string).collect()
        };
        assert_eq!(own("shop"), ["public", "shop"]);
        assert_eq!(own("other"), ["other"]);
        assert_eq!(own("more"), Vec::<String>::new());
    }

    #[test]
    fn what_was_touched_and_cannot_have_come_with_anything_is_told() {
        let told = |plugin: &str, touched: &[&str]| -> Vec<String> {
            let (own, named): (Vec<&str>, Vec<&str>) = touched.iter().partition(|name| **name == "its own");
            let named = named.iter().map(|name| name.parse().unwrap()).collect();
            let found = ownership().foreign_among(&plugin.parse().unwrap(), &named, !own.is_empty());
            found.into_iter().map(|foreign_access| foreign_access.object).collect()
        };
        assert_eq!(
            told("orders", &["orders.line", "shop.item", "pg_catalog.pg_class"]),
            Vec::<String>::new()
        );
        assert_eq!(told("other", &["other.a", "shop.item", "tenon.audit"]), ["shop.item", "tenon.audit"]);
        assert_eq!(told("shop", &["orders.line"]), ["orders.line"]);
        // A trigger of its may stand on what was touched.
        assert_eq!(told("shop", &["shop.item", "orders.line"]), Vec::<String>::new());
        assert_eq!(told("shop", &["its own", "orders.line"]), Vec::<String>::new());
        assert_eq!(told("orders", &["its own", "other.a"]), ["other.a"]);
        assert_eq!(told("other", &["other.a", "watch.log"]), Vec::<String>::new(), "an event trigger");
    }

    #[test]
    fn objects_of_required_plugins_may_be_touched_and_those_of_others_may_not() {
        for (plugin, sql) in [
            ("orders", "ALTER TABLE orders.line ADD FOREIGN KEY (item) REFERENCES shop.item"),
            ("report", "CREATE VIEW report.top AS SELECT * FROM shop.item JOIN orders.line ON true"),
            ("shop", "INSERT INTO setting VALUES (1)"),
            ("other", "CREATE TABLE other.b (LIKE shared.a)"),
            ("other", "CREATE TABLE elsewhere.b (shop int, tenon text)"),
            ("other", "SELECT shop.item FROM other.shop, other.item"),
            ("other", "CREATE POLICY own ON other.a USING (owner = (SELECT tenon.caller()))"),
            ("other", "ALTER TABLE other.a ALTER owner SET DEFAULT Tenon.caller()"),
        ] {
            assert_eq!(foreign_accesses(plugin, sql), Vec::<String>::new(), "{plugin}: {sql}");
        }
        for (plugin, sql, told) in [
            ("shop", "SELECT * FROM orders.line", "orders.line of The orders"),
            ("shop", "CREATE TABLE orders.extra (a int)", "orders.extra of The orders"),
            ("shop", "DELETE FROM tenon.audit", "tenon.audit of The core"),
            ("shop", "DROP FUNCTION tenon.caller()", "tenon.caller of The core"),
            (
                "shop",
                "CREATE OR REPLACE FUNCTION tenon.caller() RETURNS text LANGUAGE sql AS 'SELECT 1'",
                "tenon.caller of The core",
            ),
            ("shop", "SELECT tenon.job_done(NULL, NULL)", "tenon.job_done of The core"),
            ("orders", "DROP SCHEMA Tenon CASCADE", "schema tenon of The core"),
            ("other", "UPDATE setting SET a = 1", "public.setting of The shop"),
            ("other", "DROP TABLE shared.b", "shared.b of The more"),
            ("other", "DO $$ BEGIN TRUNCATE shop.item; END $$", "shop.item of The shop"),
        ] {
            assert_eq!(foreign_accesses(plugin, sql), [told], "{plugin}: {sql}");
        }
    }
}
