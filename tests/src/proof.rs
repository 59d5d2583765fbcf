//! What has to be true after every heal, whoever asked for it.

use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;

use crate::database::schema_built_by_psql;
use crate::files::files_of;
use crate::host::TestHost;
use crate::world::World;

impl World {
    /// Heals, and proves that the heal did what it says: see [`prove`](Self::prove).
    pub fn heal_and_prove(&self, plugins: &[&str]) -> TestHost {
        let host = self.host();
        let outcome = host.heal_consenting();
        assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
        self.prove(plugins);
        host
    }

    /// Heals and proves it where something besides is out or wrong, for reasons of its own: these plugins
    /// have no findings.
    pub fn heal_and_prove_some(&self, plugins: &[&str]) -> TestHost {
        let host = self.host();
        let outcome = host.heal_consenting();
        assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
        let report = self.host().check();
        for id in ["core"].iter().chain(plugins) {
            let plugin = report.plugin(&id.parse().unwrap()).unwrap();
            assert_eq!(plugin.findings, [], "{id}");
        }
        self.prove_schema(plugins);
        host
    }

    /// A new host finds nothing wrong, and PostgreSQL sees the schema that plain psql makes of the
    /// migrations of these plugins.
    pub fn prove(&self, plugins: &[&str]) {
        let report = self.host().check();
        assert_eq!(report.status, Status::Healthy, "{:#?}", report.findings().collect::<Vec<_>>());
        assert_eq!(report.findings().count(), 0, "{:#?}", report.findings().collect::<Vec<_>>());
        self.prove_schema(plugins);
    }

    /// PostgreSQL sees the schema that plain psql makes of the migrations of these plugins.
    pub fn prove_schema(&self, plugins: &[&str]) {
        let (ours, plain) = (self.database.schema(), schema_built_by_psql(&files_of(plugins)));
        assert!(ours == plain, "pg_dump -s differs from plain psql:\n{}", differing_lines(&ours, &plain));
    }
}

fn differing_lines(ours: &str, plain: &str) -> String {
    let only = |sign: &str, these: &str, those: &str| {
        let lines = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    format!("{}{}", only("healed:", ours, plain), only("psql:  ", plain, ours))
}
