//! The same drop over a real SSH link: a server of the user's own on loopback with keys that are thrown away, whose
//! client is killed. Skipped, with a notice, where no `sshd` is installed or it does not let its own user in.
//!
//! `PUSHDECK_DRILL_SSH` sets how many links are dropped.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::drops::{Drill, SOON};
use crate::home::BINARY;
use crate::share;
use crate::terminal::Terminal;

/// How long a server may take to listen.
const LONGEST: Duration = Duration::from_secs(10);

/// A server that ends with the drill, and how to reach it.
struct Server {
    process: Child,
    client: Vec<String>,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts one; why not, if it cannot be.
    fn start() -> Result<Self, String> {
        let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];
        let sshd = sshd.iter().find(|path| Path::new(path).exists()).ok_or("no sshd is installed")?;
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for key in ["host", "user"] {
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &file(key)]).status();
            if !made.is_ok_and(|status| status.success()) {
                return Err("ssh-keygen makes no keys".to_owned());
            }
        }
        fs::copy(file("user.pub"), file("allowed")).expect("a copy");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let port = address.port().to_string();
        let config = format!(
            "ListenAddress {address}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\n\
             PasswordAuthentication no\n",
            file("host"),
            file("allowed"),
        );
        fs::write(file("config"), config).expect("a file");
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f", &file("config")])
            .stdin(Stdio::null())
            .stderr(fs::File::create(file("log")).expect("a file"))
            .spawn()
            .map_err(|error| error.to_string())?;
        let known = "UserKnownHostsFile=/dev/null";
        let client =
            ["-F", "none", "-i", &file("user"), "-p", &port, "-o", "StrictHostKeyChecking=no", "-o", known];
        let client = [&client[..], &["-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "127.0.0.1"]].concat();
        let client = client.into_iter().map(str::to_owned).collect();
        let mut server = Self { process, client, folder };
        let until = Instant::now() + LONGEST;
        while TcpStream::connect(address).is_err() {
            if server.process.try_wait().expect("our child").is_some() || Instant::now() > until {
                return Err("sshd does not listen: ".to_owned() + &server.log());
            }
            std::thread::yield_now();
        }
        let let_in = Command::new("ssh").args(&server.client).arg("true").stdin(Stdio::null()).status();
        if !let_in.is_ok_and(|status| status.success()) {
            return Err("sshd does not let its user in: ".to_owned() + &server.log());
        }
        Ok(server)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The console of this home, wherever it was started from.
fn console_of(home: &Path) -> Option<Pid> {
    let home = format!("HOME={}\0", home.display()).into_bytes();
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        let line = fs::read(process.path().join("cmdline")).ok()?;
        let environment = fs::read(process.path().join("environ")).ok()?;
        let is_ours = line == format!("{BINARY}\0").into_bytes()
            && environment.windows(home.len()).any(|part| part == home);
        if is_ours { Pid::from_raw(pid) } else { None }
    })
}

#[test]
fn a_dropped_ssh_link_takes_the_console_and_nothing_else() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => return println!("SKIPPED: {why}"),
    };
    let drops = share::size("PUSHDECK_DRILL_SSH", 2, 100);
    let mut drill = Drill::new();
    let mut slowest = Duration::ZERO;
    for _ in 0..drops {
        drill.keep_sending();
        let mut args = vec!["-tt".to_owned()];
        args.extend(server.client.iter().cloned());
        args.extend(["env".to_owned(), "-i".to_owned()]);
        args.extend(drill.home.environment().iter().map(|(name, value)| format!("{name}={value}")));
        args.push(BINARY.to_owned());
        let mut client = Terminal::program(&drill.home, "/usr/bin/ssh", &args);
        client.sees(&["sending", "Drill"]);
        let path = drill.home.path().to_owned();
        assert!(console_of(&path).is_some(), "there is a console");
        let took = drill.unnoticed(|_| {
            let begun = Instant::now();
            client.signal(Signal::KILL);
            while console_of(&path).is_some() {
                assert!(begun.elapsed() <= SOON, "the console is there after {:?}", begun.elapsed());
            }
            begun.elapsed()
        });
        slowest = slowest.max(took);
        drop(drill.console());
    }
    drill.finish();
    drill.field.is_sound();
    println!("{drops} dropped SSH links: gone after {} ms at most", slowest.as_millis());
}
