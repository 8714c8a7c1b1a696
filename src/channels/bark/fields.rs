//! What can be set on a Bark channel: the server, its login, and how notifications look and sound.

use super::{PUBLIC, cipher};
use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

/// Nobody has more in one call, whatever the server would take.
pub(super) const MOST_IN_BATCH: usize = 1_000;

pub(super) const FIELDS: &[Field] = &[
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("a bark-server, with its path if it has one", "bark-server 地址，可带路径前缀"),
        Shape::Url,
    )
    .or(PUBLIC),
    Field::setting(
        "user",
        Words::new("User", "用户名"),
        Words::new("if the server asks for basic auth", "服务器启用 Basic 认证时填写"),
        Shape::Text,
    ),
    Field::credential("password", Words::new("Password", "密码"), Words::new("of that user", "该用户的密码")),
    Field::setting(
        "sound",
        Words::new("Sound", "铃声"),
        Words::new("a name from the app, such as minuet", "App 中的名称，如 minuet"),
        Shape::Text,
    ),
    Field::setting(
        "level",
        Words::new("Level", "级别"),
        Words::new("how far it may disturb", "通知的打扰程度"),
        Shape::Choice(&["active", "timeSensitive", "passive", "critical"]),
    ),
    Field::setting(
        "group",
        Words::new("Group", "分组"),
        Words::new("folder of the history; can be muted in the app", "历史记录的文件夹，可在 App 中静音"),
        Shape::Text,
    ),
    Field::setting(
        "icon",
        Words::new("Icon", "图标"),
        Words::new("URL of a picture", "图片地址"),
        Shape::Form(Written::Link),
    ),
    Field::setting(
        "image",
        Words::new("Image", "配图"),
        Words::new("URL of a picture shown with the notification", "随通知显示的图片地址"),
        Shape::Form(Written::Link),
    ),
    Field::setting(
        "badge",
        Words::new("Badge", "角标"),
        Words::new("number on the app's icon", "App 图标上的数字"),
        Shape::Number(0, 99_999),
    ),
    Field::setting(
        "archive",
        Words::new("Archive", "存档"),
        Words::new("whether the app keeps it; unset, the app decides", "App 是否保存；不填由 App 决定"),
        Shape::Flag,
    ),
    Field::setting(
        "ttl",
        Words::new("Kept for", "保存时长"),
        Words::new("seconds that the app keeps it; 0: not at all", "App 保存的秒数；0 表示不保存"),
        Shape::Number(0, 31_536_000),
    ),
    Field::setting(
        "action",
        Words::new("On tap", "点击动作"),
        Words::new("none: nothing; alert: a window in the app", "none 无动作；alert 在 App 内弹窗"),
        Shape::Choice(&["none", "alert"]),
    ),
    Field::setting(
        "copy",
        Words::new("Copy text", "复制内容"),
        Words::new("what the copy action copies; unset: the body", "复制动作所复制的文字；不填则为正文"),
        Shape::Text,
    ),
    Field::setting(
        "auto_copy",
        Words::new("Copy at once", "自动复制"),
        Words::new("by itself up to iOS 14.5 only", "仅 iOS 14.5 及以下自动复制"),
        Shape::Flag,
    ),
    Field::setting(
        "call",
        Words::new("Ring", "持续响铃"),
        Words::new("ring for 30 seconds", "响铃 30 秒"),
        Shape::Flag,
    ),
    Field::setting(
        "volume",
        Words::new("Volume", "音量"),
        Words::new("of critical alerts", "重要警告的音量"),
        Shape::Number(0, 10),
    ),
    Field::setting(
        "markdown",
        Words::new("Markdown", "Markdown"),
        Words::new(
            "both: with a plain body for old apps; only: shorter; no: plain",
            "both 同时附纯文本以兼容旧版；only 更短；no 仅纯文本",
        ),
        Shape::Choice(&["both", "only", "no"]),
    )
    .or("both"),
    Field::setting(
        "batch",
        Words::new("Batch", "批量"),
        Words::new(
            "people in one call; unset: 100, and no for api.day.app",
            "每次调用的人数；不填为 100，api.day.app 为 no",
        ),
        Shape::NumberOrNo(2, MOST_IN_BATCH as i64),
    ),
    Field::setting(
        "encryption",
        Words::new("Encryption", "加密"),
        Words::new(
            "as set in the app; ecb shows what repeats, prefer gcm",
            "与 App 中一致；ecb 会暴露重复内容，建议 gcm",
        ),
        Shape::Choice(cipher::WORDS),
    ),
    Field::credential(
        "encryption_key",
        Words::new("Encryption key", "加密密钥"),
        Words::new(
            "as in the app: 16, 24 or 32 ASCII characters",
            "与 App 中一致：16、24 或 32 个 ASCII 字符",
        ),
    ),
];
