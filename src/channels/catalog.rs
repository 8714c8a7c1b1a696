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
