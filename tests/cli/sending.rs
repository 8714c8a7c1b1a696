//! Sending: gates, dry run, undo, waiting, replay; each with its exit code and its books.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use pushdeck::sandbox::{Options, Script};

use crate::desk::Desk;

fn mailboxes(n: usize) -> Vec<String> {
    (1..=n).map(|n| format!("Ann {n},ops,a{n}@example.com")).collect()
}

fn desk_with_people(n: usize) -> Desk {
    let desk = Desk::new();
    desk.channels();
    desk.import("name,topics,em", &mailboxes(n));
    desk
}

fn nothing_was_written(desk: &Desk) {
    let list = desk.ok(&["broadcast", "list", "--json"]).data();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(0));
    assert!(desk.sandbox.counts().is_empty());
}

#[test]
fn a_small_send_needs_no_number_and_everybody_gets_one() {
    let desk = desk_with_people(49);
    let sent = desk.send(&["--to", "topic:ops", "--wait"]).ends(0);
    assert_eq!(sent.out, "b1 done\n");
    assert_eq!(desk.books("b1")["accepted"], 49);
    assert_eq!(desk.sandbox.counts().values().sum::<u64>(), 49);
}

#[test]
fn from_fifty_on_the_number_must_be_confirmed() {
    let desk = desk_with_people(50);
    desk.send(&["--to", "topic:ops"]).ends(9).tells("--confirm-count 50");
    desk.send(&["--to", "topic:ops", "--confirm-count", "49"]).ends(9).tells("not 49");
    desk.send(&["--to", "topic:ops", "--max-audience", "49"]).ends(9);
    nothing_was_written(&desk);
    desk.send(&["--to", "topic:ops", "--confirm-count", "50", "--wait"]).ends(0);
    desk.send(&["--to", "topic:ops", "--max-audience", "1000", "--wait"]).ends(0);
}

#[test]
fn a_send_without_a_filter_needs_a_number_even_for_three() {
    let desk = desk_with_people(3);
    desk.send(&[]).ends(9);
    desk.send(&["--to", ""]).ends(9);
    nothing_was_written(&desk);
    desk.send(&["--confirm-count", "3", "--wait"]).ends(0);
}

#[test]
fn a_dry_run_says_who_and_how_and_opens_nothing() {
    let desk = desk_with_people(3);
    desk.ok(&["subscriber", "add", "Out", "--address", "em=out@example.com"]);
    desk.ok(&["topic", "member", "add", "ops", "Out"]);
    desk.ok(&["subscriber", "mute", "Out"]);
    let plan = desk.send(&["--to", "topic:ops", "--dry-run", "--json"]).ends(0).data();
    assert_eq!((plan["audience"].as_i64(), plan["to_send"].as_i64()), (Some(4), Some(3)));
    assert_eq!(plan["skipped"]["muted"], 1);
    let email =
        plan["channels"].as_array().expect("channels").iter().find(|one| one["channel"] == "em").expect("em");
    assert_eq!((email["to_send"].as_i64(), email["calls"].as_i64()), (Some(3), Some(3)));
    assert!(plan["sample"]["request"].as_str().expect("a call").contains("Subject: Power"), "{plan}");
    nothing_was_written(&desk);
    let many = desk.send(&["--dry-run", "--json"]).ends(0).data();
    assert_eq!(many["confirmed"], false);
}

