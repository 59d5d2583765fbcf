use tenon_migrations_core::health::Status;

use super::*;
use crate::report::text::Style;

fn plugin(id: &str, name: &str, state: NodeState, requires: &[&str]) -> PluginNode {
    PluginNode {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        state,
        label: state.word().to_owned(),
        requires: requires.iter().map(|other| (other.parse().unwrap(), "^1".to_owned())).collect(),
    }
}

fn graph() -> DependencyGraph {
    let migration = |id: &str, state, requires: &[&str]| MigrationNode {
        id: id.parse().unwrap(),
        state,
        requires: requires.iter().map(|other| other.parse().unwrap()).collect(),
    };
    DependencyGraph {
        format: 1,
        status: Status::Drifted,
        checked_at: Timestamp::UNIX_EPOCH,
        plugins: vec![
            plugin("identity", "Identity 1.1", NodeState::InStep, &[]),
            plugin("inventory", "Inventory \"<new>\" 1.2", NodeState::Pending, &["identity"]),
            plugin("orders", "Orders\n1.0", NodeState::Out, &["identity", "inventory", "gone"]),
            plugin("alone", "Alone 1.0", NodeState::Held, &[]),
        ],
        migrations: vec![
            migration("identity/0001_a.sql", NodeState::Applied, &[]),
            migration("inventory/0001_b.sql", NodeState::Pending, &["identity/0001_a.sql"]),
        ],
    }
}

#[test]
fn a_graph_is_drawn_in_characters_as_dot_and_as_svg() {
    let graph = graph();
    insta::assert_snapshot!("text", text(&graph, false, Style::default()));
    insta::assert_snapshot!("dot", dot(&graph.of_plugins()));
    insta::assert_snapshot!(
        "svg",
        askama::Template::render(&svg(&graph.of_migrations(), true).unwrap()).unwrap()
    );
    let picture = askama::Template::render(&svg(&graph.of_plugins(), false).unwrap()).unwrap();
    assert!(picture.contains("Inventory &#34;&#60;new&#62;&#34; 1.2 · pending"), "{picture}");
    assert!(!picture.contains("<style>"), "{picture}");
    // Each box of a page leads to its plugin's.
    assert!(picture.contains("<a href=\"/plugin/inventory\"><g"), "{picture}");
    let picture = askama::Template::render(&svg(&graph.of_migrations(), false).unwrap()).unwrap();
    assert!(picture.contains("<a href=\"/plugin/inventory#migrations\"><g"), "{picture}");
}

#[test]
fn where_there_is_no_room_it_is_a_table() {
    let narrow = Style { width: Some(32), ..Style::default() };
    let table = text(&graph(), true, narrow);
    assert!(table.contains("pending") && table.contains("requires"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 32), "{table}");
}

#[test]
fn around_a_plugin_is_what_it_requires_and_what_requires_it() {
    let graph = graph();
    let around = |id: &str| {
        let around = graph.around(&id.parse().unwrap())?;
        Some(around.plugins.iter().map(|node| node.id.to_string()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(around("identity").as_deref(), Some("identity inventory orders"));
    assert_eq!(around("alone").as_deref(), Some("alone"));
    assert_eq!(around("gone"), None);
    assert_eq!(graph.around(&"alone".parse().unwrap()).unwrap().migrations.len(), 0);
}

#[test]
fn five_hundred_plugins_have_boxes_that_do_not_cover_each_other() {
    let mut graph = graph();
    graph.plugins = (0..500usize)
        .map(|number| {
            let requires: Vec<_> = [number / 3, number / 7].map(|other| format!("p{other}")).into();
            let requires: Vec<_> = requires.iter().filter(|_| number > 0).map(String::as_str).collect();
            plugin(&format!("p{number}"), &format!("Plugin {number} 1.0"), NodeState::InStep, &requires)
        })
        .collect();
    let picture = svg(&graph.of_plugins(), false).unwrap();
    assert_eq!(picture.boxes.len(), 500);
    for (at, one) in picture.boxes.iter().enumerate() {
        assert!(one.x + one.width <= picture.width && one.y + one.height <= picture.height);
        for other in &picture.boxes[at + 1..] {
            let apart = one.x + one.width <= other.x
                || other.x + other.width <= one.x
                || one.y + one.height <= other.y
                || other.y + other.height <= one.y;
            assert!(apart, "{one:?} covers {other:?}");
        }
    }
    graph.plugins =
        (0..5001).map(|number| plugin(&format!("p{number}"), "x", NodeState::InStep, &[])).collect();
    assert!(svg(&graph.of_plugins(), false).is_err());
}
