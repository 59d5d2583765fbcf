//! Callers of routes: verified by the host in every way there is, and refused where anything is wrong.

mod sample;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};
use tenon_tests::{Pooler, ServeProcess, SigningKey, World, claims, write_key_set};

const ISSUER: &str = "https://login.example.com/shop";
const AUDIENCE: &str = "shop";

/// The address of the proxy in these tests, and one that is anybody's.
const PROXY: &str = "127.0.0.2";
const ANYBODY: &str = "127.0.0.1";

const MINE: &str = "GET /plugins/callers/mine";
const OPEN: &str = "GET /plugins/callers/open";
const OPS: &str = "GET /plugins/callers/ops";

/// The plugins, healed, with this of the configuration.
fn world(set: &str) -> World {
    let world = World::with(&["callers", "keeper"]);
    // Built with the first SDK, which knew of no callers.
    world.install_as("inventory_of_generation_1", "libinventory.so");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set(set);
    world
}

/// A world that takes the tokens of an issuer with these keys.
fn of_issuer(algorithms: &[Algorithm], more: &str) -> (World, Vec<SigningKey>) {
    let world = world("");
    let keys: Vec<_> = algorithms
        .iter()
        .enumerate()
        .map(|(at, algorithm)| SigningKey::new(world.path(), &format!("key-{at}"), *algorithm))
        .collect();
    write_key_set(&world.path().join("keys.json"), &keys.iter().collect::<Vec<_>>());
    world.set(&format!(
        "[[callers.jwt]]\nissuer = \"{ISSUER}\"\naudience = [\"{AUDIENCE}\", \"other\"]\njwks_file = \"keys.json\"\n{more}"
    ));
    (world, keys)
}

/// Asks with these headers from that address: the status, and the answer.
fn ask(serving: &ServeProcess, from: &str, line: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let answer = serving.ask_from(from, line, headers, &Value::Null);
    (answer.status, answer.json())
}

fn with_token(serving: &ServeProcess, line: &str, token: &str) -> (u16, Value) {
    ask(serving, ANYBODY, line, &[("Authorization", &format!("Bearer {token}"))])
}

/// The status, the code and the reason of a refusal.
fn refused((status, problem): (u16, Value)) -> (u16, String, String) {
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("reason"))
}

fn refusal(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

#[test]
fn without_a_verifier_a_route_for_callers_is_401_and_says_what_to_configure() {
    let world = world("");
    let serving = world.serve();
    let answer = serving.get("/plugins/callers/mine").expect_status(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"tenon\""));
    let problem = answer.json();
    assert_eq!((&problem["code"], &problem["reason"]), (&json!("caller_required"), &json!("missing")));
    let remedy = problem["remedy"].as_str().unwrap();
    for told in ["[[callers.jwt]]", "[callers.proxy]", "callers.development"] {
        assert!(remedy.contains(told), "{remedy}");
    }
    // A public one answers, and so does a plugin of an SDK that knew of no callers.
    let (status, told) = ask(&serving, ANYBODY, OPEN, &[]);
    assert_eq!((status, &told["caller"]), (200, &Value::Null));
    serving.get("/plugins/inventory/items").expect_status(200);
    // Nobody is here to whom this header says anything.
    assert_eq!(with_token(&serving, OPEN, "whatever").0, 200);
    assert_eq!(refused(with_token(&serving, MINE, "whatever")).1, "caller_required");
    let doctor = world.tenon(&["doctor"]).out;
    assert!(doctor.contains("it knows nobody but who is logged in to the console: callers "), "{doctor}");
    assert!(
        serving.metric("tenon_callers_refused_total{reason=\"missing\"}").is_some_and(|count| count >= 2.0)
    );
}

