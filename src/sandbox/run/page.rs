//! The start page: for each kind where it listens, and a line that makes a channel of it, at 80 columns.

use std::fmt::Write as _;

use super::super::{Kind, Sandbox};

/// One kind on the page.
struct Entry {
    kind: Kind,
    /// What its addresses look like.
    address: &'static str,
    /// A credential that comes by standard input: its field, and the command that says it.
    secret: Option<(&'static str, &'static str)>,
    /// Settings beyond where it is.
    settings: &'static str,
}

const fn plain(kind: Kind, address: &'static str) -> Entry {
    Entry { kind, address, secret: None, settings: "" }
}

/// A key that has the form of a real one.
const P8: &str = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";

/// Kinds by what they are to their owner.
const GROUPS: [(&str, &[Entry]); 5] = [
    (
        "WxPusher, Bark, ServerChan and mail",
        &[
            Entry {
                kind: Kind::Wxpusher,
                address: "UID_anybody",
                secret: Some(("app_token", "echo AT_sandbox")),
                settings: "",
            },
            plain(Kind::WxpusherSpt, "SPT_anybody"),
            plain(Kind::Bark, "any key"),
            plain(Kind::Serverchan, "SCT1Tanybody or sctp1tanybody"),
            Entry {
                kind: Kind::Email,
                address: "any mailbox",
                secret: None,
                settings: "--set from=news@example.com",
            },
        ],
    ),
    (
        "accounts of one's own: WeChat Official Account, APNs",
        &[
            Entry {
                kind: Kind::Wechat,
                address: "any openid; templates TPL_ID TPL_ONE TPL_ORDER TPL_FREE",
                secret: Some(("app_secret", "echo secret")),
                settings: "--set app_id=wxsandbox --set template_id=TPL_ONE --set 'fields=thing1={{title}}'",
            },
            Entry {
                kind: Kind::Apns,
                address: "a device token: 64 hex digits",
                secret: Some(("key", P8)),
                settings: "--set team_id=DEF123GHIJ --set key_id=ABC123DEFG --set bundle_id=com.example.app",
            },
        ],
    ),
    (
        "one's own server, bots and apps",
        &[
            plain(Kind::Ntfy, "any topic"),
            plain(Kind::Gotify, "an app's token: A and anything"),
            Entry {
                kind: Kind::Telegram,
                address: "a chat's number, or @name",
                secret: Some(("bot_token", "echo 123456:sandbox")),
                settings: "",
            },
            plain(Kind::Pushplus, "any token"),
            plain(Kind::Pushdeer, "PDU and anything"),
            Entry {
                kind: Kind::Pushover,
                address: "a user key: 30 letters and digits",
                secret: Some(("app_token", "echo sandboxsandboxsandboxsandbox12")),
                settings: "",
            },
        ],
    ),
    (
        "group robots, the address holds the token",
        &[
            plain(Kind::Dingtalk, "any access token"),
            plain(Kind::Feishu, "any token"),
            plain(Kind::Wecom, "any key"),
            plain(Kind::Slack, "T1/B1/secret"),
            plain(Kind::Discord, "1/secret"),
        ],
    ),
    ("anything else", &[plain(Kind::Webhook, "anything; it takes whatever comes")]),
];

/// The whole page.
pub(super) fn page(sandbox: &Sandbox) -> String {
    let mut text = "# The sandbox takes messages on this machine only; nothing reaches a phone.\n".to_owned();
    for (title, entries) in GROUPS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n# {title}");
        for entry in entries {
            let _ = writeln!(text, "\n  # {} to: {}", entry.kind.id(), entry.address);
            text.push_str(&folded(&add(sandbox, entry)));
        }
    }
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n# People act by a line in a shell, once it is said where that is told, such as\n\
         # to `pushdeck serve --listen 127.0.0.1:8480`:\n\
         \n  PATH_OF=$(pushdeck channel callback sandbox-wxpusher)\n  \
         curl -d url=http://127.0.0.1:8480$PATH_OF \\\n    {0}/sandbox/callback\n  \
         curl -d who=UID_anybody -d does=write -d text=status \\\n    {0}/sandbox/act\n\
         \n# They follow, unfollow, scan, write, tap and pay; any other word is an event\n\
         # that nobody knows yet. WeChat is at {1}, with `-d token=`.\n",
        sandbox.url(Kind::Wxpusher),
        sandbox.url(Kind::Wechat),
    );
    text.push_str(
        "\n# Any credential of the right form is taken. Words in an address make trouble,\n\
         # such as dead, quota, flaky or drop: `pushdeck sandbox --help` lists them.\n\
         # rate=none lifts the providers' limits, which the servers here do not have;\n\
         # leave it out to send at the pace of the real ones.\n",
    );
    text
}

/// The parts of one command, in the order of the line.
fn add(sandbox: &Sandbox, entry: &Entry) -> Vec<String> {
    let id = entry.kind.id();
    let mut parts = Vec::new();
    if let Some((_, says)) = entry.secret {
        parts.push(format!("{says} |"));
    }
    let name = if entry.kind == Kind::WxpusherSpt { "spt" } else { id };
    parts.push(format!("pushdeck channel add sandbox-{name} --kind {id} --set rate=none"));
    match entry.kind {
        Kind::Email => {
            let at = sandbox.smtp_addr();
            parts.push(format!("--set host={}", at.ip()));
            parts.push(format!("--set port={} --set security=none", at.port()));
        }
        // A webhook has a whole address in place of a base.
        Kind::Webhook => parts.push(format!("--set url={}/hook", sandbox.url(Kind::Webhook))),
        kind => parts.push(format!("--set base_url={}", sandbox.url(kind))),
    }
    if !entry.settings.is_empty() {
        parts.extend(
            entry
                .settings
                .split(" --set ")
                .enumerate()
                .map(|(at, setting)| if at == 0 { setting.to_owned() } else { format!("--set {setting}") }),
        );
    }
    if let Some((field, _)) = entry.secret {
        parts.push(format!("--secret-file {field}=-"));
    }
    parts
}

/// In lines of at most 79 columns, for a shell.
fn folded(parts: &[String]) -> String {
    let mut text = String::from("  ");
    let mut column = 2;
    for (at, part) in parts.iter().enumerate() {
        // Two more for what ends a line that goes on.
        if at > 0 && column + 1 + part.len() + 2 > 79 {
            text.push_str(" \\\n    ");
            column = 4;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(part);
        column += part.len();
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::Options;
    use super::super::super::driver::started;
    use super::*;

    #[tokio::test]
    async fn there_is_a_ready_made_line_for_every_kind_at_80_columns() {
        let sandbox = started(Options::default()).await;
        let page = page(&sandbox);
        for kind in Kind::ALL {
            assert!(page.contains(&format!("--kind {} ", kind.id())), "{kind:?}");
            let there = match kind {
                Kind::Email => format!("--set port={}", sandbox.smtp_addr().port()),
                Kind::Webhook => format!("--set url={}/", sandbox.url(kind)),
                _ => format!("--set base_url={}", sandbox.url(kind)),
            };
            assert!(page.contains(&there), "{kind:?}");
        }
        for line in page.lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
    }
}
