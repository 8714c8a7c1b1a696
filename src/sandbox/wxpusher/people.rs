//! WxPusher's people: codes and who scans them, the list of followers, removing and blocking.
//!
//! A script's number of sample people follows the app, every third of them the topic too, with a record of its
//! own. Besides, whoever is asked for by UID follows, unless a fault word says otherwise. A code is scanned
//! right after its second poll. UNVERIFIED: the answer before that, so both shapes in question are given.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hyper::Method;
use serde_json::{Value, json};

use super::super::acts::Told;
use super::super::fault::Fault;
use super::super::http::{Callback, Request};
use super::super::script::Script;
use super::checks::{check_token, number_of, parse, thrown, utf16};
use super::{Checked, done, refuse};

/// The app that the sandbox plays, and its one topic with followers.
pub(super) const APP: i64 = 97;
const TOPIC: i64 = 123;
/// The first sample person's record; two numbers for each.
const FIRST_RECORD: i64 = 47_361;
/// Where the records of those begin who scanned a code, or were asked for by UID.
const LATER_RECORD: i64 = 10_000_000;
const SINCE: i64 = 1_603_540_859_285;

/// What the console's other calls change.
#[derive(Debug)]
pub(super) struct People {
    sample: i64,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    codes: HashMap<String, Code>,
    /// Records beyond the sample, by their number.
    later: BTreeMap<i64, (String, i64)>,
    removed: BTreeSet<i64>,
    rejected: BTreeSet<i64>,
}

#[derive(Debug)]
struct Code {
    extra: String,
    expires: i64,
    polls: u32,
    last: Option<Instant>,
    uid: String,
}

/// One follow: of the app, or of the topic.
struct Record {
    id: i64,
    uid: String,
    topic: bool,
    since: i64,
}

