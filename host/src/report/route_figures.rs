//! What was counted of a plugin's routes, taken from the figures that monitoring reads.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was counted of one route since the host started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RouteFigures {
    pub requests: u64,
    /// The requests that did not end well.
    pub failed: u64,
    /// How long all of them took together, in seconds.
    pub seconds: f64,
}

impl RouteFigures {
    /// How long a request took on average, in milliseconds.
    pub fn mean_ms(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { 1000.0 * self.seconds / self.requests as f64 }
    }

    /// The figures of one plugin by route, from the metrics' text.
    pub(crate) fn of(plugin: &str, metrics: &str) -> BTreeMap<String, Self> {
        let mut routes = BTreeMap::<String, Self>::new();
        for Sample { name, labels, value } in metrics.lines().filter_map(sample) {
            let label =
                |wanted: &str| labels.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            let Some(route) = label("route").filter(|route| !route.is_empty()) else { continue };
            if label("plugin") != Some(plugin) {
                continue;
            }
            let figures = routes.entry(route.to_owned()).or_default();
            match name {
                "tenon_plugin_requests_total" => {
                    let count = value.parse().unwrap_or(0);
                    figures.requests += count;
                    if label("outcome") != Some("ok") {
                        figures.failed += count;
                    }
                }
                "tenon_plugin_request_duration_seconds_sum" => {
                    figures.seconds += value.parse::<f64>().unwrap_or(0.0);
                }
                _ => {}
            }
        }
        routes
    }
}

/// A line of the metrics.
struct Sample<'a> {
    name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
    value: &'a str,
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let (name, rest) = line.split_once('{')?;
    let (labels, value) = rest.rsplit_once("} ")?;
    // Routes and plugins' ids have neither quotes nor commas in them.
    let labels = labels.split("\",").filter_map(|label| label.trim_end_matches('"').split_once("=\""));
    Some(Sample { name, labels: labels.collect(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_a_route_are_counted_by_how_they_ended() {
        let text = "\
# TYPE tenon_plugin_requests counter
tenon_plugin_requests_total{plugin=\"inventory\",route=\"GET /items/{id}\",outcome=\"ok\"} 3
tenon_plugin_requests_total{plugin=\"inventory\",route=\"GET /items/{id}\",outcome=\"panic\"} 1
tenon_plugin_requests_total{plugin=\"orders\",route=\"GET /items/{id}\",outcome=\"ok\"} 7
tenon_plugin_requests_total{plugin=\"inventory\",route=\"\",outcome=\"no_route\"} 9
tenon_plugin_request_duration_seconds_sum{plugin=\"inventory\",route=\"GET /items/{id}\"} 0.5
tenon_checks_total{read=\"whole\"} 4
";
        let routes = RouteFigures::of("inventory", text);
        let told: Vec<_> =
            routes.iter().map(|(route, one)| (route.as_str(), one.requests, one.failed)).collect();
        assert_eq!(told, [("GET /items/{id}", 4, 1)]);
        assert_eq!(routes["GET /items/{id}"].mean_ms(), 125.0);
        assert_eq!(RouteFigures::default().mean_ms(), 0.0);
    }
}
