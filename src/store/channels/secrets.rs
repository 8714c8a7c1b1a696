//! Credentials going in: sealed, with the masked form beside them.

use rusqlite::{Connection, named_params};

use crate::domain::id::ChannelId;
use crate::domain::secret::{Secret, mask};
use crate::domain::time::Millis;
use crate::seal::Keyring;
use crate::store::error::{Doing, StoreError};

pub(super) fn set_secret(
    conn: &Connection,
    keys: &Keyring,
    id: ChannelId,
    field: &str,
    clear: Option<&Secret>,
    now: Millis,
) -> Result<(), StoreError> {
    let Some(clear) = clear.filter(|clear| !clear.is_empty()) else {
        conn.execute(
            "DELETE FROM credential WHERE channel = :channel AND field = :field",
            named_params! { ":channel": id.0, ":field": field },
        )
        .doing("clearing a credential")?;
        return Ok(());
    };
    // A key is told from others by its end; a password is a word of a person, and its end gives it away.
    let masked = if field == "password" { mask("") } else { clear.masked() };
    conn.execute(
        "INSERT OR REPLACE INTO credential (channel, field, sealed, masked, set_ms)
         VALUES (:channel, :field, :sealed, :masked, :now)",
        named_params! {
            ":channel": id.0, ":field": field, ":sealed": keys.seal_credential(id, field, clear)?,
            ":masked": masked, ":now": now.0,
        },
    )
    .doing("sealing a credential")?;
    Ok(())
}
