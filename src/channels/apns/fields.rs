//! What can be set on an APNs channel: whose app it is, and how notifications look and sound.

use crate::channels::spec::{Field, Shape, Words};
use crate::channels::written::Form as Written;

pub(super) const FIELDS: &[Field] = &[
    Field::setting(
        "team_id",
        Words::new("Team ID", "团队 ID"),
        Words::new("ten characters, from the membership page", "十个字符，见开发者账号的会员页"),
        Shape::Form(Written::Code(10)),
    )
    .required(),
    Field::setting(
        "key_id",
        Words::new("Key ID", "密钥 ID"),
        Words::new("ten characters, as in AuthKey_KEYID.p8", "十个字符，见文件名 AuthKey_KEYID.p8"),
        Shape::Form(Written::Code(10)),
    )
    .required(),
    Field {
        shape: Shape::Pem,
        ..Field::credential(
            "key",
            Words::new("Key", "密钥"),
            Words::new("what the .p8 file holds", ".p8 文件的内容"),
        )
        .required()
    },
    Field::setting(
        "bundle_id",
        Words::new("Bundle ID", "Bundle ID"),
        Words::new("of the app, such as com.example.app", "App 的标识，如 com.example.app"),
        Shape::Text,
    )
    .required(),
    Field::setting(
        "environment",
        Words::new("Environment", "环境"),
        Words::new("sandbox for builds that Xcode installed", "由 Xcode 安装的版本用 sandbox"),
        Shape::Choice(&["production", "sandbox"]),
    )
    .or("production"),
    Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("goes before the environment; for tests and relays", "优先于环境；用于测试或中转"),
        Shape::Url,
    ),
    Field::setting(
        "sound",
        Words::new("Sound", "铃声"),
        Words::new("a file of the app; none: silent", "App 内的声音文件；none 为静音"),
        Shape::Text,
    )
    .or("default"),
    Field::setting(
        "level",
        Words::new("Level", "级别"),
        Words::new(
            "how far it may disturb; critical needs Apple's leave",
            "通知的打扰程度；critical 需要 Apple 许可",
        ),
        Shape::Choice(&["passive", "active", "time-sensitive", "critical"]),
    ),
    Field::setting(
        "badge",
        Words::new("Badge", "角标"),
        Words::new("number on the app's icon; 0 removes it", "App 图标上的数字；0 为清除"),
        Shape::Number(0, 99_999),
    ),
    Field::setting(
        "thread_id",
        Words::new("Thread", "分组"),
        Words::new("what is shown together", "归为同一组显示"),
        Shape::Text,
    ),
    Field::setting(
        "category",
        Words::new("Category", "类别"),
        Words::new("of the app: which buttons it offers", "由 App 定义：决定显示哪些按钮"),
        Shape::Text,
    ),
    Field::setting(
        "mutable",
        Words::new("Mutable", "可修改"),
        Words::new("the app's extension may change it", "允许 App 的通知扩展修改内容"),
        Shape::Flag,
    )
    .or("no"),
    Field::setting(
        "expiration",
        Words::new("Kept for", "保留时长"),
        Words::new(
            "seconds that Apple tries; 0: once; unset: 30 days",
            "Apple 尝试投递的秒数；0 仅一次；不填为 30 天",
        ),
        Shape::Number(0, 2_592_000),
    ),
    Field::setting(
        "priority",
        Words::new("Priority", "优先级"),
        Words::new("10 at once; 5 saves power; 1 lowest", "10 立即；5 省电；1 最低"),
        Shape::Choice(&["10", "5", "1"]),
    )
    .or("10"),
];
