//! Cards: what a plugin shows on the console's overview.

use serde::{Deserialize, Serialize};

use crate::contract::RequestV1;
use crate::{Connection, Host, PluginError};

/// One call for what a card shows.
///
/// The call's transaction only reads, and has to end within two seconds.
#[derive(Debug)]
pub struct Card<'a> {
    name: &'a str,
    host: &'a Host<'a>,
}

impl<'a> Card<'a> {
    pub(crate) fn of(request: &RequestV1<'a>, host: &'a Host<'a>) -> Self {
        let name = request.route.as_str().split_once(' ').map_or("", |(_, name)| name);
        Self { name, host }
    }

    /// The card's name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The host: its log and the plugin's configuration.
    pub fn host(&self) -> &'a Host<'a> {
        self.host
    }
}

/// A number for a card, such as `CardNumber::from(7).unit("kg")`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardNumber {
    value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

impl CardNumber {
    /// The number with what it counts, which stands behind it.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: Some(unit.into()), ..self }
    }

    /// The number itself.
    #[doc(hidden)]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What stands behind it.
    #[doc(hidden)]
    pub fn its_unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }
}

impl From<f64> for CardNumber {
    fn from(value: f64) -> Self {
        Self { value, unit: None }
    }
}

impl From<i32> for CardNumber {
    fn from(value: i32) -> Self {
        f64::from(value).into()
    }
}

impl From<u32> for CardNumber {
    fn from(value: u32) -> Self {
        f64::from(value).into()
    }
}

impl From<i64> for CardNumber {
    #[expect(clippy::cast_precision_loss, reason = "a card shows no more digits than a double has")]
    fn from(value: i64) -> Self {
        (value as f64).into()
    }
}

/// A small table for a card: the console shows 6 columns and 10 rows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl CardTable {
    /// A table without rows, with what stands above its columns.
    pub fn new(columns: impl IntoIterator<Item: Into<String>>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// The table with one more row.
    #[must_use]
    pub fn row(mut self, cells: impl IntoIterator<Item: Into<String>>) -> Self {
        self.push(cells);
        self
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item: Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// What stands above the columns, and the rows.
    #[doc(hidden)]
    pub fn into_parts(self) -> (Vec<String>, Vec<Vec<String>>) {
        (self.columns, self.rows)
    }
}

/// What a card shows, as it travels to the host.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardContent {
    Number(CardNumber),
    Table(CardTable),
    Text(String),
}

/// Asks a function for a number.
///
/// # Errors
///
/// The function's own.
pub fn number_card<T: Into<CardNumber>>(
    db: &Connection<'_>,
    card: &Card<'_>,
    function: fn(&Connection<'_>, &Card<'_>) -> Result<T, PluginError>,
) -> Result<CardContent, PluginError> {
    let number: CardNumber = function(db, card)?.into();
    if !number.value.is_finite() {
        return Err(PluginError::internal(format!("the card {} shows what is no number", card.name())));
    }
    Ok(CardContent::Number(number))
}

/// Asks a function for a table.
///
/// # Errors
///
/// The function's own.
pub fn table_card(
    db: &Connection<'_>,
    card: &Card<'_>,
    function: fn(&Connection<'_>, &Card<'_>) -> Result<CardTable, PluginError>,
) -> Result<CardContent, PluginError> {
    function(db, card).map(CardContent::Table)
}

/// Asks a function for a text.
///
/// # Errors
///
/// The function's own.
pub fn text_card<T: Into<String>>(
    db: &Connection<'_>,
    card: &Card<'_>,
    function: fn(&Connection<'_>, &Card<'_>) -> Result<T, PluginError>,
) -> Result<CardContent, PluginError> {
    Ok(CardContent::Text(function(db, card)?.into()))
}
