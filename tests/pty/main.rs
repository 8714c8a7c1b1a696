//! The real binary in a real terminal: start, resize, paste, suspension, every way out.

#[path = "../support/home.rs"]
mod home;
#[expect(dead_code, reason = "shared with the drills, which also freeze it and run other programs in it")]
mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use home::{BINARY, Home};
use pushdeck::sandbox::{Options, Sandbox};
use rustix::process::{Signal, kill_process};
use support::Terminal;

const EMPTY: &str = "Nothing has been sent yet";
const WELCOME: &str = "W shows this page again";

/// A console over a store in which nothing ever happened, its welcome page put away.
fn quiet(home: &Home) -> Terminal {
    let mut terminal = Terminal::open(home, &[]);
    put_away_welcome(&mut terminal);
    terminal
}

fn put_away_welcome(terminal: &mut Terminal) {
    terminal.sees(&[WELCOME]);
    terminal.type_keys("\x1b");
    terminal.until("the outbox alone", |terminal| {
        let text = terminal.text();
        text.contains(EMPTY) && text.contains("NAV") && !text.contains(WELCOME)
    });
}

/// What lies where temporary files go.
fn left_behind(home: &Home) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(home.path().join("tmp")).expect("the folder");
    folder.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn the_demo_opens_on_the_outbox_with_rows_and_q_q_leaves_nothing_behind() {
    let home = Home::new();
    let mut terminal = Terminal::open(&home, &["demo"]);
    terminal.sees(&["[1 Outbox]", "Disk alert db-3", "今晚停机维护", "DEMO"]);
    assert!(!left_behind(&home).is_empty(), "the demo works in a folder of its own");
    terminal.type_keys("q");
    terminal.type_keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert_eq!(left_behind(&home), Vec::<PathBuf>::new());
    assert_eq!(terminal.modes(), terminal.before);
}

#[test]
fn a_demo_that_is_told_to_end_or_loses_its_terminal_leaves_nothing_behind() {
    let home = Home::new();
    let mut terminal = Terminal::open(&home, &["demo"]);
    terminal.sees(&["Disk alert db-3"]);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends().exit_code(), 0);
    assert_eq!(terminal.modes(), terminal.before);

    let mut terminal = Terminal::open(&home, &["demo"]);
    terminal.sees(&["Disk alert db-3"]);
    terminal.close();
    terminal.ends();
    assert_eq!(left_behind(&home), Vec::<PathBuf>::new());
}

#[test]
fn it_follows_the_terminal_s_size_and_says_when_it_is_too_small() {
    let home = Home::new();
    let mut terminal = quiet(&home);
    let small = terminal.text();
    terminal.resize(120, 36);
    terminal.until("a footer in row 36", |terminal| {
        terminal.text().lines().nth(34).is_some_and(|row| row.contains("NAV"))
    });
    terminal.resize(40, 10);
    terminal.sees(&["Needs 60x16, has 40x10"]);
    terminal.resize(80, 24);
    terminal.until("the picture of the start", |terminal| terminal.text() == small);
}

#[test]
fn a_paste_of_two_hundred_lines_outside_a_field_does_nothing() {
    let home = Home::new();
    let mut terminal = quiet(&home);
    let before = terminal.text();
    let body = |text: &str| text.lines().take(21).map(str::trim_end).collect::<Vec<_>>().join("\n");
    let lines = ["q", "Q", "c", "d", "y", "x", "1", ":", "~rm -rf", "发送\u{1b}[A"];
    let text: Vec<&str> = lines.iter().copied().cycle().take(200).collect();
    terminal.paste(&text.join("\r"));
    // A key after it is answered after it.
    terminal.type_keys("?");
    terminal.until("the help", |terminal| terminal.text() != before && !terminal.text().contains(EMPTY));
    terminal.type_keys("\x1b");
    terminal.sees(&[EMPTY, "[1 Outbox]"]);
    assert_eq!(body(&terminal.text()), body(&before));
    let list = home.run(&["broadcast", "list", "--json"]);
    assert!(String::from_utf8_lossy(&list.stdout).contains(r#""items":[]"#), "{list:?}");
}

/// A terminal that does not bracket what is pasted, and a long commit of an input method, come as keys: all at once, and
/// more than one read takes.
#[test]
fn what_comes_in_one_burst_is_there_to_its_end_without_a_further_key() {
    let home = Home::new();
    let mut terminal = quiet(&home);
    terminal.type_keys("/");
    terminal.type_keys(&format!("{}END", "汉".repeat(700)));
    terminal.sees(&["END"]);
}

#[test]
fn the_terminal_is_given_back_whole_whoever_ends_it() {
    let home = Home::new();
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)] {
        let mut terminal = quiet(&home);
        assert_ne!(terminal.modes(), terminal.before, "it takes the terminal");
        match signal {
            None => {
                terminal.type_keys("q");
                terminal.type_keys("q");
            }
            Some(signal) => terminal.signal(signal),
        }
        let status = terminal.ends();
        assert_eq!(status.exit_code(), 0, "{signal:?}: {status:?}");
        assert_eq!(terminal.modes(), terminal.before, "{signal:?}");
    }
}

#[test]
fn a_console_without_its_terminal_ends() {
    let home = Home::new();
    let mut terminal = quiet(&home);
    terminal.close();
    terminal.ends();
}

