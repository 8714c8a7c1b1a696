//! `mailto://` and `mailtos://`: who sends, and through which server, follows from the address where it is one of a
//! known provider.

use super::forms::path_of;
use super::parts::Parts;
use super::{AppriseError, Entry};
use crate::channels::email::Mailbox;
use crate::channels::field::is_loopback_host;
use crate::channels::spec::Words;
use crate::domain::secret::Secret;

/// A provider's server.
struct Provider {
    domains: &'static [&'static str],
    server: &'static str,
    port: &'static str,
    security: &'static str,
    /// Whether one logs in with the name before the @ alone.
    short: bool,
}

const fn at(
    domains: &'static [&'static str],
    server: &'static str,
    port: &'static str,
    security: &'static str,
) -> Provider {
    Provider { domains, server, port, security, short: false }
}

/// As Apprise knows them.
const PROVIDERS: &[Provider] = &[
    at(&["gmail.com"], "smtp.gmail.com", "587", "starttls"),
    at(&["qq.com", "foxmail.com"], "smtp.qq.com", "587", "starttls"),
    at(&["163.com"], "smtp.163.com", "465", "tls"),
    at(&["hotmail.com", "live.com"], "smtp-mail.outlook.com", "587", "starttls"),
    at(&["outlook.com"], "smtp.outlook.com", "587", "starttls"),
    at(&["office365.com"], "smtp.office365.com", "587", "starttls"),
    at(&["yahoo.com", "yahoo.ca"], "smtp.mail.yahoo.com", "465", "tls"),
    at(&["gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.fr"], "mail.gmx.com", "587", "starttls"),
    at(&["fastmail.com"], "smtp.fastmail.com", "465", "tls"),
    at(&["zoho.com", "zohomail.com"], "smtp.zoho.com", "587", "starttls"),
    at(&["comcast.net"], "smtp.comcast.net", "465", "tls"),
    Provider { short: true, ..at(&["yandex.com", "yandex.ru"], "smtp.yandex.ru", "465", "tls") },
    Provider { short: true, ..at(&["sendgrid.com", "sendgrid.net"], "smtp.sendgrid.net", "465", "tls") },
];

fn provider(domain: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|one| one.domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
}

pub(super) fn read(parts: &mut Parts, entry: &mut Entry) -> Result<(), AppriseError> {
    let user = parts.user.take().or_else(|| parts.take("user"));
    let password = parts.password.take().or_else(|| parts.take("pass"));
    let domain = std::mem::take(&mut parts.host);
    let own = |local: &str| match local.split_once('@') {
        Some(_) => local.to_owned(),
        None => format!("{local}@{domain}"),
    };
    let smtp = parts.take("smtp");
    let known = if smtp.is_none() { provider(&domain) } else { None };
    let mode = parts.take("mode").map(|mode| mode.to_ascii_lowercase());
    let security = match mode.as_deref() {
        Some("ssl") => "tls",
        Some("starttls") => "starttls",
        Some("insecure") => "none",
        Some(_) => {
            return Err(AppriseError::Unlike(Words::new(
                "a mode other than ssl, starttls and insecure",
                "模式只能是 ssl、starttls 或 insecure",
            )));
        }
        None => known.map_or(if parts.sealed { "starttls" } else { "none" }, |one| one.security),
    };
    let host = smtp.unwrap_or_else(|| known.map_or(domain.as_str(), |one| one.server).to_owned());
    if host.is_empty() {
        return Err(AppriseError::Missing(Words::new("server", "服务器")));
    }
    let port = parts.port.map(|port| port.to_string());
    let usual = match security {
        "tls" => "465",
        "starttls" => "587",
        _ => "25",
    };
    let port = port.or_else(|| known.filter(|_| mode.is_none()).map(|one| one.port.to_owned()));
    if let Some(port) = port.filter(|port| port != usual) {
        entry.set("port", port);
    }
    if security == "none" && !is_loopback_host(&host) {
        entry.set("http_ok", "yes");
    }
    // tls is what a channel has anyway.
    if security != "tls" {
        entry.set("security", security);
    }
    let (given, name) = (parts.take("from"), parts.take("name"));
    let address = given.as_deref().and_then(Mailbox::parse);
    let called = match (&address, given, name) {
        (Some(mailbox), _, name) => name.or_else(|| Some(mailbox.name.clone())),
        (None, given, name) => name.or(given),
    };
    let address = match (address, &user) {
        (Some(mailbox), _) => mailbox.address,
        (None, Some(user)) => own(user),
        (None, None) => return Err(AppriseError::Missing(Words::new("sender", "发件人"))),
    };
    let called = called.filter(|name| !name.is_empty());
    entry.set("from", called.map_or(address.clone(), |name| format!("{name} <{address}>")));
    entry.set("host", host);
    if let (Some(user), Some(password)) = (&user, password) {
        let login = match known {
            Some(one) if one.short => user.split('@').next().unwrap_or_default().to_owned(),
            Some(_) => own(user),
            None => user.clone(),
        };
        entry.set("user", login);
        entry.hide("password", password);
    }
    if let Some(reply) = parts.take("reply") {
        entry.set("reply_to", reply);
    }
    let mut to = std::mem::take(&mut parts.path);
    to.extend(parts.list("to"));
    // Everybody gets a mail of their own here.
    for copy in ["cc", "bcc"] {
        to.extend(parts.list(copy));
    }
    if to.is_empty() {
        // A mail to oneself.
        to.push(address);
    }
    entry.addresses.extend(to.into_iter().map(Secret::new));
    Ok(())
}

pub(super) fn write(entry: &Entry, parts: &mut Parts) -> Result<(), AppriseError> {
    let host = entry.setting("host").ok_or(AppriseError::Missing(Words::new("host", "host")))?;
    let from = entry
        .setting("from")
        .and_then(Mailbox::parse)
        .ok_or(AppriseError::Missing(Words::new("from", "from")))?;
    let security = entry.setting("security").unwrap_or("tls");
    parts.sealed = security != "none";
    host.clone_into(&mut parts.host);
    parts.port = entry.setting("port").and_then(|port| port.parse().ok());
    let mut say = |name: &str, value: String| parts.query.push((name.to_owned(), value));
    // Said even where it is the same, so that no provider is guessed.
    say("smtp", host.to_owned());
    if parts.sealed {
        say("mode", if security == "tls" { "ssl" } else { "starttls" }.to_owned());
    }
    let sender =
        if from.name.is_empty() { from.address } else { format!("{} <{}>", from.name, from.address) };
    say("from", sender);
    if let Some(reply) = entry.setting("reply_to") {
        say("reply", reply.to_owned());
    }
    parts.user = entry.setting("user").map(str::to_owned);
    parts.password = parts.user.as_ref().and_then(|_| entry.secret("password").map(str::to_owned));
    parts.path = path_of(entry);
    Ok(())
}
