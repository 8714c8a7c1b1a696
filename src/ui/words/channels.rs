//! What the section Channels says, in words.

use crate::app::saying::channels::ChannelsSaying;
use crate::app::screens::channels::sheet::NAME;
use crate::channels::catalog;
use crate::channels::spec::Words;
use crate::domain::delivery::Class;
use crate::look::Look;
use crate::look::locale::Lang;
use crate::look::strings::phrase::Value;

/// What is said, in the language in use.
pub fn say(look: &Look, saying: &ChannelsSaying) -> String {
    use ChannelsSaying as S;
    let (say, ask) = (&look.strings.channels.say, &look.strings.channels.ask);
    let page = &look.strings.desk.page;
    match saying {
        S::Saved(name) => say.saved.fill(&named(name)),
        S::SavedUnproven(name) => say.saved_unproven.fill(&named(name)),
        S::Reached(name) => say.reached.fill(&named(name)),
        S::Verifying(name) => say.verifying.fill(&named(name)),
        S::Verified(name) => say.verified.fill(&named(name)),
        S::VerifyFailed(name, why) => say.verify_failed.fill(&[("name", name.into()), ("why", why.into())]),
        S::UnknownKind(kind) => look.strings.reasons.value.unknown_kind.fill(&[("kind", kind.into())]),
        S::CannotVerify(kind) => say.cannot_verify.fill(&[("kind", kind_label(look, kind).into())]),
        S::Testing(name) => say.testing.fill(&named(name)),
        S::TestAccepted(name) => say.test_accepted.fill(&named(name)),
        S::TestFailed(name, class, words) => {
            let words = look.strings.own_text(words).unwrap_or_else(|| words.clone());
            let why = format!("{} {words}", class_name(look, *class));
            say.test_failed.fill(&[("name", name.into()), ("why", why.trim().into())])
        }
        S::NobodyIsMe => say.nobody_is_me.clone(),
        S::NoAddressForMe(name) => say.no_address.fill(&named(name)),
        S::Paused(name) => say.paused.fill(&named(name)),
        S::Resumed { name, waiting: 0, failed: 0 } => say.resumed.fill(&named(name)),
        S::Resumed { name, waiting, failed } => {
            let phrase = if *failed > 0 { &say.resumed_failed } else { &say.resumed_waiting };
            let all = [("name", name.into()), ("waiting", (*waiting).into()), ("failed", (*failed).into())];
            phrase.fill(&all)
        }
        S::Removed(name) => say.removed.fill(&named(name)),
        S::Restored(name) => say.restored.fill(&named(name)),
        S::AskRemove(name) => ask.remove.fill(&named(name)),
        S::RemoveAddresses(count) => ask.remove_addresses.count(*count),
        S::RemoveKeeps => ask.remove_keeps.clone(),
        S::RemoveNamed(name) => ask.remove_named.fill(&named(name)),
        S::AskUnsaved(count) => ask.unsaved.count(*count),
        S::Discard => ask.discard.clone(),
        S::Save => ask.save.clone(),
        S::AskConflict(name) => ask.conflict.fill(&named(name)),
        S::Differs { kind, field, mine, theirs } => {
            let unset = &look.strings.common.not_set;
            let shown = |text: &String| if text.is_empty() { unset.clone() } else { text.clone() };
            let (mine, theirs) = (shown(mine), shown(theirs));
            let label = field_label(look, kind, field);
            ask.differs.fill(&[
                ("label", label.into()),
                ("mine", (&mine).into()),
                ("theirs", (&theirs).into()),
            ])
        }
        S::KeepMine => ask.keep_mine.clone(),
        S::TakeTheirs => ask.take_theirs.clone(),
        S::RawVerify(name) => say.raw_verify.fill(&named(name)),
        S::PickInvite(name) => look.strings.desk.invite.pick.fill(&named(name)),
        S::AskSync(name) => page.ask.fill(&named(name)),
        S::SyncKeeps => page.keeps.clone(),
        S::ApplySync(count) => page.apply.count(*count),
        S::SyncApplied(count) => page.applied.count(*count),
        S::SyncUndone(count) => look.strings.desk.undone.count(*count),
        S::SyncNothing(name) => page.nothing.fill(&named(name)),
        S::SyncStopped => page.stopped.clone(),
    }
}

/// Catalogue words in the language in use.
pub const fn of(look: &Look, words: Words) -> &'static str {
    match look.strings.lang {
        Lang::En => words.en,
        Lang::Zh => words.zh,
    }
}

/// The brand of a kind, or its id if this pushdeck does not know it.
pub fn kind_label<'a>(look: &Look, kind: &'a str) -> &'a str {
    catalog::kind(kind).map_or(kind, |known| of(look, known.spec().label))
}

/// What a field of a kind is called.
pub fn field_label<'a>(look: &'a Look, kind: &str, field: &'a str) -> &'a str {
    if field == NAME {
        return &look.strings.channels.name;
    }
    let known = catalog::kind(kind).and_then(|kind| kind.spec().field(field));
    known.map_or(field, |known| of(look, known.label))
}

fn class_name(look: &Look, class: Option<Class>) -> &'static str {
    class.map_or("", |class| &look.strings.classes.class.of(class).name)
}

fn named(name: &str) -> [(&'static str, Value<'_>); 1] {
    [("name", name.into())]
}
