//! Extensions that stand in another schema than where they stood when a snapshot was made.
//!
//! What they bring is the same wherever it is, and is named by the schema in which it is. So before a
//! snapshot is held against another one, what it names of an extension is named as the other would. That
//! the extension has moved is one difference, of the extension.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;

use crate::qualified::{in_other_schemas, names};
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Objects, Property, Value};

/// What an extension brings, and from where to where it moved.
#[derive(Debug, Default)]
pub struct Moves(BTreeMap<Ident, Vec<(BTreeSet<String>, Ident)>>);

impl Moves {
    /// What stands elsewhere in the one than in the other.
    fn between(expected: &CatalogSnapshot, found: &impl Objects) -> Self {
        let mut moves = Self::default();
        let extensions = expected.objects.iter().filter(|(id, _)| id.kind == Kind::Extension);
        for (id, extension) in extensions {
            let Some(other) = found.object(id) else { continue };
            if let (Some(was), Some(is)) = (place(extension), place(other))
                && was != is
            {
                let contents = contents(extension).or_else(|| contents(other)).unwrap_or_default();
                let contents = contents.iter().cloned().collect();
                moves.0.entry(was).or_default().push((contents, is));
            }
        }
        moves
    }

    /// The schema in which something is now that stood there.
    fn place(&self, schema: &Ident, name: &str) -> Option<Ident> {
        let moved = self.0.get(schema)?.iter().find(|(contents, _)| contents.contains(name))?;
        Some(moved.1.clone())
    }

    fn text(&self, text: String) -> String {
        match in_other_schemas(&text, |schema, name| self.place(schema, name)) {
            Cow::Borrowed(_) => text,
            Cow::Owned(text) => text,
        }
    }
}

/// The snapshot as it would name what extensions bring, had they stood where the other has them.
pub fn follow<'a>(expected: &'a CatalogSnapshot, found: &impl Objects) -> Cow<'a, CatalogSnapshot> {
    let moves = Moves::between(expected, found);
    if moves.0.is_empty() {
        return Cow::Borrowed(expected);
    }
    let objects = expected.objects.iter().map(|(id, object)| {
        let mut id = id.clone();
        if id.kind.is_spelled() {
            id.name = Ident::new(moves.text(id.name.as_str().to_owned()));
        }
        let object =
            object.iter().map(|(property, value)| (*property, follow_value(&moves, *property, value)));
        let mut object: Object = object.collect();
        if let (Kind::Extension, Some(other)) = (id.kind, found.object(&id))
            && let Some(is) = place(other)
        {
            object.insert(Property::StoodIn, Value::Text(is.as_str().to_owned()));
        }
        (id, object)
    });
    Cow::Owned(CatalogSnapshot { objects: objects.collect() })
}

fn follow_value(moves: &Moves, property: Property, value: &Value) -> Value {
    if matches!(property, Property::Comment | Property::Labels | Property::Contents) {
        return value.clone();
    }
    match value {
        Value::Text(text) => Value::Text(moves.text(text.clone())),
        Value::List(items) => {
            let mut items: Vec<_> = items.iter().map(|item| moves.text(item.clone())).collect();
            if property.has_no_order() {
                items.sort();
            }
            Value::List(items)
        }
        Value::Spellings(values) => {
            Value::Spellings(values.iter().map(|value| follow_value(moves, property, value)).collect())
        }
        Value::Flag(_) | Value::Undeclared => value.clone(),
    }
}

/// Says in a snapshot that was made here where the extensions stand whose things it names; `here` has all of
/// them.
pub fn note(snapshot: &mut CatalogSnapshot, here: &CatalogSnapshot) {
    let mut named: BTreeMap<Ident, BTreeSet<String>> = BTreeMap::new();
    for (id, object) in &snapshot.objects {
        let spelled = id.kind.is_spelled().then_some(id.name.as_str());
        for text in spelled
            .into_iter()
            .chain(object.values().flat_map(texts).map(String::as_str))
            .filter(|text| text.contains('.'))
        {
            for name in names(text) {
                named.entry(name.schema).or_default().insert(name.name);
            }
        }
    }
    for (id, extension) in here.objects.iter().filter(|(id, _)| id.kind == Kind::Extension) {
        let Some(schema) = place(extension) else { continue };
        let named = named.get(&schema);
        let all = contents(extension).unwrap_or_default().iter();
        let contents: Vec<_> =
            all.filter(|name| named.is_some_and(|named| named.contains(*name))).cloned().collect();
        if contents.is_empty() && !snapshot.objects.contains_key(id) {
            continue;
        }
        let object = snapshot.objects.entry(id.clone()).or_insert_with(|| {
            // Nobody declares it, and it has to be there.
            Object::from([
                (Property::Version, Value::Undeclared),
                (Property::ExtensionSchema, Value::Undeclared),
            ])
        });
        object.insert(Property::StoodIn, Value::Text(schema.as_str().to_owned()));
        object.insert(Property::Contents, Value::List(contents));
    }
}

