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

/// The command that saves the database reached by these options, before a heal.
pub(crate) fn backup(client_options: &[String]) -> String {
    let options: Vec<_> = client_options.iter().map(|option| quoted(option)).collect();
    format!("pg_dump --format=custom --file=before-heal.dump {}", options.join(" "))
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:./=,".contains(c);
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

    #[test]
    fn a_database_is_saved_whatever_its_name_is() {
        let options = ["--host=/run/pg".to_owned(), "--dbname=a b".to_owned()];
        let command = "pg_dump --format=custom --file=before-heal.dump --host=/run/pg '--dbname=a b'";
        assert_eq!(backup(&options), command);
    }
}
