//! The one table of kinds. Adding a kind means its file and one line here.

use super::kind::Kind;
use super::{apns, bark, email, serverchan, wechat, wxpusher, wxpusher_spt};
use super::{dingtalk, discord, feishu, slack, webhook, wecom};
use super::{gotify, ntfy, pushdeer, pushover, pushplus, telegram};

/// Every kind, in the order in which forms offer them.
pub const KINDS: &[&dyn Kind] = &[
    &wxpusher::WxPusher,
    &wxpusher_spt::WxPusherSpt,
    &bark::Bark,
    &apns::Apns,
    &serverchan::ServerChan,
    &wechat::WeChat,
    &email::Email,
    &ntfy::Ntfy,
    &gotify::Gotify,
    &telegram::Telegram,
    &pushover::Pushover,
    &pushplus::PushPlus,
    &pushdeer::PushDeer,
    &dingtalk::DingTalk,
    &feishu::Feishu,
    &wecom::WeCom,
    &slack::Slack,
    &discord::Discord,
    &webhook::Webhook,
];

/// The kind of that id.
pub fn kind(id: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.spec().id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::channels::desk::FollowChange;
    use crate::domain::channel::Account;
    use crate::domain::id::ChannelId;

    /// Channels that are told together know each other's people by the address as it stands in the store.
    #[test]
    fn kinds_whose_channels_are_told_together_have_open_addresses() {
        for kind in KINDS {
            let Some(field) = kind.told_by() else { continue };
            let spec = kind.spec();
            assert!(!spec.address.secret, "{}", spec.id);
            assert!(spec.field(field).is_some_and(|field| !field.secret), "{}: {field}", spec.id);
        }
    }

    #[test]
    fn what_is_offered_of_a_follow_is_what_there_is_a_call_for() {
        for kind in KINDS {
            let Some(desk) = kind.desk() else { continue };
            let secrets = kind.spec().fields.iter().filter(|field| field.secret);
            let account = Account {
                id: ChannelId(1),
                name: "desk".to_owned(),
                kind: kind.spec().id.to_owned(),
                settings: BTreeMap::new(),
                secrets: secrets.map(|field| (field.name.to_owned(), "AT_abcdefghijklmnop".into())).collect(),
            };
            let asked = |change: FollowChange| match change {
                FollowChange::Block => desk.block(&account, "7", true),
                FollowChange::Unblock => desk.block(&account, "7", false),
                FollowChange::End => desk.remove(&account, "7"),
            };
            let all = [FollowChange::Block, FollowChange::End, FollowChange::Unblock];
            let can: Vec<_> =
                all.into_iter().filter(|change| matches!(asked(*change), Ok(Some(_)))).collect();
            assert_eq!(desk.follow_changes(), can, "{}", kind.spec().id);
        }
    }
}
