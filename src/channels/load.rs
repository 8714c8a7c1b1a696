//! What a message costs on one channel: calls, and how long they take at its rate.

use super::catalog;
use super::field::effective_rate;
use crate::domain::channel::Account;

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
    // The first ones leave at once.
    let waiting = (calls - i64::from(rate.calls)).max(0);
    let ms = waiting.saturating_mul(i64::from(rate.per_ms)) / i64::from(rate.calls.max(1));
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
    fn the_first_calls_leave_at_once_and_a_part_of_a_second_is_one() {
        assert_eq!(time_of(&wxpusher(Some("2/1s")), 2), Some(0));
        assert_eq!(time_of(&wxpusher(Some("2/1s")), 3), Some(1_000));
        assert_eq!(time_of(&wxpusher(Some("none")), 9_000), None);
    }
}
