//! The sender is killed, stopped, paused and replayed at random moments while it sends.
//!
//! `PUSHDECK_DRILL_KILLS` sets how many kills there are.

use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use crate::books::{Field, IN_FLIGHT};

/// Kills of one round, at most.
const KILLS_A_ROUND: u32 = 6;
/// People on Bark, one a call; as many again on WxPusher, in batches.
const PEOPLE: usize = 240;

struct Drill {
    field: Field,
    dice: fastrand::Rng,
    kills: u32,
    stops: u32,
}

impl Drill {
    fn round(&mut self, kills: u32) {
        // A variable makes WxPusher's calls single ones; without it all go in one batch.
        let body = if self.dice.bool() { "Drill for {{name}}" } else { "Drill for all" };
        let id = self.field.send(body).id();
        let Self { field, dice, kills: killed, stops } = self;
        let mut left = kills;
        field.until_ended(&id, |field| {
            if left > 0 && strike(field, dice, killed, stops) {
                left -= 1;
            }
            if dice.u8(0..8) == 0 {
                meddle(field, dice, &id);
            }
        });
        let unknown = field.check(&id);
        assert!(unknown <= kills as usize * IN_FLIGHT, "{id}: {unknown} unknown on Bark after {kills} kills");
        self.replay(&id);
    }

    /// Two replays of the unknown at the same moment: each goes again at most once.
    fn replay(&mut self, id: &str) {
        let desk = &self.field.desk;
        if desk.books(id)["unknown"] == 0 {
            return;
        }
        let before = self.field.reached();
        let filter = format!("broadcast:{id} status:unknown");
        let line = ["history", "replay", "--filter", &filter, "--include-unknown", "--max-audience", "9999"];
        let both = [desk.command(&line).spawn(), desk.command(&line).spawn()];
        for child in both {
            // Whoever comes second finds nothing left: not found, or nothing to send.
            child.expect("it starts").wait().expect("it ends");
        }
        desk.run(&["broadcast", "resume", id]);
        let ended = desk.run(&["broadcast", "watch", id]);
        assert_eq!(ended.code, 0, "{ended:?}");
        for (address, count) in self.field.reached() {
            let again = count - before.get(&address).copied().unwrap_or(0);
            assert!(again <= 1, "{id} {address}: {again} more times in one replay");
        }
    }
}

/// Kills the sender after a moment, or stops it for one; `false`: there was none.
fn strike(field: &Field, dice: &mut fastrand::Rng, kills: &mut u32, stops: &mut u32) -> bool {
    let Some(sender) = field.desk.sender() else { return false };
    std::thread::sleep(Duration::from_millis(dice.u64(1..60)));
    if dice.u8(0..20) == 0 {
        *stops += 1;
        if kill_process(sender, Signal::STOP).is_ok() {
            std::thread::sleep(Duration::from_millis(dice.u64(50..250)));
            // It may have been killed by nobody but us, so it is still there.
            kill_process(sender, Signal::CONT).expect("goes on");
        }
        return false;
    }
    let killed = kill_process(sender, Signal::KILL).is_ok();
    *kills += u32::from(killed);
    killed
}

/// What an operator does in the middle of it.
fn meddle(field: &Field, dice: &mut fastrand::Rng, id: &str) {
    let acts: [&[&str]; 4] = [
        &["broadcast", "pause", id],
        &["broadcast", "pause", "--all"],
        &["channel", "pause", "bk"],
        &["channel", "edit", "bk", "--set", "concurrency=4"],
    ];
    // One that has ended cannot be paused any more: that is an answer too.
    field.desk.run(dice.choice(acts).expect("an act"));
    field.desk.ok(&["channel", "resume", "bk"]);
}

#[test]
fn the_books_balance_whenever_the_sender_is_killed() {
    let wanted = crate::share::size("PUSHDECK_DRILL_KILLS", 30, 5_000);
    let (field, dice) = (Field::new(PEOPLE, 12, 25), crate::share::dice("kills"));
    let mut drill = Drill { field, dice, kills: 0, stops: 0 };
    let (begun, mut rounds) = (Instant::now(), 0);
    while drill.kills < wanted {
        drill.round(KILLS_A_ROUND.min(wanted - drill.kills));
        rounds += 1;
    }
    drill.field.is_sound();
    println!(
        "{} kills and {} stops in {rounds} rounds of {} people: {} unknown, nobody lost, nobody twice, {} s",
        drill.kills,
        drill.stops,
        2 * PEOPLE,
        drill.field.unknown_attempts(),
        begun.elapsed().as_secs()
    );
}
