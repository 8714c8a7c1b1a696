//! Files of other tools: what their columns are called, and what they mean here.

use csv::ByteRecord;

use super::columns::{Column, Columns, wrong};
use super::report::{Problem, RowError};
use crate::store::addresses::AddressReader;
use crate::store::channels::Channel;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Ours or listmonk's: the header tells.
    #[default]
    Auto,
    /// Ours.
    Own,
    /// What listmonk exports, or takes: e-mail addresses with attributes, and who wants nothing more.
    Listmonk,
    /// What WePush exports: no header, the address first, then its variables `var1`, `var2` …
    WePush,
}

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Whose it is.
    pub layout: Layout,
    /// The channel of the addresses, where the file does not say it.
    pub channel: Option<String>,
    /// The column with the names, from 1, where the file does not say it.
    pub name_column: Option<usize>,
}

/// Columns that no file of ours has.
const THEIRS: [&str; 3] = ["uuid", "attributes", "status"];

/// Whether the header is listmonk's.
pub(super) fn is_listmonk(header: &ByteRecord) -> bool {
    let has = |name: &str| header.iter().any(|cell| is(cell, name));
    has("email") && THEIRS.iter().any(|name| has(name))
}

fn is(cell: &[u8], name: &str) -> bool {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name)
}

/// What is read of listmonk's header.
pub(super) fn listmonk(
    header: &ByteRecord,
    channels: &[Channel],
    reading: &Reading,
) -> Result<Columns, Vec<RowError>> {
    let (mut columns, mut errors) = (Columns { named_by_address: true, ..Columns::default() }, Vec::new());
    for cell in header {
        let text = String::from_utf8_lossy(cell);
        let name = text.trim_start_matches('\u{feff}').trim().to_owned();
        let column = match name.to_ascii_lowercase().as_str() {
            "email" => address(channels, reading.channel.as_deref(), Some("email")),
            "name" => Ok(Column::Name),
            "attributes" => Ok(Column::Attributes),
            "status" => Ok(Column::Status),
            "uuid" | "created_at" | "updated_at" => Ok(Column::Ignored),
            _ => Err(Problem::UnknownColumn { nearest: None }),
        };
        match column {
            Ok(column) if columns.has(&column) => errors.push(wrong(&name, Problem::Twice)),
            Ok(column) => columns.all.push((name, column)),
            Err(problem) => errors.push(wrong(&name, problem)),
        }
    }
    let has_address = columns.all.iter().any(|(_, column)| matches!(column, Column::Address(_)));
    if errors.is_empty() && !has_address {
        errors.push(RowError { line: 1, column: None, problem: Problem::NoName });
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

/// What WePush's cells mean: there is no header, so the first row only says how many there are.
pub(super) fn wepush(
    first: &ByteRecord,
    channels: &[Channel],
    reading: &Reading,
) -> Result<Columns, Vec<RowError>> {
    let failed = |problem| vec![RowError { line: 1, column: None, problem }];
    let address = address(channels, reading.channel.as_deref(), None).map_err(failed)?;
    // An address that is a secret is no name.
    let secret = matches!(&address, Column::Address(reader) if reader.is_secret());
    let name = reading.name_column.filter(|column| (2..=first.len()).contains(column));
    if (secret || reading.name_column.is_some()) && name.is_none() {
        return Err(failed(Problem::NoName));
    }
    let mut all = vec![("1".to_owned(), address)];
    for cell in 2..=first.len() {
        let column = if name == Some(cell) { Column::Name } else { Column::Var(format!("var{}", cell - 1)) };
        all.push((cell.to_string(), column));
    }
    Ok(Columns { all, headless: true, named_by_address: true })
}

/// The channel of that name, or the only one of the kind, or the only one at all.
fn address(channels: &[Channel], named: Option<&str>, kind: Option<&str>) -> Result<Column, Problem> {
    let fits = |channel: &&Channel| match (named, kind) {
        (Some(name), _) => channel.name.eq_ignore_ascii_case(name),
        (None, Some(kind)) => channel.kind == kind,
        (None, None) => true,
    };
    let found: Vec<&Channel> = channels.iter().filter(fits).collect();
    match found.as_slice() {
        [channel] => AddressReader::of(channel).map(Column::Address).map_err(|_| Problem::UnknownKind),
        [] => Err(Problem::NoChannel),
        several => {
            let names: Vec<&str> = several.iter().map(|channel| channel.name.as_str()).collect();
            Err(Problem::SeveralChannels(names.join(", ")))
        }
    }
}

/// A key of listmonk's attributes as the name of a variable.
pub(super) fn key(attribute: &str) -> String {
    attribute
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' })
        .take(crate::domain::name::LONGEST_LABEL)
        .collect()
}
