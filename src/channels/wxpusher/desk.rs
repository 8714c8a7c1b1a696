//! What an operator can ask WxPusher beside sending: who follows, a QR code that somebody follows by, what became
//! of a message, taking its page back, and ending or blocking a follow.
//!
//! The same person stands in the list once for each app or topic that they follow, so an entry is known by its own
//! id and not by the UID. Shapes that no official source gives are read leniently and marked UNVERIFIED.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::answer::{is_plain_no, read_data, words_of};
use super::{BASE, JSON, LINK, app_token, base_url, check_lengths, composed, verify_pay_type};
use crate::channels::answer::Answer;
use crate::channels::call::{Call, HttpCall, Method};
use crate::channels::desk::{Desk, FollowChange, Follower, Qr, RemoteTopic, RosterPage, Told};
use crate::channels::field::transport;
use crate::channels::kind::BuildError;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::spec::{Unit, Words};
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// The most that a page may have; without it the server gives fewer.
const PAGE: i64 = 100;

/// How long a QR code may hold, in seconds.
const LONGEST: u64 = 2_592_000;

/// For how long a code holds whose answer does not say it: what the server takes without a word.
const USUAL: i64 = 1_800_000;

/// The most characters of what a QR code carries back.
const SCENE: usize = 64;

/// WxPusher's desk.
pub(super) struct FrontDesk;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateQr<'a> {
    app_token: &'a str,
    extra: &'a str,
    valid_time: u64,
}

/// A call without a body: the token travels in the query, percent-encoded like everything else there.
fn query(
    account: &Account,
    method: Method,
    path: &str,
    with_token: bool,
    pairs: &[(&str, &str)],
) -> Result<Call, BuildError> {
    let base = base_url(account, BASE)?;
    let mut url = url::Url::parse(&format!("{base}{path}"))
        .map_err(|error| BuildError::BadField { field: "base_url", why: error.to_string() })?;
    let mut secrets = Vec::new();
    {
        let mut asked = url.query_pairs_mut();
        if with_token {
            let token = app_token(account)?;
            asked.append_pair("appToken", token.expose());
            let written: String = url::form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
            secrets.extend([Secret::new(written.replace('+', "%20")), token]);
        }
        asked.extend_pairs(pairs);
    }
    // A plus is a blank only in forms.
    let text = url.as_str().replace('+', "%20");
    Ok(Call::Http(HttpCall::bare(method, text, secrets).over(transport(account))))
}

fn page_of(cursor: Option<&str>) -> i64 {
    cursor.and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1)
}

fn list(account: &Account, page: i64, uid: Option<&Secret>) -> Result<Call, BuildError> {
    let (page, size) = (page.to_string(), PAGE.to_string());
    let mut pairs = vec![("page", page.as_str()), ("pageSize", size.as_str())];
    pairs.extend(uid.map(|uid| ("uid", uid.expose())));
    query(account, Method::Get, "/api/fun/wxuser/v2", true, &pairs)
}

/// A whole number, also one that stands in quotes.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn safe(value: &Value, name: &str) -> String {
    scrub(text(value, name).trim(), Cap::List).into_owned()
}

fn whole(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(number)
}

/// An entry of the list; one without a UID keeps its place with an empty address.
fn follower(entry: &Value) -> Follower {
    let topic = (whole(entry, "type") == Some(1)).then(|| RemoteTopic {
        id: whole(entry, "appOrTopicId").map(|id| id.to_string()).unwrap_or_default(),
        name: safe(entry, "target"),
    });
    let uid = text(entry, "uid").trim();
    Follower {
        address: Secret::new(if uid.contains(char::is_control) { "" } else { uid }),
        // Empty since WeChat stopped giving names; what stands there is the remark of the admin site.
        name: safe(entry, "nickName"),
        record: whole(entry, "id").map(|id| id.to_string()).unwrap_or_default(),
        topic: topic.filter(|topic| !topic.id.is_empty()),
        groups: Vec::new(),
        since: whole(entry, "createTime").filter(|at| *at > 0).map(Millis),
        blocked: entry
            .get("reject")
            .is_some_and(|flag| flag == &Value::Bool(true) || number(flag) == Some(1)),
        gone: false,
        scene: String::new(),
    }
}

fn unreadable(answer: &Answer) -> Reading {
    Reading::all(Outcome::unknown(Class::Provider, "1000", words_of(answer)))
}

/// An address that a screen may draw and print: http(s), without anything that moves a cursor.
fn link(value: &Value, name: &str) -> Option<String> {
    let url = url::Url::parse(text(value, name).trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && LINK.fits(url.as_str())).then(|| url.to_string())
}

