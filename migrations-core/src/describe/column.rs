//! Describing the columns of a table.

use tenon_schema::{Column, Ident, Identity, ObjectName};

use crate::repair::sides::text;
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::Describer;
use super::about::{comment, grants};
use super::facts::{Facts, options, same_but_for};

/// What a table says that its columns depend on.
pub(super) struct Of<'a> {
    pub(super) name: ObjectName,
    /// The columns in their order.
    pub(super) order: &'a [String],
    pub(super) is_typed: bool,
    pub(super) is_foreign: bool,
    /// The partitioned table, or the parents.
    pub(super) whole: Option<ObjectName>,
    pub(super) parents: Vec<ObjectName>,
}

/// The columns that the table has to say: what its parents or its type say too is left to them.
pub(super) fn all(describer: &mut Describer<'_>, table: &Of<'_>) -> Vec<Column> {
    let mut columns = describer.parts(&table.name, Kind::Column);
    let place = |id: &ObjectId| table.order.iter().position(|name| name == id.name.as_str());
    columns.sort_by_key(|(id, _)| place(id).unwrap_or(usize::MAX));
    let columns = describer.all(columns, |describer, facts| describe(describer, facts, table));
    columns.into_iter().flatten().collect()
}

/// What is told of a column and comes from no parent.
const NEVER_INHERITED: [Property; 7] = [
    Property::Inherited,
    Property::NotNullInherited,
    Property::NotNullName,
    Property::NotNullComment,
    Property::Grants,
    Property::Comment,
    Property::StatisticsTarget,
];

/// What has to be said of an inherited column itself.
const OWN: [Property; 4] =
    [Property::Grants, Property::Comment, Property::StatisticsTarget, Property::Options];

fn describe(
    describer: &mut Describer<'_>,
    facts: &mut Facts<'_>,
    table: &Of<'_>,
) -> Result<Option<Column>, String> {
    let object = facts.object;
    let of_parent = table.parents.iter().find_map(|parent| of(describer, parent, &facts.id.name));
    let mut column = read(facts, table.is_foreign)?;
    let inherited = facts.is_set(Property::Inherited);
    if let Some(of_parent) = of_parent.filter(|_| inherited) {
        if same_but_for(object, of_parent, &NEVER_INHERITED)
            && !OWN.iter().any(|own| object.contains_key(own))
        {
            return Ok(None);
        }
        // Said again, it would have its parent's default.
        if column.default.is_none() && of_parent.contains_key(&Property::Default) {
            column.default = Some("NULL".to_owned());
        }
    }
    // From PostgreSQL 17 on a part's identity is that of its whole.
    let of_whole = table.whole.as_ref().and_then(|whole| of(describer, whole, &facts.id.name));
    if of_whole.is_some_and(|column| column.contains_key(&Property::Identity)) {
        column.identity = None;
    }
    if let Some(serial) = describer.serials.get(facts.id) {
        column.data_type = (*serial).to_owned();
        column.default = None;
    }
    if table.is_typed {
        let plain = Column {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            collation: column.collation.take(),
            ..Column::default()
        };
        return Ok((column != Column { collation: None, ..plain }).then_some(column));
    }
    Ok(Some(column))
}

fn of<'a>(describer: &Describer<'a>, table: &ObjectName, column: &Ident) -> Option<&'a Object> {
    describer.object(&ObjectId::of_relation(Kind::Column, table, column.clone()))
}

/// All that is said of the column.
fn read(facts: &mut Facts<'_>, is_foreign: bool) -> Result<Column, String> {
    // How NOT NULL is called is told where somebody named it.
    if text(facts.object, Property::NotNullName).is_some_and(|name| name.starts_with('(')) {
        facts.implied(&[Property::NotNullName]);
    }
    facts.implied(&[Property::NotNullInherited]);
    let generated = facts.text(Property::Generated);
    let (generated, is_virtual) = match generated.and_then(|text| text.rsplit_once(' ')) {
        Some((expression, kept)) => (Some(expression.to_owned()), kept == "VIRTUAL"),
        None => (None, false),
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let statistics = facts.text(Property::StatisticsTarget).and_then(|target| target.parse().ok());
    Ok(Column {
        name: facts.id.name.clone(),
        data_type: facts.needed(Property::DataType)?.to_owned(),
        not_null: facts.is_set(Property::NotNull),
        default: owned(facts.text(Property::Default)),
        identity: match facts.text(Property::Identity) {
            Some("ALWAYS") => Some(Identity::Always),
            Some(_) => Some(Identity::ByDefault),
            None => None,
        },
        generated,
        generated_virtual: is_virtual,
        collation: owned(facts.text(Property::Collation)),
        storage: owned(facts.text(Property::Storage)),
        compression: owned(facts.text(Property::Compression)),
        statistics,
        options: options(facts, Property::Options),
        foreign_options: if is_foreign {
            options(facts, Property::ForeignOptions)
        } else {
            Default::default()
        },
        grants: grants(facts).0,
        comment: comment(facts),
    })
}
