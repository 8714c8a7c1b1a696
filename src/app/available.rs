//! Whether an action can be done right now, and if not, why: what menus dim and notices say.

use super::model::Model;
use crate::input::action::Action;

/// Whether an action is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It can be done.
    On,
    /// It stays listed, dimmed, with its reason.
    Off(Why),
}

/// Why an action is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The console only reads.
    ReadOnly,
    /// No record is selected.
    NothingSelected,
    /// Its first stage waits for a channel that stands still.
    StageStands,
    /// That is what the screen shows already.
    ShownAlready,
    /// Rows of groups cannot be marked.
    Grouped,
    /// The marks are a query of another filter, which this row does not match.
    OtherMarks,
    /// It is a draft.
    IsDraft,
    /// Drafts are deleted where they are written.
    DraftInCompose,
    /// It has been released.
    NotDraft,
    /// It is not going out.
    NotSending,
    /// It does not stand still.
    NotStanding,
    /// One of its channels stands still, and it goes on with that.
    WaitsForChannel,
    /// Nothing of it is left.
    Ended,
    /// The time in which it could be taken back has passed.
    PastUndo,
    /// It does not belong to this section.
    NotHere,
    /// The kind of the channel has nothing of the sort.
    NotOffered,
    /// No provider has accepted any of it.
    NothingToTakeBack,
    /// None of its channels takes anything back.
    NoneTakesBack,
    /// What still goes out cannot be replaced.
    StillGoesOut,
    /// Without an answer of the provider there is nothing to ask it with.
    NothingToAskWith,
    /// Nobody there can be blocked, and no follow be ended.
    NoFollow,
    /// It was already over.
    TooLate,
    /// Nothing is marked.
    NothingMarked,
    /// It is on the screen already.
    InSight,
    /// There is nothing that it could be done with.
    NothingToDo,
    /// What was typed is not saved yet.
    Unsaved,
    /// Nothing has changed.
    Unchanged,
    /// Sending again to these can never work.
    NeverWorks,
    /// Nothing here is unknown.
    NothingUnknown,
    /// Nothing here was called a bad recipient.
    NoBadRecipient,
    /// It was accepted, is on its way or was left out: nothing of it can go again.
    NothingToReplay,
}

/// Whether `action` can be done now. Read-only mode comes first, then what the section says.
pub fn available(model: &Model, action: Action) -> Availability {
    if action.writes() && model.desk.settings.readonly {
        return Availability::Off(Why::ReadOnly);
    }
    match action {
        Action::Undo if model.desk.undo_step().is_none() && model.desk.pulse.held.is_none() => {
            Availability::Off(Why::TooLate)
        }
        // There is one pane only.
        Action::Zoom if model.desk.pages.size.0 < 100 => Availability::Off(Why::NotHere),
        _ if is_frames_own(action) => Availability::On,
        _ => model.screens.get(model.desk.section).available(action, &model.desk),
    }
}

/// Whether the frame carries it out itself, in any section.
pub fn is_frames_own(action: Action) -> bool {
    use crate::input::context::Context;
    let own = |context: &Context| matches!(context, Context::Nav | Context::System);
    action.entry().contexts.iter().any(own)
        && !matches!(action, Action::NextTab | Action::PrevTab)
        && !matches!(action, Action::Next | Action::Previous)
}

/// Actions that every list can do, whatever is selected.
pub const fn is_about_list(action: Action) -> bool {
    matches!(
        action,
        Action::Mark
            | Action::MarkRange
            | Action::MarkAll
            | Action::ClearMarks
            | Action::Filter
            | Action::FilterClear
    )
}
