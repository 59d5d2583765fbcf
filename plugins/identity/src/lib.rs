//! Accounts: who they are, and how others may refer to them.

mod account;

use serde::Deserialize;
use tenon_plugin_api::prelude::*;

use account::Account;

struct Identity;

impl Plugin for Identity {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /accounts" => Response::json(&account::list(db, request.query_param("email").as_deref())?),
            "POST /accounts" => create(request, db),
            "GET /accounts/{public_id}" => {
                let id: Uuid = request.param_as("public_id")?;
                let account = account::find(db, id)?;
                Response::json(
                    &account.ok_or_else(|| PluginError::not_found(format!("there is no account {id}")))?,
                )
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

#[derive(Deserialize)]
struct NewAccount {
    email: String,
    display_name: String,
}

fn create(request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
    let new: NewAccount = request.json()?;
    let account = account::insert(db, &new.email, &new.display_name).map_err(|error| {
        if error.is_duplicate() {
            PluginError::conflict(format!("there is an account with the address {} already", new.email))
        } else if error.is_check_violation() {
            PluginError::bad_request(format!("{:?} is no e-mail address", new.email))
        } else {
            error
        }
    })?;
    request.host().info("account created", &[("account", &account.public_id)]);
    Response::json_with(201, &account)
}

export_plugin! {
    Identity,
    id: "identity",
    name: "Identity Plugin",
    access: public,
    routes: ["GET /accounts", "POST /accounts", "GET /accounts/{public_id}"],
    entities: [Account],
    migrations: "migrations",
    lock: "tenon.lock",
}
