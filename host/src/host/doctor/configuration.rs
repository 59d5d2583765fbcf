//! The configuration: where it comes from, and what is unwise in it.

use crate::config::{Config, SetKey};
use crate::report::doctor::DoctorLine;

const TOPIC: &str = "configuration";

pub(super) fn lines(config: &Config, set: Option<&[SetKey]>) -> Vec<DoctorLine> {
    let file = config.file.as_deref().map_or_else(
        || "there is no configuration file".to_owned(),
        |file| format!("{} can be used", file.display()),
    );
    let keys = match set {
        None => String::new(),
        Some([]) => "; no key is set".to_owned(),
        Some(set) => {
            let told = set.iter().map(|one| format!("{} ({})", one.key, one.origin)).collect::<Vec<_>>();
            format!("; set are {}", told.join(", "))
        }
    };
    let warnings = config.warnings.iter().map(|warning| {
        DoctorLine::warning(TOPIC, warning, "`tenon config show` shows each key, and where it is set")
    });
    std::iter::once(DoctorLine::ok(TOPIC, format!("{file}{keys}"))).chain(warnings).collect()
}