/// A part of a receipt, which is written as `sendRecordId=12313 messageContentId=2123`.
fn part<'a>(receipt: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = receipt
        .split_whitespace()
        .filter_map(|part| part.split_once('='))
        .find(|(found, _)| *found == name)?;
    value.bytes().all(|byte| byte.is_ascii_digit()).then_some(value).filter(|value| !value.is_empty())
}

fn record(id: &str) -> Result<&str, BuildError> {
    let bad = || BuildError::BadAddress("the provider's id of a follow is a number".to_owned());
    id.parse::<i64>().map(|_| id).map_err(|_| bad())
}

impl Desk for FrontDesk {
    fn has_roster(&self) -> bool {
        true
    }

    fn has_qr(&self) -> bool {
        true
    }

    fn roster(&self, account: &Account, cursor: Option<&str>) -> Result<Option<Call>, BuildError> {
        list(account, page_of(cursor), None).map(Some)
    }

    fn person(&self, account: &Account, address: &Secret) -> Result<Option<Call>, BuildError> {
        list(account, 1, Some(address)).map(Some)
    }

    fn read_roster(&self, answer: &Answer, cursor: Option<&str>) -> Result<RosterPage, Reading> {
        let data = read_data(answer)?;
        let Some(entries) = data.get("records").and_then(Value::as_array) else {
            return Err(unreadable(answer));
        };
        let people: Vec<Follower> = entries.iter().map(follower).collect();
        let total = whole(&data, "total").filter(|total| *total >= 0);
        let size = whole(&data, "pageSize").filter(|size| (1..=PAGE).contains(size)).unwrap_or(PAGE);
        let page = page_of(cursor);
        // Without a total only an empty page is the end: entries may move between pages while one reads.
        let is_last = people.is_empty() || total.is_some_and(|total| page.saturating_mul(size) >= total);
        Ok(RosterPage { people, next: (!is_last).then(|| (page + 1).to_string()), total })
    }

    fn qr(&self, account: &Account, scene: &str, valid: Duration) -> Result<Option<Call>, BuildError> {
        if !(1..=SCENE).contains(&Unit::Utf16.count(scene)) {
            return Err(BuildError::BadContent(format!("a scene has 1 to {SCENE} UTF-16 units")));
        }
        let seconds = valid.as_secs();
        if !(1..=LONGEST).contains(&seconds) {
            return Err(BuildError::BadContent("a QR code holds for one second to 30 days".to_owned()));
        }
        let (token, base) = (app_token(account)?, base_url(account, BASE)?);
        let body = CreateQr { app_token: token.expose(), extra: scene, valid_time: seconds };
        let url = format!("{base}/api/fun/create/qrcode");
        let mut call = HttpCall::json(url, &body, vec![token.clone()])?.over(transport(account));
        call.headers = vec![("content-type".into(), JSON.to_owned())];
        Ok(Some(Call::Http(call)))
    }

    fn read_qr(&self, answer: &Answer, now: Millis) -> Result<Qr, Reading> {
        let data = read_data(answer)?;
        let picture = link(&data, "url");
        // Whether the picture says exactly the short link is UNVERIFIED: both lead to the same place.
        let payload =
            link(&data, "shortUrl").or_else(|| picture.clone()).ok_or_else(|| unreadable(answer))?;
        let poll = Some(text(&data, "code")).filter(|code| !code.is_empty()).map(str::to_owned);
        let expires = whole(&data, "expires").filter(|at| *at > 0).map_or(now.plus(USUAL), Millis);
        Ok(Qr { payload, picture, poll, expires })
    }

    fn poll(&self, account: &Account, code: &str) -> Result<Option<Call>, BuildError> {
        query(account, Method::Get, "/api/fun/scan-qrcode-uid", false, &[("code", code)]).map(Some)
    }

    /// A text, or an object with a `uid`: UNVERIFIED which. So is the answer while nobody has scanned; any refusal
    /// that is not about the token or about speed counts as that.
    fn read_poll(&self, answer: &Answer) -> Result<Option<Secret>, Reading> {
        if is_plain_no(answer) {
            return Ok(None);
        }
        let data = read_data(answer)?;
        let uid = data.as_str().unwrap_or_else(|| text(&data, "uid")).trim();
        Ok((!uid.is_empty() && !uid.contains(char::is_control)).then(|| Secret::new(uid)))
    }

