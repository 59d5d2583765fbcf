//! Describing the constraints of a table.

use tenon_schema::{Constraint, ConstraintRule, Deferrability, Ident, ReferentialAction};

use crate::repair::sides::text;
use crate::repair::spelling::{idents, items, leading_ident};
use crate::snapshot::{Kind, ObjectId, Property};

use super::Describer;
use super::about::comment;
use super::column::Of;
use super::facts::{Facts, name};

pub(super) fn all(describer: &mut Describer<'_>, table: &Of<'_>) -> Vec<Constraint> {
    let constraints = describer.each_part(&table.name, Kind::Constraint, |describer, facts| {
        let is_inherited = facts.is_set(Property::Inherited);
        // A foreign key comes with the whole; keys and checks are each part's own, and found when it is
        // attached.
        let kind = facts.needed(Property::ConstraintType)?;
        let of_whole = |whole| ObjectId::of_relation(Kind::Constraint, whole, facts.id.name.clone());
        let of_whole = table.whole.as_ref().and_then(|whole| describer.object(&of_whole(whole)));
        let is_foreign = |one| kind == "FOREIGN KEY" && text(one, Property::ConstraintType) == Some(kind);
        if is_inherited || of_whole.is_some_and(is_foreign) {
            facts.all_implied();
            return Ok(None);
        }
        describe(facts, kind).map(Some)
    });
    constraints.into_iter().flatten().collect()
}

fn describe(facts: &mut Facts<'_>, kind: &str) -> Result<Constraint, String> {
    if facts.is_denied(Property::Valid) {
        return Err("its index is not valid".to_owned());
    }
    // That of the partitioned table, which is described too.
    facts.implied(&[Property::AttachedTo, Property::Enforced]);
    let mut deferrability = deferrability(facts);
    let rule = match kind {
        "PRIMARY KEY" => ConstraintRule::PrimaryKey {
            columns: idents(facts.list(Property::Columns)),
            include: idents(facts.list(Property::Include)),
        },
        "UNIQUE" => ConstraintRule::Unique {
            columns: idents(facts.list(Property::Columns)),
            include: idents(facts.list(Property::Include)),
            nulls_not_distinct: facts.is_set(Property::NullsNotDistinct),
        },
        "FOREIGN KEY" => foreign_key(facts)?,
        "CHECK" => ConstraintRule::Check {
            expression: facts.needed(Property::Expression)?.to_owned(),
            no_inherit: facts.is_set(Property::NoInherit),
        },
        _ => {
            // When it is checked stands in the definition already.
            deferrability = Deferrability::NotDeferrable;
            let definition = facts.needed(Property::Definition)?;
            let definition = definition.strip_prefix("EXCLUDE ").unwrap_or(definition).to_owned();
            ConstraintRule::Exclude { definition }
        }
    };
    let not_enforced = facts.is_denied(Property::Enforced);
    let not_valid = facts.is_denied(Property::Validated) && !not_enforced;
    Ok(Constraint {
        name: Some(facts.id.name.clone()),
        rule,
        deferrability,
        not_valid,
        not_enforced,
        period: facts.is_set(Property::Period),
        comment: comment(facts),
    })
}

pub(super) fn deferrability(facts: &mut Facts<'_>) -> Deferrability {
    match (facts.is_set(Property::Deferrable), facts.is_set(Property::InitiallyDeferred)) {
        (_, true) => Deferrability::InitiallyDeferred,
        (true, false) => Deferrability::InitiallyImmediate,
        (false, false) => Deferrability::NotDeferrable,
    }
}

fn foreign_key(facts: &mut Facts<'_>) -> Result<ConstraintRule, String> {
    let (on_delete, on_delete_columns) = action(facts.needed(Property::OnDelete)?)?;
    let (on_update, _) = action(facts.needed(Property::OnUpdate)?)?;
    Ok(ConstraintRule::ForeignKey {
        columns: idents(facts.list(Property::Columns)),
        references: name(facts.needed(Property::References)?)?,
        referenced_columns: idents(facts.list(Property::ReferencedColumns)),
        on_delete,
        on_delete_columns,
        on_update,
        match_full: match facts.needed(Property::Match)? {
            "FULL" => true,
            "SIMPLE" => false,
            other => return Err(format!("no descriptor has words for MATCH {other}")),
        },
    })
}

/// `SET NULL (a, b)`
pub(super) fn action(spelled: &str) -> Result<(ReferentialAction, Vec<Ident>), String> {
    use ReferentialAction as A;
    let all = [A::NoAction, A::Restrict, A::Cascade, A::SetNull, A::SetDefault];
    let found = all.into_iter().find_map(|action| Some((action, spelled.strip_prefix(action.sql())?)));
    let (action, columns) = found.ok_or_else(|| format!("the action {spelled} was not understood"))?;
    let columns = columns.trim().trim_start_matches('(').trim_end_matches(')');
    let columns = items(columns).filter_map(|column| Some(leading_ident(column)?.0));
    Ok((action, columns.collect()))
}
