//! Python's aiosmtpd as a relay that writes down what it gets.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::certificates::Certificates;
use crate::home::Home;
use crate::runs;

/// Refuses `nobody@` for good and `full@` for now; takes what goes to `flaky@` at the second attempt only.
const SERVER: &str = r#"
import asyncio, email, email.policy, hashlib, json, os, ssl, sys, threading
from aiosmtpd.smtp import SMTP, AuthResult

record, sort, cert, key = (sys.argv + ["", ""])[1:5]

class Handler:
    seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user here"
        if address.startswith("full@"):
            return "450 4.2.2 mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        # Headers of UTF-8 (RFC 6532): Python reads them from text only.
        mail = email.message_from_string(raw.decode(), policy=email.policy.SMTPUTF8)
        part = lambda kind: (lambda body: body.get_content() if body else None)(mail.get_body((kind,)))
        content = lambda one: one.get_payload(decode=True).hex()
        line = {
            "rcpt": envelope.rcpt_tos, "mail_from": envelope.mail_from, "type": mail.get_content_type(),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "to_name": mail["to"].addresses[0].display_name, "from_name": mail["from"].addresses[0].display_name,
            "to_spec": mail["to"].addresses[0].addr_spec,
            "parts": [part.get_content_type() for part in mail.iter_parts()],
            "plain": part("plain"), "html": part("html"),
            "pictures": {one["content-id"]: [one.get_content_type(), content(one)]
                for one in mail.walk() if one["content-id"]},
            "files": {one.get_filename(): [one.get_content_type(), content(one)] for one in mail.iter_attachments()
                if one.get_content_disposition() == "attachment"},
            "defects": [str(one) for part in mail.walk() for one in part.defects]
                + [str(one) for value in mail.values() for one in value.defects],
            "longest": max(len(line) for line in raw.split(b"\r\n")), "ascii": raw.isascii(),
            "hash": hashlib.sha256(raw).hexdigest(), "peer": session.peer[1], "tls": session.ssl is not None,
            "user": session.auth_data,
        }
        with open(record, "a") as out:
            out.write(json.dumps(line) + "\n")
        first = envelope.rcpt_tos[0] not in self.seen
        self.seen.add(envelope.rcpt_tos[0])
        if first and envelope.rcpt_tos[0].startswith("flaky@"):
            return "451 4.3.0 try again"
        return "250 2.0.0 queued"

def log_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"ann", b"open sesame")
    session.auth_data = mechanism if good else None
    return AuthResult(success=good, handled=good, auth_data=session.auth_data)

class Sealed(SMTP):
    # Port 465: aiosmtpd itself asks only whether STARTTLS was said.
    def connection_made(self, transport):
        super().connection_made(transport)
        self.session.ssl = transport.get_extra_info("sslcontext")
        self._tls_protocol = True

async def main():
    handler = Handler()
    loop = asyncio.get_running_loop()
    context = None
    if sort != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
    login = dict(authenticator=log_in, auth_required=True, enable_SMTPUTF8=True, hostname="relay.test")
    if sort == "plain":
        make, over = lambda: SMTP(handler, hostname="relay.test"), None
    elif sort == "starttls":
        make, over = lambda: SMTP(handler, tls_context=context, require_starttls=True, **login), None
    else:
        # Only LOGIN is offered: the other way to log in.
        make = lambda: Sealed(handler, auth_require_tls=False, auth_exclude_mechanism=["PLAIN"], **login)
        over = context
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=over)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
asyncio.run(main())
"#;

/// How the relay wants to be spoken to.
pub enum Sort<'a> {
    /// In clear, without login.
    Plain,
    /// STARTTLS first, then a login.
    StartTls(&'a Certificates),
    /// TLS from the first byte, then a login.
    Tls(&'a Certificates),
}

/// A running one; ends with this.
pub struct Relay {
    server: Child,
    pub port: String,
    record: PathBuf,
}

/// Whether it is here, or why not.
pub fn is_here() -> Result<(), &'static str> {
    if runs("python3", &["-c", "import aiosmtpd"]) {
        return Ok(());
    }
    Err("`python3 -c 'import aiosmtpd'` fails; `pip install aiosmtpd` in a venv")
}

impl Relay {
    pub fn start(home: &Home, sort: Sort<'_>) -> Self {
        let (script, record) = (home.path().join("relay.py"), home.path().join("mail.jsonl"));
        std::fs::write(&script, SERVER).expect("a file");
        let (word, files) = match sort {
            Sort::Plain => ("plain", None),
            Sort::StartTls(files) => ("starttls", Some(files)),
            Sort::Tls(files) => ("tls", Some(files)),
        };
        let mut server = Command::new("python3")
            .arg(&script)
            .arg(&record)
            .arg(word)
            .args(files.into_iter().flat_map(|files| [&files.certificate, &files.key]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python runs");
        let mut port = String::new();
        let said = server.stdout.take().expect("piped");
        BufReader::new(said).read_line(&mut port).expect("the server says its port");
        assert!(!port.trim().is_empty(), "the server did not come up");
        Self { server, port: port.trim().to_owned(), record }
    }

    pub fn mails(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(&self.record).expect("a record");
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
