//! The plugins' login roles, where each has one: what it is called, what it may use, and how the host logs in
//! as it.
//!
//! A login role owns nothing, and is granted what its plugin has and what that requires. So SQL reaches
//! nothing else, whatever statement it is put into. There is nobody to become but those that the plugin
//! calls. A heal makes the roles and sees to their rights; a check tells in what they differ.
//!
//! - A call's connection is one of its plugin's role (`plugin_pools.rs`), and never another's.
//! - One query says in what all roles differ from what they are to be (`sql/deviations.sql`), from what the
//!   plugins claim and require. Its answer becomes the plan's steps, the refusals, and the findings of a
//!   check. After the migrations the heal runs it until nothing differs (`heal.rs`).
//! - What the server knows of a role's rights it keeps by role (`pg_shdepend`), so that none is overlooked,
//!   wherever it is.
//! - What of that the role that heals may not do, which differs from major to major, another query says
//!   before anything runs (`sql/lacking.sql`).
//! - Whether the host can log in is found out by logging in.
//! - What these roles are granted is no part of a snapshot (`migrations-core/src/roles.rs`): no plugin can
//!   declare it.
//!
//! Each plugin also has an owner role, which owns its views and functions, but not its tables. That role
//! may what the login role may, so what these do is what the plugin may. Whoever heals is a member of it;
//! where he cannot be, there is none. A plugin whose routes may change its schemas acts as that role from
//! the beginning of its sessions (`ALTER ROLE … SET role`), and only then does the role own its tables: so
//! later migrations can change what routes make. The suite `isolation` holds this.
//!
//! A function that a plugin offers runs as that plugin's role, in a session of whoever calls it. So the
//! login role of each plugin that requires one with functions may become that one's, and inherits nothing
//! of it. The exception is one whose routes may change its schemas: who may become it may become its owner
//! role, too. The suite `calls` holds this.

mod deviations;
mod heal;
mod lacking;
mod plugin_pools;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::roles;
use tenon_migrations_core::snapshot::Kind;
use tenon_schema::{Descriptors, Ident};

pub(crate) use self::deviations::within;
pub use self::deviations::{Deviation, DeviationKind, deviations};
pub(crate) use self::heal::{MadeRoles, make};
pub use self::lacking::lacking;
pub use self::plugin_pools::{Logins, NoLogin, PluginPoolError, PluginPools};
pub use self::steps::{findings, kept, left_behind, steps};
use crate::config::PluginsConfig;
use crate::database::connect::{Database, Databases};
use crate::database::passwords;
use crate::plugin::registry::{Library, Registered, Registry};
use crate::plugin::routes::Routes;

/// The login roles of the plugins of one database.
pub struct Roles {
    names: BTreeMap<PluginId, Ident>,
    /// The roles that own the plugins' views and functions, where there are such.
    owners: BTreeMap<PluginId, Ident>,
    uses: Vec<Use>,
    owned: Vec<Owned>,
    /// The plugins whose routes may change the schema.
    changing: BTreeSet<PluginId>,
    /// The plugins whose functions each plugin calls, as these.
    called: BTreeMap<PluginId, BTreeSet<PluginId>>,
    tag: String,
    /// The role that heals, if that is another than the one that serves.
    healer: Option<Ident>,
    /// The role that serves, as far as the address names it.
    served: Option<Ident>,
    managed: bool,
    dbname: Ident,
    secret: Option<SecretString>,
}

/// A thing that a role may use.
#[derive(Debug)]
struct Use {
    role: Ident,
    /// Whether it is its own plugin's.
    own: bool,
    kind: &'static str,
    schema: Ident,
    name: Ident,
}

/// A view or a function that a role is to own.
#[derive(Debug)]
struct Owned {
    role: Ident,
    schema: Ident,
    name: Ident,
}

/// There is nothing that passwords could be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret that the passwords of the plugins' login roles could be made of")]
pub struct NoSecret;

impl NoSecret {
    /// What to do about it.
    pub const REMEDY: &str = "set plugins.role_key_file, or database.url to an address with a password";
}

impl std::fmt::Debug for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roles").field("names", &self.names).finish_non_exhaustive()
    }
}

