//! How many plugins serve, and how many do not for which reason.

use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::{PluginHealth, Serving};

use super::HealthReport;

/// The plugins of a report by what they are at; the host itself is none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PluginStates {
    /// Not loaded.
    pub out: usize,
    /// Loaded, and in quarantine.
    pub quarantined: usize,
    /// Loaded, and held back until the database is in step.
    pub held: usize,
    /// Not wanted by the operator.
    pub disabled: usize,
    pub serving: usize,
}

impl PluginStates {
    /// Counts the plugins of a report.
    pub fn of(report: &HealthReport) -> Self {
        let mut states = Self::default();
        for plugin in report.plugins.iter().filter(|plugin| !plugin.id.is_core()) {
            *states.of_plugin(plugin) += 1;
        }
        states
    }

    fn of_plugin(&mut self, plugin: &PluginHealth) -> &mut usize {
        match plugin.serving {
            Serving::Out => &mut self.out,
            Serving::Held if is_quarantined(plugin) => &mut self.quarantined,
            Serving::Held => &mut self.held,
            Serving::Disabled => &mut self.disabled,
            Serving::Yes => &mut self.serving,
        }
    }

    /// All plugins.
    pub fn total(&self) -> usize {
        self.out + self.quarantined + self.held + self.disabled + self.serving
    }

    /// "2 plugins are out, 1 is held back, 3 are serving", without a full stop.
    pub fn sentence(&self) -> String {
        let told = [
            (self.out, "out"),
            (self.quarantined, "in quarantine"),
            (self.held, "held back until the database is in step"),
            (self.disabled, "disabled"),
        ];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<_> = told.chain([(self.serving, "serving")]).collect();
        let told = told.iter().enumerate().map(|(number, (count, what))| {
            let is = if *count == 1 { "is" } else { "are" };
            match (number, count) {
                (0, 0) => "no plugin is serving".to_owned(),
                (0, 1) => format!("1 plugin {is} {what}"),
                (0, _) => format!("{count} plugins {is} {what}"),
                (_, 0) => format!("none is {what}"),
                _ => format!("{count} {is} {what}"),
            }
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// Whether its routes do not answer since it is in quarantine.
fn is_quarantined(plugin: &PluginHealth) -> bool {
    plugin.findings.iter().any(|finding| finding.cause == Cause::Quarantined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_out_held_and_in_quarantine_is_counted_apart() {
        let said = |out, quarantined, held, serving| {
            PluginStates { out, quarantined, held, serving, disabled: 0 }.sentence()
        };
        assert_eq!(said(2, 0, 0, 3), "2 plugins are out, 3 are serving");
        assert_eq!(
            said(1, 1, 4, 0),
            "1 plugin is out, 1 is in quarantine, 4 are held back until the database is in step, none is serving"
        );
        assert_eq!(said(0, 1, 0, 1), "1 plugin is in quarantine, 1 is serving");
        assert_eq!(said(0, 0, 0, 1), "1 plugin is serving");
        assert_eq!(said(0, 0, 0, 0), "no plugin is serving");
    }
}
