//! Compose as a person meets it: given a sheet, when keys and replies come, then sheet and effects.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::checks::{Finding, What};
use super::*;
use crate::app::desk::Settings;
use crate::app::effect::Timer;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::overlay::review::{At, Moved, MovedWhat, Off, Review, Tier};
use crate::app::request::compose::{Came, Me, Opened, Reach};
use crate::app::section::Section;
use crate::app::update::update;
use crate::channels::check::{Fact, Level, Measured};
use crate::domain::broadcast::Phase;
use crate::domain::channel::{Account, Health};
use crate::domain::delivery::SkipReason;
use crate::domain::file::{FileError, FileRef};
use crate::domain::id::{BroadcastId, ChannelId, SubscriberId};
use crate::domain::message::{Format, Message};
use crate::domain::plan::{PlanHash, PlanPart, WantedPlan};
use crate::domain::time::Millis;
use crate::input::key::Key;
use crate::input::keymap::Keymap;
use crate::store::audience::Breakdown;
use crate::store::broadcasts::Draft;
use crate::store::plan::{ChannelNumbers, Expected, Plan, PlanNumbers};

fn way(id: i64, kind: &str) -> Way {
    let settings = [("host", "smtp.example.org"), ("from", "ops@example.org")];
    Way {
        account: Account {
            id: ChannelId(id),
            name: format!("{kind} {id}"),
            kind: kind.into(),
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            secrets: BTreeMap::new(),
        },
        secrets: Vec::new(),
        paused: None,
        health: Health::Ok,
    }
}

/// A console with the section open and a store that answers from memory.
struct Desktop {
    model: Model,
    /// How many people every audience has.
    people: i64,
    /// How many lists on the provider's side.
    lists: i64,
    me: Option<Me>,
    came: Came,
    /// The version that the store has.
    version: i64,
    /// Whose values are the longest.
    longest: Vec<Longest>,
    /// Who is left out.
    skipped: BTreeMap<SkipReason, i64>,
    /// A topic in the audience that is not there.
    vain: Option<String>,
    /// Saves are answered by hand.
    slow: bool,
    /// Who they are, as the plan's hash says it; nothing: the plan is not answered.
    crowd: Option<char>,
    /// What is painted is seen at once.
    seen: bool,
    asked: Vec<ComposeAsk>,
}

impl Desktop {
    fn new(people: i64) -> Self {
        let mut model = Model::new(Settings::default(), Arc::new(Keymap::default()));
        model.desk.now = Millis(1_000_000);
        model.desk.section = Section::Compose;
        let came = Came::Held { to_send: people, until: Some(Millis(1_010_000)) };
        let mut desktop = Self {
            model,
            people,
            lists: 0,
            me: None,
            came,
            version: 0,
            longest: Vec::new(),
            skipped: BTreeMap::new(),
            vain: None,
            slow: false,
            crowd: Some('1'),
            seen: true,
            asked: Vec::new(),
        };
        desktop.feed(Msg::Resize(120, 36));
        desktop.feed(Msg::Start);
        desktop
    }

    /// The same with a message that can be sent.
    fn written(people: i64, to: &str) -> Self {
        let mut desktop = Self::new(people);
        let message = Message { title: "停电".into(), body: "tonight".into(), ..Message::default() };
        let draft = Draft { message, audience: to.into(), ..Draft::default() };
        let compose = &mut desktop.model.screens.compose;
        compose.sheet = Sheet::of(&draft, Millis(0), &jiff::tz::TimeZone::UTC);
        compose.book.dirty = true;
        desktop.due("save");
        desktop.due("count");
        desktop.asked.clear();
        desktop
    }

    fn compose(&self) -> &Compose {
        &self.model.screens.compose
    }

    fn feed(&mut self, msg: Msg) {
        let mut waiting = vec![msg];
        while !waiting.is_empty() {
            let step = update(&mut self.model, waiting.remove(0));
            for effect in step.effects {
                let Effect::Store(ticket, request) = effect else { continue };
                let reply = match request {
                    Request::Compose(ask) => self.answer(ask).map(Reply::Compose),
                    Request::Pulse => Some(Reply::Pulse(crate::app::rows::Pulse::default())),
                    _ => None,
                };
                waiting.extend(reply.map(|reply| Msg::Store(ticket, reply)));
            }
        }
        if self.seen {
            // Painting changes nothing but what waits for it.
            let _ = update(&mut self.model, Msg::Drawn);
        }
    }

