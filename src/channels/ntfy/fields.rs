//! What can be set on an ntfy channel.

use super::PUBLIC;
use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

pub(super) const FIELDS: &[Field] = &[
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("ntfy.sh or a server of your own", "ntfy.sh 或自建服务器"),
        Shape::Url,
    )
    .or(PUBLIC),
    Field::credential(
        "token",
        Words::new("Access token", "访问令牌"),
        Words::new(
            "begins with tk_; for topics that not everybody may write",
            "以 tk_ 开头；主题受保护时填写",
        ),
    ),
    Field::setting(
        "user",
        Words::new("User", "用户名"),
        Words::new("instead of a token", "用于代替令牌"),
        Shape::Text,
    ),
    Field::credential("password", Words::new("Password", "密码"), Words::new("of that user", "该用户的密码")),
    Field::setting(
        "priority",
        Words::new("Priority", "优先级"),
        Words::new("1 is silent, 3 is usual, 5 rings on", "1 静默，3 普通，5 最高"),
        Shape::Number(1, 5),
    ),
    Field::setting(
        "tags",
        Words::new("Tags", "标签"),
        Words::new(
            "with commas; names of emoji become signs, such as warning",
            "逗号分隔；表情名会显示为图标，如 warning",
        ),
        Shape::Text,
    ),
    Field::setting(
        "icon",
        Words::new("Icon", "图标"),
        Words::new("URL of a picture", "图片地址"),
        Shape::Form(Written::Link),
    ),
];
