//! The plugins' login roles, as steps of the plan.

use serde::{Deserialize, Serialize};
use tenon_schema::Ident;

use super::Plan;
use crate::migration::{Checksum, PluginId};

/// What becomes of the login role of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleStep {
    pub plugin: PluginId,
    #[schema(value_type = String)]
    pub role: Ident,
    /// The statements that are known beforehand, in order. A password is left out of them.
    pub sql: Vec<String>,
    /// Whether its rights follow what the plan's migrations make.
    pub follows: bool,
}

impl Plan {
    /// Takes up what becomes of the login roles. It is under the plan's hash.
    pub fn with_roles(&mut self, roles: Vec<RoleStep>) {
        if roles.is_empty() {
            return;
        }
        let mut text = format!("{}\n", self.hash);
        for RoleStep { plugin, role, sql, follows } in &roles {
            let sql = Checksum::of(sql.join("\0"));
            text.push_str(&format!("role {} of {plugin} {sql} {follows}\n", role.as_str()));
        }
        self.hash = Checksum::of(text);
        self.roles = roles;
    }
}
