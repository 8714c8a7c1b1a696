//! WxPusher's other calls, as far as a console uses them: QR codes, the scan poll, the list of followers.
//!
//! There is no list of people here: whoever is asked for by UID follows, unless a fault word says otherwise,
//! and whoever polls a code has been scanned by one and the same sample person.

use hyper::Method;
use serde_json::{Value, json};

use super::super::fault::{Fault, Trouble};
use super::super::http::Request;
use super::super::script::Script;
use super::checks::{check_token, number_of, parse, utf16};
use super::{Checked, done, refuse};

/// The UID that every scan poll yields.
const SCANNED: &str = "UID_sandboxScannedByOnePerson000";

/// The answer of a call that sends nothing; `None` when there is no such interface.
pub(super) fn answer(request: &Request, script: &Script, path: &str) -> Option<Checked<Value>> {
    Some(match (&request.method, path) {
        (&Method::POST, "/api/fun/create/qrcode") => create_qrcode(request, script),
        (&Method::GET, "/api/fun/scan-qrcode-uid") => scanned(request),
        (&Method::GET, "/api/fun/wxuser/v2") => followers(request, script),
        (&Method::DELETE, "/api/fun/remove") | (&Method::PUT, "/api/fun/reject") => {
            with_token(request, script)
                .and_then(|()| number_of(request, "id"))
                .map(|_| done(&json!("删除成功")))
        }
        _ => return None,
    })
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.query().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

fn with_token(request: &Request, script: &Script) -> Checked<()> {
    check_token(script, parameter(request, "appToken").as_deref())
}

fn create_qrcode(request: &Request, script: &Script) -> Checked<Value> {
    let body = parse(request)?;
    check_token(script, body.get("appToken").and_then(Value::as_str))?;
    let extra = body.get("extra").and_then(Value::as_str).unwrap_or_default();
    if !(1..=64).contains(&utf16(extra)) {
        return refuse(1001, "extra长度必须在1到64之间");
    }
    let seconds = body.get("validTime").map_or(Some(1_800), Value::as_i64);
    let Some(seconds @ 1..=2_592_000) = seconds else {
        return refuse(1001, "validTime不合法");
    };
    let expires = jiff::Timestamp::now().as_millisecond() + seconds * 1_000;
    let code = format!("sandbox{expires}");
    Ok(done(&json!({
        "expires": expires, "code": code, "extra": extra,
        "shortUrl": format!("https://wxpusher.test/q/{code}"), "url": format!("https://wxpusher.test/q/{code}.jpg"),
    })))
}

fn scanned(request: &Request) -> Checked<Value> {
    match parameter(request, "code") {
        Some(code) if code.starts_with("sandbox") => Ok(done(&json!(SCANNED))),
        _ => refuse(1001, "二维码不存在或已过期"),
    }
}

fn followers(request: &Request, script: &Script) -> Checked<Value> {
    with_token(request, script)?;
    let page = number_of(request, "page")?;
    let size = parameter(request, "pageSize").map_or(Some(10), |size| size.parse().ok());
    let Some(size @ 1..=100) = size else {
        return refuse(1001, "pageSize不能超过100");
    };
    let uid = parameter(request, "uid");
    let fault = uid.as_deref().and_then(|uid| Trouble::of(uid).fault);
    let follows = page == 1 && uid.is_some() && !matches!(fault, Some(Fault::Dead | Fault::Unknown));
    let records = follows.then(|| {
        json!({"uid": uid, "appOrTopicId": 97, "headImg": "", "createTime": 1_603_540_859_285_i64, "nickName": "",
               "reject": fault == Some(Fault::Blocked), "id": 47_361, "type": 0, "target": "sandbox",
               "payEndTime": 0})
    });
    let records: Vec<Value> = records.into_iter().collect();
    Ok(done(&json!({"total": records.len(), "page": page, "pageSize": size, "records": records})))
}
