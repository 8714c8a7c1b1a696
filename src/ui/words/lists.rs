//! What Subscribers and Topics say, in words: notices, questions, findings, mistakes in files and filters.

use std::borrow::Cow;

use crate::app::form::Finding;
use crate::app::request::subscribers::{Change, NoFile};
use crate::app::saying::lists::ListsSaying as Says;
use crate::app::screens::subscribers::sheet::VAR;
use crate::app::table::filter::Mistake;
use crate::channels::kind::AddressWarning;
use crate::domain::filter::{Field, FilterProblem};
use crate::domain::name::NameError;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::subscriber::SubscriberState as S;
use crate::look::Look;
use crate::look::strings::phrase::Phrase;
use crate::store::import::{Problem, Remark};

/// Outside text, harmless.
fn safe(text: &str) -> Cow<'_, str> {
    scrub(text, Cap::List)
}

/// What a saying says.
pub fn say(look: &Look, says: &Says) -> String {
    let s = look.strings;
    let (people, topics, dialogs) = (&s.subscribers, &s.topics, &s.dialogs);
    let named = |phrase: &Phrase, name: &str| phrase.fill(&[("name", name.into())]);
    match says {
        Says::Did(change, count) => did(look, change, *count),
        Says::Undid(_, count) => people.changes.undid.count(*count),
        Says::Nothing => people.changes.nothing.clone(),
        Says::Halted(count) => people.changes.halted.count(*count),
        Says::Busy => people.changes.busy.clone(),
        Says::Grown { before, now } => {
            people.changes.grown.fill(&[("before", (*before).into()), ("now", (*now).into())])
        }
        Says::MeIs(name) => named(&people.changes.me_is, name),
        Says::Added(name) => named(&people.changes.added, name),
        Says::Saved(name) => named(&people.changes.saved, name),
        Says::Unusual(channel, warning) => {
            let what = unusual(look, *warning);
            people.form.unusual.fill(&[("channel", (&safe(channel)).into()), ("what", (&what).into())])
        }
        Says::TooManyToName(count) => people.changes.too_many.count(*count),
        Says::AskHidden { hidden, marked } => {
            let text = dialogs.marks.text.fill(&[("hidden", (*hidden).into()), ("count", (*marked).into())]);
            format!("{}\n{text}", dialogs.marks.title.count(*hidden))
        }
        Says::AskChange(change, count) => asked(look, change, *count),
        Says::AskRemoveOne(name) => named(&people.ask.removed_one, name),
        Says::StayOut(count) => look.strings.subscribers.stay_out.count(*count),
        Says::Readmits(count) => look.strings.subscribers.readmits.count(*count),
        Says::RemovalKeeps(count) => dialogs.remove.subscriber_text.count(*count),
        Says::Change(change, count) => button(look, change).count(*count),
        Says::PickJoin(count) => people.ask.pick_join.count(*count),
        Says::PickLeave(count) => people.ask.pick_leave.count(*count),
        Says::PickTag(count) => people.ask.pick_tag.count(*count),
        Says::PickUntag(count) => people.ask.pick_untag.count(*count),
        Says::AskDiscard(count) => {
            format!("{}\n{}", dialogs.unsaved.title, dialogs.unsaved.text.count(*count))
        }
        Says::Discard => s.common.discard.clone(),
        Says::AskLost(name) => format!("{}\n{}", named(&people.ask.lost, name), people.ask.lost_text),
        Says::Differs { field, channel, mine, theirs } => {
            let unset = &s.common.not_set;
            let shown = |text: &'_ String| if text.is_empty() { unset.clone() } else { text.clone() };
            let label = field_of(look, field, channel.as_deref());
            let (mine, theirs) = (shown(mine), shown(theirs));
            s.channels.ask.differs.fill(&[
                ("label", (&label).into()),
                ("mine", (&mine).into()),
                ("theirs", (&theirs).into()),
            ])
        }
        Says::AlsoChanged(fields) => {
            let named =
                |(field, channel): &(String, Option<String>)| field_of(look, field, channel.as_deref());
            let fields = s.list(fields.iter().map(named));
            people.ask.also_changed.fill(&[("fields", (&fields).into())])
        }
        Says::Mine => dialogs.conflict.mine.clone(),
        Says::Theirs => dialogs.conflict.theirs.clone(),
        Says::AskImport { added, updated } => {
            let rows = s.common.people.count(added + updated);
            let title = people.ask.imported.fill(&[("rows", (&rows).into())]);
            let values = [("added", (*added).into()), ("updated", (*updated).into())];
            format!("{title}\n{}", people.ask.imported_text.fill(&values))
        }
        Says::Import(count) => people.buttons.imported.count(*count),
        Says::Imported { added, updated, unchanged } => s.notices.imported.fill(&[
            ("added", (*added).into()),
            ("changed", (*updated).into()),
            ("same", (*unchanged).into()),
        ]),
        Says::AskRemoveTopic { name, .. } => named(&topics.ask_remove, name),
        Says::TopicPeopleStay(count) => topics.remove_text.count(*count),
        Says::RemoveTopic(name) => named(&topics.remove_button, name),
        Says::TopicRemoved(name) => named(&topics.removed, name),
        Says::TopicRestored(name) => named(&topics.restored, name),
    }
}

