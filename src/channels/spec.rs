//! What the catalogue says about a kind: fields, address, limits, formats, pace.
//!
//! A `Spec` is plain constant data. Its words stand here in both languages, beside what they
//! describe, so that a new kind stays one file.

use std::time::Duration;

use super::written::Form;
use crate::domain::message::Format;

/// A short text in both languages of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

/// One field of the credential form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The pinned name: `--set NAME=VALUE`, `--secret-file NAME=PATH`, JSON.
    pub name: &'static str,
    /// The label in forms.
    pub label: Words,
    /// One line of help under the field.
    pub help: Words,
    /// Whether it is a credential: sealed in the store, write-only on screen.
    pub secret: bool,
    /// Whether the channel cannot work without it.
    pub required: bool,
    /// The value when it is not set; shown as such.
    pub default: Option<&'static str>,
    /// What values it takes.
    pub shape: Shape,
}

/// What values a field takes; forms and the command line check with `Shape::check`.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text without control characters.
    Text,
    /// An absolute http(s) URL; plain http is taken for loopback hosts, elsewhere only with `http_ok`.
    Url,
    /// A whole number from the first to the second.
    Number(i64, i64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `yes` or `no`.
    Flag,
    /// Calls in a period, such as `20/10s`, `5/s`, `600/m`, or `none`.
    Rate,
    /// A stretch of the day, such as `22:00-08:00`.
    Hours,
    /// A mailbox, with or without a display name.
    Mailbox,
    /// A template of the kind `webhook`; may have several lines.
    Template,
    /// Such a template that makes an absolute http(s) URL.
    UrlTemplate,
    /// Such templates as headers: `Name: value` in lines, or with `;` between them.
    Headers,
    /// What an answer to a webhook has to be like.
    Expression,
    /// A whole number from the first to the second, or `no`.
    NumberOrNo(i64, i64),
    /// A private key in PEM; its lines may have become one.
    Pem,
    /// Text that a provider knows in one form alone.
    Form(Form),
}

/// What the channel needs to reach a person.
#[derive(Debug, Clone, Copy)]
pub struct AddressSpec {
    /// What the field calls it: UID, device key, SendKey, mailbox.
    pub label: Words,
    /// Whether it is a secret by itself: sealed, masked, never logged.
    pub secret: bool,
    /// What a usual one looks like.
    pub example: &'static str,
}

/// The unit in which a provider counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units, as Java and JavaScript servers count.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

/// How much of something a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most.
    pub max: usize,
    /// Counted in this unit.
    pub unit: Unit,
}

/// The limits of one message. `None` means that no limit is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Of the title.
    pub title: Option<Limit>,
    /// Of the summary.
    pub summary: Option<Limit>,
    /// Of the body in the channel's own format.
    pub body: Option<Limit>,
    /// Of the link.
    pub url: Option<Limit>,
    /// Of the whole payload as the provider counts it (see `Kind::payload_size`).
    pub payload: Option<Limit>,
}

/// How many refusals within how long a provider takes before it keeps the whole host out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorBudget {
    /// So many at most.
    pub most: usize,
    /// Within this time.
    pub per: Duration,
}

/// How fast a provider may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At most so many calls …
    pub calls: u32,
    /// … in so many milliseconds.
    pub per_ms: u32,
}

/// What happens when the same request arrives twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The person may get it twice.
    Duplicates,
    /// The same id replaces the first one on the device.
    Collapses,
}

/// The wire that carries a kind's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// HTTP(S).
    Http,
    /// SMTP.
    Smtp,
}

/// One kind in the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The pinned word: `--kind ID`, JSON, the store.
    pub id: &'static str,
    /// The brand as it writes itself.
    pub label: Words,
    /// One line on what it is for.
    pub about: Words,
    /// Own fields; those that every kind takes are in `COMMON_FIELDS`.
    pub fields: &'static [Field],
    /// What reaches a person.
    pub address: AddressSpec,
    /// The formats it carries itself, best first.
    pub formats: &'static [Format],
    /// Whether a summary travels; where it does not, no preview may show it.
    pub has_summary: bool,
    /// Message limits.
    pub limits: Limits,
    /// The most people in one call, if all get the same text; an account may differ (`Kind::people_per_call`).
    pub people_per_call: usize,
    /// The most remote topics in one call; 0 means that it has none.
    pub remotes_per_call: usize,
    /// The published limit; the sender stays below it. `None` means no limit is known.
    pub rate: Option<Rate>,
    /// The most calls in flight at once.
    pub concurrency: usize,
    /// Seconds to wait for an answer.
    pub timeout_s: u64,
    /// What a repeated request does.
    pub repeat: Repeat,
    /// What carries it.
    pub wire: Wire,
}

impl Spec {
    /// Own fields first, then those that every kind takes.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().chain(COMMON_FIELDS)
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.all_fields().find(|field| field.name == name)
    }
}

impl Words {
    /// Both languages at once.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }
}

impl Field {
    /// An optional setting without a default.
    pub const fn setting(name: &'static str, label: Words, help: Words, shape: Shape) -> Self {
        Self { name, label, help, secret: false, required: false, default: None, shape }
    }

    /// A credential: any text.
    pub const fn credential(name: &'static str, label: Words, help: Words) -> Self {
        Self { name, label, help, secret: true, required: false, default: None, shape: Shape::Text }
    }

    /// The same, and the channel cannot work without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, written in that form.
    #[must_use]
    pub const fn of_form(mut self, form: Form) -> Self {
        self.shape = Shape::Form(form);
        self
    }

    /// The same, with what holds when it is not set.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }
}

/// The fields that every kind takes, so that tests, relays and self-hosted servers work.
/// (`base_url` is a kind's own field where it has one, because its default differs.)
pub const COMMON_FIELDS: &[Field] = &[
    Field::setting(
        "rate",
        Words { en: "Rate", zh: "速率" },
        Words {
            en: "calls in a period, such as 20/10s; none for no limit",
            zh: "一段时间内的调用数，如 20/10s；none 表示不限",
        },
        Shape::Rate,
    ),
    Field::setting(
        "quiet",
        Words { en: "Quiet hours", zh: "免打扰" },
        Words {
            en: "when nothing leaves, such as 22:00-08:00; what waits goes after",
            zh: "此时段不发送，如 22:00-08:00；之后继续",
        },
        Shape::Hours,
    ),
    Field::setting(
        "concurrency",
        Words { en: "Concurrency", zh: "并发" },
        Words { en: "calls in flight at once", zh: "同时进行的调用数" },
        Shape::Number(1, 1_024),
    ),
    Field::setting(
        "timeout",
        Words { en: "Timeout", zh: "超时" },
        Words { en: "seconds to wait for an answer", zh: "等待回应的秒数" },
        Shape::Number(1, 600),
    ),
    Field::setting(
        "http_ok",
        Words { en: "Unencrypted", zh: "未加密连接" },
        Words {
            en: "allows unencrypted connections to hosts other than this one",
            zh: "允许对本机以外的主机使用未加密的连接",
        },
        Shape::Flag,
    )
    .or("no"),
    Field::setting(
        "ca_file",
        Words { en: "CA file", zh: "CA 证书文件" },
        Words {
            en: "certificates to trust instead of the system's, for a server of your own",
            zh: "自建服务器所用的 CA 证书（PEM），代替系统证书",
        },
        Shape::Text,
    ),
];