#[test]
fn a_new_version_takes_the_place_of_what_arrived_and_is_taken_back_as_that() {
    let desk = Desk::new();
    desk.channels();
    desk.import(
        "name,topics,bk,em",
        &["Ann,ops,annskey000000000001,".into(), "Ben,ops,,ben@example.com".into()],
    );
    let first = desk.send(&["--to", "topic:ops", "--wait"]).ends(0).id();
    desk.send(&["--to", "topic:ops", "--replaces", "b77"]).ends(4);
    let second = desk.send(&["--to", "topic:ops", "--replaces", &first, "--wait"]).ends(0);
    assert!(second.err.contains("em: it arrives beside b1"), "{}", second.err);
    let third = desk.send(&["--to", "topic:ops", "--replaces", "b2", "--wait"]).ends(0).id();
    let shown = desk.ok(&["broadcast", "show", "b2", "--json"]).data();
    assert_eq!((&shown["replaces"], &shown["replaced_by"]), (&"b1".into(), &"b3".into()));
    let shown = desk.ok(&["broadcast", "show", "b1"]).out;
    assert!(shown.lines().any(|line| line.starts_with("replaced by") && line.ends_with("b3")), "{shown}");
    // What is on the phones is the newest one's: the old ones neither go again nor are taken back.
    let old = desk.run(&["broadcast", "take-back", &first, "--confirm-count", "1"]).ends(4);
    assert!(old.err.contains("b3 took its place on bk"), "{}", old.err);
    assert_eq!(desk.sandbox.received(pushdeck::sandbox::Kind::Bark).len(), 3);
    let failed = "UPDATE delivery SET state = 6 WHERE broadcast = 1 AND seq = 1;
                  UPDATE lane SET accepted = accepted - 1, rejected = rejected + 1 WHERE broadcast = 1 AND seq_to = 1 AND seq_from = 1";
    desk.store().execute_batch(failed).expect("written");
    let again = desk.run(&["history", "replay", "--filter", "broadcast:b1"]).ends(0);
    assert!(again.out.is_empty() && again.err.contains("a new version in its place"), "{}", again.err);
    desk.ok(&["broadcast", "take-back", &third, "--confirm-count", "1"]);
    let pushes = desk.sandbox.received(pushdeck::sandbox::Kind::Bark);
    let ids: Vec<&str> = pushes.iter().map(|push| push.body["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 4, "three versions, and the end of it: {ids:?}");
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let chain = desk.send(&["--to", "topic:ops", "--replaces", "b3", "--dry-run", "--json"]).ends(0).data();
    assert_eq!(chain["replaces"], "b3");
    let said = desk.send(&["--to", "topic:ops", "--replaces", "b3", "--dry-run"]).ends(0);
    assert!(
        said.out.lines().any(|line| line.starts_with("in place of") && line.ends_with("b3")),
        "{}",
        said.out
    );
    assert!(said.err.contains("em: it arrives beside b3"), "{}", said.err);
    let request = chain["sample"]["request"].as_str().expect("a request").to_owned();
    assert!(request.contains(ids[0]), "the preview is the truth: {request}");
    desk.store()
        .execute("UPDATE lane SET planned = 1 WHERE broadcast = 3 AND seq_to = 1 AND seq_from = 1", [])
        .expect("written");
    desk.send(&["--to", "topic:ops", "--replaces", "b3"]).ends(2).tells("b3 still goes out");
    let plain = desk.send(&["--to", "topic:ops", "--dry-run", "--json"]).ends(0).data();
    let version = desk.send(&["--to", "topic:ops", "--replaces", "b1", "--dry-run", "--json"]).ends(0).data();
    assert_ne!(plain["plan_hash"], version["plan_hash"], "it is another plan");
}

#[test]
fn what_a_dry_run_showed_is_released_and_nothing_else() {
    let desk = desk_with_people(3);
    let planned = |more: &[&str]| {
        let args = [&["--to", "topic:ops", "--dry-run"], more].concat();
        desk.send(&[&args[..], &["--json"]].concat()).ends(0).data()["plan_hash"]
            .as_str()
            .expect("a hash")
            .to_owned()
    };
    let hash = planned(&[]);
    assert!(desk.send(&["--to", "topic:ops", "--dry-run"]).ends(0).out.contains(&hash));
    // One left and another came: as many as before.
    desk.ok(&["topic", "member", "remove", "ops", "Ann 1"]);
    desk.import("name,topics,em", &["Zoe,ops,zoe@example.com".into()]);
    let told = desk.send(&["--to", "topic:ops", "--plan-hash", &hash, "--json"]).ends(9);
    let error = told.json()["error"].clone();
    assert_eq!(
        (&error["code"], &error["details"]["changed"]),
        (&"plan_changed".into(), &["people"][..].into())
    );
    assert_eq!((&error["details"]["to_send"], &error["details"]["channels"]["em"]), (&3.into(), &3.into()));
    desk.send(&["--to", "topic:ops", "--plan-hash", &hash]).ends(9).tells("people or addresses");
    // Its first digits refuse as well, without saying what; so does the dry run itself.
    desk.send(&["--to", "topic:ops", "--plan-hash", &hash[..12]]).ends(9).tells("nothing was sent");
    desk.send(&["--to", "topic:ops", "--dry-run", "--plan-hash", &hash]).ends(9);
    for wrong in ["abc", "not the hash of a plan", &hash[..11]] {
        desk.send(&["--to", "topic:ops", "--plan-hash", wrong]).ends(2);
    }
    nothing_was_written(&desk);
    let hash = planned(&[]);
    assert_eq!(error["details"]["plan_hash"], hash.as_str());
    let id = desk.send(&["--to", "topic:ops", "--plan-hash", &hash[..20]]).id();
    let shown = desk.ok(&["broadcast", "show", &id, "--json"]).data();
    assert_eq!(shown["plan_hash"], hash.as_str());
    assert!(desk.ok(&["broadcast", "show", &id]).out.contains(&hash));
}

#[test]
fn a_dry_run_never_shows_a_credential() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["subscriber", "add", "Ann", "--address", "wx=UID_abcdefghijklmnopqrstuvwxyz1"]);
    let shown = desk.send(&["--to", "id:u1", "--dry-run"]).ends(0);
    assert!(shown.out.contains("POST ") && !shown.out.contains("AT_sandbox"), "{}", shown.out);
}

