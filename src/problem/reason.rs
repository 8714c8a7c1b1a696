//! Why something cannot be done, in words: the typed errors of the layers as parts of sentences.
//!
//! What a person typed is scrubbed where it is quoted.

use std::io::{self, ErrorKind};

use crate::channels::clean::MAX_DEPTH;
use crate::channels::field::FieldError;
use crate::channels::kind::AddressWarning;
use crate::channels::render::{MAX_BODY_BYTES, Part, PrepareError};
use crate::config::read::{ConfigError, Wrong};
use crate::domain::filter::FilterProblem;
use crate::domain::id::IdError;
use crate::domain::name::NameError;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::template;
use crate::look::strings::Strings;
use crate::store::denial::{Holding, Named};
use crate::store::import::{Problem as RowProblem, Remark, RowError};

/// A text from outside, harmless.
pub fn safe(text: &str) -> String {
    scrub(text, Cap::List).into_owned()
}

/// What the system says of a file.
pub fn io(error: &io::Error, words: &Strings) -> String {
    let w = &words.reasons.file;
    match error.kind() {
        ErrorKind::NotFound => w.missing.clone(),
        ErrorKind::PermissionDenied => w.forbidden.clone(),
        ErrorKind::AlreadyExists => w.exists.clone(),
        ErrorKind::IsADirectory => w.folder.clone(),
        ErrorKind::NotADirectory => w.no_folder.clone(),
        ErrorKind::StorageFull => w.full.clone(),
        ErrorKind::ReadOnlyFilesystem => w.read_only.clone(),
        ErrorKind::InvalidData => w.not_utf8.clone(),
        ErrorKind::AddrInUse => w.address_in_use.clone(),
        // Rare, and the system has no other words for it.
        _ => w.other.fill(&[("why", (&safe(&error.to_string())).into())]),
    }
}

/// What kind of thing that is.
pub(super) fn what<'a>(what: &'a str, words: &'a Strings) -> &'a str {
    let w = &words.reasons.what;
    match what {
        "subscriber" => &w.subscriber,
        "topic" => &w.topic,
        "tag" => &w.tag,
        "channel" => &w.channel,
        "broadcast" => &w.broadcast,
        "draft" => &w.draft,
        "delivery" => &w.delivery,
        "schedule" => &w.schedule,
        "address" => &w.address,
        "change" => &w.change,
        "place in the list" => &w.place,
        "rule" => &w.rule,
        "message" => &w.message,
        other => other,
    }
}

/// A text that is no id.
pub fn id(error: &IdError, words: &Strings) -> String {
    words.reasons.id.wrong.fill(&[
        ("text", (&safe(error.text())).into()),
        ("what", what(error.what(), words).into()),
        ("example", (&error.example()).into()),
    ])
}

/// A text that is no name, without saying of what.
pub fn name(error: NameError, words: &Strings) -> String {
    let w = &words.reasons.name;
    match error {
        NameError::Empty => w.empty.clone(),
        NameError::TooLong(most) => w.too_long.fill(&[("count", most.into())]),
        NameError::Control => w.control.clone(),
        NameError::Sign(sign) => w.sign.fill(&[("sign", (&sign.to_string()).into())]),
        NameError::Column => w.column.clone(),
    }
}

/// A text that cannot be the name of such a thing.
pub(super) fn named(of: Named, typed: &str, why: NameError, words: &Strings) -> String {
    let (w, is_empty, why) = (&words.reasons, why == NameError::Empty, name(why, words));
    let of = match of {
        Named::Channel => &w.what.channel,
        Named::Topic => &w.what.topic,
        Named::Tag => &w.what.tag,
        Named::Person => return w.name.person.fill(&[("why", (&why).into())]),
    };
    if is_empty {
        return w.name.nameless.fill(&[("what", of.into())]);
    }
    w.name.of.fill(&[("what", of.into()), ("name", (&safe(typed)).into()), ("why", (&why).into())])
}

/// What a value is of.
pub(super) fn holding(what: &Holding, words: &Strings) -> String {
    let w = &words.reasons.value;
    match what {
        Holding::Note => w.note.clone(),
        Holding::RemoteTopic => w.remote.clone(),
        Holding::Variable(key) => w.variable.fill(&[("name", (&safe(key)).into())]),
    }
}

