//! One account, for administrators: its role, password, tokens and sessions, and its end.

use std::pin::Pin;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::ExposeSecret;
use serde::Deserialize;
use uuid::Uuid;

use super::accounts::{FieldFault, ShownOnce, fault, given};
use super::findings::nothing;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::account_manager::{AccountManager, ManageError, WantedToken};
use crate::admin::account_summary::AccountSummary;
use crate::admin::accounts::{AccountRole, Permission, Token, UnknownWord};
use crate::admin::api::values;
use crate::admin::console::Console;
use crate::admin::session;
use crate::admin::strings::{Markup, Text, t};
use crate::admin::visitor::{Denied, Visitor};
use crate::audit::Origin;

#[derive(Template)]
#[template(path = "account_detail.html")]
struct AccountDetailPage {
    frame: Frame,
    account: AccountSummary,
    /// Whether it is the one of who looks.
    own: bool,
    message: Option<Text>,
    shown_once: Option<ShownOnce>,
    /// The form that was refused, and what is wrong with which field of it.
    fault: Option<(&'static str, FieldFault)>,
    /// What was typed as the name of a token.
    token_name: String,
}

/// What all forms of the page are about.
pub(crate) struct Subject {
    visitor: Visitor,
    console: web::Data<Console>,
    session: Session,
    name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    /// What was done before.
    done: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Role {
    role: String,
}

#[derive(Deserialize)]
pub(crate) struct Password {
    /// Made where it is empty.
    #[serde(default)]
    password: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Removal {
    confirm: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Revocation {
    token: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct End {
    /// The session to end; all where there is none.
    session: Option<Uuid>,
}

type Answer = Result<HttpResponse, PageError>;

/// The page.
pub(crate) async fn show(subject: Subject, query: web::Query<Query>) -> Answer {
    let mut shown = subject.page().await?;
    shown.message = match query.done.as_deref() {
        Some("role") => Some(t!("account-role-changed")),
        Some("password") => Some(t!("account-password-set")),
        Some("revoked") => Some(t!("account-revoked")),
        Some("ended") => Some(t!("account-sessions-ended")),
        _ => None,
    };
    page(StatusCode::OK, &shown)
}

/// Sets another role.
pub(crate) async fn set_role(subject: Subject, form: web::Form<Role>) -> Answer {
    let role = match form.role.parse::<AccountRole>() {
        Ok(role) => role,
        Err(error) => return subject.refused("role", "role", Markup::escaped(error)).await,
    };
    let set = subject.manager().set_role(&subject.name, role).await;
    subject.done("role", set).await
}

/// Sets another password, which ends the account's sessions.
pub(crate) async fn set_password(subject: Subject, form: web::Form<Password>) -> Answer {
    match subject.manager().set_password(&subject.name, given(form.into_inner().password)).await {
        Ok(Some(secret)) => {
            let mut shown = subject.page().await?;
            let what = t!("account-secret-new-password").arg("name", &subject.name);
            shown.shown_once = Some(ShownOnce { what, secret });
            page(StatusCode::OK, &shown)
        }
        set => subject.done("password", set.map(drop)).await,
    }
}

/// Removes the account.
pub(crate) async fn remove(subject: Subject, form: web::Form<Removal>) -> Answer {
    if form.confirm.is_none() {
        let text = t!("account-remove-unconfirmed").into();
        return subject.refused("remove", "confirm", text).await;
    }
    match subject.manager().remove(&subject.name).await {
        Ok(()) => Ok(see_other("/accounts?done=removed")),
        Err(error) => {
            let FieldFault { text, .. } = fault(error)?;
            subject.refused("remove", "confirm", text).await
        }
    }
}

/// Adds a token, and shows it this once.
pub(crate) async fn add_token(subject: Subject, form: web::Form<Vec<(String, String)>>) -> Answer {
    let field = |name| values(&form, name).next().unwrap_or_default().trim();
    let scopes: Result<Vec<Permission>, UnknownWord> = values(&form, "scope").map(str::parse).collect();
    let role = Some(field("role")).filter(|role| !role.is_empty()).map(str::parse::<AccountRole>);
    let until = Some(field("until")).filter(|until| !until.is_empty());
    let wanted = (role.transpose(), scopes, Token::end(until, None));
    let added = match wanted {
        (Ok(role), Ok(scopes), Ok(expires)) => {
            let (account, name) = (subject.name.clone(), field("name").to_owned());
            let wanted = WantedToken { account, name, role, scopes, expires };
            match subject.manager().add_token(wanted).await {
                Ok(added) => Ok(added),
                Err(error) => Err(fault(error)?),
            }
        }
        (Err(error), _, _) => Err(FieldFault { field: "role", text: Markup::escaped(error) }),
        (_, Err(error), _) => Err(FieldFault { field: "scopes", text: Markup::escaped(error) }),
        (_, _, Err(error)) => Err(FieldFault { field: "until", text: Markup::escaped(error) }),
    };
    match added {
        Ok((token, secret)) => {
            let mut shown = subject.page().await?;
            shown.shown_once =
                Some(ShownOnce { what: t!("account-secret-token").arg("name", token.name), secret });
            page(StatusCode::OK, &shown)
        }
        Err(FieldFault { field: wrong, text }) => {
            let mut shown = subject.page().await?;
            shown.token_name = field("name").to_owned();
            shown.fault = Some(("token", FieldFault { field: wrong, text }));
            page(StatusCode::BAD_REQUEST, &shown)
        }
    }
}

/// Revokes a token.
pub(crate) async fn revoke_token(subject: Subject, form: web::Form<Revocation>) -> Answer {
    subject.manager().revoke_token(&subject.name, &form.token).await?;
    Ok(subject.back("revoked"))
}

/// Ends one session of the account, or all but the one that asks.
pub(crate) async fn end_sessions(subject: Subject, form: web::Form<End>) -> Answer {
    match form.session {
        Some(id) => subject.manager().end_session(id).await?,
        None => {
            let own = session::id(&subject.session);
            subject.manager().end_sessions(Some(&subject.name), own).await?;
        }
    }
    Ok(subject.back("ended"))
}

impl FromRequest for Subject {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = PageVisitor::from_request(request, payload);
        let session = request.get_session();
        let console = request.app_data::<web::Data<Console>>().cloned();
        let name = request.match_info().query("name").to_owned();
        Box::pin(async move {
            let PageVisitor(visitor) = visitor.await?;
            visitor.permitted(Permission::Administer)?;
            let console = console.ok_or(Denied::NotLoggedIn)?;
            Ok(Self { visitor, console, session, name })
        })
    }
}

impl Subject {
    fn manager(&self) -> AccountManager<'_> {
        AccountManager::new(&self.console, &self.visitor, Origin::Web)
    }

    fn back(&self, done: &str) -> HttpResponse {
        see_other(&format!("/accounts/{}?done={done}", self.name))
    }

    async fn page(&self) -> Result<AccountDetailPage, PageError> {
        let found = self.console.account_summary(&self.name, session::id(&self.session)).await;
        let Some(account) = found.map_err(Denied::from)? else {
            return Err(nothing(StatusCode::NOT_FOUND, t!("account-missing").arg("name", &self.name)));
        };
        Ok(AccountDetailPage {
            frame: Frame::of(&self.console, &self.visitor, "/accounts").await,
            own: self.visitor.account.as_ref() == Some(&account.name),
            account,
            message: None,
            shown_once: None,
            fault: None,
            token_name: String::new(),
        })
    }

    /// Back to the page where it was done, else the page with what is wrong beside its field.
    async fn done(&self, form: &'static str, done: Result<(), ManageError>) -> Answer {
        match done {
            Ok(()) => Ok(self.back(form)),
            Err(error) => {
                let FieldFault { field, text } = fault(error)?;
                self.refused(form, field, text).await
            }
        }
    }

    async fn refused(&self, form: &'static str, field: &'static str, text: Markup) -> Answer {
        let mut shown = self.page().await?;
        shown.fault = Some((form, FieldFault { field, text }));
        page(StatusCode::BAD_REQUEST, &shown)
    }
}

impl AccountDetailPage {
    /// Whether it is this form that was refused.
    fn refuses(&self, form: &str) -> bool {
        self.fault.as_ref().is_some_and(|(refused, _)| *refused == form)
    }

    fn fault_of(&self, form: &str, field: &str) -> Option<&Markup> {
        let (refused, fault) = self.fault.as_ref()?;
        (*refused == form && fault.field == field).then_some(&fault.text)
    }
}