#[test]
fn a_file_goes_with_a_mail_and_a_channel_that_carries_none_says_so() {
    let mut desk = Desk::new();
    desk.channels();
    desk.import("name,bk,em", &["Ann,annsdevicekeyannsdevice,".into(), "Bob,,b@example.com".into()]);
    let (plan, empty) = (desk.file("计划.pdf", "%PDF"), desk.file("empty", ""));
    desk.send(&["--person", "Ann", "--attach", &empty]).ends(2).tells("it is empty");
    desk.send(&["--person", "Ann", "--attach", &plan, "--attach", &plan]).ends(2).tells("the same name");
    desk.send(&["--person", "Ann", "--attach", "/dev/zero"]).ends(2).tells("it is no file");
    nothing_was_written(&desk);
    let dry = desk.send(&["--person", "Ann", "--person", "Bob", "--attach", &plan, "--dry-run"]).ends(0);
    assert!(
        dry.out.contains("计划.pdf (4 B)") && dry.out.contains("bk carries no files: 1 file is left out")
    );
    assert!(!dry.out.contains("em carries no files"), "{}", dry.out);
    let hash = |args: &[&str]| {
        let args = [&["--person", "Bob", "--dry-run", "--json"], args].concat();
        desk.send(&args).ends(0).json()["data"]["plan_hash"].clone()
    };
    let with_plan = hash(&["--attach", &plan]);
    assert_ne!(with_plan, hash(&[]), "a file is part of the plan");
    desk.file("计划.pdf", "%PDF2");
    assert_ne!(with_plan, hash(&["--attach", &plan]));
    // What leaves later is what was attached, whatever stands there by then.
    desk.ok(&["broadcast", "pause", "--all"]);
    let id = desk.send(&["--person", "Bob", "--attach", &plan]).ends(0).id();
    std::fs::remove_file(&plan).expect("gone");
    desk.ok(&["broadcast", "resume", "--all"]);
    desk.ok(&["broadcast", "watch", &id]);
    let mail = desk.sandbox.received(pushdeck::sandbox::Kind::Email).remove(0);
    assert_eq!(mail.body["files"], serde_json::json!([{ "name": "计划.pdf", "size": 5 }]), "{:?}", mail.body);
    let shown = desk.ok(&["broadcast", "show", &id, "--json"]).data();
    assert_eq!(shown["message"]["files"][0]["media_type"], "application/pdf");
    assert!(desk.ok(&["broadcast", "report", &id]).out.contains("计划.pdf (5 B)"));
    desk.set_env("PUSHDECK_LANG", "zh-CN");
    desk.send(&["--person", "Ann", "--attach", &plan]).ends(2).tells("没有这个文件");
}