/// Debug builds panic on request, on a terminal of 77 columns.
#[cfg(debug_assertions)]
#[test]
fn a_panic_gives_the_terminal_back_before_its_report_and_ends_with_an_error() {
    let home = Home::new();
    for place in ["view", "draw"] {
        let mut terminal = Terminal::open_with(&home, &[], &[("PUSHDECK_PANIC", place)]);
        terminal.sees(&[EMPTY]);
        terminal.resize(77, 24);
        let status = terminal.ends();
        assert!(!status.success(), "{place}: {status:?}");
        assert_eq!(terminal.modes(), terminal.before, "{place}");
        let stream = terminal.written_since(0);
        let (_, after) = stream.split_once("\x1b[?1049l").expect("the alternate screen is left");
        assert!(after.contains("panicked at"), "{place}: the report follows on the screen: {after:?}");
        assert!(!after.contains("\x1b[?"), "{place}: nothing is drawn over it: {after:?}");
    }
}

#[test]
fn ctrl_z_gives_the_shell_a_whole_terminal_and_fg_draws_again() {
    let home = Home::new();
    let mut terminal = Terminal::shell(&home);
    terminal.sees(&["shell>"]);
    let at_prompt = terminal.modes();
    terminal.type_keys(&format!("{BINARY}\r"));
    put_away_welcome(&mut terminal);
    let picture = terminal.text();
    terminal.type_keys("\x1a");
    terminal.until("the shell", |terminal| {
        let text = terminal.text();
        !text.contains(EMPTY) && text.trim_end().ends_with("shell>")
    });
    assert_eq!(terminal.modes(), at_prompt);
    terminal.type_keys("fg\r");
    terminal.until("the picture before", |terminal| terminal.text() == picture);
    terminal.type_keys("q");
    terminal.type_keys("q");
    terminal.until("the shell", |terminal| terminal.text().trim_end().ends_with("shell>"));
    assert_eq!(terminal.modes(), at_prompt);
    terminal.type_keys("exit\r");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn a_broadcast_outlives_its_sender_and_its_console_and_the_next_console_shows_it() {
    const PEOPLE: usize = 60;
    let home = Home::new();
    let threads = tokio::runtime::Runtime::new().expect("threads");
    let sandbox = threads.block_on(Sandbox::start(Options::default())).expect("servers");
    let url = format!("base_url={}", sandbox.bark_url());
    home.run(&[
        "channel",
        "add",
        "phones",
        "--kind",
        "bark",
        "--set",
        &url,
        "--set",
        "rate=20/s",
        "--set",
        "batch=no",
    ]);
    let mut people = "name,topics,bark\n".to_owned();
    for index in 0..PEOPLE {
        writeln!(people, "person {index},ops,devicekey{index:013}").expect("memory");
    }
    std::fs::write(home.path().join("people.csv"), people).expect("a file");
    std::fs::write(home.path().join("body.md"), "The power is **back**.").expect("a file");
    home.run(&["subscriber", "import", "people.csv"]);

    let mut terminal = Terminal::open(&home, &[]);
    terminal.sees(&[EMPTY, "NAV"]);
    let count = PEOPLE.to_string();
    home.run(&[
        "send",
        "--to",
        "topic:ops",
        "--title",
        "Power is back",
        "--format",
        "markdown",
        "--confirm-count",
        &count,
        "body.md",
    ]);
    terminal.sees(&["sending", "Power is back"]);
    // Command and console may both start one; the lock lets one stay.
    terminal.until("one sender", |_| home.senders().len() == 1);
    let first = home.senders();
    kill_process(first[0], Signal::KILL).expect("it sends");
    terminal.until("the console to start another sender", |_| {
        home.senders().iter().any(|sender| *sender != first[0])
    });
    let sent = sandbox.totals(pushdeck::sandbox::Kind::Bark).messages;
    terminal
        .until("the new sender at work", |_| sandbox.totals(pushdeck::sandbox::Kind::Bark).messages > sent);
    terminal.signal(Signal::KILL);
    assert!(!terminal.ends().success());
    assert_eq!(home.senders().len(), 1, "the sender has a life of its own");

    let mut terminal = Terminal::open(&home, &[]);
    terminal.sees(&["sending", "Power is back"]);
    terminal.until("the end of the broadcast", |terminal| {
        let text = terminal.text();
        text.contains("partial") || text.contains("done")
    });
    // Who was in flight at the kill is unknown: called or not. Everybody else was called.
    let books = home.run(&["history", "list", "--json", "--limit", "200"]);
    let books = String::from_utf8_lossy(&books.stdout).into_owned();
    let (accepted, unknown) =
        (books.matches(r#""state":"accepted""#).count(), books.matches(r#""state":"unknown""#).count());
    assert_eq!(accepted + unknown, PEOPLE, "{books}");
    let messages = sandbox.totals(pushdeck::sandbox::Kind::Bark).messages as usize;
    assert!((accepted..=PEOPLE).contains(&messages), "{messages} called, {accepted} accepted");
    for index in 0..PEOPLE {
        assert!(sandbox.count(&format!("devicekey{index:013}")) <= 1, "person {index} got it twice");
    }
    terminal.type_keys("q");
    terminal.type_keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}