/// What a field of a form is called.
fn field_of(look: &Look, field: &str, channel: Option<&str>) -> String {
    let (people, topics) = (&look.strings.subscribers, &look.strings.topics);
    match (field, channel) {
        ("name", _) => people.name.clone(),
        ("topics", _) => people.topics.clone(),
        ("tags", _) => people.tags.clone(),
        ("lang", _) => people.lang.clone(),
        ("quiet", _) => people.quiet.clone(),
        ("note", _) => people.note.clone(),
        ("description", _) => topics.description.clone(),
        ("vars", _) => people.form.new_vars.clone(),
        (_, Some(channel)) => topics.remote_on.fill(&[("channel", channel.into())]),
        (field, None) => field.strip_prefix(VAR).unwrap_or(field).to_owned(),
    }
}

/// The topic or tag of a change.
fn name_of(change: &Change) -> &str {
    match change {
        Change::Join(_, name) | Change::Leave(_, name) | Change::Tag(name) | Change::Untag(name) => name,
        Change::State(_) | Change::States(_) | Change::Remove | Change::Restore => "",
    }
}

fn did(look: &Look, change: &Change, count: i64) -> String {
    let w = &look.strings.subscribers.changes;
    let phrase = match change {
        Change::State(S::Active) => &w.did_active,
        Change::State(S::Muted) => &w.did_muted,
        Change::State(S::Blocked) => &w.did_blocked,
        Change::State(S::Unsubscribed) => &w.did_unsubscribed,
        Change::Remove => &w.did_removed,
        Change::Join(..) => &w.did_joined,
        Change::Leave(..) => &w.did_left,
        Change::Tag(_) => &w.did_tagged,
        Change::Untag(_) => &w.did_untagged,
        Change::States(_) | Change::Restore => &w.undid,
    };
    phrase.fill(&[("count", count.into()), ("name", (&safe(name_of(change))).into())])
}

fn asked(look: &Look, change: &Change, count: i64) -> String {
    let w = &look.strings.subscribers.ask;
    let phrase = match change {
        Change::State(S::Active) | Change::States(_) | Change::Restore => &w.active,
        Change::State(S::Muted) => &w.muted,
        Change::State(S::Blocked) => &w.blocked,
        Change::State(S::Unsubscribed) => &w.unsubscribed,
        Change::Remove => &w.removed,
        Change::Join(..) => &w.joined,
        Change::Leave(..) => &w.left,
        Change::Tag(_) => &w.tagged,
        Change::Untag(_) => &w.untagged,
    };
    phrase.fill(&[("count", count.into()), ("name", (&safe(name_of(change))).into())])
}

fn button(look: &Look, change: &Change) -> &'static Phrase {
    let w = &look.strings.subscribers.buttons;
    match change {
        Change::State(S::Active) | Change::States(_) | Change::Restore => &w.active,
        Change::State(S::Muted) => &w.muted,
        Change::State(S::Blocked) => &w.blocked,
        Change::State(S::Unsubscribed) => &w.unsubscribed,
        Change::Remove => &w.removed,
        Change::Join(..) => &w.joined,
        Change::Leave(..) => &w.left,
        Change::Tag(_) => &w.tagged,
        Change::Untag(_) => &w.untagged,
    }
}

/// What is wrong with a filter that was not applied.
pub fn mistake(look: &Look, mistake: &Mistake) -> String {
    let w = &look.strings.subscribers.filter;
    let named = |field: Field| look.strings.filter_field(field).into();
    let (said, nearest) = match mistake {
        Mistake::Grammar(error) => match &error.problem {
            FilterProblem::UnknownField { field, nearest } => {
                let near = nearest.map(|near| format!("{near}:"));
                (w.unknown_field.fill(&[("field", (&safe(field)).into())]), near)
            }
            FilterProblem::NotHere(field) => (w.not_here.fill(&[("field", named(*field))]), None),
            FilterProblem::NoValue(field) => (w.no_value.fill(&[("field", named(*field))]), None),
            FilterProblem::BadValue { field, value, takes, nearest } => {
                let value = safe(value);
                let takes = look.strings.filter_takes(*field, takes);
                let values =
                    [("field", named(*field)), ("value", (&value).into()), ("takes", (&takes).into())];
                (w.bad_value.fill(&values), nearest.map(str::to_owned))
            }
            FilterProblem::OpenQuote => (w.open_quote.clone(), None),
        },
        Mistake::Unknown { what, name, nearest } => {
            let phrase = if *what == "topic" { &w.unknown_topic } else { &w.unknown_channel };
            (phrase.fill(&[("name", (&safe(name)).into())]), nearest.clone())
        }
    };
    match nearest {
        Some(near) => format!("{said}; {}", w.did_you_mean.fill(&[("name", (&safe(&near)).into())])),
        None => said,
    }
}

