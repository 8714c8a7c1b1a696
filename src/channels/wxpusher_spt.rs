//! WxPusher, simple push: no app, only the person's own push token (SPT), up to 10 in one call.
//!
//! Everything but the address is as in `wxpusher`. No source says which member of an item carries the
//! SPT, so items are matched by position, and only when there are as many as targets.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::{Answer, HttpAnswer};
use super::call::{Call, HttpCall, Method};
use super::desk::Desk;
use super::field::{base_url, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::spec::{AddressSpec, Repeat, Spec, Wire, Words};
use super::wxpusher::answer::{self, Items};
use super::wxpusher::desk::SimpleDesk;
use super::wxpusher::{self, BASE, BASE_FIELD, JSON, LIMITS, RATE};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::time::Millis;

static SPEC: Spec = Spec {
    id: "wxpusher-spt",
    label: Words::new("WxPusher simple push", "WxPusher 极简推送"),
    about: Words::new(
        "people who gave you their own push token, without an app",
        "无需应用，直接推送给提供了 SPT 的人",
    ),
    fields: &[BASE_FIELD],
    address: AddressSpec {
        label: Words::new("SPT", "SPT"),
        secret: true,
        example: "SPT_xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Html, Format::Markdown, Format::Text],
    has_summary: true,
    limits: LIMITS,
    people_per_call: 10,
    remotes_per_call: 0,
    rate: Some(RATE),
    concurrency: 4,
    timeout_s: 60,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `wxpusher-spt`.
#[derive(Debug, Clone, Copy)]
pub struct WxPusherSpt;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Send<'a> {
    content: &'a str,
    content_type: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spt: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spt_list: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
}

impl Kind for WxPusherSpt {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        wxpusher::read_prefixed(typed, "SPT_")
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let base = base_url(account, BASE)?;
        let mut secrets = Vec::with_capacity(targets.len());
        for target in targets {
            match &target.to {
                To::Person(spt) => secrets.push(spt.clone()),
                To::Remote(_) => return Err(BuildError::BadAddress("simple push has no topics".to_owned())),
            }
        }
        let mut spt_list: Vec<&str> = secrets.iter().map(crate::domain::secret::Secret::expose).collect();
        let spt = if spt_list.len() == 1 { spt_list.pop() } else { None };
        let text = wxpusher::composed(content);
        wxpusher::check_lengths(&text, content)?;
        let summary = wxpusher::summary(content);
        let send = Send {
            content: &text,
            content_type: wxpusher::content_type(content.format),
            summary: &summary,
            spt,
            spt_list,
            url: &content.url,
        };
        let body = serde_json::to_vec(&send).map_err(|error| BuildError::BadContent(error.to_string()))?;
        Ok(Call::Http(HttpCall {
            method: Method::Post,
            url: format!("{base}/api/send/message/simple-push"),
            headers: vec![("content-type".into(), JSON.to_owned())],
            body,
            secrets,
            transport: transport(account),
        }))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        answer::read_send(targets, answer, by_position)
    }

    fn desk(&self) -> Option<&'static dyn Desk> {
        Some(&SimpleDesk)
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // There is no credential to prove.
        Ok(None)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        answer::read_send(&[], answer, |_, _, _| Reading::all(Outcome::accepted(None)))
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        wxpusher::composed(content)
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> super::face::Face {
        wxpusher::face(content)
    }
}

fn by_position(targets: &[Target], items: Items, http: &HttpAnswer) -> Reading {
    match items {
        Items::List(items) if items.len() == targets.len() => {
            Reading::each(items.iter().map(answer::judge).collect())
        }
        // As many verdicts as targets are missing: everybody gets the top-level one, which is success.
        Items::List(items) if items.iter().all(answer::is_success) => Reading::all(Outcome::accepted(None)),
        Items::Absent => Reading::all(Outcome::accepted(None)),
        Items::List(_) | Items::Odd => answer::unreadable(http),
    }
}
