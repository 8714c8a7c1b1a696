//! Mail to SMTP servers that are not ours: Python's aiosmtpd, which reads what arrives with Python's own parser, and
//! Postfix, in clear and over TLS. Skipped, with the reason, where they are not installed.

#[path = "../support/home.rs"]
mod home;

mod aiosmtpd;
mod certificates;
mod postfix;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aiosmtpd::{Relay, Sort};
use home::Home;
use serde_json::Value;

/// How long sending may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

fn json(home: &Home, args: &[&str]) -> Value {
    let output = home.run(args);
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

/// Whether a program runs here and says that it is well.
fn runs(program: &str, args: &[&str]) -> bool {
    let tried = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Adds the channel `mail` with these settings, and a password from a file.
fn add_channel(home: &Home, settings: &[String], password: Option<&str>) {
    let mut args = vec!["channel", "add", "mail", "--kind", "email"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    let secret = password.map(|password| {
        let file = home.path().join("password");
        std::fs::write(&file, password).expect("a file");
        format!("password={}", file.display())
    });
    if let Some(secret) = &secret {
        args.extend(["--secret-file", secret]);
    }
    home.run(&args);
}

/// Waits until the broadcast has these counts.
fn wait_for(home: &Home, id: &str, counts: &[(&str, i64)]) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let shown = json(home, &["broadcast", "show", id, "--json"]);
        let found = &shown["data"]["counts"];
        if counts.iter().all(|(state, n)| found[state] == *n) {
            return;
        }
        assert!(Instant::now() < deadline, "{found}");
    }
}

fn row(home: &Home, name: &str) -> Value {
    let rows = json(home, &["history", "list", "--json"]);
    let rows = rows["data"]["items"].as_array().expect("a list");
    rows.iter().find(|row| row["name"] == name).expect("there").to_owned()
}

/// A page with a picture and a file in it.
const RICH: &str = "<p>今晚 23:00 <b>维护</b>, {{name}}</p>\n\
    <img alt=\"plan\" src=\"data:image/png;base64,iVBORw0KGgo=\">\n\
    <p><a download=\"计划.txt\" href=\"data:text/plain;base64,5oml5paH\">计划</a></p>\n";

#[test]
fn a_server_that_is_not_ours_understands_every_mail_and_its_refusals_stay_with_whom_they_meant() {
    if let Err(why) = aiosmtpd::is_here() {
        println!("skipped: {why}");
        return;
    }
    let home = Home::new();
    let relay = Relay::start(&home, Sort::Plain);
    let port = format!("port={}", relay.port);
    let settings = [
        "host=127.0.0.1",
        &port,
        "security=none",
        "from=运维中心 Ops <ops@example.com>",
        "unsubscribe_url=https://example.com/u/{token}",
        "rate=none",
    ];
    add_channel(&home, &settings.map(str::to_owned), None);
    home.run(&["topic", "add", "ops"]);
    let people = [
        ("王小明", "wang"),
        ("Nobody", "nobody"),
        ("O'Brien, \"Bo\"", "bo"),
        ("Full", "full"),
        ("Flaky 李雷", "flaky"),
        ("Ünal", "unal"),
        ("用户", "用户"),
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
            "7",
            "--url",
            "https://example.com/状态?a=1&b=2",
            "--json",
            "body.md",
        ],
    );
    let id = sent["data"]["id"].as_str().expect("an id").to_owned();
    wait_for(&home, &id, &[("accepted", 4), ("rejected", 2), ("deferred", 1)]);
    let row = |name: &str| row(&home, name);
    // The relay does not offer SMTPUTF8: one person's trouble, in words.
    let foreign = row("用户");
    assert_eq!(foreign["class"], "bad_recipient");
    assert!(foreign["provider_text"].as_str().expect("text").contains("SMTPUTF8"), "{foreign}");
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

/// The settings of the channel for a relay with TLS.
fn sealed(port: impl std::fmt::Display, security: &str, files: &certificates::Certificates) -> Vec<String> {
    vec![
        "host=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("security={security}"),
        format!("ca_file={}", files.authority.display()),
        "from=Ops <ops@example.com>".to_owned(),
        "bounce_to=bounce+{token}@example.com".to_owned(),
        "rate=none".to_owned(),
    ]
}

/// Sends the page to everybody of the topic; gives the broadcast.
fn send_page(home: &Home) -> String {
    std::fs::write(home.path().join("page.html"), RICH).expect("a file");
    let send = ["send", "--to", "topic:ops", "--title", "停电", "--format", "html", "--json", "page.html"];
    json(home, &send)["data"]["id"].as_str().expect("an id").to_owned()
}

/// A channel that believes only the system's authorities does not give its password to this server.
fn refuses_a_stranger(home: &Home) {
    let ca = json(home, &["channel", "show", "mail", "--json"])["data"]["settings"]["ca_file"].clone();
    home.run(&["channel", "edit", "mail", "--unset", "ca_file"]);
    let refused = Command::new(home::BINARY)
        .args(["channel", "verify", "mail"])
        .env_clear()
        .envs(home.environment())
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(6) && said.contains("certificate"), "{:?} {said}", refused.status);
    home.run(&["channel", "edit", "mail", "--set", &format!("ca_file={}", ca.as_str().expect("a file"))]);
    home.run(&["channel", "resume", "mail"]);
    home.run(&["channel", "verify", "mail"]);
}

