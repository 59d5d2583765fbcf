//! The failures that pass by themselves, and how long to wait before the whole batch is tried again.

use std::time::Duration;

use super::HealFailure;

/// The pause before the second attempt; it doubles with each further one, up to the longest.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// Lock timeout, deadlock, serialization failure.
const PASSING: [&str; 3] = ["55P03", "40P01", "40001"];

/// Whether the same batch may well succeed if it is run again.
pub(super) fn may_pass(failure: &HealFailure) -> bool {
    failure.sqlstate.as_deref().is_some_and(|state| PASSING.contains(&state))
}

/// The pause after this attempt, the first being 1: between half and all of a doubling one, so that two who
/// were in each other's way are not so again. `chance` is any number.
pub(super) fn pause(attempt: i32, chance: u64) -> Duration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let whole = SHORTEST.saturating_mul(1 << doublings).min(LONGEST);
    let half = whole / 2;
    half + half.mul_f64((chance % 1000) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_differ_and_stay_bounded() {
        let millis = |attempt, chance| pause(attempt, chance).as_millis();
        assert_eq!([millis(1, 0), millis(2, 0), millis(3, 0)], [125, 250, 500]);
        assert!(millis(1, 999) > 240 && millis(1, 999) < 250);
        assert!(millis(1000, 999) <= 10_000);
    }

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        let failure = |state: Option<&str>| HealFailure {
            sqlstate: state.map(str::to_owned),
            ..HealFailure::default()
        };
        for state in ["55P03", "40P01", "40001"] {
            assert!(may_pass(&failure(Some(state))));
        }
        for state in [Some("42P01"), Some("57014"), None] {
            assert!(!may_pass(&failure(state)));
        }
    }
}
