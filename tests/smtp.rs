//! Mail to an SMTP server that is not ours: Python's aiosmtpd, which reads what arrives with Python's own
//! parser. Skipped where it is not installed.

#[path = "support/home.rs"]
mod home;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use home::Home;
use serde_json::Value;

/// Refuses `nobody@` for good and `full@` for now; takes what goes to `flaky@` at the second attempt only.
const SERVER: &str = r#"
import asyncio, email, email.policy, hashlib, json, os, sys, threading
from aiosmtpd.smtp import SMTP

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
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        part = lambda kind: (lambda body: body.get_content() if body else None)(mail.get_body((kind,)))
        record = {
            "rcpt": envelope.rcpt_tos, "mail_from": envelope.mail_from, "type": mail.get_content_type(),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "to_name": mail["to"].addresses[0].display_name, "from_name": mail["from"].addresses[0].display_name,
            "parts": [part.get_content_type() for part in mail.iter_parts()],
            "plain": part("plain"), "html": part("html"),
            "defects": [str(one) for part in mail.walk() for one in part.defects]
                + [str(one) for value in mail.values() for one in value.defects],
            "longest": max(len(line) for line in raw.split(b"\r\n")), "ascii": raw.isascii(),
            "hash": hashlib.sha256(raw).hexdigest(),
        }
        with open(sys.argv[1], "a") as out:
            out.write(json.dumps(record) + "\n")
        first = envelope.rcpt_tos[0] not in self.seen
        self.seen.add(envelope.rcpt_tos[0])
        if first and envelope.rcpt_tos[0].startswith("flaky@"):
            return "451 4.3.0 try again"
        return "250 2.0.0 queued"

async def main():
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="relay.test"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
asyncio.run(main())
"#;

/// How long sending may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

struct Relay {
    server: Child,
    port: String,
    record: PathBuf,
}

impl Relay {
    fn start(home: &Home) -> Self {
        let (script, record) = (home.path().join("relay.py"), home.path().join("mail.jsonl"));
        std::fs::write(&script, SERVER).expect("a file");
        let mut server = Command::new("python3")
            .arg(&script)
            .arg(&record)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let mut port = String::new();
        let said = server.stdout.take().expect("piped");
        BufReader::new(said).read_line(&mut port).expect("the server says its port");
        Self { server, port: port.trim().to_owned(), record }
    }

