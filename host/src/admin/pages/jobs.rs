//! The page of the jobs: when each runs next, how it went, and buttons to run and pause it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::findings::nothing;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::accounts::Permission;
use crate::admin::api::jobs::SHOWN;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::audit::{Actor, Origin};
use crate::host::jobs::{JobChange, JobError, JobHistory, JobList, JobName};
use crate::support::errors::chain;

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    frame: Frame,
    list: JobList,
    history: JobHistory,
    may_heal: bool,
}

/// All jobs, and the latest attempts.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let (list, history) = console
        .run(async move { (host.job_list().await, host.job_history(None, None, SHOWN).await) })
        .await?;
    let may_heal = visitor.may_heal();
    let frame = Frame::of(&console, &visitor, "/jobs").await;
    page(StatusCode::OK, &JobsPage { frame, list, history, may_heal })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    plugin: String,
    job: String,
}

impl From<Which> for JobName {
    fn from(Which { plugin, job }: Which) -> Self {
        Self { plugin, job }
    }
}

/// Has a job run now.
pub(crate) async fn run(
    visitor: PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Which>,
) -> Result<HttpResponse, PageError> {
    change(visitor, console, form, JobChange::Run).await
}

/// Pauses a job.
pub(crate) async fn pause(
    visitor: PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Which>,
) -> Result<HttpResponse, PageError> {
    change(visitor, console, form, JobChange::Pause).await
}

/// Lets a job go on.
pub(crate) async fn resume(
    visitor: PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Which>,
) -> Result<HttpResponse, PageError> {
    change(visitor, console, form, JobChange::Resume).await
}

async fn change(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Which>,
    change: JobChange,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Heal)?, Origin::Web);
    let (host, job) = (Arc::clone(&console.host), JobName::from(form.into_inner()));
    let done = console.run(async move { host.change_job(&job, change, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other("/jobs"))
}

fn refused(error: &JobError) -> PageError {
    let status = match error {
        JobError::NoJob { .. } => StatusCode::NOT_FOUND,
        JobError::Runs { .. } | JobError::SoAlready { .. } | JobError::Pending => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    nothing(status, Markup::escaped(chain(error)))
}
