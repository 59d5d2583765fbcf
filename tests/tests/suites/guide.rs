//! The author's guide, followed to the letter: every command is run in a shell, every file written, every
//! answer that the guide shows is looked for in what comes.
//!
//! What a page does is done with its code blocks, by the word behind the language:
//!
//! - `sh` is run, line by line in one shell; the `text` block behind it is what has to be printed: each line
//!   in order, where `…` stands for anything.
//! - `sh serve` goes on in the background until the page ends or the next `sh serve`; it is waited for until
//!   it answers.
//! - `LANGUAGE file=PATH` is the whole of a file; `LANGUAGE in=PATH` takes the place of what begins with the
//!   same line in that file, up to the line that ends it, or stands at its end.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tenon_tests::{World, artifacts};

/// What the crate of the pages builds.
const LIBRARY: &str = "libnotes.so";

/// One code block of a page.
#[derive(Debug)]
struct Block {
    language: String,
    /// The words behind the language.
    words: Vec<String>,
    text: String,
    /// The line of the page on which it begins.
    line: usize,
}

impl Block {
    fn word(&self, name: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut words = info.split_whitespace().map(str::to_owned);
        let language = words.next().unwrap_or_default();
        let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
        let text = text.map(|line| format!("{line}\n")).collect();
        blocks.push(Block { language, words: words.collect(), text, line: number + 1 });
    }
    blocks
}

/// A reader who does what the pages say, in a folder of their own.
struct Reader {
    world: World,
    folder: PathBuf,
    samples: PathBuf,
    address: SocketAddr,
    serving: Option<Child>,
    page: String,
}

impl Reader {
    fn new() -> Self {
        let world = World::with(&[]);
        let samples = world.path().join("sample-plugins");
        fs::create_dir(&samples).unwrap();
        fs::copy(artifacts::library("identity"), samples.join("libidentity.so")).unwrap();
        let folder = world.path().join("reader");
        fs::create_dir(&folder).unwrap();
        Self { world, folder, samples, address: free_address(), serving: None, page: String::new() }
    }

    fn follow(&mut self, page: &str) {
        page.clone_into(&mut self.page);
        let text = fs::read_to_string(artifacts::root().join("plugin-api/guide").join(page)).unwrap();
        let mut printed = String::new();
        for block in blocks(&text) {
            match block.language.as_str() {
                "sh" if block.words.iter().any(|word| word == "serve") => self.serve(&block),
                "sh" => printed = self.run(&block),
                "text" => self.compare(&block, &printed),
                _ => self.write(&block),
            }
        }
    }

