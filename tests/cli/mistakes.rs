//! Mistakes: what a person and a script are told, and the exit code.

use serde_json::Value;

use crate::desk::Desk;

#[test]
fn without_a_terminal_there_is_short_help_and_exit_2() {
    let desk = Desk::new();
    desk.run(&[]).ends(2).tells("Examples:");
    desk.ok(&["--version"]);
    assert!(desk.ok(&["sandbox", "--help"]).out.contains("flaky"));
}

#[test]
fn a_usage_mistake_is_one_document_with_json() {
    let desk = Desk::new();
    let ran = desk.run(&["channel", "lst", "--json"]).ends(2);
    let told = ran.json();
    assert_eq!((told["ok"].as_bool(), told["error"]["code"].as_str()), (Some(false), Some("usage")));
    desk.run(&["channel", "lst"]).ends(2);
}

#[test]
fn a_failure_is_one_document_and_one_line() {
    let desk = Desk::new();
    desk.channels();
    let ran = desk.run(&["--json", "channel", "show", "wxx"]).ends(4).tells("error:");
    let keys =
        |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    let told = ran.json();
    insta::assert_snapshot!(keys(&told), @"error ok schema warnings");
    insta::assert_snapshot!(keys(&told["error"]), @"causes code details hint message retryable");
    assert_eq!(told["error"]["details"]["what"], "channel");
}

#[test]
fn no_store_a_foreign_one_and_one_without_its_key_end_with_5() {
    let desk = Desk::new();
    desk.run(&["channel", "list"]).ends(5).tells("no store");
    desk.file("foreign/pushdeck.db", "this is not a database, only a long enough text");
    desk.run(&["channel", "list", "--data-dir", "foreign"]).ends(5);
    desk.channels();
    std::fs::remove_dir_all(desk.path(".config/pushdeck/keys")).expect("keys removed");
    desk.run(&["channel", "list"]).ends(5).tells("PUSHDECK_KEY_FILE");
    desk.run(&["channel", "add", "x", "--kind", "bark"]).ends(5);
    assert!(!desk.path(".config/pushdeck/keys").exists());
}

#[test]
fn the_key_can_lie_elsewhere_and_senders_find_it() {
    let mut desk = Desk::new();
    desk.set_env("PUSHDECK_KEY_FILE", "elsewhere.key");
    desk.channels();
    assert!(desk.path("elsewhere.key").exists());
    desk.ok(&["channel", "verify", "wx"]);
}

#[test]
fn read_only_changes_and_sends_nothing() {
    let desk = Desk::new();
    desk.channels();
    desk.ok(&["subscriber", "add", "Ann", "--address", "em=a@example.com"]);
    desk.ok(&["--readonly", "subscriber", "list"]);
    desk.run(&["--readonly", "subscriber", "add", "Bob"]).ends(10);
    desk.send(&["--to", "id:u1", "--readonly"]).ends(10);
    desk.send(&["--to", "id:u1", "--readonly", "--dry-run"]).ends(0);
    desk.config("readonly = true\n");
    desk.run(&["channel", "remove", "wx"]).ends(10);
}

#[test]
fn a_wrong_configuration_names_line_and_column_and_an_unknown_key_warns() {
    let desk = Desk::new();
    desk.config("[send]\nundo = 3\n");
    desk.run(&["config", "path"]).ends(5).tells("line 2, column 8");
    desk.config("[send]\nundoo = \"auto\"\nidle = \"2s\"\n");
    desk.ok(&["config", "path"]).tells("did you mean send.undo?");
    assert_eq!(desk.ok(&["config", "get", "send.idle"]).out, "2000ms\n");
    desk.run(&["config", "get", "send.idel"]).ends(4).tells("Did you mean send.idle?");
    desk.run(&["--config", "nowhere.toml", "config", "path"]).ends(5);
}

#[test]
fn chinese_words_come_with_a_flag_the_environment_or_the_configuration() {
    let mut desk = Desk::new();
    desk.run(&["--lang", "zh-CN", "channel", "list"]).ends(5).tells("错误：");
    desk.config("language = \"zh-CN\"\n");
    desk.run(&["channel", "list"]).ends(5).tells("提示：");
    desk.set_env("PUSHDECK_LANG", "en");
    desk.run(&["channel", "list"]).ends(5).tells("error:");
}

#[test]
fn a_strangers_name_cannot_drive_the_terminal() {
    let desk = Desk::new();
    let name = "\u{1b}]0;evil\u{7}\u{202e}x";
    desk.ok(&["subscriber", "add", name]);
    for args in
        [&["subscriber", "list"][..], &["subscriber", "show", "u1"], &["subscriber", "list", "--json"]]
    {
        let out = desk.ok(args).out;
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{out:?}");
    }
    assert_eq!(desk.ok(&["subscriber", "show", "u1", "--json"]).data()["name"], name);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let desk = Desk::new();
    desk.channels();
    let mut child = desk.command(&["channel", "list"]).spawn().expect("it starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn doctor_completion_and_places() {
    let desk = Desk::new();
    desk.ok(&["doctor"]);
    desk.channels();
    let checks = desk.ok(&["doctor", "--json"]).data();
    assert_eq!(checks["ok"], true);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(desk.ok(&["completion", shell]).out.contains("pushdeck"), "{shell}");
    }
    let places = desk.ok(&["config", "path", "--json", "--data-dir", "here"]).data();
    assert!(places["store"].as_str().expect("a path").ends_with("/here/pushdeck.db"));
    std::fs::remove_dir_all(desk.path(".config/pushdeck/keys")).expect("keys removed");
    desk.run(&["doctor"]).ends(5);
}
