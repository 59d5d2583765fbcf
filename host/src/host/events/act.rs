//! What an administrator does about what failed: has it delivered again, or is done with it.

use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::super::Tenon;
use super::store::{self, EventError};
use super::{CHANNEL, NAME};
use crate::audit::{Action, Actor};

impl Tenon {
    /// Has delivered again at once what failed, of one event or of all. Gives how many deliveries that are.
    pub async fn retry_events(&self, event: Option<Uuid>, by: &Actor) -> Result<u64, EventError> {
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&event, Type::UUID)];
        let retried = self.change_deliveries(include_str!("sql/retry.sql"), &parameters).await?;
        if retried > 0 {
            tracing::info!(admin = by.admin, retried, "events that were not heard are delivered again");
            let event = event.map(|id| id.to_string());
            self.record(by, Action::RetryEvents { event, deliveries: retried }, None).await;
        }
        Ok(retried)
    }

    /// Is done with what was given up of an event. Gives how many deliveries that are.
    pub async fn discard_event(&self, event: Uuid, by: &Actor) -> Result<u64, EventError> {
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&event, Type::UUID)];
        let discarded = self.change_deliveries(include_str!("sql/discard.sql"), &parameters).await?;
        if discarded == 0 {
            return Err(EventError::NotGivenUp(event));
        }
        tracing::info!(admin = by.admin, %event, discarded, "an event that was given up was discarded");
        let action = Action::DiscardEvent { event: event.to_string(), deliveries: discarded };
        self.record(by, action, None).await;
        Ok(discarded)
    }

    async fn change_deliveries(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<u64, EventError> {
        let client = self.own_tables(NAME).await?;
        let changed = self.bounds().within(&client, async {
            if !store::exists(&client).await? {
                return Err(EventError::Pending);
            }
            let changed = client.execute_typed(sql, parameters).await?;
            let notify = "SELECT pg_catalog.pg_notify($1, '')";
            client.query_typed(notify, &[(&CHANNEL as _, Type::TEXT)]).await?;
            Ok(changed)
        });
        changed.await
    }
}