/// What a form's check found.
pub fn finding(look: &Look, finding: &Finding) -> String {
    let w = &look.strings.subscribers.form;
    let mut parts = finding.what.split('\n');
    let (what, first, second) = (
        parts.next().unwrap_or_default(),
        safe(parts.next().unwrap_or_default()),
        safe(parts.next().unwrap_or_default()),
    );
    match what {
        "required" => w.required.clone(),
        "required_label" => w.required_label.clone(),
        "too_long" => w.too_long.fill(&[("count", (&first).into())]),
        "control" => w.control.clone(),
        "sign" => w.sign.fill(&[("sign", (&first).into())]),
        "column" => w.column.clone(),
        "unknown_topic" => {
            let said = w.unknown_topic.fill(&[("name", (&first).into())]);
            if second.is_empty() {
                return said;
            }
            let near = look.strings.subscribers.filter.did_you_mean.fill(&[("name", (&second).into())]);
            format!("{said} {near}")
        }
        "bad_var" => w.bad_var.fill(&[("what", (&first).into())]),
        "quiet" => w.quiet.clone(),
        "prefix" => w.prefix.fill(&[("prefix", (&first).into())]),
        "shape" => w.shape.clone(),
        "retired" => w.retired.clone(),
        "other_server" => w.other_server.clone(),
        _ => w.address.fill(&[("why", (&first).into())]),
    }
}

fn unusual(look: &Look, warning: AddressWarning) -> String {
    let w = &look.strings.subscribers.form;
    match warning {
        AddressWarning::Prefix(prefix) => w.prefix.fill(&[("prefix", prefix.into())]),
        AddressWarning::Shape => w.shape.clone(),
        AddressWarning::Retired => w.retired.clone(),
        AddressWarning::OtherServer => w.other_server.clone(),
    }
}

/// Why a file cannot be read.
pub fn no_file(look: &Look, why: &NoFile) -> String {
    let w = &look.strings.subscribers.import;
    match why {
        NoFile::Missing => w.missing.clone(),
        NoFile::Forbidden => w.forbidden.clone(),
        NoFile::Folder => w.folder.clone(),
        NoFile::Other(words) => w.unreadable.fill(&[("why", (&safe(words)).into())]),
    }
}

/// What is worth knowing about a row of a file.
pub fn remark(look: &Look, remark: &Remark) -> String {
    let w = &look.strings.subscribers.import;
    match remark {
        Remark::Address(warning) => unusual(look, *warning),
        Remark::SameAsLine(line) => w.same_as_line.fill(&[("line", (*line as i64).into())]),
        Remark::KeepsName(id) => w.keeps_name.fill(&[("id", (&id.to_string()).into())]),
        Remark::StaysOut(id) => w.stays_out.fill(&[("id", (&id.to_string()).into())]),
    }
}

/// What is wrong in a file.
pub fn problem(look: &Look, problem: &Problem) -> String {
    let w = &look.strings.subscribers.problem;
    match problem {
        Problem::Empty => w.empty.clone(),
        Problem::NoName => w.no_name.clone(),
        Problem::UnknownColumn { nearest: None } => w.unknown_column.clone(),
        Problem::UnknownColumn { nearest: Some(near) } => {
            let near = look.strings.subscribers.filter.did_you_mean.fill(&[("name", (&safe(near)).into())]);
            format!("{}; {near}", w.unknown_column)
        }
        Problem::SeveralChannels(names) => w.several_channels.fill(&[("names", (&safe(names)).into())]),
        Problem::UnknownKind => w.unknown_kind.clone(),
        Problem::Twice => w.twice.clone(),
        Problem::Cells { found, expected } => {
            w.cells.fill(&[("found", (*found).into()), ("expected", (*expected).into())])
        }
        Problem::RowTooLong(most) => w.row_too_long.fill(&[("count", (*most).into())]),
        Problem::CellTooLong(most) => w.cell_too_long.fill(&[("count", (*most).into())]),
        Problem::NotUtf8 => w.not_utf8.clone(),
        Problem::Attributes => w.attributes.clone(),
        Problem::Status => w.status.clone(),
        Problem::NoChannel => w.no_channel.clone(),
        Problem::Nul => w.nul.clone(),
        Problem::Name(error) => name_error(look, *error),
        Problem::Label { name, why } => {
            let why = name_error(look, *why);
            w.label.fill(&[("name", (&safe(name)).into()), ("why", (&why).into())])
        }
        Problem::Address(why) | Problem::Unreadable(why) => {
            look.strings.subscribers.form.address.fill(&[("why", (&safe(why)).into())])
        }
        Problem::TwoPeople(one, other) => {
            w.two_people.fill(&[("one", (&safe(one)).into()), ("other", (&safe(other)).into())])
        }
        Problem::TooManyRows(most) => w.too_many_rows.fill(&[("count", (*most as i64).into())]),
    }
}

fn name_error(look: &Look, error: NameError) -> String {
    let w = &look.strings.subscribers.form;
    match error {
        NameError::Empty => w.required.clone(),
        NameError::TooLong(most) => w.too_long.fill(&[("count", most.into())]),
        NameError::Control => w.control.clone(),
        NameError::Sign(sign) => w.sign.fill(&[("sign", (&sign.to_string()).into())]),
        NameError::Column => w.column.clone(),
    }
}
