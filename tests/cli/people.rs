//! People and topics: added, imported, found, changed, left out, removed.

use crate::desk::Desk;

#[test]
fn a_person_is_added_with_everything_and_shown_masked() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["topic", "add", "ops", "--note", "on call"]);
    let key = desk.file("key", "abcdefghijklmnopqrstuv\n");
    let added = desk.ok(&[
        "subscriber",
        "add",
        "王小明",
        "--address",
        &format!("bk=@{key}"),
        "--address",
        "em=wang@example.com",
        "--topic",
        "ops",
        "--tag",
        "night",
        "--var",
        "city=上海",
        "--language",
        "zh-CN",
    ]);
    assert_eq!(added.out, "u1\n");
    for wanted in ["u1", "王小明", "wang@example.com", "abcdefghijklmnopqrstuv"] {
        let shown = desk.ok(&["subscriber", "show", wanted, "--json"]);
        assert!(!shown.out.contains("abcdefgh"), "{}", shown.out);
        let data = shown.data();
        assert_eq!(data["id"], "u1", "{wanted}");
        assert_eq!((data["vars"]["city"].as_str(), data["topics"][0].as_str()), (Some("上海"), Some("ops")));
    }
    desk.run(&["subscriber", "show", "nobody"]).ends(4);
    desk.run(&["subscriber", "add", "x", "--topic", "opss"]).ends(4).tells("Did you mean ops?");
}

#[test]
fn a_secret_address_on_the_command_line_warns_and_is_taken() {
    let desk = Desk::new();
    desk.channels();
    let added = desk.ok(&["subscriber", "add", "a", "--address", "bk=abcdefghijklmnopqrstuv", "--json"]);
    assert!(added.json()["warnings"][0].as_str().expect("a warning").contains("@FILE"));
    let added = desk.ok(&["subscriber", "add", "b", "--address", "em=b@example.com", "--json"]);
    assert_eq!(added.json()["warnings"].as_array().expect("warnings").len(), 0);
}

#[test]
fn an_import_adds_once_and_refuses_unknown_columns_by_name() {
    let desk = Desk::new();
    desk.channels();
    let lines: Vec<String> =
        (1..=3).map(|n| format!("Ann {n},ops;night,vip,n{n},a{n}@example.com,Paris")).collect();
    let report = desk.import("name,topics,tags,note,em,var.city", &lines).data();
    assert_eq!(
        (report["added"].as_i64(), report["topics_created"].as_array().map(Vec::len)),
        (Some(3), Some(2))
    );
    let again = desk.import("name,topics,tags,note,em,var.city", &lines).data();
    assert_eq!((again["added"].as_i64(), again["unchanged"].as_i64()), (Some(0), Some(3)));
    let file = desk.file("bad.csv", "name,emial\nx,y\n");
    desk.run(&["subscriber", "import", &file]).ends(5).tells("emial");
    let file = desk.file("new.csv", "name,email\nBob,bob@example.com\n");
    desk.ok(&["subscriber", "import", &file, "--dry-run"]);
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 3);
    desk.run(&["subscriber", "import", "nowhere.csv"]).ends(4);
}

#[test]
fn lists_are_filtered_and_paged() {
    let desk = Desk::new();
    desk.channels();
    let lines: Vec<String> = (1..=25)
        .map(|n| format!("Ann {n},{},a{n}@example.com", if n % 5 == 0 { "ops" } else { "dev" }))
        .collect();
    desk.import("name,topics,em", &lines);
    let page = desk.ok(&["subscriber", "list", "--limit", "10", "--json"]).json();
    assert_eq!((page["page"]["next"].as_str(), page["page"]["total"].as_i64()), (Some("u16"), Some(25)));
    let page = desk.ok(&["subscriber", "list", "--limit", "10", "--after", "u16", "--json"]).json();
    assert_eq!(page["data"]["items"][0]["id"], "u15");
    assert_eq!(desk.ok(&["subscriber", "list", "--jsonl"]).out.lines().count(), 25);
    let ops = desk.ok(&["subscriber", "list", "--filter", "topic:ops", "--plain"]);
    assert_eq!(ops.out.lines().count(), 5);
    assert!(ops.out.starts_with("u25\tAnn 25\tactive\temail\tops"), "{}", ops.out);
    desk.run(&["subscriber", "list", "--filter", "topci:ops"]).ends(2).tells("Did you mean topic?");
    desk.run(&["subscriber", "list", "--filter", "topic:nothing"]).ends(4);
    desk.ok(&["subscriber", "list", "--filter", "-tag:mutd"]).tells("mutd");
}

