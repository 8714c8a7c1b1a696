//! Notes and variables: what may stand in them, and how a variable is set.

use rusqlite::{Connection, named_params};

use crate::domain::name;
use crate::store::denial::{Denial, Holding};
use crate::store::error::{Doing, StoreError};

/// Most bytes of a note or a variable's value.
pub const LONGEST_VALUE: usize = 4 * 1024;

/// Refuses values that no store should hold.
pub(in crate::store) fn check_value(what: impl Fn() -> Holding, value: &str) -> Result<(), StoreError> {
    if value.len() > LONGEST_VALUE {
        return Err(Denial::TooLong { what: what(), most: LONGEST_VALUE }.into());
    }
    if value.contains('\0') {
        return Err(Denial::Nul(what()).into());
    }
    Ok(())
}

pub(in crate::store) fn check_key(key: &str) -> Result<(), StoreError> {
    let fits = !key.is_empty()
        && key.chars().count() <= name::LONGEST_LABEL
        && key.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'));
    if fits { Ok(()) } else { Err(Denial::BadVariable(key.to_owned()).into()) }
}

pub(in crate::store) fn set_var(
    conn: &Connection,
    id: i64,
    key: &str,
    value: Option<&str>,
) -> Result<(), StoreError> {
    match value {
        Some(value) => conn
            .prepare_cached(
                "INSERT INTO subscriber_var (subscriber, key, value) VALUES (:id, :key, :value)
                 ON CONFLICT (subscriber, key) DO UPDATE SET value = excluded.value",
            )
            .and_then(|mut set| set.execute(named_params! { ":id": id, ":key": key, ":value": value })),
        None => conn
            .prepare_cached("DELETE FROM subscriber_var WHERE subscriber = :id AND key = :key")
            .and_then(|mut clear| clear.execute(named_params! { ":id": id, ":key": key })),
    }
    .doing("setting a variable")?;
    Ok(())
}