    fn answer(&mut self, ask: ComposeAsk) -> Option<ComposeTold> {
        self.asked.push(ask.clone());
        Some(match ask {
            ComposeAsk::Bench => {
                ComposeTold::Bench(Bench { ways: vec![way(1, "bark"), way(2, "email")], me: self.me.clone() })
            }
            ComposeAsk::Open(id) => ComposeTold::Opened(Box::new(self.opened(id))),
            ComposeAsk::Begin { .. } | ComposeAsk::Save { .. } if self.slow => return None,
            ComposeAsk::Begin { sheet, .. } => {
                self.version = 1;
                ComposeTold::Saved { sheet, id: BroadcastId(18), version: 1 }
            }
            ComposeAsk::Save { sheet, id, seen, .. } => {
                self.version = seen + 1;
                ComposeTold::Saved { sheet, id, version: self.version }
            }
            ComposeAsk::Reach(_) | ComposeAsk::Plan(_) if self.vain.is_some() => {
                ComposeTold::NoSuchName { what: "topic", name: self.vain.clone().unwrap_or_default() }
            }
            ComposeAsk::Reach(_) => ComposeTold::Reach(Box::new(self.reach())),
            ComposeAsk::Plan(_) => {
                let plan = Box::new(self.plan(self.crowd?));
                ComposeTold::Planned { reach: Box::new(self.reach()), plan }
            }
            ComposeAsk::NewVersion(id) => ComposeTold::Begun(id),
            ComposeAsk::Lacks(..) => ComposeTold::Lacks(Vec::new()),
            ComposeAsk::Longest(_, holes) => ComposeTold::Longest(holes, self.longest.clone()),
            ComposeAsk::Sample { .. } => ComposeTold::Sample(None),
            ComposeAsk::Release { id, seen, .. } => {
                ComposeTold::Released { id, version: seen + 1, came: self.came.clone() }
            }
            ComposeAsk::LetGo { id, .. } => ComposeTold::LetGo { id, left: true },
            ComposeAsk::Recall(id) => ComposeTold::Recalled(id),
            ComposeAsk::Discard(id) => ComposeTold::Discarded(id),
            ComposeAsk::Restore(id) => ComposeTold::Restored(id),
            ComposeAsk::Test(_) => ComposeTold::Testing(BroadcastId(99)),
            ComposeAsk::TestState(id) => ComposeTold::TestState { id, parts: Vec::new() },
            ComposeAsk::LastTest(message) => ComposeTold::LastTest { message, test: None },
            ComposeAsk::Attach { sheet, path, .. } if path.ends_with("pdf") => {
                let file = FileRef::at(path.as_ref(), 5, "ab".into());
                let sheet = if path.contains("late") { sheet + 1 } else { sheet };
                ComposeTold::Attached { sheet, file }
            }
            ComposeAsk::Attach { path, .. } => ComposeTold::NotAttached { path, why: "it is empty".into() },
            ComposeAsk::SetMe(name) => ComposeTold::Me(Me { id: SubscriberId(5), name }),
        })
    }

    fn reach(&self) -> Reach {
        let channels = vec![(ChannelId(1), self.people), (ChannelId(2), 0)];
        let people = Breakdown { people: self.people, channels, skipped: self.skipped.clone() };
        let remotes = vec![(ChannelId(1), self.lists)];
        Reach { people, remotes, ..Reach::default() }
    }

    fn plan(&self, crowd: char) -> Plan {
        let parts = ['a', 'b', 'c', crowd].map(|digit| digit.to_string().repeat(64));
        let on = ChannelNumbers { channel: ChannelId(1), people: self.people, remotes: 0 };
        let numbers = PlanNumbers { channels: vec![on], ..PlanNumbers::default() };
        Plan { hash: PlanHash::new(&crowd.to_string().repeat(64), &parts), numbers }
    }

    /// What the store says of a release of `before` when it is another plan by now.
    fn refuses(&mut self, before: &Plan) {
        let now = self.plan(self.crowd.expect("a plan"));
        let expected = Expected { plan: before.hash.clone().into(), numbers: Some(before.numbers.clone()) };
        self.came = Came::Changed(Box::new(expected.difference(&now).expect("another plan")));
    }

