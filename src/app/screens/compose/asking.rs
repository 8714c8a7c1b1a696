//! What the sheet means: who would get it, who lacks what, and what arrives; asked anew when it changes.

use std::time::Duration;

use super::Compose;
use super::checks::{Case, judge};
use super::preview::{self, Preview};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::overlay::Overlay;
use crate::app::overlay::viewers::Viewer;
use crate::app::request::Request;
use crate::app::request::compose::{Aim, Bench, ComposeAsk, Lack, Me, Reach, Step, Way};
use crate::app::saying::Saying;
use crate::app::section::Target;
use crate::channels::render::Prepared;
use crate::domain::delivery::SkipReason;
use crate::domain::filter::{Scope, Term, Test, chips};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::SubscriberState;
use crate::domain::template::Hole;
use crate::domain::time::Millis;
use crate::store::longest::Longest;

/// Reading and converting a longer body waits for a pause between keys.
const LONG_BODY: usize = 16 * 1024;
const RENDER_AFTER: Duration = Duration::from_millis(250);

/// Who would get it, as far as it was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The last answer, perhaps to an older question.
    pub reach: Option<Reach>,
    /// A name in the filter that is not there: what kind of thing, and as typed.
    pub unknown: Option<(&'static str, String)>,
    /// What was asked last.
    asked: Option<Aim>,
    /// What the answer is about.
    answered: Option<Aim>,
}

impl Counted {
    /// The answer, if it is about `aim`.
    pub fn of(&self, aim: &Aim) -> Option<&Reach> {
        self.reach.as_ref().filter(|_| self.answered.as_ref() == Some(aim) && self.unknown.is_none())
    }

    /// Whether an answer is on its way.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn fail(&mut self) {
        self.asked = None;
    }

    /// What an answer is about that came by itself.
    pub(super) fn show(&mut self, about: Option<Aim>, reach: Reach) {
        self.answered = about;
        self.reach = Some(reach);
        self.unknown = None;
    }

    /// From now on only a new answer counts.
    pub(super) fn forget(&mut self) {
        self.answered = None;
    }
}

impl Compose {
    /// Who would get the text as it stands, if that has been counted.
    pub fn reach(&self) -> Option<&Reach> {
        self.counted.of(&self.sheet.aim())
    }

    /// Whether every term of the filter can be read.
    pub(super) fn is_readable(&self) -> bool {
        chips(self.sheet.to.text(), Scope::People).iter().all(|chip| chip.term.is_ok())
    }

    /// The channels that are used, in order.
    pub fn used(&self) -> Vec<&Way> {
        self.sheet.used(self.ways())
    }

    /// Those of them that reach somebody; all of them while none does.
    pub fn reaching(&self) -> Vec<&Way> {
        let reaches = |way: &&Way| self.reach().is_some_and(|reach| reach.on(way.account.id) != (0, 0));
        let mut used = self.used();
        // Whoever is refused on one channel may get it on any of the next.
        if used.iter().any(reaches) && !self.sheet.falls_back() {
            used.retain(reaches);
        }
        used
    }

    /// The channel that the preview shows.
    pub fn shown_way(&self) -> Option<&Way> {
        let shown = self.reaching();
        shown.get(self.shown.min(shown.len().saturating_sub(1))).copied()
    }

    /// Counts the audience, looks who lacks a variable, and finds somebody to preview with.
    pub(super) fn count(&mut self, desk: &mut Desk) {
        if !self.is_readable() {
            return;
        }
        let aim = self.sheet.aim();
        self.counted.asked = Some(aim.clone());
        desk.ask("reach", Request::Compose(ComposeAsk::Reach(aim.clone())));
        let wanted: Vec<String> = match &self.prepared {
            Some(Ok(prepared)) => prepared
                .variables()
                .iter()
                .filter(|one| !one.has_default && one.name != "name" && self.sheet.value(&one.name).is_none())
                .map(|one| one.name.clone())
                .collect(),
            _ => Vec::new(),
        };
        if wanted.is_empty() {
            self.lacks.clear();
        } else {
            desk.ask("lacks", Request::Compose(ComposeAsk::Lacks(aim, wanted)));
        }
        self.ask_longest(desk);
        self.ask_sample(Step::Stay, desk);
    }

