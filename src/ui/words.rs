//! Facts of the model in words. The only place where `Saying` and `Why` meet the locale files.

pub mod channels;
pub mod compose;
pub mod desk;
pub mod history;
pub mod inbox;
pub mod lists;

use crate::app::available::Why;
use crate::app::saying::Saying;
use crate::app::section::Section;
use crate::input::context::Context;
use crate::look::Look;

/// What a `Saying` says in the language in use.
pub fn say(look: &Look, saying: &Saying) -> String {
    let s = look.strings;
    match saying {
        Saying::QuitAgain => s.frame.quit_again.fill(&[("key", "q".into())]),
        Saying::QuitAgainSending(count) => {
            let again = s.frame.quit_again.fill(&[("key", "q".into())]);
            format!("{again}. {}", s.frame.sender_stays.count(*count))
        }
        Saying::AskQuit(count) => {
            format!("{}\n{}", s.dialogs.quit.title, s.dialogs.quit.text.count(*count))
        }
        Saying::PauseAndQuit => s.dialogs.quit.pause_and_quit.clone(),
        Saying::SwitchInputMethod => s.frame.input_method.clone(),
        Saying::PasteIgnored => s.frame.paste_ignored.clone(),
        Saying::Off(action, off) => {
            let label = s.actions.label(action.name());
            s.overlays.off.fill(&[("action", label.into()), ("why", why(look, *off).into())])
        }
        Saying::NothingToUndo => s.notices.nothing_to_undo.clone(),
        Saying::Copied => s.notices.copied.clone(),
        Saying::Written(path) => s.notices.written.fill(&[("path", path.into())]),
        Saying::NotKept(why) => s.notices.not_kept.fill(&[("why", why.as_str().into())]),
        Saying::MouseOn => s.notices.mouse_on.clone(),
        Saying::MouseOff => s.notices.mouse_off.clone(),
        Saying::ConfigWarning(what) => s.overlays.config_warning.fill(&[("what", what.into())]),
        Saying::Failed(trouble) => trouble.summary.clone(),
        Saying::Paused { title, in_flight: 0 } => s.notices.paused.fill(&[("title", title.into())]),
        Saying::Paused { title, in_flight } => {
            s.overlays.paused_in_flight.fill(&[("title", title.into()), ("count", (*in_flight).into())])
        }
        Saying::Resumed { title } => s.notices.resumed.fill(&[("title", title.into())]),
        Saying::Stopped { title, cancelled } => {
            s.notices.stopped.fill(&[("title", title.into()), ("count", (*cancelled).into())])
        }
        Saying::Recalled { title } => s.notices.recalled.fill(&[("title", title.into())]),
        Saying::SenderDied(lost) => s.notices.sender_died.count(*lost),
        Saying::Halted(in_flight) => s.notices.halted.count(*in_flight),
        Saying::ReportWritten(path) => s.report.written.fill(&[("path", path.into())]),
        Saying::Unhalted => s.notices.unhalted.clone(),
        Saying::AskRecall(id) => s.notices.ask_recall.fill(&[("id", (&id.to_string()).into())]),
        Saying::RecallIt => s.notices.recall_it.clone(),
        Saying::AskUnhalt(by) => {
            format!("{}\n{}", s.notices.ask_unhalt, s.notices.halted_by.fill(&[("name", by.into())]))
        }
        Saying::GoOn => s.notices.go_on.clone(),
        Saying::AskStopRest { title, left } => {
            let question = s.overlays.ask_stop.fill(&[("title", title.into())]);
            format!("{question}\n{}", s.overlays.ask_stop_left.count(*left))
        }
        Saying::AskRest { title, left } => {
            let question = s.overlays.ask_rest.fill(&[("title", title.into())]);
            format!("{question}\n{}", s.overlays.ask_rest_left.count(*left))
        }
        Saying::StopKeepsAccepted(count) => s.overlays.stop_keeps.count(*count),
        Saying::InFlightFinishes(count) => s.dialogs.stop.in_flight.count(*count),
        Saying::Lists(says) => lists::say(look, says),
        Saying::Back => s.common.back.clone(),
        Saying::StopRestOf(count) => s.dialogs.stop.button.count(*count),
        Saying::VisibleOnly(count) => s.dialogs.marks.visible.count(*count),
        Saying::AllMarked(count) => s.dialogs.marks.all.count(*count),
        Saying::BodyTooLong
        | Saying::EditorGaveNothing
        | Saying::Attached(_)
        | Saying::NotAttached { .. }
        | Saying::NoDraftAnyMore
        | Saying::DraftClash { .. }
        | Saying::BothTexts
        | Saying::StoredFirst
        | Saying::DraftDeleted
        | Saying::RequestOf(_)
        | Saying::TestsGoTo(_)
        | Saying::NowhereToTest
        | Saying::TestBlocked(_)
        | Saying::AskTest(_)
        | Saying::SendTest
        | Saying::TestOnItsWay
        | Saying::TestEnded(_)
        | Saying::Released(..)
        | Saying::Going(..)
        | Saying::Scheduled { .. }
        | Saying::Repeats { .. }
        | Saying::ScheduleDone(_)
        | Saying::AskUnschedule(_)
        | Saying::Unschedule
        | Saying::OnItsWay
        | Saying::AudienceMoved
        | Saying::NobodyLeft => compose::say(look, saying),
        Saying::Channels(saying) => channels::say(look, saying),
        Saying::History(saying) => history::say(look, saying),
        Saying::Inbox(saying) => inbox::say(look, saying),
        Saying::Desk(saying) => desk::say(look, saying),
        Saying::TypeTheNumber => s.dialogs.review.type_number.clone(),
        Saying::SendTo(count) => s.dialogs.review.button.count(*count),
    }
}

