//! The two forms of suites that go over hundreds of cases: the short one of CI, and the long one on request.

/// Whether the long form is asked for, with `TENON_LONG=1`.
pub fn is_long() -> bool {
    std::env::var_os("TENON_LONG").is_some()
}

/// All of the cases in the long form; in the short one of so many one, from the first on.
pub fn some_of<T>(cases: impl IntoIterator<Item = T>, one_in: usize) -> Vec<T> {
    cases.into_iter().step_by(if is_long() { 1 } else { one_in }).collect()
}