fn texts(value: &Value) -> &[String] {
    // Every spelling names the same things.
    match value.first() {
        Value::Text(text) => std::slice::from_ref(text),
        Value::List(items) => items,
        Value::Flag(_) | Value::Undeclared | Value::Spellings(_) => &[],
    }
}

/// Where its things are named, in the snapshot that it is of.
fn place(extension: &Object) -> Option<Ident> {
    let text = |property| match extension.get(&property) {
        Some(Value::Text(schema)) => Some(Ident::new(schema.as_str())),
        _ => None,
    };
    text(Property::StoodIn).or_else(|| text(Property::ExtensionSchema))
}

fn contents(extension: &Object) -> Option<&[String]> {
    match extension.get(&Property::Contents) {
        Some(Value::List(contents)) => Some(contents),
        _ => None,
    }
}

/// The extension of this name.
pub fn id(name: &Ident) -> ObjectId {
    ObjectId::global(Kind::Extension, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// A database with `citext` in this schema, and a plugin's column of that type.
    fn database(schema: &str, data_type: &str) -> CatalogSnapshot {
        let extension = Object::from([
            (Property::ExtensionSchema, text(schema)),
            (Property::Contents, Value::List(vec!["citext".to_owned(), "lower".to_owned()])),
        ]);
        let column = ObjectId::of_relation(Kind::Column, &"inv.item".parse().unwrap(), "name".into());
        let function = ObjectId::standalone(
            Kind::Function,
            &tenon_schema::ObjectName::new("inv", format!("f({data_type})")),
        );
        let said = Object::from([
            (Property::DataType, text(data_type)),
            (Property::Default, text(&format!("'public.citext'::{data_type}"))),
        ]);
        CatalogSnapshot {
            objects: [
                (id(&"citext".into()), extension),
                (ObjectId::standalone(Kind::Table, &"inv.item".parse().unwrap()), Object::new()),
                (column, said),
                (function, Object::new()),
            ]
            .into(),
        }
    }

    fn told(expected: &CatalogSnapshot, found: &CatalogSnapshot) -> Vec<String> {
        compare(expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_extension_that_moved_is_one_difference() {
        let (was, is) = (database("public", "public.citext"), database("annex", "annex.citext"));
        assert_eq!(told(&was, &is), ["extension citext: schema expected public, found annex"]);
        assert_eq!(told(&is, &was), ["extension citext: schema expected annex, found public"]);
    }

    #[test]
    fn what_an_extension_does_not_bring_has_not_moved_with_it() {
        let (was, is) = (database("public", "public.item"), database("annex", "annex.item"));
        let told = told(&was, &is);
        assert!(
            told.contains(&"column inv.item.name: type expected public.item, found annex.item".to_owned()),
            "{told:#?}"
        );
    }

    #[test]
    fn a_reading_that_was_made_elsewhere_is_held_against_where_the_extension_is_here() {
        let (there, here) = (database("public", "public.citext"), database("annex", "annex.citext"));
        let mut made = there.only(|id| id.kind != Kind::Extension);
        note(&mut made, &there);
        let extension = &made.objects[&id(&"citext".into())];
        assert_eq!(extension[&Property::Contents], Value::List(vec!["citext".to_owned()]));
        assert_eq!(told(&made, &here), [""; 0], "where an extension is to be nobody declares");
        assert_eq!(
            told(&made, &here.only(|id| id.kind != Kind::Extension))[0],
            "extension citext is missing"
        );
    }
}
