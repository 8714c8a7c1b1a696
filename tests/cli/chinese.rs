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

/// Three Latin words in a row that are no command: an English sentence.
fn english(text: &str) -> Option<&str> {
    let of_words = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\'');
    text.split(|c: char| !of_words(c)).map(str::trim).find(|part| {
        part.split_whitespace().filter(|word| has_letters(word)).count() > 2 && !part.starts_with("pushdeck")
    })
}

#[test]
fn mistakes_are_told_in_chinese_with_what_to_do() {
    let desk = desk();
    desk.ok(&["subscriber", "add", "王小明"]);
    let unusual = desk.ok(&["subscriber", "add", "张伟", "--address", "wx=a1-b2-c3-d4-e5"]);
    unusual.tells("警告：wx 上的 a1-b2-c3…：地址通常以 UID_ 开头");
    let backup = desk.path("copy.db").display().to_string();
    desk.ok(&["db", "backup", &backup]);
    desk.ok(&["subscriber", "block", "u2"]);
    let file = desk.file("bad.csv", "name,emial\nx,y\n");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["channel", "show", "nope"], 4, "错误：找不到渠道 nope"),
        (&["subscriber", "show", "u99"], 4, "错误：找不到订阅者 u99"),
        (&["subscriber", "show", "王小明"], 2, "有多个订阅者叫 王小明\n提示：改用编号"),
        (&["broadcast", "show", "x1"], 2, "x1 不是广播编号；例如 b18"),
        (&["history", "show", "b1"], 2, "b1 不是投递编号；例如 d7-18"),
        (&["history", "list", "--filter", "staus:failed"], 2, "没有筛选项 staus:"),
        (&["history", "list", "--filter", "since:tomorow"], 2, "自: 不能是 tomorow，可用：30m"),
        (&["broadcast", "pause", "b1"], 2, "b1 已经结束"),
        (&["broadcast", "recall", "b1"], 2, "b1 无法撤回"),
        (&["subscriber", "unmute", "u2"], 2, "u2 的状态是“拉黑”：此命令只用于状态为“静音”的人"),
        (&["topic", "add", "ops"], 2, "已有名为 ops 的主题"),
        (&["topic", "add", "a;b"], 2, "主题不能取名为 a;b：; 在筛选和文件中另有含义"),
        (
            &["subscriber", "add", "李", "--address", "wx=a1-b2-c3-d4-e5"],
            2,
            "wx 上的地址 a1-b2-c3… 属于 张伟（u5）",
        ),
        (&["channel", "edit", "wx", "--set", "rate=fast"], 2, "需要一段时间内的调用数，如 20/10s"),
        (&["db", "backup", &backup], 5, "已存在，不会覆盖"),
        (&["db", "restore", "nofile"], 4, "没有这个文件或目录"),
        (&["subscriber", "import", "nofile"], 4, "没有这个文件或目录"),
        (&["subscriber", "import", &file], 5, "第 1 行 emial 列：未知的列"),
        (&["config", "set", "send.idle", "soon"], 2, "send.idle 应为时间"),
        (&["config", "set", "keys.pause", "nokey"], 2, "不是按键"),
        (&["audit", "list", "--after", "x"], 2, "--after x 不是列表中的位置"),
    ];
    for (args, code, told) in cases {
        let ran = desk.run(args).ends(*code).tells(told);
        assert_eq!(english(&ran.err), None, "{args:?}: {}", ran.err);
        assert_eq!(ran.err.matches("错误：").count(), 1, "{args:?}: {}", ran.err);
    }
    let send = ["--to", "topic:ops", "--max-audience", "9", "--cron", "0 9 *"];
    let cron = desk.send(&send).ends(2).tells("0 9 * 不是有效的定时规则").tells("0 9 * * 1").err;
    assert!(!cron.contains('␊') && english(&cron).is_none(), "{cron}");
}

#[test]
fn a_state_that_forbids_something_names_the_next_step() {
    let mut desk = desk();
    desk.send(&["--to", "topic:ops", "--at", "+2h"]).ends(0);
    for (lang, told, step) in [
        ("zh-CN", "b2 已定时，尚未开始，不能暂停", "pushdeck broadcast recall b2 撤回"),
        ("en", "b2 is scheduled: it cannot be paused", "pushdeck broadcast recall b2 takes it back"),
    ] {
        desk.set_env("PUSHDECK_LANG", lang);
        desk.run(&["broadcast", "pause", "b2"]).ends(2).tells(told).tells(step);
    }
    desk.run(&["broadcast", "resume", "b2"]).ends(2).tells("it cannot go on").tells("broadcast recall b2");
    desk.ok(&["broadcast", "recall", "b2"]);
    desk.run(&["broadcast", "stop", "b2"]).ends(2).tells("there is nothing to stop");
    desk.run(&["broadcast", "pause", "b1"]).ends(2).tells("has ended").tells("history replay b1");
}

#[test]
fn three_unusual_addresses_can_be_told_apart() {
    let mut desk = Desk::new();
    desk.channels();
    let file = desk.file("key", "shortkey-of-ann");
    let ran = desk.ok(&[
        "subscriber",
        "add",
        "Ann",
        "--address",
        "wx=first1",
        "--address",
        "em=ann.example.com",
        "--address",
        &format!("bk=@{file}"),
    ]);
    for shown in ["first1 on wx: ", "ann.exam… on em: ", "…-ann on bk: "] {
        assert!(ran.err.contains(shown), "{shown} in {}", ran.err);
    }
    desk.set_env("PUSHDECK_LANG", "zh-CN");
    desk.ok(&["subscriber", "edit", "u1", "--add-address", "wx=second"]).tells("wx 上的 second：");
}

#[test]
fn what_is_said_of_replays_tests_and_settling_is_chinese() {
    let desk = desk();
    for (args, told) in [
        (&["history", "replay", "--filter", "status:accepted"][..], "没有可重发的；1 条已被接收"),
        (&["history", "replay", "b1"], "有 1 条结果未知，未包含"),
        (&["broadcast", "watch", "b1"], "--as accepted 确认已收到"),
        (&["history", "list", "--filter", "status:cancelled"], "没有可显示的内容"),
        (&["channel", "test", "bk"], "还没有设置“我”"),
    ] {
        let ran = desk.run(args).tells(told);
        assert_eq!(english(&ran.err), None, "{args:?}: {}", ran.err);
    }
    let settled = desk.ok(&["history", "settle", "b1", "--as", "not-accepted"]).out;
    assert_eq!(settled, "已确认 1 条结果未知的投递：视为失败，可以重发\n");
}

#[test]
fn help_and_mistakes_on_the_line_are_chinese_and_a_script_reads_the_same_codes() {
    let desk = desk();
    let help = desk.ok(&["channel", "--help"]).out;
    assert!(help.contains("添加渠道") && !help.contains("Add a channel"), "{help}");
    let english = desk.ok(&["--lang", "en", "channel", "--help"]).out;
    assert!(english.contains("Add a channel"), "{english}");
    let wrong = desk.run(&["channel", "ad", "x"]).ends(2).err.clone();
    assert!(wrong.contains("没有 ad 这个命令") && wrong.contains("add"), "{wrong}");
    let json = desk.run(&["chanel", "--json"]);
    assert_eq!(json.ends(2).json()["error"]["code"], "usage");
}
