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
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying;
use crate::app::saying::history::HistorySaying as Says;
use crate::app::screen::Done;
use crate::app::section::{Section, Target};
use crate::domain::delivery::{Class, DeliveryState};
use crate::input::action::Action;
use crate::store::history::{DeliveryDetail, DeliveryRow};
use crate::store::replay::Settled;

impl History {
    pub(super) fn ask_about_meant(&self, ask: impl FnOnce(Meant) -> HistoryAsk, desk: &mut Desk) {
        if let Some(meant) = self.meant() {
            desk.ask("meant", Request::History(ask(meant)));
        }
    }

    /// Marks that the filter hides are acted on only if somebody says so.
    pub(super) fn replay(&self, desk: &mut Desk) {
        let hidden = match self.path.level() {
            Level::Deliveries => self.deliveries.hidden_marks().unwrap_or(0),
            Level::Groups(_) => 0,
        };
        if hidden == 0 {
            self.ask_about_meant(HistoryAsk::Review, desk);
            return;
        }
        let all = self.deliveries.marks.count(0);
        let question = Saying::History(Says::AskHidden(hidden, all));
        let confirm = Confirm::new(question, Saying::VisibleOnly(all - hidden), Then::Choose("visible"))
            .or(Saying::AllMarked(all), Then::Choose("all"));
        desk.open(Overlay::Confirm(confirm));
    }

    pub(super) fn settle(&self, desk: &mut Desk) {
        let Some(meant) = self.meant() else { return };
        let count = self.unknowns();
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
        let marked = self.deliveries.rows().filter(|row| self.deliveries.marks.holds(row.id));
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
