//! Columns.

use crate::compare::{Change, Difference};
use crate::reading::{ObjectId, Property, Value};

use super::{Mend, Sides};

pub(super) fn mend(difference: &Difference, _sides: &Sides<'_>) -> Option<Mend> {
    let id = &difference.object;
    match &difference.change {
        Change::Changed { property: Property::Default, expected, found } => {
            default(id, expected.as_ref(), found.as_ref())
        }
        _ => None,
    }
}

fn default(id: &ObjectId, expected: Option<&Value>, found: Option<&Value>) -> Option<Mend> {
    let mend = match expected {
        Some(Value::Text(expression)) => alter(id, &format!("SET DEFAULT {expression}")),
        None => alter(id, "DROP DEFAULT"),
        Some(_) => return None,
    };
    Some(if found.is_none() { Mend::adding(0, [mend]) } else { Mend::new(0, [mend]) })
}

fn alter(id: &ObjectId, action: &str) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} {action}", id.owner().quoted(), id.name.quoted())
}