    /// The plans that releases were held to.
    fn held_to(&self) -> Vec<Option<WantedPlan>> {
        let plan = |ask: &ComposeAsk| match ask {
            ComposeAsk::Release { expected, .. } => Some(expected.as_ref().map(|held| held.plan.clone())),
            _ => None,
        };
        self.asked.iter().filter_map(plan).collect()
    }

    fn opened(&self, id: BroadcastId) -> Opened {
        let message = Message { title: "from the store".into(), ..Message::default() };
        let draft = Draft { message, ..Draft::default() };
        Opened { id, version: self.version.max(1), phase: Phase::Draft, draft, saved: Millis(5) }
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().expect("a key");
            self.feed(Msg::Key(key));
        }
        self
    }

    fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.feed(Msg::Key(Key::char(c)));
        }
        self
    }

    fn due(&mut self, timer: &'static str) {
        self.feed(Msg::Due(Timer::Screen(Section::Compose, timer)));
    }

    /// The numbers that were released.
    fn releases(&self) -> Vec<i64> {
        let number = |ask: &ComposeAsk| match ask {
            ComposeAsk::Release { number, .. } => Some(*number),
            _ => None,
        };
        self.asked.iter().filter_map(number).collect()
    }

    fn saves(&self) -> Vec<(Option<i64>, String)> {
        let one = |ask: &ComposeAsk| match ask {
            ComposeAsk::Begin { draft, .. } => Some((None, draft.message.title.clone())),
            ComposeAsk::Save { seen, draft, .. } => Some((Some(*seen), draft.message.title.clone())),
            _ => None,
        };
        self.asked.iter().filter_map(one).collect()
    }

    fn open_review(&self) -> Option<&Review> {
        match self.model.desk.overlays.last() {
            Some(Overlay::Review(review)) => Some(review),
            _ => None,
        }
    }
}

#[test]
fn whoever_types_from_field_to_field_is_never_read_as_commands() {
    let mut desktop = Desktop::new(5);
    desktop.press("Enter t o Tab Tab");
    assert_eq!((desktop.compose().at, desktop.compose().typing), (Part::Title, true));
    desktop.press("m s Shift-Tab");
    // Among the channels only the blank means something: it ticks.
    assert_eq!((desktop.compose().at, desktop.compose().typing), (Part::Via, true));
    desktop.press("s c Space");
    assert!(desktop.model.desk.overlays.is_empty());
    assert!(desktop.compose().sheet.chosen.is_some());
    desktop.press("Tab Esc Tab Tab");
    assert_eq!(desktop.compose().sheet.title.text(), "ms");
    assert_eq!((desktop.compose().at, desktop.compose().typing), (Part::Link, false));
}

#[test]
fn what_is_typed_is_stored_after_a_rest_and_on_leaving_the_field() {
    let mut desktop = Desktop::new(3);
    desktop.press("Tab Tab Enter").types("hi");
    assert!(desktop.saves().is_empty());
    desktop.due("save");
    desktop.types("!").press("Tab");
    assert_eq!(desktop.saves(), [(None, "hi".into()), (Some(1), "hi!".into())]);
    assert!(desktop.compose().book.settled().is_some());
}

#[test]
fn leaving_while_a_save_is_under_way_still_stores_the_last_letter() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.slow = true;
    desktop.press("Tab Tab Enter End").types("a").press("Tab").press("Shift-Tab").types("b");
    desktop.press("Esc 1");
    let titles = desktop.saves();
    assert_eq!(titles, [(Some(1), "停电a".into()), (Some(2), "停电ab".into())]);
}

#[test]
fn nothing_typed_means_nothing_stored() {
    let mut desktop = Desktop::new(3);
    desktop.press("Tab Enter Esc 1");
    assert!(desktop.saves().is_empty());
}

#[test]
fn a_lost_race_goes_on_with_ones_own_text_in_a_draft_of_its_own() {
    let mut desktop = Desktop::written(3, "topic:ops");
    let sheet = desktop.compose().book.sheet;
    let mine = Box::new(desktop.compose().sheet.draft());
    let theirs = Box::new(desktop.opened(BroadcastId(18)));
    let told = ComposeTold::Clashed { sheet, id: BroadcastId(19), version: 1, mine, theirs };
    let Model { screens, desk } = &mut desktop.model;
    screens.compose.reply("order", Reply::Compose(told), desk);
    assert_eq!(desktop.compose().book.stored, Some((BroadcastId(19), 1)));
    assert_eq!(desktop.compose().sheet.title.text(), "停电");
    let Some(Overlay::Viewer(both)) = desktop.model.desk.overlays.last() else {
        unreachable!("both texts are shown")
    };
    assert!(both.text.contains("from the store") && both.text.contains("停电"));
}

