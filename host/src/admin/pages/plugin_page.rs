//! A page of a plugin, in the console's frame, and the tokens by which it calls its plugin's routes.

use actix_session::SessionExt;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::json;
use tenon_migrations_core::migration::PluginId;

use super::{Frame, PageError, PageVisitor, framing_page};
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::admin::{page_files, page_tokens};
use crate::plugin::pages::PluginPage;
use crate::report::PluginSummary;

#[derive(Template)]
#[template(path = "plugin_page.html")]
struct ShownPage<'a> {
    frame: Frame,
    summary: &'a PluginSummary,
    pages: &'a [PluginPage],
    shown: &'a PluginPage,
    /// The address of its document.
    document: String,
}

impl ShownPage<'_> {
    /// The name of whoever looks at it.
    fn name(&self) -> &str {
        self.frame
            .visitor
            .as_ref()
            .map(|visitor| visitor.account.as_ref().unwrap_or(&visitor.name).as_str())
            .unwrap_or_default()
    }

    /// The role of whoever does.
    fn role(&self) -> &'static str {
        self.frame.visitor.as_ref().map(|visitor| visitor.role.noun()).unwrap_or_default()
    }
}

/// A page of a plugin.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, PageError> {
    let (plugin, name) = path.into_inner();
    let id: PluginId = plugin.parse().map_err(|_| missing(&plugin, &name))?;
    let summaries = console.host.plugins().await;
    let summary = summaries.iter().find(|summary| summary.id == id && summary.usable);
    let pages = console.host.pages_of(&id);
    let shown = pages.iter().find(|page| page.name == name);
    let (Some(summary), Some(shown)) = (summary, shown) else { return Err(missing(&plugin, &name)) };
    framing_page(&ShownPage {
        frame: Frame::of(&console, &visitor, "/plugin").await,
        summary,
        pages,
        shown,
        document: page_files::address(&plugin, &shown.file),
    })
}

/// A token for the pages of a plugin. The script of the console asks for it, for the page that it frames.
pub(crate) async fn token(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    plugin: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: PluginId = plugin.parse().map_err(|_| missing(&plugin, ""))?;
    if console.host.pages_of(&id).is_empty() {
        return Err(missing(&plugin, ""));
    }
    let made = page_tokens::make(&console, &request.get_session(), &visitor, id.as_str());
    let token = made.ok_or_else(|| PageError::log_in(&request))?;
    Ok(HttpResponse::Ok().json(json!({ "token": token, "seconds": page_tokens::SECONDS })))
}

fn missing(plugin: &str, name: &str) -> PageError {
    let detail = t!("plugin-page-missing-detail").arg("id", plugin).arg("name", name);
    PageError::new(StatusCode::NOT_FOUND, t!("plugin-page-missing"), detail, t!("plugin-missing-remedy"))
}
