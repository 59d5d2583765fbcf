//! A role of one test's own, with the rights that the test gives it.

use tenon_migrations_core::roles;

use crate::server::{SUPERUSER, TestServer};
use crate::world::World;

/// A role that may log in, and does not outlive the test.
#[derive(Debug)]
pub struct Role<'a> {
    world: &'a World,
    pub name: String,
}

impl<'a> Role<'a> {
    /// Makes it, without any right.
    pub fn new(world: &'a World, name: &str) -> Self {
        let name = format!("{name}_{}", world.database.name);
        world.sql(&format!("CREATE ROLE {name} LOGIN"));
        Self { world, name }
    }

    /// The world's database as this role, over the socket, where everybody is trusted.
    pub fn url(&self) -> String {
        self.world.database.url().replacen("harness@", &format!("{}@", self.name), 1)
    }

    /// Runs SQL as this role that has to fail, and gives what psql said.
    pub fn is_refused(&self, sql: &str) -> String {
        self.world.database.refuses(&format!("SET ROLE {}; {sql}", self.name))
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        self.world.sql(&format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}", name = self.name));
    }
}

/// The login role of a plugin.
#[derive(Debug)]
pub struct PluginRole<'a> {
    world: &'a World,
    pub name: String,
}

impl World {
    /// Gives each plugin a login role of its own. The host logs in over TCP, where the server asks for
    /// passwords.
    pub fn isolate(&self) {
        let server = TestServer::shared();
        self.set_url(&server.tcp_url(SUPERUSER, &server.password(), server.port, &self.database.name));
        self.set("[plugins]");
        self.isolate_by_roles();
    }

    /// A plugin's login role.
    pub fn role_of(&self, plugin: &str) -> PluginRole<'_> {
        let name = roles::name(&plugin.parse().unwrap(), &self.database.name);
        PluginRole { world: self, name: name.as_str().to_owned() }
    }
}

impl PluginRole<'_> {
    /// Runs SQL with psql as this role, in a session of its own, on the socket where everybody is trusted:
    /// what it gives, or what the server said against it, with its code.
    pub fn tries(&self, sql: &str) -> Result<String, String> {
        let mut psql = TestServer::shared().psql(&self.world.database.name);
        psql.args(["-v", "VERBOSITY=verbose", "-U", &self.name]);
        let output = psql.args(["-c", sql]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}
