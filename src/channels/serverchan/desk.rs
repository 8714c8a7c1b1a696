//! Turbo's status query: what the way that the person chose made of a message. ³ documents none.

use serde_json::Value;

use crate::channels::answer::Answer;
use crate::channels::call::{Call, HttpCall, Method};
use crate::channels::desk::{Desk, Told};
use crate::channels::field::{base_url, transport};
use crate::channels::kind::BuildError;
use crate::channels::outcome::Reading;
use crate::channels::reading::{http, json, said};
use crate::domain::channel::Account;
use crate::domain::secret::Secret;

/// What ServerChan can be asked.
pub(super) struct Asked;

impl Desk for Asked {
    fn status(&self, account: &Account, receipt: &str) -> Result<Option<Call>, BuildError> {
        let part =
            |name: &str| receipt.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        // The reading key comes with Turbo's answers only.
        let (Some(id), Some(key)) = (part("pushid"), part("readkey")) else { return Ok(None) };
        let base = base_url(account, super::TURBO)?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id", id)
            .append_pair("readkey", key)
            .finish();
        let call = HttpCall::bare(Method::Get, format!("{base}/push?{query}"), vec![Secret::new(key)]);
        Ok(Some(Call::Http(call.over(transport(account)))))
    }

    fn read_status(&self, answer: &Answer) -> Result<Told, Reading> {
        let http = http(answer)?;
        let body: Option<Value> = json(http);
        let Some(body) = body.filter(|body| http.status == 200 && body["code"] == 0) else {
            return Err(super::answer::read(&[], answer));
        };
        // JSON inside a text; empty as long as it has not run.
        let below = body["data"]["wxstatus"].as_str().unwrap_or_default();
        let told: Option<Value> = serde_json::from_str(below).ok();
        let code = told.as_ref().and_then(|told| told["errcode"].as_i64());
        Ok(Told { delivered: code.map(|code| code == 0), text: said(below, &[]) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::channels::answer::HttpAnswer;
    use crate::domain::id::ChannelId;

    #[test]
    fn the_status_is_asked_with_both_parts_of_the_receipt_and_read_from_within() {
        let account = Account {
            id: ChannelId(1),
            name: "s".into(),
            kind: "serverchan".into(),
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
        };
        assert_eq!(Asked.status(&account, "pushid=3187868"), Ok(None));
        let call = Asked.status(&account, "pushid=12 readkey=SCTabcdefgh12").expect("sound").expect("a call");
        let Call::Http(call) = call else { unreachable!("HTTP") };
        assert_eq!(call.url, "https://sctapi.ftqq.com/push?id=12&readkey=SCTabcdefgh12");
        assert!(!call.to_string().contains("SCTabcdef"));
        let told = |wxstatus: &str| {
            let body = serde_json::json!({"code": 0, "data": {"wxstatus": wxstatus}}).to_string();
            Asked.read_status(&Answer::Http(HttpAnswer {
                status: 200,
                body: body.into(),
                ..Default::default()
            }))
        };
        assert_eq!(told("").expect("read").delivered, None);
        assert_eq!(told(r#"{"errcode":0,"errmsg":"ok"}"#).expect("read").delivered, Some(true));
        assert_eq!(told(r#"{"errcode":43004,"errmsg":"no"}"#).expect("read").delivered, Some(false));
    }
}