#[test]
fn fifty_people_or_everybody_take_the_exact_number_and_enter_on_the_button() {
    for (people, to) in [(12_483, "topic:ops"), (3, "")] {
        let mut desktop = Desktop::written(people, to);
        desktop.press("s");
        assert_eq!(desktop.open_review().expect("open").brief.tier, Tier::Number);
        desktop.press("Enter y Tab Enter").press("s").types("1").press("Enter Enter");
        assert!(desktop.releases().is_empty());
        desktop.press("Esc s").types(&people.to_string()).press("Enter");
        assert!(desktop.releases().is_empty());
        desktop.press("Enter");
        assert_eq!(desktop.releases(), [people]);
        assert_eq!(desktop.model.desk.section, Section::Outbox);
    }
}

#[test]
fn a_few_people_take_a_dialog_whose_focus_is_on_back() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("s Enter");
    assert_eq!((desktop.releases(), desktop.open_review()), (vec![], None));
    desktop.press("s y");
    assert_eq!(desktop.releases(), [3]);
}

#[test]
fn keys_that_came_before_the_review_was_seen_are_dropped() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.seen = false;
    desktop.press("s").types("60").press("Enter Enter");
    assert_eq!(desktop.open_review().expect("open").typed, "");
    assert!(desktop.releases().is_empty());
}

#[test]
fn a_pasted_number_sends_nothing() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.press("s");
    desktop.feed(Msg::Paste("60\r\r".into()));
    desktop.press("Enter Enter");
    assert!(desktop.releases().is_empty());
}

#[test]
fn a_failed_check_keeps_send_off_with_its_reason() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.press("Tab Tab Enter").types("{{").press("Esc s y Tab Tab");
    let review = desktop.open_review().expect("open");
    assert_eq!(review.brief.off, Some(crate::app::overlay::review::Off::Checks(1)));
    assert_eq!((review.brief.tier, desktop.releases()), (Tier::Button, vec![]), "no number is asked for");
    desktop.press("Enter y");
    assert_eq!(desktop.releases(), Vec::<i64>::new());
}

#[test]
fn an_audience_that_changed_opens_the_gate_again_with_both_numbers() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.came = Came::GateClosed { to_send: 61 };
    desktop.press("s").types("60").press("Enter");
    desktop.people = 61;
    desktop.press("Enter");
    assert_eq!(desktop.releases(), [60]);
    let review = desktop.open_review().expect("open again");
    assert_eq!((review.brief.grew_from, review.brief.number), (Some(60), Some(61)));
    assert_eq!(review.typed, "");
    desktop.types("60").press("Enter Enter");
    assert_eq!(desktop.releases(), [60]);
}

#[test]
fn the_number_can_be_typed_while_the_plan_is_looked_at_and_nothing_is_sent_before_it_is_there() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.crowd = None;
    desktop.press("s").types("60").press("Enter Enter");
    let review = desktop.open_review().expect("open");
    assert_eq!((review.typed.as_str(), review.brief.off), ("60", Some(Off::Looking)));
    assert!(desktop.releases().is_empty());
    let (reach, plan) = (desktop.reach(), desktop.plan('1'));
    let Model { screens, desk } = &mut desktop.model;
    screens.compose.take_planned(reach, plan.clone(), desk);
    assert_eq!(desktop.open_review().expect("open").typed, "60", "it still counts");
    desktop.press("Enter Enter");
    assert_eq!(desktop.held_to(), [Some(plan.hash.into())]);
}

