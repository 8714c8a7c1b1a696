//! Whole stories: four channels at once, a wrong credential found and repaired, a killed sender.

use std::time::Duration;

use pushdeck::sandbox::{Options, Script};

use crate::desk::Desk;

fn people() -> Vec<String> {
    let mut lines = Vec::new();
    for n in 1..=6 {
        lines.push(format!("微信 {n},ops,UID_abcdefghijklmnopqrstuvwx{n},,,"));
        lines.push(format!("Bark {n},ops,,barkdevicekeybarkdevic{n},,"));
        lines.push(format!("方糖 {n},ops,,,SCT12345{n}Tabcdefghijklmnopqrstuvwxy,"));
        lines.push(format!("Mail {n},ops,,,,mail{n}@example.com"));
    }
    lines.push("Gone,ops,,deaddevicekeydeaddevice,,".to_owned());
    lines.push("Nowhere,ops,,,,".to_owned());
    lines
}

#[test]
fn a_wrong_credential_is_found_repaired_and_only_its_people_are_sent_again() {
    let desk = Desk::with(Options {
        wxpusher: Script { bad_tokens: vec!["AT_expiredexpired".into()], ..Script::default() },
        ..Options::default()
    });
    desk.channels();
    desk.piped(&["channel", "edit", "wx", "--secret-file", "app_token=-"], "AT_expiredexpired").ends(0);
    desk.import("name,topics,wx,bk,sc,em", &people());

    // Over WeChat alone nobody is reached: a person has to repair the credential.
    desk.send(&["--to", "topic:ops", "--channel", "wx", "--wait"]).ends(6).tells("wx is paused");
    let shown = desk.ok(&["channel", "show", "wx", "--json"]).data();
    assert_eq!(shown["pause"]["reason"], "credential");
    let books = desk.books("b1");
    assert_eq!((books["accepted"], books["skipped"]), (0, 20));

    desk.piped(&["channel", "edit", "wx", "--secret-file", "app_token=-"], "AT_sandboxsandbox").ends(0);
    desk.ok(&["channel", "verify", "wx"]);
    desk.ok(&["channel", "resume", "wx"]);
    desk.run(&["history", "replay", "--filter", "broadcast:b1 class:credential", "--wait"]).ends(0);
    assert_eq!(desk.ok(&["broadcast", "watch", "b1"]).out, "b1 done\n");
    assert_eq!(desk.books("b1")["accepted"], 6);

    // Over all four at once: one device is gone, one person has no address.
    let sent = desk.send(&["--to", "topic:ops", "--wait"]).ends(3);
    let id = sent.out.split_whitespace().next().expect("an id").to_owned();
    let books = desk.books(&id);
    assert_eq!((books["accepted"], books["rejected"], books["skipped"]), (24, 1, 1));
    let data = desk.ok(&["broadcast", "show", &id, "--json"]).data();
    let lanes = data["lanes"].as_array().expect("lanes");
    let of = |name: &str| {
        lanes.iter().find(|lane| lane["channel_name"] == name).expect("a lane")["counts"]["accepted"].clone()
    };
    for name in ["wx", "bk", "sc", "em"] {
        assert_eq!(of(name), 6, "{name}");
    }
    let failures = desk.ok(&["history", "failures", "--filter", &format!("broadcast:{id}"), "--json"]).data();
    assert_eq!(failures["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(failures["items"][0]["class"], "bad_recipient");
    let all = desk.ok(&["history", "list", "--filter", &format!("broadcast:{id}"), "--json"]).json();
    assert_eq!(all["page"]["total"], 26);
    let list = desk.ok(&["broadcast", "list", "--json"]).data();
    let ids: Vec<&str> =
        list["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(ids, [id.as_str(), "b1"], "newest first, verifications left out");
}

#[test]
fn a_killed_sender_doubles_nobody_and_what_it_had_in_the_air_is_unknown() {
    let desk = Desk::with(Options {
        email: Script { latency: Duration::from_millis(150), ..Script::default() },
        ..Options::default()
    });
    desk.channels();
    desk.ok(&["channel", "edit", "em", "--set", "concurrency=2"]);
    let lines: Vec<String> = (1..=20).map(|n| format!("Mail {n},ops,mail{n}@example.com")).collect();
    desk.import("name,topics,em", &lines);
    let id = desk.send(&["--to", "topic:ops"]).id();
    while desk.books(&id)["accepted"] < 3 {}
    let pid = desk.sender().expect("a sender");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
    desk.ok(&["broadcast", "resume", &id]);
    desk.run(&["broadcast", "watch", &id]).ends(3);
    let books = desk.books(&id);
    assert!((1..=4).contains(&books["unknown"]), "{books:?}");
    assert_eq!(books["accepted"] + books["unknown"], 20, "{books:?}");
    for n in 1..=20 {
        assert!(desk.sandbox.count(&format!("mail{n}@example.com")) <= 1, "mail{n} got it twice");
    }
}

#[test]
fn a_waiting_command_replaces_a_dead_sender() {
    let desk = Desk::with(Options {
        email: Script { latency: Duration::from_millis(150), ..Script::default() },
        ..Options::default()
    });
    desk.channels();
    desk.ok(&["channel", "edit", "em", "--set", "concurrency=1"]);
    let lines: Vec<String> = (1..=12).map(|n| format!("Mail {n},ops,mail{n}@example.com")).collect();
    desk.import("name,topics,em", &lines);
    let id = desk.send(&["--to", "topic:ops"]).id();
    let watching = desk.command(&["broadcast", "watch", &id]).spawn().expect("it starts");
    while desk.books(&id)["accepted"] < 2 {}
    let pid = desk.sender().expect("a sender");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
    let ended = watching.wait_with_output().expect("it ends");
    assert!(matches!(ended.status.code(), Some(0 | 3)), "{ended:?}");
    let books = desk.books(&id);
    assert_eq!(books["accepted"] + books["unknown"], 12, "{books:?}");
}
