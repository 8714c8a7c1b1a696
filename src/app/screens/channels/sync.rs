//! A channel beside its provider's list: read page by page, shown, and changed only after a question.

use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::find::Find;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::errands::{Difference, ErrandAsk};
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::screen::Done;
use crate::app::section::Section;
use crate::domain::id::ChannelId;
use crate::input::action::Action;
use crate::store::sync::Applied;

use super::GRAVE;

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// So many entries are read, of so many.
    Reading(i64, Option<i64>),
    /// This is what differs; nothing was changed.
    Differs(Box<Difference>),
    /// It is being changed.
    Applying,
    /// This is what was changed.
    Applied(Applied),
}

/// The page.
#[derive(Debug, Clone)]
pub struct SyncPage {
    /// Which channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub stage: Stage,
    /// How far it is scrolled.
    pub find: Find,
}

impl SyncPage {
    /// A page whose list is being read.
    pub fn new(channel: ChannelId, name: String) -> Self {
        Self { channel, name, stage: Stage::Reading(0, None), find: Find::default() }
    }

    /// Does an action; `Done::No` if it is not the page's. `false` in the pair closes it.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> (Done, bool) {
        match action {
            Action::Escape | Action::Back => {
                if matches!(self.stage, Stage::Reading(..)) {
                    desk.order(Request::Errand(ErrandAsk::SyncStop));
                }
                return (Done::Yes, false);
            }
            Action::Edit | Action::Save => match &self.stage {
                Stage::Differs(difference) => {
                    let people = difference.people();
                    self.ask(people, desk);
                }
                Stage::Applied(_) => return (Done::Yes, false),
                Stage::Reading(..) | Stage::Applying => {}
            },
            _ if self.find.act(action, desk.pages.detail) => {}
            _ => return (Done::No, true),
        }
        (Done::Yes, true)
    }

    fn ask(&self, people: i64, desk: &mut Desk) {
        if desk.settings.readonly {
            return;
        }
        if people == 0 {
            desk.say(Level::Info, Saying::Channels(Says::SyncNothing(self.name.clone())));
            return;
        }
        let question = Saying::Channels(Says::AskSync(self.name.clone()));
        let label = Saying::Channels(Says::ApplySync(people));
        let apply = Request::Errand(ErrandAsk::SyncApply(self.channel));
        let then = Then::Order(Owner::Screen(Section::Channels), apply);
        let keeps = Saying::Channels(Says::SyncKeeps);
        desk.open(if people >= GRAVE {
            Overlay::Gate(Gate::new(question, people, label, then).line(keeps))
        } else {
            Overlay::Confirm(Confirm::new(question, label, then).line(keeps))
        });
    }
}
