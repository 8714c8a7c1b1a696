//! The real console on a terminal, over a store with a million people, against a bare ratatui list there.
//!
//! The store is made once and kept in cargo's folder for such things. What is seen is the Outbox, with a
//! few hundred drafts as rows; both programs get the same keys at the same pace.

mod support {
    pub mod args;
    pub mod bare_list;
    pub mod crowd;
    pub mod quantile;
    pub mod report;
    pub mod seat;
    pub mod shop;
}

use std::path::{Path, PathBuf};
use std::time::Duration;

use portable_pty::CommandBuilder;
use support::args::Args;
use support::quantile::quantile;
use support::report::{Goal, head, line, short};
use support::seat::Seat;
use support::{bare_list, crowd, shop};

const DOWN: &[u8] = b"\x1b[B";
const UP: &[u8] = b"\x1b[A";

/// What a program did.
struct Seen {
    first_ms: f64,
    in_page: Vec<(f64, usize)>,
    scrolling: Vec<(f64, usize)>,
    burst: usize,
    idle: usize,
    memory: f64,
}

fn main() {
    let args = Args::read();
    let people = args.number("people", 1_000_000);
    if args.text("role") == Some("bare-list") {
        return bare_list::run(people);
    }
    let drafts = args.number("drafts", 400);
    // Each part needs a little of the other: a start to press keys, a key to end the table.
    let keys = if args.wants("keys") { args.number("keys", 60) } else { 2 };
    let starts = if args.wants("first") { args.number("starts", 9) } else { 1 };
    let home = store(people, drafts);
    head(&format!("Console: {people} people in the store, Outbox of {drafts} on 80×24"));

    let bare = watch(&|| bare(people), "Person 0000001", keys, starts);
    let ours = watch(&|| ours(&home), &format!("Notice {drafts}"), keys, starts);
    report(&ours, &bare);
}

fn report(ours: &Seen, bare: &Seen) {
    let versus =
        |ours: f64, bare: f64, unit: &str| format!("ours {} bare {} {unit}", short(ours), short(bare));
    line(
        "first frame with rows",
        &versus(ours.first_ms, bare.first_ms, "ms"),
        ours.first_ms / bare.first_ms,
        "x",
        Some(Goal { must: 5.0, best: 2.0 }),
    );
    let frames = |seen: &Seen, share: f64| {
        let both = seen.in_page.iter().chain(&seen.scrolling);
        quantile(&both.map(|(ms, _)| *ms).collect::<Vec<_>>(), share)
    };
    let measured = format!(
        "p50/p99 ours {}/{} bare {}/{} ms",
        short(frames(ours, 0.5)),
        short(frames(ours, 0.99)),
        short(frames(bare, 0.5)),
        short(frames(bare, 0.99))
    );
    line("key to frame, p99", &measured, frames(ours, 0.99), "ms", Some(Goal { must: 10.0, best: 2.0 }));
    let bytes =
        |keys: &[(f64, usize)]| quantile(&keys.iter().map(|(_, n)| *n as f64).collect::<Vec<_>>(), 0.5);
    for (what, ours, bare, best) in [
        ("bytes a key, scrolling", bytes(&ours.scrolling), bytes(&bare.scrolling), 0.35),
        ("bytes a key, in page", bytes(&ours.in_page), bytes(&bare.in_page), 0.5),
    ] {
        line(what, &versus(ours, bare, "bytes"), ours / bare, "x", Some(Goal { must: 1.2, best }));
    }
    let (burst, bare_burst) = (ours.burst as f64, bare.burst as f64);
    let goal = Some(Goal { must: 5.0, best: 2.0 });
    line("200 keys at once", &versus(burst, bare_burst, "bytes"), burst / bare_burst, "x", goal);
    let idle = versus(ours.idle as f64, bare.idle as f64, "bytes");
    line("idle for 3 s", &idle, ours.idle as f64, "bytes", Some(Goal { must: 0.0, best: 0.0 }));
    let memory = versus(ours.memory, bare.memory, "MiB");
    line("memory", &memory, ours.memory, "MiB", Some(Goal { must: 64.0, best: 32.0 }));
}

/// Starts a program several times for its first frame, then sits down at it once.
fn watch(command: &dyn Fn() -> CommandBuilder, first_row: &str, keys: usize, starts: usize) -> Seen {
    let mut firsts = Vec::new();
    for _ in 1..starts.max(1) {
        let mut seat = Seat::open(command());
        firsts.push(seat.shows(first_row));
        seat.close();
    }
    let mut seat = Seat::open(command());
    firsts.push(seat.shows(first_row));
    seat.settle(Duration::from_millis(500));
    let mut press = |key: &[u8], times: usize| -> Vec<(f64, usize)> {
        (0..times)
            .map(|_| {
                let pressed = seat.press(key);
                (pressed.frame_ms, pressed.bytes)
            })
            .collect()
    };
    let mut in_page = Vec::new();
    for _ in 0..keys.div_ceil(2) {
        in_page.extend(press(DOWN, 1));
        in_page.extend(press(UP, 1));
    }
    press(&DOWN.repeat(40), 1);
    let scrolling = press(DOWN, keys);
    let burst = press(&DOWN.repeat(200), 1)[0].1;
    seat.settle(Duration::from_millis(500));
    let idle = seat.listen(Duration::from_secs(3));
    let memory = seat.memory_mib();
    seat.close();
    Seen { first_ms: quantile(&firsts, 0.5), in_page, scrolling, burst, idle, memory }
}

fn bare(people: usize) -> CommandBuilder {
    let mut command = CommandBuilder::new(std::env::current_exe().expect("a program has a path"));
    command.args(["--role", "bare-list", "--people", &people.to_string()]);
    command.env("TERM", "xterm-256color");
    command
}

fn ours(home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_pushdeck"));
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("LANG", "en_US.UTF-8");
    command.env("HOME", home);
    command.env("PUSHDECK_KEY_FILE", key_file(home));
    command.arg("--data-dir");
    command.arg(home.join("data"));
    command
}

/// The only file in the folder of keys.
fn key_file(home: &Path) -> PathBuf {
    let mut keys = std::fs::read_dir(home.join("keys")).expect("the store's keys");
    keys.next().expect("one store, one key").expect("readable").path()
}

/// A folder with a store of so many people and drafts; made on first use.
fn store(people: usize, drafts: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("console-{people}-{drafts}"));
    let complete = folder.join("complete");
    if complete.exists() {
        return folder;
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("our own folder");
    }
    println!("making a store of {people} people, once");
    let mut db = shop::opening(&folder).open().expect("a store");
    crowd::channels(&mut db);
    shop::import(&mut db, crowd::csv(people), people);
    for n in 1..=drafts {
        shop::draft(&mut db, &format!("Notice {n}"), "b", "topic:topic1");
    }
    drop(db);
    std::fs::write(complete, "").expect("our own folder");
    folder
}