#[test]
fn people_are_left_out_and_come_back() {
    let desk = Desk::new();
    desk.ok(&["subscriber", "add", "Ann"]);
    for (word, state) in
        [("mute", "muted"), ("unmute", "active"), ("block", "blocked"), ("unblock", "active")]
    {
        assert_eq!(desk.ok(&["subscriber", word, "Ann"]).out, format!("u1 {state}\n"));
    }
    desk.run(&["subscriber", "unblock", "nobody"]).ends(4);
    desk.ok(&["subscriber", "edit", "u1", "--name", "Anna", "--tag", "vip", "--var", "city=Rome"]);
    desk.ok(&["subscriber", "edit", "Anna", "--untag", "vip", "--unset-var", "city"]);
    let shown = desk.ok(&["subscriber", "show", "u1", "--json"]).data();
    assert!(shown["tags"].as_array().expect("tags").is_empty() && shown["vars"]["city"].is_null());
    desk.ok(&["subscriber", "remove", "u1"]);
    desk.run(&["subscriber", "show", "Anna"]).ends(4);
}

#[test]
fn an_address_is_repaired_in_its_place() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["subscriber", "add", "Ann", "--address", "em=old@example.com"]);
    desk.ok(&["subscriber", "edit", "Ann", "--address", "em=new@example.com"]);
    let shown = desk.ok(&["subscriber", "show", "new@example.com", "--json"]).data();
    assert_eq!(shown["addresses"].as_array().expect("addresses").len(), 1);
    assert_eq!(shown["addresses"][0]["id"], "a1");
    desk.ok(&["subscriber", "edit", "Ann", "--remove-address", "a1"]);
    desk.run(&["subscriber", "edit", "Ann", "--remove-address", "a1"]).ends(4);
}

#[test]
fn removing_many_needs_their_number() {
    let desk = Desk::new();
    desk.channels();
    let lines: Vec<String> = (1..=60).map(|n| format!("Ann {n},ops,a{n}@example.com")).collect();
    desk.import("name,topics,em", &lines);
    let told = desk.run(&["subscriber", "remove", "--filter", "topic:ops"]).ends(9).err;
    assert!(told.contains("This concerns 60 people") && !told.contains("would get it"), "{told}");
    let chinese = desk.run(&["--lang", "zh-CN", "subscriber", "remove", "--filter", "topic:ops"]).ends(9).err;
    assert!(chinese.contains("这涉及 60 人") && !chinese.contains("发送"), "{chinese}");
    desk.run(&["topic", "remove", "ops"]).ends(9).tells("--confirm-count 60");
    desk.run(&["topic", "remove", "ops", "--yes"]).ends(9);
    desk.run(&["topic", "member", "remove", "ops", "--filter", "topic:ops"]).ends(9);
    desk.run(&["subscriber", "remove", "--filter", "topic:ops", "--confirm-count", "59"]).ends(9);
    desk.ok(&["subscriber", "remove", "--filter", "topic:ops", "--confirm-count", "60"]);
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 0);
}

#[test]
fn removing_a_topic_of_many_needs_their_number_and_keeps_the_people() {
    let desk = Desk::new();
    desk.channels();
    let lines: Vec<String> = (1..=50).map(|n| format!("Ann {n},ops,a{n}@example.com")).collect();
    desk.import("name,topics,em", &lines);
    desk.run(&["topic", "remove", "ops", "--confirm-count", "49"]).ends(9).tells("nothing was changed");
    desk.ok(&["topic", "remove", "ops", "--confirm-count", "50"]);
    assert_eq!(desk.ok(&["subscriber", "list", "--json"]).json()["page"]["total"], 50);
    desk.ok(&["topic", "list"]).tells("Nothing to show");
    assert_eq!(desk.ok(&["topic", "list", "--plain"]).err, "");
}