#[test]
fn a_plan_that_changed_opens_the_review_again_and_says_what_changed() {
    let mut desktop = Desktop::written(3, "topic:ops");
    let before = desktop.plan('1');
    desktop.press("s");
    // As many, and others: nothing in the review moves when the store does.
    desktop.crowd = Some('2');
    desktop.refuses(&before);
    desktop.feed(Msg::Changed);
    desktop.due("count");
    desktop.press("y");
    assert_eq!(desktop.held_to(), [Some(before.hash.clone().into())]);
    let review = desktop.open_review().expect("open again");
    let changed = review.brief.changed.clone().expect("told");
    assert_eq!((changed.parts, changed.moved), (vec![PlanPart::People], vec![]));
    // Confirmed as it is now, it is held to what it is now.
    let now = desktop.plan('2');
    desktop.press("y");
    assert_eq!(desktop.held_to().last(), Some(&Some(now.hash.into())));
    // Other numbers are told one by one.
    let mut desktop = Desktop::written(3, "topic:ops");
    let before = desktop.plan('1');
    desktop.press("s");
    (desktop.people, desktop.crowd) = (4, Some('2'));
    desktop.refuses(&before);
    desktop.press("y");
    let changed = desktop.open_review().expect("open again").brief.changed.clone().expect("told");
    let what = MovedWhat::Channel("bark 1".into());
    assert_eq!(changed.moved, [Moved { what, before: 3, now: 4 }]);
    // Opened anew by the operator, it is about nothing but now.
    desktop.press("Esc s");
    assert_eq!(desktop.open_review().expect("open").brief.changed, None);
}

#[test]
fn another_number_in_the_open_review_is_another_plan() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("s");
    (desktop.people, desktop.crowd) = (4, Some('2'));
    desktop.feed(Msg::Changed);
    desktop.due("count");
    assert_eq!(desktop.open_review().expect("open").brief.number, Some(4));
    desktop.press("y");
    assert_eq!((desktop.releases(), desktop.held_to()), (vec![4], vec![Some(desktop.plan('2').hash.into())]));
}

#[test]
fn the_window_ends_once_and_not_before_its_time() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("s y");
    let letting = |desktop: &Desktop| {
        desktop.asked.iter().filter(|ask| matches!(ask, ComposeAsk::LetGo { .. })).count()
    };
    desktop.due("let-go");
    assert_eq!(letting(&desktop), 0);
    desktop.model.desk.now = Millis(1_010_000);
    desktop.due("let-go");
    desktop.due("let-go");
    assert_eq!(letting(&desktop), 1);
}

#[test]
fn u_takes_a_release_back_and_shows_its_draft_again() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("s y 2");
    assert!(desktop.compose().sheet.is_blank());
    desktop.model.desk.pulse.held = Some((BroadcastId(18), Millis(1_010_000)));
    desktop.press("u");
    assert!(desktop.asked.contains(&ComposeAsk::Recall(BroadcastId(18))));
    assert_eq!(desktop.compose().sheet.title.text(), "from the store");
    assert!(desktop.compose().held.is_empty());
}

#[test]
fn a_test_asks_once_who_is_meant_and_always_before_it_leaves() {
    let mut desktop = Desktop::written(60, "topic:ops");
    desktop.press("t").types("u5").press("Enter");
    assert!(desktop.asked.contains(&ComposeAsk::SetMe("u5".into())));
    let tests =
        |desktop: &Desktop| desktop.asked.iter().filter(|ask| matches!(ask, ComposeAsk::Test(_))).count();
    assert!(matches!(desktop.model.desk.overlays.last(), Some(Overlay::Confirm(_))));
    desktop.press("Enter");
    assert_eq!(tests(&desktop), 0);
    desktop.press("t y");
    assert_eq!((tests(&desktop), desktop.releases()), (1, vec![]));
}