    /// The shell of a newcomer, who has the program and a Rust toolchain.
    fn shell(&self, script: &str) -> Command {
        // What another test may use at the same time, and what is where a package has put it.
        let script = script
            .replace("127.0.0.1:8080", &self.address.to_string())
            .replace("tenon dev", &format!("tenon dev --listen {}", self.address))
            .replace("/usr/lib/tenon/sample-plugins", self.samples.to_str().unwrap());
        let mut command = Command::new("bash");
        let toolchain = artifacts::toolchain();
        let path = toolchain.iter().find(|(name, _)| *name == "PATH").map(|(_, path)| path.clone());
        let path = path.unwrap_or_default().into_string().unwrap();
        let bin = artifacts::profile_dir().display().to_string();
        command
            .args(["-e", "-c", &script])
            .current_dir(&self.folder)
            .env("DATABASE_URL", self.world.url())
            .env("TENON_STATE_DIR", self.world.path().join("reader-state"))
            .env("TENON_TEST_STATE_DIR", self.world.path().join("reader-tests"))
            .envs(toolchain)
            .env("PATH", format!("{bin}:{path}"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", artifacts::profile_dir().parent().unwrap())
            .env("CARGO_TERM_COLOR", "never")
            .stdin(Stdio::null());
        command
    }

    fn run(&mut self, block: &Block) -> String {
        let mut printed = String::new();
        for line in whole_lines(&block.text) {
            // A folder is gone into for all that follows.
            if let Some(folder) = line.strip_prefix("cd ") {
                self.folder = self.folder.join(folder).canonicalize().unwrap();
                self.take_target();
                continue;
            }
            let output = self.shell(&line).output().unwrap();
            self.bring_library();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            let may_fail = block.words.iter().any(|word| word == "fails");
            assert!(
                output.status.success() != may_fail,
                "{} line {}: {line}\nended with {}:\n{said}",
                self.page,
                block.line,
                output.status
            );
            printed += &said;
        }
        printed
    }

    /// The versions that this project was built with are there without a network. What cargo builds lies
    /// where other suites build the same, and is brought to where an author finds it.
    fn take_target(&self) {
        if self.folder.join("Cargo.toml").is_file() {
            fs::create_dir_all(self.folder.join("target/debug")).unwrap();
            fs::copy(artifacts::root().join("Cargo.lock"), self.folder.join("Cargo.lock")).unwrap();
        }
    }

    fn bring_library(&self) {
        let (built, here) = (artifacts::profile_dir().join(LIBRARY), self.folder.join("target/debug"));
        if built.is_file() && here.is_dir() {
            fs::copy(built, here.join(LIBRARY)).unwrap();
        }
    }

    fn serve(&mut self, block: &Block) {
        self.stop();
        let script = format!("exec {}", block.text.trim());
        // In a file, so that a server that says much does not wait for somebody to read it.
        let log = self.world.path().join("serving.log");
        let out = fs::File::create(&log).unwrap();
        let mut shell = self.shell(&script);
        let mut child = shell.stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let asked = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = child.try_wait().unwrap();
            if ended.is_some() || asked.elapsed() > Duration::from_secs(120) {
                let _ = child.kill();
                let said = fs::read_to_string(&log).unwrap();
                panic!("{} line {}: {script} does not answer ({ended:?}):\n{said}", self.page, block.line);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.serving = Some(child);
    }

    fn stop(&mut self) {
        let Some(mut child) = self.serving.take() else { return };
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let _ = child.wait();
    }

    fn write(&self, block: &Block) {
        if let Some(path) = block.word("file") {
            let path = self.folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &block.text).unwrap();
        }
        if let Some(path) = block.word("in") {
            let path = self.folder.join(path);
            let text = fs::read_to_string(&path).unwrap_or_default();
            fs::write(path, replaced(&text, &block.text)).unwrap();
        }
    }

    fn compare(&self, block: &Block, printed: &str) {
        let mut rest = printed;
        for line in block.text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "…") {
            for part in line.split('…').map(str::trim).filter(|part| !part.is_empty()) {
                let Some(at) = rest.find(part) else {
                    panic!("{} line {}: {part:?} was not printed:\n{printed}", self.page, block.line);
                };
                rest = &rest[at + part.len()..];
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The lines of a script, those that end with a backslash with the next.
fn whole_lines(script: &str) -> Vec<String> {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// The text with a part of it in the place of what begins and ends with the same lines. A part of which only
/// the first or the last line is there takes the place of that line; one that sets something (`name: value`)
/// that of the line that does. Else it comes behind the rest.
fn replaced(text: &str, part: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (first, last) = (part.lines().next().unwrap_or_default(), part.lines().last().unwrap_or_default());
    let whole =
        |wanted: &str, from: usize| Some(from + lines[from..].iter().position(|line| *line == wanted)?);
    let sets = || {
        let (name, _) = first.split_once(": ")?;
        lines.iter().position(|line| line.split_once(": ").is_some_and(|(other, _)| other == name))
    };
    let place = match whole(first, 0) {
        Some(start) => Some((start, whole(last, start).unwrap_or(start))),
        None => whole(last, 0).filter(|_| last.trim() != "}").or_else(sets).map(|at| (at, at)),
    };
    let Some((start, end)) = place else { return format!("{text}\n{part}") };
    let before = lines[..start].iter().map(|line| format!("{line}\n")).collect::<String>();
    let behind = lines[end + 1..].iter().map(|line| format!("{line}\n")).collect::<String>();
    format!("{before}{part}{behind}")
}

/// The words of the macros, from the table out of which their errors come.
#[path = "../../../plugin-api/macros/src/vocabulary.rs"]
#[expect(dead_code, reason = "the macros use more of it")]
mod vocabulary;

#[test]
fn the_reference_has_every_word_of_the_macros() {
    let file = artifacts::root().join("plugin-api/guide/reference.md");
    let mut text = fs::read_to_string(artifacts::root().join("plugin-api/guide/reference-head.md")).unwrap();
    for place in vocabulary::ALL {
        text.push_str(&format!("\n## `{}`\n\n| word | written | meaning |\n|---|---|---|\n", place.place));
        for word in place.words {
            let shape = word.shape.replace('|', "\\|");
            text.push_str(&format!("| `{}` | `{shape}` | {} |\n", word.name, word.meaning));
        }
    }
    if std::env::var_os("TENON_NEW_REFERENCE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let told = "the words of the macros changed: run this test once with TENON_NEW_REFERENCE=1";
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), text, "{told}");
}

#[test]
fn the_tutorial_and_the_how_to_pages_are_followed_to_the_letter() {
    let mut reader = Reader::new();
    for page in ["tutorial.md", "how-to.md"] {
        reader.follow(page);
    }
}
