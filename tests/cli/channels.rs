//! Channels: made, listed, changed, verified, tested, paused.

use pushdeck::sandbox::Options;

use crate::desk::Desk;

#[test]
fn a_channel_prints_its_id_and_is_found_by_it_and_by_name() {
    let desk = Desk::new();
    desk.channels();
    let list = desk.ok(&["channel", "list", "--json"]).json();
    assert_eq!(list["schema"], "pushdeck/1");
    assert_eq!(list["page"]["total"], 4);
    let names: Vec<&str> = list["data"]["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["wx", "bk", "sc", "em"]);
    for wanted in ["wx", "WX", "c1", "#c1", "1"] {
        let shown = desk.ok(&["channel", "show", wanted, "--json"]).data();
        assert_eq!(
            (shown["id"].as_str(), shown["kind"].as_str()),
            (Some("c1"), Some("wxpusher")),
            "{wanted}"
        );
    }
    insta::assert_snapshot!(desk.ok(&["channel", "list"]).out, @r"
    ID  NAME  KIND        STATE   HEALTH    ADDRESSES  WHY PAUSED
    c1  wx    wxpusher    active  untested  0
    c2  bk    bark        active  untested  0
    c3  sc    serverchan  active  untested  0
    c4  em    email       active  untested  0
    ");
}

#[test]
fn a_credential_is_read_from_a_file_or_stdin_and_never_shown() {
    let desk = Desk::new();
    desk.channels();
    let edit = ["channel", "edit", "wx", "--secret-file", "app_token=-"];
    desk.piped(&edit, "AT_anothersecret1\n").ends(0);
    let shown = desk.ok(&["channel", "show", "wx", "--json"]);
    assert!(!shown.out.contains("AT_another") && !shown.out.contains("\\n"), "{}", shown.out);
    assert_eq!(shown.data()["secrets"][0]["masked"], "…ret1");
}

#[test]
fn a_credential_that_others_can_read_warns() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.channels();
    let file = desk.file("open", "AT_anothersecret1");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("mode");
    desk.ok(&["channel", "edit", "wx", "--secret-file", &format!("app_token={file}")]).tells("chmod 600");
}

#[test]
fn what_a_provider_knows_in_one_form_alone_is_refused_when_it_is_set() {
    let desk = Desk::new();
    let (short, bad) = (desk.file("short", "sixsix"), desk.file("bad.pem", "no certificate"));
    let add = |args: &[&str]| desk.run(&[&["channel", "add", "x"], args].concat());
    for lang in ["en", "zh-CN"] {
        let told = |args: &[&str], en: &str, zh: &str| {
            let args = [args, &["--lang", lang]].concat();
            add(&args).ends(2).tells(if lang == "en" { en } else { zh });
        };
        let aes = format!("aes_key={short}");
        let wechat = ["--kind", "wechat", "--set", "app_id=wx1", "--secret-file", &aes];
        told(&wechat, "expected 43 letters and digits", "需要 43 位字母和数字");
        let team = ["--kind", "apns", "--set", "team_id=T"];
        told(&team, "expected 10 letters and digits", "需要 10 位字母和数字");
        let leave = ["--kind", "email", "--set", "unsubscribe_url=ftp://x"];
        told(&leave, "expected an https address", "需要 https 地址");
        let icon = ["--kind", "bark", "--set", "icon=foo"];
        told(&icon, "it takes an address", "需要类似 https://example.com 的地址");
        let none = ["--kind", "bark", "--set", "ca_file=/nonexistent.pem"];
        told(&none, "there is no such file", "没有这个文件");
        let pem = format!("ca_file={bad}");
        told(&["--kind", "bark", "--set", &pem], "there is no certificate in it", "其中没有证书");
        let ways = ["--kind", "serverchan", "--set", "channel=9|66|8"];
        told(&ways, "at most 2 ways, such as 9|66", "最多 2 个通道，如 9|66");
    }
}

#[test]
fn what_is_missing_or_has_no_name_is_told_in_chinese_sentences() {
    let mut desk = Desk::new();
    desk.set_env("PUSHDECK_LANG", "zh-CN");
    let secret = format!("app_secret={}", desk.file("secret", "0123456789abcdef"));
    let wechat = ["--kind", "wechat", "--set", "app_id=wx1", "--secret-file", &secret];
    desk.run(&[&["channel", "add", "x"], &wechat[..], &["--set", "fields=thing1={{title}}"]].concat());
    desk.run(&["channel", "add", "", "--kind", "bark"]).ends(2).tells("渠道需要名称");
    desk.run(&["config", "get", "foo"]).ends(4).tells("找不到配置项 foo");
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    let key = |text: &str| format!("encryption_key={}", desk.file("key", text));
    let set = ["--set", "encryption=aes-256-gcm", "--secret-file"];
    let add = |key: &str| [&["channel", "add", "bk", "--kind", "bark"], &set[..], &[key]].concat().join("\n");
    let run = |line: &str| desk.run(&line.split('\n').collect::<Vec<_>>());
    run(&add(&key("too short"))).ends(2).tells("AES-256 takes 32 characters, and it has 9");
    assert!(!desk.path(".local/share/pushdeck/pushdeck.db").exists());
    run(&add(&key("0123456789abcdef0123456789abcdef"))).ends(0);
    let short = key("short");
    desk.run(&["channel", "edit", "bk", "--set", "encryption=aes-128-gcm", "--secret-file", &short])
        .ends(2)
        .tells("AES-128 takes 16 characters, and it has 5");
    desk.ok(&["channel", "edit", "bk", "--set", "sound=bell"]);
    let url = ["--set", "url=https://h.example.com/{{token}}"];
    desk.run(&[&["channel", "add", "hook", "--kind", "webhook"], &url[..]].concat()).ends(2).tells("token");
    desk.run(
        &[
            &["channel", "add", "oa", "--kind", "wechat", "--set", "app_id=wx1"],
            &["--set", "fields=thing1"][..],
        ]
        .concat(),
    )
    .ends(2);
}

#[test]
fn the_catalogue_refuses_before_anything_is_written() {
    let desk = Desk::new();
    let add = |more: &[&str]| desk.run(&[&["channel", "add", "x"], more].concat()).ends(2);
    add(&["--kind", "wxpushr"]).tells("Did you mean wxpusher?");
    add(&["--kind", "wxpusher"]).tells("app_token");
    add(&["--kind", "bark", "--set", "sond=bell"]).tells("Did you mean sound?");
    add(&["--kind", "wxpusher", "--set", "app_token=AT_x"]).tells("--secret-file app_token=PATH");
    add(&["--kind", "bark", "--set", "base_url=http://example.com"]).tells("http_ok");
    add(&["--kind", "webhook", "--set", "url=http://example.com/{{address}}"]).tells("http_ok");
    add(&["--kind", "bark", "--set", "timeout=soon"]).tells("timeout");
    add(&["--kind", "bark", "--set", "timeout"]).tells("NAME=VALUE");
    assert!(!desk.path(".local/share/pushdeck/pushdeck.db").exists());
}

#[test]
fn an_edit_changes_and_clears_and_says_when_there_is_nothing_to_change() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["channel", "edit", "bk", "--name", "phones", "--set", "sound=bell"]);
    let shown = desk.ok(&["channel", "show", "phones", "--json"]).data();
    assert_eq!(shown["settings"]["sound"], "bell");
    desk.ok(&["channel", "edit", "phones", "--unset", "sound"]);
    assert!(desk.ok(&["channel", "show", "c2", "--json"]).data()["settings"]["sound"].is_null());
    desk.run(&["channel", "edit", "phones"]).ends(2);
    desk.run(&["channel", "edit", "wx", "--unset", "app_token"]).ends(2).tells("app_token");
}

