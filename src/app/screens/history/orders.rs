//! What can be done about failures: replay, settle, retire, go there, copy. Everything asks first.

use super::path::Level;
use super::told::say;
use super::{History, classes};
use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level as Grade;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::replay::GRAVE;
use crate::app::overlay::viewers::Viewer;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::errands::ErrandAsk;
use crate::app::request::history::{HistoryAsk, Meant};
use crate::app::request::subscribers::both;
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying;
use crate::app::saying::history::HistorySaying as Says;
use crate::app::screen::Done;
use crate::app::section::{Section, Target};
use crate::domain::delivery::{Class, Counts, DeliveryState};
use crate::input::action::Action;
use crate::store::history::{DeliveryDetail, DeliveryRow};
use crate::store::settle::Settled;

/// What is wished for the selection or the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Sent again.
    Replay,
    /// Unknown ones settled.
    Settle,
    /// Dead addresses retired.
    Retire,
    /// The text changed.
    Rewrite,
    /// Over other channels.
    Another,
}

/// A wish for marks, of which the filter may hide some.
#[derive(Debug, Clone, Default)]
pub(super) enum Weighing {
    /// There is none.
    #[default]
    Nothing,
    /// The store counts them.
    Asked(Wish),
    /// It is asked whether the hidden ones are meant.
    Hidden {
        /// What is wished.
        wish: Wish,
        /// All of them, with their books.
        all: (Meant, Counts),
        /// Those that the filter shows.
        visible: (Meant, Counts),
    },
}

impl History {
    /// Does it to the selection; of marks the store first says how many they are and how many the filter hides.
    pub(super) fn wish(&mut self, wish: Wish, desk: &mut Desk) {
        let Some(meant) = self.meant() else { return };
        if self.path.level() == Level::Deliveries && !self.deliveries.marks.is_empty() {
            let visible = self.in_sight(&meant);
            desk.ask("weigh", Request::History(HistoryAsk::Weigh { all: meant, visible }));
            self.weighing = Weighing::Asked(wish);
        } else {
            carry_out(wish, meant, self.unknowns(), desk);
        }
    }

    /// Those of `meant` that the filter shows.
    fn in_sight(&self, meant: &Meant) -> Meant {
        let shown = self.deliveries.filter.applied();
        let filter = if meant.filter == shown { meant.filter.clone() } else { both(&meant.filter, shown) };
        Meant { filter, narrow: self.path.narrow(), ..meant.clone() }
    }

    /// Marks that the filter hides are acted on only if somebody says so.
    pub(super) fn weighed(&mut self, all: (Meant, Counts), visible: (Meant, Counts), desk: &mut Desk) {
        let Weighing::Asked(wish) = std::mem::take(&mut self.weighing) else { return };
        let (marked, seen) = (all.1.audience(), visible.1.audience());
        if seen >= marked {
            return carry_out(wish, all.0, all.1.of(DeliveryState::Unknown), desk);
        }
        let question = Saying::History(Says::AskHidden(marked - seen, marked));
        let (of_all, then) = (Saying::AllMarked(marked), Then::Choose("all"));
        desk.open(Overlay::Confirm(if seen > 0 {
            Confirm::new(question, Saying::VisibleOnly(seen), Then::Choose("visible")).or(of_all, then)
        } else {
            Confirm::new(question, of_all, then)
        }));
        self.weighing = Weighing::Hidden { wish, all, visible };
    }

    /// Hidden marks are meant too, or not.
    pub(super) fn chosen_marks(&mut self, only_visible: bool, desk: &mut Desk) {
        let Weighing::Hidden { wish, all, visible } = std::mem::take(&mut self.weighing) else { return };
        let (meant, counts) = if only_visible { visible } else { all };
        carry_out(wish, meant, counts.of(DeliveryState::Unknown), desk);
    }

    /// Asks which rows a query of marks holds here, if that is not plain.
    pub(super) fn ask_held(&self, desk: &mut Desk) {
        if let Some(held) = self.deliveries.held_ask() {
            desk.ask("held", Request::History(HistoryAsk::Held(held, self.path.narrow())));
        }
    }

    /// Whether something unknown may be among the selection or the marks, of which some may be hidden.
    pub(super) fn may_settle(&self) -> bool {
        let in_view = self.group().is_some() || self.deliveries.marks.is_empty();
        self.unknowns() > 0 || (!in_view && self.deliveries.hidden_marks() != Some(0))
    }

    /// The selected delivery, if its provider accepted it.
    pub(super) fn asked_about(&self) -> Option<&DeliveryRow> {
        let accepted = [DeliveryState::Accepted, DeliveryState::Confirmed];
        self.delivery().filter(|row| accepted.contains(&row.state))
    }

    /// Asks the provider what became of the selected delivery. Stores nothing.
    pub(super) fn ask_provider(&self, desk: &mut Desk) {
        let Some(row) = self.asked_about() else { return };
        desk.say(Grade::Info, Saying::Desk(DeskSaying::Asking(row.channel.clone())));
        desk.order(Request::Errand(ErrandAsk::Became(row.id)));
    }

    /// Whether something of the selection or the marks can go again.
    pub(super) fn may_replay(&self) -> Availability {
        let on = |on: bool, why: Why| if on { Availability::On } else { Availability::Off(why) };
        match (self.group(), self.delivery()) {
            (Some(row), _) if row.only_waits() => Availability::Off(Why::NothingToReplay),
            (Some(row), _) => on(classes::is_worth_replaying(row), Why::NeverWorks),
            // The same as of its class: opened alone it is no other failure.
            (None, Some(row))
                if self.deliveries.marks.is_empty()
                    && row.state == DeliveryState::Rejected
                    && !classes::can_replay(row.class) =>
            {
                Availability::Off(Why::NeverWorks)
            }
            // Which of the marked ones can go is what the review says.
            (None, Some(row)) => {
                on(!self.deliveries.marks.is_empty() || row.replay.is_some(), Why::NothingToReplay)
            }
            (None, None) => Availability::Off(Why::NothingSelected),
        }
    }

