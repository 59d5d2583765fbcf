//! Calls from plugin to plugin: in one transaction, with the errors of the one that is called, and with all
//! that can go wrong between them.

mod ladder;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

const WHO: &str = "/plugins/shop/who";

fn world(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    world
}

fn wanted(qty: i32) -> Value {
    json!({ "sku": "bolt", "qty": qty })
}

fn stock(serving: &ServeProcess) -> Value {
    serving.get("/plugins/warehouse/stock").expect_status(200).json()
}

fn sales(serving: &ServeProcess) -> Value {
    serving.get("/plugins/shop/sales").expect_status(200).json()
}

/// What becomes of a function that is tried: its code, and the status.
fn tried(serving: &ServeProcess, function: &str) -> (Value, Value, String) {
    let answer = serving.post(&format!("/plugins/shop/tries/{function}"), &Value::Null);
    let told = answer.expect_status(200).json();
    (told["code"].clone(), told["status"].clone(), told["message"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_function_of_another_plugin_is_part_of_the_callers_transaction() {
    let world = world(&["warehouse", "shop", "mall"]);
    let serving = world.serve();
    let sold = serving.post("/plugins/shop/sales", &wanted(4)).expect_status(201).json();
    assert_eq!((sold, stock(&serving), sales(&serving)), (json!({ "left": 6 }), json!(6), json!(["bolt"])));
    // Its error is the caller's where that passes it on, and neither did anything.
    let refused = serving.post("/plugins/shop/sales", &wanted(6)).expect_status(409).json();
    assert_eq!(refused["code"], "sold_out", "{refused}");
    assert_eq!((stock(&serving), sales(&serving)), (json!(6), json!(["bolt"])));
    // A caller that goes on keeps what it did itself.
    assert_eq!(tried(&serving, "all").0, "sql", "there are no ten of it");
    assert_eq!((stock(&serving), sales(&serving)), (json!(6), json!(["bolt", "all", "behind it"])));
    for _ in 0..3 {
        for told in [serving.get(WHO), serving.post(WHO, &Value::Null)] {
            let told = told.expect_status(200).json();
            assert_eq!(told["told"]["transaction"], told["transaction"], "{told}");
            assert_eq!(
                (&told["told"]["by"], &told["told"]["caller"]),
                (&json!("shop"), &json!("dev")),
                "{told}"
            );
            assert_eq!(told["told"]["sql"], "dev", "{told}");
        }
    }
    // Through several plugins.
    let sold = serving.post("/plugins/mall/sales", &wanted(1)).expect_status(200).json();
    assert_eq!((sold, stock(&serving)), (json!({ "left": 5 }), json!(5)));
    assert!(sales(&serving).as_array().unwrap().contains(&json!("mall")));
    let of = |outcome: &str| {
        format!(
            "tenon_plugin_requests_total{{plugin=\"warehouse\",route=\"FUNCTION reserve\",outcome=\"{outcome}\"}}"
        )
    };
    assert_eq!(serving.metric(&of("ok")), Some(2.0));
    assert!(serving.metric(&of("plugin_error")).is_some());
}

#[test]
fn whatever_becomes_of_a_function_is_an_error_for_its_caller_and_undoes_what_it_did() {
    let world = world(&["warehouse", "shop", "inventory"]);
    let serving = world.serve();
    let mut kept = Vec::new();
    for (function, code, status, message) in [
        ("all", "sold_out", 409, "the last one"),
        ("vague", "call_input", 500, "missing field"),
        ("panics", "call_failed", 500, "panics of warehouse failed (panic)"),
        ("passes_over", "call_failed", 500, "left the transaction broken"),
        ("violates", "sql", 409, "stock_qty_check"),
        ("changes_schema", "call_failed", 500, "FUNCTION changes_schema"),
        ("nothing", "call_refused", 500, "warehouse offers no function nothing; it offers reserve, who"),
        ("itself", "call_refused", 500, "shop does not require shop"),
        ("foreign", "call_refused", 500, "shop does not require inventory"),
    ] {
        let (was, its, said) = tried(&serving, function);
        assert_eq!((was, its), (json!(code), json!(status)), "{function}: {said}");
        assert!(said.contains(message), "{function}: {said}");
        kept.extend([json!(function), json!("behind it")]);
        assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!(kept)), "{function}");
    }
    // It has done what it was asked for; only the caller cannot read what it says.
    assert_eq!(tried(&serving, "misunderstood").0, "call_output");
    assert_eq!(stock(&serving), json!(9));
    // There is no transaction that it could be part of.
    let alone = serving.post("/plugins/shop/alone", &Value::Null).expect_status(500).json();
    assert_eq!(alone["code"], "call_refused", "{alone}");
}

#[test]
fn a_function_that_panics_is_its_own_plugins_fault() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    for _ in 0..3 {
        assert_eq!(tried(&serving, "panics").0, "call_failed");
    }
    let end = Instant::now() + Duration::from_secs(20);
    while serving.get("/plugins/warehouse/stock").status != 503 {
        assert!(Instant::now() < end, "it is not put into quarantine");
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = serving.post("/plugins/shop/tries/panics", &Value::Null);
    let told = answer.json();
    assert_eq!(told["code"], "quarantined", "{} {told}", answer.status);
}

#[test]
fn who_passes_the_fault_of_a_function_on_has_done_nothing_and_is_not_to_blame() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    for (function, status, code) in [
        ("nothing", 500, "call_refused"),
        ("reserve", 500, "call_input"),
        ("violates", 409, "sql"),
        ("passes_over", 500, "call_failed"),
        ("panics", 500, "call_failed"),
    ] {
        let told = serving.post(&format!("/plugins/shop/fails/{function}"), &Value::Null);
        assert_eq!((told.status, &told.json()["code"]), (status, &json!(code)), "{function}: {told:?}");
        assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!([])), "{function}");
    }
    for _ in 0..2 {
        serving.post("/plugins/shop/fails/panics", &Value::Null).expect_status(500);
    }
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 503);
    assert_eq!(sales(&serving), json!([]), "the plugin that called answers");
}

