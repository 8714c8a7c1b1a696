//! The report as CSV: a line for every delivery, with cells that no spreadsheet takes for a formula.

use std::io::{self, Write};

use crate::domain::delivery::Class;
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::history::DeliveryRow;
use crate::store::pick::Pick;

/// Deliveries of a page.
const PAGE: usize = 2_000;

/// What a spreadsheet takes for the beginning of a formula, also in its full-width form.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Why no file came of it.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// Writes every delivery of a broadcast, in plan order.
pub fn write(db: &Db, id: BroadcastId, out: &mut dyn Write) -> Result<(), CsvError> {
    let mut lines = ::csv::Writer::from_writer(out);
    lines
        .write_record([
            "id", "name", "channel", "kind", "address", "state", "reason", "class", "code", "text",
            "attempts", "ended_at",
        ])
        .map_err(io::Error::from)?;
    let pick = Pick::of(id);
    let mut after = None;
    loop {
        let page = db.deliveries(&pick, after, PAGE)?;
        for row in &page {
            lines.write_record(cells(row).map(|cell| safe(&cell))).map_err(io::Error::from)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.id),
            _ => break,
        }
    }
    lines.flush()?;
    Ok(())
}

fn cells(row: &DeliveryRow) -> [String; 12] {
    [
        row.id.to_string(),
        row.name.clone(),
        row.channel.clone(),
        row.kind.clone(),
        row.address_masked.clone(),
        row.state.word().to_owned(),
        row.skip.map(|skip| skip.word().to_owned()).unwrap_or_default(),
        row.class.map(Class::word).unwrap_or_default().to_owned(),
        row.provider_code.clone(),
        row.provider_text.clone(),
        row.attempts.to_string(),
        row.ended_at.map(Millis::rfc3339).unwrap_or_default(),
    ]
}

/// A cell that a spreadsheet shows and does not work out.
fn safe(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, safe_cell) in
            [("=1+1", "'=1+1"), ("＝A1", "'＝A1"), ("-5", "'-5"), ("a=b", "a=b"), ("张三", "张三"), ("", "")]
        {
            assert_eq!(safe(cell), safe_cell);
        }
    }
}