#[test]
fn missing_values_stop_the_send_and_name_people() {
    let desk = Desk::new();
    desk.channels();
    desk.import("name,em,var.city", &["Ann,a@example.com,Rome".into(), "Bob,b@example.com,".into()]);
    let args = ["send", "--to", "channel:em", "--title", "Hi {{name}}", "--format", "text", "-", "--wait"];
    desk.piped(&args, "Weather in {{city}}").ends(2).tells("Bob (u2)");
    nothing_was_written(&desk);
    let with_default = [&args[..], &["--var", "city=Berlin"]].concat();
    desk.piped(&with_default, "Weather in {{city}}").ends(0);
    let received = desk.sandbox.received(pushdeck::sandbox::Kind::Email);
    assert_eq!(received.len(), 2);
}

#[test]
fn nobody_an_unknown_name_and_a_later_time_are_told() {
    let desk = desk_with_people(2);
    desk.send(&["--to", "name:Zoe"]).ends(4);
    desk.send(&["--to", "topic:osp"]).ends(4);
    desk.send(&["--to", "topic:ops", "--channel", "emm"]).ends(4).tells("Did you mean em?");
    desk.send(&["--to", "tpic:ops"]).ends(2).tells("Did you mean topic?");
    desk.send(&["--to", "topic:ops", "--at", "tomorrow"]).ends(2).tells("--at");
    desk.send(&["--to", "topic:ops", "--channel", "bk"]).ends(4);
    nothing_was_written(&desk);
}

#[test]
fn the_first_usable_channel_in_order_or_all_of_them() {
    let desk = Desk::new();
    desk.channels();
    desk.import("name,bk,em", &["Ann,annsdevicekeyannsdevice,a@example.com".into()]);
    desk.send(&["--to", "id:u1", "--wait"]).ends(0);
    assert_eq!(desk.sandbox.count("annsdevicekeyannsdevice"), 1);
    desk.send(&["--to", "id:u1", "--channel", "em", "--channel", "bk", "--wait"]).ends(0);
    assert_eq!(desk.sandbox.count("a@example.com"), 1);
    desk.send(&["--person", "Ann", "--all-channels", "--wait"]).ends(0);
    assert_eq!(desk.books("b3")["accepted"], 2);
}

#[test]
fn without_wait_the_id_is_printed_and_a_sender_goes_on() {
    let desk = desk_with_people(5);
    let id = desk.send(&["--to", "topic:ops"]).id();
    assert_eq!(desk.ok(&["broadcast", "watch", &id]).out, format!("{id} done\n"));
    assert_eq!(desk.books(&id)["accepted"], 5);
}

#[test]
fn in_process_sending_needs_no_second_process() {
    let desk = desk_with_people(5);
    desk.config("[send]\nprocess = \"in-process\"\n");
    let id = desk.send(&["--to", "topic:ops"]).id();
    assert_eq!(desk.books(&id)["accepted"], 5);
    assert!(!desk.path(".local/state/pushdeck/log").exists(), "no sender of its own was started");
}

#[test]
fn an_undo_window_is_kept_by_the_command_and_lets_go() {
    let desk = desk_with_people(2);
    desk.send(&["--to", "topic:ops", "--undo", "200ms", "--wait"]).ends(0).tells("undo window is over");
    assert_eq!(desk.books("b1")["accepted"], 2);
}

#[test]
fn ctrl_c_in_the_undo_window_recalls_and_nothing_leaves() {
    let desk = desk_with_people(2);
    let line = ["send", "--to", "topic:ops", "--title", "T", "--format", "text", "--undo", "1h", "-"];
    let mut child = desk.command(&line).stdin(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"x").expect("written");
    let mut talk = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    talk.read_line(&mut line).expect("it says that it holds");
    assert!(line.contains("nothing leaves for 1h; Ctrl-C recalls"), "{line}");
    assert_eq!(desk.ok(&["broadcast", "show", "b1", "--json"]).data()["state"], "held");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("told");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(desk.ok(&["broadcast", "show", "b1", "--json"]).data()["state"], "draft");
    assert!(desk.sandbox.counts().is_empty());
}

