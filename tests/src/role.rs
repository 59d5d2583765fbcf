//! A role of one test's own, with the rights that the test gives it.

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