#[test]
fn a_token_of_the_issuer_names_the_caller_by_every_algorithm() {
    let algorithms = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
    let (world, keys) = of_issuer(&algorithms, "admin_scopes = [\"ops\"]\nsubject_prefix = \"shop:\"");
    let serving = world.serve();
    for key in &keys {
        let token = key.token(&claims(ISSUER, AUDIENCE, "ada"));
        for line in [MINE, OPEN, MINE] {
            let (status, told) = with_token(&serving, line, &token);
            let caller = &told["caller"];
            assert_eq!((status, &caller["subject"]), (200, &json!("shop:ada")), "{key:?}: {told}");
            assert_eq!((&caller["name"], &caller["how"]), (&json!("Ada L."), &json!("jwt")));
            assert_eq!(
                (&caller["scopes"], &caller["claims"]["org"]),
                (&json!(["notes", "orders"]), &json!(7))
            );
            assert_eq!((&told["authorization"], &told["user"]), (&Value::Null, &Value::Null));
        }
        let challenge = refused(with_token(&serving, OPS, &token));
        assert_eq!(challenge, refusal(403, "administrators_only", "not_administrator"));
    }
    let mut ops = claims(ISSUER, "other", "ada");
    ops["scope"] = json!(["ops"]);
    let (status, told) = with_token(&serving, OPS, &keys[3].token(&ops));
    assert_eq!((status, &told["caller"]["admin"]), (200, &json!(true)));
    drop(world);
}

#[test]
fn a_token_with_anything_wrong_is_401_on_every_route_that_knows_of_callers() {
    let (world, keys) =
        of_issuer(&[Algorithm::RS256, Algorithm::EdDSA], "algorithms = [\"RS256\", \"EdDSA\"]");
    let [rsa, key] = keys.as_slice() else { panic!("{keys:?}") };
    let foreign = SigningKey::new(world.path(), "foreign", Algorithm::EdDSA);
    let serving = world.serve();
    let good = claims(ISSUER, AUDIENCE, "ada");
    let but = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        if claims[name].is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        key.token(&claims)
    };
    let now = good["iat"].as_u64().unwrap();
    let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |alg: &str| format!("{}.{}.", encoded(json!({ "alg": alg })), encoded(good.clone()));
    let (head, signature) =
        (Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::EdDSA) }, key.token(&good));
    let signature = signature.rsplit_once('.').unwrap().1.to_owned();
    let public = std::fs::read(world.path().join("keys.json")).unwrap();
    let tampered = format!(
        "{}.{}.{signature}",
        encoded(json!({ "alg": "EdDSA" })),
        encoded(claims(ISSUER, AUDIENCE, "eve"))
    );
    for (reason, token) in [
        ("expired", but("exp", json!(now - 100))),
        ("not_yet", but("nbf", json!(now + 300))),
        ("issuer", but("iss", json!("https://evil.example"))),
        ("issuer", but("iss", json!([ISSUER]))),
        ("audience", but("aud", json!("somebody"))),
        ("claims", but("aud", Value::Null)),
        ("claims", but("exp", Value::Null)),
        ("claims", but("sub", Value::Null)),
        ("claims", but("sub", json!(""))),
        ("claims", but("sub", json!("a\u{202e}b"))),
        ("key", foreign.token(&good)),
        ("signature", foreign.token_with(&head, &good)),
        ("signature", foreign.token_with(&Header::new(Algorithm::EdDSA), &good)),
        ("signature", tampered),
        (
            "key",
            key.token_with(&Header { kid: Some(rsa.id.clone()), ..Header::new(Algorithm::EdDSA) }, &good),
        ),
        ("algorithm", unsigned("none")),
        ("malformed", unsigned("None")),
        ("malformed", unsigned("EdDSA")),
        ("algorithm", SigningKey::shared(&public).token(&good)),
        ("malformed", "a.b.c".to_owned()),
        ("malformed", "nonsense".to_owned()),
        ("malformed", format!("{}x.", "a".repeat(20_000))),
    ] {
        for line in [MINE, OPEN] {
            let told = refused(with_token(&serving, line, &token));
            assert_eq!(told, refusal(401, "caller_refused", reason), "{line} with {token}");
        }
    }
    // It is told as RFC 6750 says.
    let header = format!("Bearer {}", but("exp", json!(now - 100)));
    let answer = serving.ask_from(ANYBODY, MINE, &[("Authorization", &header)], &Value::Null);
    let challenge = answer.header("www-authenticate").unwrap();
    assert_eq!(challenge, "Bearer realm=\"tenon\", error=\"invalid_token\", error_description=\"expired\"");
    assert!(serving.metric("tenon_callers_refused_total{reason=\"signature\"}").is_some());
    // What a plugin of before gets is what it got.
    assert_eq!(
        serving
            .ask_from(ANYBODY, "GET /plugins/inventory/items", &[("Authorization", &header)], &Value::Null)
            .status,
        200
    );
    assert_eq!(with_token(&serving, MINE, &key.token(&good)).0, 200, "and a good one is good");
}

