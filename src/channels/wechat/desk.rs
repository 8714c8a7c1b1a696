//! The desk of an account: who follows, what is known of them, a code to follow by, the blacklist.
//!
//! The list holds openids only, and since 2021 nobody's name is given at all; details bring the moment, the remark
//! and the code by which a person came. What became of a message comes by callback; there is nothing to ask.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::{MINUTE, Reply, complaint, number};
use super::{base, text_field};
use crate::channels::answer::{Answer, HttpAnswer};
use crate::channels::call::{Call, HttpCall, Method};
use crate::channels::desk::{Desk, FollowChange, Follower, Qr, RemoteTopic, RosterPage};
use crate::channels::field::transport;
use crate::channels::kind::BuildError;
use crate::channels::outcome::Reading;
use crate::channels::reading::{bare_status, http};
use crate::domain::channel::Account;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// So many people one call tells about.
const DETAILS: usize = 100;
/// Tags that the system made: nobody put anybody in them.
const RESERVED: std::ops::RangeInclusive<i64> = 0..=2;
/// A scene's characters.
const SCENE: usize = 64;
/// A code's time in seconds.
const VALID: std::ops::RangeInclusive<u64> = 60..=2_592_000;
const PICTURE: &str = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=";

/// The desk of the kind.
pub(super) struct FollowerDesk;

pub(super) fn get(account: &Account, path: &str) -> Result<Call, BuildError> {
    let url = format!("{}{path}", base(account)?);
    Ok(Call::Http(HttpCall::bare(Method::Get, url, Vec::new()).over(transport(account))))
}

fn post(account: &Account, path: &str, body: &impl Serialize) -> Result<Call, BuildError> {
    let url = format!("{}{path}", base(account)?);
    Ok(Call::Http(HttpCall::json(url, body, Vec::new())?.over(transport(account))))
}

/// What was asked for. A missing `errcode` is success here.
pub(super) fn told(answer: &Answer) -> Result<Value, Reading> {
    let answer: &HttpAnswer = http(answer)?;
    if let Some(reply) = Reply::of(answer).filter(|reply| reply.code != 0) {
        return Err(complaint(&reply, &[], true));
    }
    let value: Option<Value> = crate::channels::reading::json(answer);
    match value {
        Some(value) if value.is_object() && answer.status < 300 => Ok(value),
        _ => Err(bare_status(answer, MINUTE)),
    }
}

fn clean(text: &str) -> String {
    scrub(text.trim(), Cap::List).into_owned()
}

impl Desk for FollowerDesk {
    fn roster(&self, account: &Account, cursor: Option<&str>) -> Result<Option<Call>, BuildError> {
        // An empty cursor is taken for an openid.
        let path = match cursor.filter(|cursor| !cursor.is_empty()) {
            Some(cursor) => {
                let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                format!("/cgi-bin/user/get?next_openid={cursor}")
            }
            None => "/cgi-bin/user/get".to_owned(),
        };
        get(account, &path).map(Some)
    }

    fn read_roster(&self, answer: &Answer, cursor: Option<&str>) -> Result<RosterPage, Reading> {
        let value = told(answer)?;
        let people: Vec<Follower> = value["data"]["openid"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|openid| !openid.trim().is_empty() && !openid.contains(char::is_control))
            .map(|openid| Follower {
                address: Secret::new(openid),
                record: openid.to_owned(),
                ..Follower::default()
            })
            .collect();
        let count = number(&value["count"]).unwrap_or(people.len() as i64);
        // The last page with people on it may name a next one; one that leads back would never end.
        let next = text_field(&value, "next_openid").filter(|next| Some(next.as_str()) != cursor);
        let next = next.filter(|_| count > 0 && !people.is_empty());
        Ok(RosterPage { people, next, total: number(&value["total"]) })
    }

    fn has_roster(&self) -> bool {
        true
    }

    fn has_qr(&self) -> bool {
        true
    }

    fn groups(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        get(account, "/cgi-bin/tags/get").map(Some)
    }

    fn read_groups(&self, answer: &Answer) -> Result<Vec<RemoteTopic>, Reading> {
        let value = told(answer)?;
        let tags = value["tags"].as_array().into_iter().flatten();
        Ok(tags
            .filter_map(|tag| {
                let id = number(&tag["id"]).filter(|id| !RESERVED.contains(id))?;
                Some(RemoteTopic { id: id.to_string(), name: clean(&text_field(tag, "name")?) })
            })
            .collect())
    }

