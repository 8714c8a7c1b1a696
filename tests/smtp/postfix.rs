//! Postfix as a relay of its own below a folder: nothing of the machine's mail is touched, nothing leaves it.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::certificates::Certificates;
use crate::home::Home;
use crate::{DEADLINE, runs};

const PROGRAM: &str = "/usr/sbin/postfix";
const DAEMONS: &str = "/usr/lib/postfix/sbin";

/// What runs behind the two ports.
const SERVICES: &str = "cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
";

/// A running one; ends with this.
pub struct Postfix {
    folder: PathBuf,
    master: Child,
    pub starttls: u16,
    pub tls: u16,
}

/// Whether it is here, or why not.
pub fn is_here() -> Result<(), &'static str> {
    if !Path::new(PROGRAM).exists() || !Path::new(DAEMONS).exists() {
        return Err("Postfix is not installed");
    }
    if !runs("id", &["postfix"]) {
        return Err("there is no user postfix");
    }
    if !rustix::process::getuid().is_root() {
        return Err("Postfix starts as root only");
    }
    Ok(())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

fn id_of(user: &str) -> u32 {
    let said = Command::new("id").args(["-u", user]).output().expect("id runs").stdout;
    String::from_utf8_lossy(&said).trim().parse().expect("a number")
}

impl Postfix {
    /// Takes mail for ann@, bo@ and 用户@example.org, and for nobody else.
    pub fn start(home: &Home, files: &Certificates) -> Self {
        let folder = home.path().join("postfix");
        for name in ["", "spool", "data", "mail"] {
            fs::create_dir(folder.join(name)).expect("a folder");
        }
        // Its programs run as users of their own and have to get there.
        for way in [home.path(), &folder] {
            fs::set_permissions(way, fs::Permissions::from_mode(0o755)).expect("opened");
        }
        chown(folder.join("data"), Some(id_of("postfix")), None).expect("given away");
        chown(folder.join("mail"), Some(id_of("nobody")), None).expect("given away");
        let (starttls, tls) = (free_port(), free_port());
        let mut main = String::from(
            "compatibility_level = 3.6\nmail_owner = postfix\nsetgid_group = postdrop\nmydestination =\n\
             maillog_file = /dev/stdout\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks =\n\
             myhostname = relay.test\nalias_maps =\nvirtual_mailbox_domains = example.org\n\
             virtual_mailbox_maps = inline:{ ann@example.org=ann bo@example.org=bo {用户@example.org=yonghu} }\n\
             smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_tls_security_level = encrypt\n",
        );
        let nobody = id_of("nobody");
        for (name, value) in [
            ("queue_directory", folder.join("spool").display().to_string()),
            ("data_directory", folder.join("data").display().to_string()),
            ("daemon_directory", DAEMONS.to_owned()),
            ("command_directory", "/usr/sbin".to_owned()),
            ("virtual_mailbox_base", folder.join("mail").display().to_string()),
            ("virtual_uid_maps", format!("static:{nobody}")),
            ("virtual_gid_maps", format!("static:{nobody}")),
            ("smtpd_tls_cert_file", files.certificate.display().to_string()),
            ("smtpd_tls_key_file", files.key.display().to_string()),
        ] {
            writeln!(main, "{name} = {value}").expect("written");
        }
        let ports = format!(
            "127.0.0.1:{starttls} inet n - n - - smtpd\n\
             127.0.0.1:{tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
        );
        fs::write(folder.join("main.cf"), main).expect("a file");
        fs::write(folder.join("master.cf"), ports + SERVICES).expect("a file");
        let log = fs::File::create(folder.join("log")).expect("a file");
        let master = Command::new(PROGRAM)
            .arg("-c")
            .arg(&folder)
            .arg("start-fg")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the same file"))
            .stderr(log)
            .spawn()
            .expect("it starts");
        let postfix = Self { folder, master, starttls, tls };
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", tls)).is_err() {
            assert!(Instant::now() < deadline, "{}", postfix.log());
            std::thread::yield_now();
        }
        postfix
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What was delivered to a person, once there is something.
    pub fn mailbox(&self, person: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let mail = fs::read_to_string(self.folder.join("mail").join(person)).unwrap_or_default();
            // The end of a mail in an mbox is an empty line.
            if mail.ends_with("\n\n") {
                return mail;
            }
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::yield_now();
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = Command::new(PROGRAM)
            .arg("-c")
            .arg(&self.folder)
            .arg("stop")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = self.master.kill();
        let _ = self.master.wait();
    }
}
