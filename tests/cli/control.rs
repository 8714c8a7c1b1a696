//! Control: everything at once, stages, later moments, and the log of who did what.

use std::time::{Duration, Instant};

use pushdeck::sandbox::{Options, Script};
use rustix::process::{Pid, Signal, kill_process};

use crate::desk::Desk;

fn desk_with_people(n: usize) -> Desk {
    let desk = Desk::new();
    desk.channels();
    let people: Vec<String> = (1..=n).map(|n| format!("Ann {n},ops,a{n}@example.com")).collect();
    desk.import("name,topics,em", &people);
    desk
}

fn state(desk: &Desk, id: &str) -> String {
    desk.ok(&["broadcast", "show", id, "--json"]).data()["state"].as_str().expect("a state").to_owned()
}

#[test]
fn a_stage_goes_first_and_resume_sends_the_rest() {
    let desk = desk_with_people(20);
    let sent = desk.send(&["--to", "topic:ops", "--stage", "5", "--wait"]).ends(3);
    sent.tells("the first stage is over");
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 5);
    let books = desk.books("b1");
    assert_eq!((&books["accepted"], &books["planned"]), (&5.into(), &15.into()));
    desk.ok(&["broadcast", "resume", "b1"]);
    desk.run(&["broadcast", "watch", "b1"]).ends(0);
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 20);
    assert!(desk.sandbox.counts().values().all(|n| *n == 1), "nobody twice");
}

#[test]
fn everything_is_held_back_and_goes_on_with_one_command_each() {
    let desk = desk_with_people(3);
    desk.ok(&["broadcast", "pause", "--all", "--reason", "wrong text", "--operator", "ann"]);
    let sent = desk.send(&["--to", "topic:ops", "--wait"]).ends(3);
    sent.tells("everything is held back").tells("broadcast resume --all");
    assert!(desk.sandbox.counts().is_empty(), "nothing left");
    let shown = desk.ok(&["broadcast", "show", "b1", "--json"]).data();
    assert_eq!((&shown["halted"], &shown["counts"]["planned"]), (&true.into(), &3.into()));
    desk.ok(&["broadcast", "resume", "--all"]);
    desk.run(&["broadcast", "watch", "b1"]).ends(0);
    let log = desk.ok(&["audit", "list", "--json"]).data();
    let items = log["items"].as_array().expect("a list");
    let acts: Vec<_> = items.iter().rev().map(|one| one["action"].as_str().expect("a word")).collect();
    assert_eq!(acts[3..], ["channel_add", "import", "halt", "release", "unhalt"], "{log}");
    let halt = items.iter().find(|one| one["action"] == "halt").expect("an entry");
    assert_eq!((&halt["operator"], &halt["detail"]), (&"ann".into(), &"wrong text".into()));
    let chain = desk.ok(&["audit", "verify", "--json"]).data();
    assert_eq!((&chain["entries"], &chain["head"]), (&8.into(), &items[0]["hash"]));
}

#[test]
fn a_later_moment_is_kept_and_can_be_recalled() {
    let desk = desk_with_people(3);
    desk.send(&["--to", "topic:ops", "--at", "soon"]).ends(2).tells("22:00");
    desk.send(&["--to", "topic:ops", "--at", "2020-01-01 10:00"]).ends(2).tells("has passed");
    desk.send(&["--to", "topic:ops", "--at", "+2h"]).ends(0);
    assert_eq!(state(&desk, "b1"), "scheduled");
    desk.ok(&["broadcast", "recall", "b1"]);
    assert_eq!(state(&desk, "b1"), "draft");
    let before = Instant::now();
    desk.send(&["--to", "topic:ops", "--at", "+1s", "--wait"]).ends(0);
    assert!(before.elapsed() >= Duration::from_millis(900), "not before its time");
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 3);
}

#[test]
fn a_copy_is_taken_while_others_work_and_takes_the_place_of_the_store_again() {
    let desk = desk_with_people(4);
    desk.send(&["--to", "topic:ops", "--stage", "1", "--wait"]).ends(3);
    let copy = desk.path("copy.db").display().to_string();
    desk.ok(&["db", "backup", &copy]).tells("keep that apart");
    desk.run(&["db", "backup", &copy]).ends(5);
    desk.ok(&["broadcast", "resume", "b1"]);
    desk.run(&["broadcast", "watch", "b1"]).ends(0);
    desk.wait_for_the_sender_to_leave();
    desk.ok(&["db", "restore", &copy, "--yes"]).tells("3 deliveries that were not final are unknown now");
    let books = desk.books("b1");
    assert_eq!((books["accepted"], books["unknown"]), (1, 3), "the copy cannot know of those three");
    desk.ok(&["db", "check"]).tells("sound");
    desk.ok(&["audit", "verify"]);
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 4);
}

