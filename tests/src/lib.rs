//! The harness: the only vocabulary of the test suites.
//!
//! A [`World`] is one test's own place: a database on the run's one real server, a plugin directory, a state
//! directory. In it a test opens the host in this process ([`World::host`]), runs the real program
//! ([`World::tenon`]), or serves ([`World::serve`]); and it asks PostgreSQL's own programs what came of it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test harness fails by panicking"
)]

pub mod artifacts;
mod asking;
pub mod author;
mod balancer;
mod corrupted;
pub mod database;
mod disk;
pub mod faults;
mod files;
mod forward_proxy;
mod host;
mod in_c;
mod isolation;
mod issuer;
mod kernel;
mod long;
mod managed;
pub mod mutate;
pub mod pairs;
mod pooler;
mod proof;
mod proxy;
pub mod random;
mod redact;
mod role;
mod server;
mod service_manager;
mod serving;
mod sink;
mod tenon;
mod web_proxy;
mod world;

pub use balancer::Balancer;
pub use corrupted::corrupted;
pub use database::TestDatabase;
pub use files::files_of;
pub use forward_proxy::ForwardProxy;
pub use host::{TestHost, config, failure_of, request};
pub use in_c::{c_library, c_plugin, c_plugin_of};
pub use issuer::{SigningKey, claims, write_key_set};
pub use kernel::{Lacks, on_a_kernel_that};
pub use long::{is_long, some_of};
pub use managed::Former;
pub use pooler::Pooler;
pub use proxy::Proxy;
pub use role::{PluginRole, Role};
pub use server::{OwnServer, PatroniCluster, PrimaryAndStandby, SUPERUSER, TestServer};
pub use service_manager::ServiceManager;
pub use serving::{HttpAnswer, SecondClient, ServeProcess};
pub use sink::{Answers, Posted, Sink};
pub use tenon::{Run, nobody_runs_again};
pub use web_proxy::{ProxyKind, WebProxy};
pub use world::World;
