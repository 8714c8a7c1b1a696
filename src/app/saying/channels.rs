//! What the section Channels says: facts, worded by `ui::words`.

use crate::domain::delivery::Class;

/// Something about channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelsSaying {
    /// It was saved; its credential is not proven yet.
    Saved(String),
    /// It was saved, and only a test can say whether it works.
    SavedUnproven(String),
    /// The server answered: there is no credential to prove.
    Reached(String),
    /// The sender was asked to prove the credential.
    Verifying(String),
    /// The credential works.
    Verified(String),
    /// It does not, in the provider's words.
    VerifyFailed(String, String),
    /// This kind has no check that tells nobody anything.
    CannotVerify(String),
    /// This pushdeck knows no kind of that id.
    UnknownKind(String),
    /// The test is on its way.
    Testing(String),
    /// The provider took it.
    TestAccepted(String),
    /// It did not arrive: class and the provider's words.
    TestFailed(String, Option<Class>, String),
    /// Nobody is named as the one who gets tests.
    NobodyIsMe,
    /// The operator has no address on that channel.
    NoAddressForMe(String),
    /// No call leaves over it.
    Paused(String),
    /// It goes on.
    Resumed {
        /// The channel.
        name: String,
        /// Deliveries that waited.
        waiting: i64,
        /// Deliveries that failed on its credential.
        failed: i64,
    },
    /// It is out of use.
    Removed(String),
    /// It is back.
    Restored(String),
    /// Remove this channel?
    AskRemove(String),
    /// So many addresses hang on it.
    RemoveAddresses(i64),
    /// History stays, and `u` brings it back.
    RemoveKeeps,
    /// Removes that one.
    RemoveNamed(String),
    /// There are unsaved changes in so many fields.
    AskUnsaved(i64),
    /// Throws them away.
    Discard,
    /// Saves them.
    Save,
    /// Somebody else changed it meanwhile.
    AskConflict(String),
    /// One field of both texts.
    Differs {
        /// The kind, which knows the field's label.
        kind: String,
        /// The field.
        field: String,
        /// What stands in the form.
        mine: String,
        /// What stands in the store.
        theirs: String,
    },
    /// Saves mine over theirs.
    KeepMine,
    /// Throws mine away.
    TakeTheirs,
    /// What a provider said about the last verification.
    RawVerify(String),
    /// Which topic does whoever comes over this channel join?
    PickInvite(String),
    /// Take over what differs between a channel and its provider's list?
    AskSync(String),
    /// Nobody is removed, and `u` takes it back.
    SyncKeeps,
    /// Changes so many people.
    ApplySync(i64),
    /// So many were changed.
    SyncApplied(i64),
    /// So many steps were taken back.
    SyncUndone(i64),
    /// Nothing differs.
    SyncNothing(String),
    /// The reading was given up.
    SyncStopped,
}
