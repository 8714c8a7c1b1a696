//! Mailboxes as people type them.

use lettre::message::Mailbox as LettreMailbox;

use crate::channels::text::one_line;

/// A mailbox as typed: a display name, perhaps, and an address whose domain is ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, or empty.
    pub name: String,
    /// Local part as typed, domain in its ASCII form and lower case.
    pub address: String,
}

impl Mailbox {
    /// Reads `a@b`, `<a@b>`, `Name <a@b>` or `"Name" <a@b>`; `None` for what is not a mailbox.
    pub fn parse(typed: &str) -> Option<Self> {
        let (name, address) = Self::split(typed);
        let (local, domain) = address.rsplit_once('@')?;
        let url::Host::Domain(domain) = url::Host::parse(domain).ok()? else { return None };
        lettre::Address::new(local, &domain).ok()?;
        Some(Self { name, address: format!("{local}@{domain}") })
    }

    fn split(typed: &str) -> (String, &str) {
        let typed = typed.trim();
        match typed.rsplit_once('<').and_then(|(name, rest)| Some((name, rest.strip_suffix('>')?))) {
            Some((name, address)) => (one_line(name.trim().trim_matches('"')).into_owned(), address.trim()),
            None => (String::new(), typed),
        }
    }

    pub(super) fn domain(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or_default()
    }

    pub(super) fn lettre(&self) -> Option<LettreMailbox> {
        let name = Some(self.name.clone()).filter(|name| !name.is_empty());
        Some(LettreMailbox::new(name, self.address.parse().ok()?))
    }
}
