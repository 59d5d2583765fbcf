//! What comes without end is logged ever less often.

/// The log gets the first of what comes without end, and from then on ever fewer: a plugin must not fill the
/// disk.
pub(super) fn is_power_of_ten(number: u64) -> bool {
    std::iter::successors(Some(1_u64), |power| power.checked_mul(10)).any(|power| power == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_ever_less_often() {
        let told: Vec<_> = (1..=2_000).filter(|times| is_power_of_ten(*times)).collect();
        assert_eq!(told, [1, 10, 100, 1_000]);
    }
}
