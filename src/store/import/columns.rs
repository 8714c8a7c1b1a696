//! The header of an import file: what every column means.

use csv::ByteRecord;

use super::report::{Problem, RowError};
use crate::domain::name::LONGEST_LABEL;
use crate::domain::nearest::nearest;
use crate::store::addresses::AddressReader;
use crate::store::channels::Channel;

/// What a column holds.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Name,
    Topics,
    Tags,
    Note,
    Var(String),
    Address(AddressReader),
    /// Variables as a JSON object, as listmonk has them.
    Attributes,
    /// Whether the person wants anything, in listmonk's words.
    Status,
    /// Nothing that has a place here.
    Ignored,
}

/// The columns with their names as the file writes them.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub all: Vec<(String, Column)>,
    /// Whether the first row is one of the rows.
    pub headless: bool,
    /// Whether somebody without a name is called by the address.
    pub named_by_address: bool,
}

const FIXED: [&str; 4] = ["name", "topics", "tags", "note"];

/// Reads a header; every mistake is told.
pub(super) fn read(header: &ByteRecord, channels: &[Channel]) -> Result<Columns, Vec<RowError>> {
    let mut columns = Columns::default();
    let mut errors = Vec::new();
    for cell in header {
        let Ok(text) = std::str::from_utf8(cell) else {
            let column = Some(String::from_utf8_lossy(cell).into_owned());
            errors.push(RowError { line: 1, column, problem: Problem::NotUtf8 });
            continue;
        };
        let name = text.trim_start_matches('\u{feff}').trim();
        match meaning(name, channels) {
            Ok(column) if columns.has(&column) => errors.push(wrong(name, Problem::Twice)),
            Ok(column) => columns.all.push((name.to_owned(), column)),
            Err(problem) => errors.push(wrong(name, problem)),
        }
    }
    if errors.is_empty() && !columns.has(&Column::Name) {
        errors.push(RowError { line: 1, column: None, problem: Problem::NoName });
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

pub(super) fn wrong(name: &str, problem: Problem) -> RowError {
    // A header cell is outside text of any length; it names itself, shortened.
    let column = name.chars().take(LONGEST_LABEL).collect();
    RowError { line: 1, column: Some(column), problem }
}

fn meaning(name: &str, channels: &[Channel]) -> Result<Column, Problem> {
    match name.to_ascii_lowercase().as_str() {
        "name" => return Ok(Column::Name),
        "topics" => return Ok(Column::Topics),
        "tags" => return Ok(Column::Tags),
        "note" => return Ok(Column::Note),
        _ => {}
    }
    if let Some(key) = name.strip_prefix("var.")
        && crate::store::subscribers::check_key(key).is_ok()
    {
        return Ok(Column::Var(key.to_owned()));
    }
    let named = channels.iter().find(|channel| channel.name.eq_ignore_ascii_case(name));
    let of_kind: Vec<&Channel> =
        channels.iter().filter(|channel| channel.kind.eq_ignore_ascii_case(name)).collect();
    let channel = match (named, of_kind.as_slice()) {
        (Some(channel), _) => channel,
        (None, [channel]) => *channel,
        (None, []) => {
            let kinds = channels.iter().flat_map(|channel| [channel.name.as_str(), channel.kind.as_str()]);
            let nearest = nearest(name, FIXED.into_iter().chain(kinds)).map(str::to_owned);
            return Err(Problem::UnknownColumn { nearest });
        }
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|channel| channel.name.as_str()).collect();
            return Err(Problem::SeveralChannels(names.join(", ")));
        }
    };
    AddressReader::of(channel).map(Column::Address).map_err(|_| Problem::UnknownKind)
}

impl Columns {
    pub(super) fn has(&self, wanted: &Column) -> bool {
        self.all.iter().any(|(_, column)| match (column, wanted) {
            (Column::Var(one), Column::Var(other)) => one == other,
            (Column::Address(one), Column::Address(other)) => one.channel() == other.channel(),
            (one, other) => {
                std::mem::discriminant(one) == std::mem::discriminant(other)
                    && !matches!(one, Column::Var(_) | Column::Address(_) | Column::Ignored)
            }
        })
    }
}
