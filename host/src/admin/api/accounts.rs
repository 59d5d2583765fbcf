//! `/api/v1/accounts`: the accounts, for administrators.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::findings::body;
use super::{ApiError, ApiVisitor, own_session};
use crate::admin::account_manager::{AccountManager, ManageError};
use crate::admin::account_summary::AccountSummary;
use crate::admin::accounts::{self, AccountRole, AccountsError, Permission};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::admin::visitor::Denied;
use crate::audit::Origin;
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    name: String,
    #[schema(value_type = AccountRole)]
    role: String,
    /// Made, and told in the answer, where there is none.
    password: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedAccount {
    #[schema(value_type = Option<AccountRole>)]
    role: Option<String>,
    password: Option<String>,
}

/// The accounts, by name.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct AccountsAnswer {
    /// The version of this JSON.
    format: u32,
    accounts: Vec<AccountSummary>,
}

/// One account.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct AccountAnswer {
    /// The version of this JSON.
    format: u32,
    account: AccountSummary,
    /// The password, if it was made; told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// All accounts, with their tokens and sessions.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    tag = "accounts",
    extensions(("x-permission" = json!("administer"))),
    responses(
        (status = 200, description = "The accounts", body = AccountsAnswer),
    )
)]
pub(crate) async fn list(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    visitor.permitted(Permission::Administer)?;
    let listed = console.account_summaries(own_session(&request)).await.map_err(Denied::from)?;
    Ok(HttpResponse::Ok().json(AccountsAnswer { format: FORMAT, accounts: listed }))
}

/// One account: one's own, or for an administrator anybody's.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{name}",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("name" = String, Path, description = "The account's name")),
    responses(
        (status = 200, description = "The account", body = AccountAnswer),
        (status = 404, description = "There is no such account"),
    )
)]
pub(crate) async fn show(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    if !visitor.0.may_see_to(&name) {
        visitor.permitted(Permission::Administer)?;
    }
    Ok(HttpResponse::Ok().json(answer(summary(&console, &request, &name).await?, None)))
}

/// Adds an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    tag = "accounts",
    extensions(("x-permission" = json!("administer"))),
    request_body = NewAccount,
    responses(
        (status = 201, description = "It was added; `Location` is its address", body = AccountAnswer),
        (status = 400, description = "The body cannot be one, or what it asks for is refused"),
        (status = 409, description = "There is one of this name"),
        (status = 413, description = "The body is larger than 64 KiB"),
    )
)]
pub(crate) async fn add(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let NewAccount { name, role, password } = body(payload).await?;
    let manager = AccountManager::new(&console, &visitor.0, Origin::Api);
    let made = manager.add(&name, role_of(&role)?, password.map(SecretString::from)).await?;
    let added = summary(&console, &request, &name).await?;
    let location = format!("/api/v1/accounts/{name}");
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(answer(added, made)))
}

/// Sets another role, another password, or both.
#[utoipa::path(
    patch,
    path = "/api/v1/accounts/{name}",
    tag = "accounts",
    extensions(("x-permission" = json!("administer"))),
    params(("name" = String, Path, description = "The account's name")),
    request_body = ChangedAccount,
    responses(
        (status = 200, description = "The account as it is now", body = AccountAnswer),
        (status = 400, description = "The body cannot be one, or what it asks for is refused"),
        (status = 404, description = "There is no such account"),
        (status = 409, description = "It is the last administrator"),
        (status = 413, description = "The body is larger than 64 KiB"),
    )
)]
pub(crate) async fn change(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    name: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let ChangedAccount { role, password } = body(payload).await?;
    let password = password.map(SecretString::from);
    let role = role.as_deref().map(role_of).transpose()?;
    let manager = AccountManager::new(&console, &visitor.0, Origin::Api);
    if role.is_none() && password.is_none() {
        visitor.permitted(Permission::Administer)?;
        let problem =
            bad(ErrorCode::BadBody, "there is neither a role nor a password: nothing was changed".into());
        return Err(problem.into());
    }
    // Looked at first: where one of the two cannot be, nothing is changed.
    if let Some(password) = &password {
        accounts::check_password(password).map_err(AccountsError::from).map_err(ManageError::from)?;
    }
    if let Some(role) = role {
        manager.set_role(&name, role).await?;
    }
    if let Some(password) = password {
        manager.set_password(&name, Some(password)).await?;
    }
    Ok(HttpResponse::Ok().json(answer(summary(&console, &request, &name).await?, None)))
}

/// Removes an account, which ends its sessions and its tokens.
#[utoipa::path(
    delete,
    path = "/api/v1/accounts/{name}",
    tag = "accounts",
    extensions(("x-permission" = json!("administer"))),
    params(("name" = String, Path, description = "The account's name")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such account"),
        (status = 409, description = "It is the last administrator"),
    )
)]
pub(crate) async fn remove(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    AccountManager::new(&console, &visitor.0, Origin::Api).remove(&name).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn summary(console: &Console, request: &HttpRequest, name: &str) -> Result<AccountSummary, ApiError> {
    let found = console.account_summary(name, own_session(request)).await.map_err(Denied::from)?;
    let nobody =
        || Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoAccount, format!("there is no account {name}"));
    Ok(found.ok_or_else(nobody)?)
}

fn answer(account: AccountSummary, made: Option<SecretString>) -> AccountAnswer {
    AccountAnswer { format: FORMAT, account, password: made.map(|made| made.expose_secret().to_owned()) }
}

pub(super) fn role_of(text: &str) -> Result<AccountRole, ApiError> {
    text.parse().map_err(|error| bad(ErrorCode::BadRole, format!("{error}")).into())
}

pub(super) fn bad(code: ErrorCode, detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        let error = match error {
            ManageError::Denied(denied) => return denied.into(),
            ManageError::Interrupted(interrupted) => return interrupted.into(),
            ManageError::NoSession => {
                return Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoSession, error.to_string()).into();
            }
            ManageError::Refused(error) => error,
        };
        let status = match &error {
            AccountsError::NoSuchAccount { .. } | AccountsError::NoSuchToken { .. } => StatusCode::NOT_FOUND,
            AccountsError::Exists { .. }
            | AccountsError::TokenExists { .. }
            | AccountsError::NoAdministrator => StatusCode::CONFLICT,
            AccountsError::TokenAbove { .. } | AccountsError::ScopeAbove { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            AccountsError::Name { .. } | AccountsError::Password(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Problem::new(status, error.code(), error.to_string()).into()
    }
}
