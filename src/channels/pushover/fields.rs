//! What can be set on a Pushover channel.

use super::{EXPIRE, PUBLIC, RETRY};
use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

pub(super) const FIELDS: &[Field] = &[
    Field::credential(
        "app_token",
        Words::new("Application token", "应用 Token"),
        Words::new("30 letters and digits, from your page of the application", "30 位字母和数字，见应用页面"),
    )
    .of_form(Written::Code(30))
    .required(),
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("for relays and tests", "用于中转或测试"),
        Shape::Url,
    )
    .or(PUBLIC),
    Field::setting(
        "priority",
        Words::new("Priority", "优先级"),
        Words::new(
            "-2 silent, 0 usual, 1 despite quiet hours, 2 until acknowledged",
            "-2 静默，0 普通，1 无视免打扰，2 直到确认",
        ),
        Shape::Number(-2, 2),
    ),
    Field::setting(
        "retry",
        Words::new("Repeat every", "重复间隔"),
        Words::new("seconds, at priority 2", "秒，仅优先级 2"),
        Shape::Number(30, 10_800),
    )
    .or(RETRY),
    Field::setting(
        "expire",
        Words::new("Repeat for", "重复时长"),
        Words::new("seconds, at priority 2", "秒，仅优先级 2"),
        Shape::Number(30, 10_800),
    )
    .or(EXPIRE),
    Field::setting(
        "sound",
        Words::new("Sound", "铃声"),
        Words::new("a name from the app, such as pushover or none", "App 中的名称，如 pushover、none"),
        Shape::Text,
    ),
    Field::setting(
        "device",
        Words::new("Device", "设备"),
        Words::new("only to devices of that name", "仅发送到该名称的设备"),
        Shape::Text,
    ),
    Field::setting(
        "ttl",
        Words::new("Kept for", "保存时长"),
        Words::new("seconds until it disappears by itself", "多少秒后自动删除"),
        Shape::Number(1, 31_536_000),
    ),
    Field::setting(
        "url_title",
        Words::new("Words of the link", "链接文字"),
        Words::new("unset, the address itself", "不填则显示地址"),
        Shape::Text,
    ),
    Field::setting(
        "monospace",
        Words::new("Monospace", "等宽字体"),
        Words::new("sends plain text in it", "以等宽字体发送纯文本"),
        Shape::Flag,
    ),
];
