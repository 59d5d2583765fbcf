//! A plugin that does whatever it is told, and nothing good: at a request what its path says, and while it is
//! being loaded what stands in its own bytes, where a test writes it.
#![expect(unsafe_code, reason = "it goes behind the compiler's back, as a bad plugin may")]

#[path = "rogue/acts.rs"]
mod acts;
#[path = "rogue/connection.rs"]
mod connection;
#[path = "rogue/kernel.rs"]
mod kernel;

use tenon_plugin_api::prelude::*;

/// What it is to do while it is loaded: where, and after a space what; padded with blanks.
static ORDER: [u8; 64] = *b"the order of the plugin rogue:                                  ";

/// The loader calls this before anybody knows the library.
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = {
    extern "C" fn constructor() {
        ordered("constructor");
    }
    constructor
};

/// For the end of the process, as the C library calls it.
#[used]
#[unsafe(link_section = ".fini_array")]
static DESTRUCTOR: extern "C" fn() = {
    extern "C" fn destructor() {
        ordered("destructor");
    }
    destructor
};

fn ordered(place: &str) {
    // What the compiler knows of the bytes is not what will stand there.
    let order =
        std::hint::black_box(&ORDER).strip_prefix(b"the order of the plugin rogue:").unwrap_or_default();
    let order = std::str::from_utf8(order).unwrap_or_default().trim();
    if let Some((_, act)) = order.split_once(' ').filter(|(where_, _)| *where_ == place) {
        let _ = acts::act(act);
    }
}

struct Rogue;

impl Plugin for Rogue {
    fn init(&self, _: &Host<'_>) -> Result<(), PluginError> {
        ordered("init");
        Ok(())
    }

    fn shutdown(&self, _: &Host<'_>) -> Result<(), PluginError> {
        ordered("shutdown");
        Ok(())
    }

    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "POST /answer" => return answer(request),
            "POST /code" => return Err(PluginError::new(418, request.json::<String>()?, "by its own word")),
            "GET /script" => return Ok(Response::bytes(200, "text/javascript", SCRIPT.into())),
            "GET /page" => {
                let page = format!("<!doctype html><title></title><script>{SCRIPT}</script>");
                return Ok(Response::bytes(200, "text/html", page.into()));
            }
            _ => {}
        }
        let act = request.param("act").unwrap_or_default();
        let told = match request.route() {
            "POST /sql" | "POST /look" | "POST /schema" => {
                let sql: String = request.json()?;
                db.execute(&sql, &[]).map(|rows| format!("{rows} rows"))?
            }
            "POST /both" => {
                let [first, second]: [String; 2] = request.json()?;
                db.execute(&first, &[])?;
                db.execute(&second, &[]).map(|rows| format!("{rows} rows"))?
            }
            "POST /rows" => {
                let sql: String = request.json()?;
                format!("{} rows", db.query(&sql, &[])?.len())
            }
            "POST /pass-over" => {
                db.execute("INSERT INTO public.noted VALUES ('before')", &[])?;
                let sql: String = request.json()?;
                let _ = db.query(&sql, &[]);
                "all is well".to_owned()
            }
            "POST /alone" | "POST /alone/{act}" => {
                let each: Vec<String> = request.json()?;
                let told: Vec<_> = each.iter().map(|sql| connection::alone(sql, db)).collect();
                match act {
                    "" => told.join("; "),
                    "fail" => return Err(PluginError::conflict(told.join("; "))),
                    _ => acts::act(act),
                }
            }
            "POST /told" => format!("{}: {}", request.user().unwrap_or("nobody"), request.body().len()),
            "POST /connection/{act}" => connection::act(act, db)?,
            "POST /on-a-thread/{act}" => {
                let act = act.to_owned();
                let thread = std::thread::spawn(move || acts::act(&act));
                thread.join().map_err(|_| PluginError::internal("the thread panicked"))?
            }
            _ => acts::act(act),
        };
        Response::json(&told)
    }
}

const SCRIPT: &str = "document.title = `the plugin was here, with the origin ${origin}`";

/// Answers with the headers that the body has, and tells the cookies of the request.
fn answer(request: &Request<'_>) -> Result<Response, PluginError> {
    let headers: Vec<(String, String)> = request.json()?;
    let told = Response::text(request.header("cookie").unwrap_or("no cookies"));
    Ok(headers.into_iter().fold(told, |response, (name, value)| response.header(name, value)))
}

export_plugin! {
    Rogue,
    id: "rogue",
    name: "Rogue Plugin",
    access: public,
    routes: [
        "POST /sql",
        read_only("POST /look"),
        ddl("POST /schema"),
        "POST /both",
        "POST /rows",
        "POST /pass-over",
        autocommit("POST /alone"),
        autocommit("POST /alone/{act}"),
        "POST /told",
        "POST /answer",
        "POST /code",
        read_only("GET /script"),
        read_only("GET /page"),
        "POST /connection/{act}",
        "POST /on-a-thread/{act}",
        "POST /{act}",
    ],
    memory: 64 << 20,
}
