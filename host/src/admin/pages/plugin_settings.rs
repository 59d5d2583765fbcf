//! A form for the settings of a plugin, made from their type: what is entered is checked, and comes as lines
//! for the configuration.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tenon_migrations_core::migration::PluginId;

use super::{Frame, PageError, PageVisitor, page};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::plugin::settings::form::{FieldInput, SettingField};

#[derive(Template)]
#[template(path = "plugin_settings.html")]
struct FormPage<'a> {
    frame: Frame,
    plugin: &'a PluginId,
    name: String,
    fields: Vec<SettingField>,
    /// What came of what was entered: lines, or what is wrong with it.
    outcome: Option<Result<String, Vec<String>>>,
}

/// The form.
pub(crate) async fn show(
    visitor: PageVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    answer(visitor, &console, &plugin, None).await
}

/// What is entered, as lines of the configuration.
pub(crate) async fn write(
    visitor: PageVisitor,
    console: web::Data<Console>,
    plugin: web::Path<String>,
    entered: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    answer(visitor, &console, &plugin, Some(entered.into_inner().into_iter().collect())).await
}

async fn answer(
    PageVisitor(visitor): PageVisitor,
    console: &Console,
    plugin: &str,
    entered: Option<BTreeMap<String, String>>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Administer)?;
    let missing = || {
        let detail = t!("plugin-settings-missing-detail").arg("id", plugin);
        PageError::new(
            StatusCode::NOT_FOUND,
            t!("plugin-settings-missing"),
            detail,
            t!("plugin-missing-remedy"),
        )
    };
    let id: PluginId = plugin.parse().map_err(|_| missing())?;
    let (schema, set) = console.host.settings_form(&id).ok_or_else(missing)?;
    let mut fields = schema.fields(&set);
    let outcome = entered.map(|entered| {
        for field in fields.iter_mut().filter(|field| field.fixed_by.is_none()) {
            field.text = entered.get(&field.name()).cloned().unwrap_or_default();
        }
        schema.lines(id.as_str(), &set, &entered)
    });
    let status = match &outcome {
        Some(Err(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let name = console.host.names().remove(&id).unwrap_or_else(|| id.to_string());
    let frame = Frame::of(console, &visitor, "/plugin").await;
    page(status, &FormPage { frame, plugin: &id, name, fields, outcome })
}
