//! In Chinese: what a person reads is Chinese throughout, what a script reads is what it always was.

use crate::desk::Desk;

/// A Chinese desk with channels, a topic, and a broadcast of which one was accepted, one refused, one is unknown.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.channels();
    desk.import(
        "name,topics,bk,em",
        &[
            "王小明,ops,dropdevicekeydropdevice,".into(),
            "李雷,ops,,a@example.com".into(),
            "Ann,ops,deaddevicekeydeaddevice,".into(),
        ],
    );
    desk.send(&["--to", "topic:ops", "--wait"]).ends(3);
    desk.set_env("PUSHDECK_LANG", "zh-CN");
    desk
}

fn has_letters(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_alphabetic())
}

/// The lines that stand over a table: the first one, and each after an empty line.
fn headings(out: &str) -> Vec<&str> {
    let lines: Vec<&str> = out.lines().collect();
    let first = |at: usize| at == 0 || lines[at - 1].is_empty();
    (0..lines.len()).filter(|at| first(*at)).map(|at| lines[at]).collect()
}

#[test]
fn no_heading_of_a_table_is_english() {
    let desk = desk();
    let send = ["send", "--title", "t", "--format", "text", "--to", "topic:ops"];
    let cron = ["--cron", "0 9 * * 1", "--max-audience", "9", "-"];
    desk.piped(&[&send[..], &cron[..]].concat(), "x").ends(0);
    for list in [
        &["channel", "list"][..],
        &["subscriber", "list"],
        &["topic", "list"],
        &["broadcast", "list"],
        &["schedule", "list"],
        &["history", "list"],
        &["history", "failures"],
        &["audit", "list"],
    ] {
        let out = desk.ok(list).out;
        for heading in headings(&out) {
            assert!(!heading.is_empty() && !has_letters(heading), "{list:?}: {heading}");
        }
        let plain = desk.ok(&[list, &["--plain"]].concat()).out;
        assert_eq!(plain.lines().count() + 1, out.lines().count(), "{list:?}: {plain}");
    }
}

#[test]
fn no_label_beside_a_value_is_english_but_the_names_of_settings_and_channels() {
    let desk = desk();
    let names = ["base_url", "app_token", "bk", "em"];
    for one in [
        &["channel", "show", "wx"][..],
        &["subscriber", "show", "u1"],
        &["topic", "show", "ops"],
        &["broadcast", "show", "b1"],
        &["history", "show", "d1-1"],
        &["audit", "verify"],
        &["config", "path"],
        &["config", "check"],
        &["doctor"],
    ] {
        let out = desk.ok(one).out;
        // Tables of their own follow an empty line.
        for line in out.lines().take_while(|line| !line.is_empty()) {
            let label = line.split_whitespace().next().expect("a label");
            assert!(names.contains(&label) || !has_letters(label), "{one:?}: {line}");
        }
    }
    let out = desk.ok(&["broadcast", "show", "b1"]).out;
    assert!(headings(&out).iter().skip(1).all(|heading| !has_letters(heading)), "{out}");
    let doctor = desk.ok(&["doctor"]).out;
    for line in doctor.lines() {
        assert!(!has_letters(line.split_whitespace().nth(1).expect("a name")), "{line}");
    }
}

#[test]
fn a_dry_run_speaks_chinese() {
    let desk = desk();
    let out = desk.send(&["--to", "topic:ops", "--dry-run"]).ends(0).tells("试运行").out;
    let request = out.find("\nbk:").expect("the call of a channel");
    let said = &out[..request];
    for english in ["to send", "people", "STATE", "warning", "active", " ok"] {
        assert!(!said.contains(english), "{english} in {said}");
    }
}

#[test]
fn what_scripts_read_is_the_same_in_every_language() {
    let mut desk = desk();
    for args in [
        &["broadcast", "show", "b1", "--json"][..],
        &["history", "list", "--json"],
        &["history", "list", "--plain"],
        &["channel", "list", "--plain"],
        &["subscriber", "show", "u1", "--plain"],
        &["broadcast", "show", "b1", "--plain"],
    ] {
        desk.set_env("PUSHDECK_LANG", "zh-CN");
        let chinese = desk.ok(args).out;
        desk.set_env("PUSHDECK_LANG", "en");
        assert_eq!(chinese, desk.ok(args).out, "{args:?}");
    }
}

#[test]
fn a_change_is_told_with_the_state_in_chinese() {
    let desk = desk();
    assert_eq!(desk.ok(&["channel", "pause", "wx"]).out, "c1 已暂停\n");
    assert_eq!(desk.ok(&["subscriber", "mute", "u1"]).out, "u1 静音\n");
    assert_eq!(desk.ok(&["subscriber", "remove", "u1"]).out, "u1 已删除\n");
    assert_eq!(desk.run(&["broadcast", "watch", "b1"]).ends(3).out, "b1 部分完成\n");
    assert_eq!(desk.run(&["broadcast", "watch", "b1", "--plain"]).ends(3).out, "b1 partial\n");
}
