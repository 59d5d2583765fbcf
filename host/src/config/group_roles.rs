//! What those may do whom somebody else has authenticated, a proxy or an identity provider: all of them, or
//! by their groups.

use std::collections::BTreeMap;

use super::origin::Origin;
use super::reader::Section;
use super::values::GrantedRole;

/// The roles of those whom somebody else has authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRoles {
    /// What those of a group may do.
    pub by_group: BTreeMap<String, GrantedRole>,
    /// What everybody may do.
    pub everybody: Option<GrantedRole>,
}

impl GroupRoles {
    /// What somebody of these groups may do: the most that any of them gives.
    pub fn role_of<'g>(&self, groups: impl IntoIterator<Item = &'g str>) -> Option<GrantedRole> {
        let of_groups = groups.into_iter().filter_map(|group| self.by_group.get(group).copied());
        of_groups.chain(self.everybody).max()
    }
}

/// The keys of a section that say so.
#[derive(Debug)]
pub(super) struct RoleKeys {
    /// The key without which the others mean nothing.
    pub(super) main: &'static str,
    pub(super) role: &'static str,
    pub(super) roles: &'static str,
    /// The key that says where the groups stand.
    pub(super) groups: &'static str,
}

/// The values as they are written.
#[derive(Debug)]
pub(super) struct WrittenRoles {
    pub(super) role: Option<(GrantedRole, Origin)>,
    pub(super) roles: Option<(Vec<String>, Origin)>,
}

impl RoleKeys {
    pub(super) fn read(&self, section: &mut Section<'_, '_>) -> WrittenRoles {
        WrittenRoles { role: section.optional(self.role), roles: section.optional(self.roles) }
    }

    /// The roles, if somebody has one. The origins are those of the main key and of the one of the groups.
    pub(super) fn check(
        &self,
        section: &mut Section<'_, '_>,
        written: WrittenRoles,
        main: &Origin,
        groups: Option<&Origin>,
    ) -> GroupRoles {
        let WrittenRoles { role, roles } = written;
        let [role_key, roles_key, groups_key] =
            [self.role, self.roles, self.groups].map(|key| section.key(key));
        match (groups, &roles) {
            (Some(origin), None) => {
                section.problem(self.groups, origin, format!("needs {roles_key} beside it"));
            }
            (None, Some((_, origin))) => {
                section.problem(self.roles, origin, format!("needs {groups_key} beside it"));
            }
            _ => {}
        }
        if roles.is_none() && role.is_none() {
            let told = format!(
                "needs {role_key} beside it, or {groups_key} and {roles_key}: nobody would have a role"
            );
            section.problem(self.main, main, told);
        }
        GroupRoles {
            by_group: roles
                .map(|(texts, origin)| self.by_group(section, &texts, &origin))
                .unwrap_or_default(),
            everybody: role.map(|(role, _)| role),
        }
    }

    fn by_group(
        &self,
        section: &mut Section<'_, '_>,
        texts: &[String],
        origin: &Origin,
    ) -> BTreeMap<String, GrantedRole> {
        let mut roles = BTreeMap::new();
        for text in texts {
            let Some((group, role)) = text.rsplit_once('=').filter(|(group, _)| !group.trim().is_empty())
            else {
                let told = format!("\"{text}\" is not GROUP=ROLE, such as \"dba=administrator\"");
                section.problem(self.roles, origin, told);
                continue;
            };
            match role.trim().parse() {
                Ok(role) => _ = roles.insert(group.trim().to_owned(), role),
                Err(told) => section.problem(self.roles, origin, format!("\"{text}\": the role {told}")),
            }
        }
        roles
    }
}
