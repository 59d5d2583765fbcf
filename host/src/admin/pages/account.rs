//! One's own account: the password, and the sessions. An administrator sees the sessions of all.

use std::sync::Arc;

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::findings::nothing;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::account_manager::AccountManager;
use crate::admin::accounts::{AccountsError, Permission, Token};
use crate::admin::basic::Credentials;
use crate::admin::console::Console;
use crate::admin::session::{self, LiveSession, LoginMethod, SessionOwner};
use crate::admin::strings::{Markup, Text, t};
use crate::admin::visitor::{self, Denied, Visitor, Voucher};
use crate::audit::{Action, Actor, Origin};
use crate::support::state_dir;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    visitor: Visitor,
    /// What came of the last form, and whether that was good.
    message: Option<(bool, Text)>,
    sessions: Vec<Row>,
    tokens: Vec<Token>,
}

/// One session, and whether it is the one that looks.
struct Row {
    id: Uuid,
    session: LiveSession,
    own: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    /// What was done before.
    done: Option<String>,
}

/// The page.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    session: Session,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let message = match query.done.as_deref() {
        Some("password") => Some((true, t!("account-password-changed"))),
        Some("ended") => Some((true, t!("account-session-ended"))),
        _ => None,
    };
    draw(StatusCode::OK, visitor, &console, &session, message).await
}

#[derive(Deserialize)]
pub(crate) struct Change {
    current: String,
    new: String,
    again: String,
}

/// Sets another password, if the current one is right. All other sessions of the account end.
pub(crate) async fn change_password(
    PageVisitor(visitor): PageVisitor,
    request: HttpRequest,
    console: web::Data<Console>,
    session: Session,
    form: web::Form<Change>,
) -> Result<HttpResponse, PageError> {
    let Change { current, new, again } = form.into_inner();
    let Some(own) = visitor.account.clone() else {
        return Err(nothing(StatusCode::CONFLICT, t!("account-elsewhere")));
    };
    if new != again {
        let message = Some((false, t!("account-differ")));
        return draw(StatusCode::BAD_REQUEST, visitor, &console, &session, message).await;
    }
    let credentials = Credentials { name: own.clone(), password: current.into() };
    match visitor::log_in(&console, &request, &credentials).await {
        Ok(_) => {}
        Err(Denied::WrongCredentials) => {
            let message = Some((false, t!("account-wrong-password")));
            return draw(StatusCode::BAD_REQUEST, visitor, &console, &session, message).await;
        }
        Err(other) => return Err(other.into()),
    }
    let (accounts, name, new) = (console.accounts.clone(), own.clone(), SecretString::from(new));
    let changed = state_dir::off_workers(move || accounts.set_password(&name, &new)).await;
    match changed.map_err(|error| nothing(StatusCode::INTERNAL_SERVER_ERROR, Markup::escaped(error)))? {
        Ok(()) => {}
        Err(AccountsError::Password(error)) => {
            let message = Some((false, t!("account-nothing-changed").arg("why", error)));
            return draw(StatusCode::BAD_REQUEST, visitor, &console, &session, message).await;
        }
        Err(error) => return Err(Denied::from(error).into()),
    }
    tracing::info!(admin = visitor.name, "a password was changed on the page");
    // Their cookies hold no longer, since the account's stamp is another one.
    let mut others = console.sessions.list(&console.host).await;
    others.retain(|(_, live)| live.account == own);
    console.sessions.end_others(&console.host, &others).await;
    if let Some(account) = console.accounts.find(&own).await.map_err(Denied::from)? {
        let owner = SessionOwner::from(&account);
        let from = LiveSession::of(&owner, &request, console.proxy);
        console.sessions.begin(&console.host, &session, owner, from).await;
    }
    let by = Actor::new(visitor.name, Origin::Web);
    let host = Arc::clone(&console.host);
    let action = Action::ChangePassword { account: own };
    console.run(async move { host.record(&by, action, None).await }).await?;
    Ok(see_other("/account?done=password"))
}

#[derive(Debug, Deserialize)]
pub(crate) struct End {
    session: Uuid,
}

/// Ends a session: one's own, or for an administrator anybody's.
pub(crate) async fn end_session(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<End>,
) -> Result<HttpResponse, PageError> {
    AccountManager::new(&console, &visitor, Origin::Web).end_session(form.session).await?;
    Ok(see_other("/account?done=ended"))
}

async fn draw(
    status: StatusCode,
    visitor: Visitor,
    console: &Console,
    session: &Session,
    message: Option<(bool, Text)>,
) -> Result<HttpResponse, PageError> {
    let own = session::id(session);
    let all = visitor.may(Permission::Administer);
    let sessions = console.sessions.list(&console.host).await.into_iter();
    let sessions = sessions.filter(|(_, live)| all || visitor.own_sessions() == Some(live.account.as_str()));
    let sessions = sessions.map(|(id, session)| Row { id, session, own: own == Some(id) }).collect();
    let account = match &visitor.account {
        Some(own) => console.accounts.find(own).await.map_err(Denied::from)?,
        None => None,
    };
    let tokens = account.map(|account| account.tokens().to_vec()).unwrap_or_default();
    let frame = Frame::of(console, &visitor, "/account").await;
    page(status, &AccountPage { frame, visitor, message, sessions, tokens })
}
