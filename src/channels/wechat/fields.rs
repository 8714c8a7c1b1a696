//! What can be set on a WeChat channel.

use super::HOST;
use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

pub(super) const FIELDS: &[Field] = &[
    Field::setting(
        "app_id",
        Words::new("App id", "AppID"),
        Words::new(
            "of the account, or of a mini program for its customer messages",
            "公众号的 AppID；小程序的仅可用于客服消息",
        ),
        Shape::Text,
    )
    .required(),
    Field::credential(
        "app_secret",
        Words::new("App secret", "AppSecret"),
        Words::new("this host's IP must be on the account's whitelist", "本机 IP 须在公众号的 IP 白名单中"),
    )
    .required(),
    Field::setting(
        "mode",
        Words::new("Messages", "消息类型"),
        Words::new(
            "template: to everybody; customer: only within 48 h of a person's act",
            "template 模板消息；customer 客服消息，限用户互动后 48 小时内",
        ),
        Shape::Choice(&["template", "customer"]),
    )
    .or("template"),
    Field::setting(
        "template_id",
        Words::new("Template", "模板 ID"),
        Words::new("one of the account's template messages", "公众号“模板消息”中的模板 ID"),
        Shape::Text,
    ),
    Field::setting(
        "fields",
        Words::new("Template keys", "模板字段"),
        Words::new(
            "thing1={{title}}; time2={{time}}; or body, url, date, a line by its name",
            "如 thing1={{title}}; time2={{time}}，还可用 body url date 或正文的行名",
        ),
        Shape::Text,
    ),
    Field::setting(
        "cut",
        Words::new("Cut things", "截断 thing"),
        Words::new(
            "cuts things over 20 characters; otherwise they are refused",
            "超过 20 字的 thing 截断为 19 字加…；否则不发送",
        ),
        Shape::Flag,
    )
    .or("no"),
    Field::setting(
        "utc_offset",
        Words::new("Hours ahead of UTC", "时区"),
        Words::new("for {{time}} and {{date}}", "用于 {{time}} 和 {{date}}，与 UTC 相差的小时数"),
        Shape::Number(-12, 14),
    )
    .or("8"),
    Field::setting(
        "mini_appid",
        Words::new("Opens mini program", "跳转小程序"),
        Words::new(
            "its app id; wins over the link; must be associated with the account",
            "小程序 AppID；优先于链接，须与公众号关联",
        ),
        Shape::Text,
    ),
    Field::setting(
        "mini_path",
        Words::new("Its page", "小程序页面"),
        Words::new("such as pages/index?id=7", "如 pages/index?id=7"),
        Shape::Text,
    ),
    Field::setting(
        "style",
        Words::new("Customer message", "客服消息样式"),
        Words::new("text, or a card with title, text and link", "text 文本；news 图文卡片"),
        Shape::Choice(&["text", "news"]),
    )
    .or("text"),
    Field::setting(
        "picture",
        Words::new("Picture", "配图"),
        Words::new("URL of the card's picture", "图文卡片的图片地址"),
        Shape::Form(Written::Link),
    ),
    Field::setting(
        "kf_account",
        Words::new("Agent", "客服帐号"),
        Words::new("such as test1@test: speaks in that agent's name", "如 test1@test，以该客服的名义发送"),
        Shape::Text,
    ),
    Field::setting(
        "fallback_template",
        Words::new("Else the template", "改发模板消息"),
        Words::new(
            "customer messages: the template goes out where the 48 h are over",
            "客服消息：超出 48 小时则改发模板消息",
        ),
        Shape::Flag,
    )
    .or("no"),
    Field::credential(
        "callback_token",
        Words::new("Callback token", "回调 Token"),
        Words::new("as set beside the callback address", "与公众号“服务器配置”中的 Token 一致"),
    ),
    Field::credential(
        "aes_key",
        Words::new("AES key", "消息加密密钥"),
        Words::new(
            "EncodingAESKey, 43 characters; for the secure mode",
            "EncodingAESKey，43 位；安全模式下使用",
        ),
    )
    .of_form(Written::Code(43)),
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("for relays and tests", "用于中转或测试"),
        Shape::Url,
    )
    .or(HOST),
];
