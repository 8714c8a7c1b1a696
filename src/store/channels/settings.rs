//! How the settings of a channel are stored.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::domain::quiet::Quiet;

/// Settings as they are stored: hours are those of whoever set them, wherever the sender runs.
pub(super) fn to_json(settings: &BTreeMap<String, String>) -> String {
    let mut settings = settings.clone();
    if let Some(hours) = settings.get_mut("quiet") {
        *hours = Quiet::pinned(hours, &TimeZone::system());
    }
    serde_json::to_string(&settings).expect("a map of texts is valid JSON")
}
