//! What becomes of somebody's follow at the provider: blocked there, let in again, or ended. Asked one address at a
//! time, and done by the console's errands.

use super::{Subscribers, say_of_desk};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::pick::{Beyond, Choice, Pick};
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::errands::{ErrandAsk, Follow};
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying as Says;
use crate::app::section::Section;
use crate::channels::catalog;
use crate::channels::desk::FollowChange;
use crate::channels::kind::Kind;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::AddressState;
use crate::store::addresses::Address;

fn changes(address: &Address) -> &'static [FollowChange] {
    catalog::kind(&address.kind).and_then(Kind::desk).map_or(&[], |desk| desk.follow_changes())
}

impl Subscribers {
    /// Whether the selected person has an address whose provider changes follows.
    pub(super) fn has_follow(&self) -> bool {
        self.follows().next().is_some()
    }

    fn follows(&self) -> impl Iterator<Item = &Address> {
        let addresses = self.current().map(|known| known.person.addresses.as_slice()).unwrap_or_default();
        addresses.iter().filter(|address| !changes(address).is_empty())
    }

    /// Asks what shall become of the follow; which one, where there are several.
    pub(super) fn ask_follow(&mut self, desk: &mut Desk) {
        let Some(name) = self.table.selected().map(|row| scrub(&row.name, Cap::List).into_owned()) else {
            return;
        };
        let theirs: Vec<Address> = self.follows().cloned().collect();
        match theirs.as_slice() {
            [] => {}
            [one] => ask_change(name, one, desk),
            several => {
                let shown = |one: &Address| format!("{} {}", one.channel_name, one.masked);
                let choice =
                    |one: &Address| Choice { name: scrub(&shown(one), Cap::List).into_owned(), count: None };
                let choices = several.iter().map(choice).collect();
                let title = Saying::Desk(Says::PickFollow(name.clone()));
                desk.open(Overlay::Pick(Pick::new(title, choices, Beyond::Nothing)));
                self.picking = Some((name, theirs));
            }
        }
    }

    /// Which follow is meant was picked.
    pub(super) fn picked_follow(&mut self, index: usize, desk: &mut Desk) {
        let Some((name, theirs)) = self.picking.take() else { return };
        if let Some(one) = theirs.get(index) {
            ask_change(name, one, desk);
        }
    }

    /// It was changed, or there was nothing to change.
    pub(super) fn followed(follow: Follow, changed: bool, desk: &mut Desk) {
        let level = if changed { Level::Info } else { Level::Warning };
        say_of_desk(desk, level, Says::Followed(follow, changed));
    }
}

/// What is retired here is let in there, and the other way round.
fn ask_change(name: String, address: &Address, desk: &mut Desk) {
    let at = scrub(&address.channel_name, Cap::List).into_owned();
    let is_out = address.state == AddressState::Dead;
    let offered = changes(address).iter().filter(|change| (**change == FollowChange::Unblock) == is_out);
    let mut choices = offered.map(|change| {
        let (name, at) = (name.clone(), at.clone());
        let follow = Follow { channel: address.channel, at, address: address.id, name, change: *change };
        let order = Request::Errand(ErrandAsk::Follow(follow));
        let then = Then::Order(Owner::Screen(Section::Subscribers), order);
        (Saying::Desk(Says::DoFollow(*change)), then)
    });
    let Some((label, then)) = choices.next() else { return };
    let question = Saying::Desk(Says::AskFollow { name: name.clone(), at: at.clone() });
    let confirm =
        choices.fold(Confirm::new(question, label, then), |confirm, (label, then)| confirm.or(label, then));
    desk.open(Overlay::Confirm(confirm.line(Saying::Desk(Says::FollowIsTheirs))));
}