#[test]
fn aiosmtpd_takes_mail_over_starttls_and_over_tls_from_its_own_authority_only() {
    if let Err(why) = aiosmtpd::is_here().and_then(|()| certificates::can_be_made()) {
        println!("skipped: {why}");
        return;
    }
    for security in ["starttls", "tls"] {
        let home = Home::new();
        let files = certificates::Certificates::make(home.path());
        let sort = if security == "tls" { Sort::Tls(&files) } else { Sort::StartTls(&files) };
        let relay = Relay::start(&home, sort);
        let mut settings = sealed(&relay.port, security, &files);
        settings.extend(["user=ann".to_owned(), "concurrency=1".to_owned()]);
        add_channel(&home, &settings, Some("open sesame"));
        refuses_a_stranger(&home);
        home.run(&["topic", "add", "ops"]);
        for (name, local) in [("Ann", "ann"), ("Nobody", "nobody"), ("用户", "用户"), ("Bo", "bo")] {
            let address = format!("mail={local}@example.org");
            home.run(&["subscriber", "add", name, "--address", &address, "--topic", "ops"]);
        }
        let id = send_page(&home);
        wait_for(&home, &id, &[("accepted", 3), ("rejected", 1)]);
        assert_eq!(row(&home, "Nobody")["provider_code"], "550 5.1.1");
        let mails = relay.mails();
        assert_eq!(mails.len(), 3, "{security}");
        for mail in &mails {
            // Python calls every address of RFC 6532 a defect.
            let foreign = mail["rcpt"][0] == "用户@example.org";
            let defects: &[&str] = if foreign { &["local-part contains non-ASCII characters)"] } else { &[] };
            assert_eq!(mail["defects"], serde_json::json!(defects), "{mail}");
            assert_eq!(mail["ascii"], !foreign, "only what has to be is not ASCII");
            assert_eq!((&mail["tls"], &mail["peer"]), (&true.into(), &mails[0]["peer"]), "one connection");
            let way = if security == "tls" { "LOGIN" } else { "PLAIN" };
            assert_eq!(mail["user"], way);
            assert_eq!(mail["to_spec"], mail["rcpt"][0]);
            let from = mail["mail_from"].as_str().expect("an address");
            let token = from.strip_prefix("bounce+").and_then(|rest| rest.strip_suffix("@example.com"));
            assert!(token.is_some_and(|token| token.len() > 32), "{from}");
            assert_eq!(mail["type"], "multipart/mixed");
            let html = mail["html"].as_str().expect("HTML");
            let (picture, held) =
                mail["pictures"].as_object().and_then(|all| all.iter().next()).expect("one picture");
            assert_eq!(*held, serde_json::json!(["image/png", "89504e470d0a1a0a"]));
            assert!(html.contains(&format!("src=\"cid:{}\"", picture.trim_matches(['<', '>']))), "{html}");
            assert_eq!(
                mail["files"]["计划.txt"],
                serde_json::json!(["text/plain", "e689a5e69687"]),
                "{mail}"
            );
            assert!(mail["plain"].as_str().expect("text").contains("今晚 23:00 维护"), "{mail}");
        }
        let mut senders: Vec<&str> = mails.iter().filter_map(|mail| mail["mail_from"].as_str()).collect();
        senders.sort_unstable();
        senders.dedup();
        assert_eq!(senders.len(), 3, "a bounce tells who it was");
        files_arrive(&home, &relay);
    }
}