/// The database as the login role of a plugin, whether or not a heal has made it yet.
pub fn login_of(
    plugin: &PluginId,
    databases: &Databases,
    config: &PluginsConfig,
) -> Result<Database, NoSecret> {
    let database = &databases.serving;
    let role = roles::name(plugin, database.name());
    let secret = config.role_key.clone().or_else(|| database.password()).ok_or(NoSecret)?;
    let password = passwords::derived(&secret, PURPOSE, role.as_str());
    Ok(database.as_role(&role, &password))
}

/// What the passwords of plugins' roles are made for.
const PURPOSE: &str = "tenon: the password of a plugin's login role, 1";

impl Roles {
    /// The roles of these plugins in the database that is served, and those that own their views and
    /// functions; of a plugin whose routes may change its schemas, also its tables. Passwords are made of the
    /// key, else of the password by which the host logs in.
    pub fn new(registry: &Registry, databases: &Databases, config: &PluginsConfig) -> Self {
        let database = &databases.serving;
        let dbname = database.name();
        let plugins = || registry.plugins.values().filter(|plugin| !plugin.info.id.is_core());
        let ids = || plugins().map(|plugin| plugin.info.id.clone());
        let names: BTreeMap<_, _> = ids().map(|id| (id.clone(), roles::name(&id, dbname))).collect();
        let owners: BTreeMap<_, _> = ids().map(|id| (id.clone(), roles::owner(&id, dbname))).collect();
        // What an owner's views and functions may do is what its plugin's statements may.
        let all = names.iter().chain(&owners);
        let mut uses: Vec<_> = all.flat_map(|(id, role)| uses(registry, id, role)).collect();
        let mut owned: Vec<_> =
            owners.iter().flat_map(|(id, role)| self::owned(registry, id, role)).collect();
        let mut changing = BTreeSet::new();
        for plugin in plugins() {
            let routes = plugin.library.as_ref().map(|Library { routes, .. }| Routes::changed(routes));
            let (Some(schemas), Some(role)) = (routes.flatten(), owners.get(&plugin.info.id)) else {
                continue;
            };
            uses.extend(schemas.iter().map(|schema| changed(role, schema)));
            owned.extend(tables(&plugin.descriptors, role));
            changing.insert(plugin.info.id.clone());
        }
        let called =
            plugins().map(|plugin| (plugin.info.id.clone(), called(registry, plugin, &changing))).collect();
        let secret = config.role_key.clone().or_else(|| database.password());
        let healer = databases.healing.as_ref().and_then(|healing| healing.role()).map(Ident::from);
        let (tag, managed) = (roles::tag(dbname), databases.managed);
        let served = database.role().map(Ident::from);
        let dbname = Ident::from(dbname);
        Self { names, owners, uses, owned, changing, called, tag, dbname, healer, served, managed, secret }
    }

    /// The names of the roles.
    pub fn names(&self) -> BTreeSet<Ident> {
        self.all().map(|(_, role)| role.clone()).collect()
    }

    /// All roles, each with its plugin.
    fn all(&self) -> impl Iterator<Item = (&PluginId, &Ident)> {
        self.names.iter().chain(&self.owners)
    }

    /// The plugins that have one.
    pub fn plugins(&self) -> Vec<&PluginId> {
        self.names.keys().collect()
    }

    /// The name of a plugin's role.
    pub fn name(&self, plugin: &PluginId) -> Option<&Ident> {
        self.names.get(plugin)
    }

    fn plugin(&self, role: &Ident) -> Option<&PluginId> {
        self.all().find_map(|(plugin, name)| (name == role).then_some(plugin))
    }

    /// A role's password: nobody has to keep it, since whoever knows the secret can make it again.
    pub fn password(&self, role: &Ident) -> Result<SecretString, NoSecret> {
        let secret = self.secret.as_ref().ok_or(NoSecret)?;
        Ok(passwords::derived(secret, PURPOSE, role.as_str()))
    }

    /// What the server keeps of the password.
    fn verifier(&self, role: &Ident) -> Result<String, NoSecret> {
        self.password(role).map(|password| passwords::verifier(&password))
    }

