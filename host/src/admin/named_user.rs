//! Somebody whom a proxy or an identity provider has authenticated, by the id that those have for them.

use super::accounts::AccountRole;
use crate::config::GrantedRole;

/// The longest id that is taken, in bytes.
pub(super) const MOST_BYTES: usize = 100;

/// Whether it can stand for somebody in the audit log: 1 to 100 visible ASCII characters.
pub(super) fn is_user_name(name: &str) -> bool {
    (1..=MOST_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

impl From<GrantedRole> for AccountRole {
    fn from(role: GrantedRole) -> Self {
        match role {
            GrantedRole::Viewer => Self::Viewer,
            GrantedRole::Healer => Self::Healer,
            GrantedRole::Administrator => Self::Administrator,
        }
    }
}
