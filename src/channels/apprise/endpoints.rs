//! URLs of servers of one's own: their host is an address of the network, and plain http has a scheme of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::forms::{only, path_of, targets};
use super::parts::Parts;
use super::{AppriseError, Entry};
use crate::channels::field::is_loopback;
use crate::channels::spec::Words;
use crate::channels::webhook::header_parts;
use crate::domain::secret::Secret;

/// Sets the server, unless it is the kind's own. Who wrote the scheme without TLS meant it.
fn base_in(entry: &mut Entry, parts: &Parts, path: &str, public: &str) {
    let base = format!("{}{path}", parts.base());
    if !parts.sealed && !is_loopback(&base) {
        entry.set("http_ok", "yes");
    }
    if base != public {
        entry.set("base_url", base);
    }
}

fn base_out(entry: &Entry, parts: &mut Parts, public: &str) -> Result<(), AppriseError> {
    let path = parts.set_base(entry.setting("base_url").unwrap_or(public))?;
    if path.is_empty() {
        Ok(())
    } else {
        Err(AppriseError::Unlike(Words::new(
            "a server below a path has no such URL",
            "带路径的服务器没有此类网址",
        )))
    }
}

fn login_in(parts: &mut Parts, entry: &mut Entry) {
    if let Some(user) = parts.user.take() {
        entry.set("user", user);
        if let Some(password) = parts.password.take() {
            entry.hide("password", password);
        }
    }
}

fn login_out(entry: &Entry, parts: &mut Parts) {
    parts.user = entry.setting("user").map(str::to_owned);
    parts.password = entry.secret("password").map(str::to_owned);
}

const BARK: &str = "https://api.day.app";

pub(super) fn bark_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    if parts.host.is_empty() {
        return Err(AppriseError::Missing(Words::new("server", "服务器")));
    }
    base_in(entry, parts, "", BARK);
    login_in(parts, entry);
    targets(parts, entry);
    Ok(())
}

pub(super) fn bark_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    base_out(entry, parts, BARK)?;
    login_out(entry, parts);
    parts.path = path_of(entry);
    Ok(())
}

const NTFY: &str = "https://ntfy.sh";
const URGENCY: &[&str] = &["min", "low", "default", "high", "max"];

pub(super) fn ntfy_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let by_token = parts.take("auth").is_some_and(|way| way == "token");
    let cloud = parts.take("mode").is_some_and(|mode| mode == "cloud") || parts.path.is_empty();
    if cloud {
        if parts.host != "ntfy.sh" {
            parts.path.insert(0, std::mem::take(&mut parts.host));
        }
    } else if parts.host != "ntfy.sh" {
        base_in(entry, parts, "", NTFY);
    }
    if let Some(token) = parts.take("token") {
        entry.hide("token", token);
    } else if by_token || parts.user.as_ref().is_some_and(|user| user.starts_with("tk_")) {
        // Some write the token where a password would be.
        let token = parts.password.take().or_else(|| parts.user.take());
        entry.hide("token", token.ok_or(AppriseError::Missing(Words::new("token", "令牌")))?);
    } else {
        login_in(parts, entry);
    }
    if let Some(priority) = parts.take("priority") {
        let word = priority.to_ascii_lowercase();
        let at = URGENCY.iter().position(|known| word.len() > 1 && known.starts_with(&word));
        entry.set("priority", at.map_or(priority, |at| (at + 1).to_string()));
    }
    parts.path.retain(|topic| !topic.is_empty());
    targets(parts, entry);
    Ok(())
}

pub(super) fn ntfy_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    base_out(entry, parts, NTFY)?;
    let mut say = |name: &str, value: &str| parts.query.push((name.to_owned(), value.to_owned()));
    if entry.addresses.is_empty() {
        return Err(AppriseError::Missing(Words::new("topic", "主题")));
    }
    say("mode", if entry.setting("base_url").is_none() { "cloud" } else { "private" });
    if let Some(priority) = entry.setting("priority") {
        let word = priority.parse::<usize>().ok().and_then(|at| URGENCY.get(at.checked_sub(1)?));
        say("priority", word.unwrap_or(&priority));
    }
    if let Some(token) = entry.secret("token") {
        say("auth", "token");
        parts.user = Some(token.to_owned());
    } else {
        login_out(entry, parts);
    }
    parts.path = path_of(entry);
    Ok(())
}

pub(super) fn gotify_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let token = parts.path.pop().ok_or(AppriseError::Missing(Words::new("token", "令牌")))?;
    let path: String = parts.path.drain(..).map(|part| format!("/{part}")).collect();
    base_in(entry, parts, &path, "");
    entry.addresses.push(Secret::new(token));
    if let Some(priority) = parts.take("priority") {
        let words = [("low", "0"), ("moderate", "3"), ("normal", "5"), ("high", "8"), ("emergency", "10")];
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&priority));
        entry.set("priority", known.map_or(priority.as_str(), |(_, number)| number));
    }
    Ok(())
}

pub(super) fn gotify_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    let base = entry.setting("base_url").ok_or(AppriseError::Missing(Words::new("base_url", "base_url")))?;
    parts.path = parts.set_base(base)?;
    parts.path.push(only(entry)?.to_owned());
    if let Some(priority) = entry.setting("priority") {
        parts.query.push(("priority".to_owned(), priority.to_owned()));
    }
    Ok(())
}

const PUSHDEER: &str = "https://api2.pushdeer.com";