#[test]
fn a_plugin_that_answers_nobody_is_not_called_either() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    serving.post("/plugins/shop/sales", &wanted(1)).expect_status(201);
    let by_hand = ["plugin", "quarantine", "warehouse", "--reason", "loud", "--as", "ops"];
    world.tenon(&by_hand).expect_code(0);
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 503);
    let refused = serving.post("/plugins/shop/sales", &wanted(1)).expect_status(503).json();
    assert_eq!(refused["code"], "quarantined", "{refused}");
    assert_eq!(sales(&serving), json!(["bolt"]), "what the caller did is undone, and it answers");
    world.tenon(&["plugin", "release", "warehouse", "--as", "ops"]).expect_code(0);
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 200);
    serving.post("/plugins/shop/sales", &wanted(1)).expect_status(201);
    serving.stop();
    world.set("[plugins]\ndisabled = [\"warehouse\"]");
    let serving = world.serve();
    let refused = serving.post("/plugins/shop/sales", &wanted(1)).expect_status(404).json();
    assert_eq!((&refused["code"], sales(&serving)), (&json!("disabled"), json!(["bolt", "bolt"])));
}

#[test]
fn a_function_has_the_time_that_its_caller_has_left() {
    let world = world(&["warehouse", "shop"]);
    world.set("[plugins]\ncall_timeout = \"1s\"");
    let serving = world.serve();
    for function in ["sleeps", "hangs"] {
        let began = Instant::now();
        let path = format!("/plugins/shop/tries/{function}");
        serving.post(&path, &Value::Null).expect_status(504);
        assert!(began.elapsed() < Duration::from_secs(5), "{function}: {:?}", began.elapsed());
    }
    assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!([])));
    // The thread that hangs is of the plugin that was called.
    serving.logged("the abandoned thread", |event| event["plugin"] == "warehouse" && event["hung"] == 1);
    let hanging =
        |plugin: &str| serving.metric(&format!("tenon_plugin_threads_hanging{{plugin=\"{plugin}\"}}"));
    assert_eq!((hanging("warehouse"), hanging("shop")), (Some(1.0), Some(0.0)));
}

