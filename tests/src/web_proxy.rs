//! The reverse proxies that the operator's guide configures, in front of three hosts.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::artifacts::root;

/// How long one may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that passes requests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    Nginx,
    HaProxy,
}

impl ProxyKind {
    /// The program, as it is called in the guide too.
    pub fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
        }
    }

    /// Whether this machine has it.
    pub fn is_here(self) -> bool {
        self.command().arg("-v").output().is_ok_and(|output| output.status.success())
    }

    fn command(self) -> Command {
        // Ordinary users may not have that folder in their path.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut programs = path.split(':').map(|folder| Path::new(folder).join(self.program()));
        Command::new(programs.find(|file| file.exists()).unwrap_or_default())
    }
}

/// A proxy of one test's own. Ends with the value.
#[derive(Debug)]
pub struct WebProxy {
    address: SocketAddr,
    process: Child,
    place: TempDir,
}

impl Drop for WebProxy {
    fn drop(&mut self) {
        // nginx has processes of its own, which it ends.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let end = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl WebProxy {
    /// Starts one as the guide configures it, but for its own address and those of the hosts.
    pub fn start(kind: ProxyKind, address: SocketAddr, hosts: &[SocketAddr; 3]) -> Self {
        let place = tempfile::tempdir().unwrap();
        // nginx's workers are somebody else, where it is started by root.
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let file = place.path().join("tenon.conf");
        let mut text = of_guide(kind.program());
        match kind {
            ProxyKind::Nginx => put(&mut text, "listen 80;", &format!("listen {address};")),
            ProxyKind::HaProxy => put(&mut text, "bind :80\n", &format!("bind {address}\n")),
        }
        for (host, number) in hosts.iter().zip(11..) {
            put(&mut text, &format!("10.0.0.{number}:8420"), &host.to_string());
        }
        fs::write(&file, text).unwrap();
        let mut command = kind.command();
        match kind {
            ProxyKind::Nginx => {
                fs::write(place.path().join("nginx.conf"), NGINX).unwrap();
                command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(place.path());
            }
            ProxyKind::HaProxy => drop(command.args(["-db", "-f"]).arg(file)),
        }
        let log = fs::File::create(place.path().join("log")).unwrap();
        command.current_dir(&place).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut proxy = Self { address, process: command.spawn().unwrap(), place };
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let ended = proxy.process.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{ended:?}: {}", proxy.said());
            thread::sleep(Duration::from_millis(20));
        }
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged.
    pub fn said(&self) -> String {
        fs::read_to_string(self.place.path().join("log")).unwrap()
    }
}

/// What stands around the guide's text, as in Debian's own file, but that nothing is outside of the place.
const NGINX: &str = "daemon off;
worker_processes 2;
pid nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include tenon.conf;
}
";

/// The one block of the operator's guide in this language.
fn of_guide(language: &str) -> String {
    let guide = fs::read_to_string(root().join("dist/README.md")).unwrap();
    let (_, rest) = guide.split_once(&format!("\n```{language}\n")).expect("the guide configures it");
    let (block, rest) = rest.split_once("```\n").unwrap();
    assert!(!rest.contains(&format!("\n```{language}\n")), "the guide configures {language} once");
    block.to_owned()
}

fn put(text: &mut String, there: &str, new: &str) {
    assert!(text.contains(there), "{there}: {text}");
    *text = text.replace(there, new);
}
