//! What `tenon doctor` found, for a terminal.

use super::{Style, clean, counted, indented};
use crate::report::doctor::{DoctorReport, DoctorState};

/// One line a thing, with what helps below it, and a sentence that sums up.
pub fn doctor(report: &DoctorReport, style: Style) -> String {
    let mut text = String::new();
    for line in &report.lines {
        let state = format!("{:<7}", line.state.noun());
        let state = match line.state {
            DoctorState::Ok => style.good(state),
            DoctorState::Warning | DoctorState::Unknown => style.warn(state),
            DoctorState::Problem => style.bad(state),
        };
        let message = indented(&format!("{}: {}", line.topic, line.message), "         ");
        text += &format!("{state}  {message}\n");
        if let Some(remedy) = &line.remedy {
            text += &format!("         remedy: {}\n", clean(remedy));
        }
    }
    let count = |state| report.lines.iter().filter(|line| line.state == state).count();
    let parts = [
        counted(count(DoctorState::Problem), "problem"),
        counted(count(DoctorState::Warning), "warning"),
        format!("{} could not be looked at", count(DoctorState::Unknown)),
    ];
    text + &format!("\n{}\n", parts.join(", "))
}
