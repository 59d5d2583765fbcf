//! What holds plugins to what they may, as far as the kernel does.

use crate::host::Tenon;
use crate::plugin::isolate::{self, LayerState};
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "isolation";

pub(super) fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let seen = host.enforcement();
    let layers = if seen.layers.is_empty() {
        isolate::probe(isolate::FileRules::configured(&host.config)).1.layers
    } else {
        seen.layers
    };
    let (held, lacking): (Vec<_>, Vec<_>) =
        layers.into_iter().partition(|layer| layer.state == LayerState::Enforced || !layer.wanted);
    let names: Vec<_> =
        held.iter().filter(|layer| layer.state == LayerState::Enforced).map(|layer| layer.name).collect();
    let mut lines = Vec::new();
    if !names.is_empty() {
        lines.push(DoctorLine::ok(TOPIC, format!("enforced: {}", names.join(", "))));
    }
    lines.extend(lacking.into_iter().map(|layer| {
        let why = layer.why.unwrap_or_default();
        let told = format!("the layer {:?} does not hold as it should: {why}", layer.name);
        DoctorLine::warning(TOPIC, told, "SECURITY.md says what each layer needs, and what lacks without it")
    }));
    lines
}
