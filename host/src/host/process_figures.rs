//! Figures of the process, under the names that every program has for Prometheus
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::{Registry, Unit};

use super::gauges::{one, seconds};

/// What the system tells of this process.
#[derive(Debug, Clone)]
pub struct ProcessFigures {
    /// Seconds on a processor.
    pub cpu: f64,
    /// Seconds since 1970.
    pub started: f64,
    pub resident_bytes: u64,
    pub virtual_bytes: u64,
    pub threads: usize,
    pub open_files: Option<usize>,
    /// How many files it may have open; absent without a limit.
    pub most_files: Option<u64>,
}

impl ProcessFigures {
    /// As it is now; `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    pub fn now() -> Option<Self> {
        use procfs::process::{LimitValue, Process};

        let process = Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let per_second = procfs::ticks_per_second();
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit into an f64, in hundredths too"
        )]
        let of_ticks = |ticks: u64| ticks as f64 / per_second as f64;
        let booted = procfs::boot_time_secs().ok()?;
        let most = process.limits().ok().map(|limits| limits.max_open_files.soft_limit);
        Some(Self {
            cpu: of_ticks(stat.utime.saturating_add(stat.stime)),
            started: of_ticks(stat.starttime.saturating_add(booted.saturating_mul(per_second))),
            resident_bytes: stat.rss.saturating_mul(procfs::page_size()),
            virtual_bytes: stat.vsize,
            threads: usize::try_from(stat.num_threads).unwrap_or_default(),
            open_files: process.fd_count().ok(),
            most_files: match most? {
                LimitValue::Value(most) => Some(most),
                LimitValue::Unlimited => None,
            },
        })
    }

    /// As it is now; `None` where the system does not tell.
    #[cfg(not(target_os = "linux"))]
    pub fn now() -> Option<Self> {
        None
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let bytes = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let cpu = Counter::<f64, AtomicU64>::default();
        cpu.inc_by(self.cpu);
        registry.register_with_unit("process_cpu", "Time on a processor", Unit::Seconds, cpu);
        seconds(registry, "process_start_time", "When the process started", self.started);
        one(registry, "process_resident_memory_bytes", "Memory in use", bytes(self.resident_bytes));
        one(registry, "process_virtual_memory_bytes", "Memory reserved", bytes(self.virtual_bytes));
        one(registry, "process_threads", "Threads, those of plugins included", self.threads);
        if let Some(open) = self.open_files {
            one(registry, "process_open_fds", "Files and sockets that are open", open);
        }
        if let Some(most) = self.most_files {
            one(registry, "process_max_fds", "Files and sockets that may be open", bytes(most));
        }
    }
}
