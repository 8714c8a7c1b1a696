//! From the text to its undo window: the review, the gate, the release, the end of the window; and the test.
//!
//! Nothing leaves by a single key: `s` opens the review, the review opens the gate, the gate orders a
//! release of exactly the number that was seen, and the store refuses any other.

use std::time::Duration;

use super::Compose;
use super::checks::{What, load, tally};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::review::{Brief, Off, Repeats, TestWord, Tier, Via};
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::compose::{Came, ComposeAsk, TestPart};
use crate::app::saying::Saying;
use crate::app::screen::Done;
use crate::app::section::{Section, Target};
use crate::channels::catalog;
use crate::channels::kind::Kind;
use crate::domain::broadcast::auto_undo_ms;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::BroadcastId;
use crate::domain::message::Message;
use crate::domain::time::Millis;
use crate::store::recurring::most_for;

/// From so many people on the number has to be typed.
const GRAVE_FROM: i64 = 50;

/// A test that was ordered longer ago is no news.
const TOLD_WITHIN_MS: i64 = 15 * 60 * 1_000;

/// A broadcast that was released here and waits for the end of its undo window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The broadcast.
    pub id: BroadcastId,
    /// The end of its window.
    pub until: Millis,
}

/// A test of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The broadcast of one person that carries it.
    pub id: BroadcastId,
    /// When it was ordered.
    pub at: Millis,
    /// What it said.
    pub message: Message,
    /// What became of it so far.
    pub parts: Vec<TestPart>,
}

impl Tested {
    fn is_over(&self) -> bool {
        // What waits for a repair or for tomorrow is an answer to a test, too.
        !self.parts.is_empty()
            && self.parts.iter().all(|part| part.state.has_ended() || part.state == DeliveryState::Deferred)
    }
}

impl Compose {
    /// `s`: opens the review at once; what it needs is stored and counted meanwhile.
    pub(super) fn review(&mut self, desk: &mut Desk) {
        self.save(desk);
        self.sheet.look_ahead(desk.now);
        self.open_review(None, None, desk);
    }

    /// Puts what is known now into an open review.
    pub(super) fn brief(&mut self, desk: &mut Desk) {
        let open = desk.overlays.iter().any(|overlay| matches!(overlay, Overlay::Review(_)));
        if !open {
            return;
        }
        for overlay in &mut desk.overlays {
            if let Overlay::Review(review) = overlay {
                let grew_from = review.brief.grew_from;
                review.update(self.brief_now(grew_from));
            }
        }
    }

    pub(super) fn brief_now(&self, grew_from: Option<i64>) -> Brief {
        let reach = self.reach();
        let message = self.sheet.message();
        let personal = matches!(&self.prepared, Some(Ok(prepared)) if prepared.is_personal());
        let number = reach.map(super::Reach::to_send);
        let used = self.used();
        let via = reach.map_or_else(Vec::new, |reach| {
            let part = |way: &&super::Way| {
                let load = load(way, reach, personal);
                let kind = catalog::kind(&way.account.kind);
                Via {
                    name: way.account.name.clone(),
                    load,
                    takes_files: kind.is_some_and(Kind::takes_files),
                    takes_the_place: kind.is_some_and(Kind::takes_the_place),
                }
            };
            used.iter().map(part).filter(|via| via.load.calls > 0).collect()
        });
        let (errors, warnings, passed) = tally(&self.findings);
        let aim = self.sheet.aim();
        let everybody = aim.audience.is_empty();
        // While a check fails nothing can be sent, so no number is asked for.
        let tier = if errors > 0 {
            Tier::Button
        } else if everybody || number.is_none_or(|number| number >= GRAVE_FROM) {
            Tier::Number
        } else {
            Tier::Button
        };
        let expected = self.reviewed.expected();
        let planned = expected.is_some() || self.sheet.repeats().is_some();
        let off = match (number, self.book.settled()) {
            _ if errors > 0 => Some(Off::Checks(errors as i64)),
            (None, _) => Some(Off::Counting),
            (_, None) => Some(Off::Saving),
            (Some(_), Some(_)) => (!planned).then_some(Off::Looking),
        };
        let order = number.zip(self.book.settled()).map(|(number, (id, seen))| {
            let release = ComposeAsk::Release { id, seen, number, expected };
            Then::Order(Owner::Screen(Section::Compose), Request::Compose(release))
        });
        Brief {
            title: message.title,
            format: message.format,
            characters: message.body.chars().count() as i64,
            files: message.files,
            audience: aim.audience,
            via,
            left_out: reach.map(|reach| reach.people.skipped.clone()).unwrap_or_default(),
            lacks: self.lacks.clone(),
            replaces: self.sheet.replaces(),
            at: self.sheet.at(),
            repeats: self.sheet.repeats().map(|(cron, first)| Repeats {
                cron: cron.to_owned(),
                first,
                most: most_for(number.unwrap_or(0)),
            }),
            fallback: self.sheet.falls_back(),
            // A stage as large as the audience is none.
            stage: self.sheet.first_stage().filter(|n| number.is_none_or(|number| *n < number)),
            undo_ms: self.sheet.undo_ms().unwrap_or_else(|| auto_undo_ms(number.unwrap_or(0))),
            errors: errors as i64,
            first_error: self.findings.first().filter(|_| errors > 0).map(|finding| finding.what.clone()),
            warnings: warnings as i64,
            passed: passed as i64,
            test: self.test_word(),
            unreadable: self.unreadable(),
            number,
            people: reach.and_then(|reach| reach.people.people_of_several()),
            grew_from,
            changed: self.changed_since(),
            tier,
            off,
            order: order.filter(|_| off.is_none()),
        }
    }

