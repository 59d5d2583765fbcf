//! `/api/v1/tokens`: API tokens, by their ids `account:name`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::accounts::{bad, role_of};
use super::findings::body;
use super::{ApiError, ApiVisitor};
use crate::admin::account_manager::{AccountManager, WantedToken};
use crate::admin::account_summary::TokenSummary;
use crate::admin::accounts::{AccountRole, Permission, Token, UnknownWord};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::admin::visitor::Denied;
use crate::audit::Origin;
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// One's own unless said otherwise.
    account: Option<String>,
    name: String,
    #[schema(value_type = Option<AccountRole>)]
    role: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<Permission>)]
    scopes: Vec<String>,
    /// To the end of this day in UTC, or to this very time.
    until: Option<String>,
    /// For so long, such as `30d`; 90 days where neither is said.
    #[serde(rename = "for")]
    lasting: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    account: Option<String>,
}

/// The tokens, without their texts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokensAnswer {
    /// The version of this JSON.
    format: u32,
    tokens: Vec<TokenSummary>,
}

/// A token that was added.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct MadeToken {
    /// The version of this JSON.
    format: u32,
    /// `account:name`.
    id: String,
    account: String,
    name: String,
    role: AccountRole,
    scopes: Vec<Permission>,
    created: Timestamp,
    expires: Timestamp,
    /// What a program sends as `Authorization: Bearer`; told this once.
    token: String,
}

/// The tokens of one account or of all: for an administrator; one's own for everybody.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("account" = Option<String>, Query, description = "One account; without it all that one may see")),
    responses(
        (status = 200, description = "The tokens", body = TokensAnswer),
        (status = 400, description = "A parameter cannot be one"),
    )
)]
pub(crate) async fn list(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let wanted = query.into_inner().account;
    if wanted.as_deref().is_some_and(|account| !visitor.0.may_see_to(account)) {
        visitor.permitted(Permission::Administer)?;
    }
    let accounts = console.account_summaries(None).await.map_err(Denied::from)?;
    let seen = accounts.into_iter().filter(|account| {
        wanted.as_ref().is_none_or(|wanted| account.name == *wanted) && visitor.0.may_see_to(&account.name)
    });
    let tokens: Vec<_> = seen.flat_map(|account| account.tokens).collect();
    Ok(HttpResponse::Ok().json(TokensAnswer { format: FORMAT, tokens }))
}

/// Adds a token. The answer has what a program has to send, this once.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    request_body = NewToken,
    responses(
        (status = 201, description = "It was added; `Location` is its address", body = MadeToken),
        (status = 400, description = "The body cannot be one, or what it asks for is refused"),
        (status = 404, description = "There is no such account"),
        (status = 409, description = "There is one of this name"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 422, description = "It would permit more than its account, or than what asks"),
    )
)]
pub(crate) async fn add(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let NewToken { account, name, role, scopes, until, lasting } = body(payload).await?;
    if until.is_some() && lasting.is_some() {
        return Err(bad(ErrorCode::BadExpiry, "say until or for, and not both".to_owned()).into());
    }
    let expires = Token::end(until.as_deref(), lasting.as_deref()).map_err(|error| {
        bad(ErrorCode::BadExpiry, error.to_string()).remedy("give a time up to 366 days from now")
    })?;
    let scopes: Result<Vec<Permission>, UnknownWord> = scopes.iter().map(|scope| scope.parse()).collect();
    let scopes = scopes.map_err(|error| bad(ErrorCode::BadScope, error.to_string()))?;
    let Some(account) = account.or_else(|| visitor.0.account.clone()) else {
        return Err(bad(ErrorCode::BadBody, "say whose token it is: account is missing".to_owned()).into());
    };
    let role = role.as_deref().map(role_of).transpose()?;
    let wanted = WantedToken { account: account.clone(), name, role, scopes, expires };
    let (token, secret) = AccountManager::new(&console, &visitor.0, Origin::Api).add_token(wanted).await?;
    let id = format!("{account}:{}", token.name);
    let location = format!("/api/v1/tokens/{id}");
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(MadeToken {
        format: FORMAT,
        id,
        account,
        name: token.name,
        role: token.role,
        scopes: token.scopes,
        created: token.created,
        expires,
        token: secret.expose_secret().to_owned(),
    }))
}

/// Revokes a token, which counts at once.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("id" = String, Path, description = "`account:name`")),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 404, description = "There is no such token"),
    )
)]
pub(crate) async fn revoke(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let Some((account, name)) = id.split_once(':') else {
        let detail = format!("there is no token {:?}: an id is ACCOUNT:NAME", id.as_str());
        return Err(Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoToken, detail).into());
    };
    AccountManager::new(&console, &visitor.0, Origin::Api).revoke_token(account, name).await?;
    Ok(HttpResponse::NoContent().finish())
}
