//! What a file is held against: a host, and how strict it is.

use semver::Version;
use serde::{Deserialize, Serialize};
use tenon_plugin_api::contract::{SERVICES, TARGET};

use super::glibc::Glibc;
use crate::config::{Config, Environment};
use crate::plugin::load::Generation;
use crate::plugin::trust::Trust;
use crate::support::version;

/// What a host can load: `tenon about --json` prints it of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facts {
    /// The version of this JSON.
    pub format: u32,
    /// The host's version, against which plugins' ranges for `core` are held.
    #[schema(value_type = String)]
    pub version: Version,
    /// The generations of the plugin contract that it speaks.
    pub contract: Vec<u32>,
    /// The services that its plugins can ask for.
    #[serde(default)]
    pub services: Vec<String>,
    /// The format of schema descriptors that it reads.
    pub descriptors: u32,
    /// How many times words were added to that format, as far as it knows.
    #[serde(default)]
    pub descriptors_minor: u32,
    /// The target triple it was built for.
    pub target: String,
    /// The glibc it runs with, where it does.
    #[schema(value_type = Option<String>)]
    pub glibc: Option<Glibc>,
}

impl Facts {
    /// The facts of this host.
    pub fn own() -> Self {
        Self {
            format: 1,
            version: version::version(),
            contract: Generation::ALL.iter().rev().map(|one| one.number()).collect(),
            services: SERVICES.map(str::to_owned).to_vec(),
            descriptors: tenon_schema::FORMAT,
            descriptors_minor: tenon_schema::MINOR,
            target: TARGET.to_owned(),
            glibc: Glibc::running(),
        }
    }

    /// The facts of a released version, on this machine.
    pub fn of_version(version: &Version) -> Result<Self, NotReleased> {
        let (_, contract) = RELEASED
            .iter()
            .find(|(released, _)| *released == version.to_string())
            .ok_or_else(|| NotReleased { version: version.clone() })?;
        Ok(Self { version: version.clone(), contract: contract.to_vec(), ..Self::own() })
    }

    /// The first word of the target.
    pub fn architecture(&self) -> &str {
        self.target.split('-').next().unwrap_or_default()
    }

    /// The newest generation.
    pub(super) fn newest_contract(&self) -> u32 {
        self.contract.iter().copied().max().unwrap_or_default()
    }
}

/// The versions that this one knows of, and the generations of the contract that they speak.
const RELEASED: [(&str, &[u32]); 1] = [("0.1.0", &[1, 2])];

/// A version of which nothing is known here.
#[derive(Debug, thiserror::Error)]
#[error("what Tenon {version} can load is not known to this version, {}", version::version())]
pub struct NotReleased {
    version: Version,
}

/// What a file is held against.
#[derive(Debug, Clone)]
pub struct InspectionPolicy {
    pub facts: Facts,
    /// In production nobody but the host's user and root may be able to write what is loaded.
    pub environment: Environment,
    pub trust: Trust,
}

impl InspectionPolicy {
    /// The terms of this host with the given configuration.
    pub fn of(config: &Config) -> Self {
        Self { facts: Facts::own(), environment: config.environment, trust: Trust::of(config) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_version_stands_in_the_table_with_what_it_speaks() {
        assert_eq!(Facts::of_version(&version::version()).unwrap(), Facts::own());
        let told = Facts::of_version(&Version::new(99, 0, 0)).unwrap_err().to_string();
        assert!(told.contains("99.0.0"), "{told}");
    }
}