    /// What keeps the audience from being counted.
    fn unreadable(&self) -> Option<What> {
        let told = |what: &What| matches!(what, What::BadTerm(_) | What::NoSuchName { .. });
        self.findings.iter().map(|finding| &finding.what).find(|what| told(what)).cloned()
    }

    /// What became of the test of exactly this text.
    pub fn test_word(&self) -> TestWord {
        let Some(tested) = self.tested.as_ref().filter(|tested| tested.message == self.sheet.message())
        else {
            return TestWord::None;
        };
        if tested.is_over() {
            TestWord::Ended(tested.at, tested.parts.clone())
        } else {
            TestWord::Running(tested.at)
        }
    }

    pub(super) fn take_released(&mut self, id: BroadcastId, version: i64, came: Came, desk: &mut Desk) {
        let at_hand = self.book.stored.is_some_and(|(stored, _)| stored == id);
        if at_hand {
            self.book.stored = Some((id, version));
        }
        // Of one person with many addresses it is said as what it is.
        let people = self.counted.reach.as_ref().and_then(|reach| reach.people.people_of_several());
        match came {
            Came::Held { to_send, until } => {
                if let Some(until) = until {
                    desk.say(Level::Info, Saying::Released(to_send, people));
                    self.held.retain(|held| held.id != id);
                    self.held.push(Held { id, until });
                    self.arm(desk);
                } else {
                    desk.say(Level::Info, Saying::Going(to_send, people));
                }
                if at_hand {
                    // It is no draft any more: typing goes on with a new one.
                    self.book.dirty = false;
                    self.begin(super::Sheet::default(), desk);
                }
                desk.go(Target::Broadcast(id));
            }
            Came::Scheduled { to_send, at } => {
                desk.say(Level::Info, Saying::Scheduled { to_send, people, at });
                if at_hand {
                    self.book.dirty = false;
                    self.begin(super::Sheet::default(), desk);
                }
                desk.go(Target::Broadcast(id));
            }
            Came::Repeats { at, most, .. } => {
                desk.say(Level::Info, Saying::Repeats { at, most });
                if at_hand {
                    self.book.dirty = false;
                    self.begin(super::Sheet::default(), desk);
                }
                desk.go(Target::Broadcast(id));
            }
            Came::GateClosed { to_send } => {
                let before = self.counted.reach.as_ref().map_or(0, super::Reach::to_send);
                if before == to_send {
                    desk.say(Level::Warning, Saying::AudienceMoved);
                }
                // The same gate again, with both numbers; nothing typed for the other one counts.
                self.open_review(Some(before), None, desk);
            }
            Came::Changed(difference) => self.open_review(None, Some(*difference), desk),
            Came::NobodyLeft => desk.say(Level::Warning, Saying::NobodyLeft),
        }
    }

    fn arm(&self, desk: &mut Desk) {
        if let Some(first) = self.held.iter().map(|held| held.until).min() {
            let wait = u64::try_from(first.since(desk.now)).unwrap_or(0).max(1);
            desk.after(Duration::from_millis(wait), "let-go");
        }
    }