#[test]
fn a_file_is_attached_by_its_path_unticked_and_named_when_it_cannot_go() {
    let mut desktop = Desktop::written(3, "topic:ops");
    let at = |desktop: &Desktop| desktop.compose().at;
    let link = desktop.compose().at;
    assert_ne!(link, Part::Files);
    desktop.press("a").types("/tmp/plan.pdf").press("Enter");
    let sent = ComposeAsk::Attach {
        sheet: desktop.compose().book.sheet,
        path: "/tmp/plan.pdf".into(),
        others: Vec::new(),
    };
    assert!(desktop.asked.contains(&sent), "{:?}", desktop.asked);
    assert_eq!(desktop.compose().sheet.message().files[0].name, "plan.pdf");
    let brief = desktop.compose().brief_now(None);
    assert_eq!(brief.files, desktop.compose().sheet.message().files);
    let carried: Vec<_> = brief.via.iter().map(|via| (via.name.as_str(), via.takes_files)).collect();
    assert_eq!(carried, [("bark 1", false)], "nobody is reached by mail");
    let left_out = |desktop: &Desktop| {
        let said =
            |finding: &&Finding| matches!(&finding.what, What::Channel { fact: Fact::FilesLeftOut(1), .. });
        desktop.compose().findings.iter().filter(said).count()
    };
    assert_eq!(left_out(&desktop), 1, "of Bark, not of e-mail");
    desktop.press("a").types("/tmp/nothing").press("Enter");
    let said = Saying::NotAttached { path: "/tmp/nothing".into(), why: "it is empty".into() };
    assert!(desktop.model.desk.notices.shown().any(|notice| notice.saying == said));
    desktop.press("a").types("/tmp/late.pdf").press("Enter");
    let why = FileError::NoMessage.to_string();
    let said = Saying::NotAttached { path: "late.pdf".into(), why };
    assert!(desktop.model.desk.notices.shown().any(|notice| notice.saying == said));
    assert_eq!(desktop.compose().sheet.message().files.len(), 1);
    desktop.model.screens.compose.at = Part::Link;
    desktop.press("Tab");
    assert_eq!(at(&desktop), Part::Files);
    desktop.press("Space");
    assert_eq!(desktop.compose().sheet.message().files, []);
    assert_eq!(left_out(&desktop), 0);
    desktop.press("a").press("Esc");
    assert!(desktop.compose().asking.is_none());
}

#[test]
fn files_have_no_row_while_there_are_none() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.model.screens.compose.at = Part::Link;
    desktop.press("Tab");
    assert_eq!(desktop.compose().at, Part::Format);
    desktop.press("Shift-Tab");
    assert_eq!(desktop.compose().at, Part::Link);
}

#[test]
fn enter_on_a_check_leads_to_its_field() {
    let mut desktop = Desktop::written(0, "topic:ops");
    desktop.press("G Enter");
    assert_eq!((desktop.compose().at, desktop.compose().typing), (Part::To, true));
}

#[test]
fn a_deleted_draft_comes_back_with_u() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("d");
    assert!(desktop.compose().sheet.is_blank());
    desktop.press("u");
    assert!(desktop.asked.contains(&ComposeAsk::Restore(BroadcastId(18))));
    assert_eq!(desktop.compose().sheet.title.text(), "from the store");
}

#[test]
fn an_editor_that_gives_nothing_is_told_and_undone() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.feed(Msg::Handed(Handed::Text("\n".into())));
    assert!(desktop.compose().sheet.body.is_empty());
    let said = |notice: &crate::app::notice::Notice| notice.saying == Saying::EditorGaveNothing;
    assert!(desktop.model.desk.notices.shown().any(said));
    desktop.model.screens.compose.at = Part::Body;
    desktop.press("Enter Ctrl-_");
    assert_eq!(desktop.compose().sheet.body.text(), "tonight");
}

/// Keys that a stream is made of: those that lead to sending are frequent.
fn stream() -> impl Strategy<Value = Vec<&'static str>> {
    let keys = [
        "s",
        "s",
        "s",
        "Enter",
        "Enter",
        "Enter",
        "6",
        "6",
        "0",
        "0",
        "Tab",
        "y",
        "n",
        "t",
        "u",
        "Esc",
        "x",
        ":",
        "Space",
        "Left",
        "Right",
        "Down",
        "Backspace",
        "1",
        "2",
        "q",
        "PASTE",
    ];
    proptest::collection::vec(proptest::sample::select(keys.to_vec()), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_stream_of_keys_sends_without_the_number_and_enter_on_the_button(keys in stream()) {
        let mut desktop = Desktop::written(60, "topic:ops");
        for key in keys {
            let ready = desktop.open_review().is_some_and(|review| {
                review.at == At::Send && review.typed == "60" && review.brief.number == Some(60)
            });
            let before = desktop.releases().len();
            if key == "PASTE" {
                desktop.feed(Msg::Paste("60\r\rs60\r\r".into()));
            } else {
                desktop.press(key);
            }
            let sent = desktop.releases().len() > before;
            prop_assert!(!sent || (ready && key == "Enter"), "{key}");
        }
    }

    #[test]
    fn no_key_held_down_sends_anything(key in proptest::sample::select(vec![
        "s", "y", "Enter", "Tab", "t", "Space", "6", "0", "u", "Down", "Right", "Esc", ":", "x", "d", "c",
    ]), people in proptest::sample::select(vec![1_i64, 3, 60])) {
        let mut desktop = Desktop::written(people, "topic:ops");
        for _ in 0..80 {
            desktop.press(key);
        }
        prop_assert_eq!(desktop.releases(), Vec::<i64>::new());
    }
}