pub(super) fn pushdeer_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let key = match parts.path.pop() {
        Some(key) => {
            base_in(entry, parts, "", PUSHDEER);
            key
        }
        // Alone it is a key of the public server.
        None => std::mem::take(&mut parts.host),
    };
    if key.is_empty() {
        return Err(AppriseError::Missing(Words::new("push key", "推送密钥")));
    }
    entry.addresses.push(Secret::new(key));
    entry.left_out.append(&mut parts.path);
    Ok(())
}

pub(super) fn pushdeer_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    base_out(entry, parts, PUSHDEER)?;
    parts.path.push(only(entry)?.to_owned());
    if entry.setting("base_url").is_none() {
        parts.host = parts.path.remove(0);
    }
    Ok(())
}

/// What Apprise posts as JSON, and as a form.
const JSON: &str = r#"{"version": "1.0", "title": {{ title | tojson }}, "message": {{ plain | tojson }}, "attachments": [], "type": "info"}"#;
const FORM: &str = "version=1.0&title={{ title | urlencode }}&message={{ plain | urlencode }}&type=info";
const AS_FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const BASIC: &str = "Authorization: Basic {{ token }}";
/// Whom a webhook is for: a URL names nobody.
const SOMEONE: &str = "apprise";

pub(super) fn json_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    webhook_in(parts, entry, JSON, None)
}

pub(super) fn form_in(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    webhook_in(parts, entry, FORM, Some(AS_FORM))
}

fn webhook_in(
    parts: &mut Parts,
    entry: &mut Entry,
    body: &str,
    media: Option<&str>,
) -> Result<(), AppriseError> {
    if parts.host.is_empty() {
        return Err(AppriseError::Missing(Words::new("server", "服务器")));
    }
    let mut url = parts.base();
    if !parts.sealed && !is_loopback(&url) {
        entry.set("http_ok", "yes");
    }
    let place = Parts {
        scheme: "x".to_owned(),
        slash: parts.slash || parts.path.is_empty(),
        exact: true,
        path: std::mem::take(&mut parts.path),
        query: parts.marked('-'),
        ..Parts::default()
    };
    let tail = place.print();
    url.push_str(tail.trim_start_matches("x://"));
    let mut headers: Vec<String> = media.map(str::to_owned).into_iter().collect();
    for (name, value) in parts.marked('+') {
        if value.contains([';', '\n', '{']) {
            return Err(AppriseError::Unlike(Words::new(
                "a header with ; or { in its value",
                "标头的值含有 ; 或 {",
            )));
        }
        headers.push(format!("{name}: {value}"));
    }
    if let Some(user) = parts.user.take() {
        let password = parts.password.take().unwrap_or_default();
        headers.push(BASIC.to_owned());
        entry.hide("token", STANDARD.encode(format!("{user}:{password}")));
    }
    if url.contains('{') {
        return Err(AppriseError::Unlike(Words::new("a URL with { in it", "网址中含有 {")));
    }
    entry.set("url", url);
    entry.set("headers", headers.join("; "));
    entry.set("body", body);
    match parts.take("method").map(|method| method.to_ascii_lowercase()) {
        None => {}
        Some(method) if method == "post" => {}
        Some(method) if method == "put" => entry.set("method", method),
        Some(_) => {
            return Err(AppriseError::Unlike(Words::new(
                "a method other than POST and PUT",
                "只支持 POST 和 PUT",
            )));
        }
    }
    let fields = parts.marked(':').into_iter().map(|(name, _)| format!(":{name}"));
    entry.left_out.extend(fields);
    entry.addresses.push(Secret::new(SOMEONE));
    Ok(())
}

pub(super) fn json_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    webhook_out(entry, parts, JSON, None)
}

pub(super) fn form_out(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    webhook_out(entry, parts, FORM, Some(AS_FORM))
}

fn webhook_out(
    entry: &Entry,
    parts: &mut Parts,
    body: &str,
    media: Option<&str>,
) -> Result<(), AppriseError> {
    if entry.setting("body") != Some(body) {
        return Err(AppriseError::Unlike(Words::new(
            "a webhook with a body of its own has no such URL",
            "自定义正文的 Webhook 没有此类网址",
        )));
    }
    let url = entry.setting("url").ok_or(AppriseError::Missing(Words::new("url", "url")))?;
    let taken = Parts::parse(url)?;
    parts.path = parts.set_base(url)?;
    (parts.slash, parts.exact) = (taken.slash, true);
    parts.query = taken.query.into_iter().map(|(name, value)| (format!("-{name}"), value)).collect();
    if let Some(method) = entry.setting("method").filter(|method| *method != "post") {
        parts.query.push(("method".to_owned(), method.to_ascii_uppercase()));
    }
    let headers = header_parts(entry.setting("headers").unwrap_or_default());
    for header in headers.into_iter().map(str::trim).filter(|header| Some(*header) != media) {
        if header == BASIC {
            let token = entry.secret("token").unwrap_or_default();
            // Masked, it is no login any more.
            let login = STANDARD.decode(token).ok().and_then(|login| String::from_utf8(login).ok());
            let login = login.unwrap_or_else(|| format!("{}:{}", super::MASK, super::MASK));
            let (user, password) = login.split_once(':').unwrap_or((&login, ""));
            parts.user = Some(user.to_owned());
            parts.password = Some(password.to_owned()).filter(|word| !word.is_empty());
            continue;
        }
        let (name, value) = header
            .split_once(':')
            .ok_or(AppriseError::Unlike(Words::new("a header that is a template", "标头是模板")))?;
        if header.contains("{{") {
            return Err(AppriseError::Unlike(Words::new("a header that is a template", "标头是模板")));
        }
        parts.query.push((format!("+{}", name.trim()), value.trim().to_owned()));
    }
    Ok(())
}
