//! What the migrations of a plugin make and nobody declares.

use std::collections::BTreeSet;

use tenon_migrations_core::claims::{self, Claim};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{PlanRule, Refusal};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId};
use tenon_migrations_core::statements::{self, Statement};
use tenon_schema::ObjectName;

use crate::plugin::registry::{Registered, Registry};

/// What of it nobody declares: neither the plugin nor those that it requires.
pub(crate) fn undeclared(
    registry: &Registry,
    plugin: &Registered,
    needed: &BTreeSet<PluginId>,
    standing: &CatalogSnapshot,
    made: &BTreeSet<ObjectId>,
    declared: &CatalogSnapshot,
) -> Vec<Refusal> {
    let found = undeclared_objects(registry, needed, standing, made, declared);
    let on_purpose = on_purpose(registry, needed);
    let mut refusals: Vec<_> = found
        .iter()
        .filter(|id| !on_purpose.contains(id.to_string().as_str()))
        .map(|id| {
            let (place, excerpt) = place_of(registry, plugin, id);
            Refusal {
                plugin: Some(plugin.info.id.clone()),
                rule: PlanRule::UndeclaredObject,
                place,
                excerpt,
                reason: format!("{id} is made, and no descriptor declares it: no check would look at it"),
                remedy: format!(
                    "declare it; or, if nobody is to look at it, have the descriptors say so: \
                     \"undeclared\": [{{ \"object\": {}, \"reason\": \"…\" }}]",
                    serde_json::Value::from(id.to_string())
                ),
                allow: None,
            }
        })
        .collect();
    let is_made = |object: &str| found.iter().any(|id| id.to_string() == object);
    let in_vain = plugin.descriptors.undeclared.iter().filter(|one| !is_made(&one.object));
    refusals.extend(in_vain.map(|one| Refusal {
        plugin: Some(plugin.info.id.clone()),
        rule: PlanRule::UndeclaredObject,
        place: plugin.info.id.to_string(),
        excerpt: String::new(),
        reason: format!(
            "the descriptors leave {:?} undeclared, and the migrations make no such object that is not declared",
            one.object
        ),
        remedy: "take it out of \"undeclared\", or spell it as `tenon plugin lock` does".to_owned(),
        allow: None,
    }));
    refusals
}

/// What these plugins' descriptors leave undeclared, each as it is told.
pub(crate) fn on_purpose<'a>(registry: &'a Registry, plugins: &BTreeSet<PluginId>) -> BTreeSet<&'a str> {
    let plugins = plugins.iter().filter_map(|id| registry.plugins.get(id));
    plugins.flat_map(|one| &one.descriptors.undeclared).map(|one| one.object.as_str()).collect()
}

/// What of it nobody declares, on purpose or not.
pub(crate) fn undeclared_objects<'a>(
    registry: &Registry,
    needed: &BTreeSet<PluginId>,
    standing: &CatalogSnapshot,
    made: &'a BTreeSet<ObjectId>,
    declared: &CatalogSnapshot,
) -> Vec<&'a ObjectId> {
    let plugins: Vec<_> = needed.iter().filter_map(|id| registry.plugins.get(id)).collect();
    let claims: BTreeSet<Claim> = plugins.iter().flat_map(|plugin| plugin.claims.iter().cloned()).collect();
    let schemas = claims::schemas(&claims);
    let alone: BTreeSet<_> =
        claims::unmanaged(standing, &claims, &[declared]).into_iter().map(|one| one.object).collect();
    let extension = |id: &ObjectId| {
        plugins.iter().flat_map(|one| &one.descriptors.extensions).any(|extension| extension.name == id.name)
    };
    let nobodys = |id: &ObjectId| match id.kind {
        Kind::Schema => !schemas.contains(&id.name) && !claims.contains(&Claim::to(id)),
        Kind::ForeignServer => !claims.contains(&Claim::to(id)),
        Kind::Extension => !extension(id),
        // What a heal finds set it takes note of.
        Kind::Settings => false,
        _ => alone.contains(id),
    };
    made.iter().filter(|id| nobodys(id)).collect()
}

/// The statement that most likely makes it: the first that makes something of that kind and name, else of
/// that name.
fn place_of(registry: &Registry, plugin: &Registered, id: &ObjectId) -> (String, String) {
    let claim = Claim::to(id).name;
    let bare = claim.name.as_str().split(" USING ").next().unwrap_or_default();
    let name = ObjectName::new(claim.schema.clone(), bare);
    let own: Vec<_> =
        registry.migrations.iter().filter(|migration| migration.id.plugin == plugin.info.id).collect();
    for sure in [true, false] {
        for migration in &own {
            for statement in statements::parse(&migration.sql).iter().flatten() {
                if names(statement, &name) && (!sure || makes(statement, id.kind)) {
                    let position = statement.position;
                    let place = format!("{}:{}:{}", migration.id, position.line, position.column);
                    return (place, statement.excerpt());
                }
            }
        }
    }
    (
        own.first().map_or_else(|| plugin.info.id.to_string(), |migration| migration.id.to_string()),
        String::new(),
    )
}

fn names(statement: &Statement<'_>, name: &ObjectName) -> bool {
    if name.schema.as_str().is_empty() {
        return statement.begins(&["create"]) && statement.mentions(|word| *word == name.name);
    }
    let is_word = name.name.as_str().contains(|c: char| c.is_alphanumeric() || c == '_');
    if !is_word {
        return statement.begins(&["create", "operator"]) && statement.text().contains(name.name.as_str());
    }
    statement.dotted_names().contains(name)
        || statement.names().unwrap_or_default().iter().any(|named| named.full() == *name)
}

/// Whether it makes something of this kind, by its words.
fn makes(statement: &Statement<'_>, kind: Kind) -> bool {
    let noun = kind.noun().rsplit(' ').next().unwrap_or_default();
    let says = |word: &str| statement.mentions(|one| one.as_str() == word);
    statement.begins(&["create"]) && (says(noun) || (kind == Kind::Function && says("procedure")))
}
