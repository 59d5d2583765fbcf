//! The graph of plugins and migrations, drawn on the command line, over the API and on a page.

use serde_json::Value;
use tenon_tests::World;

/// A world in which one plugin is applied, one has something pending, and one was refused.
fn world() -> World {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world.install("orders");
    world.write_library("libbroken.so", b"no library at all");
    world
}

fn states(graph: &Value, list: &str) -> Vec<(String, String)> {
    let text = |node: &Value, key: &str| node[key].as_str().unwrap().to_owned();
    graph[list].as_array().unwrap().iter().map(|node| (text(node, "id"), text(node, "state"))).collect()
}

#[test]
fn the_graph_is_drawn_with_each_state_in_words_and_in_every_format() {
    let world = world();
    let text = world.tenon(&["graph"]).expect_code(2).out;
    for told in ["· in step]", "· 3 pending]", "· out]", "↓"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let dot = world.tenon(&["graph", "--format", "dot", "--migrations"]).expect_code(2).out;
    assert!(dot.starts_with("digraph tenon {\n") && dot.ends_with("}\n"), "{dot}");
    assert!(dot.contains("\"inventory/0001_items.sql\" -> \"inventory/0002_search.sql\";"), "{dot}");
    let svg = world.tenon(&["graph", "--format", "svg"]).expect_code(2).out;
    assert!(svg.starts_with("<svg xmlns=") && svg.contains("· 3 pending</text>"), "{svg}");
    let graph = world.tenon(&["graph", "--json"]).expect_code(2).json();
    assert_eq!(graph["format"], 1);
    let plugins = states(&graph, "plugins");
    assert!(plugins.contains(&("inventory".to_owned(), "pending".to_owned())), "{plugins:?}");
    assert!(plugins.contains(&("identity".to_owned(), "in_step".to_owned())), "{plugins:?}");
    assert!(plugins.iter().any(|(_, state)| state == "out"), "{plugins:?}");
    let migrations = states(&graph, "migrations");
    assert!(migrations.iter().any(|(id, state)| id == "inventory/0001_items.sql" && state == "pending"));
    assert!(
        migrations.iter().filter(|(id, _)| id.starts_with("identity")).all(|(_, state)| state == "applied")
    );
    // A part of it.
    let around = world.tenon(&["graph", "--json", "--plugin", "identity"]).expect_code(2).json();
    let around: Vec<_> = states(&around, "plugins").into_iter().map(|(id, _)| id).collect();
    assert_eq!(around, ["identity", "orders"], "what orders requires besides is not around it");
    let nobody = world.tenon(&["graph", "--plugin", "nobody"]).expect_code(64).err;
    assert!(nobody.contains("there is no plugin nobody") && nobody.contains("inventory"), "{nobody}");
}

#[test]
fn edited_and_missing_migrations_are_drawn_as_such_and_nothing_is_known_without_a_database() {
    let world = world();
    world.sql("UPDATE tenon.migration SET checksum = repeat('0', 64), tokens = NULL WHERE plugin = 'identity' AND filename = (SELECT min(filename) FROM tenon.migration WHERE plugin = 'identity')");
    world.sql("INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) SELECT 'inventory', '0009_gone.sql', checksum, heal, 1 FROM tenon.migration LIMIT 1");
    let graph = world.tenon(&["graph", "--json"]).expect_code(2).json();
    let migrations = states(&graph, "migrations");
    let of = |state: &str| {
        migrations.iter().filter(|(_, other)| other == state).map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("missing"), ["inventory/0009_gone.sql"]);
    assert_eq!(of("edited").len(), 1, "{migrations:?}");
    world.set_url("postgresql://nobody@127.0.0.1:1/nowhere");
    let graph = world.tenon(&["graph", "--json"]).expect_code(3).json();
    assert!(states(&graph, "migrations").iter().all(|(_, state)| state == "unknown"), "{graph:#}");
}

#[test]
fn the_graph_is_an_answer_of_the_api_and_a_page() {
    let world = world();
    let serving = world.serve();
    let graph = serving.get_as_admin("/api/v1/graph").expect_status(200).json();
    assert!(states(&graph, "plugins").contains(&("inventory".to_owned(), "pending".to_owned())), "{graph:#}");
    let svg =
        serving.get_as_admin("/api/v1/graph?format=svg&migrations=true&plugin=inventory").expect_status(200);
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert!(svg.text.contains("inventory/0001_items.sql · pending"), "{}", svg.text);
    let dot = serving.get_as_admin("/api/v1/graph?format=dot").expect_status(200).text;
    assert!(dot.contains("\"inventory\" -> \"orders\";"), "{dot}");
    let nobody = serving.get_as_admin("/api/v1/graph?plugin=nobody").expect_status(404).json();
    assert_eq!(nobody["code"], "no_such_plugin");
    serving.get_as_admin("/api/v1/graph?format=gif").expect_status(400);
    serving.get("/api/v1/graph").expect_status(401);
    serving.log_in();
    let page = serving.get("/graph?plugin=inventory").expect_status(200).text;
    assert!(page.contains("<svg xmlns=") && page.contains("· 3 pending</text>"), "{page}");
    assert!(page.contains("<option value=\"inventory\" selected>"), "{page}");
    assert!(
        serving.get("/graph?migrations=yes&plugin=").text.contains("inventory/0002_search.sql · pending")
    );
}