#[test]
fn a_later_moment_is_written_out_when_its_field_is_left_and_goes_into_the_draft() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.model.screens.compose.at = Part::When;
    desktop.press("Enter").types("+2h").press("Esc");
    assert_eq!(desktop.compose().sheet.when.text(), "1970-01-01 02:16");
    assert_eq!(desktop.compose().sheet.draft().at, Some(Millis(1_000_000 + 7_200_000)));
    desktop.press("s");
    assert_eq!(desktop.open_review().expect("a review").brief.at, Some(Millis(8_200_000)));
}

#[test]
fn a_moment_or_a_stage_that_cannot_be_meant_keeps_send_off() {
    for (at, text, what) in [
        (Part::When, "soon", What::BadWhen),
        (Part::When, "1970-01-01 00:00", What::PastWhen),
        (Part::Stage, "ten", What::BadStage),
    ] {
        let mut desktop = Desktop::written(3, "topic:ops");
        desktop.model.screens.compose.at = at;
        desktop.press("Enter").types(text).press("Esc");
        desktop.due("render");
        assert!(desktop.compose().findings.iter().any(|one| one.what == what && one.at == at), "{text}");
        desktop.press("s");
        assert!(desktop.open_review().expect("a review").brief.off.is_some(), "{text}");
    }
}

#[test]
fn a_list_on_the_provider_s_side_is_said_to_reach_nobody_knows_whom() {
    let mut desktop = Desktop::written(3, "topic:ops");
    let warned = |desktop: &Desktop| {
        let says = |one: &Finding| one.what == What::FannedOut { name: "bark 1".into() };
        desktop.compose().findings.iter().any(says)
    };
    desktop.due("render");
    assert!(!warned(&desktop));
    desktop.lists = 1;
    desktop.due("count");
    desktop.due("render");
    assert!(warned(&desktop));
}

#[test]
fn a_stage_smaller_than_the_audience_is_said_in_the_review() {
    for (stage, said) in [("2", Some(2)), ("3", None)] {
        let mut desktop = Desktop::written(3, "topic:ops");
        desktop.model.screens.compose.at = Part::Stage;
        desktop.press("Enter").types(stage).press("Esc s");
        assert_eq!(desktop.open_review().expect("a review").brief.stage, said);
    }
}

#[test]
fn the_checks_measure_the_longest_of_the_audience_and_not_the_person_who_is_shown() {
    let mut desktop = Desktop::written(900, "topic:ops");
    desktop.longest = [("短", 40), ("闫丽华", 4_800)]
        .map(|(name, length)| Longest {
            channel: ChannelId(1),
            person: SubscriberId(length),
            name: name.into(),
            values: [("x".to_owned(), "x".repeat(length as usize))].into(),
        })
        .into();
    let found = |desktop: &Desktop| {
        let of = |finding: &Finding| match &finding.what {
            What::Channel { fact: Fact::Over { part: Measured::Payload, whose, .. }, .. } => {
                Some((finding.level, whose.clone()))
            }
            _ => None,
        };
        desktop.compose().findings.iter().find_map(of)
    };
    desktop.model.screens.compose.at = Part::Body;
    desktop.press("Enter").types("{{x}}");
    assert_eq!(found(&desktop), None, "nobody was asked yet");
    desktop.due("count");
    let expected = (Level::Warning, Some("闫丽华".to_owned()));
    assert_eq!(found(&desktop), Some(expected));
    // It is asked with the count, never at a key.
    let asked =
        |desktop: &Desktop| desktop.asked.iter().filter(|ask| matches!(ask, ComposeAsk::Longest(..))).count();
    let before = asked(&desktop);
    desktop.types("more");
    assert_eq!(asked(&desktop), before);
    assert!(found(&desktop).is_some(), "what was found for the same variables goes on counting");
    desktop.due("count");
    assert_eq!(asked(&desktop), before, "the same question has the same answer");
    desktop.press("Esc s");
    assert_eq!(asked(&desktop), before + 1, "the review looks anew");
}