    /// Whether this is the login role of a plugin whose routes may change its schemas, so that it acts as its
    /// owner role.
    fn changes_schema(&self, role: &Ident) -> bool {
        self.names.iter().any(|(plugin, name)| name == role && self.changing.contains(plugin))
    }

    /// The role as which a function of this plugin runs, called by that one: none where the caller's may not
    /// become it.
    pub fn called_as(&self, by: &PluginId, plugin: &PluginId) -> Option<&Ident> {
        self.called.get(by)?.get(plugin).and_then(|plugin| self.name(plugin))
    }

    /// The login roles that may become others, each with one that it may become.
    fn becoming(&self) -> impl Iterator<Item = (&Ident, &Ident)> {
        let pairs = self.called.iter().flat_map(|(by, called)| called.iter().map(move |plugin| (by, plugin)));
        pairs.filter_map(|(by, plugin)| Some((self.name(by)?, self.name(plugin)?)))
    }

    /// The login roles that this one may become.
    fn becomes(&self, role: &Ident) -> impl Iterator<Item = &Ident> {
        self.becoming().filter_map(move |(by, called)| (by == role).then_some(called))
    }

    /// The role as which a plugin's sessions begin, where that is not the one that logs in. Elsewhere than in
    /// the managed database the server has it as a setting of the login role.
    fn begins_as(&self, plugin: &PluginId) -> Option<&Ident> {
        self.owners.get(plugin).filter(|_| self.managed && self.changing.contains(plugin))
    }

    /// The SQL that makes a plugin's roles, for a database administrator to run. It holds what the server
    /// keeps of the password.
    pub fn making(&self, plugin: &PluginId) -> Option<Result<String, NoSecret>> {
        let (role, owner) = (self.name(plugin)?, self.owners.get(plugin)?);
        let (quoted, owns) = (role.quoted(), owner.quoted());
        let sql = |verifier| {
            let mut sql = format!(
                "CREATE ROLE {quoted} LOGIN NOINHERIT;\nALTER ROLE {quoted} PASSWORD '{verifier}';\n"
            );
            if let Some(healer) = self.healer.as_ref().or(self.served.as_ref()).filter(|_| !self.managed) {
                let healer = healer.quoted();
                sql += &format!("{};\nGRANT {owns} TO {healer} WITH ADMIN OPTION;\n", create_owner(owner));
            }
            if self.changing.contains(plugin) {
                let (dbname, owner) = (self.dbname.quoted(), owner.as_str());
                sql += &format!(
                    "GRANT {owns} TO {quoted};\nALTER ROLE {quoted} IN DATABASE {dbname} SET role = '{owner}';\n"
                );
            }
            sql
        };
        Some(self.verifier(role).map(sql))
    }

    /// The SQL that lets a plugin's login role become those of the plugins that it calls, which have to be
    /// there.
    pub fn joining(&self, plugin: &PluginId) -> String {
        let Some(role) = self.name(plugin) else { return String::new() };
        self.becomes(role)
            .map(|called| format!("GRANT {} TO {};\n", called.quoted(), role.quoted()))
            .collect()
    }
}

fn create(role: &Ident, password: &str) -> String {
    format!("CREATE ROLE {} LOGIN NOINHERIT PASSWORD '{password}'", role.quoted())
}

fn create_owner(role: &Ident) -> String {
    format!("CREATE ROLE {} NOLOGIN NOINHERIT", role.quoted())
}

/// The plugins whose functions this one calls as their roles: those that it requires and that offer some, but
/// for those whose routes may change their schemas.
fn called(registry: &Registry, plugin: &Registered, changing: &BTreeSet<PluginId>) -> BTreeSet<PluginId> {
    let offers = |id: &&PluginId| {
        let library = registry.plugins.get(*id).and_then(|required| required.library.as_ref());
        library.is_some_and(|library| !library.functions.all().is_empty())
    };
    plugin.info.requires.keys().filter(offers).filter(|id| !changing.contains(*id)).cloned().collect()
}

