//! PushPlus: the token is the person, always HTTP 200; 200 in the body is "taken", what becomes of it is not said.
//!
//! UNVERIFIED: the title's limit (one client says 100, another 200) and the content's; the longer are taken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Pushplus {
    script: Script,
    met: Met,
    next: AtomicU64,
}

const TEMPLATES: [&str; 8] = ["html", "txt", "json", "markdown", "cloudMonitor", "jenkins", "route", "pay"];
const CHANNELS: [&str; 8] = ["wechat", "webhook", "cp", "mail", "sms", "voice", "extension", "app"];

type Refusal = (i64, &'static str);

impl Pushplus {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicU64::new(1) }
    }

    fn send(&self, request: &Request) -> Served {
        let Some(body) = request.fields() else {
            let reply = said(600, "数据异常，操作失败", &Value::Null);
            return Served::refused(reply, Kind::Pushplus, self.script.trouble(""), request.raw());
        };
        let token = body.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
        let trouble = self.script.trouble(&token);
        let checked = self.fault(&token, trouble.fault).and_then(|()| check(&body));
        if let Err((code, text)) = checked {
            let reply = said(code, text, &Value::Null);
            return Served::refused(reply, Kind::Pushplus, trouble, Value::Object(body));
        }
        let serial = format!("{:032x}", self.next.fetch_add(1, Ordering::Relaxed));
        let reply = said(200, "请求成功", &json!(serial));
        Served::accepted(reply, Kind::Pushplus, trouble, &token, Value::Object(body))
    }

    fn fault(&self, token: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        let formed = !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric());
        Err(match fault {
            _ if !formed || self.script.refuses(token) => (903, "无效的用户令牌"),
            Some(Fault::Dead | Fault::Unknown) => (903, "无效的用户令牌"),
            Some(Fault::Blocked) => (905, "账户未进行实名认证"),
            Some(Fault::Quota) => (900, "用户账号使用受限"),
            Some(Fault::Busy) => (500, "系统异常，请稍后再试"),
            Some(Fault::Flaky) if self.met.first_time(token) => (500, "系统异常，请稍后再试"),
            Some(Fault::Poison) => (999, "服务端验证错误"),
            _ => return Ok(()),
        })
    }
}

impl Protocol for Pushplus {
    fn kind(&self) -> Kind {
        Kind::Pushplus
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        said(900, "用户账号使用受限", &Value::Null)
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path().trim_end_matches('/')) {
            (&Method::POST | &Method::GET, "/send") => self.send(request),
            _ => Served::plain(said(404, "请求未找到", &Value::Null)),
        }
    }
}

fn said(code: i64, text: &str, data: &Value) -> Reply {
    Reply::json(200, json!({"code": code, "msg": text, "data": data, "count": null}).to_string())
}

fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err((600, "数据异常，操作失败")),
    };
    let content = text("content")?;
    if content.trim().is_empty() {
        return Err((999, "消息内容不能为空"));
    }
    if content.chars().count() > 20_000 {
        return Err((999, "消息内容长度不能超过20000字"));
    }
    if text("title")?.chars().count() > 200 {
        return Err((999, "消息标题长度不能超过200字"));
    }
    let template = text("template")?;
    if !template.is_empty() && !TEMPLATES.contains(&template) {
        return Err((999, "发送模板不存在"));
    }
    let channel = text("channel")?;
    if !channel.is_empty() && !CHANNELS.contains(&channel) {
        return Err((999, "发送渠道不存在"));
    }
    for name in ["topic", "to", "callbackUrl"] {
        text(name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