    /// Its limits are those of a day, and a list of followers is a call for each hundred.
    fn apart(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn details_per_call(&self) -> usize {
        DETAILS
    }

    fn details(&self, account: &Account, people: &[Follower]) -> Result<Option<Call>, BuildError> {
        if people.is_empty() {
            return Ok(None);
        }
        if people.len() > DETAILS {
            return Err(BuildError::BadContent(format!("details of at most {DETAILS} people at once")));
        }
        let list: Vec<Value> = people.iter().map(|one| json!({ "openid": one.address.expose() })).collect();
        post(account, "/cgi-bin/user/info/batchget", &json!({ "user_list": list })).map(Some)
    }

    fn read_details(&self, answer: &Answer, people: Vec<Follower>) -> Result<Vec<Follower>, Reading> {
        let value = told(answer)?;
        let items = value["user_info_list"].as_array().into_iter().flatten();
        let known: HashMap<&str, &Value> =
            items.filter_map(|item| Some((item["openid"].as_str()?, item))).collect();
        Ok(people
            .into_iter()
            .map(|one| match known.get(one.address.expose()) {
                Some(item) => detailed(one, item),
                None => one,
            })
            .collect())
    }

    fn qr(&self, account: &Account, scene: &str, valid: Duration) -> Result<Option<Call>, BuildError> {
        let scene = scene.trim();
        if scene.is_empty() || scene.chars().count() > SCENE {
            return Err(BuildError::BadContent(format!("a scene has 1 to {SCENE} characters")));
        }
        let seconds = valid.as_secs().clamp(*VALID.start(), *VALID.end());
        let body = json!({
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": { "scene": { "scene_str": scene } },
        });
        post(account, "/cgi-bin/qrcode/create", &body).map(Some)
    }

    fn read_qr(&self, answer: &Answer, now: Millis) -> Result<Qr, Reading> {
        let value = told(answer)?;
        let unreadable = || match http(answer) {
            Ok(answer) => bare_status(answer, MINUTE),
            Err(reading) => reading,
        };
        let payload = text_field(&value, "url").ok_or_else(unreadable)?;
        let picture = text_field(&value, "ticket").map(|ticket| {
            let ticket: String = url::form_urlencoded::byte_serialize(ticket.as_bytes()).collect();
            format!("{PICTURE}{ticket}")
        });
        let seconds = number(&value["expire_seconds"]).unwrap_or(60).clamp(0, 2_592_000);
        Ok(Qr { payload, picture, poll: None, expires: now.plus(seconds * 1_000) })
    }

    fn follow_changes(&self) -> &'static [FollowChange] {
        &[FollowChange::Block, FollowChange::Unblock]
    }

    fn block(&self, account: &Account, record: &str, blocked: bool) -> Result<Option<Call>, BuildError> {
        let verb = if blocked { "batchblacklist" } else { "batchunblacklist" };
        post(account, &format!("/cgi-bin/tags/members/{verb}"), &json!({ "openid_list": [record] })).map(Some)
    }

    fn read_done(&self, answer: &Answer) -> Result<(), Reading> {
        told(answer).map(|_| ())
    }
}

/// Of who does not follow any more nothing else is told.
fn detailed(one: Follower, item: &Value) -> Follower {
    if number(&item["subscribe"]) == Some(0) {
        return Follower { gone: true, ..one };
    }
    let since = number(&item["subscribe_time"]).filter(|seconds| *seconds > 0);
    let scene = match (text_field(item, "qr_scene_str"), number(&item["qr_scene"])) {
        (Some(scene), _) => clean(&scene),
        (None, Some(number)) if number != 0 => number.to_string(),
        (None, _) => String::new(),
    };
    Follower {
        name: text_field(item, "remark").map(|remark| clean(&remark)).unwrap_or_default(),
        since: since.map(|seconds| Millis(seconds.saturating_mul(1_000))),
        gone: false,
        groups: item["tagid_list"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(number)
            .map(|id| id.to_string())
            .collect(),
        scene,
        ..one
    }
}
