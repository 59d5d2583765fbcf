//! What a repair names and nobody would make: it would fail, and is not offered.

use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use super::says::Says;
use super::{Offer, Sides};
use crate::snapshot::{Kind, ObjectId};

/// Takes back the repairs that name something expected which is not there, and which no other repair makes.
pub(super) fn withdraw(offers: &mut [Offer], sides: &Sides<'_>) {
    let lacking = lacking(sides);
    if lacking.is_empty() {
        return;
    }
    let mut statement_names: Vec<_> =
        offers.iter().map(|offer| offer.repair.as_ref().map(|repair| statement_names(&repair.sql))).collect();
    loop {
        let made: BTreeSet<_> = statement_names
            .iter()
            .flatten()
            .flat_map(|statement_names| &statement_names.makes)
            .cloned()
            .collect();
        let lacks = |statement_names: &StatementNames| {
            statement_names
                .names
                .iter()
                .find(|name| lacking.contains(*name) && !made.contains(*name))
                .cloned()
        };
        let mut is_changed = false;
        for (offer, statement_names) in offers.iter_mut().zip(&mut statement_names) {
            if let Some(name) = statement_names.as_ref().and_then(lacks) {
                (offer.repair, *statement_names) = (None, None);
                offer.in_the_way =
                    Some(format!("{name} is missing, and nothing is known that would make it"));
                is_changed = true;
            }
        }
        if !is_changed {
            return;
        }
    }
}

/// The names of what is expected to stand and does not.
fn lacking(sides: &Sides<'_>) -> BTreeSet<ObjectName> {
    let is_named = |id: &&ObjectId| {
        id.relation.is_none()
            && matches!(id.kind.namespace_kind(), Kind::Table | Kind::Function | Kind::Collation)
    };
    let missing = sides.expected.objects.keys().filter(is_named).filter(|id| sides.live(id).is_none());
    let name = |id: &ObjectId| ObjectName::new(id.schema.clone(), super::spelling::bare_name(id));
    let there: BTreeSet<_> = sides.live.objects.keys().filter(is_named).map(name).collect();
    missing.map(name).filter(|name| !there.contains(name)).collect()
}

/// What the statements of one repair name and make.
struct StatementNames {
    names: BTreeSet<ObjectName>,
    makes: BTreeSet<ObjectName>,
}

fn statement_names(sql: &[String]) -> StatementNames {
    let mut all = StatementNames { names: BTreeSet::new(), makes: BTreeSet::new() };
    for sql in sql {
        let says = Says::of(sql);
        // A sequence of an identity column is made with it.
        all.makes.extend(says.makes_sequence);
        all.makes.extend(
            says.makes
                .filter(|made| made.relation.is_none())
                .map(|made| ObjectName::new(made.schema, made.name)),
        );
        all.names.extend(says.names);
    }
    all
}
