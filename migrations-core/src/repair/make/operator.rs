//! Making an operator, a family or class of them, or a cast.

use crate::repair::Sides;
use crate::repair::address::name;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::without_types;
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn create(id: &ObjectId, operator: &Object) -> Option<Vec<String>> {
    let spelled = name(id);
    let (symbol, types) = spelled.split_once('(')?;
    let (left, right) = types.strip_suffix(')')?.split_once(", ")?;
    let mut parts = vec![format!("FUNCTION = {}", without_types(text(operator, Property::Function)?))];
    if left != "NONE" {
        parts.push(format!("LEFTARG = {left}"));
    }
    parts.push(format!("RIGHTARG = {right}"));
    for (property, word) in [(Property::Commutator, "COMMUTATOR"), (Property::Negator, "NEGATOR")] {
        if let Some(other) = text(operator, property) {
            parts.push(format!("{word} = OPERATOR({})", without_types(other)));
        }
    }
    for (property, word) in [(Property::Restrict, "RESTRICT"), (Property::Join, "JOIN")] {
        if let Some(function) = text(operator, property) {
            parts.push(format!("{word} = {function}"));
        }
    }
    for (property, word) in [(Property::Hashes, "HASHES"), (Property::Merges, "MERGES")] {
        if is_set(operator, property) {
            parts.push(word.to_owned());
        }
    }
    Some(vec![format!("CREATE OPERATOR {symbol} ({})", parts.join(", "))])
}

/// A family, with those members that no missing class of it brings.
pub(in crate::repair) fn create_family(
    id: &ObjectId,
    family: &Object,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    let mut sql = vec![format!("CREATE OPERATOR FAMILY {}", name(id))];
    let of_classes =
        missing_classes(id, sides).flat_map(|(_, class)| members_of(class, family)).collect::<Vec<_>>();
    let loose: Vec<_> =
        list(family, Property::Members).iter().filter(|member| !of_classes.contains(member)).collect();
    sql.extend(change_members(id, "ADD", &loose));
    Some(sql)
}

pub(crate) fn family_of(id: &ObjectId, class: &Object) -> Option<ObjectId> {
    let (_, method) = id.name.as_str().rsplit_once(" USING ")?;
    let family: tenon_schema::ObjectName = text(class, Property::Family)?.parse().ok()?;
    let name = format!("{} USING {method}", family.name.as_str());
    Some(ObjectId { schema: family.schema, relation: None, kind: Kind::OperatorFamily, name: name.into() })
}

/// The classes of a family that have to be made.
pub(in crate::repair) fn missing_classes<'a>(
    family: &'a ObjectId,
    sides: &Sides<'a>,
) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
    let sides = *sides;
    let classes = sides.expected.objects.iter().filter(|(id, _)| id.kind == Kind::OperatorClass);
    classes
        .filter(move |(id, class)| sides.live(id).is_none() && family_of(id, class).as_ref() == Some(family))
}

/// The members of the family that are for the class's type alone: those it is made with.
pub(crate) fn members_of<'a>(class: &Object, family: &'a Object) -> Vec<&'a String> {
    let Some(data_type) = text(class, Property::DataType) else { return Vec::new() };
    let both = [format!("({data_type},{data_type})"), format!("({data_type}, {data_type})")];
    let members = list(family, Property::Members).iter();
    members.filter(|member| both.iter().any(|types| member.contains(types.as_str()))).collect()
}

pub(in crate::repair) fn create_class(
    id: &ObjectId,
    class: &Object,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    let family = family_of(id, class)?;
    let has = sides.live(&family).map(|live| list(live, Property::Members)).unwrap_or_default();
    let mut members = members_of(class, sides.expected(&family)?);
    members.retain(|member| !has.contains(member));
    let mut members: Vec<_> = members.into_iter().cloned().collect();
    if let Some(storage) = text(class, Property::Storage) {
        members.push(format!("STORAGE {storage}"));
    }
    if members.is_empty() {
        return None;
    }
    let (spelled, _) = id.name.as_str().rsplit_once(" USING ")?;
    let (_, method) = id.name.as_str().rsplit_once(" USING ")?;
    Some(vec![format!(
        "CREATE OPERATOR CLASS {}{} FOR TYPE {} USING {} FAMILY {} AS {}",
        tenon_schema::ObjectName::new(id.schema.clone(), spelled).quoted(),
        if is_set(class, Property::IsDefault) { " DEFAULT" } else { "" },
        text(class, Property::DataType)?,
        tenon_schema::Ident::new(method).quoted(),
        text(class, Property::Family)?,
        members.join(", ")
    )])
}

/// Adds members to a family, or drops them.
pub(in crate::repair) fn change_members(id: &ObjectId, word: &str, members: &[&String]) -> Option<String> {
    let spelled: Option<Vec<_>> = members
        .iter()
        .map(|member| if word == "ADD" { Some((*member).clone()) } else { by_number(member) })
        .collect();
    let spelled = spelled?;
    (!spelled.is_empty()).then(|| format!("ALTER OPERATOR FAMILY {} {word} {}", name(id), spelled.join(", ")))
}

/// `OPERATOR 1 (text,text)` of `OPERATOR 1 s.===(text,text)`; a function's member has its types in front.
fn by_number(member: &str) -> Option<String> {
    let mut words = member.splitn(3, ' ');
    let (kind, number, rest) = (words.next()?, words.next()?, words.next()?);
    let from = rest.find('(')?;
    let to = rest.find(')')?;
    Some(format!("{kind} {number} {}", rest.get(from..=to)?))
}

pub(in crate::repair) fn create_cast(id: &ObjectId, cast: &Object) -> Option<Vec<String>> {
    let method = match text(cast, Property::Method)? {
        "function" => format!("WITH FUNCTION {}", text(cast, Property::Function)?),
        "inout" => "WITH INOUT".to_owned(),
        _ => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match text(cast, Property::Context)? {
        "assignment" => " AS ASSIGNMENT",
        "implicit" => " AS IMPLICIT",
        _ => "",
    };
    Some(vec![format!("CREATE CAST ({}) {method}{context}", id.name.as_str())])
}
