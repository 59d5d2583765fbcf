//! Where everything of a drawing stands: one layout, for the terminal and for SVG.

use ascii_dag::ir::{EdgePath, LayoutEdge};
use ascii_dag::{Graph, RenderMode};
use askama::Template;

use super::{Drawing, NodeState};

/// The most nodes that are drawn: more are no picture for anybody.
const MOST: usize = 5000;

/// A cell of the layout in pixels, and what is left free around the picture.
const CELL: (usize, usize) = (8, 20);
const MARGIN: usize = 12;
/// The height of a box, more than that of a line.
const BOX: usize = 26;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("{nodes} nodes are too many for a picture, of which the most is {MOST}")]
pub struct TooManyNodes {
    nodes: usize,
}

/// A drawing that was laid out, in pixels.
#[derive(Debug, Template)]
#[template(path = "graph.svg")]
pub struct Picture {
    /// Whether it brings its own colours, since it stands by itself.
    pub alone: bool,
    pub width: usize,
    pub height: usize,
    pub boxes: Vec<PictureBox>,
    /// The points of each arrow, as SVG has them.
    pub arrows: Vec<String>,
}

/// One node, in pixels.
#[derive(Debug)]
pub struct PictureBox {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    pub text: String,
    pub state: NodeState,
    /// The page of its plugin, in a picture that is part of a page.
    pub href: Option<String>,
}

/// The drawing as a picture; `alone` if it has to bring its own colours, and leads to no page.
///
/// # Errors
///
/// There are more nodes than anybody could look at.
pub fn svg(drawing: &Drawing, alone: bool) -> Result<Picture, TooManyNodes> {
    let graph = graph(drawing)?;
    let layout = graph.compute_layout();
    let at = |(x, y): (usize, usize)| (x * CELL.0 + MARGIN, y * CELL.1 + MARGIN + BOX / 2);
    // Dummies of the layout have no number of ours.
    let shown = layout.nodes().iter().filter(|node| node.edge_index.is_none());
    let boxes = shown.filter_map(|node| {
        let (x, middle) = at((node.x, node.y));
        let drawn = drawing.nodes.get(node.id.checked_sub(1)?)?;
        Some(PictureBox {
            x,
            y: middle - BOX / 2,
            width: node.width * CELL.0,
            height: BOX,
            text: node.label.to_owned(),
            state: drawn.state,
            href: (!alone).then(|| drawn.page()),
        })
    });
    let arrows = layout.edges().iter().map(|edge| {
        let mut points: Vec<_> = bends(edge).into_iter().map(at).collect();
        // An arrow begins and ends at the edges of boxes, not in their middle.
        if let Some(first) = points.first_mut() {
            first.1 += BOX / 2;
        }
        if let Some(last) = points.last_mut() {
            last.1 -= BOX / 2 + 2;
        }
        points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
    });
    Ok(Picture {
        alone,
        width: layout.width() * CELL.0 + 2 * MARGIN,
        height: layout.height() * CELL.1 + 2 * MARGIN + BOX,
        boxes: boxes.collect(),
        arrows: arrows.collect(),
    })
}

/// The drawing in characters, and how many columns it needs.
pub(super) fn characters(drawing: &Drawing) -> Result<(String, usize), TooManyNodes> {
    let text = graph(drawing)?.render();
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    let width = lines.iter().map(|line| console::measure_text_width(line)).max().unwrap_or(0);
    let text = lines.join("\n").trim_end().to_owned() + "\n";
    Ok((text, width))
}

/// The graph of the drawing, whose nodes are numbered from 1.
fn graph(drawing: &Drawing) -> Result<Graph<'_>, TooManyNodes> {
    let nodes = drawing.nodes.len();
    if nodes > MOST {
        return Err(TooManyNodes { nodes });
    }
    let mut graph = Graph::with_mode(RenderMode::Vertical);
    for (number, node) in (1usize..).zip(&drawing.nodes) {
        let _ = graph.add_node(number, node.text.as_str());
    }
    for (from, to) in &drawing.edges {
        let _ = graph.add_edge(from + 1, to + 1, None);
    }
    Ok(graph)
}

/// The corners of an edge, its ends included.
fn bends(edge: &LayoutEdge<'_>) -> Vec<(usize, usize)> {
    let (from, to) = ((edge.from_x, edge.from_y), (edge.to_x, edge.to_y));
    let between = match &edge.path {
        EdgePath::Corner { bend_at } => vec![(from.0, *bend_at), (to.0, *bend_at)],
        EdgePath::SideChannel { channel_at, span_start, span_end } => vec![
            (from.0, *span_start),
            (*channel_at, *span_start),
            (*channel_at, *span_end),
            (to.0, *span_end),
        ],
        EdgePath::MultiSegment { waypoints, .. } => waypoints.clone(),
        _ => Vec::new(),
    };
    [vec![from], between, vec![to]].concat()
}