/// A world in which each plugin is a role of its own.
fn with_roles(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    world.isolate();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    world
}

/// The names of the roles of these plugins.
fn roles<const N: usize>(world: &World, plugins: [&str; N]) -> [String; N] {
    plugins.map(|plugin| world.role_of(plugin).name)
}

/// No role is in the way there, and a heal would not help.
#[test]
fn a_call_in_a_transaction_that_was_broken_before_says_so_and_nothing_of_roles() {
    let world = with_roles(&["warehouse", "shop"]);
    let serving = world.serve();
    let told = serving.post("/plugins/shop/fails/who", &Value::Null).expect_status(500);
    let why = serving.why(&told);
    assert!(why.contains("current transaction is aborted"), "{why}");
    assert!(!why.contains("login role") && !why.contains("tenon check"), "{why}");
}

#[test]
fn with_login_roles_a_function_runs_as_its_own_plugins_role() {
    let world = with_roles(&["warehouse", "shop", "mall"]);
    let [warehouse, shop, mall] = roles(&world, ["warehouse", "shop", "mall"]);
    let serving = world.serve();
    serving.post("/plugins/shop/sales", &wanted(4)).expect_status(201);
    assert_eq!((stock(&serving), sales(&serving)), (json!(6), json!(["bolt"])));
    for _ in 0..3 {
        for told in [serving.get(WHO), serving.post(WHO, &Value::Null)] {
            let told = told.expect_status(200).json();
            let of = &told["told"];
            assert_eq!(
                (&of["role"], &of["login"], &told["role"]),
                (&json!(warehouse), &json!(shop), &json!(shop))
            );
            assert_eq!((&of["sql"], &of["transaction"]), (&json!("dev"), &told["transaction"]), "{told}");
        }
        let acting = json!([mall, shop, warehouse, shop, mall]);
        for told in [serving.get("/plugins/mall/who"), serving.post("/plugins/mall/who", &Value::Null)] {
            assert_eq!(told.expect_status(200).json(), acting);
        }
    }
    // Whatever becomes of it, its caller is itself again.
    for function in ["all", "panics", "passes_over", "violates", "changes_schema", "nothing"] {
        let (code, _, message) = tried(&serving, function);
        assert_ne!(code, json!(null), "{function}: {message}");
    }
    assert_eq!(stock(&serving), json!(6));
    // Each may become those that it calls, and inherits nothing of them.
    let members = "SELECT string_agg(format('%s %s', m.member::regrole, m.roleid::regrole), ', ' \
                   ORDER BY m.member::regrole::text COLLATE \"C\") FROM pg_auth_members m \
                   WHERE m.member::regrole::text ~ '^tenon_(mall|shop|warehouse)' AND NOT m.admin_option \
                   AND coalesce(to_jsonb(m) ->> 'inherit_option', 'false') = 'false'";
    let of_this = world.sql(members);
    for pair in [format!("{mall} {shop}"), format!("{shop} {warehouse}")] {
        assert!(of_this.contains(&pair), "{of_this}");
    }
    assert!(!of_this.contains(&format!("{mall} {warehouse}")), "{of_this}");
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_plugin_emits_its_own_events_whoever_calls_it_and_no_others() {
    let world = with_roles(&["warehouse", "shop"]);
    let [warehouse, shop] = roles(&world, ["warehouse", "shop"]);
    let serving = world.serve();
    let emits =
        |event: &str| format!("PERFORM_ SELECT tenon.emit('{event}', NULL, '{{}}')").replace("PERFORM_ ", "");
    let becomes = |role: &str| format!("SELECT set_config('role', '{role}', true)");
    let refused = |event: &str| json!(format!("{event} is no event that this plugin declares to emit"));
    // In a function of its own the one that is called can become its caller, and emits nothing for it.
    let told =
        serving.post("/plugins/shop/told", &json!([emits("shop.sold"), becomes(&shop), emits("shop.sold")]));
    let told = told.expect_status(200).json();
    assert_eq!(told, json!([refused("shop.sold"), "done", refused("shop.sold")]));
    let emitted = "SELECT string_agg(name, ' ' ORDER BY number) FROM tenon.event";
    assert_eq!(world.sql(emitted), "shop.sold warehouse.told shop.sold");
    // So with the one that calls: it says neither by its role nor by a cursor that the other one acts.
    let forged = [
        format!(
            "DECLARE \"tenon.call.1\" CURSOR FOR SELECT; --SAVEPOINT tenon_call_1; SET LOCAL ROLE \"{warehouse}\"; DECLARE "
        ),
        format!(
            "SAVEPOINT tenon_call_1; SET LOCAL ROLE \"{warehouse}\"; DECLARE \"tenon.call.2\" CURSOR FOR SELECT"
        ),
        format!("SET LOCAL ROLE \"{warehouse}\"; DECLARE \"tenon.call.3\" CURSOR FOR SELECT"),
    ];
    for forged in &forged {
        let tried = json!([forged, becomes(&warehouse), emits("warehouse.told")]);
        let told = serving.post("/plugins/shop/run", &tried).expect_status(200).json();
        assert_eq!(told[2], refused("warehouse.told"), "{forged}: {told}");
    }
    let tried = json!([becomes(&warehouse), emits("warehouse.told")]);
    let told = serving.post("/plugins/shop/run", &tried).expect_status(200).json();
    assert_eq!(told, json!(["done", refused("warehouse.told")]));
    assert_eq!(world.sql(emitted), "shop.sold warehouse.told shop.sold");
}

#[test]
fn a_membership_that_a_call_needs_is_given_by_a_heal_and_told_before() {
    let world = with_roles(&["warehouse", "shop"]);
    let [warehouse, shop] = roles(&world, ["warehouse", "shop"]);
    let serving = world.serve();
    world.sql(&format!("REVOKE {warehouse} FROM {shop}; GRANT {shop} TO {warehouse}"));
    let (code, _, message) = tried(&serving, "all");
    assert_eq!(code, json!("call_refused"), "{message}");
    assert!(
        message.contains("permission denied to set role") && message.contains("`tenon check`"),
        "{message}"
    );
    // The rest of the transaction is as good as it was.
    assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!(["all", "behind it"])));
    drop(serving);
    let checked = world.tenon(&["check"]).expect_code(2);
    for told in
        [format!("cannot become {warehouse}, as which functions run"), format!("is a member of {shop}")]
    {
        assert!(checked.all().contains(&told), "{checked:?}");
    }
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(tried(&world.serve(), "all").0, json!("sold_out"));
    world.tenon(&["check"]).expect_code(0);
    // What an administrator runs by hand says the same.
    let printed = world.tenon(&["plugin", "role", "shop"]).expect_code(0);
    assert!(printed.out.contains(&format!("GRANT \"{warehouse}\" TO \"{shop}\";")), "{printed:?}");
}