/// Why an action is off.
pub fn why(look: &Look, why: Why) -> &'static str {
    let w = &look.strings.overlays.why;
    match why {
        Why::ReadOnly => &w.read_only,
        Why::NothingSelected => &w.nothing_selected,
        Why::StageStands => &w.stage_stands,
        Why::ShownAlready => &w.shown_already,
        Why::Grouped => &w.grouped,
        Why::OtherMarks => &w.other_marks,
        Why::IsDraft => &w.is_draft,
        Why::DraftInCompose => &w.draft_in_compose,
        Why::NotDraft => &w.not_draft,
        Why::NotSending => &w.not_sending,
        Why::NotStanding => &w.not_standing,
        Why::WaitsForChannel => &w.waits_channel,
        Why::Ended => &w.ended,
        Why::PastUndo => &w.past_undo,
        Why::NotHere => &w.not_here,
        Why::NotOffered => &w.not_offered,
        Why::NothingToTakeBack => &w.nothing_to_take_back,
        Why::NoneTakesBack => &look.strings.desk.none_takes_back,
        Why::StillGoesOut => &w.still_goes_out,
        Why::NothingToAskWith => &w.nothing_to_ask_with,
        Why::NoFollow => &w.no_follow,
        Why::InSight => &w.in_sight,
        Why::TooLate => &w.too_late,
        Why::NothingMarked => &w.nothing_marked,
        Why::NothingToDo => &w.nothing_to_do,
        Why::Unsaved => &w.unsaved,
        Why::Unchanged => &w.unchanged,
        Why::NeverWorks => &w.never_works,
        Why::NothingUnknown => &w.nothing_unknown,
        Why::NoBadRecipient => &w.no_bad_recipient,
        Why::NothingToReplay => &w.nothing_to_replay,
    }
}

/// What a section is called.
pub fn section(look: &Look, section: Section) -> &'static str {
    let tabs = &look.strings.frame.tabs;
    match section {
        Section::Outbox => &tabs.outbox,
        Section::Compose => &tabs.compose,
        Section::Subscribers => &tabs.subscribers,
        Section::Topics => &tabs.topics,
        Section::Channels => &tabs.channels,
        Section::History => &tabs.history,
        Section::Inbox => &tabs.inbox,
        Section::Setup => &tabs.setup,
    }
}

/// What a context is called on the help page.
pub fn context(look: &Look, context: Context) -> &'static str {
    let words = &look.strings.overlays.contexts;
    match context {
        Context::System => &words.system,
        Context::Nav => &words.nav,
        Context::Move => &words.moving,
        Context::Table => &words.table,
        Context::Detail => &words.detail,
        Context::Form => &words.form,
        Context::Type => &words.typing,
        Context::Line => &words.line,
        Context::Body => &words.body,
        Context::Dialog => &words.dialog,
        Context::Gate => &words.gate,
        Context::Menu => &words.menu,
        Context::Palette => &words.palette,
        Context::Viewer => &words.viewer,
        Context::Themes => &words.themes,
        Context::Outbox => section(look, Section::Outbox),
        Context::Compose => section(look, Section::Compose),
        Context::Subscribers => section(look, Section::Subscribers),
        Context::Topics => section(look, Section::Topics),
        Context::Channels => section(look, Section::Channels),
        Context::History => section(look, Section::History),
        Context::Inbox => section(look, Section::Inbox),
        Context::Setup => section(look, Section::Setup),
    }
}
