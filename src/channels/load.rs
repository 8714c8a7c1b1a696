//! What a message costs on one channel: calls, and how long they take at its rate.

use super::catalog;
use super::field::{effective_rate, parse_rate};
use crate::domain::channel::Account;

/// How much of a published limit is used: clocks and networks jitter on both sides.
pub const SHARE_OF_PUBLISHED: f64 = 0.9;

/// How much of a rate that the operator set is used: it is what they asked for, less the jitter.
pub const SHARE_OF_OWN: f64 = 0.98;

/// What one channel has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// People, each with an address of their own.
    pub people: i64,
    /// Lists on the provider's side.
    pub remotes: i64,
    /// Requests to the provider.
    pub calls: i64,
    /// How long they take at the channel's rate; nothing if it has none.
    pub ms: Option<i64>,
}

impl Load {
    /// For so many people and lists; a message that is `personal` needs a call for each person.
    pub fn of(account: &Account, people: i64, remotes: i64, personal: bool) -> Self {
        let kind = catalog::kind(&account.kind);
        let per_call = kind.map_or(1, |kind| kind.people_per_call(&account.settings).max(1)) as i64;
        let lists = kind.map_or(1, |kind| kind.spec().remotes_per_call.max(1)) as i64;
        let batch = if personal { people } else { (people + per_call - 1) / per_call };
        let calls = batch + (remotes + lists - 1) / lists;
        Self { people, remotes, calls, ms: time_of(account, calls) }
    }
}

/// How long so many calls take at the channel's rate, in whole seconds; nothing if it has none.
pub fn time_of(account: &Account, calls: i64) -> Option<i64> {
    let rate = effective_rate(account, catalog::kind(&account.kind)?)?;
    let is_own = account.setting("rate").and_then(parse_rate).is_some();
    let share = if is_own { SHARE_OF_OWN } else { SHARE_OF_PUBLISHED };
    // The first one leaves at once, the others one after the other.
    let waiting = (calls - 1).max(0) as f64;
    let ms = (waiting * f64::from(rate.per_ms) / (f64::from(rate.calls.max(1)) * share)) as i64;
    // Told in seconds: a part of one is one.
    Some(ms.saturating_add(999) / 1_000 * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChannelId;

    fn wxpusher(rate: Option<&str>) -> Account {
        Account {
            id: ChannelId(1),
            name: "wx".into(),
            kind: "wxpusher".into(),
            settings: rate.map(|rate| ("rate".to_owned(), rate.to_owned())).into_iter().collect(),
            secrets: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_personal_message_needs_a_call_for_each_person() {
        let account = wxpusher(Some("2/1s"));
        assert_eq!(Load::of(&account, 8_312, 6, false).calls, 5 + 2);
        assert_eq!(Load::of(&account, 8_312, 6, true).calls, 8_312 + 2);
    }

    #[test]
    fn how_many_share_a_call_depends_on_the_account() {
        let bark = |settings: &[(&str, &str)]| Account {
            kind: "bark".into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ..wxpusher(None)
        };
        let own = ("base_url", "https://push.example");
        assert_eq!(Load::of(&bark(&[]), 250, 0, false).calls, 250);
        assert_eq!(Load::of(&bark(&[own]), 250, 0, false).calls, 3);
        assert_eq!(Load::of(&bark(&[own]), 250, 0, true).calls, 250);
        assert_eq!(Load::of(&bark(&[own, ("batch", "no")]), 250, 0, false).calls, 250);
    }

    #[test]
    fn the_first_call_leaves_at_once_and_a_part_of_a_second_is_one() {
        assert_eq!(time_of(&wxpusher(Some("2/1s")), 1), Some(0));
        assert_eq!(time_of(&wxpusher(Some("2/1s")), 2), Some(1_000));
        assert_eq!(time_of(&wxpusher(Some("2/1s")), 99), Some(50_000));
        assert_eq!(time_of(&wxpusher(None), 21), Some(14_000), "16 in 10 s, and a tenth is kept back");
        assert_eq!(time_of(&wxpusher(Some("none")), 9_000), None);
    }
}
