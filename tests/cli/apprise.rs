//! Channels from Apprise URLs and back.

use crate::desk::Desk;

const LIST: &str = "# what the scripts used\n\
    phone=barks://bark.example.com/yh9cZ4kXaaaaaaaaaaaaaa?sound=minuet&key=abc\n\
    barks://bark.example.com/yh9cZ4kXbbbbbbbbbbbbbb/?sound=minuet\n\
    schan://SCT123456TabcdefghijkLMNOP/\n\
    wxpusher://AT_abcdefghijklmnopqrstuvwxyz012345/UID_abcdef0123456789/12345\n\
    mailtos://ann:open%20sesame@163.com?to=bo@example.org&name=Ops\n";

#[test]
fn a_list_of_urls_becomes_channels_with_people_and_the_same_list_again_adds_nothing() {
    let desk = Desk::new();
    let file = desk.file("list", LIST);
    let done = desk.ok(&["channel", "import", &file, "--json"]);
    let items = done.data()["items"].clone();
    let rows: Vec<(&str, &str, i64, i64)> = items
        .as_array()
        .expect("items")
        .iter()
        .map(|one| {
            let n = |name: &str| one[name].as_i64().expect("a number");
            let text = |name: &str| one[name].as_str().expect("a text");
            (text("name"), text("kind"), n("addresses"), n("people_added"))
        })
        .collect();
    let expected = [
        ("phone", "bark", 2, 2),
        ("serverchan", "serverchan", 1, 1),
        ("wxpusher", "wxpusher", 1, 1),
        ("email", "email", 1, 1),
    ];
    assert_eq!(rows, expected);
    let done = done.tells("line 2").tells("key").tells("topic 12345");
    assert!(!done.err.contains("sesame") && !done.out.contains("sesame"), "{done:?}");
    let shown = desk.ok(&["channel", "show", "email", "--json"]).data();
    assert_eq!(
        (&shown["settings"]["host"], &shown["settings"]["from"], &shown["settings"]["user"]),
        (&"smtp.163.com".into(), &"Ops <ann@163.com>".into(), &"ann@163.com".into())
    );
    let again = desk.ok(&["channel", "import", &file]).tells("0 channels and 0 people added");
    assert!(again.out.contains("unchanged"), "{}", again.out);
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 5);
}

#[test]
fn a_dry_run_writes_nothing_and_no_people_adds_channels_alone() {
    let desk = Desk::new();
    desk.channels();
    let file = desk.file("list", LIST);
    let before = desk.ok(&["channel", "list", "--json"]).data();
    let dry = desk.ok(&["channel", "import", &file, "--dry-run"]);
    assert!(dry.out.contains("phone") && dry.out.contains("serverchan"), "{}", dry.out);
    assert_eq!(desk.ok(&["channel", "list", "--json"]).data(), before);
    desk.ok(&["channel", "import", &file, "--no-people"]);
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 0);
}

#[test]
fn one_wrong_line_and_nothing_is_written() {
    let desk = Desk::new();
    desk.channels();
    let before = desk.ok(&["channel", "list", "--json"]).data();
    let text = "schan://SCT123456TabcdefghijkLMNOP/\nmatrix://ann:open-sesame@example.org\n\
        barks://h.example/k?level=loud\nmailto://mail.example.com\nschan://****MNOP\n";
    let file = desk.file("list", text);
    let refused = desk.run(&["channel", "import", &file]).ends(5);
    let refused = refused.tells("line 2").tells("matrix").tells("level").tells("sender").tells("--reveal");
    assert!(!refused.err.contains("sesame"), "{}", refused.err);
    assert_eq!(desk.ok(&["channel", "list", "--json"]).data(), before);
    let nested = desk.file("yaml", "urls:\n  - mailto://a:b@c.d:\n      - to: e@f.g\n");
    desk.run(&["channel", "import", &nested]).ends(5).tells("line 2");
    let empty = desk.file("empty", "# nothing\n");
    desk.run(&["channel", "import", &empty]).ends(5);
}

#[test]
fn what_is_exported_hides_its_secrets_and_revealed_makes_the_same_store() {
    let desk = Desk::new();
    desk.ok(&["channel", "import", &desk.file("list", LIST)]);
    let masked = desk.ok(&["channel", "export"]).tells("--reveal");
    for secret in ["sesame", "AT_abc", "yh9cZ4kXa", "SCT123456T"] {
        assert!(!masked.out.contains(secret), "{secret} in {}", masked.out);
    }
    assert!(
        masked.out.contains("phone=barks://bark.example.com/") && masked.out.contains("bo%40example.org")
    );
    desk.run(&["channel", "import", &desk.file("masked", &masked.out)]).ends(5);
    let open = desk.ok(&["channel", "export", "--reveal"]).out;
    assert_eq!(open.lines().count(), 4, "{open}");
    let other = Desk::new();
    other.ok(&["channel", "import", &other.file("open", &open)]);
    assert_eq!(other.ok(&["channel", "export", "--reveal"]).out, open);
    let one = desk.ok(&["channel", "export", "phone", "--json", "--reveal"]).data();
    assert_eq!(one["items"][0]["urls"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_server_that_no_url_can_name_is_told() {
    let desk = Desk::new();
    let token = format!("bot_token={}", desk.file("bot", "123456:sandbox"));
    let own = "base_url=https://bots.example.org";
    desk.ok(&["channel", "add", "tg", "--kind", "telegram", "--set", own, "--secret-file", &token]);
    desk.ok(&["channel", "add", "bk", "--kind", "bark", "--set", "base_url=https://bark.example.org"]);
    let told = desk.ok(&["channel", "export"]);
    told.tells("tg (telegram): its URL cannot name the server https://bots.example.org");
    assert!(!desk.ok(&["channel", "export", "bk"]).err.contains("cannot name"), "Bark's says it");
}
