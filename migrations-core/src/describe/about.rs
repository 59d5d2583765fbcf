//! Grants and comments of what is described. Owners are left out.

use std::collections::BTreeMap;

use tenon_schema::{About, Grant, Ident};

use crate::repair::about::grants::{OWNER, privileges, usual};
use crate::repair::about::said;
use crate::repair::spelling::leading_ident;
use crate::snapshot::Property;

use super::facts::Facts;

/// The server major whose privileges each server has.
const OLDEST: i32 = 15;

pub(super) fn about(facts: &mut Facts<'_>) -> About {
    let (grants, revokes) = grants(facts);
    About { owner: None, grants, revokes, comment: comment(facts) }
}

/// The comment. One that is told with those of parts cannot be declared without them.
pub(super) fn comment(facts: &mut Facts<'_>) -> Option<String> {
    let mut said = said(facts.id.kind, facts.text(Property::Comment));
    let whole = said.remove(&None);
    if said.is_empty() {
        return whole;
    }
    let parts: Vec<_> = said.keys().flatten().map(ToString::to_string).collect();
    let own = if whole.is_some() { "; its own is left open with them" } else { "" };
    facts.cannot(format!("no descriptor has words for the comments of {}{own}", parts.join(", ")));
    None
}

/// What is granted beside what PostgreSQL gives by itself, and what of that is taken away.
pub(super) fn grants(facts: &mut Facts<'_>) -> (Option<Vec<Grant>>, Vec<Grant>) {
    if !facts.object.contains_key(&Property::Grants) {
        return (None, Vec::new());
    }
    let (found, usual) = (privileges(facts.list(Property::Grants)), usual(facts.id, OLDEST));
    let nothing = BTreeMap::new();
    let mut revokes = Vec::new();
    for (grantee, given) in &usual {
        let has = found.get(grantee).unwrap_or(&nothing);
        let lacks: Vec<_> = given.keys().filter(|name| !has.contains_key(*name)).cloned().collect();
        if lacks.is_empty() {
            continue;
        }
        if grantee == OWNER {
            facts.cannot(format!("its owner has no {}: its grants are left open", lacks.join(", ")));
            return (None, Vec::new());
        }
        revokes.push(Grant { to: Ident::new(grantee.as_str()), privileges: lacks, with_grant_option: false });
    }
    let mut grants = Vec::new();
    for (grantee, has) in found.iter().filter(|(grantee, _)| *grantee != OWNER) {
        let given = usual.get(grantee).unwrap_or(&nothing);
        let to = leading_ident(grantee).map_or_else(|| Ident::new(grantee.as_str()), |(name, _)| name);
        for with_grant_option in [false, true] {
            let privileges: Vec<_> = has
                .iter()
                .filter(|(name, option)| **option == with_grant_option && given.get(*name) != Some(*option))
                .map(|(name, _)| name.clone())
                .collect();
            if !privileges.is_empty() {
                grants.push(Grant { to: to.clone(), privileges, with_grant_option });
            }
        }
    }
    (Some(grants), revokes)
}