/// A value that does not fit a field of a channel.
pub fn field(error: &FieldError, words: &Strings) -> String {
    let w = &words.reasons.field;
    match error {
        FieldError::Control => w.control.clone(),
        FieldError::Url => w.url.clone(),
        FieldError::Number(from, to) => {
            w.number.fill(&[("from", (&from.to_string()).into()), ("to", (&to.to_string()).into())])
        }
        FieldError::Choice(all) => w.choice.fill(&[("words", (&all.join(", ")).into())]),
        FieldError::Flag => w.flag.clone(),
        FieldError::Rate => w.rate.clone(),
        FieldError::Hours => w.hours.clone(),
        FieldError::Mailbox => w.mailbox.clone(),
        FieldError::Template(why) => {
            let why = words.own_text(why).unwrap_or_else(|| safe(why));
            w.template.fill(&[("why", (&why).into())])
        }
        FieldError::NumberOrNo(from, to) => {
            w.number_or_no.fill(&[("from", (&from.to_string()).into()), ("to", (&to.to_string()).into())])
        }
        FieldError::Form(why) => words.own_text(why).unwrap_or_else(|| safe(why)),
        FieldError::Pem => w.pem.clone(),
    }
}

/// A mistake in a filter.
pub fn filter(problem: &FilterProblem, words: &Strings) -> String {
    let w = &words.subscribers.filter;
    match problem {
        FilterProblem::UnknownField { field, .. } => {
            w.unknown_field.fill(&[("field", (&safe(field)).into())])
        }
        FilterProblem::NotHere(field) => w.not_here.fill(&[("field", words.filter_field(*field).into())]),
        FilterProblem::NoValue(field) => w.no_value.fill(&[("field", words.filter_field(*field).into())]),
        FilterProblem::BadValue { field, value, takes, .. } => w.bad_value.fill(&[
            ("field", words.filter_field(*field).into()),
            ("value", (&safe(value)).into()),
            ("takes", (&words.filter_takes(*field, takes)).into()),
        ]),
        FilterProblem::OpenQuote => w.open_quote.clone(),
    }
}

/// A message that cannot be prepared.
pub fn message(error: &PrepareError, words: &Strings) -> String {
    let w = &words.reasons.message;
    match error {
        PrepareError::Template { part, error } => {
            let part = match part {
                Part::Title => &w.title,
                Part::Summary => &w.summary,
                Part::Url => &w.url,
                Part::Body => &w.body,
            };
            let why = match &error.fault {
                template::Fault::Unclosed => w.unclosed.fill(&[]),
                template::Fault::Name => w.no_name.clone(),
                template::Fault::Filter(name) => w.after.fill(&[("name", (&safe(name)).into())]),
            };
            w.template.fill(&[
                ("part", part.into()),
                ("line", error.line.into()),
                ("column", error.column.into()),
                ("why", (&why).into()),
            ])
        }
        PrepareError::TooLong { bytes } => {
            w.too_long.fill(&[("size", (*bytes).into()), ("most", MAX_BODY_BYTES.into())])
        }
        PrepareError::TooDeep { levels } => {
            w.too_deep.fill(&[("levels", (*levels).into()), ("most", MAX_DEPTH.into())])
        }
        PrepareError::UnsafePlace { variable } => {
            w.unsafe_place.fill(&[("variable", (&safe(variable)).into())])
        }
    }
}

/// What was expected in the place of a value of the configuration.
pub fn wrong(wrong: &Wrong, words: &Strings) -> String {
    let w = &words.reasons.config;
    let of =
        |phrase: &crate::look::strings::phrase::Phrase, key: &String| phrase.fill(&[("key", key.into())]);
    match wrong {
        Wrong::Auto(key) => of(&w.auto, key),
        Wrong::Time(key) => of(&w.time, key),
        Wrong::Text(key) => of(&w.text, key),
        Wrong::Texts(key) => of(&w.texts, key),
        Wrong::Switch(key) => of(&w.switch, key),
        Wrong::Number { key, low, high } => w.number.fill(&[
            ("key", key.into()),
            ("from", i64::from(*low).into()),
            ("to", i64::from(*high).into()),
        ]),
        Wrong::Choice { key, words } => w.choice.fill(&[("key", key.into()), ("words", words.into())]),
        Wrong::Toml(why) => w.toml.fill(&[("why", (&safe(why)).into())]),
    }
}

