//! The addresses that providers themselves hand out for their hooks: what an operator has on the clipboard. Apprise
//! takes them in the place of its own URLs, and so do we.

use super::parts::Parts;

/// What a provider's own address looks like, and the scheme that means the same.
struct Native {
    scheme: &'static str,
    hosts: &'static [&'static str],
    /// The beginning of the path; what follows it is kept.
    path: &'static [&'static str],
    /// The parameter that holds the token, or nothing: it is in the path.
    token: &'static str,
    /// How many parts must follow the beginning.
    parts: usize,
}

const fn native(
    scheme: &'static str,
    hosts: &'static [&'static str],
    path: &'static [&'static str],
    parts: usize,
) -> Native {
    Native { scheme, hosts, path, token: "", parts }
}

static NATIVE: &[Native] = &[
    native("slack", &["hooks.slack.com"], &["services"], 3),
    native("discord", &["discord.com", "discordapp.com"], &["api", "webhooks"], 2),
    native("feishu", &["open.feishu.cn"], &["open-apis", "bot", "v2", "hook"], 1),
    native("lark", &["open.larksuite.com"], &["open-apis", "bot", "v2", "hook"], 1),
    native("schan", &["sctapi.ftqq.com"], &[], 1),
    native("barks", &["api.day.app"], &[], 1),
    native("ntfys", &["ntfy.sh"], &[], 1),
    Native { token: "access_token", ..native("dingtalk", &["oapi.dingtalk.com"], &["robot", "send"], 0) },
    Native {
        token: "key",
        ..native("wecombot", &["qyapi.weixin.qq.com"], &["cgi-bin", "webhook", "send"], 0)
    },
    Native { token: "token", ..native("pushplus", &["www.pushplus.plus"], &["send"], 0) },
];

/// Turns a provider's own address into the parts of the URL that means the same; any other is left as it is.
pub(super) fn translate(parts: &mut Parts) {
    let is_own = parts.scheme == "https" && parts.user.is_none() && parts.port.is_none_or(|port| port == 443);
    let Some(native) = NATIVE.iter().find(|native| is_own && native.fits(parts)) else { return };
    let rest = parts.path.split_off(native.path.len());
    parts.path = match native.scheme {
        // Their host is the server, and the path the same as in theirs.
        "barks" | "ntfys" => rest,
        _ => {
            let mut rest = rest.into_iter();
            let token = if native.token.is_empty() { rest.next() } else { parts.take(native.token) };
            let token = token.unwrap_or_default();
            // ServerChan's ends in what one does with it.
            parts.host = token.strip_suffix(".send").map_or_else(|| token.clone(), str::to_owned);
            rest.collect()
        }
    };
    native.scheme.clone_into(&mut parts.scheme);
    parts.port = None;
}

impl Native {
    fn fits(&self, parts: &Parts) -> bool {
        let is_host = |host: &&str| host.eq_ignore_ascii_case(&parts.host);
        let begins = parts.path.iter().zip(self.path).all(|(is, should)| is == should);
        self.hosts.iter().any(is_host) && begins && parts.path.len() == self.path.len() + self.parts
    }
}
