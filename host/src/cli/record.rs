//! Recording what a command did that needs no database: in the audit log if that can be had, else in the
//! local spool, from which the next start takes it.

use std::sync::Arc;

use super::app::App;
use crate::audit::{Action, Actor};
use crate::database::connect::install_crypto_provider;
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::host::Tenon;

/// Records that it was done. A database that cannot be reached does not make the command fail: what was
/// done is done.
pub(super) async fn record(app: &App, by: &Actor, action: Action, reason: Option<&str>) {
    install_crypto_provider();
    let source = DatabaseSource::open(&app.config, IfMissing::Refuse).await;
    let (databases, managed) = match source {
        Ok(source) => (Some(source.databases), source.managed),
        Err(_) => (None, None),
    };
    let host = Tenon::with(app.config.clone(), Arc::default(), databases);
    host.record(by, action, reason).await;
    host.shutdown().await;
    if let Some(managed) = managed {
        managed.stop().await;
    }
}
