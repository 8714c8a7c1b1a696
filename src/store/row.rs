//! Reading stored words and codes as the domain's enums.
//!
//! A word that no enum knows means that the store was written by something else; it is an error with
//! the column's name, never a silent default.

use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type};

fn unknown(row: &Row<'_>, column: &str, kind: Type) -> rusqlite::Error {
    let index = AsRef::<rusqlite::Statement<'_>>::as_ref(row).column_index(column).unwrap_or(0);
    rusqlite::Error::FromSqlConversionFailure(index, kind, Box::new(FromSqlError::InvalidType))
}

/// A column that holds an enum's word.
pub(crate) fn word<T>(row: &Row<'_>, column: &str, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    read(&text).ok_or_else(|| unknown(row, column, Type::Text))
}

/// A column that may hold an enum's word.
pub(crate) fn maybe_word<T>(
    row: &Row<'_>,
    column: &str,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| read(&text).ok_or_else(|| unknown(row, column, Type::Text))).transpose()
}

/// A column that holds an enum's code.
pub(crate) fn code<T>(row: &Row<'_>, column: &str, read: impl Fn(i64) -> Option<T>) -> rusqlite::Result<T> {
    read(row.get(column)?).ok_or_else(|| unknown(row, column, Type::Integer))
}

/// A column that holds JSON.
pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| unknown(row, column, Type::Text))
}