#[test]
fn in_the_managed_database_a_function_runs_as_its_own_plugins_role_too() {
    let world = World::with(&["warehouse", "shop", "mall"]);
    world.manage();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    let serving = world.serve();
    serving.post("/plugins/mall/sales", &wanted(4)).expect_status(200);
    let acting = serving.get("/plugins/mall/who").expect_status(200).json();
    for (acting, plugin) in
        acting.as_array().unwrap().iter().zip(["mall", "shop", "warehouse", "shop", "mall"])
    {
        let acting = acting.as_str().unwrap();
        assert!(acting.starts_with(&format!("tenon_{plugin}_")), "{acting}");
    }
    assert_eq!(stock(&serving), json!(6));
    drop(serving);
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn nobody_calls_a_plugin_whose_routes_may_change_its_schemas_where_there_are_roles() {
    let world = World::with(&["warehouse", "shop"]);
    world.isolate();
    world.set("ddl = [\"warehouse\"]");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    let (code, _, message) = tried(&world.serve(), "all");
    assert_eq!(code, json!("call_refused"), "{message}");
    assert!(message.contains("plugins.ddl"), "{message}");
    let members = "SELECT count(*) FROM pg_auth_members m WHERE m.member::regrole::text = ";
    assert_eq!(world.sql(&format!("{members}'{}'", world.role_of("shop").name)), "0");
}
