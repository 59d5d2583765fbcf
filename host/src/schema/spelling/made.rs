//! Making twins: all at once, and one by one where one of them cannot be made.

use tokio_postgres::{Client, Error};

use crate::database::pipeline::Pipeline;
use crate::support::errors::chain;

/// Runs the statements that can be run. An error is one of the session, and not of a statement.
pub(crate) async fn make(client: &Client, statements: &[String]) -> Result<(), Error> {
    client.batch_execute("SAVEPOINT tenon_twins").await?;
    match at_once(client, statements).await {
        Ok(()) => return client.batch_execute("RELEASE SAVEPOINT tenon_twins").await,
        Err(error) if is_of_the_session(&error) => return Err(error),
        Err(_) => {
            client.batch_execute("ROLLBACK TO SAVEPOINT tenon_twins; RELEASE SAVEPOINT tenon_twins").await?;
        }
    }
    for sql in statements {
        client.batch_execute("SAVEPOINT tenon_twin").await?;
        if let Err(error) = client.execute_typed(sql, &[]).await {
            if is_of_the_session(&error) {
                return Err(error);
            }
            tracing::debug!("PostgreSQL does not read what it has printed: {sql}: {}", chain(&error));
            client.batch_execute("ROLLBACK TO SAVEPOINT tenon_twin").await?;
        }
        client.batch_execute("RELEASE SAVEPOINT tenon_twin").await?;
    }
    Ok(())
}

/// The first error is the one that tells.
async fn at_once(client: &Client, statements: &[String]) -> Result<(), Error> {
    let mut pipeline = Pipeline::new();
    let mut outcome = Ok(());
    for sql in statements {
        while pipeline.is_full() {
            outcome = outcome.and(pipeline.answer().await.unwrap_or(Ok(0)).map(|_| ()));
        }
        if outcome.is_err() {
            break;
        }
        pipeline.send(sql.len(), client.execute_typed(sql, &[]));
    }
    while let Some(answer) = pipeline.answer().await {
        outcome = outcome.and(answer.map(|_| ()));
    }
    outcome
}

/// Whether it says nothing of the statement: the connection broke, the server ends, or is short of something,
/// or somebody holds a lock or wishes an end.
fn is_of_the_session(error: &Error) -> bool {
    const CLASSES: [&str; 6] = ["08", "25", "40", "53", "57", "58"];
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    error.code().is_none_or(|code| {
        let code = code.code();
        code == LOCK_NOT_AVAILABLE || CLASSES.iter().any(|class| code.starts_with(class))
    })
}
