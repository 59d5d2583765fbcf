//! Functions that a plugin offers to those that require it, called in the caller's own transaction.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::contract::{FUNCTION_METHOD, RequestV1};
use crate::{Caller, Connection, Host, PluginError, Request, Response, current};

/// A function of another plugin, with the types of what goes in and what comes out.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tenon_plugin_api::PluginFunction;
/// use tenon_plugin_api::prelude::*;
///
/// #[derive(Serialize)]
/// struct Wanted {
///     sku: String,
///     qty: i32,
/// }
///
/// #[derive(Deserialize)]
/// struct Reserved {
///     left: i32,
/// }
///
/// const RESERVE: PluginFunction<Wanted, Reserved> = PluginFunction::new("inventory", "reserve");
///
/// fn order(db: &Connection<'_>) -> Result<i32, PluginError> {
///     Ok(db.call(&RESERVE, &Wanted { sku: "bolt".to_owned(), qty: 2 })?.left)
/// }
/// ```
pub struct PluginFunction<In: ?Sized, Out> {
    plugin: &'static str,
    name: &'static str,
    types: PhantomData<fn(&In) -> Out>,
}

/// What the host is asked for; the input stands behind it.
#[derive(Serialize)]
struct Asked {
    plugin: &'static str,
    function: &'static str,
}

/// What the host answers; the output stands behind it.
#[derive(Deserialize)]
struct Answered {
    error: Option<CalleeError>,
}

/// The error of the plugin that was called.
#[derive(Deserialize)]
struct CalleeError {
    status: u16,
    code: String,
    message: String,
}

impl<In: ?Sized, Out> PluginFunction<In, Out> {
    /// The function of this name of the plugin with this id. The calling plugin requires that one.
    pub const fn new(plugin: &'static str, name: &'static str) -> Self {
        Self { plugin, name, types: PhantomData }
    }
}

impl<In: ?Sized, Out> fmt::Debug for PluginFunction<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginFunction({} of {})", self.name, self.plugin)
    }
}

impl Connection<'_> {
    /// Calls a function of a plugin that this one requires, in this call's transaction. The host puts a
    /// savepoint around it: where it fails, what it did is undone, and this call may go on.
    ///
    /// # Errors
    ///
    /// The error of the function, with its status and code; what the host says where it cannot be called; and
    /// where what goes in or out is of another shape than either side thinks.
    pub fn call<In: Serialize + ?Sized, Out: DeserializeOwned>(
        &self,
        function: &PluginFunction<In, Out>,
        input: &In,
    ) -> Result<Out, PluginError> {
        let PluginFunction { plugin, name, .. } = *function;
        let input = serde_json::to_vec(input).map_err(|error| {
            PluginError::internal(format!("what goes to {name} of {plugin} has no JSON form: {error}"))
        })?;
        let asked = Asked { plugin, function: name };
        let answer = current::with(|host| Host::new(host, "").service("call", &asked, &input));
        let nowhere = || PluginError::internal("a function of another plugin is called within a call alone");
        let (answered, output): (Answered, _) = answer.ok_or_else(nowhere)??;
        match answered.error {
            Some(CalleeError { status, code, message }) => Err(PluginError::new(status, code, message)),
            None => serde_json::from_slice(&output).map_err(|error| {
                let told = format!("what comes from {name} of {plugin} cannot be read: {error}");
                PluginError::new(500, "call_output", told)
            }),
        }
    }
}

/// A call of a function that this plugin offers, by another plugin.
#[derive(Debug)]
pub struct Call<'a, In> {
    request: &'a Request<'a>,
    input: In,
}

impl<'a, In> Call<'a, In> {
    /// What goes in.
    pub fn input(&self) -> &In {
        &self.input
    }

    /// The id of the plugin that calls.
    pub fn plugin(&self) -> String {
        self.request.query_param("by").unwrap_or_default()
    }

    /// The caller of the route in which all this happens, as the host has verified them.
    pub fn caller(&self) -> Option<Caller<'a>> {
        self.request.caller()
    }

    /// The host: its log and the plugin's configuration.
    pub fn host(&self) -> &'a Host<'a> {
        self.request.host()
    }
}

/// The function's name that a call is for, if it is for one.
pub(crate) fn name_of<'a>(request: &RequestV1<'a>) -> Option<&'a str> {
    let is_one = request.method.as_str() == FUNCTION_METHOD;
    is_one.then(|| request.route.as_str().split_once(' ').map_or("", |(_, name)| name))
}

/// Has a function answer a call of it.
///
/// # Errors
///
/// The function's own, and where what goes in or comes out cannot be read or written.
pub fn offer<In: DeserializeOwned, Out: Serialize>(
    request: &Request<'_>,
    db: &Connection<'_>,
    function: fn(&Connection<'_>, &Call<'_, In>) -> Result<Out, PluginError>,
) -> Result<Response, PluginError> {
    let input = serde_json::from_slice(request.body()).map_err(|error| {
        let told = format!("what goes to the function cannot be read: {error}");
        PluginError::new(500, "call_input", told)
    })?;
    Response::json(&function(db, &Call { request, input })?)
}
