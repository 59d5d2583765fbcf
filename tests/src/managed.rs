//! The managed database of a world, and one as former versions made it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::server::{TestServer, as_server_user, give_to_server_user, run};
use crate::world::World;

impl World {
    /// Has the host run its own database from now on.
    pub fn manage(&self) {
        self.set_url("");
        self.leave_isolation();
    }

    /// The managed database's place.
    fn postgres(&self) -> PathBuf {
        self.path().join("state/postgres")
    }

    /// psql in the managed database as a superuser of this name, while it runs.
    fn managed_psql(&self, superuser: &str) -> Command {
        let mut psql = TestServer::shared().psql("tenon");
        let password = fs::read_to_string(self.postgres().join("password")).unwrap();
        psql.env("PGHOST", self.postgres().join("socket")).env("PGPORT", "5432").env("PGUSER", superuser);
        psql.env("PGPASSWORD", password);
        psql
    }

    /// Runs SQL in the managed database as its bootstrap superuser, while it runs.
    pub fn managed_sql(&self, sql: &str) -> String {
        run(self.managed_psql("tenon-bootstrap").args(["-c", sql])).trim_end().to_owned()
    }
}

impl World {
    /// Runs SQL in the managed database that may be refused: what it gives, or what the server said.
    pub fn try_managed_sql(&self, sql: &str) -> Result<String, String> {
        let output = self.managed_psql("tenon-bootstrap").args(["-c", sql]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// A managed database as versions made it that had one role, a superuser called `tenon`. It runs until it is
/// stopped.
#[derive(Debug)]
pub struct Former<'a> {
    world: &'a World,
}

impl<'a> Former<'a> {
    /// Makes it in the world's state directory, and has the host use it by its address.
    pub fn start(world: &'a World) -> Self {
        let place = world.postgres();
        for directory in ["", "socket"] {
            let directory = place.join(directory);
            fs::create_dir_all(&directory).unwrap();
            give_to_server_user(&directory);
        }
        fs::set_permissions(place.join("socket"), Permissions::from_mode(0o700)).unwrap();
        let password = "0123456789abcdef".repeat(4);
        fs::write(place.join("password"), &password).unwrap();
        give_to_server_user(&place.join("password"));
        let program = |name: &str| as_server_user(&TestServer::shared().bindir.join(name), &place);
        run(program("initdb")
            .args([
                "--pgdata=data",
                "--pwfile=password",
                "--username=tenon",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .args(["--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--no-sync"]));
        let options = format!("-F -c listen_addresses= -k '{}'", place.join("socket").display());
        let data = place.join("data");
        let mut start = program("pg_ctl");
        start
            .args(["start", "--wait", "--silent", "--log=former.log", "-o", &options, "--pgdata"])
            .arg(&data);
        assert!(start.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        let former = Self { world };
        run(former.world.managed_psql("tenon").args(["-d", "postgres", "-c", "CREATE DATABASE tenon"]));
        let socket = place.join("socket").to_str().unwrap().replace('/', "%2F");
        world.set_url(&format!("postgresql://tenon:{password}@{socket}:5432/tenon"));
        former
    }

    /// Runs SQL as its superuser.
    pub fn sql(&self, sql: &str) -> String {
        run(self.world.managed_psql("tenon").args(["-c", sql])).trim_end().to_owned()
    }

    /// Stops it: the next start is the host's own.
    pub fn stop(self) {
        self.world.manage();
    }
}

impl Drop for Former<'_> {
    fn drop(&mut self) {
        let mut stop = as_server_user(&TestServer::shared().bindir.join("pg_ctl"), &self.world.postgres());
        let _ = stop.args(["stop", "--mode=fast", "--silent", "--pgdata=data"]).output();
    }
}
