//! Making an index that no constraint makes.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::address::name;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{idents, options};
use crate::snapshot::{Object, ObjectId, Property, Value};

/// The index as it was read; `None` where the snapshot does not say all of it.
pub(in crate::repair) fn create(id: &ObjectId, index: &Object) -> Option<Vec<String>> {
    if index.get(&Property::Valid) == Some(&Value::Flag(false)) {
        return None;
    }
    let mut sql = format!(
        "CREATE {}INDEX {} ON {} USING {} ({}){}",
        if is_set(index, Property::Unique) { "UNIQUE " } else { "" },
        id.name.quoted(),
        id.owner().quoted(),
        Ident::new(text(index, Property::Method)?).quoted(),
        keys(index).join(", "),
        ddl::include(&idents(list(index, Property::Include))),
    );
    if is_set(index, Property::NullsNotDistinct) {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    sql.push_str(&ddl::storage(&options(list(index, Property::Options))));
    sql.push_str(&ddl::tablespace(text(index, Property::Tablespace).map(Ident::new).as_ref()));
    if let Some(predicate) = text(index, Property::Predicate) {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    let mut sql = vec![sql];
    sql.extend(statistics(id, text(index, Property::StatisticsTarget), None));
    Some(sql)
}

/// The keys with the parameters of their operator classes, which are read as `1: siglen=100`. A class that
/// has some is named, also where it is the default one; how the key is ordered stands behind.
pub(crate) fn keys(index: &Object) -> Vec<String> {
    let of_key = |place: usize| {
        let mark = format!("{}: ", place + 1);
        let options = list(index, Property::KeyOptions).iter();
        let options: Vec<_> =
            options.filter_map(|option| option.strip_prefix(&mark)).map(str::to_owned).collect();
        self::options(&options)
    };
    let key = |(place, key): (usize, &String)| {
        let parameters = of_key(place);
        if parameters.is_empty() {
            return key.clone();
        }
        let class = [" NULLS FIRST", " NULLS LAST", " DESC"]
            .iter()
            .fold(key.as_str(), |rest, order| rest.strip_suffix(order).unwrap_or(rest));
        format!("{class} {}{}", ddl::parameters(&parameters), &key[class.len()..])
    };
    list(index, Property::Keys).iter().enumerate().map(key).collect()
}

/// `1: 100, 2: 50` by column, and back to the default where only `found` has one.
pub(in crate::repair) fn statistics(
    id: &ObjectId,
    expected: Option<&str>,
    found: Option<&str>,
) -> Vec<String> {
    let targets = |text: Option<&str>| -> Vec<(String, String)> {
        let pairs = text.unwrap_or_default().split(", ").filter_map(|pair| pair.split_once(": "));
        pairs.map(|(column, target)| (column.to_owned(), target.to_owned())).collect()
    };
    let (expected, found) = (targets(expected), targets(found));
    let gone = found.iter().filter(|(column, _)| !expected.iter().any(|(other, _)| other == column));
    let gone = gone.map(|(column, _)| (column.as_str(), "-1"));
    let set = expected.iter().map(|(column, target)| (column.as_str(), target.as_str()));
    gone.chain(set)
        .map(|(column, target)| {
            format!("ALTER INDEX {} ALTER COLUMN {column} SET STATISTICS {target}", name(id))
        })
        .collect()
}
