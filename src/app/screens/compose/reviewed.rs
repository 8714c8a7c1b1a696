//! The plan that the review shows: looked at as of one moment when it opens, and again when another number comes to
//! stand in it. Never in between: what the operator confirms is what was there then, and the store compares.
//!
//! Until it is there the button is off; the number can be typed meanwhile.

use std::collections::BTreeSet;

use super::Compose;
use crate::app::desk::Desk;
use crate::app::overlay::Overlay;
use crate::app::overlay::review::{Changed, Moved, MovedWhat, Review};
use crate::app::request::Request;
use crate::app::request::compose::{Aim, ComposeAsk, Reach};
use crate::domain::id::ChannelId;
use crate::store::plan::{Difference, Expected, Plan, PlanNumbers};

/// The plan in the review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Whom the question is about that was asked last.
    asked: Option<Aim>,
    /// What it is.
    plan: Option<Plan>,
    /// How the plan that was confirmed before differs from what it had become.
    changed: Option<Difference>,
}

impl Reviewed {
    /// What a release is held to, once it is known.
    pub(super) fn expected(&self) -> Option<Box<Expected>> {
        let Plan { hash, numbers } = self.plan.clone()?;
        Some(Box::new(Expected { plan: hash.into(), numbers: Some(numbers) }))
    }
}

impl Compose {
    /// Opens the review and asks for what it shows. `before`: the number that was confirmed for another one;
    /// `changed`: what became of the plan that was.
    pub(super) fn open_review(&mut self, before: Option<i64>, changed: Option<Difference>, desk: &mut Desk) {
        self.reviewed = Reviewed { changed, ..Reviewed::default() };
        self.counted.forget();
        self.longest_of = None;
        self.count(desk);
        self.look_at_plan(desk);
        desk.open(Overlay::Review(Box::new(Review::new(self.brief_now(before)))));
    }

    /// Looks at the plan. What goes out again and again is planned anew each time.
    fn look_at_plan(&mut self, desk: &mut Desk) {
        self.reviewed.plan = None;
        if self.is_readable() && self.sheet.repeats().is_none() {
            self.reviewed.asked = Some(self.sheet.aim());
            desk.ask("plan", Request::Compose(ComposeAsk::Plan(Box::new(self.sheet.draft()))));
        }
    }

    pub(super) fn take_planned(&mut self, reach: Reach, plan: Plan, desk: &mut Desk) {
        let asked = self.reviewed.asked.take();
        self.reviewed.plan = Some(plan);
        if asked.as_ref() == Some(&self.sheet.aim()) {
            self.counted.show(asked, reach);
        }
        self.judge(desk.now);
        self.brief(desk);
    }

    /// Another number stands in the open review: it has to be confirmed anew, and so has its plan.
    pub(super) fn look_again(&mut self, desk: &mut Desk) {
        let open = desk.overlays.iter().any(|overlay| matches!(overlay, Overlay::Review(_)));
        let number = self.reach().map(Reach::to_send);
        let planned = self.reviewed.plan.as_ref().map(|plan| plan.numbers.to_send());
        if open && planned.is_some() && number != planned {
            self.look_at_plan(desk);
        }
    }

    /// Without a plan nothing can be confirmed.
    pub(super) fn plan_failed(&mut self, desk: &mut Desk) {
        self.reviewed.asked = None;
        desk.overlays.retain(|overlay| !matches!(overlay, Overlay::Review(_)));
    }

    /// What has changed since the operator looked.
    pub(super) fn changed_since(&self) -> Option<Changed> {
        let Difference { parts, before, now } = self.reviewed.changed.as_ref()?;
        let moved = before.as_ref().map_or_else(Vec::new, |before| self.moved(before, &now.numbers));
        Some(Changed { parts: parts.clone(), moved })
    }

    fn moved(&self, before: &PlanNumbers, now: &PlanNumbers) -> Vec<Moved> {
        let on = |numbers: &PlanNumbers, id: ChannelId| -> i64 {
            let here = numbers.channels.iter().filter(|on| on.channel == id);
            here.map(|on| on.people + on.remotes).sum()
        };
        let name = |id: ChannelId| {
            let way = self.ways().iter().find(|way| way.account.id == id);
            MovedWhat::Channel(way.map_or_else(|| id.to_string(), |way| way.account.name.clone()))
        };
        let channels: BTreeSet<ChannelId> =
            before.channels.iter().chain(&now.channels).map(|on| on.channel).collect();
        let over = channels.into_iter().map(|id| (name(id), on(before, id), on(now, id)));
        let of = |numbers: &PlanNumbers, reason| numbers.skipped.get(&reason).copied().unwrap_or(0);
        let reasons: BTreeSet<_> = before.skipped.keys().chain(now.skipped.keys()).copied().collect();
        let left_out = reasons
            .into_iter()
            .map(|reason| (MovedWhat::LeftOut(reason), of(before, reason), of(now, reason)));
        over.chain(left_out)
            .filter(|(_, before, now)| before != now)
            .map(|(what, before, now)| Moved { what, before, now })
            .collect()
    }
}
