//! Changes to the addresses of one person, inside a transaction of somebody else.

use rusqlite::{Connection, named_params};

use super::{NewAddress, Ready, count_addresses, insert, owner, place, taken};
use crate::channels::kind::AddressWarning;
use crate::domain::id::{AddressId, ChannelId, SubscriberId};
use crate::domain::secret::Secret;
use crate::domain::subscriber::AddressState;
use crate::domain::time::Millis;
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};

/// One change to a person's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressEdit {
    /// One more.
    Add(NewAddress),
    /// Another text in the place of one: history keeps pointing at it, and a dead one is usable again.
    Repair {
        /// Which one.
        id: AddressId,
        /// As typed or pasted.
        typed: Secret,
    },
    /// One less.
    Remove(AddressId),
}

/// A change whose address was read and sealed.
pub(in crate::store) enum ReadyEdit {
    Add(Ready),
    Repair(AddressId, Ready),
    Remove(AddressId),
}

impl Db {
    /// Reads and seals the addresses of `edits`, outside of any transaction.
    pub(in crate::store) fn read_edits(&self, edits: &[AddressEdit]) -> Result<Vec<ReadyEdit>, StoreError> {
        let read = |edit: &AddressEdit| {
            Ok(match edit {
                AddressEdit::Add(new) => ReadyEdit::Add(self.read_new(new)?),
                AddressEdit::Repair { id, typed } => {
                    let channel = place(&self.conn, *id)?.channel;
                    ReadyEdit::Repair(*id, self.read_new(&NewAddress { channel, typed: typed.clone() })?)
                }
                AddressEdit::Remove(id) => ReadyEdit::Remove(*id),
            })
        };
        edits.iter().map(read).collect()
    }
}

/// Carries changes out in their order; returns what is unusual about the new addresses.
pub(in crate::store) fn carry_out(
    conn: &Connection,
    person: SubscriberId,
    edits: &[ReadyEdit],
    now: Millis,
) -> Result<Vec<(ChannelId, AddressWarning)>, StoreError> {
    let mut warnings = Vec::new();
    for edit in edits {
        let ready = match edit {
            ReadyEdit::Add(ready) => {
                insert(conn, person.0, ready, now)?;
                ready
            }
            ReadyEdit::Repair(id, ready) => {
                repair(conn, *id, ready)?;
                ready
            }
            ReadyEdit::Remove(id) => {
                remove(conn, *id)?;
                continue;
            }
        };
        warnings.extend(ready.warning.map(|warning| (ready.channel, warning)));
    }
    Ok(warnings)
}

pub(super) fn repair(conn: &Connection, id: AddressId, ready: &Ready) -> Result<(), StoreError> {
    let before = place(conn, id)?;
    match owner(conn, ready.channel, &ready.lookup)? {
        Some(owner) if owner.address == id.0 => {}
        Some(owner) if owner.removed || owner.subscriber == before.subscriber => {
            // Two rows for one address cannot be; history of the other one loses only its mask.
            let counted =
                !owner.removed && place(conn, AddressId(owner.address))?.state == AddressState::Active;
            conn.execute("DELETE FROM address WHERE id = :id", named_params! { ":id": owner.address })
                .doing("joining two addresses")?;
            if counted {
                count_addresses(conn, ready.channel.0, -1)?;
            }
        }
        Some(owner) => return Err(taken(conn, ready, owner.subscriber)?),
        None => {}
    }
    conn.execute(
        "UPDATE address SET repaired = repaired + (lookup <> :lookup), lookup = :lookup, value = :value,
                sealed = :sealed, masked = :masked, state = 0
          WHERE id = :id",
        named_params! {
            ":id": id.0, ":lookup": ready.lookup, ":value": ready.value, ":sealed": ready.sealed,
            ":masked": ready.masked,
        },
    )
    .doing("repairing an address")?;
    if before.state == AddressState::Dead && !before.removed {
        count_addresses(conn, ready.channel.0, 1)?;
    }
    Ok(())
}

pub(in crate::store) fn remove(conn: &Connection, id: AddressId) -> Result<(), StoreError> {
    let before = place(conn, id)?;
    conn.execute("DELETE FROM address WHERE id = :id", named_params! { ":id": id.0 })
        .doing("removing an address")?;
    if before.state == AddressState::Active && !before.removed {
        count_addresses(conn, before.channel.0, -1)?;
    }
    Ok(())
}