    /// Whether a provider may have called an address of the selection or the marks gone.
    pub(super) fn may_have_gone(&self) -> bool {
        match self.group() {
            Some(row) => classes::has_gone(row),
            None if !self.deliveries.marks.is_empty() => true,
            None => self.delivery().is_some_and(|row| row.class == Some(Class::BadRecipient)),
        }
    }

    /// How many unknown ones the selection or the marks hold, as far as the list shows.
    pub(super) fn unknowns(&self) -> i64 {
        if let Some(row) = self.group() {
            return row.unknown;
        }
        let unknown = |row: &&DeliveryRow| row.state == DeliveryState::Unknown;
        if self.deliveries.marks.is_empty() {
            return self.delivery().filter(unknown).map_or(0, |_| 1);
        }
        let marked = self.deliveries.rows().filter(|row| self.deliveries.is_marked(row.id));
        marked.filter(unknown).count() as i64
    }

    pub(super) fn ask_retire(&self, meant: Meant, count: i64, doubtful: i64, desk: &mut Desk) {
        if count == 0 {
            match doubtful {
                0 => say(desk, Grade::Info, Says::NothingToRetire),
                _ => say(desk, Grade::Warning, Says::MassFailure(doubtful)),
            }
            return;
        }
        let order = Then::Order(Owner::Screen(Section::History), Request::History(HistoryAsk::Retire(meant)));
        let question = Saying::History(Says::AskRetire);
        let label = Saying::History(Says::Retire(count));
        let mut lines = vec![Saying::History(Says::RetireKeeps(count))];
        lines.extend((doubtful > 0).then_some(Saying::History(Says::MassFailure(doubtful))));
        desk.open(if count >= GRAVE {
            Overlay::Gate(lines.into_iter().fold(Gate::new(question, count, label, order), Gate::line))
        } else {
            Overlay::Confirm(lines.into_iter().fold(Confirm::new(question, label, order), Confirm::line))
        });
    }

    pub(super) fn go(&self, action: Action, desk: &mut Desk) -> Done {
        let delivery = self.delivery().or_else(|| self.current_samples().first());
        let narrow = self.meant().map(|meant| meant.narrow).unwrap_or_default();
        let target = match action {
            Action::GoSubscriber => delivery.and_then(|row| row.subscriber).map(Target::Subscriber),
            Action::GoChannel => {
                let of_row = delivery.and_then(|row| row.channel_id);
                narrow.channel.or(of_row).map(Target::Channel)
            }
            Action::GoBroadcast => {
                let of_row = delivery.map(|row| row.id.broadcast);
                narrow.broadcast.or(of_row).map(Target::Broadcast)
            }
            _ => None,
        };
        match target {
            Some(target) => {
                desk.go(target);
                Done::Yes
            }
            None => Done::No,
        }
    }

    pub(super) fn copy(&self, action: Action, desk: &mut Desk) {
        let row = self.delivery().or_else(|| self.current_samples().first());
        let text = match (action, row) {
            (Action::CopyJson, Some(_)) if self.current_detail().is_some() => {
                self.current_detail().map(as_json).unwrap_or_default()
            }
            (Action::CopyId, Some(row)) => row.id.to_string(),
            (_, Some(row)) => error_line(row),
            (_, None) => return,
        };
        desk.copy(text);
    }

    pub(super) fn show_raw(&self, desk: &mut Desk) {
        if let Some(detail) = self.current_detail() {
            let title = Saying::History(Says::Raw(detail.row.id));
            desk.open(Overlay::Viewer(Viewer::new(title, as_json(detail))));
        }
    }
}

fn carry_out(wish: Wish, meant: Meant, unknowns: i64, desk: &mut Desk) {
    let ask = |desk: &mut Desk, ask| desk.ask("meant", Request::History(ask));
    match wish {
        Wish::Replay => ask(desk, HistoryAsk::Review(meant)),
        Wish::Retire => ask(desk, HistoryAsk::Gone(meant)),
        Wish::Settle => ask_settle(&meant, unknowns, desk),
        Wish::Rewrite => desk.order(Request::History(HistoryAsk::Rewrite(meant))),
        Wish::Another => desk.order(Request::History(HistoryAsk::Another(meant))),
    }
}

fn ask_settle(meant: &Meant, count: i64, desk: &mut Desk) {
    let order = |how| {
        let settle = HistoryAsk::Settle { meant: meant.clone(), how };
        Then::Order(Owner::Screen(Section::History), Request::History(settle))
    };
    let confirm = Confirm::new(
        Saying::History(Says::AskSettle(count)),
        Saying::History(Says::Arrived(count)),
        order(Settled::Accepted),
    )
    .or(Saying::History(Says::NotArrived(count)), order(Settled::NotAccepted))
    .line(Saying::History(Says::SettleSends));
    desk.open(Overlay::Confirm(confirm));
}

/// One line that says what happened to a delivery, for a ticket or a chat.
fn error_line(row: &DeliveryRow) -> String {
    let class = row.class.map_or("", Class::word);
    let parts = [
        row.id.to_string(),
        row.state.word().to_owned(),
        row.channel.clone(),
        class.to_owned(),
        row.provider_code.clone(),
        row.provider_text.clone(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn as_json(detail: &DeliveryDetail) -> String {
    // A record of texts and numbers always has a JSON form.
    serde_json::to_string_pretty(detail).unwrap_or_default()
}