#[test]
fn keys_are_read_again_for_one_that_is_new_and_by_a_reload_which_forgets_those_that_are_gone() {
    let (world, keys) = of_issuer(&[Algorithm::EdDSA], "");
    let old = keys[0].token(&claims(ISSUER, AUDIENCE, "ada"));
    let serving = world.serve();
    assert_eq!(with_token(&serving, MINE, &old).0, 200);
    let new = SigningKey::new(world.path(), "new", Algorithm::EdDSA);
    let token = new.token(&claims(ISSUER, AUDIENCE, "ada"));
    write_key_set(&world.path().join("keys.json"), &[&new]);
    // Not sooner than after ten seconds, for anybody can name a key.
    assert_eq!(refused(with_token(&serving, MINE, &token)).2, "key");
    assert_eq!(with_token(&serving, MINE, &old).0, 200);
    serving.signal("HUP");
    let is_read = |text: &str| text.contains("the configuration was read again");
    serving.logged("the reload", |event| event["message"].as_str().is_some_and(is_read));
    assert_eq!(refused(with_token(&serving, MINE, &old)).2, "key");
    assert_eq!(with_token(&serving, MINE, &token).0, 200);
}

#[test]
fn a_secret_that_both_have_is_for_tokens_of_that_issuer_alone() {
    let world = world("");
    std::fs::write(world.path().join("secret"), "0123456789abcdef0123456789abcdef\n").unwrap();
    world.set(&format!(
        "[[callers.jwt]]\nissuer = \"{ISSUER}\"\naudience = [\"{AUDIENCE}\"]\nkey_file = \"secret\""
    ));
    let serving = world.serve();
    let token = |secret: &[u8]| SigningKey::shared(secret).token(&claims(ISSUER, AUDIENCE, "ada"));
    assert_eq!(with_token(&serving, MINE, &token(b"0123456789abcdef0123456789abcdef")).0, 200);
    assert_eq!(refused(with_token(&serving, MINE, &token(b"another"))).2, "signature");
}

