//! Reads typed addresses as the kind of their channel understands them.

use std::sync::Arc;

use super::Ready;
use crate::channels::catalog;
use crate::channels::kind::{AddressWarning, Kind, ReadAddress};
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;
use crate::seal::Keyring;
use crate::store::channels::Channel;
use crate::store::denial::Denial;
use crate::store::error::StoreError;

/// Reads the addresses of one channel.
#[derive(Clone)]
pub struct AddressReader {
    channel: ChannelId,
    kind: &'static dyn Kind,
    /// The server that pasted addresses name.
    home: Option<Arc<str>>,
}

impl std::fmt::Debug for AddressReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressReader").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl AddressReader {
    /// The reader of a channel; refused if its kind is not known to this pushdeck.
    pub fn of(channel: &Channel) -> Result<Self, StoreError> {
        let kind = catalog::kind(&channel.kind).ok_or_else(|| Denial::UnknownKind(channel.kind.clone()))?;
        let home = kind.home(&channel.settings).map(Arc::from);
        Ok(Self { channel: channel.id, kind, home })
    }

    /// The channel whose addresses it reads.
    pub const fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Whether its addresses are secrets by themselves.
    pub fn is_secret(&self) -> bool {
        self.kind.spec().address.secret
    }

    /// The form that is stored and sent; `Err` says why it cannot be used, without the address.
    pub(in crate::store) fn read(&self, typed: &Secret) -> Result<ReadAddress, String> {
        let mut read = self.kind.read_address(typed.expose()).map_err(|error| error.to_string())?;
        let is_foreign = match (&read.host, &self.home) {
            (Some(named), Some(home)) => !named.eq_ignore_ascii_case(home),
            _ => false,
        };
        if is_foreign {
            read.warning = Some(AddressWarning::OtherServer);
        }
        Ok(read)
    }

    pub(in crate::store) fn ready(&self, keys: &Keyring, typed: &Secret) -> Result<Ready, StoreError> {
        let read = self.read(typed).map_err(Denial::Address)?;
        Ready::seal(keys, self.channel, &read.value, self.is_secret(), read.warning)
    }

    /// What the address would be looked up by, if it is one.
    pub(in crate::store) fn lookup(&self, keys: &Keyring, typed: &Secret) -> Option<Vec<u8>> {
        let read = self.kind.read_address(typed.expose()).ok()?;
        Some(super::lookup(keys, self.channel, &read.value, self.is_secret()))
    }
}
