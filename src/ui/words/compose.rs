//! What Compose says in passing.

use crate::app::overlay::review::TestWord;
use crate::app::request::ScheduleAct;
use crate::app::request::compose::TestPart;
use crate::app::saying::Saying;
use crate::domain::moment;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;

/// The words of a saying of Compose; any other says nothing.
pub(super) fn say(look: &Look, saying: &Saying) -> String {
    let (c, n) = (&look.strings.compose, &look.strings.notices);
    match saying {
        Saying::BodyTooLong => c.body_too_long.clone(),
        Saying::EditorGaveNothing => c.editor_empty.clone(),
        Saying::Attached(name) => c.attached.fill(&[("file", (&scrub(name, Cap::List)).into())]),
        Saying::NotAttached { path, why } => {
            let why = look.strings.own_text(why).unwrap_or_else(|| scrub(why, Cap::List).into_owned());
            let path = scrub(path, Cap::List);
            look.strings.errors.not_attached.fill(&[("path", (&path).into()), ("why", (&why).into())])
        }
        Saying::NoDraftAnyMore => c.no_draft.clone(),
        Saying::DraftClash { theirs, mine } => {
            let (theirs, mine) = (theirs.to_string(), mine.to_string());
            c.clash.fill(&[("theirs", (&theirs).into()), ("mine", (&mine).into())])
        }
        Saying::BothTexts => c.both_texts.clone(),
        Saying::StoredFirst => c.stored_first.clone(),
        Saying::DraftDeleted => n.draft_deleted.clone(),
        Saying::RequestOf(channel) => c.request_of.fill(&[("channel", channel.into())]),
        Saying::TestsGoTo(name) => c.tests_go_to.fill(&[("name", name.into())]),
        Saying::NowhereToTest => c.nowhere_to_test.clone(),
        Saying::TestBlocked(count) => c.test_blocked.count(*count),
        Saying::AskTest(name) => {
            let question = c.ask_test.fill(&[("name", name.into())]);
            format!("{question}\n{}", c.ask_test_note)
        }
        Saying::SendTest => c.send_test.clone(),
        Saying::TestOnItsWay => c.test_sent.clone(),
        Saying::TestEnded(word) => test(word, look).0,
        Saying::Released(count, people) => {
            c.released.fill(&[("who", (&look.strings.reached(*count, *people)).into())])
        }
        Saying::Going(count, people) => {
            c.going.fill(&[("who", (&look.strings.reached(*count, *people)).into())])
        }
        Saying::Scheduled { to_send, people, at } => {
            let time = moment::print_zoned(*at, &look.zone);
            let who = look.strings.reached(*to_send, *people);
            c.scheduled.fill(&[("who", (&who).into()), ("time", (&time).into())])
        }
        Saying::Repeats { at, most } => {
            let time = moment::print_zoned(*at, &look.zone);
            c.repeats.fill(&[("count", (*most).into()), ("time", (&time).into())])
        }
        Saying::ScheduleDone(act) => match act {
            ScheduleAct::Pause => look.strings.outbox.schedule_paused.clone(),
            ScheduleAct::Resume => look.strings.outbox.schedule_resumed.clone(),
            ScheduleAct::Remove => look.strings.outbox.schedule_removed.clone(),
        },
        Saying::AskUnschedule(title) => {
            let words = &look.strings.outbox;
            let question = words.ask_unschedule.fill(&[("title", title.into())]);
            format!("{question}\n{}", words.unscheduled_keeps)
        }
        Saying::Unschedule => look.strings.outbox.unschedule.clone(),
        Saying::OnItsWay => c.on_its_way.clone(),
        Saying::AudienceMoved => c.moved.clone(),
        Saying::NobodyLeft => look.strings.checks.nobody_left.clone(),
        _ => String::new(),
    }
}

/// What became of the test of a text.
pub fn test(word: &TestWord, look: &Look) -> (String, Role) {
    let c = &look.strings.checks;
    let clock = |at: &Millis| format::clock(*at, &look.zone);
    match word {
        TestWord::None => (c.not_tested.clone(), Role::TextMuted),
        TestWord::Running(at) => (c.test_running.fill(&[("time", (&clock(at)).into())]), Role::Info),
        TestWord::Ended(at, parts) => {
            let told: Vec<String> = parts.iter().map(|part| part_of_test(part, look)).collect();
            let (time, told) = (clock(at), told.join(&format!(" {} ", look.glyphs.dot)));
            let values = [("time", (&time).into()), ("parts", (&told).into())];
            let all = parts.iter().all(|part| part.state.is_delivered());
            (c.tested.fill(&values), if all { Role::Success } else { Role::Warning })
        }
    }
}

/// `WxPusher accepted`, `Mail waiting: Credential`
fn part_of_test(part: &TestPart, look: &Look) -> String {
    let state = look.strings.states.delivery.of(part.state);
    match part.class.filter(|_| !part.state.is_delivered()) {
        Some(class) => look
            .strings
            .with_reason(&format!("{} {state}", part.channel), &look.strings.classes.class.of(class).name),
        None => format!("{} {state}", part.channel),
    }
}
