//! The writes of a sender begin to fail in the middle of a broadcast, with an I/O error that is no full disk: a limit on
//! the size of its files. The file stays sound, what it could not record is unknown, and the next sender goes on.
//!
//! `PUSHDECK_DRILL_FAILING` sets how many senders fail.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::books::{Field, IN_FLIGHT};
use crate::share;

/// People on each channel.
const PEOPLE: usize = 60;
/// Within this a sender takes its place.
const LONGEST: Duration = Duration::from_secs(20);
/// `ulimit -f` counts in these.
const BLOCK: u64 = 512;

/// A sender none of whose files may be longer than so many blocks. A write beyond that fails instead of killing it.
fn limited_sender(field: &Field, blocks: u64) -> Child {
    let sender = field.desk.command(&["sender"]);
    let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, &blocks.to_string()]).arg(sender.get_program()).args(sender.get_args());
    command.env_clear().envs(sender.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // It stays until it has something to do.
    command.env("PUSHDECK_SEND_IDLE", "20s").current_dir(field.desk.path(""));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

fn epoch(field: &Field) -> i64 {
    field.desk.store().query_row("SELECT epoch FROM sender", [], |row| row.get(0)).expect("an epoch")
}

#[test]
fn a_sender_whose_writes_fail_loses_nothing() {
    let mut dice = share::dice("failing");
    let senders = share::size("PUSHDECK_DRILL_FAILING", 3, 50);
    let mut field = Field::new(PEOPLE, 10, 20);
    let (mut failed, mut unknown) = (0, 0);
    for _ in 0..senders {
        field.desk.wait_for_the_sender_to_leave();
        let before = epoch(&field);
        let files = ["pushdeck.db", "pushdeck.db-wal"].map(|name| {
            let file = field.desk.path(".local/share/pushdeck").join(name);
            std::fs::metadata(file).map_or(0, |about| about.len())
        });
        let size = files.into_iter().max().unwrap_or(0);
        // Long enough to become the sender, too short for the whole of it.
        let mut sender = limited_sender(&field, size / BLOCK + dice.u64(200..900));
        let until = Instant::now() + LONGEST;
        while epoch(&field) == before {
            assert!(Instant::now() < until, "no sender came");
            std::thread::yield_now();
        }
        let id = field.send("Drill for {{name}}").id();
        // Whoever watches puts another one in its place when it has failed; one that has not ends the broadcast.
        field.goes_on(&id);
        if let Some(status) = sender.try_wait().expect("our child") {
            assert_eq!(status.signal(), None, "it ends by itself: {status}");
            failed += 1;
        } else {
            sender.kill().expect("it waits");
            sender.wait().expect("killed");
        }
        let here = field.check(&id);
        assert!(here <= IN_FLIGHT, "{id}: {here} unknown on Bark");
        unknown += here;
    }
    field.is_sound();
    assert!(failed > 0 || senders < 3, "no sender met its limit");
    println!("{failed} of {senders} senders met their limit, {unknown} unknown on Bark");
}