#[test]
fn pause_stop_and_recall_say_what_they_can_do() {
    let desk = Desk::with(Options {
        email: Script { latency: std::time::Duration::from_millis(300), ..Script::default() },
        ..Options::default()
    });
    desk.channels();
    desk.ok(&["channel", "edit", "em", "--set", "concurrency=1"]);
    desk.import("name,topics,em", &mailboxes(30));
    let id = desk.send(&["--to", "topic:ops"]).id();
    assert_eq!(desk.ok(&["broadcast", "pause", &id]).out, format!("{id} paused\n"));
    desk.run(&["broadcast", "watch", &id]).ends(3).tells("stands still");
    desk.run(&["broadcast", "recall", &id]).ends(2);
    desk.ok(&["broadcast", "resume", &id]);
    desk.ok(&["broadcast", "resume", &id]);
    desk.ok(&["broadcast", "stop", &id]).tells("will not be sent");
    desk.run(&["broadcast", "watch", &id]).ends(3);
    assert!(desk.books(&id)["cancelled"] > 0);
    desk.run(&["broadcast", "show", "b99"]).ends(4);
    desk.run(&["broadcast", "show", "x"]).ends(2);
    let list = desk.ok(&["broadcast", "list", "--state", "cancelled", "--json"]).data();
    assert_eq!(list["items"][0]["id"], id.as_str());
}

#[test]
fn a_replay_has_the_same_gates_and_touches_nobody_who_was_accepted() {
    let desk = Desk::new();
    desk.channels();
    desk.import(
        "name,topics,bk",
        &["Ann,ops,annsdevicekeyannsdevice".into(), "Dee,ops,deaddevicekeydeaddevice".into()],
    );
    desk.send(&["--to", "topic:ops", "--wait"]).ends(3).tells("1 failed");
    let failed = desk.ok(&["history", "list", "--filter", "status:failed", "--json"]).data();
    let one = &failed["items"][0];
    assert_eq!(
        (one["state"].as_str(), one["class"].as_str(), one["name"].as_str()),
        (Some("rejected"), Some("bad_recipient"), Some("Dee"))
    );
    let keys = one.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(keys, @"address_masked attempts channel channel_id class ended_at id kind name not_before provider_code provider_text replay skip state subscriber taken_back title");
    let id = one["id"].as_str().expect("an id").to_owned();
    assert_eq!(desk.ok(&["history", "show", &id, "--json"]).data()["history"][0]["state"], "rejected");
    desk.run(&["history", "replay"]).ends(2);
    desk.run(&["history", "replay", "--filter", ""]).ends(9);
    desk.run(&["history", "replay", &id, "--confirm-count", "2"]).ends(9);
    desk.run(&["history", "replay", "d1-99"]).ends(4);
    let accepted = desk.ok(&["history", "replay", "--filter", "status:accepted", "--json"]).data();
    assert_eq!((accepted["queued"].as_i64(), accepted["accepted_untouched"].as_i64()), (Some(0), Some(1)));
    desk.run(&["history", "replay", &id, "--wait"]).ends(3);
    desk.piped(&["subscriber", "edit", "Dee", "--address", "bk=-"], "freshdevicekeyfreshdevi").ends(0);
    let replayed = desk.ok(&["history", "replay", "b1", "--wait", "--json"]).data();
    assert_eq!(replayed["queued"], 1);
    assert_eq!(
        (desk.sandbox.count("annsdevicekeyannsdevice"), desk.sandbox.count("freshdevicekeyfreshdevi")),
        (1, 1)
    );
    assert_eq!(desk.ok(&["history", "show", &id, "--json"]).data()["attempts"], 3);
    assert_eq!(desk.books("b1")["accepted"], 2);
}

