//! A form for the settings of a plugin, made from their type: what is entered is saved for all hosts.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tenon_migrations_core::migration::PluginId;

use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::accounts::Permission;
use crate::admin::api::plugin_settings::status_of;
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::audit::{Actor, Origin};
use crate::host::saved_settings::{SaveError, SettingsForm};
use crate::plugin::settings::SettingProblem;
use crate::plugin::settings::edit::SettingsEdit;
use crate::plugin::settings::form::{FieldInput, SettingField};
use crate::report::hosts::HostState;
use crate::report::settings::{SavedReport, SettingsReport};
use crate::support::errors::chain;

#[derive(Template)]
#[template(path = "plugin_settings.html")]
struct FormPage<'a> {
    frame: Frame,
    plugin: &'a PluginId,
    name: String,
    rows: Vec<FormRow>,
    /// The version that is changed by what is entered.
    base: i64,
    /// What is saved now, where that is known.
    saved: Option<SavedReport>,
    /// The version by which the plugin runs here.
    runs_with: i64,
    /// Hosts besides this one that run by another version than is saved, each with that.
    others: Vec<(String, i64)>,
    /// Why it is not known what is saved.
    trouble: Option<String>,
    outcome: Outcome,
}

/// One field of the form.
struct FormRow {
    field: SettingField,
    /// What is wrong with what was entered.
    problems: Vec<String>,
    /// What is saved there now, where somebody else was faster and that is not what was entered.
    now: Option<String>,
}

impl From<SettingField> for FormRow {
    fn from(field: SettingField) -> Self {
        Self { field, problems: Vec::new(), now: None }
    }
}

/// What came of what was entered.
enum Outcome {
    /// Nothing was.
    Asked,
    Saved,
    /// What is wrong besides what stands at the fields.
    Wrong(Vec<String>),
    /// Somebody else was faster.
    Stale,
    Failed(String),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    /// The version that was saved just now.
    saved: Option<i64>,
}

/// The form.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
    query: web::Query<Shown>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Administer)?;
    let (id, form) = form_of(&console, &plugin).await?;
    let version = form.report.saved.as_ref().map(|saved| saved.version);
    let outcome =
        if query.saved.is_some() && query.saved == version { Outcome::Saved } else { Outcome::Asked };
    let frame = Frame::of(&console, &visitor, "/plugin").await;
    let SettingsForm { fields, report } = form;
    let rows = fields.into_iter().map(FormRow::from).collect();
    let filled = (rows, report, version.unwrap_or_default());
    answer(&console, StatusCode::OK, (frame, &id), filled, outcome).await
}

#[derive(Debug, Deserialize)]
pub(crate) struct Base {
    /// The version that the form was filled in with.
    version: i64,
}

/// Saves what is entered.
pub(crate) async fn save(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
    base: web::Query<Base>,
    entered: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Administer)?, Origin::Web);
    let entered: BTreeMap<String, String> = entered.into_inner().into_iter().collect();
    let id: PluginId = plugin.parse().map_err(|_| missing(&plugin))?;
    let (host, asked, edit) = (Arc::clone(&console.host), id.clone(), SettingsEdit::Form(entered.clone()));
    let version = base.version;
    let saved =
        console.run(async move { host.save_settings(&asked, Some(version), &edit, &by).await }).await?;
    let error = match saved {
        Ok(change) => {
            return Ok(see_other(&format!("/plugin/{id}/settings?saved={}", change.version)));
        }
        Err(error) => error,
    };
    let (id, form) = form_of(&console, &plugin).await?;
    let is_stale = matches!(error, SaveError::Stale(_));
    let row = |mut field: SettingField| {
        if field.fixed_by.is_some() || field.input == FieldInput::Secret {
            return FormRow::from(field);
        }
        // Nothing that was entered is lost.
        let text = entered.get(&field.name()).cloned().unwrap_or_default();
        let now = std::mem::replace(&mut field.text, text);
        let now = (is_stale && now != field.text).then_some(now);
        FormRow { now, ..FormRow::from(field) }
    };
    let SettingsForm { fields, report } = form;
    let mut rows: Vec<_> = fields.into_iter().map(row).collect();
    let outcome = match &error {
        SaveError::NoPlugin(_) | SaveError::Undeclared(_) => return Err(missing(&plugin)),
        SaveError::Wrong(problems) => Outcome::Wrong(beside_their_fields(problems, &mut rows)),
        SaveError::Stale(_) => Outcome::Stale,
        error => Outcome::Failed(format!("{}: {}", chain(error), error.remedy())),
    };
    // What was looked at stays what is changed, but for who was too late: they see now what is saved.
    let now = report.saved.as_ref().map(|saved| saved.version);
    let base = if is_stale { now.unwrap_or(version) } else { version };
    let frame = Frame::of(&console, &visitor, "/plugin").await;
    answer(&console, status_of(&error), (frame, &id), (rows, report, base), outcome).await
}

/// Has each problem stand at its field, and gives those that are of none.
fn beside_their_fields(problems: &[SettingProblem], rows: &mut [FormRow]) -> Vec<String> {
    let mut others = Vec::new();
    for SettingProblem { setting, message } in problems {
        match rows.iter_mut().find(|row| row.field.name() == *setting) {
            Some(row) => row.problems.push(message.clone()),
            None => others.push(message.clone()),
        }
    }
    others
}

async fn form_of(console: &Console, plugin: &str) -> Result<(PluginId, SettingsForm), PageError> {
    let id: PluginId = plugin.parse().map_err(|_| missing(plugin))?;
    let (host, asked) = (Arc::clone(&console.host), id.clone());
    let form = console.run(async move { host.settings_form(&asked).await }).await?;
    Ok((id, form.ok_or_else(|| missing(plugin))?))
}

async fn answer(
    console: &Console,
    status: StatusCode,
    (frame, plugin): (Frame, &PluginId),
    (rows, report, base): (Vec<FormRow>, SettingsReport, i64),
    outcome: Outcome,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let hosts = console.run(async move { host.hosts().await }).await?.hosts;
    let version = report.saved.as_ref().map_or(report.runs_with, |saved| saved.version);
    let others = hosts.into_iter().filter(|host| !host.is_this && host.state == HostState::Serving);
    let others = others.filter_map(|host| {
        let of = host.plugins.iter().find(|one| one.id == plugin.as_str())?.settings?;
        (of != version).then_some((host.name, of))
    });
    page(
        status,
        &FormPage {
            frame,
            plugin,
            name: report.name,
            rows,
            base,
            runs_with: report.runs_with,
            others: others.collect(),
            trouble: report.trouble,
            saved: report.saved,
            outcome,
        },
    )
}

fn missing(plugin: &str) -> PageError {
    let detail = t!("plugin-settings-missing-detail").arg("id", plugin);
    let remedy = t!("plugin-missing-remedy");
    PageError::new(StatusCode::NOT_FOUND, t!("plugin-settings-missing"), detail, remedy)
}

impl FormPage<'_> {
    /// How the configuration says where a secret stands.
    fn secret_line(field: &SettingField) -> String {
        format!("{} = {{ file = \"…\" }}", field.name())
    }
}
