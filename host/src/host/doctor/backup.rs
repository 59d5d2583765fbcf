//! The last backup that `tenon backup` has made.

use crate::host::Tenon;
use crate::report::doctor::DoctorLine;
use crate::support::errors::chain;

const TOPIC: &str = "backup";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let kept = match host.last_backup().await {
        Ok(kept) => kept,
        Err(error) => return vec![DoctorLine::unknown(TOPIC, &chain(&error))],
    };
    let told = kept.told();
    vec![if kept.is_due() {
        DoctorLine::warning(TOPIC, told, "`tenon backup FILE` makes one, and verifies it by a restore")
    } else {
        DoctorLine::ok(TOPIC, told)
    }]
}
