//! What a role may not see is no difference: lists of which a part is not shown to whoever reads them.

use std::collections::BTreeMap;

use crate::snapshot::{Property, Value};

/// What stands in a list for what the reading role may not see of one thing, behind its name.
const NOT_SHOWN: &str = ": (not shown to this role)";

/// Whether two lists of this property are one as far as both could be read.
pub(super) fn same(property: Property, one: Option<&Value>, other: Option<&Value>) -> bool {
    let (Some(Value::List(one)), Some(Value::List(other))) = (one, other) else { return false };
    match property {
        Property::UserMappings | Property::Subscriptions => as_shown(one, other) == as_shown(other, one),
        Property::ExtensionComments => {
            // One that was installed or removed meanwhile has or had the comment that its control file gives.
            let (one, other) = (by_name(one), by_name(other));
            one.iter().all(|(name, comment)| other.get(name).is_none_or(|other| other == comment))
        }
        _ => false,
    }
}

/// The entries, without those of a thing of which either list does not show them, but with its name.
fn as_shown<'a>(list: &'a [String], other: &'a [String]) -> Vec<&'a str> {
    let hidden: Vec<_> = list.iter().chain(other).filter_map(|entry| entry.strip_suffix(NOT_SHOWN)).collect();
    let mut shown: Vec<_> = list
        .iter()
        .map(|entry| {
            let whose = |name: &&&str| {
                entry.strip_prefix(**name).is_some_and(|rest| rest.is_empty() || is_hidden_part(rest))
            };
            hidden.iter().find(whose).copied().unwrap_or(entry)
        })
        .collect();
    shown.dedup();
    shown
}

/// Options alone are not shown; what a subscription is everybody may see, and it holds no `=`.
fn is_hidden_part(rest: &str) -> bool {
    rest == NOT_SHOWN || (rest.starts_with(": ") && rest.contains('='))
}

fn by_name(list: &[String]) -> BTreeMap<&str, &str> {
    list.iter().filter_map(|entry| entry.split_once(": ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(property: Property, one: &[&str], other: &[&str]) -> bool {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| (*item).to_owned()).collect());
        let (one, other) = (list(one), list(other));
        let there = super::same(property, Some(&one), Some(&other));
        assert_eq!(there, super::same(property, Some(&other), Some(&one)));
        there
    }

    #[test]
    fn what_a_role_may_not_see_is_no_difference_and_what_both_see_is() {
        let mappings = |one: &[&str], other: &[&str]| same(Property::UserMappings, one, other);
        let seen = ["ann on far: password=(hidden, sha256 12)", "ann on far: user=x", "bob on far"];
        let unseen = ["ann on far: (not shown to this role)", "bob on far: (not shown to this role)"];
        assert!(mappings(&seen, &unseen));
        assert!(!mappings(&seen[..2], &unseen), "one mapping more");
        assert!(!mappings(&seen, &seen[..2]));
        assert!(!mappings(&["ann on far: user=x"], &["ann on far: user=y"]));
        let subscriptions = |one: &[&str], other: &[&str]| same(Property::Subscriptions, one, other);
        let seen = ["s: connection=(hidden, sha256 12)", "s: enabled"];
        assert!(subscriptions(&seen, &["s: (not shown to this role)", "s: enabled"]));
        assert!(!subscriptions(&seen, &["s: (not shown to this role)", "s: disabled"]));
    }

    #[test]
    fn a_comment_of_an_extension_that_came_or_went_is_no_difference() {
        let comments = |one: &[&str], other: &[&str]| same(Property::ExtensionComments, one, other);
        assert!(comments(&["citext: text"], &["citext: text", "dblink: far"]));
        assert!(!comments(&["citext: text"], &["citext: mine"]));
        assert!(!comments(&["citext: text"], &["citext: "]));
    }
}
