//! The program `tenon`.

use tenon_host::cli;

fn main() {
    // First of all, while there is one thread: what plugins must not see leaves the environment.
    let secrets = tenon_host::secrets::take_environment();
    cli::run(secrets).end()
}
