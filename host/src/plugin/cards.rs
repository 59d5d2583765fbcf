//! A plugin's cards on the console's overview: read from its manifest, and what they show.
//!
//! What a card shows is asked for by a call like any other, of a route that no request can name: `CARD open`.

use serde::Serialize;
use tenon_plugin_api::contract::{CARD_METHOD, DeclaredCard};
use tenon_plugin_api::{CardContent, Manifest};
use tenon_schema::jobs::is_job_name;

use super::pages::malformed;
use crate::plugin::problem::Problem;
use crate::plugin::routes::Route;

/// How many columns of a table are shown, and how many rows.
const MOST_COLUMNS: usize = 6;
const MOST_ROWS: usize = 10;
/// How many characters of a text are shown, and of a cell.
const MOST_TEXT: usize = 1_000;
const MOST_CELL: usize = 100;

/// The cards of one plugin, in the order of its manifest.
#[derive(Debug, Clone, Default)]
pub struct PluginCards(Vec<PluginCard>);

/// A card of a plugin.
#[derive(Debug, Clone)]
pub struct PluginCard {
    pub name: String,
    /// The title, for people.
    pub title: String,
    /// What its calls are like.
    pub route: Route,
}

/// What a card shows.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum CardShown {
    Number {
        value: f64,
        /// What stands behind it.
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    Table {
        columns: Vec<String>,
        /// As many cells each as there are columns.
        rows: Vec<Vec<String>>,
    },
    Text {
        text: String,
    },
}

impl PluginCards {
    /// The cards of a manifest, or all that is wrong with them. Their entries begin with this number.
    pub fn of(manifest: &Manifest, first: u32) -> Result<Self, Vec<Problem>> {
        let (mut cards, mut problems) = (Vec::<PluginCard>::new(), Vec::new());
        for (number, DeclaredCard { name, title, kind, .. }) in (first..).zip(&manifest.cards) {
            let fault = if !is_job_name(name) {
                Some("its name is none")
            } else if cards.iter().any(|card| card.name == *name) {
                Some("there is another one of that name")
            } else if !matches!(kind.as_str(), "number" | "table" | "text") {
                Some("it is none of number, table and text")
            } else {
                None
            };
            match fault {
                Some(fault) => problems.push(malformed(format!("its card {name:?}: {fault}"))),
                None => {
                    let route = Route::without_path(CARD_METHOD, name, number).that_reads();
                    cards.push(PluginCard { name: name.clone(), title: title.clone(), route });
                }
            }
        }
        if problems.is_empty() { Ok(Self(cards)) } else { Err(problems) }
    }

    /// The cards, in the order of the manifest.
    pub fn all(&self) -> &[PluginCard] {
        &self.0
    }
}

impl CardShown {
    /// What a plugin answers, as much of it as is shown.
    pub fn of(answer: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_slice(answer)? {
            CardContent::Number(number) => {
                let unit = number.its_unit().map(|unit| cut(unit, MOST_CELL));
                Self::Number { value: number.value(), unit }
            }
            CardContent::Text(text) => Self::Text { text: cut(&text, MOST_TEXT) },
            CardContent::Table(table) => {
                let (columns, rows) = table.into_parts();
                let columns: Vec<_> =
                    columns.iter().take(MOST_COLUMNS).map(|text| cut(text, MOST_CELL)).collect();
                let row = |row: &Vec<String>| {
                    let mut cells: Vec<_> =
                        row.iter().take(columns.len()).map(|text| cut(text, MOST_CELL)).collect();
                    cells.resize(columns.len(), String::new());
                    cells
                };
                let rows = rows.iter().take(MOST_ROWS).map(row).collect();
                Self::Table { columns, rows }
            }
        })
    }
}

/// As many characters of a text, with a sign that there are more.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_too_much_the_beginning_is_shown() {
        let of = |value: serde_json::Value| CardShown::of(value.to_string().as_bytes());
        let number = of(serde_json::json!({ "number": { "value": 7, "unit": "kg" } })).unwrap();
        assert_eq!(number, CardShown::Number { value: 7.0, unit: Some("kg".to_owned()) });
        let rows = vec![vec!["a".repeat(101)]; 11];
        let table = of(serde_json::json!({ "table": { "columns": ["1", "2"], "rows": rows } })).unwrap();
        let CardShown::Table { columns, rows } = table else { panic!("{table:?}") };
        assert_eq!((columns.len(), rows.len(), &*rows[0][1]), (2, 10, ""));
        assert_eq!(rows[0][0], format!("{}…", "a".repeat(100)));
        assert!(of(serde_json::json!({ "picture": 1 })).is_err());
    }
}
