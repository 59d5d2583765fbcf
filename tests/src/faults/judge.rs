//! What has to hold after a heal that was disturbed.

use std::thread;
use std::time::{Duration, Instant};

use super::Reference;
use super::place::{Place, Ran};

/// Whether all agree on what happened, and the next heal succeeds. Gives whether the disturbed one did.
pub(super) fn judge(place: &Place, reference: &Reference, ran: &Ran) -> Result<bool, String> {
    let schema = place.schema();
    let healed = schema == reference.after;
    if !healed && schema != reference.before {
        return Err("the schema is neither as before nor as planned".to_owned());
    }
    let ledger = if healed { &reference.ledger_after } else { &reference.ledger_before };
    if place.ledger() != *ledger {
        return Err(format!("the schema is healed: {healed}, and the ledger says otherwise"));
    }
    if (ran.code == Some(0)) != healed && ran.code.is_some() && !ran.out.contains("\"unclear\"") {
        return Err(format!("the schema is healed: {healed}, and the program said otherwise"));
    }
    if ran.err.contains("did not end within") || ran.err.contains("panicked") {
        return Err("the program hung or panicked".to_owned());
    }
    let told = resolved(place, reference)?;
    let truthful = match told.as_slice() {
        [] => !healed,
        [result] if healed => result == "succeeded",
        [result] => result == "failed" || result == "cancelled",
        _ => false,
    };
    if !truthful {
        return Err(format!("the schema is healed: {healed}, and the audit log has {told:?}"));
    }
    let next = place.run(&["heal", "--yes", "--as", "next", "--json"]);
    if next.code != Some(0) || place.schema() != reference.after || place.ledger() != reference.ledger_after {
        return Err(format!("the next heal did not come to its end: {next:?}"));
    }
    let all = self::told(place, reference)?;
    if all.len() != told.len() + usize::from(!healed) {
        return Err(format!("the next heal left {all:?} after {told:?}"));
    }
    // All rows that there ever were: nothing is taken out of the log.
    let verified = place.run(&["audit", "verify"]);
    if verified.code == Some(0) { Ok(healed) } else { Err(format!("audit verify: {verified:?}")) }
}

/// The results of the heals that were not known before.
fn told(place: &Place, reference: &Reference) -> Result<Vec<String>, String> {
    let mut entries = place.entries()?;
    entries.retain(|entry| !reference.entries.contains(entry));
    Ok(entries.into_iter().map(|(_, result)| result).collect())
}

/// The results of the new heals, once those are closed that were left open: for that the heal's sessions have
/// to be gone, which is soon.
fn resolved(place: &Place, reference: &Reference) -> Result<Vec<String>, String> {
    let began = Instant::now();
    loop {
        let resolved = place.run(&["audit", "resolve"]);
        if resolved.code != Some(0) {
            return Err(format!("audit resolve: {resolved:?}"));
        }
        let told = told(place, reference)?;
        if !told.iter().any(|result| result == "started") || began.elapsed() > Duration::from_secs(10) {
            return Ok(told);
        }
        thread::sleep(Duration::from_millis(200));
    }
}