#[test]
fn topics_gain_and_lose_people_and_remote_lists() {
    let desk = Desk::new();
    desk.channels();
    for name in ["Ann", "Bob"] {
        desk.ok(&["subscriber", "add", name]);
    }
    assert_eq!(desk.ok(&["topic", "add", "ops", "--remote", "wx=123"]).out, "t1\n");
    assert_eq!(desk.ok(&["topic", "member", "add", "ops", "Ann", "u2"]).out, "t1 2\n");
    assert_eq!(desk.ok(&["topic", "member", "remove", "ops", "--filter", "name:Bob"]).out, "t1 1\n");
    desk.ok(&["topic", "edit", "ops", "--name", "night", "--remote", "wx=456", "--remove-remote", "wx=123"]);
    let shown = desk.ok(&["topic", "show", "night", "--json"]).data();
    assert_eq!((shown["people"].as_i64(), shown["remotes"][0]["remote"].as_str()), (Some(1), Some("456")));
    desk.run(&["topic", "add", "NIGHT"]).ends(2);
    desk.run(&["topic", "show", "nigth"]).ends(4).tells("Did you mean night?");
    desk.ok(&["topic", "remove", "night"]);
    assert_eq!(desk.ok(&["topic", "list", "--json"]).json()["page"]["total"], 0);
}

#[test]
fn files_of_listmonk_and_wepush_are_read_and_who_opted_out_stays_out() {
    let desk = Desk::new();
    desk.channels();
    let theirs = desk.file(
        "listmonk.csv",
        "uuid,email,name,attributes,status,created_at,updated_at\n\
         a,ann@example.org,Ann,\"{\"\"city\"\": \"\"上海\"\"}\",enabled,,\nb,bo@example.org,Bo,{},blocklisted,,\n",
    );
    let done = desk.ok(&["subscriber", "import", &theirs, "--json"]).data();
    assert_eq!((&done["added"], &done["errors_total"]), (&2.into(), &0.into()));
    assert_eq!(desk.ok(&["subscriber", "show", "Bo", "--json"]).data()["state"], "unsubscribed");
    assert_eq!(desk.ok(&["subscriber", "show", "Ann", "--json"]).data()["vars"]["city"], "上海");
    // As one of ours it has columns that mean nothing.
    desk.run(&["subscriber", "import", &theirs, "--format", "pushdeck"]).ends(5).tells("uuid");
    let keys = desk.file("wepush.csv", "\"UID_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"王\",\"100\"\n");
    let wepush = ["subscriber", "import", &keys, "--format", "wepush"];
    desk.run(&wepush).ends(5).tells("several channels");
    let wepush = [&wepush[..], &["--channel", "wx", "--name-column", "2"]].concat();
    assert_eq!(desk.ok(&[&wepush[..], &["--json"]].concat()).data()["added"], 1);
    assert_eq!(desk.ok(&["subscriber", "show", "王", "--json"]).data()["vars"]["var2"], "100");
}

#[test]
fn an_address_that_begins_with_an_at_sign_is_told_how_it_is_given() {
    let desk = Desk::new();
    let token = format!("bot_token={}", desk.file("bot", "123456:sandbox"));
    desk.ok(&["channel", "add", "tg", "--kind", "telegram", "--secret-file", &token]);
    desk.run(&["subscriber", "add", "Ann", "--address", "tg=@name"]).ends(4).tells("tg=-");
    desk.piped(&["subscriber", "add", "Ann", "--address", "tg=-"], "@name\n").ends(0);
}

#[test]
fn what_a_kind_has_no_call_for_is_refused_and_not_counted() {
    let desk = Desk::new();
    let secret = format!("app_secret={}", desk.file("secret", "0123456789abcdef"));
    let set = ["--set", "app_id=wx1", "--set", "template_id=T", "--set", "fields=thing1={{title}}"];
    desk.ok(&[&["channel", "add", "oa", "--kind", "wechat", "--secret-file", &secret], &set[..]].concat());
    desk.ok(&["subscriber", "add", "Ann", "--address", "oa=oABCDEFGHIJKLMNOPQRSTUVWXYZ0"]);
    let args = ["subscriber", "unfollow", "Ann", "--at", "oa", "--max-audience", "9"];
    desk.run(&args).ends(2).tells("offers no such thing");
}
