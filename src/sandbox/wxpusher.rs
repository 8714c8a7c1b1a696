//! WxPusher, standard and simple push, as its reference page has it: code 1000 or a refusal, always HTTP 200.
//!
//! Stricter than generous: wrong JSON types are refused with the texts that the real server was seen to use.
//! Texts that no source gives are UNVERIFIED and marked so. Sends are checked against every published limit
//! of size; the limit of calls per period is off unless the script sets it.

mod checks;
mod people;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::acts::{Does, Told};
use super::fault::{Fault, Met, Trouble};
use super::http::{CallTrouble, Callback, Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;
use checks::{check_send, check_token, number_of, parse};
use people::People;

/// The server's state: only what it must remember between calls.
pub(super) struct Wxpusher {
    script: Script,
    met: Met,
    next_record: AtomicI64,
    next_content: AtomicI64,
    people: People,
    told: Told,
    /// Records that were asked for, and pages that were deleted.
    asked: Met,
    deleted: Met,
}

// Observed ids are beyond i32: a client that keeps them in 32 bits fails here as well.
const FIRST_RECORD: i64 = 2_400_000_000;
const FIRST_CONTENT: i64 = 2_123_000_000;

/// A refusal: code and text.
#[derive(Debug)]
struct Refusal(i64, String);

type Checked<T> = Result<T, Refusal>;

fn refuse<T>(code: i64, text: impl Into<String>) -> Checked<T> {
    Err(Refusal(code, text.into()))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    uid: Option<&'a str>,
    topic_id: Option<i64>,
    message_id: i64,
    message_content_id: i64,
    send_record_id: i64,
    code: i64,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct Envelope<T> {
    code: i64,
    msg: &'static str,
    data: T,
    success: bool,
}

impl Wxpusher {
    pub(super) fn new(script: Script) -> Self {
        Self {
            people: People::new(script.followers),
            told: Told::new(script.callback.clone()),
            script,
            met: Met::default(),
            asked: Met::default(),
            deleted: Met::default(),
            next_record: AtomicI64::new(FIRST_RECORD),
            next_content: AtomicI64::new(FIRST_CONTENT),
        }
    }

    fn route(&self, request: &Request) -> Option<Served> {
        if let Some(served) = self.told.answer(request, |who, does| self.tell(who, does)) {
            return Some(served);
        }
        let path = request.uri.path().trim_end_matches('/');
        let served = match (&request.method, path) {
            (&Method::POST, "/api/send/message") => self.send(request, Kind::Wxpusher),
            (&Method::POST, "/api/send/message/simple-push") => self.send(request, Kind::WxpusherSpt),
            (&Method::GET, "/api/send/message") => self.send_by_query(request),
            (&Method::DELETE, "/api/send/message") => Served::plain(verdict(self.delete(request))),
            (&Method::GET, "/api/send/query/status") => Served::plain(verdict(self.status(request))),
            (&Method::GET, _) if path.starts_with("/api/send/message/SPT_") => self.send_by_path(path)?,
            (&Method::GET, _) if path.starts_with("/api/send/query/") => {
                Served::plain(verdict(self.old_status(path)))
            }
            _ => {
                let (checked, later) = self.people.answer(request, &self.script, &self.told, path)?;
                Served { later, ..Served::plain(verdict(checked)) }
            }
        };
        Some(served)
    }

    /// What the app's own server is told of an act.
    fn tell(&self, uid: &str, does: &Does) -> Option<Callback> {
        let now = jiff::Timestamp::now().as_millisecond();
        let (action, data) = match does {
            Does::Follow(extra) => return people::subscribed(&self.told, uid, extra, now),
            Does::Write(content) => (
                "send_up_cmd",
                json!({"uid": uid, "appId": people::APP, "appName": "sandbox", "time": now, "content": content}),
            ),
            Does::Pay(amount) => (
                "order_pay",
                json!({"addTime": 86_400_000 * amount.signum(), "amount": amount, "appId": people::APP,
                       "createTime": now, "prodId": 12, "tradeNo": format!("2026{now}"),
                       "type": if *amount < 0 { 2 } else { 1 }, "uid": uid}),
            ),
            Does::Other(action) => (action.as_str(), json!({"uid": uid, "appId": people::APP, "time": now})),
            Does::Unfollow | Does::Scan(_) | Does::Tap(_) => return None,
        };
        let body = json!({"action": action, "data": data}).to_string();
        Some(Callback { url: self.told.receiver()?.url, content_type: "application/json", body })
    }

    fn send(&self, request: &Request, kind: Kind) -> Served {
        let body = match parse(request) {
            Ok(body) => body,
            Err(refusal) => {
                return refused(kind, refusal, request.raw());
            }
        };
        self.accept(kind, request.uri.path(), body)
    }

    fn send_by_query(&self, request: &Request) -> Served {
        let mut body = Map::new();
        for (name, value) in request.query() {
            let value = match name.as_str() {
                "uid" => json!([value]),
                "topicId" => value.parse::<i64>().map_or_else(|_| json!([value]), |id| json!([id])),
                "verifyPayType" => value.parse::<i64>().map_or(Value::String(value), Value::from),
                _ => Value::String(value),
            };
            let name = match name.as_str() {
                "uid" => "uids",
                "topicId" => "topicIds",
                other => other,
            };
            body.insert(name.to_owned(), value);
        }
        self.accept(Kind::Wxpusher, request.uri.path(), body)
    }

    fn send_by_path(&self, path: &str) -> Option<Served> {
        let (spt, content) = path.strip_prefix("/api/send/message/")?.split_once('/')?;
        let body = Map::from_iter([
            ("spt".to_owned(), Value::String(decoded(spt))),
            ("content".to_owned(), Value::String(decoded(content))),
        ]);
        Some(self.accept(Kind::WxpusherSpt, "/api/send/message", body))
    }

    /// Checks a send, makes its items, and lets the faults of its addresses at it.
    fn accept(&self, kind: Kind, path: &str, body: Map<String, Value>) -> Served {
        let checked = check_send(&self.script, kind, path, &body);
        let (uids, topics) = match checked {
            Ok(targets) => targets,
            Err(refusal) => return refused(kind, refusal, Value::Object(body)),
        };
        let mut call = CallTrouble::default();
        let mut faults = Vec::with_capacity(uids.len());
        if self.script.fault_words {
            for uid in &uids {
                let trouble = Trouble::of(uid);
                call.add(trouble);
                faults.push(trouble.fault);
            }
        } else {
            faults.resize(uids.len(), None);
        }
        if let Some(reply) = self.whole_call(path, &uids, &faults) {
            let reply = Reply { slow: call.slow, ..reply };
            return Served::noted(reply, kind, Vec::new(), Value::Object(body));
        }
        let (items, reached) = self.items(kind, &uids, &faults, &topics);
        let envelope = Envelope { code: 1000, msg: "处理成功", data: items, success: true };
        let (reply, taken) = call.bend(Reply::json(200, serde_json::to_vec(&envelope).unwrap_or_default()));
        drop(envelope);
        let targets = if taken { reached } else { Vec::new() };
        Served::noted(reply, kind, targets, Value::Object(body))
    }

    /// Faults that refuse a call as a whole, whoever else is in it.
    fn whole_call(&self, path: &str, uids: &[String], faults: &[Option<Fault>]) -> Option<Reply> {
        for (uid, fault) in uids.iter().zip(faults) {
            match fault {
                Some(Fault::Poison) => return Some(refusal_reply(Refusal(1001, "UID不合法".to_owned()))),
                Some(Fault::Busy) => {
                    let text = format!("接口 [{path}] 出现异常：null");
                    return Some(Reply { status: 500, ..refusal_reply(Refusal(1005, text)) });
                }
                Some(Fault::Flaky) if self.met.first_time(uid) => {
                    return Some(Reply::html(429, "Too Many Requests").retry_after(1));
                }
                _ => {}
            }
        }
        None
    }

    fn items<'a>(
        &self,
        kind: Kind,
        uids: &'a [String],
        faults: &[Option<Fault>],
        topics: &[i64],
    ) -> (Vec<Item<'a>>, Vec<String>) {
        let total = uids.len() + topics.len();
        let first_record = self.next_record.fetch_add(total as i64, Ordering::Relaxed);
        let content = self.next_content.fetch_add(1, Ordering::Relaxed);
        let mut reached = Vec::with_capacity(total);
        let mut items = Vec::with_capacity(total);
        let item = |uid, topic_id, at: usize, (code, status)| Item {
            uid,
            topic_id,
            message_id: first_record + at as i64 - FIRST_RECORD,
            message_content_id: content,
            send_record_id: first_record + at as i64,
            code,
            status,
        };
        for (at, (uid, fault)) in uids.iter().zip(faults).enumerate() {
            let blocked = kind == Kind::Wxpusher && self.people.blocks(uid);
            let fault = if blocked { Some(Fault::Blocked) } else { *fault };
            let outcome = item_outcome(fault, uid);
            if outcome.0 == 1000 {
                reached.push(uid.clone());
            }
            // Which member of a simple-push item carries the SPT is unverified, so none does.
            let shown = (kind == Kind::Wxpusher).then_some(uid.as_str());
            items.push(item(shown, None, at, outcome));
        }
        for (at, topic) in topics.iter().enumerate() {
            reached.push(topic.to_string());
            items.push(item(None, Some(*topic), uids.len() + at, ACCEPTED));
        }
        (items, reached)
    }

    fn status(&self, request: &Request) -> Checked<Value> {
        self.state_of(number_of(request, "sendRecordId")?)
    }

    /// The old form, by the id that counts from the first message.
    fn old_status(&self, path: &str) -> Checked<Value> {
        let id = path.rsplit('/').next().and_then(|id| id.parse::<i64>().ok());
        id.map_or_else(|| refuse(1001, "消息不存在"), |id| self.state_of(FIRST_RECORD.saturating_add(id)))
    }

    /// Waiting when it is asked for the first time, handed over from then on.
    fn state_of(&self, id: i64) -> Checked<Value> {
        if !(FIRST_RECORD..self.next_record.load(Ordering::Relaxed)).contains(&id) {
            return refuse(1001, "消息不存在");
        }
        let (msg, data) =
            if self.asked.first_time(&id.to_string()) { ("等待发送", 1) } else { ("发送成功", 3) };
        Ok(json!({"code": 1000, "msg": msg, "data": data, "success": true}))
    }

    fn delete(&self, request: &Request) -> Checked<Value> {
        let token = request.query().into_iter().find(|(name, _)| name == "appToken").map(|(_, value)| value);
        check_token(&self.script, token.as_deref())?;
        let id = number_of(request, "messageContentId")?;
        // A messageId, which the official test passes here, is none of these numbers.
        let sent = (FIRST_CONTENT..self.next_content.load(Ordering::Relaxed)).contains(&id);
        if sent && self.deleted.first_time(&id.to_string()) {
            return Ok(done(&json!(true)));
        }
        refuse(1001, "消息不存在")
    }
}

impl Protocol for Wxpusher {
    fn kind(&self) -> Kind {
        Kind::Wxpusher
    }

    fn script(&self) -> &Script {
        &self.script
    }

    /// UNVERIFIED wording: the docs only say that such calls are intercepted.
    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        refusal_reply(Refusal(1001, "请求频率过快，请稍后再试".to_owned()))
    }

    fn answer(&self, request: &Request) -> Served {
        self.route(request).unwrap_or_else(|| {
            let text = format!("接口 [{}] 不存在", request.uri.path());
            Served::plain(refusal_reply(Refusal(1004, text)))
        })
    }
}

