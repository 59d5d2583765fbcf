//! The program `tenon`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tenon_host::cli::{self, Exit};

fn main() {
    // First of all, while there is one thread: what plugins must not see leaves the environment.
    let secrets = tenon_host::support::secrets::take_environment();
    // A panic too ends here: what ends a program else calls what plugins have left for that.
    catch_unwind(AssertUnwindSafe(|| cli::run(secrets))).unwrap_or(Exit::Failed).end()
}
