//! The accounts, for administrators: who may what, and a form to add one.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::findings::nothing;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::account_manager::{AccountManager, ManageError};
use crate::admin::account_summary::AccountSummary;
use crate::admin::accounts::{AccountRole, AccountsError, Permission};
use crate::admin::console::Console;
use crate::admin::session;
use crate::admin::strings::{Markup, Text, t};
use crate::admin::visitor::{Denied, Visitor};
use crate::audit::Origin;

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    frame: Frame,
    accounts: Vec<AccountSummary>,
    message: Option<Text>,
    /// A secret that is shown this once.
    shown_once: Option<ShownOnce>,
    fault: Option<FieldFault>,
    form: NewAccount,
}

/// A password or a token that is kept nowhere.
pub(super) struct ShownOnce {
    pub(super) what: Text,
    pub(super) secret: SecretString,
}

/// What is wrong with which field of a form.
#[derive(Debug)]
pub(super) struct FieldFault {
    pub(super) field: &'static str,
    pub(super) text: Markup,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    /// What was done before.
    done: Option<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct NewAccount {
    name: String,
    role: String,
    /// Made where it is empty.
    #[serde(default)]
    password: String,
}

/// The page.
pub(crate) async fn list(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    session: Session,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let mut page = AccountsPage::of(&console, &visitor, &session).await?;
    page.message = match query.done.as_deref() {
        Some("added") => Some(t!("accounts-was-added")),
        Some("removed") => Some(t!("accounts-was-removed")),
        Some("ended") => Some(t!("accounts-sessions-ended")),
        _ => None,
    };
    super::page(StatusCode::OK, &page)
}

/// Adds an account.
pub(crate) async fn add(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    session: Session,
    form: web::Form<NewAccount>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Administer)?;
    let mut form = form.into_inner();
    let name = form.name.trim().to_owned();
    let password = given(std::mem::take(&mut form.password));
    let manager = AccountManager::new(&console, &visitor, Origin::Web);
    let added = match form.role.parse::<AccountRole>() {
        Ok(role) => manager.add(&name, role, password).await,
        Err(error) => {
            let text = Markup::escaped(error);
            return refused(&console, &visitor, &session, form, "role", text).await;
        }
    };
    match added {
        Ok(None) => Ok(see_other("/accounts?done=added")),
        Ok(Some(secret)) => {
            let mut shown = AccountsPage::of(&console, &visitor, &session).await?;
            shown.shown_once =
                Some(ShownOnce { what: t!("account-secret-password").arg("name", name), secret });
            page(StatusCode::OK, &shown)
        }
        Err(error) => {
            let FieldFault { field, text } = fault(error)?;
            refused(&console, &visitor, &session, form, field, text).await
        }
    }
}

/// Ends all sessions but the one that asks.
pub(crate) async fn end_all_sessions(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    session: Session,
) -> Result<HttpResponse, PageError> {
    let manager = AccountManager::new(&console, &visitor, Origin::Web);
    manager.end_sessions(None, session::id(&session)).await?;
    Ok(see_other("/accounts?done=ended"))
}

async fn refused(
    console: &Console,
    visitor: &Visitor,
    session: &Session,
    form: NewAccount,
    field: &'static str,
    text: Markup,
) -> Result<HttpResponse, PageError> {
    let mut shown = AccountsPage::of(console, visitor, session).await?;
    (shown.form, shown.fault) = (form, Some(FieldFault { field, text }));
    page(StatusCode::BAD_REQUEST, &shown)
}

impl AccountsPage {
    async fn of(console: &Console, visitor: &Visitor, session: &Session) -> Result<Self, PageError> {
        visitor.permitted(Permission::Administer)?;
        Ok(Self {
            accounts: console.account_summaries(session::id(session)).await.map_err(Denied::from)?,
            frame: Frame::of(console, visitor, "/accounts").await,
            message: None,
            shown_once: None,
            fault: None,
            form: NewAccount::default(),
        })
    }

    fn fault_of(&self, field: &str) -> Option<&Markup> {
        self.fault.as_ref().filter(|fault| fault.field == field).map(|fault| &fault.text)
    }
}

/// What was typed into a field that may be left empty.
pub(super) fn given(password: String) -> Option<SecretString> {
    (!password.is_empty()).then(|| password.into())
}

/// The field that a refusal is about, where it is about one; else the page that says why.
pub(super) fn fault(error: ManageError) -> Result<FieldFault, PageError> {
    let ManageError::Refused(refusal) = &error else { return Err(error.into()) };
    let field = match refusal {
        AccountsError::Name { .. } | AccountsError::Exists { .. } | AccountsError::TokenExists { .. } => {
            "name"
        }
        AccountsError::Password(_) => "password",
        AccountsError::TokenAbove { .. } | AccountsError::NoAdministrator => "role",
        AccountsError::ScopeAbove { .. } => "scopes",
        _ => return Err(error.into()),
    };
    Ok(FieldFault { field, text: Markup::escaped(refusal) })
}

impl From<ManageError> for PageError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Denied(denied) => denied.into(),
            ManageError::Interrupted(interrupted) => interrupted.into(),
            ManageError::NoSession => nothing(StatusCode::NOT_FOUND, Markup::escaped(error)),
            ManageError::Refused(refusal) => {
                let status = match refusal {
                    AccountsError::NoSuchAccount { .. } | AccountsError::NoSuchToken { .. } => {
                        StatusCode::NOT_FOUND
                    }
                    _ => StatusCode::BAD_REQUEST,
                };
                nothing(status, Markup::escaped(refusal))
            }
        }
    }
}
