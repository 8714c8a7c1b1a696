//! The disk fills up while a broadcast runs, at many levels, and has room again. No accepted row is missing, the file is
//! sound, the reason is told, and sending goes on.
//!
//! `PUSHDECK_DRILL_LEVELS` sets how many levels. A disk of its own is a small file system in memory, which needs a mount
//! namespace of one's own (`unshare`); where that is not allowed, the drill says that it is skipped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pushdeck::sandbox::Kind;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use crate::books::Field;
use crate::home::Home;
use crate::share;
use crate::terminal::Terminal;

/// Where the small file system is; set for the drill that runs on it.
const DISK: &str = "PUSHDECK_DRILL_DISK";
const NAME: &str = "disk::a_full_disk_stops_the_sending_and_loses_nothing";
/// Above what sending needs to begin.
const SIZE: &str = "size=96m";
/// People on each channel.
const PEOPLE: usize = 120;
/// The most that is left free.
const MOST_LEFT: u64 = 400 * 1024;
/// The exit code of a command for which there is no room.
const DATA: i32 = 5;
/// One level in so many has a console beside it.
const WATCHED: u32 = 10;
/// Within this somebody sends.
const LONGEST: Duration = Duration::from_secs(20);

/// Runs `args` where a small file system is mounted on `folder`.
fn on_a_small_disk(folder: &Path, args: &[&str]) -> Command {
    let script = format!("mount -t tmpfs -o {SIZE} drill \"$0\" && TMPDIR=\"$0\" exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script]).arg(folder).args(args);
    command.env(DISK, folder);
    command
}

#[test]
fn a_full_disk_stops_the_sending_and_loses_nothing() {
    if let Some(disk) = std::env::var_os(DISK) {
        return on_the_disk(&PathBuf::from(disk));
    }
    let folder = tempfile::tempdir().expect("a folder");
    if !on_a_small_disk(folder.path(), &["true"]).output().is_ok_and(|ran| ran.status.success()) {
        println!("SKIPPED: no file system of its own can be mounted here");
        return;
    }
    let me = std::env::current_exe().expect("this binary");
    let me = me.to_str().expect("a plain path");
    let ran =
        on_a_small_disk(folder.path(), &[me, "--exact", NAME, "--nocapture"]).status().expect("it runs");
    assert!(ran.success(), "{ran}");
}

/// The disk that the drill fills and empties.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    fn fill(&self, left: u64) {
        let file = File::create(self.0.join("filler")).expect("a file");
        // The store grows meanwhile: what was free a moment ago may not be.
        loop {
            let about = statvfs(self.0).expect("a file system");
            let free = (about.f_bavail * about.f_frsize).saturating_sub(left);
            match fallocate(&file, FallocateFlags::empty(), 0, free.max(1)) {
                Err(Errno::NOSPC) => {}
                filled => return filled.expect("filled"),
            }
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("removed");
    }
}

fn on_the_disk(folder: &Path) {
    let mut dice = share::dice("disk");
    let levels = share::size("PUSHDECK_DRILL_LEVELS", 5, 50);
    let (disk, mut field) = (Disk(folder), Field::new(PEOPLE, 10, 20));
    let (begun, mut unknown) = (Instant::now(), 0);
    for level in 0..levels {
        let before = field.desk.sandbox.totals(Kind::Bark).messages;
        let id = field.send("Drill for {{name}}").id();
        wait_for(&field, before + dice.u64(1..10));
        // A console takes some seconds to be told, and to be told again.
        let mut console = (level % WATCHED == 0).then(|| Terminal::open(&Home::of(&field.desk), &[]));
        if let Some(console) = &mut console {
            console.sees(&["sending", "Drill"]);
        }
        // The first ones with no room at all: nothing can be written that would tell a console to look again.
        disk.fill(if level < 2 { 0 } else { dice.u64(0..MOST_LEFT) });
        if let Some(console) = &mut console {
            console.sees(&["DISK NEARLY FULL"]);
        }
        let line = ["send", "--to", "topic:all", "--title", "Not now", "--format", "text"];
        let refused = field.desk.piped(&[&line[..], &["--max-audience", "9999", "-"]].concat(), "Not now");
        refused.ends(DATA).tells("The disk is full");
        let books = field.desk.run(&["broadcast", "show", &id]);
        assert_eq!(books.code, 0, "what was sent can be read: {books:?}");
        disk.empty();
        if let Some(console) = &mut console {
            console.until("that there is room", |console| !console.text().contains("DISK NEARLY FULL"));
        }
        field.goes_on(&id);
        unknown += field.check(&id);
    }
    field.is_sound();
    println!("{levels} levels of a full disk, {unknown} unknown, {} s", begun.elapsed().as_secs());
}

fn wait_for(field: &Field, messages: u64) {
    let until = Instant::now() + LONGEST;
    while field.desk.sandbox.totals(Kind::Bark).messages < messages {
        assert!(Instant::now() < until, "nothing is sent");
        std::thread::yield_now();
    }
}
