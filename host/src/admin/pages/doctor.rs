//! The installation as a whole, for administrators.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::doctor::examine;
use crate::admin::strings::t;
use crate::report::doctor::{DoctorReport, DoctorState};

#[derive(Template)]
#[template(path = "doctor.html")]
struct DoctorPage {
    frame: Frame,
    report: DoctorReport,
}

/// What is broken comes first.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Administer)?;
    let host = Arc::clone(&console.host);
    let mut report = console.run(async move { examine(&host, None, None).await }).await?;
    report.lines.sort_by_key(|line| std::cmp::Reverse(line.state));
    let frame = Frame::of(&console, &visitor, "/doctor").await;
    page(StatusCode::OK, &DoctorPage { frame, report })
}

fn class(state: DoctorState) -> &'static str {
    match state {
        DoctorState::Ok => "passed",
        DoctorState::Warning | DoctorState::Unknown => "warning",
        DoctorState::Problem => "breaking",
    }
}
