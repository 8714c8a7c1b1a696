//! Actions: what an operator can mean, and the one table of them.
//!
//! Hints, help, palette, the README's key table and the tests are made from `Action::ALL`. Which key
//! means which action stands in `assets/keymap.toml`; how an action is called, in the locale files.

use super::context::Context;

/// What an action can cost; decides what vanishes in read-only mode and how menus mark it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Changes nothing that is stored.
    None,
    /// Changes the store, and can be undone or is asked for in a form.
    Writes,
    /// Asks in a dialog first.
    Costly,
    /// Asks for the number of people first, from 50 on.
    Grave,
}

/// Whether the palette lists an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPalette {
    /// A command.
    Listed,
    /// A movement or a text edit, which only makes sense as a key.
    KeyOnly,
}

/// The row of an action in the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name in key maps, locale files and the reference.
    pub name: &'static str,
    /// Where it can be bound; a remapped key holds in all of them.
    pub contexts: &'static [Context],
    /// What it can cost.
    pub danger: Danger,
    /// Whether the palette lists it.
    pub palette: InPalette,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($context:ident)+] $danger:ident $palette:ident;)*) => {
        /// What an operator means, whatever key said it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// Every action, in the order of help and palette.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its row in the table.
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &Entry {
                        name: $name,
                        contexts: &[$(Context::$context,)+],
                        danger: Danger::$danger,
                        palette: InPalette::$palette,
                    },)*
                }
            }
        }
    };
}