#[test]
fn what_is_offered_while_the_preview_is_read_works_there_and_arrows_switch_its_channel() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.feed(Msg::Resize(80, 24));
    desktop.press("F3");
    let shown = |desktop: &Desktop| desktop.compose().shown_way().map(|way| way.account.id.0);
    assert_eq!((desktop.compose().preview_open, shown(&desktop)), (true, Some(1)));
    desktop.press("Right");
    assert_eq!(shown(&desktop), Some(1), "nobody gets it over the other one");
    // Whoever is refused may get it there.
    let ways = desktop.compose().ways().to_vec();
    let sheet = &mut desktop.model.screens.compose.sheet;
    sheet.via_at = ways.len() + 1;
    sheet.toggle_via(&ways);
    for (key, channel) in [("Right", 2), ("l", 1), ("Left", 2), ("h", 1), ("]", 2), ("[", 1)] {
        desktop.press(key);
        assert_eq!(shown(&desktop), Some(channel), "{key}");
    }
    desktop.press("v");
    assert!(matches!(desktop.model.desk.overlays.last(), Some(Overlay::Viewer(_))));
    desktop.press("Esc");
    assert!(desktop.compose().preview_open);
    let step = update(&mut desktop.model, Msg::Key("F4".parse().expect("a key")));
    assert_eq!(step.effects, [Effect::Edit("tonight".into())]);
}

#[test]
fn a_preview_that_stands_beside_the_text_says_so() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("F3");
    assert!(!desktop.compose().preview_open);
    let said = |notice: &crate::app::notice::Notice| {
        notice.saying == Saying::Off(Action::TogglePreview, Why::InSight)
    };
    assert!(desktop.model.desk.notices.shown().any(said));
}

#[test]
fn a_letter_in_a_choice_takes_the_format_that_begins_with_it() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.model.screens.compose.at = Part::Link;
    desktop.press("Enter Tab");
    assert_eq!((desktop.compose().at, desktop.compose().typing), (Part::Format, true));
    for (key, format) in
        [("h", Format::Html), ("T", Format::Text), ("m", Format::Markdown), ("s", Format::Markdown)]
    {
        desktop.press(key);
        assert_eq!(desktop.compose().sheet.format, format, "{key}");
    }
    assert!(desktop.model.desk.overlays.is_empty());
}

#[test]
fn an_audience_that_names_nothing_is_told_in_the_review_and_never_as_still_being_counted() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.vain = Some("zz".into());
    desktop.due("count");
    desktop.press("s");
    let brief = &desktop.open_review().expect("open").brief;
    let what = What::NoSuchName { what: "topic", name: "zz".into() };
    assert_eq!((brief.unreadable.as_ref(), brief.number), (Some(&what), None));
    desktop.vain = None;
    desktop.press("Esc");
    desktop.due("count");
    desktop.press("s");
    assert_eq!(desktop.open_review().expect("open").brief.unreadable, None);
    let failed = |notice: &crate::app::notice::Notice| matches!(notice.saying, Saying::Failed(_));
    assert!(!desktop.model.desk.notices.shown().any(failed));
}

#[test]
fn who_is_left_out_is_shown_among_the_subscribers_and_esc_comes_back_to_the_draft() {
    let mut desktop = Desktop::written(3, "topic:ops");
    desktop.press("g l");
    assert_eq!(desktop.model.desk.section, Section::Compose, "nobody is left out");
    desktop.press("Esc");
    desktop.skipped =
        [(SkipReason::Muted, 2), (SkipReason::Unsubscribed, 1), (SkipReason::NoAddress, 4)].into();
    desktop.due("count");
    for (keys, filter) in [
        ("g l", "topic:ops status:muted,unsubscribed"),
        ("g n", "topic:ops status:active -channel:\"bark 1\",\"email 2\""),
    ] {
        desktop.press(keys);
        assert_eq!(desktop.model.desk.section, Section::Subscribers);
        assert_eq!(desktop.model.screens.subscribers.table.filter.applied(), filter);
        desktop.press("Esc");
        assert_eq!(desktop.model.desk.section, Section::Compose);
        assert_eq!(desktop.compose().sheet.title.text(), "停电");
    }
}