#[test]
fn an_unknown_goes_again_only_when_asked_and_a_person_can_settle_it() {
    let desk = Desk::new();
    desk.channels();
    desk.import(
        "name,topics,bk",
        &["Ann,ops,dropdevicekeydropdevice".into(), "Bob,ops,dropdevicekeydropdevicb".into()],
    );
    let told = desk.send(&["--to", "topic:ops", "--wait"]).ends(3).tells("history settle b1").err;
    assert!(told.contains("--include-unknown") && !told.contains("sends the failed ones"), "{told}");
    assert_eq!(desk.books("b1")["unknown"], 2);
    let advice = desk.ok(&["history", "failures"]).out;
    assert!(advice.contains("settle it") && !advice.contains("by itself"), "{advice}");
    let left = desk
        .ok(&["history", "replay", "b1", "--json"])
        .tells("--include-unknown")
        .tells("Nothing was queued");
    assert_eq!(left.data()["queued"], 0);
    let settled = desk.ok(&["history", "settle", "d1-1", "--as", "accepted"]).out;
    assert_eq!(settled, "1 unknown delivery is settled: it counts as accepted\n");
    assert_eq!(desk.ok(&["history", "settle", "d1-1", "--as", "accepted", "--plain"]).out, "0\n");
    assert_eq!(desk.books("b1")["assumed"], 1);
    let again = desk.run(&["history", "replay", "b1", "--include-unknown", "--wait", "--json"]);
    assert_eq!(again.data()["queued"], 1);
    let groups = desk.ok(&["history", "failures", "--by", "broadcast", "--json"]).data();
    assert_eq!(groups["items"][0]["broadcast"], "b1");
}

#[test]
fn a_replay_is_proposed_only_where_it_can_help() {
    let desk = Desk::new();
    desk.channels();
    let dead = |name: &str| format!("{name},dead,deaddevicekeydeaddev{name},");
    desk.import("name,topics,bk,em", &[dead("ann"), dead("bob"), "Eve,ops,,eve@example.com".into()]);
    let told = desk.send(&["--to", "topic:dead", "--wait"]).ends(3).tells("A replay cures none of these").err;
    assert!(!told.contains("history replay"), "{told}");
    desk.send(&["--to", "topic:ops", "--wait"]).ends(0);
    desk.ok(&["history", "replay", "b2"]).tells("Nothing was queued; 1 was accepted already");
    desk.run(&["history", "replay", "b9"]).ends(4);
    desk.ok(&["history", "list", "--filter", "broadcast:b2 status:failed"]).tells("Nothing to show");
    desk.send(&["--to", "topic:ops", "--undo", "banana"])
        .ends(2)
        .tells("--undo banana is not a time")
        .tells("30s");
}

#[test]
fn waiting_for_a_quota_ends_with_its_own_code_and_says_when_it_goes_on() {
    let desk = Desk::new();
    desk.channels();
    let lines = ["Ann,SCT1Tfine0000001".to_owned(), "Bob,SCT2Tquota000001".to_owned()];
    desk.import("name,sc", &lines);
    let told = desk.send(&["--to", "channel:sc", "--confirm-count", "2", "--wait", "--json"]).ends(8);
    told.tells("the allowance of sc is used up until");
    let books = desk.books("b1");
    assert_eq!((books["accepted"], books["deferred"]), (1, 1), "it goes on by itself");
}

#[test]
fn a_mail_that_came_back_is_settled_by_the_address_that_it_came_back_to() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["channel", "edit", "em", "--set", "bounce_to=bounce+{token}@example.com"]);
    desk.import("name,topics,em", &["Ann,ops,ann@example.com".into(), "Ben,ops,ben@example.com".into()]);
    let id = desk.send(&["--to", "topic:ops", "--wait"]).ends(0).id();
    let mails = desk.sandbox.received(pushdeck::sandbox::Kind::Email);
    let bens = mails.iter().find(|mail| mail.path == "ben@example.com").expect("a mail");
    let from = bens.body["from"].as_str().expect("an envelope");
    let token =
        from.strip_prefix("bounce+").and_then(|from| from.strip_suffix("@example.com")).expect("a token");
    let forged = format!("{}x", &token[..token.len() - 1]);
    desk.run(&["history", "settle", &forged, "--as", "bounced", "--confirm-count", "1"]).ends(2);
    let settled = desk.ok(&["history", "settle", token, "--as", "bounced", "--confirm-count", "1", "--json"]);
    assert_eq!(settled.data()["settled"], 1);
    let books = desk.books(&id);
    assert_eq!((books["accepted"], books["rejected"]), (1, 1));
    let failed = desk.ok(&["history", "list", "--filter", "class:bad_recipient", "--json"]).data();
    assert_eq!(failed["items"][0]["provider_text"], "it bounced");
    // It stands as failed now: a second word changes nothing.
    let again = desk.ok(&["history", "settle", token, "--as", "bounced", "--confirm-count", "0", "--json"]);
    assert_eq!(again.data()["settled"], 0);
}
