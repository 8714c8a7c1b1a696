//! A desk to work at: a home of its own, the binary, the sandbox. Leaves no process behind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pushdeck::sandbox::{Options, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one JSON document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Its data.
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The first word of stdout: where a command prints an id.
    pub fn id(&self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out.split_whitespace().next().expect("an id").to_owned()
    }

    /// Fails the test unless it ended so.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Fails the test unless a person was told this.
    #[track_caller]
    pub fn tells(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text} in {}", self.err);
        self
    }
}

/// A home, and the sandbox that its channels talk to.
pub struct Desk {
    home: TempDir,
    pub sandbox: Sandbox,
    env: BTreeMap<String, String>,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    /// A desk with an empty home.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// The same with a sandbox that behaves so.
    pub fn with(options: Options) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
        let home = tempfile::tempdir().expect("a home");
        Self { home, sandbox, env: BTreeMap::new(), runtime }
    }

    /// Sets a variable of the environment for every command from now on.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the home, for its owner alone, and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(&path).expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        path.display().to_string()
    }

    pub fn config(&self, text: &str) {
        self.file(".config/pushdeck/config.toml", text);
    }

    /// The command, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("pushdeck"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("USER", "tester")
            .env("PUSHDECK_SEND_IDLE", "300ms")
            .envs(&self.env)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().expect("it runs"))
    }

    /// Runs a command and fails the test unless it succeeds.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> Ran {
        self.run(args).ends(0)
    }

    /// Runs a command with a text on standard input.
    pub fn piped(&self, args: &[&str], text: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().expect("it starts");
        // A command that refuses before it reads closes the pipe; that is its right.
        drop(child.stdin.take().expect("a pipe").write_all(text.as_bytes()));
        ran(child.wait_with_output().expect("it ends"))
    }

    /// Sends `body` with these arguments.
    pub fn send(&self, args: &[&str]) -> Ran {
        let line = [&["send", "--title", "Power", "--format", "text"], args, &["-"]].concat();
        self.piped(&line, "The power is back.")
    }

    /// Makes the four channels `wx`, `bk`, `sc`, `em`.
    pub fn channels(&self) {
        let token = self.file("token", "AT_sandboxsandbox\n");
        let url = format!("base_url={}", self.sandbox.wxpusher_url());
        let secret = format!("app_token={token}");
        self.ok(&["channel", "add", "wx", "--kind", "wxpusher", "--set", &url, "--secret-file", &secret]);
        let url = format!("base_url={}", self.sandbox.bark_url());
        self.ok(&["channel", "add", "bk", "--kind", "bark", "--set", &url, "--set", "batch=no"]);
        let url = format!("base_url={}", self.sandbox.serverchan_url());
        self.ok(&["channel", "add", "sc", "--kind", "serverchan", "--set", &url, "--set", "rate=none"]);
        let (host, port) = (self.sandbox.smtp_addr().ip(), self.sandbox.smtp_addr().port());
        let (host, port) = (format!("host={host}"), format!("port={port}"));
        let set =
            ["--set", &host, "--set", &port, "--set", "security=none", "--set", "from=news@example.com"];
        self.ok(&[&["channel", "add", "em", "--kind", "email"], &set[..]].concat());
    }

    /// Imports people from lines under this heading.
    pub fn import(&self, heading: &str, lines: &[String]) -> Ran {
        let file = self.file("people.csv", &format!("{heading}\n{}\n", lines.join("\n")));
        self.ok(&["subscriber", "import", &file, "--json"])
    }

    /// The books of a broadcast, checked: the states sum to the audience.
    #[track_caller]
    pub fn books(&self, id: &str) -> BTreeMap<String, i64> {
        let data = self.ok(&["broadcast", "show", id, "--json"]).data();
        let counts: BTreeMap<String, i64> =
            serde_json::from_value(data["counts"].clone()).expect("counts of numbers");
        assert_eq!(counts.len(), 10, "{counts:?}");
        assert_eq!(counts.values().sum::<i64>(), data["audience"].as_i64().expect("a number"), "{data}");
        assert_eq!(data["to_send"].as_i64(), Some(counts.values().sum::<i64>() - counts["skipped"]));
        counts
    }

    fn data(&self) -> PathBuf {
        self.path(".local/share/pushdeck")
    }

    /// Until no sender holds the store.
    pub fn wait_for_the_sender_to_leave(&self) {
        if let Ok(lock) = File::open(self.data().join("sender.lock")) {
            lock.lock().expect("the sender leaves");
        }
    }

    /// The store, looked at from outside.
    pub fn store(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("pushdeck.db")).expect("the store")
    }

    /// The process id of the living sender.
    pub fn sender(&self) -> Option<rustix::process::Pid> {
        let pid: Option<i32> = self.store().query_row("SELECT pid FROM sender", [], |row| row.get(0)).ok()?;
        rustix::process::Pid::from_raw(pid?)
    }
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        let Ok(lock) = File::open(self.data().join("sender.lock")) else { return };
        if lock.try_lock().is_ok() {
            return;
        }
        if let Some(pid) = self.sender() {
            // It may have left by itself in this moment.
            let _gone_already = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        // Until the last one has left; the home goes after that.
        lock.lock().expect("the sender leaves");
    }
}