#[test]
fn a_proxys_word_counts_from_the_proxy_alone_and_no_header_makes_a_caller_elsewhere() {
    let world = world(
        "[callers.proxy]\nuser_header = \"X-Auth-User\"\ngroups_header = \"X-Auth-Groups\"\n\
         trusted = [\"127.0.0.2/32\"]\nadmin_groups = [\"ops\"]",
    );
    let serving = world.serve();
    let ada = [("X-Auth-User", "ada"), ("X-Auth-Groups", "notes, ops")];
    let (status, told) = ask(&serving, PROXY, OPS, &ada);
    assert_eq!(
        (status, &told["caller"]["subject"], &told["caller"]["how"]),
        (200, &json!("ada"), &json!("proxy"))
    );
    assert_eq!(told["proxy"], Value::Null, "the proxy's header is for the host alone");
    let required = refusal(401, "caller_required", "missing");
    assert_eq!(refused(ask(&serving, ANYBODY, MINE, &ada)), required);
    let (status, told) = ask(&serving, ANYBODY, OPEN, &ada);
    assert_eq!((status, &told["caller"], &told["proxy"]), (200, &Value::Null, &Value::Null));
    let forwarded = [ada[0], ("X-Forwarded-For", PROXY), ("Forwarded", "for=127.0.0.2")];
    assert_eq!(refused(ask(&serving, ANYBODY, MINE, &forwarded)), required);
    let twice = [("X-Auth-User", "eve"), ada[0]];
    assert_eq!(refused(ask(&serving, PROXY, MINE, &twice)), refusal(401, "caller_refused", "proxy"));
    // Another site's page makes a browser send what the proxy adds to.
    let foreign = [ada[0], ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(refused(ask(&serving, PROXY, "POST /plugins/callers/mine", &foreign)).1, "cross_site");
    assert_eq!(ask(&serving, PROXY, "POST /plugins/callers/open", &foreign).1["caller"], Value::Null);
    // The name under which the host tells who calls is none of a header.
    let caller = json!({ "subject": "eve", "how": "jwt", "admin": true });
    for name in [":caller", " :caller", "\t:caller"] {
        let said =
            serving.ask_as_it_stands(&format!("GET /plugins/callers/mine HTTP/1.1\r\n{name}: {caller}"));
        assert!(said.starts_with("HTTP/1.1 400") || said.starts_with("HTTP/1.1 401"), "{name:?}: {said}");
    }
}

#[test]
fn the_consoles_sessions_and_tokens_are_callers_with_the_rights_of_their_accounts() {
    let world = world("");
    let add = |arguments: &[&str]| {
        world.tenon(&[&["admin"], arguments, &["--as", "ops", "--json"]].concat()).expect_code(0).json()
    };
    let serving = world.serve();
    drop(add(&["add", "vera", "--role", "viewer", "--generate"]));
    let token = |account: &str, name: &str, more: &[&str]| {
        let made = add(&[&["token", "add", account, name], more].concat());
        made["token"].as_str().unwrap().to_owned()
    };
    let (vera, admin) = (token("vera", "t", &[]), token("admin", "t", &[]));
    let narrow = token("admin", "narrow", &["--scope", "read"]);
    let (status, told) = with_token(&serving, MINE, &vera);
    assert_eq!(
        (status, &told["caller"]["subject"], &told["caller"]["how"]),
        (200, &json!("vera"), &json!("token"))
    );
    assert_eq!(
        (&told["caller"]["scopes"], &told["authorization"]),
        (&json!(["read", "check"]), &Value::Null)
    );
    assert_eq!(with_token(&serving, OPS, &admin).0, 200);
    for token in [&vera, &narrow] {
        assert_eq!(
            refused(with_token(&serving, OPS, token)),
            refusal(403, "administrators_only", "not_administrator")
        );
    }
    for line in [MINE, OPEN] {
        let unknown =
            refused(with_token(&serving, line, "tenon_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert_eq!(unknown, refusal(401, "caller_refused", "unknown_token"));
    }
    let cookie = serving.session();
    let session = [("Cookie", cookie.as_str())];
    let (status, told) = ask(&serving, ANYBODY, OPS, &session);
    assert_eq!((status, &told["caller"]["how"], &told["user"]), (200, &json!("session"), &json!("admin")));
    // Another site's page makes a browser send the cookie.
    let post = "POST /plugins/callers/mine";
    let own = [session[0], ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(ask(&serving, ANYBODY, post, &own).0, 200);
    for foreign in [
        &[session[0]][..],
        &[session[0], ("Sec-Fetch-Site", "cross-site")],
        &[session[0], ("Origin", "https://evil.example")],
    ] {
        assert_eq!(refused(ask(&serving, ANYBODY, post, foreign)).1, "cross_site", "{foreign:?}");
        let (status, told) = ask(&serving, ANYBODY, "POST /plugins/callers/open", foreign);
        assert_eq!((status, &told["caller"], &told["user"]), (200, &Value::Null, &Value::Null));
    }
}

#[test]
fn whoever_does_not_want_the_consoles_people_as_callers_switches_that_off() {
    let world = world("[callers]\nconsole = false");
    let serving = world.serve();
    let cookie = serving.session();
    assert_eq!(refused(ask(&serving, ANYBODY, MINE, &[("Cookie", &cookie)])).1, "caller_required");
    let made =
        world.tenon(&["admin", "token", "add", "admin", "t", "--as", "ops", "--json"]).expect_code(0).json();
    assert_eq!(refused(with_token(&serving, MINE, made["token"].as_str().unwrap())).2, "unknown_token");
}

#[test]
fn the_caller_for_development_is_whoever_asks_this_machine_and_no_other_sites_page() {
    let world = world("[callers]\ndevelopment = \"dev\"");
    let serving = world.serve();
    let (status, told) = ask(&serving, ANYBODY, MINE, &[]);
    assert_eq!(
        (status, &told["caller"]["subject"], &told["caller"]["how"]),
        (200, &json!("dev"), &json!("development"))
    );
    assert_eq!(refused(ask(&serving, ANYBODY, OPS, &[])).0, 403);
    // A name that somebody has made to lead here.
    assert_eq!(ask(&serving, ANYBODY, MINE, &[("Host", "evil.example")]).0, 401);
    let foreign = [("Origin", "https://evil.example")];
    assert_eq!(refused(ask(&serving, ANYBODY, "POST /plugins/callers/mine", &foreign)).1, "cross_site");
}

#[test]
fn a_plugin_gets_the_credentials_that_it_asks_for_and_none_of_the_consoles() {
    let (world, keys) = of_issuer(&[Algorithm::EdDSA], "");
    let serving = world.serve();
    let cookie = serving.session();
    let token = format!("Bearer {}", keys[0].token(&claims(ISSUER, AUDIENCE, "ada")));
    let cookies = format!("{cookie}; keeper.basket=1; callers.other=2; theme=dark");
    let of = |line: &str, authorization: &str| {
        let headers = [("Authorization", authorization), ("Cookie", &cookies)];
        let (status, told) = ask(&serving, ANYBODY, line, &headers);
        (status, told["authorization"].clone(), told["cookie"].clone(), told["caller"].clone())
    };
    let (open, mine) = ("GET /plugins/keeper/open", "GET /plugins/keeper/mine");
    let both = json!("basket=1; theme=dark");
    assert_eq!(of(mine, &token), (200, json!(token), both.clone(), json!("ada")));
    // A key of the plugin's own is no caller, and passes.
    assert_eq!(of(open, "Bearer of-its-own"), (200, json!("Bearer of-its-own"), both.clone(), Value::Null));
    assert_eq!(of(open, "Basic ZXZlOng="), (200, json!("Basic ZXZlOng="), both.clone(), json!("admin")));
    // An account of the console's, with a password of whatever kind.
    assert_eq!(
        of(open, serving.basic().trim_start_matches("authorization: ")),
        (200, Value::Null, both.clone(), json!("admin"))
    );
    let made =
        world.tenon(&["admin", "token", "add", "admin", "t", "--as", "ops", "--json"]).expect_code(0).json();
    let api = format!("Bearer {}", made["token"].as_str().unwrap());
    assert_eq!(of(open, &api), (200, Value::Null, both, json!("admin")));
    // Who asks for nothing has its own cookies.
    let headers = [("Authorization", token.as_str()), ("Cookie", &cookies)];
    let (status, told) = ask(&serving, ANYBODY, MINE, &headers);
    assert_eq!((status, &told["authorization"], &told["cookie"]), (200, &Value::Null, &json!("other=2")));
}

/// A world in which each plugin is a role of its own, and a proxy says who calls.
fn with_roles() -> World {
    let world = World::with(&["callers"]);
    world.isolate();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"127.0.0.2/32\"]");
    world
}

/// Asks as this caller, or as nobody.
fn as_caller(serving: &ServeProcess, caller: Option<&str>, line: &str, body: &Value) -> (u16, Value) {
    let line = line.replacen(" /", " /plugins/callers/", 1);
    let header = caller.map(|caller| ("X-Auth-User", caller));
    let answer = serving.ask_from(PROXY, &line, header.as_slice(), body);
    (answer.status, answer.json())
}

#[test]
fn rows_are_told_by_who_calls_however_a_statement_is_sent_and_nothing_of_a_caller_stays() {
    let world = with_roles();
    let serving = world.serve();
    let (ada, eve, nobody) = (Some("ada"), Some("o'\\eve"), None);
    let (null, note) = (&Value::Null, |text: &str| json!({ "text": text }));
    assert_eq!(as_caller(&serving, ada, "POST /notes", &note("a")), (201, json!("ada")));
    assert_eq!(as_caller(&serving, ada, "POST /notes/at-once", &note("b")), (201, json!("ada")));
    assert_eq!(as_caller(&serving, eve, "POST /notes/at-once", &note("c")), (201, json!("o'\\eve")));
    // From the second time on such a statement goes without a transaction.
    for _ in 0..5 {
        assert_eq!(as_caller(&serving, ada, "GET /notes", null), (200, json!(["a", "b"])));
        assert_eq!(as_caller(&serving, nobody, "GET /notes", null), (200, json!([])));
        assert_eq!(as_caller(&serving, eve, "GET /notes", null), (200, json!(["c"])));
        assert_eq!(as_caller(&serving, nobody, "GET /who", null), (200, Value::Null));
        assert_eq!(as_caller(&serving, ada, "GET /who", null), (200, json!("ada")));
        assert_eq!(as_caller(&serving, nobody, "GET /notes", null), (200, json!([])));
    }
    assert_eq!(as_caller(&serving, nobody, "POST /notes", &note("d")).0, 401);
}

#[test]
fn no_statement_of_a_route_changes_who_calls() {
    let world = with_roles();
    let serving = world.serve();
    let attempts = [
        "SET tenon.caller = 'eve'",
        "SET SESSION \"tenon.caller\" = 'eve'",
        "SET LOCAL tenon.caller = 'eve'",
        "SET LOCAL \"Tenon\".\"caller\" TO DEFAULT",
        "RESET tenon.caller",
        "RESET ALL",
        "DISCARD ALL",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SELECT set_config('tenon.caller', 'eve', true)",
        "SELECT pg_catalog.set_config('TENON.' || 'caller', 'eve', false)",
        "WITH x AS (SELECT set_config('tenon.caller', 'eve', true)) SELECT * FROM x",
        "SELECT query_to_xml('SELECT set_config(''tenon.caller'', ''eve'', true)', true, true, '')",
        "UPDATE pg_settings SET setting = 'eve' WHERE name = 'tenon.caller'",
        "DO $$ BEGIN PERFORM set_config('tenon.caller', 'eve', true); END $$",
        "ALTER ROLE CURRENT_USER SET tenon.caller = 'eve'",
        "CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET tenon.caller = 'eve'; END $$",
        "PREPARE x AS SELECT set_config('tenon.caller', 'eve', true)",
        "ROLLBACK",
        "COMMIT",
    ];
    let (status, told) = as_caller(&serving, Some("ada"), "POST /tried", &json!({ "sql": attempts }));
    assert_eq!((status, &told["caller"]), (200, &json!("ada")), "{told:#}");
    for (sql, said) in attempts.iter().zip(told["told"].as_array().unwrap()) {
        assert_ne!(said, "done", "{sql}");
    }
}

/// The library of this plugin has the setting's name nowhere: what it sends is in the requests.
#[test]
fn nothing_is_said_to_sql_that_does_not_ask_and_what_asks_by_a_hidden_name_is_never_told_that_nobody_calls() {
    for roles in [true, false] {
        let world = World::with(&["rogue"]);
        if roles {
            world.isolate();
        }
        world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
        world.set("[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"127.0.0.2/32\"]");
        let serving = world.serve();
        let rows = |caller: Option<&str>, condition: &str| {
            let header = caller.map(|caller| ("X-Auth-User", caller));
            let sql = json!(format!("SELECT WHERE {condition}"));
            let answer = serving.ask_from(PROXY, "POST /plugins/rogue/rows", header.as_slice(), &sql);
            (answer.status, serving.why(&answer))
        };
        let one = (200, "\"1 rows\"".to_owned());
        let (ada, nobody) = (Some("ada"), None);
        let unsaid = "current_setting('ten' || 'on.caller') = ' unsaid'";
        assert_eq!([rows(ada, unsaid), rows(nobody, unsaid)], [one.clone(), one.clone()]);
        // It fails, and the plugin's next calls are told.
        let (status, why) = rows(ada, "tenon.caller() = 'ada'");
        assert_eq!(status, 500, "{why}");
        assert!(why.contains("who calls was not said by the host"), "{why}");
        serving.logged("what is to be done", |event| {
            event["plugin"] == "rogue"
                && event["message"]
                    .as_str()
                    .is_some_and(|said| said.contains("its author is to spell the name out"))
        });
        for _ in 0..3 {
            assert_eq!(rows(ada, "tenon.caller() = 'ada'"), one);
            assert_eq!(rows(ada, "current_setting('tenon.caller') = 'ada'"), one);
            assert_eq!(rows(nobody, "tenon.caller() IS NULL"), one);
            assert_eq!(rows(nobody, "current_setting('tenon.caller') = ''"), one);
        }
    }
}

/// A pooler that hands out a connection for a transaction may take a session's options and drop them. The
/// server may have one of them by itself; it has none that tells of callers.
#[test]
fn behind_poolers_too_rows_are_told_by_who_calls_and_nothing_of_a_caller_stays() {
    for (pooler, by_itself) in
        [(Pooler::start(), "off"), (Pooler::dropping_options(), "off"), (Pooler::dropping_options(), "on")]
    {
        let world = World::with(&["callers", "rogue"]);
        world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
        world.sql(&format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {by_itself}', \
             current_database()); END $$"
        ));
        world.set("[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"127.0.0.2/32\"]");
        world.set_url(&pooler.url(&world.database.name));
        let serving = world.serve();
        let (ada, eve, nobody) = (Some("ada"), Some("eve"), None);
        let rows = |caller: Option<&str>, condition: &str| {
            let header = caller.map(|caller| ("X-Auth-User", caller));
            let sql = json!(format!("SELECT WHERE {condition}"));
            let answer = serving.ask_from(PROXY, "POST /plugins/rogue/rows", header.as_slice(), &sql);
            (answer.status, serving.why(&answer))
        };
        // At once, so that the host has several sessions, which get the same connections by turns.
        std::thread::scope(|scope| {
            for caller in [ada, nobody, eve, nobody, nobody] {
                let (serving, pooler, rows) = (&serving, &pooler, &rows);
                scope.spawn(move || {
                    for _ in 0..40 {
                        let who = as_caller(serving, caller, "GET /who", &Value::Null);
                        assert_eq!(who, (200, json!(caller)), "{by_itself}: {}", pooler.log());
                        // Its library does not have the name.
                        let others =
                            rows(caller, "current_setting('ten' || 'on.caller', true) IN ('ada', 'eve')");
                        assert!(caller.is_some() || others == (200, "\"0 rows\"".to_owned()), "{others:?}");
                    }
                });
            }
        });
    }
}

/// What a function of the plugin's own may try in its transaction, so that it is eve who calls.
const FORGERIES: [&[&str]; 12] = [
    &["SELECT set_config('tenon.caller', 'eve', true)"],
    &["SELECT set_config('tenon.caller', 'eve', false)"],
    &["SET tenon.caller = 'eve'", "RESET tenon.caller", "SET LOCAL tenon.caller = 'eve'"],
    &["CLOSE \"tenon.caller\"", "SELECT set_config('tenon.caller', 'eve', true)"],
    &["CLOSE ALL", "DECLARE \"tenon.caller\" NO SCROLL CURSOR FOR SELECT --657665"],
    &["CLOSE ALL", "DECLARE \"tenon.caller\" NO SCROLL CURSOR WITH HOLD FOR SELECT --657665"],
    &[
        "CLOSE ALL",
        "BEGIN READ WRITE; DECLARE \"tenon.caller\" NO SCROLL CURSOR FOR SELECT; SET LOCAL tenon.caller = 'eve'; --657665",
    ],
    // The text of its own transaction, with another's name.
    &[
        "DO $$ DECLARE said text; BEGIN SELECT replace(statement, '616461', '657665') INTO said FROM pg_cursors
         WHERE name = 'tenon.caller'; CLOSE \"tenon.caller\"; EXECUTE said; END $$",
    ],
    &[
        "CLOSE ALL",
        "DO $$ DECLARE c refcursor := 'tenon.caller'; BEGIN
         OPEN c FOR SELECT 'BEGIN READ WRITE; DECLARE' /* --657665 */; END $$",
    ],
    &[
        "CREATE TEMP TABLE pg_cursors (name text, statement text, creation_time timestamptz, is_holdable bool)",
        "INSERT INTO pg_temp.pg_cursors VALUES ('tenon.caller', 'BEGIN READ WRITE; --657665', now(), false)",
        "SET LOCAL search_path = pg_temp, pg_catalog",
    ],
    &[
        "CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (VALUE = 'eve')",
        "CREATE FUNCTION pg_temp.substring(text, text) RETURNS text LANGUAGE sql RETURN '657665'",
        "SET LOCAL search_path = pg_temp, pg_catalog",
    ],
    &["CREATE OR REPLACE FUNCTION tenon.caller() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''eve'''"],
];

#[test]
fn no_function_of_a_plugin_makes_the_caller_somebody_else() {
    for roles in [true, false] {
        let world = if roles {
            with_roles()
        } else {
            world("[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"127.0.0.2/32\"]")
        };
        let serving = world.serve();
        let (ada, eve, null) = (Some("ada"), Some("eve"), &Value::Null);
        for (caller, text) in [(ada, "a"), (eve, "e")] {
            let status = as_caller(&serving, caller, "POST /notes", &json!({ "text": text })).0;
            assert_eq!(status, 201);
        }
        // Whoever owns the function can change it, as the one role for all can here.
        let forgeries = &FORGERIES[..if roles { FORGERIES.len() } else { FORGERIES.len() - 1 }];
        for (number, sql) in forgeries.iter().enumerate() {
            let (status, told) = as_caller(&serving, ada, "POST /run", &json!({ "sql": sql }));
            assert_eq!(status, 200, "{sql:#?}: {told:#}");
            let done = told["told"].as_array().unwrap().iter().all(|said| said == "done");
            assert!(done || number > 5, "it is tried: {sql:#?}: {told:#}");
            let (named, failed) = (&told["caller"]["Ok"], &told["caller"]["Err"]);
            let unproven = failed.as_str().is_some_and(|said| said.contains("was not said by the host"));
            assert!(
                *named == json!("ada") || named.is_null() && (unproven || failed.is_null()),
                "{sql:#?}: {told:#}"
            );
            // The one role for all is held to no policy.
            assert!(!roles || !told["seen"].as_array().unwrap().contains(&json!("e")), "{sql:#?}: {told:#}");
            // Nothing of it is there for whoever calls next.
            assert_eq!(as_caller(&serving, None, "GET /who", null), (200, Value::Null), "{sql:#?}");
            assert_eq!(as_caller(&serving, ada, "GET /who", null), (200, json!("ada")), "{sql:#?}");
        }
        // Nor does one in a statement that goes without a transaction, as it would from the second time on.
        for _ in 0..3 {
            assert_eq!(as_caller(&serving, ada, "GET /forged", null), (200, json!("ada")));
            assert_eq!(as_caller(&serving, None, "GET /forged", null).0, 500);
            assert_eq!(as_caller(&serving, None, "GET /who", null), (200, Value::Null));
            assert_eq!(as_caller(&serving, eve, "GET /forged", null), (200, json!("eve")));
        }
        if roles {
            assert_eq!(as_caller(&serving, ada, "GET /notes", null), (200, json!(["a"])));
            assert_eq!(as_caller(&serving, eve, "GET /notes", null), (200, json!(["e"])));
            world.tenon(&["check"]).expect_code(0);
        }
    }
}
