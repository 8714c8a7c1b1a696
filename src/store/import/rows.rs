//! One row of an import file: cells checked and taken apart.

use csv::ByteRecord;

use super::columns::{Column, Columns};
use super::report::{Problem, Remark, Report, RowError};
use crate::channels::kind::ReadAddress;
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::store::addresses::AddressReader;
use crate::store::subscribers::LONGEST_VALUE;

/// Most bytes in a row.
pub(super) const LONGEST_ROW: usize = 64 * 1024;

/// A row that can be written.
pub(super) struct Row<'a> {
    pub line: u64,
    pub name: &'a str,
    pub note: &'a str,
    pub topics: Vec<&'a str>,
    pub tags: Vec<&'a str>,
    pub vars: Vec<(&'a str, &'a str)>,
    pub addresses: Vec<(&'a AddressReader, ReadAddress)>,
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
    };
    for (cell, (column_name, column)) in record.iter().zip(&columns.all) {
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
        Column::Var(key) if !text.is_empty() => row.vars.push((key, text)),
        Column::Address(reader) if !text.trim().is_empty() => {
            let read = reader.read(&Secret::new(text)).map_err(Problem::Address)?;
            row.addresses.push((reader, read));
        }
        Column::Var(_) | Column::Address(_) => {}
    }
    Ok(())
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