    /// Asks whose values are the longest, unless that is known: it walks over the whole audience, so neither typing nor
    /// a running send asks for it again. The review always does.
    fn ask_longest(&mut self, desk: &mut Desk) {
        let (aim, holes) = (self.sheet.aim(), self.holes());
        let same = self.longest_of.as_ref() == Some(&aim);
        if holes.iter().all(Vec::is_empty) || same && self.longest.0 == holes {
            return;
        }
        self.longest_of = Some(aim.clone());
        desk.ask("longest", Request::Compose(ComposeAsk::Longest(aim, holes)));
    }

    /// The places of the text that a person's values fill.
    fn holes(&self) -> Vec<Vec<Hole>> {
        match &self.prepared {
            Some(Ok(prepared)) => prepared.holes(|name| self.sheet.value(name)),
            _ => Vec::new(),
        }
    }

    pub(super) fn ask_sample(&mut self, step: Step, desk: &mut Desk) {
        let audience = self.sheet.to.text().trim().to_owned();
        let from = self.sample.as_ref().map(|person| person.id);
        desk.ask("sample", Request::Compose(ComposeAsk::Sample { audience, from, step }));
    }

    pub(super) fn take_bench(&mut self, bench: Bench, desk: &mut Desk) {
        self.bench = Some(bench);
        self.render(desk);
    }

    pub(super) fn take_reach(&mut self, reach: Reach, desk: &mut Desk) {
        let asked = self.counted.asked.take();
        let shown = self.shown_way().map(|way| way.account.id);
        self.counted.show(asked, reach);
        self.look_again(desk);
        // The preview is of a channel that reaches somebody.
        if self.shown_way().map(|way| way.account.id) == shown {
            self.judge(desk.now);
            self.brief(desk);
        } else {
            self.render_now(desk);
        }
    }

    pub(super) fn take_no_such_name(&mut self, what: &'static str, name: &str, desk: &mut Desk) {
        self.counted.answered = self.counted.asked.take();
        self.counted.unknown = Some((what, scrub(name, Cap::List).into_owned()));
        self.judge(desk.now);
        self.brief(desk);
    }

    pub(super) fn take_lacks(&mut self, lacks: Vec<Lack>, desk: &mut Desk) {
        self.lacks = lacks;
        self.judge(desk.now);
        self.brief(desk);
    }

    pub(super) fn take_longest(&mut self, holes: Vec<Vec<Hole>>, longest: Vec<Longest>, desk: &mut Desk) {
        self.longest = (holes, longest);
        self.judge(desk.now);
        self.brief(desk);
    }

    pub(super) fn take_me(&mut self, me: Me, desk: &mut Desk) {
        desk.say(Level::Info, Saying::TestsGoTo(me.name.clone()));
        if let Some(bench) = &mut self.bench {
            bench.me = Some(me);
        }
        if std::mem::take(&mut self.test_wanted) {
            self.ask_test(desk);
        }
    }

    pub(super) fn show_channel(&mut self, by: isize, desk: &mut Desk) {
        let count = self.reaching().len().max(1) as isize;
        self.shown = (self.shown as isize + by).rem_euclid(count) as usize;
        self.preview_top = 0;
        self.render_now(desk);
    }

    /// Reads the text again and renders it: at once, or after a pause if it is long.
    pub(super) fn render(&mut self, desk: &mut Desk) {
        if self.sheet.body.count() > LONG_BODY {
            desk.after(RENDER_AFTER, "render");
        } else {
            self.render_now(desk);
        }
    }

