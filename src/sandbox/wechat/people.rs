//! Followers, tags and codes: sample people, and those who scan whatever code is made.
//!
//! A code is scanned at once by one more person, who then follows: a console sees them in the list, with the
//! scene in `qr_scene_str`, and its receiver is told. Words in an openid: `dead` has left, `unknown` never was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::super::fault::{Fault, Trouble};
use super::{Checked, refuse, text};

/// Openids of one page.
const PAGE: usize = 10_000;
/// The sample people's day of following.
const SINCE: i64 = 1_700_000_000;

/// What a code led to.
#[derive(Debug)]
pub(super) struct Scan {
    pub openid: String,
    pub scene: String,
    pub ticket: String,
    pub at: i64,
}

/// The account's followers.
#[derive(Debug)]
pub(super) struct People {
    sample: usize,
    words: bool,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    scanned: Vec<Scan>,
    remarks: BTreeMap<String, String>,
    tags: BTreeMap<i64, String>,
    members: BTreeMap<i64, BTreeSet<String>>,
    blacklist: BTreeSet<String>,
    next_tag: i64,
}

/// Whether a text can be an openid. Real ones have 28 characters, which is not demanded.
pub(super) fn formed(openid: &str) -> bool {
    (1..=64).contains(&openid.len())
        && openid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn sample(n: usize) -> String {
    format!("oSandbox{n:020}")
}

impl People {
    pub(super) fn new(sample: usize, words: bool) -> Self {
        let tags = BTreeMap::from([(2, "星标组".to_owned())]);
        Self { sample, words, books: Mutex::new(Books { tags, next_tag: 100, ..Books::default() }) }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One page of the followers.
    pub(super) fn list(&self, next: Option<&str>) -> Checked<Value> {
        let books = self.books();
        let all: Vec<String> = (1..=self.sample)
            .map(sample)
            .chain(books.scanned.iter().map(|scan| scan.openid.clone()))
            .collect();
        page(&all, next)
    }

    pub(super) fn info(&self, openid: &str) -> Checked<Value> {
        let fault = Trouble::of(openid).fault.filter(|_| self.words);
        if !formed(openid) || fault == Some(Fault::Unknown) {
            return refuse(40_003, "invalid openid");
        }
        if fault == Some(Fault::Dead) {
            return Ok(json!({"subscribe": 0, "openid": openid, "tagid_list": []}));
        }
        let books = self.books();
        let scan = books.scanned.iter().find(|scan| scan.openid == openid);
        let tags = books.members.iter().filter(|(_, members)| members.contains(openid));
        let tags: Vec<i64> = tags.map(|(tag, _)| *tag).collect();
        let scene = scan.map_or("", |scan| scan.scene.as_str());
        Ok(json!({
            "subscribe": 1, "openid": openid, "language": "zh_CN", "groupid": tags.first().unwrap_or(&0),
            "subscribe_time": scan.map_or(SINCE, |scan| scan.at),
            "remark": books.remarks.get(openid).map_or("", String::as_str), "tagid_list": tags,
            "subscribe_scene": if scan.is_some() { "ADD_SCENE_QR_CODE" } else { "ADD_SCENE_SEARCH" },
            "qr_scene": scene.parse::<u32>().unwrap_or(0),
            "qr_scene_str": if scene.parse::<u32>().is_ok() { "" } else { scene },
        }))
    }

    pub(super) fn batch(&self, body: &Map<String, Value>) -> Checked<Value> {
        let list = body.get("user_list").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if !(1..=100).contains(&list.len()) {
            return refuse(40_032, "invalid openid list size");
        }
        let infos: Checked<Vec<Value>> = list
            .iter()
            .map(|user| self.info(user.get("openid").and_then(Value::as_str).unwrap_or_default()))
            .collect();
        Ok(json!({"user_info_list": infos?}))
    }

    pub(super) fn remark(&self, body: &Map<String, Value>) -> Checked<Value> {
        let (openid, remark) = (text(body, "openid"), text(body, "remark"));
        if !formed(openid) {
            return refuse(40_003, "invalid openid");
        }
        if remark.chars().count() >= 30 {
            return refuse(40_035, "invalid remark");
        }
        self.books().remarks.insert(openid.to_owned(), remark.to_owned());
        Ok(ok())
    }

    pub(super) fn tags(&self) -> Value {
        let books = self.books();
        let tags = books.tags.iter().map(|(id, name)| {
            json!({"id": id, "name": name, "count": books.members.get(id).map_or(0, BTreeSet::len)})
        });
        json!({"tags": tags.collect::<Vec<_>>()})
    }

    pub(super) fn change_tag(&self, act: &str, body: &Map<String, Value>) -> Checked<Value> {
        let tag = body.get("tag").cloned().unwrap_or_default();
        let id = tag.get("id").and_then(Value::as_i64).unwrap_or(-1);
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut books = self.books();
        if act != "create" {
            if (0..=2).contains(&id) {
                return refuse(45_058, "can't modify sys tag");
            }
            if !books.tags.contains_key(&id) {
                return refuse(45_159, "invalid tag id");
            }
        }
        if act != "delete" {
            if name.is_empty() {
                return refuse(-1, "system error");
            }
            if name.chars().count() > 30 {
                return refuse(45_158, "invalid tag name: too long");
            }
            if books.tags.iter().any(|(known, used)| used == name && *known != id) {
                return refuse(45_157, "invalid tag name: duplicate");
            }
        }
        match act {
            "create" => {
                if books.tags.len() > 100 {
                    return refuse(45_056, "too many tags");
                }
                let id = books.next_tag;
                books.next_tag += 1;
                books.tags.insert(id, name.to_owned());
                return Ok(json!({"tag": {"id": id, "name": name}}));
            }
            "update" => {
                books.tags.insert(id, name.to_owned());
            }
            _ => {
                books.tags.remove(&id);
                books.members.remove(&id);
            }
        }
        Ok(ok())
    }

    pub(super) fn mark(&self, body: &Map<String, Value>, on: bool) -> Checked<Value> {
        let openids = openids(body, 50)?;
        let tag = body.get("tagid").and_then(Value::as_i64).unwrap_or(-1);
        let mut books = self.books();
        if !books.tags.contains_key(&tag) {
            return refuse(45_159, "invalid tag id");
        }
        let full = |openid: &String| {
            let marks = books.members.iter().filter(|(id, members)| **id != tag && members.contains(openid));
            marks.count() >= 20
        };
        if on && openids.iter().any(full) {
            return refuse(45_059, "has too many tags");
        }
        let members = books.members.entry(tag).or_default();
        for openid in openids {
            if on {
                members.insert(openid);
            } else {
                members.remove(&openid);
            }
        }
        Ok(ok())
    }

    pub(super) fn tags_of(&self, body: &Map<String, Value>) -> Checked<Value> {
        let openid = text(body, "openid");
        if !formed(openid) {
            return refuse(40_003, "invalid openid");
        }
        let books = self.books();
        let marked = books.members.iter().filter(|(_, members)| members.contains(openid));
        Ok(json!({"tagid_list": marked.map(|(tag, _)| *tag).collect::<Vec<_>>()}))
    }

    pub(super) fn tagged(&self, body: &Map<String, Value>) -> Checked<Value> {
        let tag = body.get("tagid").and_then(Value::as_i64).unwrap_or(-1);
        let books = self.books();
        if !books.tags.contains_key(&tag) {
            return refuse(45_159, "invalid tag id");
        }
        let all: Vec<String> = books.members.get(&tag).into_iter().flatten().cloned().collect();
        let next = Some(text(body, "next_openid")).filter(|next| !next.is_empty());
        let mut page = page(&all, next)?;
        // This list has no total.
        page.as_object_mut().map(|page| page.remove("total"));
        Ok(page)
    }

    pub(super) fn blacklist(&self, body: &Map<String, Value>, on: bool) -> Checked<Value> {
        let openids = openids(body, 20)?;
        let mut books = self.books();
        for openid in openids {
            if on {
                books.blacklist.insert(openid);
            } else {
                books.blacklist.remove(&openid);
            }
        }
        Ok(ok())
    }

    pub(super) fn is_blacklisted(&self, openid: &str) -> bool {
        self.books().blacklist.contains(openid)
    }

    pub(super) fn blacklisted(&self) -> Checked<Value> {
        let all: Vec<String> = self.books().blacklist.iter().cloned().collect();
        page(&all, None)
    }

    /// Makes a code, and somebody scans it.
    pub(super) fn create_code(&self, body: &Map<String, Value>, now: i64) -> Checked<(Value, Scan)> {
        let scene = body.get("action_info").and_then(|info| info.get("scene")).cloned().unwrap_or_default();
        let number = scene.get("scene_id").and_then(Value::as_i64);
        let word = scene.get("scene_str").and_then(Value::as_str);
        let word = word.filter(|word| (1..=64).contains(&word.chars().count()));
        let (scene, permanent) = match text(body, "action_name") {
            "QR_SCENE" => {
                let sound = number.filter(|n| *n != 0 && (0..=i64::from(u32::MAX)).contains(n));
                (sound.map(|n| n.to_string()), false)
            }
            "QR_LIMIT_SCENE" => (number.filter(|n| (1..=100_000).contains(n)).map(|n| n.to_string()), true),
            "QR_STR_SCENE" => (word.map(str::to_owned), false),
            "QR_LIMIT_STR_SCENE" => (word.map(str::to_owned), true),
            _ => return refuse(40_052, "invalid action name"),
        };
        let Some(scene) = scene else { return refuse(40_053, "invalid action info") };
        let seconds = match body.get("expire_seconds") {
            None | Some(Value::Null) => 60,
            Some(seconds) => match seconds.as_i64() {
                Some(seconds @ 1..=2_592_000) => seconds,
                _ => return refuse(40_035, "invalid expire_seconds"),
            },
        };
        let mut books = self.books();
        let n = books.scanned.len() + 1;
        let ticket = format!("gQSandbox{n:08}==");
        let mut answer = json!({"ticket": ticket, "url": format!("http://weixin.qq.com/q/sandbox{n:08}")});
        if !permanent {
            answer["expire_seconds"] = json!(seconds);
        }
        let openid = format!("oSandboxScan{n:016}");
        let scan = || Scan { openid: openid.clone(), scene: scene.clone(), ticket: ticket.clone(), at: now };
        books.scanned.push(scan());
        Ok((answer, scan()))
    }
}

fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}

fn openids(body: &Map<String, Value>, most: usize) -> Checked<Vec<String>> {
    let list = body.get("openid_list").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !(1..=most).contains(&list.len()) {
        return refuse(40_032, "invalid openid list size");
    }
    let found: Option<Vec<String>> =
        list.iter().map(|openid| openid.as_str().filter(|id| formed(id)).map(str::to_owned)).collect();
    found.map_or_else(|| refuse(40_003, "invalid openid"), Ok)
}

/// Those behind `next`, which has to be one of the list.
fn page(all: &[String], next: Option<&str>) -> Checked<Value> {
    let begin = match next {
        None => 0,
        Some(next) => match all.iter().position(|openid| openid == next) {
            Some(at) => at + 1,
            None => return refuse(40_003, "invalid openid"),
        },
    };
    let page = &all[begin..all.len().min(begin + PAGE)];
    let Some(last) = page.last() else {
        return Ok(json!({"total": all.len(), "count": 0, "next_openid": ""}));
    };
    Ok(json!({"total": all.len(), "count": page.len(), "data": {"openid": page}, "next_openid": last}))
}