#[test]
fn pause_resume_and_remove() {
    let desk = Desk::new();
    desk.channels();
    assert_eq!(desk.ok(&["channel", "pause", "bk"]).out, "c2 paused\n");
    assert_eq!(desk.ok(&["channel", "show", "bk", "--json"]).data()["pause"]["reason"], "operator");
    assert_eq!(desk.ok(&["channel", "resume", "bk"]).out, "c2 active\n");
    desk.ok(&["channel", "remove", "bk"]);
    desk.run(&["channel", "show", "bk"]).ends(4);
}

#[test]
fn verify_proves_a_credential_and_tells_a_wrong_one_with_the_providers_words() {
    let desk =
        Desk::with(Options::default().each(|script| script.bad_tokens = vec!["AT_wrongwrongwrong".into()]));
    desk.channels();
    assert_eq!(desk.ok(&["channel", "verify", "wx", "--json"]).data()["ok"], true);
    desk.piped(&["channel", "edit", "wx", "--secret-file", "app_token=-"], "AT_wrongwrongwrong").ends(0);
    let refused = desk.run(&["channel", "verify", "wx", "--json"]).ends(6).json();
    assert_eq!(
        (refused["ok"].as_bool(), refused["error"]["code"].as_str()),
        (Some(false), Some("channel_credential"))
    );
    assert_eq!(desk.ok(&["channel", "show", "wx", "--json"]).data()["verified"]["ok"], false);
    assert!(desk.ok(&["broadcast", "list", "--json"]).data()["items"].as_array().expect("items").is_empty());
}