#[test]
fn the_report_is_evidence_for_people_scripts_and_spreadsheets() {
    let desk = Desk::new();
    desk.channels();
    desk.import(
        "name,topics,em",
        &["Ann,ops,a@example.com".into(), "=HYPERLINK(1),ops,dead.reject@example.com".into()],
    );
    desk.run(&["broadcast", "report", "b1"]).ends(4);
    let id = desk.send(&["--to", "topic:ops", "--wait", "--operator", "ann|b"]);
    assert_eq!(id.code, 3, "{id:?}");
    let text = desk.ok(&["broadcast", "report", "b1"]).out;
    for part in ["# Report: Power (b1)", "| By | ann\\|b |", "| Total | 2 |", "The power is back."] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let chinese = desk.ok(&["broadcast", "report", "b1", "--lang", "zh-CN"]).out;
    assert!(chinese.contains("# 发送报告：Power（b1）"), "{chinese}");
    let file = desk.path("b1.csv").display().to_string();
    desk.ok(&["broadcast", "report", "b1", "--format", "csv", "-o", &file]).tells(&file);
    let lines = std::fs::read_to_string(&file).expect("a file");
    assert!(lines.contains("'=HYPERLINK(1)") && lines.lines().count() == 3, "{lines}");
    desk.run(&["broadcast", "report", "b1", "--format", "csv", "-o", &file]).ends(5);
    let data = desk.ok(&["broadcast", "report", "b1", "--format", "json"]).out;
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!((&data["audience"], &data["broadcast"]["counts"]["accepted"]), (&2.into(), &1.into()));
    assert_eq!(desk.ok(&["audit", "list", "--json"]).data()["items"][0]["action"], "export");
}

#[test]
fn a_silent_sender_is_replaced_on_somebodys_word_and_sends_nothing_more_when_it_wakes() {
    let script = Script { latency: Duration::from_millis(100), ..Script::default() };
    let desk = Desk::with(Options { email: script, ..Options::default() });
    desk.channels();
    desk.ok(&["channel", "edit", "em", "--set", "concurrency=2"]);
    let people: Vec<String> = (1..=30).map(|n| format!("Ann {n},ops,a{n}@example.com")).collect();
    desk.import("name,topics,em", &people);
    desk.run(&["takeover"]).ends(2).tells("no silent sender");
    desk.send(&["--to", "topic:ops"]).ends(0);
    while desk.books("b1")["accepted"] < 4 {}
    let old = desk.sender().expect("a sender");
    kill_process(old, Signal::STOP).expect("stopped");
    desk.run(&["takeover"]).ends(2).tells("no silent sender");
    desk.store().execute("UPDATE sender SET beat_ms = beat_ms - 31000", []).expect("the clock");
    desk.ok(&["takeover", "--yes"]).tells("A new sender takes over");
    desk.run(&["broadcast", "watch", "b1"]).ends(3);
    let books = desk.books("b1");
    kill_process(old, Signal::CONT).expect("it wakes");
    assert_eq!(books["accepted"] + books["unknown"], 30, "{books:?}");
    assert!((1..=8).contains(&books["unknown"]), "what it had in the air: {books:?}");
    wait_until_gone(old);
    assert!(desk.sandbox.counts().values().all(|n| *n == 1), "nobody twice");
    // What it hears of late is evidence: unknown may have become accepted, never anything else.
    let after = desk.books("b1");
    assert!(
        after["accepted"] >= books["accepted"] && after["accepted"] + after["unknown"] == 30,
        "{after:?}"
    );
    let log = desk.ok(&["audit", "list", "--json"]).data();
    assert_eq!(log["items"][0]["action"], "takeover");
}

/// Until the process of that id is gone, or nobody's child any more.
fn wait_until_gone(pid: Pid) {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        if stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("the old sender stays");
}

#[test]
fn what_recurs_is_made_listed_paused_and_taken_away() {
    let desk = desk_with_people(3);
    desk.send(&["--to", "topic:ops", "--cron", "0 9 * * 1"]).ends(2);
    desk.send(&["--to", "topic:ops", "--cron", "0 9 * *", "--max-audience", "9"]).ends(2).tells("cron");
    desk.send(&["--to", "topic:ops", "--cron", "0 9 * * 1 Asia/Shanghai", "--max-audience", "2"]).ends(9);
    let id =
        desk.send(&["--to", "topic:ops", "--cron", "0 9 * * 1 Asia/Shanghai", "--max-audience", "9"]).id();
    let listed = desk.ok(&["schedule", "list", "--json"]).data();
    let one = &listed["items"][0];
    assert_eq!(
        (&one["id"], &one["title"], &one["max_audience"]),
        (&id.as_str().into(), &"Power".into(), &9.into())
    );
    assert!(one["next_at"].as_str().is_some_and(|at| at.ends_with("T01:00:00.000Z")), "{one}");
    desk.ok(&["schedule", "pause", &id]);
    assert_eq!(desk.ok(&["schedule", "list", "--json"]).data()["items"][0]["paused"], "tester");
    desk.ok(&["schedule", "resume", &id]);
    desk.ok(&["schedule", "remove", &id]);
    assert_eq!(desk.ok(&["schedule", "list", "--json"]).data()["items"], serde_json::json!([]));
    assert!(desk.sandbox.counts().is_empty());
}

