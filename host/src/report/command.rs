//! The command line that does what a page offers.

use tenon_migrations_core::plan::{Plan, RepairRequest};

/// The command that runs this very plan.
pub(crate) fn heal(plan: &Plan, repairs: &RepairRequest) -> String {
    let mut command = format!("tenon heal --plan-hash {}", plan.hash);
    for plugin in &plan.without {
        command += &format!(" --without {plugin}");
    }
    for choice in &repairs.choices {
        command += &format!(" --repair {}", quoted(&choice.to_string()));
    }
    for hazard in &repairs.allowed {
        command += &format!(" {}", hazard.option());
    }
    command
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:./".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_in_it() {
        assert_eq!(quoted("0123456789ab:rename"), "0123456789ab:rename");
        assert_eq!(quoted("a; rm -rf 'b'"), r"'a; rm -rf '\''b'\'''");
        assert_eq!(quoted(""), "''");
    }
}
