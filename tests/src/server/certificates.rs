//! Certificates for a server of one test's own, by an authority of its own.

use std::fs;
use std::path::Path;

use super::{as_server_user, give_to_server_user, run};

const SECTIONS: &str = "[req]\ndistinguished_name = whose\n[whose]\n\
    [authority]\nbasicConstraints = critical, CA:TRUE\n\
    [server]\nbasicConstraints = CA:FALSE\nsubjectAltName = DNS:localhost\n";

/// The `pg_hba.conf` of an encrypted server: over the socket everybody is let in, over TCP with TLS alone.
const LETS_IN: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

/// Makes `server.pem` for `localhost`, signed by `authority.pem`, and `stranger.pem`, which signed nothing:
/// the options of a server that shows the first.
pub(super) fn make(home: &Path) -> String {
    for (name, text) in [("sections.cnf", SECTIONS), ("hba.conf", LETS_IN)] {
        fs::write(home.join(name), text).unwrap();
        give_to_server_user(&home.join(name));
    }
    let sign = |name: &str, more: &str| {
        let request = format!(
            "req -x509 -config sections.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
             -subj /CN={name} -keyout {name}.key -out {name}.pem {more}"
        );
        run(as_server_user(Path::new("openssl"), home).args(request.split_whitespace()));
    };
    sign("authority", "-extensions authority");
    sign("stranger", "-extensions authority");
    sign("server", "-extensions server -CA authority.pem -CAkey authority.key");
    let of = |setting: &str, file: &str| format!("-c {setting}='{}'", home.join(file).display());
    let files =
        [of("ssl_cert_file", "server.pem"), of("ssl_key_file", "server.key"), of("hba_file", "hba.conf")];
    format!("-c ssl=on {}", files.join(" "))
}