const ACCEPTED: (i64, &str) = (1000, "创建发送任务成功");

/// What one UID's own item says. Texts but the first two are UNVERIFIED.
fn item_outcome(fault: Option<Fault>, uid: &str) -> (i64, &'static str) {
    match fault {
        Some(Fault::Dead | Fault::Unknown) => (1001, "UID不合法"),
        Some(Fault::Blocked) => (1001, "用户已拒收该应用的消息"),
        Some(Fault::Quota) => (1001, "该用户今日接收消息数量已达上限"),
        _ if uid.trim().is_empty() || uid.contains([',', ' ']) => (1001, "UID不合法"),
        _ => ACCEPTED,
    }
}

fn decoded(segment: &str) -> String {
    // In a path a plus is a plus, so only the percent signs are undone.
    let query = segment.replace('+', "%2B");
    super::http::form_pairs(query.as_bytes()).into_iter().next().map(|(name, _)| name).unwrap_or_default()
}

fn done(data: &Value) -> Value {
    json!({"code": 1000, "msg": "处理成功", "data": data, "success": true})
}

fn verdict(checked: Checked<Value>) -> Reply {
    match checked {
        Ok(value) => Reply::json(200, value.to_string()),
        Err(refusal) => refusal_reply(refusal),
    }
}

fn refusal_reply(Refusal(code, msg): Refusal) -> Reply {
    Reply::json(200, json!({"code": code, "msg": msg, "data": null, "success": false}).to_string())
}

fn refused(kind: Kind, refusal: Refusal, body: Value) -> Served {
    Served::noted(refusal_reply(refusal), kind, Vec::new(), body)
}

#[cfg(test)]
mod tests;
