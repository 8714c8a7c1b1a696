//! The fields of the kind: its form and its settings.

use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

pub(super) const FIELDS: &[Field] = &[
    Field::setting(
        "host",
        Words::new("Server", "服务器"),
        Words::new("of the SMTP relay", "SMTP 服务器地址"),
        Shape::Text,
    )
    .required(),
    Field::setting(
        "port",
        Words::new("Port", "端口"),
        Words::new(
            "unset: 465 for tls, 587 for starttls, 25 for none",
            "不填：tls 为 465，starttls 为 587，none 为 25",
        ),
        Shape::Number(1, 65_535),
    ),
    Field::setting(
        "security",
        Words::new("Security", "加密方式"),
        Words::new(
            "none only to this host, or with Unencrypted allowed",
            "none 仅限本机，或已允许未加密连接",
        ),
        Shape::Choice(&["tls", "starttls", "none"]),
    )
    .or("tls"),
    Field::setting(
        "user",
        Words::new("User", "用户名"),
        Words::new("unset: no login", "不填则不登录"),
        Shape::Text,
    ),
    Field::credential(
        "password",
        Words::new("Password", "密码"),
        Words::new("often an app password or authorisation code", "通常是应用专用密码或授权码"),
    ),
    Field::setting(
        "from",
        Words::new("From", "发件人"),
        Words::new("such as News <news@example.com>", "如 通知 <news@example.com>"),
        Shape::Mailbox,
    )
    .required(),
    Field::setting(
        "reply_to",
        Words::new("Reply to", "回复地址"),
        Words::new("where answers go, if elsewhere", "回信地址（如不同）"),
        Shape::Mailbox,
    ),
    Field::setting(
        "unsubscribe_url",
        Words::new("Unsubscribe", "退订地址"),
        Words::new(
            "https with {token} for one click, or mailto:, or both with a comma",
            "带 {token} 的 https 地址可一键退订，或 mailto:，两者用逗号分隔",
        ),
        Shape::Form(Written::Unsubscribe),
    ),
    Field::setting(
        "bounce_to",
        Words::new("Bounces to", "退信地址"),
        Words::new(
            "envelope sender, such as bounce+{token}@example.com: tells who a returned mail was for",
            "信封发件人，如 bounce+{token}@example.com，可据此知道退信属于谁",
        ),
        Shape::Text,
    ),
    Field::setting(
        "dsn",
        Words::new("Reports", "投递报告"),
        Words::new(
            "asks the server to report what is late or undeliverable, where it offers that",
            "在服务器支持时请求延迟或失败报告",
        ),
        Shape::Flag,
    )
    .or("no"),
    Field::setting(
        "helo",
        Words::new("Greeting", "问候主机名"),
        Words::new("this machine's public name, unset: its own", "本机的公开主机名，不填则用本机名"),
        Shape::Text,
    ),
    Field::setting(
        "per_connection",
        Words::new("Per connection", "每连接封数"),
        Words::new("messages before a new connection", "每个连接最多发送的邮件数"),
        Shape::Number(1, 10_000),
    )
    .or("100"),
];
