//! The words that a value may be typed in besides the pinned one: what the screens call it, in either
//! language, because an operator types what stands before them. A test compares them with the locales.

use super::{Field, Has};
use crate::domain::broadcast::BroadcastState;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::subscriber::SubscriberState;

/// A value that has one word in JSON, filters and the store, and others on screens.
pub trait Worded: Copy + 'static {
    /// All values, in the order in which mistakes list them.
    fn all() -> &'static [Self];
    /// The pinned word.
    fn pinned(self) -> &'static str;
    /// Other words for it, in lower case.
    fn also(self) -> &'static [&'static str];

    /// The value of a word as typed: neither case, nor white space, dash or underscore between words matters.
    fn typed(text: &str) -> Option<Self> {
        let word = text.to_lowercase().replace(['-', ' '], "_");
        let is = |known: &&str| known.replace(' ', "_") == word;
        Self::all().iter().copied().find(|value| is(&value.pinned()) || value.also().iter().any(is))
    }
}

impl Worded for DeliveryState {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn pinned(self) -> &'static str {
        self.word()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Planned => &["queued", "排队"],
            Self::Skipped => &["left out", "已排除", "已跳过"],
            Self::Deferred => &["waiting", "等待中", "等待"],
            Self::Sending => &["发送中"],
            Self::Accepted => &["已接收"],
            Self::Confirmed => &["delivered", "已送达"],
            Self::Rejected => &["failed", "失败"],
            Self::Unknown => &["结果未知", "未知"],
            Self::Assumed => &["视为已接收"],
            Self::Cancelled => &["已取消"],
        }
    }
}

impl Worded for BroadcastState {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn pinned(self) -> &'static str {
        self.word()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Draft => &["草稿"],
            Self::Held => &["待发送"],
            Self::Scheduled => &["定时"],
            Self::Sending => &["发送中"],
            Self::Paused => &["已暂停"],
            Self::Partial => &["部分完成"],
            Self::Done => &["完成"],
            Self::Cancelled => &["stopped", "已取消", "已停止"],
        }
    }
}

impl Worded for SubscriberState {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn pinned(self) -> &'static str {
        self.word()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Active => &["正常"],
            Self::Muted => &["静音"],
            Self::Blocked => &["拉黑"],
            Self::Unsubscribed => &["退订"],
        }
    }
}

impl Worded for Class {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn pinned(self) -> &'static str {
        self.word()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::BadRecipient => &["接收方无效"],
            Self::Blocked => &["blocked or left", "已拉黑或退出"],
            Self::Credential => &["凭据"],
            Self::RateLimit => &["rate limited", "频率受限"],
            Self::Quota => &["配额"],
            Self::Content => &["too long or format", "超长或格式"],
            Self::Refused => &["message refused", "消息被拒"],
            Self::Network => &["network or timeout", "网络或超时"],
            Self::Provider => &["provider fault", "服务商故障"],
            Self::WindowClosed => &["reply window closed", "回复时限已过"],
            Self::Unclassified => &["未归类"],
        }
    }
}

impl Worded for Has {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn pinned(self) -> &'static str {
        self.word()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Note => &["备注"],
            Self::Address => &["地址"],
            Self::Topic => &["主题"],
            Self::Tag => &["标签"],
            Self::Var => &["变量"],
            Self::Lang => &["语言"],
            Self::Remote => &["远程主题"],
            Self::Error => &["错误"],
        }
    }
}

impl Field {
    /// Other words for it; the first Chinese one is what Chinese screens call it.
    pub const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Topic => &["主题"],
            Self::Channel => &["渠道"],
            Self::Status => &["state", "状态"],
            Self::Class => &["类别", "失败类别"],
            Self::Error => &["code", "代码", "错误码"],
            Self::Name => &["title", "姓名", "名称", "标题"],
            Self::Id => &["编号"],
            Self::Tag => &["标签"],
            Self::Since => &["自"],
            Self::Until => &["至"],
            Self::Count => &["people", "人数"],
            Self::Has => &["有"],
            Self::Lang => &["language", "语言"],
            Self::Broadcast => &["广播", "群发"],
        }
    }
}