    /// The end of an undo window has come.
    pub(super) fn let_go(&mut self, desk: &mut Desk) {
        let now = desk.now;
        let (over, open): (Vec<Held>, Vec<Held>) = self.held.iter().partition(|held| held.until <= now);
        self.held = open;
        for Held { id, until } in over {
            desk.order(Request::Compose(ComposeAsk::LetGo { id, until }));
        }
        self.arm(desk);
    }

    /// `u` in Compose takes the newest release back, while its window is open.
    pub(super) fn recall_newest(&mut self, desk: &mut Desk) -> Done {
        let open = self.held.iter().filter(|held| held.until > desk.now).max_by_key(|held| held.until);
        match open {
            Some(held) if desk.undo_step().is_none() => {
                desk.order(Request::Compose(ComposeAsk::Recall(held.id)));
                Done::Yes
            }
            _ => Done::No,
        }
    }

    pub(super) fn take_recalled(&mut self, id: BroadcastId, desk: &mut Desk) {
        self.held.retain(|held| held.id != id);
        desk.say(Level::Info, Saying::Recalled { title: id.to_string() });
        desk.go(Target::Draft(id));
    }

    /// `t`: asks first, by name; without a name it asks who is meant.
    pub(super) fn ask_test(&mut self, desk: &mut Desk) {
        self.stop_typing();
        let Some(me) = self.bench.as_ref().and_then(|bench| bench.me.as_ref()) else {
            self.test_wanted = true;
            self.ask(super::fields::Asked::Me);
            return;
        };
        let (errors, ..) = tally(&self.findings_without_audience());
        if errors > 0 {
            desk.say(Level::Warning, Saying::TestBlocked(errors as i64));
            return;
        }
        let order = Request::Compose(ComposeAsk::Test(Box::new(self.sheet.draft())));
        let then = Then::Order(Owner::Screen(Section::Compose), order);
        let question = Saying::AskTest(me.name.clone());
        desk.open(Overlay::Confirm(Confirm::new(question, Saying::SendTest, then)));
    }

    /// A test goes to one person, so what is said of the audience does not keep it back.
    fn findings_without_audience(&self) -> Vec<super::Finding> {
        let about_people = |finding: &&super::Finding| finding.at == super::Part::To;
        self.findings.iter().filter(|finding| !about_people(finding)).cloned().collect()
    }

    pub(super) fn take_testing(&mut self, id: BroadcastId, desk: &mut Desk) {
        let message = self.sheet.message();
        self.tested = Some(Tested { id, at: desk.now, message, parts: Vec::new() });
        desk.say(Level::Info, Saying::TestOnItsWay);
        self.look_at_test(desk);
    }

    pub(super) fn look_at_test(&mut self, desk: &mut Desk) {
        if let Some(tested) = self.tested.as_ref().filter(|tested| !tested.is_over()) {
            desk.ask("test", Request::Compose(ComposeAsk::TestState(tested.id)));
        }
    }

    pub(super) fn take_test_state(&mut self, id: BroadcastId, parts: Vec<TestPart>, desk: &mut Desk) {
        if let Some(tested) = self.tested.as_mut().filter(|tested| tested.id == id) {
            let was_over = std::mem::replace(&mut tested.parts, parts) == tested.parts && tested.is_over();
            let word = self.test_word();
            if let (TestWord::Ended(at, parts), false) = (&word, was_over)
                // One that was found again when its draft was opened has been told before.
                && desk.now.since(*at) < TOLD_WITHIN_MS
            {
                let all = parts.iter().all(|part| part.state.is_delivered());
                desk.say(if all { Level::Info } else { Level::Warning }, Saying::TestEnded(word));
            }
        }
        self.brief(desk);
    }

    /// Looks for a test of the text at hand, so that opening a draft does not forget it.
    pub(super) fn look_for_test(&self, desk: &mut Desk) {
        let message = self.sheet.message();
        if !self.sheet.is_blank() && self.tested.as_ref().is_none_or(|tested| tested.message != message) {
            desk.ask("last-test", Request::Compose(ComposeAsk::LastTest(message)));
        }
    }

    pub(super) fn take_last_test(
        &mut self,
        message: Message,
        test: Option<(BroadcastId, Millis)>,
        desk: &mut Desk,
    ) {
        if let Some((id, at)) = test.filter(|_| message == self.sheet.message()) {
            self.tested = Some(Tested { id, at, message, parts: Vec::new() });
            self.look_at_test(desk);
        }
    }
}
