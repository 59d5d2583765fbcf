//! The state of the session from which a migration or a repair starts.

use tokio_postgres::{Client, Error, Row, Statement};

use super::SETTINGS;

/// Where the session stands.
#[derive(Debug)]
pub(crate) struct TransactionMark {
    /// The id of the transaction that it is in.
    pub(crate) xid: String,
    /// The server's clock, in seconds of the Unix epoch.
    pub(crate) at: f64,
}

impl TransactionMark {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self { xid: row.try_get("xid")?, at: row.try_get("at")? })
    }
}

/// The statement that puts the session into the state from which a migration or a repair starts.
#[derive(Debug, Clone)]
pub(crate) struct Reset(String);

impl Reset {
    /// To [`SETTINGS`](super::SETTINGS), and to these values of other settings. Names are qualified: a
    /// migration may have left any search path.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let more = settings
            .iter()
            .map(|(name, value)| format!(", pg_catalog.set_config('{name}', '{value}', true)"));
        Self(format!(
            "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS xid, \
             pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS at, {}{}",
            *SETTINGS,
            more.collect::<String>()
        ))
    }

    /// Runs it once.
    pub(crate) async fn run(&self, client: &Client) -> Result<TransactionMark, Error> {
        client.query_typed_one(&self.0, &[]).await.and_then(|row| TransactionMark::from_row(&row))
    }

    /// Has it parsed and planned once, for the thousands of migrations of one heal. For the transaction that
    /// it is prepared in: behind a pooler the next may be another session's.
    pub(crate) async fn prepare(&self, client: &Client) -> Result<PreparedReset, Error> {
        client.prepare(&self.0).await.map(PreparedReset)
    }
}

/// A [`Reset`] that is parsed already.
#[derive(Debug, Clone)]
pub(crate) struct PreparedReset(Statement);

impl PreparedReset {
    /// Puts the session into the state from which a migration starts.
    pub(crate) async fn run(&self, client: &Client) -> Result<TransactionMark, Error> {
        client.query_one(&self.0, &[]).await.and_then(|row| TransactionMark::from_row(&row))
    }
}