    fn mails(&self) -> Vec<Value> {
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

fn json(home: &Home, args: &[&str]) -> Value {
    let output = home.run(args);
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn has_aiosmtpd() -> bool {
    let tried = Command::new("python3").args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn a_server_that_is_not_ours_understands_every_mail_and_its_refusals_stay_with_whom_they_meant() {
    if !has_aiosmtpd() {
        println!("skipped: `python3 -c 'import aiosmtpd'` fails; `pip install aiosmtpd` in a venv");
        return;
    }
    let home = Home::new();
    let relay = Relay::start(&home);
    let port = format!("port={}", relay.port);
    home.run(&[
        "channel",
        "add",
        "mail",
        "--kind",
        "email",
        "--set",
        "host=127.0.0.1",
        "--set",
        &port,
        "--set",
        "security=none",
        "--set",
        "from=运维中心 Ops <ops@example.com>",
        "--set",
        "unsubscribe_url=https://example.com/u/{token}",
        "--set",
        "rate=none",
    ]);
    home.run(&["topic", "add", "ops"]);
    let people = [
        ("王小明", "wang"),
        ("Nobody", "nobody"),
        ("O'Brien, \"Bo\"", "bo"),
        ("Full", "full"),
        ("Flaky 李雷", "flaky"),
        ("Ünal", "unal"),
    ];
    for (name, local) in people {
        let address = format!("mail={local}@example.org");
        home.run(&["subscriber", "add", name, "--address", &address, "--topic", "ops"]);
    }
    let body = "# 停电通知\n\nHello **{{name}}**, 今晚 23:00 维护。\n\n.a line that begins with a dot\n";
    std::fs::write(home.path().join("body.md"), body).expect("a file");
    let title = "停电通知：今晚 23:00 至次日 06:00 全部机房轮流维护，请提前保存工作 (maintenance tonight)";
    let sent = json(
        &home,
        &[
            "send",
            "--to",
            "topic:ops",
            "--title",
            title,
            "--format",
            "markdown",
            "--confirm-count",
            "6",
            "--url",
            "https://example.com/状态?a=1&b=2",
            "--json",
            "body.md",
        ],
    );
    let id = sent["data"]["id"].as_str().expect("an id").to_owned();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let shown = json(&home, &["broadcast", "show", &id, "--json"]);
        let counts = &shown["data"]["counts"];
        if counts["accepted"] == 4 && counts["rejected"] == 1 && counts["deferred"] == 1 {
            break;
        }
        assert!(Instant::now() < deadline, "{counts}");
    }

    let rows = json(&home, &["history", "list", "--json"]);
    let rows = rows["data"]["items"].as_array().expect("a list");
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).expect("there").to_owned();
    let refused = row("Nobody");
    assert_eq!(refused["class"], "bad_recipient");
    assert_eq!(refused["provider_code"], "550 5.1.1");
    assert!(refused["provider_text"].as_str().expect("text").contains("no such user here"), "{refused}");
    assert_eq!(
        (&row("Full")["class"], &row("Full")["provider_code"]),
        (&"quota".into(), &"450 4.2.2".into())
    );
    assert_eq!(row("Flaky 李雷")["attempts"], 2);

    let mails = relay.mails();
    assert_eq!(mails.len(), 5, "one each, and the flaky one twice");
    let mut tokens = std::collections::BTreeMap::new();
    for mail in &mails {
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail}");
        assert_eq!(mail["rcpt"].as_array().map(Vec::len), Some(1), "one person a transaction");
        assert!(mail["longest"].as_u64().expect("a number") <= 998 && mail["ascii"] == true, "{mail}");
        assert_eq!(mail["mail_from"], "ops@example.com");
        assert_eq!(mail["from_name"], "运维中心 Ops");
        let local = mail["rcpt"][0].as_str().and_then(|to| to.split('@').next()).expect("a mailbox");
        let (name, _) = people.iter().find(|(_, known)| *known == local).expect("one of them");
        assert_eq!(mail["to_name"], *name);
        assert_eq!(
            (&mail["type"], &mail["parts"]),
            (&"multipart/alternative".into(), &serde_json::json!(["text/plain", "text/html"]),)
        );
        let (plain, html) = (mail["plain"].as_str().expect("text"), mail["html"].as_str().expect("HTML"));
        assert!(plain.contains(name) && plain.contains("今晚 23:00 维护。"), "{plain}");
        assert!(plain.contains("\n.a line that begins with a dot"), "{plain}");
        assert!(html.contains("<strong>") && html.contains("停电通知</h1>"), "{html}");
        let header = |name: &str| mail["headers"][name].as_str().unwrap_or_default();
        assert_eq!(header("subject"), title);
        let id = header("message-id");
        assert!(id.starts_with('<') && id.ends_with("@example.com>"), "{id}");
        // The id is known to whoever gets the mail forwarded: the link must not follow from it.
        let key = id.trim_matches(['<', '>']).split('@').next().expect("a part");
        let link = header("list-unsubscribe");
        let token = link.strip_prefix("<https://example.com/u/").expect("a link").trim_end_matches('>');
        assert!(token.len() > 32 && !token.contains(key), "{token}");
        tokens.insert(token.to_owned(), mail["rcpt"][0].clone());
        assert_eq!(header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
        assert_eq!(header("precedence"), "bulk");
        assert!(header("list-id").starts_with("<pushdeck."));
        assert!(!header("date").is_empty() && header("mime-version") == "1.0");
    }
    assert_eq!(tokens.len(), 4, "one token for each person, however often it is tried");
    let flaky: Vec<&Value> = mails.iter().filter(|mail| mail["rcpt"][0] == "flaky@example.org").collect();
    assert_eq!(flaky[0]["hash"], flaky[1]["hash"], "the second attempt is the same bytes, the id too");
    let mut ids: Vec<&str> = mails.iter().filter_map(|mail| mail["headers"]["message-id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "everybody has a message of their own");
}