actions! {
    // What the sections do.
    /// Opens the record under the cursor.
    Open "open" [Table History] None Listed;
    /// Stops claiming before the next call.
    Pause "pause" [Outbox Channels] Writes Listed;
    /// Goes on with something that was paused or held.
    Resume "resume" [Outbox Channels] Writes Listed;
    /// Cancels what has not left of a broadcast.
    StopRest "stop-rest" [Outbox] Costly Listed;
    /// Writes the evidence of a broadcast into a file.
    Report "report" [Outbox] None Listed;
    /// Takes back at the providers what was accepted.
    TakeBack "take-back" [Outbox] Costly Listed;
    /// A new text that takes the place of what arrived, where the provider can do that.
    NewVersion "new-version" [Outbox] Writes Listed;
    /// Takes a held broadcast back into its draft.
    Recall "recall" [Outbox] Writes Listed;
    /// Review, gate, undo window, send.
    ReviewSend "review-send" [Outbox Compose] Grave Listed;
    /// A new message, to what is selected or marked where that makes sense.
    ComposeTo "compose-to" [Outbox Subscribers Topics] None Listed;
    /// One message to the operator alone.
    TestToMe "test-to-me" [Compose Channels] Costly Listed;
    /// Checks a credential without sending.
    Verify "verify" [Channels] Writes Listed;
    /// Compares a channel with its provider's list of followers.
    Sync "sync" [Channels] Writes Listed;
    /// A QR code that people follow by.
    Invite "invite" [Channels] Writes Listed;
    /// The next sample person of a preview.
    NextSample "next-sample" [Compose] None Listed;
    /// The previous sample person of a preview.
    PrevSample "prev-sample" [Compose] None Listed;
    /// Swaps body and preview on a small screen.
    TogglePreview "toggle-preview" [Compose] None Listed;
    /// The body in `$EDITOR`.
    ExternalEditor "external-editor" [Compose] None Listed;
    /// A file more that goes with the message.
    Attach "attach" [Compose] Writes Listed;
    /// The request as it would leave, without secrets.
    ShowRequest "show-request" [Compose] None Listed;
    /// A channel earlier in the order of preference.
    Sooner "sooner" [Compose] Writes Listed;
    /// A channel later in the order of preference.
    Later "later" [Compose] Writes Listed;
    /// An empty draft; the one at hand stays stored.
    NewDraft "new-draft" [Compose] Writes Listed;
    /// Removes the draft; can be undone.
    DiscardDraft "discard-draft" [Compose] Writes Listed;
    /// Names the person whom tests go to.
    WhoAmI "who-am-i" [Compose] Writes Listed;
    /// Sends again to those who did not get it.
    Replay "replay" [History] Grave Listed;
    /// Retires the addresses that a provider calls gone.
    MarkDead "mark-dead" [History] Costly Listed;
    /// Reaches the same people another way.
    OtherChannel "other-channel" [History] Writes Listed;
    /// The message as a new draft to the same people, to be changed.
    Rewrite "rewrite" [History] Writes Listed;
    /// Asks the provider what became of a delivery.
    AskProvider "ask-provider" [History] None Listed;
    /// Says of an unknown whether it arrived.
    Settle "settle" [History] Costly Listed;
    /// Answers the person of a conversation.
    Reply "reply" [Inbox] Writes Listed;
    /// Says that a conversation has been looked at.
    MarkRead "mark-read" [Inbox] Writes Listed;
    /// A new record.
    Add "add" [Subscribers Topics Channels] None Listed;
    /// Changes the record, or types in the field under the cursor.
    Edit "edit" [Subscribers Topics Channels Form] None Listed;
    /// Removes the record or the marked ones.
    Remove "remove" [Subscribers Topics Channels] Grave Listed;
    /// Blocks, or lets in again.
    Block "block" [Subscribers Inbox] Writes Listed;
    /// Blocks, unblocks or ends a follow at the provider.
    AtProvider "at-provider" [Subscribers] Costly Listed;
    /// Leaves somebody out for now, or no longer.
    Mute "mute" [Subscribers] Writes Listed;
    /// Puts people into a topic.
    AddToTopic "add-to-topic" [Subscribers Topics] Writes Listed;
    /// Takes people out of a topic.
    TakeFromTopic "take-from-topic" [Subscribers Topics] Writes Listed;
    /// Takes somebody out for good at their own wish.
    Unsubscribe "unsubscribe" [Subscribers] Grave Listed;
    /// Gives people a tag.
    Tag "tag" [Subscribers] Writes Listed;
    /// Takes a tag from people.
    Untag "untag" [Subscribers] Writes Listed;
    /// Makes this the person whom tests go to.
    ThisIsMe "this-is-me" [Subscribers] Writes Listed;
    /// Reads people from a CSV file.
    Import "import" [Subscribers] None Listed;
    /// Saves the form.
    Save "save" [Form Line] Writes Listed;
    /// Turns a tick box, or takes the next choice.
    Toggle "toggle" [Form] None KeyOnly;

    // Lists.
    /// Marks the row and moves on.
    Mark "mark" [Table] None Listed;
    /// Marks from the last mark to here.
    MarkRange "mark-range" [Table] None Listed;
    /// Marks everything that matches, as a query.
    MarkAll "mark-all" [Table] None Listed;
    /// Takes all marks away.
    ClearMarks "clear-marks" [Table] None Listed;
    /// Types a filter.
    Filter "filter" [Table Viewer] None Listed;
    /// To the next match.
    FindNext "find-next" [Viewer] None Listed;
    /// To the previous match.
    FindPrev "find-prev" [Viewer] None Listed;
    /// Takes the filter away.
    FilterClear "filter-clear" [Table] None Listed;
    /// Groups attempts by failure class.
    GroupClass "group-class" [History] None Listed;
    /// Groups attempts by broadcast.
    GroupBroadcast "group-broadcast" [History] None Listed;
    /// Groups attempts by channel.
    GroupChannel "group-channel" [History] None Listed;
    /// Groups attempts by person.
    GroupPerson "group-person" [History] None Listed;
    /// Shows every attempt by itself.
    GroupNone "group-none" [History] None Listed;
    /// Copies the line.
    CopyLine "copy-line" [Table Viewer] None Listed;
    /// Copies the id.
    CopyId "copy-id" [Table Detail] None Listed;
    /// Copies the error with its code.
    CopyError "copy-error" [Table Detail] None Listed;
    /// Copies the record as JSON.
    CopyJson "copy-json" [Table Detail] None Listed;
    /// To the person that this is about.
    GoSubscriber "go-subscriber" [Table Detail] None Listed;
    /// To the topic that this is about.
    GoTopic "go-topic" [Table Detail] None Listed;
    /// To the channel that this is about.
    GoChannel "go-channel" [Table Detail] None Listed;
    /// To the attempts of this.
    GoHistory "go-history" [Table Detail] None Listed;
    /// To the broadcast that this is about.
    GoBroadcast "go-broadcast" [Table Detail] None Listed;
    /// To the people of the audience whose own state leaves them out.
    GoLeftOut "go-left-out" [Compose] None Listed;
    /// To the people of the audience whom none of the chosen channels reaches.
    GoUnreached "go-unreached" [Compose] None Listed;

    // Everywhere.
    /// Section 1.
    ShowOutbox "outbox" [Nav] None Listed;
    /// Section 2.
    ShowCompose "compose" [Nav] None Listed;
    /// Section 3.
    ShowSubscribers "subscribers" [Nav] None Listed;
    /// Section 4.
    ShowTopics "topics" [Nav] None Listed;
    /// Section 5.
    ShowChannels "channels" [Nav] None Listed;
    /// Section 6.
    ShowHistory "history" [Nav] None Listed;
    /// Section 7.
    ShowInbox "inbox" [Nav] None Listed;
    /// Section 8.
    ShowSetup "setup" [Nav] None Listed;
    /// What can be done with the row or the marks.
    Actions "actions" [Nav] None Listed;
    /// Everything by name.
    Palette "palette" [Nav] None Listed;
    /// The keys that hold here.
    Help "help" [Nav System] None Listed;
    /// Takes the last step back that can be taken back.
    Undo "undo" [Nav] Writes Listed;
    /// What was said in passing.
    Messages "messages" [Nav] None Listed;
    /// Picks a theme.
    Themes "themes" [Nav] None Listed;
    /// English or Chinese.
    ToggleLanguage "language" [Nav] None Listed;
    /// The first page of an empty store.
    Welcome "welcome" [Nav] None Listed;
    /// Gives the mouse to the console or back to the terminal.
    ToggleMouse "mouse" [Nav] None Listed;
    /// One pane over the whole body, or back.
    Zoom "zoom" [Nav] None Listed;
    /// The next tab inside a pane.
    NextTab "next-tab" [Nav] None Listed;
    /// The previous tab inside a pane.
    PrevTab "prev-tab" [Nav] None Listed;
    /// Writes what is shown to a file.
    WriteFile "write" [Viewer] None Listed;
    /// Reads again and draws everything anew.
    Reload "reload" [System] None Listed;
    /// Cancels what runs; idle, twice quits.
    Cancel "cancel" [System] None KeyOnly;
    /// Holds everything back, or lets it go on.
    Halt "halt" [System] Writes Listed;
    /// Back to the shell for a moment.
    Suspend "suspend" [System] None Listed;
    /// Leaves; says what keeps running.
    Quit "quit" [Nav] None Listed;
    /// One level back; at the top, twice quits.
    Back "back" [Nav] None KeyOnly;
    /// Ends a search, clears a filter, goes back; never quits.
    Escape "escape" [Nav] None KeyOnly;

    // Moving.
    /// To the next pane, field or button.
    Next "next" [Nav Form Type Dialog Gate Palette Themes] None KeyOnly;
    /// To the previous pane, field or button.
    Previous "previous" [Nav Form Type Dialog Gate Palette Themes] None KeyOnly;
    /// A row up.
    Up "up" [Move Type Menu] None KeyOnly;
    /// A row down.
    Down "down" [Move Type Menu] None KeyOnly;
    /// Folds or scrolls to the left; the caret to the left.
    Left "left" [Move Type Dialog] None KeyOnly;
    /// Unfolds or scrolls to the right; the caret to the right.
    Right "right" [Move Type Dialog] None KeyOnly;
    /// A page up.
    PageUp "page-up" [Move Type Dialog Gate] None KeyOnly;
    /// A page down.
    PageDown "page-down" [Move Type Dialog Gate] None KeyOnly;
    /// Half a page up.
    HalfUp "half-up" [Move] None KeyOnly;
    /// Half a page down.
    HalfDown "half-down" [Move] None KeyOnly;
    /// To the first row.
    First "first" [Move] None KeyOnly;
    /// To the last row.
    Last "last" [Move] None KeyOnly;

    // Typing.
    /// Back to commands; the text stays.
    EndTyping "end-typing" [Type] None KeyOnly;
    /// A new line in a text of many lines.
    NewLine "new-line" [Body] None KeyOnly;
    /// Takes a one-line text and goes on.
    TakeLine "take-line" [Line] None KeyOnly;
    /// The caret to the start of the line.
    LineStart "line-start" [Type] None KeyOnly;
    /// The caret to the end of the line.
    LineEnd "line-end" [Type] None KeyOnly;
    /// Cuts to the start of the line.
    CutToStart "cut-to-start" [Type] None KeyOnly;
    /// Cuts to the end of the line.
    CutToEnd "cut-to-end" [Type] None KeyOnly;
    /// Cuts the word before the caret.
    CutWord "cut-word" [Type] None KeyOnly;
    /// Deletes before the caret.
    DeleteLeft "delete-left" [Type] None KeyOnly;
    /// Deletes after the caret.
    DeleteRight "delete-right" [Type] None KeyOnly;
    /// Takes the last edit back.
    UndoEdit "undo-edit" [Type] None KeyOnly;
    /// Makes the edit again that was taken back.
    RedoEdit "redo-edit" [Type] None KeyOnly;

    // Popups.
    /// Presses the focused button, or runs the chosen line.
    Press "press" [Dialog Gate Menu Palette Themes] None KeyOnly;
    /// Says yes to a dialog.
    Yes "yes" [Dialog] None KeyOnly;
    /// Says no to a dialog.
    No "no" [Dialog] None KeyOnly;
    /// Closes the popup and changes nothing.
    Close "close" [Dialog Gate Menu Palette Viewer Themes] None KeyOnly;
}

impl Action {
    /// The name in key maps and locale files.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// Reads a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it can change what is stored or leave this host: vanishes in read-only mode.
    pub fn writes(self) -> bool {
        self.entry().danger > Danger::None
    }

    /// Whether the palette lists it.
    pub fn in_palette(self) -> bool {
        self.entry().palette == InPalette::Listed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_are_read_back() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(*action));
        }
    }
}