impl People {
    pub(super) fn new(sample: usize) -> Self {
        Self { sample: sample as i64, books: Mutex::default() }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of a call that sends nothing, and what the app is told; `None` when there is no such interface.
    pub(super) fn answer(
        &self,
        request: &Request,
        script: &Script,
        told: &Told,
        path: &str,
    ) -> Option<(Checked<Value>, Option<Callback>)> {
        let checked = match (&request.method, path) {
            (&Method::POST, "/api/fun/create/qrcode") => self.create_code(request, script),
            (&Method::GET, "/api/fun/scan-qrcode-uid") => return Some(self.poll(request, script, told)),
            (&Method::GET, "/api/fun/wxuser/v2") => self.list(request, script),
            (&Method::DELETE, "/api/fun/remove") => self.remove(request, script),
            (&Method::PUT, "/api/fun/reject") => self.reject(request, script),
            (&Method::GET, "/api/product/query-pay-end-time") => {
                number_of(request, "prodId").map(|_| done(&json!([])))
            }
            _ => return None,
        };
        Some((checked, None))
    }

    /// Whether the console blocked this person.
    pub(super) fn blocks(&self, uid: &str) -> bool {
        let books = self.books();
        // Nearly always: nobody is blocked, and a call may hold 2,000 people.
        !books.rejected.is_empty()
            && books
                .rejected
                .iter()
                .any(|id| self.record(&books, *id).is_some_and(|record| record.uid == uid))
    }

    fn create_code(&self, request: &Request, script: &Script) -> Checked<Value> {
        let body = parse(request)?;
        check_token(script, body.get("appToken").and_then(Value::as_str))?;
        let extra = match body.get("extra") {
            None | Some(Value::Null) => "",
            Some(Value::String(extra)) => extra,
            Some(_) => {
                return thrown(request.uri.path(), "Cannot deserialize value of type java.lang.String");
            }
        };
        if !(1..=64).contains(&utf16(extra)) {
            return refuse(1001, "extra长度必须在1到64之间");
        }
        let seconds = match body.get("validTime") {
            None | Some(Value::Null) => 1_800,
            Some(seconds) => match seconds.as_i64() {
                Some(seconds @ 1..=2_592_000) => seconds,
                Some(_) => return refuse(1001, "validTime不合法"),
                None => {
                    return thrown(request.uri.path(), "Cannot deserialize value of type java.lang.Integer");
                }
            },
        };
        let expires = jiff::Timestamp::now().as_millisecond() + seconds * 1_000;
        let mut books = self.books();
        let n = books.codes.len() + 1;
        let code = format!("sandbox{n}x{expires}");
        let uid = format!("UID_sandboxScan{n:017}");
        let made = Code { extra: extra.to_owned(), expires, polls: 0, last: None, uid };
        books.codes.insert(code.clone(), made);
        Ok(done(&json!({
            "expires": expires, "code": code, "extra": extra,
            "shortUrl": format!("https://wxpusher.test/q/{code}"),
            "url": format!("https://wxpusher.test/q/{code}.jpg"),
        })))
    }

    fn poll(&self, request: &Request, script: &Script, told: &Told) -> (Checked<Value>, Option<Callback>) {
        let asked = request.parameter("code");
        let (at, now) = (Instant::now(), jiff::Timestamp::now().as_millisecond());
        let mut books = self.books();
        let Some(code) = books.codes.get_mut(&asked).filter(|code| now < code.expires) else {
            return (refuse(1001, "二维码不存在或已过期"), None);
        };
        if code.last.replace(at).is_some_and(|last| at - last < script.poll_gap) {
            return (refuse(1001, "请求过于频繁，请稍后再试"), None);
        }
        code.polls += 1;
        match code.polls {
            1 => (refuse(1001, "暂时没有用户扫描"), None),
            2 => {
                let (uid, extra) = (code.uid.clone(), code.extra.clone());
                let id = LATER_RECORD + books.later.len() as i64;
                books.later.insert(id, (uid.clone(), now));
                (Ok(done(&Value::Null)), subscribed(told, &uid, &extra, now))
            }
            _ => (Ok(done(&json!(code.uid))), None),
        }
    }

    /// A record that is still there.
    fn record(&self, books: &Books, id: i64) -> Option<Record> {
        if books.removed.contains(&id) {
            return None;
        }
        if let Some((uid, since)) = books.later.get(&id) {
            return Some(Record { id, uid: uid.clone(), topic: false, since: *since });
        }
        let (n, topic) = ((id - FIRST_RECORD).div_euclid(2), (id - FIRST_RECORD).rem_euclid(2) == 1);
        let known = (0..self.sample).contains(&n) && (!topic || n % 3 == 0);
        known.then(|| Record { id, uid: format!("UID_sandbox{n:021}"), topic, since: SINCE + n * 60_000 })
    }

    fn list(&self, request: &Request, script: &Script) -> Checked<Value> {
        with_token(request, script)?;
        let page = number_of(request, "page")?;
        let given = |name: &str| Some(request.parameter(name)).filter(|value| !value.is_empty());
        let wrong = |wanted: &str| {
            let what = format!("Failed to convert value of type 'java.lang.String' to '{wanted}'");
            thrown(request.uri.path(), &what)
        };
        let Ok(size) = given("pageSize").map_or(Ok(10), |size| size.parse::<i64>()) else {
            return wrong("int");
        };
        if page < 1 || !(1..=100).contains(&size) {
            return refuse(1001, "page或pageSize不合法，pageSize不能超过100");
        }
        let Ok(blocked) = given("isBlock").map(|value| value.parse::<bool>()).transpose() else {
            return wrong("java.lang.Boolean");
        };
        let Ok(kind) = given("type").map(|value| value.parse::<i64>()).transpose() else {
            return wrong("java.lang.Integer");
        };
        let uid = given("uid");
        let mut books = self.books();
        if let Some(uid) = &uid {
            self.meet(&mut books, uid, script);
        }
        let sample = (0..self.sample * 2).map(|n| FIRST_RECORD + n);
        let ids: Vec<i64> = sample.chain(books.later.keys().copied()).collect();
        let found: Vec<Value> = ids
            .into_iter()
            .filter_map(|id| self.record(&books, id))
            .filter(|record| uid.as_ref().is_none_or(|uid| record.uid == *uid))
            .filter(|record| kind.is_none_or(|kind| record.topic == (kind == 1)))
            .map(|record| (rejected(&books, &record, script), record))
            .filter(|(rejected, _)| blocked.is_none_or(|blocked| blocked == *rejected))
            .map(|(rejected, record)| shown(&record, rejected))
            .collect();
        let begin = ((page - 1) * size) as usize;
        let records: Vec<&Value> = found.iter().skip(begin).take(size as usize).collect();
        Ok(done(&json!({"total": found.len(), "page": page, "pageSize": size, "records": records})))
    }

    /// Whoever is asked for by UID has been following all the time.
    fn meet(&self, books: &mut Books, uid: &str, script: &Script) {
        let gone = matches!(script.trouble(uid).fault, Some(Fault::Dead | Fault::Unknown));
        let known = books.later.values().any(|(known, _)| known == uid)
            || (0..self.sample).any(|n| format!("UID_sandbox{n:021}") == uid);
        if !gone && !known {
            let id = LATER_RECORD + books.later.len() as i64;
            books.later.insert(id, (uid.to_owned(), SINCE));
        }
    }

    fn remove(&self, request: &Request, script: &Script) -> Checked<Value> {
        let (mut books, id) = self.changed(request, script)?;
        books.removed.insert(id);
        Ok(done(&json!("删除成功")))
    }

    fn reject(&self, request: &Request, script: &Script) -> Checked<Value> {
        let reject = match request.parameter("reject").as_str() {
            "true" => true,
            "false" => false,
            _ => {
                return thrown(
                    request.uri.path(),
                    "Failed to convert value of type 'java.lang.String' to 'boolean'",
                );
            }
        };
        let (mut books, id) = self.changed(request, script)?;
        if reject {
            books.rejected.insert(id);
        } else {
            books.rejected.remove(&id);
        }
        Ok(done(&json!("删除成功")))
    }

    fn changed(
        &self,
        request: &Request,
        script: &Script,
    ) -> Checked<(std::sync::MutexGuard<'_, Books>, i64)> {
        with_token(request, script)?;
        let id = number_of(request, "id")?;
        let books = self.books();
        // A UID in its place is no number, and a number of nobody's is UNVERIFIED.
        if self.record(&books, id).is_none() {
            return refuse(1001, "用户不存在");
        }
        Ok((books, id))
    }
}

fn rejected(books: &Books, record: &Record, script: &Script) -> bool {
    books.rejected.contains(&record.id) || script.trouble(&record.uid).fault == Some(Fault::Blocked)
}

fn shown(record: &Record, rejected: bool) -> Value {
    json!({
        "uid": record.uid, "appOrTopicId": if record.topic { TOPIC } else { APP }, "headImg": "",
        "createTime": record.since, "nickName": "", "reject": rejected, "id": record.id,
        "type": i64::from(record.topic), "target": if record.topic { "sandbox topic" } else { "sandbox" },
        "payEndTime": 0,
    })
}

fn with_token(request: &Request, script: &Script) -> Checked<()> {
    check_token(script, Some(request.parameter("appToken")).filter(|token| !token.is_empty()).as_deref())
}

/// `app_subscribe`, if anybody listens.
pub(super) fn subscribed(told: &Told, uid: &str, extra: &str, time: i64) -> Option<Callback> {
    let receiver = told.receiver()?;
    let body = json!({"action": "app_subscribe", "data": {"appId": APP, "appKey": "AK_sandbox",
        "appName": "sandbox", "source": "scan", "userName": "", "userHeadImg": "", "time": time, "uid": uid,
        "extra": extra}});
    Some(Callback { url: receiver.url, content_type: "application/json", body: body.to_string() })
}
