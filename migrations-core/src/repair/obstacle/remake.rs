//! Making again what was taken down for a moment.

use super::{Step, Way};
use crate::repair::address::{drop, name};
use crate::repair::make::{column, make, table};
use crate::repair::sides::{list, text};
use crate::repair::spelling::leading_ident;
use crate::repair::users::{Disturbed, How, is_about, uses_in};
use crate::repair::{Hazard, HazardRule, Sides, about, family};
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Property};

/// The state in which something comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    AsItIs,
    AsExpected,
}

impl Way<'_, '_> {
    /// Takes it down and makes it again, with what stands on it; `None` where that cannot be.
    pub(super) fn remake(&mut self, id: &ObjectId, back: Back, disturbed: &Disturbed) -> Option<()> {
        let is_back = back == Back::AsItIs;
        if id.kind == Kind::Column {
            let step = self.of_column(id, back, disturbed)?;
            self.steps.push(Step { is_back, ..step });
            return Some(());
        }
        let step = match id.kind {
            Kind::Domain => checks_of_domain(id, &disturbed.id, self.sides)?,
            Kind::View
            | Kind::MaterializedView
            | Kind::Function
            | Kind::Aggregate
            | Kind::Trigger
            | Kind::Rule
            | Kind::Policy
            | Kind::Statistics
            | Kind::Index
            | Kind::Constraint
            | Kind::Operator
            | Kind::OperatorClass
            | Kind::OperatorFamily
            | Kind::Cast
            | Kind::Publication
            | Kind::EventTrigger => {
                if id.kind == Kind::Index && family::is_of_partitions(&family::relation(id), self.sides) {
                    return None;
                }
                let source = self.source(id, back)?;
                let sides = Sides { expected: &source, ..*self.sides };
                let mut up = make(id, &sides)?;
                if matches!(id.kind, Kind::Index | Kind::Constraint) {
                    up.extend(table::uses_of(id, self.sides));
                }
                Step { down: vec![drop(id, self.sides)?], up, is_back }
            }
            _ => return None,
        };
        self.clear(&Disturbed { id: id.clone(), how: How::Remade }).ok()?;
        if id.kind == Kind::MaterializedView {
            // It is filled anew.
            self.hazards.push(Hazard::new(HazardRule::Drop(id.kind), id));
        }
        self.steps.push(Step { is_back, ..step });
        Some(())
    }

    /// A default that uses it is set again; a generated column is made anew, and computed from what is there
    /// then.
    fn of_column(&mut self, id: &ObjectId, back: Back, disturbed: &Disturbed) -> Option<Step> {
        let live = self.sides.live(id)?;
        let source = self.source(id, back)?;
        let sides = Sides { expected: &source, ..*self.sides };
        let wanted = sides.wanted(id)?;
        let alter = |action: String| {
            format!("ALTER TABLE {} ALTER COLUMN {} {action}", id.owner().quoted(), id.name.quoted())
        };
        let names_it =
            |property| text(live, property).is_some_and(|text| uses_in(text, id, &disturbed.id, self.sides));
        if names_it(Property::DataType) {
            return None;
        }
        if !names_it(Property::Generated) {
            let up = text(&wanted, Property::Default).map(|default| alter(format!("SET DEFAULT {default}")));
            return Some(Step {
                down: vec![alter("DROP DEFAULT".to_owned())],
                up: up.into_iter().collect(),
                is_back: true,
            });
        }
        let down = vec![drop(id, self.sides)?];
        let mut up = column::add(id, &wanted, &sides)?;
        up.extend(about::all(id, &wanted, &sides)?);
        self.clear(&Disturbed { id: id.clone(), how: How::Remade }).ok()?;
        self.hazards.push(Hazard::new(HazardRule::Drop(Kind::Column), id));
        Some(Step { down, up, is_back: true })
    }

    /// A snapshot with what it is to be made from: what it is by the one side, and who may what with it as it
    /// is.
    fn source(&self, id: &ObjectId, back: Back) -> Option<CatalogSnapshot> {
        let live = self.sides.live(id)?;
        let owner = id.owner();
        let of_it = |other: &ObjectId| {
            other == id
                || other.kind == Kind::Sequence
                || (other.schema == owner.schema && other.owner() == owner)
        };
        let mut source = self.sides.live.only(of_it);
        if back == Back::AsExpected {
            let wanted = self.sides.wanted(id)?;
            let about = live.iter().filter(|(property, _)| is_about(**property));
            let defined = wanted.into_iter().filter(|(property, _)| !is_about(*property));
            let object = defined.chain(about.map(|(property, value)| (*property, value.clone()))).collect();
            source.objects.insert(id.clone(), object);
            // What else belongs to an operator family, the classes say.
            let family = self.sides.expected.only(|other| other.kind == Kind::OperatorFamily);
            source.objects.extend(family.objects);
        } else if matches!(id.kind, Kind::OperatorClass | Kind::OperatorFamily) {
            let family = self
                .sides
                .live
                .only(|other| matches!(other.kind, Kind::OperatorFamily | Kind::OperatorClass));
            source.objects.extend(family.objects);
        }
        Some(source)
    }
}

/// The checks of a domain that use something.
fn checks_of_domain(id: &ObjectId, used: &ObjectId, sides: &Sides<'_>) -> Option<Step> {
    let live = sides.live(id)?;
    let using = |text: &&String| uses_in(text, id, used, sides);
    if text(live, Property::DataType).is_some_and(|text| uses_in(text, id, used, sides))
        || text(live, Property::Default).is_some_and(|text| uses_in(text, id, used, sides))
    {
        return None;
    }
    let mut step = Step { down: Vec::new(), up: Vec::new(), is_back: true };
    for check in list(live, Property::Checks).iter().filter(using) {
        let (constraint, _) = leading_ident(check)?;
        step.down.push(format!("ALTER DOMAIN {} DROP CONSTRAINT {}", name(id), constraint.quoted()));
        step.up.push(format!("ALTER DOMAIN {} ADD CONSTRAINT {check}", name(id)));
    }
    Some(step)
}
