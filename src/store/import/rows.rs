//! One row of an import file: cells checked and taken apart.

use std::borrow::Cow;

use csv::ByteRecord;

use super::columns::{Column, Columns};
use super::layout;
use super::report::{Problem, Remark, Report, RowError};
use crate::channels::kind::ReadAddress;
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::domain::subscriber::SubscriberState;
use crate::store::addresses::AddressReader;
use crate::store::subscribers::LONGEST_VALUE;

/// Most bytes in a row.
pub(super) const LONGEST_ROW: usize = 64 * 1024;

/// A variable and its value.
pub(super) type Var<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A row that can be written.
pub(super) struct Row<'a> {
    pub line: u64,
    pub name: &'a str,
    pub note: &'a str,
    pub topics: Vec<&'a str>,
    pub tags: Vec<&'a str>,
    pub vars: Vec<Var<'a>>,
    pub addresses: Vec<(&'a AddressReader, ReadAddress)>,
    /// What the file says of whether the person wants messages; active if it says nothing.
    pub state: SubscriberState,
}

/// Takes a row apart. What is wrong goes into the report, and then there is no row; what is unusual
/// about it, too, and there is.
pub(super) fn read<'a>(record: &'a ByteRecord, columns: &'a Columns, report: &mut Report) -> Option<Row<'a>> {
    let line = record.position().map_or(0, csv::Position::line);
    let before = report.errors_total;
    if record.as_slice().len() > LONGEST_ROW {
        // Say which cell it is, where one alone is to blame.
        let cell = record.iter().position(|cell| cell.len() > LONGEST_VALUE);
        let column = cell.and_then(|index| columns.all.get(index)).map(|(name, _)| name.clone());
        let problem = match column {
            Some(_) => Problem::CellTooLong(LONGEST_VALUE),
            None => Problem::RowTooLong(LONGEST_ROW),
        };
        report.error(RowError { line, column, problem });
        return None;
    }
    if record.len() != columns.all.len() {
        let problem = Problem::Cells { found: record.len(), expected: columns.all.len() };
        report.error(RowError { line, column: None, problem });
        return None;
    }
    let mut row = Row {
        line,
        name: "",
        note: "",
        topics: Vec::new(),
        tags: Vec::new(),
        vars: Vec::new(),
        addresses: Vec::new(),
        state: SubscriberState::Active,
    };
    for (cell, (column_name, column)) in record.iter().zip(&columns.all) {
        let nameless = matches!(column, Column::Name) && columns.named_by_address;
        if nameless && cell.trim_ascii().is_empty() {
            continue;
        }
        if let Err(problem) = read_cell(cell, column, &mut row) {
            report.error(RowError { line, column: Some(column_name.clone()), problem });
            continue;
        }
        if let (Column::Address(_), Some((_, address))) = (column, row.addresses.last())
            && let Some(warning) = address.warning
            && !cell.trim_ascii().is_empty()
        {
            report.note(line, Some(column_name), Remark::Address(warning));
        }
    }
    if row.name.is_empty() && columns.named_by_address && report.errors_total == before {
        let cells = record.iter().zip(&columns.all);
        let mut addresses = cells.filter(|(_, (_, column))| matches!(column, Column::Address(_)));
        let text = addresses.next().and_then(|(cell, _)| std::str::from_utf8(cell).ok()).unwrap_or_default();
        match name::person(text) {
            Ok(name) => row.name = name,
            Err(error) => report.error(RowError { line, column: None, problem: error.into() }),
        }
    }
    (report.errors_total == before).then_some(row)
}

fn read_cell<'a>(cell: &'a [u8], column: &'a Column, row: &mut Row<'a>) -> Result<(), Problem> {
    if cell.len() > LONGEST_VALUE {
        return Err(Problem::CellTooLong(LONGEST_VALUE));
    }
    let text = std::str::from_utf8(cell).map_err(|_| Problem::NotUtf8)?;
    if text.contains('\0') {
        return Err(Problem::Nul);
    }
    match column {
        Column::Name => row.name = name::person(text)?,
        Column::Note => row.note = text,
        Column::Topics => row.topics = labels(text)?,
        Column::Tags => row.tags = labels(text)?,
        Column::Var(key) if !text.is_empty() => row.vars.push((key.into(), text.into())),
        Column::Attributes if !text.trim().is_empty() => row.vars.extend(attributes(text)?),
        Column::Status => row.state = status(text)?,
        Column::Address(reader) if !text.trim().is_empty() => {
            let read = reader.read(&Secret::new(text)).map_err(Problem::Address)?;
            row.addresses.push((reader, read));
        }
        Column::Var(_) | Column::Address(_) | Column::Attributes | Column::Ignored => {}
    }
    Ok(())
}

/// The members of a JSON object; what is nested stays JSON.
fn attributes<'a>(text: &str) -> Result<Vec<Var<'a>>, Problem> {
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|_| Problem::Attributes)?;
    let mut vars = Vec::with_capacity(members.len());
    for (key, value) in members {
        let value = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        if !key.is_empty() && !value.is_empty() && !value.contains('\0') {
            vars.push((layout::key(&key).into(), value.into()));
        }
    }
    Ok(vars)
}

/// listmonk's words for who gets something.
fn status(text: &str) -> Result<SubscriberState, Problem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "enabled" | "confirmed" | "unconfirmed" => Ok(SubscriberState::Active),
        "disabled" => Ok(SubscriberState::Muted),
        "blocklisted" | "blacklisted" | "unsubscribed" => Ok(SubscriberState::Unsubscribed),
        _ => Err(Problem::Status),
    }
}

/// The names between semicolons, each once.
fn labels(text: &str) -> Result<Vec<&str>, Problem> {
    let mut labels: Vec<&str> = Vec::new();
    for part in text.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()) {
        let label = name::label(part).map_err(|why| Problem::Label { name: part.to_owned(), why })?;
        if !labels.iter().any(|known| known.eq_ignore_ascii_case(label)) {
            labels.push(label);
        }
    }
    Ok(labels)
}
