//! Room on the disk: looked at before it runs out, because a full disk can record no answer.

use super::db::Db;
use super::error::StoreError;

/// With less than this nothing new is sent: what is in the air must still be recorded.
const LOW: u64 = 64 * 1024 * 1024;

/// What one delivery takes: its row, its attempts, their indexes.
const PER_DELIVERY: u64 = 600;

impl Db {
    /// How many bytes are free where the store lies; none where that cannot be told.
    pub fn free_bytes(&self) -> Option<u64> {
        if self.folder().as_os_str().is_empty() {
            return None;
        }
        let about = rustix::fs::statvfs(self.folder()).ok()?;
        Some(about.f_bavail.saturating_mul(about.f_frsize))
    }

    /// Whether there is too little room to send.
    pub fn is_low_on_room(&self) -> bool {
        self.free_bytes().is_some_and(|free| free < LOW)
    }

    /// Refuses what would not have room: so many deliveries and what comes of them.
    pub(super) fn refuse_without_room(&self, deliveries: i64) -> Result<(), StoreError> {
        let needed = LOW + PER_DELIVERY * u64::try_from(deliveries).unwrap_or(0);
        if self.free_bytes().is_some_and(|free| free < needed) {
            return Err(StoreError::DiskFull("there is no room for the books of this broadcast"));
        }
        Ok(())
    }
}
