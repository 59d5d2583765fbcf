//! The messages of changes: whether those who are to be told take them.

use crate::host::Tenon;
use crate::host::notify::{NotificationReport, TargetReport};
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "messages";

/// How many of the messages are looked at that were not taken.
const LATEST: i64 = 100;

const LIST: &str = "`tenon notify list` shows them, each with why; `tenon notify retry` has them tried again once \
                    that is settled";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let report = host.notifications(LATEST).await;
    match &report.trouble {
        Some(trouble) => vec![DoctorLine::unknown(TOPIC, trouble)],
        None => told(&report),
    }
}

fn told(report: &NotificationReport) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for target in &report.targets {
        let TargetReport { name, kind, pending, given_up, .. } = target;
        let of_it = || report.undelivered.iter().filter(|one| one.target == *name);
        if *given_up > 0 {
            let why = of_it().find(|one| one.next_at.is_none()).and_then(|one| one.error.as_deref());
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            let message = format!("{kind} {name} did not take {given_up} messages, which were given up{why}");
            lines.push(DoctorLine::warning(TOPIC, message, LIST));
        }
        // One that waits for its first attempt is none that fails.
        let mut waiting = of_it().filter(|one| one.next_at.is_some()).peekable();
        if *pending > 0 && waiting.peek().is_some() && waiting.all(|one| one.error.is_some()) {
            let why = of_it().find(|one| one.next_at.is_some()).and_then(|one| one.error.as_deref());
            let message =
                format!("{kind} {name} takes no message, and {pending} wait: {}", why.unwrap_or("unknown"));
            lines.push(DoctorLine::warning(TOPIC, message, LIST));
        }
    }
    if lines.is_empty() {
        let message = match report.targets.len() {
            0 => "nobody is told of changes".to_owned(),
            1 => "one target takes its messages".to_owned(),
            many => format!("{many} targets take their messages"),
        };
        lines.push(DoctorLine::ok(TOPIC, message));
    }
    lines
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::host::notify::Undelivered;
    use crate::report::doctor::DoctorState;

    fn report(pending: usize, given_up: usize, undelivered: &[(Option<&str>, bool)]) -> NotificationReport {
        let target = TargetReport {
            name: "ops".to_owned(),
            kind: "webhook",
            events: Vec::new(),
            plugin_events: Vec::new(),
            pending,
            given_up,
            delivered_at: None,
        };
        let one = |(error, waits): &(Option<&str>, bool)| Undelivered {
            target: "ops".to_owned(),
            id: Uuid::nil(),
            at: Timestamp::UNIX_EPOCH,
            text: String::new(),
            attempts: u32::from(error.is_some()),
            next_at: waits.then_some(Timestamp::UNIX_EPOCH),
            error: error.map(str::to_owned),
        };
        let undelivered = undelivered.iter().map(one).collect();
        NotificationReport { targets: vec![target], undelivered, trouble: None }
    }

    #[test]
    fn what_was_given_up_and_what_fails_each_time_is_told_and_not_what_was_not_tried_yet() {
        let told = |report: &NotificationReport| {
            told(report).into_iter().map(|line| (line.state, line.message)).collect::<Vec<_>>()
        };
        assert_eq!(told(&report(0, 0, &[]))[0].0, DoctorState::Ok);
        assert_eq!(told(&report(1, 0, &[(None, true)]))[0].0, DoctorState::Ok);
        assert_eq!(told(&report(2, 0, &[(Some("no"), true), (None, true)]))[0].0, DoctorState::Ok);
        let failing = told(&report(2, 0, &[(Some("no"), true), (Some("no"), true)]));
        assert_eq!(
            failing,
            [(DoctorState::Warning, "webhook ops takes no message, and 2 wait: no".to_owned())]
        );
        let given_up = told(&report(0, 3, &[(Some("gone"), false)]));
        let expected = "webhook ops did not take 3 messages, which were given up: gone";
        assert_eq!(given_up, [(DoctorState::Warning, expected.to_owned())]);
    }
}