/// Files of a message: shown where the text names them, beside it else, the same bytes.
fn files_arrive(home: &Home, relay: &Relay) {
    let before = relay.mails().len();
    for (name, holds) in [
        ("logo.png", &b"\x89PNG"[..]),
        ("计划 2.pdf", b"%PDF-1.7\r\n.\r\n\x00\xff"),
        ("body.md", "# 停电\n\n![logo](cid:logo.png) 见附件".as_bytes()),
        ("body.txt", "见附件".as_bytes()),
        ("dots.csv", b"a,b\n.\nc\n"),
    ] {
        std::fs::write(home.path().join(name), holds).expect("a file");
    }
    for (format, body) in [("markdown", "body.md"), ("text", "body.txt")] {
        let to = ["send", "--person", "Ann", "--title", "停电", "--format", format, "--wait"];
        home.run(
            &[&to[..], &["--attach", "logo.png", "--attach", "计划 2.pdf", "--attach", "dots.csv", body]]
                .concat(),
        );
    }
    let mails = relay.mails().split_off(before);
    let shown = &mails[0];
    let (picture, held) =
        shown["pictures"].as_object().and_then(|all| all.iter().next()).expect("one picture");
    assert_eq!(*held, serde_json::json!(["image/png", "89504e47"]));
    let html = shown["html"].as_str().expect("HTML");
    assert!(html.contains(&format!("src=\"cid:{}\"", picture.trim_matches(['<', '>']))), "{html}");
    let plan = serde_json::json!(["application/pdf", "255044462d312e370d0a2e0d0a00ff"]);
    let dots = serde_json::json!(["text/csv", "612c620a2e0a630a"]);
    assert_eq!(shown["files"], serde_json::json!({ "计划 2.pdf": plan, "dots.csv": dots }));
    let beside = &mails[1];
    assert_eq!(
        beside["files"],
        serde_json::json!({ "logo.png": held, "计划 2.pdf": plan, "dots.csv": dots })
    );
    assert_eq!((beside["type"].as_str(), beside["html"].is_null()), (Some("multipart/mixed"), true));
    assert_eq!(beside["plain"].as_str().map(str::trim), Some("见附件"));
    for mail in &mails {
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail}");
    }
}

#[test]
fn postfix_takes_mail_over_starttls_and_over_tls_and_keeps_its_refusals_to_whom_they_meant() {
    if let Err(why) = postfix::is_here().and_then(|()| certificates::can_be_made()) {
        println!("skipped: {why}");
        return;
    }
    let home = Home::new();
    let files = certificates::Certificates::make(home.path());
    let postfix = postfix::Postfix::start(&home, &files);
    let mut settings = sealed(postfix.starttls, "starttls", &files);
    settings.extend(["dsn=yes".to_owned(), "helo=push.example.com".to_owned()]);
    add_channel(&home, &settings, None);
    refuses_a_stranger(&home);
    home.run(&["topic", "add", "ops"]);
    let people = [
        ("Ann", "ann@example.org"),
        ("Nobody", "nobody@example.org"),
        ("用户", "用户@example.org"),
        ("Elsewhere", "ann@example.net"),
        ("Bo", "bo@example.org"),
    ];
    for (name, address) in people {
        home.run(&["subscriber", "add", name, "--address", &format!("mail={address}"), "--topic", "ops"]);
    }
    let counts = [("accepted", 3), ("rejected", 2)];
    wait_for(&home, &send_page(&home), &counts);
    let (nobody, elsewhere) = (row(&home, "Nobody"), row(&home, "Elsewhere"));
    assert_eq!((&nobody["class"], &nobody["provider_code"]), (&"bad_recipient".into(), &"550 5.1.1".into()));
    assert_eq!((&elsewhere["class"], &elsewhere["provider_code"]), (&"refused".into(), &"554 5.7.1".into()));
    for (person, address) in [("ann", "ann@"), ("yonghu", "用户@"), ("bo", "bo@")] {
        let mail = postfix.mailbox(person);
        assert!(
            mail.contains("(using TLSv1.3") || mail.contains("with ESMTPS") || mail.contains("UTF8SMTPS"),
            "{mail}"
        );
        assert!(mail.contains("Return-Path: <bounce+"), "{mail}");
        assert!(mail.contains("from push.example.com"), "{mail}");
        assert!(mail.contains(&format!("Delivered-To: {address}example.org")), "{mail}");
        assert!(mail.contains("\nContent-Type: multipart/mixed"), "{mail}");
    }
    // The same over the other port.
    home.run(&[
        "channel",
        "edit",
        "mail",
        "--set",
        &format!("port={}", postfix.tls),
        "--set",
        "security=tls",
    ]);
    wait_for(&home, &send_page(&home), &counts);
    let log = postfix.log();
    // Five people, one of them over a connection that had refused another.
    let sessions =
        log.lines().filter(|line| line.contains(": disconnect from") && line.contains("rcpt=")).count();
    assert!(sessions < 10, "connections are used again: {log}");
}