    pub(super) fn render_now(&mut self, desk: &mut Desk) {
        let message = self.sheet.message();
        self.prepared = Some(Prepared::new(&message));
        self.preview = match (&self.prepared, self.shown_way()) {
            (Some(Ok(_)), _) if self.sheet.is_blank() => Preview::Nothing,
            (Some(Ok(prepared)), Some(way)) => {
                let value = |name: &str| self.sheet.value(name);
                preview::card(prepared, way, self.sample.as_deref(), value, desk.now)
            }
            (Some(Err(_)), _) => Preview::Broken,
            (_, None) | (None, _) => Preview::Nothing,
        };
        self.judge(desk.now);
        self.brief(desk);
    }

    pub(super) fn judge(&mut self, now: Millis) {
        // What was found for other variables says nothing about these.
        let longest = (self.longest.0 == self.holes()).then_some(self.longest.1.as_slice());
        self.findings = judge(Case {
            sheet: &self.sheet,
            ways: self.bench.as_ref().map(|bench| bench.ways.as_slice()),
            prepared: self.prepared.as_ref(),
            reach: self.reach(),
            unknown: self.counted.unknown.as_ref().map(|(what, name)| (*what, name.as_str())),
            lacks: &self.lacks,
            longest,
            now,
        });
        self.finding_at = self.finding_at.min(self.findings.len().saturating_sub(1));
    }

    /// The people of the audience whose own state leaves them out, as a filter, if there are any.
    pub(super) fn left_out(&self) -> Option<String> {
        let skipped = &self.reach()?.people.skipped;
        let states = [
            (SkipReason::Muted, SubscriberState::Muted),
            (SkipReason::Blocked, SubscriberState::Blocked),
            (SkipReason::Unsubscribed, SubscriberState::Unsubscribed),
        ];
        let here = states.into_iter().filter(|(reason, _)| skipped.get(reason).is_some_and(|n| *n > 0));
        let states: Vec<SubscriberState> = here.map(|(_, state)| state).collect();
        (!states.is_empty()).then(|| self.among([(false, Test::PersonState(states))]))
    }

    /// Those whom no chosen channel reaches, as a filter, if there are any. Whoever has nothing but dead addresses there
    /// is not among them: no filter tells a dead address.
    pub(super) fn unreached(&self) -> Option<String> {
        self.reach()?.people.skipped.get(&SkipReason::NoAddress).filter(|n| **n > 0)?;
        let names: Vec<String> = self.used().into_iter().map(|way| way.account.name.clone()).collect();
        let active = (false, Test::PersonState(vec![SubscriberState::Active]));
        // With no channel chosen it is everybody.
        let nowhere = (!names.is_empty()).then_some((true, Test::Channel(names)));
        Some(self.among([active].into_iter().chain(nowhere)))
    }

    fn among(&self, tests: impl IntoIterator<Item = (bool, Test)>) -> String {
        let terms = tests.into_iter().map(|(negated, test)| Term { negated, test }.to_string());
        let audience = self.sheet.to.text().trim().to_owned();
        [audience].into_iter().filter(|text| !text.is_empty()).chain(terms).collect::<Vec<_>>().join(" ")
    }

    /// Leads to people in their own section; Esc comes back.
    pub(super) fn go_to_people(&mut self, filter: Option<String>, desk: &mut Desk) {
        self.stop_typing();
        if let Some(filter) = filter {
            desk.go(Target::People(filter));
        }
    }

    /// The request itself, one key away.
    pub(super) fn show_request(&mut self, desk: &mut Desk) {
        let (Some(Ok(prepared)), Some(way)) = (&self.prepared, self.shown_way()) else { return };
        let sample = self.sample.as_deref();
        let text = match preview::request(prepared, way, sample, |name| self.sheet.value(name), desk.now) {
            Ok(text) => text,
            Err(error) => scrub(&error.to_string(), Cap::Detail).into_owned(),
        };
        let title = Saying::RequestOf(way.account.name.clone());
        desk.open(Overlay::Viewer(Viewer::new(title, text)));
    }
}