/// A configuration that cannot be used, with the place.
pub(super) fn config(error: &ConfigError, words: &Strings) -> String {
    let why = wrong(&error.what, words);
    words.reasons.config.place.fill(&[
        ("line", error.line.into()),
        ("column", error.column.into()),
        ("why", (&why).into()),
    ])
}

/// The same with the name that may have been meant.
pub fn with_nearest(said: String, nearest: Option<&str>, words: &Strings) -> String {
    match nearest {
        Some(near) => {
            words.errors.or_nearest.fill(&[("said", (&said).into()), ("name", (&safe(near)).into())])
        }
        None => said,
    }
}

/// Where in a file something stands.
pub fn place(line: u64, column: Option<&str>, words: &Strings) -> String {
    let w = &words.subscribers.import;
    let line = line as i64;
    match column {
        Some(column) => w.line_column.fill(&[("line", line.into()), ("column", (&safe(column)).into())]),
        None => w.line.fill(&[("line", line.into())]),
    }
}

/// A row that cannot be imported, with its place.
pub fn row(error: &RowError, words: &Strings) -> String {
    let place = place(error.line, error.column.as_deref(), words);
    words
        .errors
        .at_place
        .fill(&[("place", (&place).into()), ("why", (&of_row(&error.problem, words)).into())])
}

fn of_row(problem: &RowProblem, words: &Strings) -> String {
    let w = &words.subscribers.problem;
    match problem {
        RowProblem::Empty => w.empty.clone(),
        RowProblem::NoName => w.no_name.clone(),
        RowProblem::UnknownColumn { nearest } => {
            with_nearest(w.unknown_column.clone(), nearest.as_deref(), words)
        }
        RowProblem::SeveralChannels(names) => w.several_channels.fill(&[("names", (&safe(names)).into())]),
        RowProblem::UnknownKind => w.unknown_kind.clone(),
        RowProblem::Twice => w.twice.clone(),
        RowProblem::Cells { found, expected } => {
            w.cells.fill(&[("found", (*found).into()), ("expected", (*expected).into())])
        }
        RowProblem::RowTooLong(most) => w.row_too_long.fill(&[("count", (*most).into())]),
        RowProblem::CellTooLong(most) => w.cell_too_long.fill(&[("count", (*most).into())]),
        RowProblem::NotUtf8 => w.not_utf8.clone(),
        RowProblem::Attributes => w.attributes.clone(),
        RowProblem::Status => w.status.clone(),
        RowProblem::NoChannel => w.no_channel.clone(),
        RowProblem::Nul => w.nul.clone(),
        RowProblem::Name(error) => name(*error, words),
        RowProblem::Label { name: label, why } => {
            w.label.fill(&[("name", (&safe(label)).into()), ("why", (&name(*why, words)).into())])
        }
        RowProblem::Address(_) => words.reasons.value.address.clone(),
        RowProblem::TwoPeople(one, other) => {
            w.two_people.fill(&[("one", (&safe(one)).into()), ("other", (&safe(other)).into())])
        }
        RowProblem::TooManyRows(most) => w.too_many_rows.fill(&[("count", (*most as i64).into())]),
        RowProblem::Unreadable(why) => words.reasons.file.other.fill(&[("why", (&safe(why)).into())]),
    }
}

/// What is worth knowing about a row.
pub fn remark(remark: &Remark, words: &Strings) -> String {
    let (w, says) = (&words.subscribers.import, &words.reasons.import);
    match remark {
        Remark::Address(AddressWarning::Prefix(prefix)) => says.prefix.fill(&[("prefix", (*prefix).into())]),
        Remark::Address(AddressWarning::Shape) => says.shape.clone(),
        Remark::Address(AddressWarning::Retired) => says.retired.clone(),
        Remark::Address(AddressWarning::OtherServer) => says.other_server.clone(),
        Remark::SameAsLine(line) => w.same_as_line.fill(&[("line", (*line as i64).into())]),
        Remark::KeepsName(id) => w.keeps_name.fill(&[("id", (&id.to_string()).into())]),
        Remark::StaysOut(id) => w.stays_out.fill(&[("id", (&id.to_string()).into())]),
    }
}

/// What lies behind an error, outermost first, as the layers say it.
pub(super) fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(safe(&cause.to_string()));
        source = cause.source();
    }
    causes
}
