//! The graph for Graphviz: <https://graphviz.org/doc/info/lang.html>.

use super::{Drawing, NodeState};

/// The drawing in the DOT language.
pub fn dot(drawing: &Drawing) -> String {
    let mut text = "digraph tenon {\n  rankdir = TB;\n  node [shape = box, style = filled];\n".to_owned();
    for node in &drawing.nodes {
        text += &format!(
            "  {} [label = {}, fillcolor = {}];\n",
            quoted(&node.id),
            quoted(&node.text),
            quoted(colour(node.state))
        );
    }
    for (from, to) in &drawing.edges {
        text += &format!("  {} -> {};\n", quoted(&drawing.nodes[*from].id), quoted(&drawing.nodes[*to].id));
    }
    text + "}\n"
}

/// A double-quoted string, in which quotes and backslashes are escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn colour(state: NodeState) -> &'static str {
    match state.class() {
        "healthy" => "#d7f0dc",
        "drifted" => "#fbe7c6",
        "degraded" => "#f8d3d0",
        _ => "#e3e6ea",
    }
}