#[test]
fn in_its_quiet_hours_a_channel_sends_nothing_but_tests_and_goes_on_after_them() {
    let desk = desk_with_people(2);
    desk.run(&["channel", "edit", "em", "--set", "quiet=night"]).ends(2).tells("22:00-08:00");
    let now = jiff::Zoned::now();
    let hour = jiff::SignedDuration::from_hours(1);
    let at = |at: jiff::Zoned| at.time().strftime("%H:%M").to_string();
    let quiet = format!("quiet={}-{}", at(&now - hour), at(&now + hour));
    desk.ok(&["channel", "edit", "em", "--set", &quiet]);
    desk.send(&["--to", "topic:ops"]).ends(0);
    desk.ok(&["channel", "verify", "em"]);
    assert_eq!(desk.books("b1")["planned"], 2, "it waits, though the sender was there");
    desk.ok(&["channel", "edit", "em", "--unset", "quiet"]);
    desk.run(&["broadcast", "watch", "b1"]).ends(0);
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 2);
}

#[test]
fn in_quiet_hours_of_their_own_a_person_waits_and_the_others_do_not() {
    let desk = desk_with_people(3);
    desk.run(&["subscriber", "edit", "Ann 1", "--quiet", "night"]).ends(2).tells("22:00-08:00");
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone"));
    let hour = jiff::SignedDuration::from_hours(1);
    let at = |at: jiff::Zoned| at.time().strftime("%H:%M").to_string();
    let quiet = format!("{}-{} Asia/Shanghai", at(&now - hour), at(&now + hour));
    desk.ok(&["subscriber", "edit", "Ann 1", "--quiet", &quiet]);
    assert_eq!(desk.ok(&["subscriber", "show", "Ann 1", "--json"]).data()["quiet"], quiet.as_str());
    assert!(desk.ok(&["subscriber", "show", "Ann 1"]).out.contains(&quiet));
    desk.send(&["--to", "topic:ops"]).ends(0);
    let until = Instant::now() + Duration::from_secs(20);
    while desk.books("b1")["accepted"] < 2 {
        assert!(Instant::now() < until, "the others get it: {:?}", desk.books("b1"));
    }
    assert_eq!(desk.books("b1")["deferred"], 1);
    let waits = desk.ok(&["history", "list", "--filter", "status:deferred", "--json"]).data();
    let one = &waits["items"][0];
    assert_eq!((&one["class"], &one["attempts"]), (&serde_json::Value::Null, &0.into()));
    assert!(one["not_before"].as_str().is_some_and(|at| at.ends_with('Z')), "{one}");
    assert!(desk.ok(&["history", "list", "--filter", "status:deferred"]).out.contains("quiet_hours"));
    desk.ok(&["subscriber", "edit", "Ann 1", "--quiet", ""]);
    desk.run(&["broadcast", "watch", "b1"]).ends(0);
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 3);
}

#[test]
fn what_waits_longer_than_it_may_is_cancelled_and_says_so_everywhere() {
    let desk = desk_with_people(2);
    desk.ok(&["config", "set", "send.expire", "1s"]);
    let now = jiff::Zoned::now();
    let hour = jiff::SignedDuration::from_hours(1);
    let at = |at: jiff::Zoned| at.time().strftime("%H:%M").to_string();
    let quiet = format!("quiet={}-{}", at(&now - hour), at(&now + hour));
    desk.ok(&["channel", "edit", "em", "--set", &quiet]);
    desk.send(&["--to", "topic:ops", "--wait"]).ends(3);
    assert_eq!(desk.books("b1")["cancelled"], 2);
    assert!(desk.sandbox.counts().is_empty());
    let rows = desk.ok(&["history", "list", "--filter", "broadcast:b1", "--json"]).data();
    assert_eq!(
        (&rows["items"][0]["state"], &rows["items"][0]["skip"]),
        (&"cancelled".into(), &"expired".into())
    );
    assert!(desk.ok(&["broadcast", "show", "b1"]).out.contains("expired"));
    assert!(desk.ok(&["broadcast", "report", "b1"]).out.contains("2 waited longer than they may"));
    let log = desk.ok(&["audit", "list", "--json"]).data();
    assert_eq!(log["items"][0]["action"], "expire");
    // Whoever wants it sent all the same says so.
    desk.ok(&["config", "set", "send.expire", "24h"]);
    desk.wait_for_the_sender_to_leave();
    desk.ok(&["channel", "edit", "em", "--unset", "quiet"]);
    desk.run(&["history", "replay", "--filter", "broadcast:b1", "--yes", "--wait"]).ends(0);
    assert_eq!(desk.books("b1")["accepted"], 2);
}
