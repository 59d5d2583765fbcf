//! The SQL that a plan runs, as a text that is SQL itself.

use tenon_migrations_core::plan::Plan;

use super::clean;
use crate::report::MigrationSql;

/// All that a plan runs, in its order. What is to be known of a statement stands above it as a comment.
pub fn plan_sql(plan: &Plan, files: &[MigrationSql]) -> String {
    let mut text = String::new();
    for file in files {
        text += &format!("-- {}\n\n{}\n", clean(&file.migration), clean(&file.annotated()));
    }
    for repair in &plan.repairs {
        let findings = repair.findings.join(", ");
        text += &format!("-- repair of {} (finding {findings})\n\n", on_a_line(&repair.object));
        text += &statements(&repair.sql);
    }
    for role in &plan.roles {
        text += &format!("-- login role {} of plugin {}\n\n", on_a_line(role.role.as_str()), role.plugin);
        text += &statements(&role.sql);
    }
    text
}

fn statements(sql: &[String]) -> String {
    let text: String = sql.iter().map(|sql| format!("{};\n", clean(sql))).collect();
    format!("{text}\n")
}

fn on_a_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}
