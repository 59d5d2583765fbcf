//! The events of plugins: whether they are heard when they are emitted.

use crate::host::Tenon;
use crate::host::events::{EventList, ListenerReport};
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "events";

const GIVEN_UP: &str = "`tenon event list` shows them, each with what the plugin said; `tenon event retry` has them delivered \
                        again once that is settled, and `tenon event discard` is done with one";
const WAITING: &str = "`tenon event list` shows what waits, `tenon host list` the hosts with their plugins; a heal that runs, or \
                       a plugin that is held, keeps events back";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let list = host.event_list(1).await;
    match &list.trouble {
        Some(trouble) => vec![DoctorLine::unknown(TOPIC, trouble)],
        None => told(&list),
    }
}

fn told(list: &EventList) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for one in &list.listeners {
        let ListenerReport { event, plugin, pending, given_up, .. } = one;
        if *given_up > 0 {
            let message =
                format!("plugin {plugin} did not hear {event} {given_up} times, which were given up");
            lines.push(DoctorLine::warning(TOPIC, message, GIVEN_UP));
        }
        if let (Some(silent), true) = (one.silent_seconds, *pending > 0) {
            let message = format!(
                "{pending} events {event} wait for plugin {plugin}, which no host has had for {silent} s"
            );
            lines.push(DoctorLine::warning(TOPIC, message, WAITING));
        } else if let Some(late) = one.late_seconds {
            let message =
                format!("{pending} events {event} wait for plugin {plugin}, the oldest for {late} s");
            lines.push(DoctorLine::warning(TOPIC, message, WAITING));
        }
    }
    if lines.is_empty() {
        let message = match list.listeners.len() {
            0 => "no plugin hears events".to_owned(),
            1 => "one event is heard as it should be".to_owned(),
            many => format!("events are heard as they should be, by {many} listeners"),
        };
        lines.push(DoctorLine::ok(TOPIC, message));
    }
    lines
}
