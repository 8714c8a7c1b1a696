//! Apprise URLs: how other tools write down where notifications go. Read into an account and addresses, and written
//! back from them.
//!
//! One table (`forms`) says it for every kind: how the parts of a URL become settings, credentials and addresses.
//! What a URL says beyond that is named and left out, never guessed at; a scheme that is not in the table is refused.

use std::collections::BTreeMap;

use super::spec::Words;
use super::webhook::header_parts;
use crate::domain::secret::Secret;

mod endpoints;
mod forms;
mod list;
mod mail;
mod native;
mod parts;

pub use list::{Line, Unreadable, lines};

use forms::FORMS;
use parts::Parts;

/// The account of a URL, and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The catalogue id of the kind.
    pub kind: String,
    /// Settings by field name.
    pub settings: BTreeMap<String, String>,
    /// Credentials by field name.
    pub secrets: BTreeMap<String, Secret>,
    /// Addresses as typed.
    pub addresses: Vec<Secret>,
    /// What the URL says besides and has no place here, as it names it.
    pub left_out: Vec<String>,
}

/// Why a URL cannot be read, or a channel not be written as one. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppriseError {
    /// There is no `://` in it.
    #[error("it is not a URL")]
    NotUrl,
    /// A scheme that means nothing here.
    #[error("the scheme `{0}` is of no kind that is known here")]
    Scheme(String),
    /// A part that the kind cannot do without.
    #[error("there is no {} in it", .0.en)]
    Missing(Words),
    /// A secret that was masked when it was written.
    #[error("a secret in it is masked")]
    Masked,
    /// What this form of URL can say, but not to us, or the other way round.
    #[error("{}", .0.en)]
    Unlike(Words),
}

/// The mask of a secret in a URL.
pub const MASK: &str = "****";

/// Reads a URL.
pub fn read(url: &str) -> Result<Entry, AppriseError> {
    let mut parts = Parts::parse(url)?;
    if url.contains(MASK) {
        return Err(AppriseError::Masked);
    }
    native::translate(&mut parts);
    let form = FORMS
        .iter()
        .find(|form| form.clear == parts.scheme || form.sealed == parts.scheme)
        .ok_or_else(|| AppriseError::Scheme(parts.scheme.clone()))?;
    parts.sealed = form.sealed == parts.scheme;
    let mut entry = Entry { kind: form.kind.to_owned(), ..Entry::default() };
    (form.read)(&mut parts, &mut entry)?;
    for (theirs, ours) in form.params {
        if let Some(value) = parts.take(theirs) {
            entry.settings.insert((*ours).to_owned(), value);
        }
    }
    for target in parts.list("to") {
        entry.addresses.push(Secret::new(target));
    }
    entry.left_out.extend(parts.rest());
    entry.settings.retain(|_, value| !value.is_empty());
    Ok(entry)
}

/// Whether URLs of this kind exist.
pub fn is_known(kind: &str) -> bool {
    FORMS.iter().any(|form| form.kind == kind)
}

/// Writes URLs that say the same: one, or several where a URL has room for one address only. An account nobody has
/// an address on is one URL where that can be.
pub fn write(entry: &Entry) -> Result<Vec<String>, AppriseError> {
    let of_kind = || FORMS.iter().filter(|form| form.kind == entry.kind);
    // Two kinds of schemes for one kind of channel: the one that can say it.
    let mut refused = AppriseError::Scheme(entry.kind.clone());
    for form in of_kind() {
        match written(form, entry) {
            Ok(urls) => return Ok(urls),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn written(form: &forms::Form, entry: &Entry) -> Result<Vec<String>, AppriseError> {
    let groups: Vec<&[Secret]> = if entry.addresses.is_empty() {
        vec![&[]]
    } else {
        entry.addresses.chunks(form.room.max(1)).collect()
    };
    let one = |addresses: &[Secret]| {
        let mut parts = Parts::default();
        let given = Entry { addresses: addresses.to_vec(), ..entry.clone() };
        (form.write)(&given, &mut parts)?;
        for (theirs, ours) in form.params {
            let said = entry.settings.get(*ours).filter(|value| !value.is_empty());
            // Two words of theirs may mean one of ours: the first is said.
            if let Some(value) = said
                && !form
                    .params
                    .iter()
                    .any(|(t, o)| o == ours && parts.query.iter().any(|(name, _)| name == t))
            {
                parts.query.push(((*theirs).to_owned(), value.clone()));
            }
        }
        if parts.sealed { form.sealed } else { form.clear }.clone_into(&mut parts.scheme);
        if parts.scheme.is_empty() {
            return Err(AppriseError::Unlike(Words::new(
                "there is no such URL without TLS",
                "此类网址只有 TLS 形式",
            )));
        }
        Ok(parts.print())
    };
    groups.into_iter().map(one).collect()
}

/// Headers that say how a body is written.
fn is_plain(name: &str) -> bool {
    ["content-type", "accept", "user-agent"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl Entry {
    fn set(&mut self, field: &str, value: impl Into<String>) {
        self.settings.insert(field.to_owned(), value.into());
    }

    fn hide(&mut self, field: &str, value: impl Into<String>) {
        self.secrets.insert(field.to_owned(), Secret::new(value.into()));
    }

    fn setting(&self, field: &str) -> Option<&str> {
        self.settings.get(field).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn secret(&self, field: &str) -> Option<&str> {
        self.secrets.get(field).map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// Whether it is the same account, whoever it is for.
    pub fn is_same_account(&self, other: &Self) -> bool {
        (&self.kind, &self.settings, &self.secrets) == (&other.kind, &other.settings, &other.secrets)
    }

    /// The same with every secret masked; addresses only where they are secret by themselves.
    #[must_use]
    pub fn masked(mut self, addresses_too: bool) -> Self {
        // Only the end, as everywhere else; a mark that no real one has.
        let mask = |secret: &mut Secret| {
            let shown = secret.masked();
            *secret = Secret::new(format!("{MASK}{}", shown.trim_start_matches(['…', '*'])));
        };
        self.secrets.values_mut().for_each(mask);
        // What a webhook asks for in a header is a credential as a rule.
        if let Some(headers) = self.settings.get_mut("headers").filter(|_| self.kind == "webhook") {
            let of_header = |header: &str| match header.split_once(':') {
                Some((name, value)) if is_plain(name.trim()) || value.contains("{{") => {
                    header.trim().to_owned()
                }
                Some((name, _)) => format!("{}: {MASK}", name.trim()),
                None => MASK.to_owned(),
            };
            *headers = header_parts(headers).into_iter().map(of_header).collect::<Vec<_>>().join("; ");
        }
        if addresses_too {
            self.addresses.iter_mut().for_each(mask);
        }
        self
    }
}