/// The views and functions of a plugin, but those of which it declares another owner.
fn owned(registry: &Registry, plugin: &PluginId, role: &Ident) -> Vec<Owned> {
    let Some(registered) = registry.plugins.get(plugin) else { return Vec::new() };
    let descriptors = &registered.descriptors;
    let functions = descriptors.functions.iter().map(|function| (&function.name, &function.about));
    let views = descriptors.views.iter().map(|view| (&view.name, &view.about));
    let materialized = descriptors.materialized_views.iter().map(|view| (&view.name, &view.about));
    let open = functions.chain(views).chain(materialized).filter(|(_, about)| about.owner.is_none());
    open.map(|(name, _)| Owned { role: role.clone(), schema: name.schema.clone(), name: name.name.clone() })
        .collect()
}

/// The tables of a plugin, its sequences and its types, but those of which it declares another owner.
fn tables(descriptors: &Descriptors, role: &Ident) -> impl Iterator<Item = Owned> {
    let tables = descriptors.tables.iter().map(|table| (&table.name, &table.about));
    let sequences = descriptors.sequences.iter().map(|sequence| (&sequence.name, &sequence.about));
    let enums = descriptors.enums.iter().map(|item| (&item.name, &item.about));
    let domains = descriptors.domains.iter().map(|item| (&item.name, &item.about));
    let composites = descriptors.composites.iter().map(|item| (&item.name, &item.about));
    let ranges = descriptors.ranges.iter().map(|item| (&item.name, &item.about));
    let all = tables.chain(sequences).chain(enums).chain(domains).chain(composites).chain(ranges);
    let open = all.filter(|(_, about)| about.owner.is_none());
    open.map(|(name, _)| Owned { role: role.clone(), schema: name.schema.clone(), name: name.name.clone() })
}

/// A schema in which a role may make things.
fn changed(role: &Ident, schema: &Ident) -> Use {
    let (role, schema, name) = (role.clone(), Ident::default(), schema.clone());
    Use { role, own: true, kind: "schema to change", schema, name }
}

/// What a plugin's role may use: as with migrations, what its plugin has, and what those have that it
/// requires.
fn uses(registry: &Registry, plugin: &PluginId, role: &Ident) -> Vec<Use> {
    let required = registry.ownership.required(plugin).filter(|id| !id.is_core());
    let plugins = std::iter::once(plugin).chain(required).filter_map(|id| registry.plugins.get(id));
    let mut uses = Vec::new();
    // The last statement of the transaction of a job, or of who has heard events, is the host's, as the
    // plugin's role.
    if let Some(library) = registry.plugins.get(plugin).and_then(|registered| registered.library.as_ref()) {
        let functions = [
            ("job_done", !library.jobs.all().is_empty()),
            ("event_done", !library.events.heard().is_empty()),
            ("emit", !library.events.emitted().is_empty()),
        ];
        uses.extend(functions.into_iter().filter(|(_, used)| *used).map(|(name, _)| {
            let (schema, name) = (Ident::from("tenon"), Ident::from(name));
            Use { role: role.clone(), own: true, kind: "function", schema, name }
        }));
    }
    let plugins: Vec<_> = plugins.collect();
    // Also for the policies of those that it requires.
    let knows_callers = |library: &Library| Routes::know_callers(&library.routes);
    if plugins.iter().any(|registered| registered.library.as_ref().is_some_and(knows_callers)) {
        let (schema, name) = (Ident::from("tenon"), Ident::from("caller"));
        uses.push(Use { role: role.clone(), own: true, kind: "function", schema, name });
    }
    for registered in plugins {
        let own = registered.info.id == *plugin;
        let of = |kind, schema: &Ident, name: &Ident| {
            let (role, schema, name) = (role.clone(), schema.clone(), name.clone());
            Use { role, own, kind, schema, name }
        };
        let extensions = registered.descriptors.extensions.iter();
        uses.extend(extensions.map(|extension| of("extension", &Ident::default(), &extension.name)));
        for claim in &registered.claims {
            let kind = match claim.kind() {
                Kind::Table => "table",
                Kind::Function => "function",
                Kind::Schema => "schema",
                kind if kind.is_global() => continue,
                // Granted by itself is none of it, but the schema that it stands in.
                _ => "other",
            };
            uses.push(of(kind, &claim.name.schema, &claim.name.name));
        }
    }
    uses
}