    fn status(&self, account: &Account, receipt: &str) -> Result<Option<Call>, BuildError> {
        let Some(id) = part(receipt, "sendRecordId") else { return Ok(None) };
        query(account, Method::Get, "/api/send/query/status", false, &[("sendRecordId", id)]).map(Some)
    }

    /// 1 waits, 3 was handed on; what any other number means no source says, so none of them is a failure.
    fn read_status(&self, answer: &Answer) -> Result<Told, Reading> {
        let data = read_data(answer)?;
        let value = ["status", "code"].iter().find_map(|name| whole(&data, name)).or_else(|| number(&data));
        let raw = value.map(|value| format!("{value} ")).unwrap_or_default();
        Ok(Told {
            delivered: (value == Some(3)).then_some(true),
            text: format!("{raw}{}", words_of(answer)).trim().to_owned(),
        })
    }

    fn take_back(
        &self,
        account: &Account,
        receipt: &str,
        _address: &Secret,
        _key: &str,
    ) -> Result<Option<Call>, BuildError> {
        let Some(id) = self.shared(receipt) else { return Ok(None) };
        query(account, Method::Delete, "/api/send/message", true, &[("messageContentId", id)]).map(Some)
    }

    fn shared<'a>(&self, receipt: &'a str) -> Option<&'a str> {
        part(receipt, "messageContentId")
    }

    fn takes_back(&self) -> bool {
        true
    }

    fn stays(&self) -> Option<Words> {
        Some(Words::new(
            "the page is gone for everybody; notifications and the lines in people's lists stay",
            "详情页对所有人失效；手机通知和消息列表中的条目仍会保留",
        ))
    }

    fn follow_changes(&self) -> &'static [FollowChange] {
        &[FollowChange::Block, FollowChange::End, FollowChange::Unblock]
    }

    fn remove(&self, account: &Account, id: &str) -> Result<Option<Call>, BuildError> {
        query(account, Method::Delete, "/api/fun/remove", true, &[("id", record(id)?)]).map(Some)
    }

    fn block(&self, account: &Account, id: &str, blocked: bool) -> Result<Option<Call>, BuildError> {
        let reject = if blocked { "true" } else { "false" };
        let pairs = [("id", record(id)?), ("reject", reject)];
        query(account, Method::Put, "/api/fun/reject", true, &pairs).map(Some)
    }

    /// The code alone decides: the documented `data` says "deleted" of a block too.
    fn read_done(&self, answer: &Answer) -> Result<(), Reading> {
        read_data(answer).map(drop)
    }

    fn has_script(&self) -> bool {
        true
    }

    /// The GET form, which takes plain text and one person. It has no field for a summary that all sources know.
    fn script(
        &self,
        account: &Account,
        content: &Content,
        address: &Secret,
    ) -> Result<Option<Call>, BuildError> {
        if content.format != Format::Text {
            return Err(BuildError::BadContent("the GET form carries plain text only".to_owned()));
        }
        let said = composed(content);
        check_lengths(&said, content)?;
        let mut pairs = vec![("content", said.as_ref()), ("uid", address.expose())];
        if !content.url.is_empty() {
            pairs.push(("url", &content.url));
        }
        let pays = verify_pay_type(account).map(|kind| kind.to_string());
        pairs.extend(pays.as_deref().map(|kind| ("verifyPayType", kind)));
        query(account, Method::Get, "/api/send/message", true, &pairs).map(Some)
    }
}

/// The desk of simple push: there is no app, so nobody can be listed, blocked or taken anything back from.
pub(in crate::channels) struct SimpleDesk;

impl Desk for SimpleDesk {
    /// The status needs no token, so it is asked for in the same way; that it answers here too is UNVERIFIED.
    fn status(&self, account: &Account, receipt: &str) -> Result<Option<Call>, BuildError> {
        FrontDesk.status(account, receipt)
    }

    fn read_status(&self, answer: &Answer) -> Result<Told, Reading> {
        FrontDesk.read_status(answer)
    }

    fn has_script(&self) -> bool {
        true
    }

    fn script(
        &self,
        account: &Account,
        content: &Content,
        address: &Secret,
    ) -> Result<Option<Call>, BuildError> {
        let said = composed(content);
        check_lengths(&said, content)?;
        // A slash in it would be one of the path.
        let part = |text: &str| {
            let written: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            written.replace('+', "%20")
        };
        let base = base_url(account, BASE)?;
        let url = format!("{base}/api/send/message/{}/{}", part(address.expose()), part(&said));
        let secrets = vec![address.clone()];
        Ok(Some(Call::Http(HttpCall::bare(Method::Get, url, secrets).over(transport(account)))))
    }
}

#[cfg(test)]
mod tests;