#[test]
fn a_test_with_a_wrong_credential_ends_and_says_whose_fault_it_is() {
    let desk =
        Desk::with(Options::default().each(|script| script.bad_tokens = vec!["AT_wrongwrongwrong".into()]));
    desk.channels();
    desk.ok(&["subscriber", "add", "王小明", "--address", "wx=UID_me"]);
    desk.ok(&["subscriber", "me", "王小明"]);
    desk.piped(&["channel", "edit", "wx", "--secret-file", "app_token=-"], "AT_wrongwrongwrong").ends(0);
    let refused = desk.run(&["channel", "test", "wx", "--json"]).ends(6).json();
    assert_eq!(refused["error"]["code"], "channel_credential");
    assert_eq!(desk.sandbox.count("UID_me"), 0);
}

#[test]
fn a_test_goes_to_me_alone() {
    let desk = Desk::new();
    desk.channels();
    desk.run(&["channel", "test", "bk"]).ends(4).tells("subscriber me");
    desk.piped(&["subscriber", "add", "王小明", "--address", "bk=-"], "mydevicekeymydevicekey").ends(0);
    desk.ok(&["subscriber", "me", "王小明"]);
    assert_eq!(desk.ok(&["subscriber", "me"]).out, "u1 王小明\n");
    desk.ok(&["channel", "test", "bk"]);
    assert_eq!(desk.sandbox.count("mydevicekeymydevicekey"), 1);
    desk.run(&["channel", "test", "wx"]).ends(4).tells("no address on wx");
    assert!(desk.ok(&["history", "list", "--json"]).data()["items"].as_array().expect("items").is_empty());
}

#[test]
fn every_kind_is_listed_and_tells_its_fields_for_people_and_for_scripts() {
    let desk = Desk::new();
    let kinds = desk.ok(&["channel", "kinds", "--json"]).data();
    let kinds = kinds["items"].as_array().expect("items");
    assert!(kinds.len() >= 5);
    for kind in kinds {
        let id = kind["kind"].as_str().expect("an id");
        let shown = desk.ok(&["channel", "kinds", id]).out;
        for field in kind["fields"].as_array().expect("fields") {
            let name = field["name"].as_str().expect("a name");
            assert!(shown.lines().any(|line| line.split(' ').next() == Some(name)), "{id}: {name}");
        }
        assert!(shown.contains(&format!("pushdeck channel add NAME --kind {id}")), "{id}");
    }
    desk.run(&["channel", "kinds", "brk"]).ends(2).tells("bark");
}
