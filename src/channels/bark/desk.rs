//! What a bark-server does with a notification that is already on the phone, and whether a key still leads to one.

use super::answer;
use super::parts::TakeBack;
use super::{Bark, PUBLIC, id_of, push};
use crate::channels::answer::Answer;
use crate::channels::call::{Call, HttpCall, Method};
use crate::channels::desk::Desk;
use crate::channels::field::{base_url, transport};
use crate::channels::kind::{BuildError, group_of};
use crate::channels::outcome::Reading;
use crate::channels::reading::http;
use crate::channels::spec::Words;
use crate::domain::channel::Account;
use crate::domain::secret::Secret;

impl Desk for Bark {
    /// A silent push: the phone removes the notification and its entry in the history, if the app may work in the
    /// background. `id` and `delete` stand outside of the ciphertext by design, so nothing is sealed here.
    fn take_back(
        &self,
        account: &Account,
        _receipt: &str,
        address: &Secret,
        key: &str,
    ) -> Result<Option<Call>, BuildError> {
        let id = id_of(group_of(key));
        if id.is_empty() {
            return Ok(None);
        }
        let body = serde_json::to_vec(&TakeBack { device_key: address.expose(), id, delete: "1" })
            .map_err(|error| BuildError::BadContent(error.to_string()))?;
        push(account, body, vec![address.clone()]).map(Some)
    }

    fn takes_back(&self) -> bool {
        true
    }

    fn takes_back_by_key(&self) -> bool {
        true
    }

    fn stays(&self) -> Option<Words> {
        Some(Words::new(
            "phones remove it by themselves where Bark may work in the background",
            "手机会自行移除该通知，前提是允许 Bark 在后台运行",
        ))
    }

    fn check_address(&self, account: &Account, address: &Secret) -> Result<Option<Call>, BuildError> {
        let key = address.expose();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            return Err(BuildError::BadAddress("a device key has only letters and digits".to_owned()));
        }
        let url = format!("{}/register/{key}", base_url(account, PUBLIC)?);
        // This route asks for no login.
        let call =
            HttpCall::bare(Method::Get, url, vec![address.clone()]).header("accept", "application/json");
        Ok(Some(Call::Http(call.over(transport(account)))))
    }

    fn read_checked(&self, answer: &Answer) -> Result<bool, Reading> {
        answer::judge_checked(http(answer)?)
    }

    fn read_done(&self, answer: &Answer) -> Result<(), Reading> {
        answer::judge_done(http(answer)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::channels::answer::HttpAnswer;
    use crate::channels::kind::To;
    use crate::channels::kind::{Kind as _, Target};
    use crate::channels::outcome::{Outcomes, Verdict};
    use crate::domain::id::ChannelId;
    use crate::domain::message::Content;
    use crate::domain::time::Millis;

    fn account(secrets: &[(&str, &str)], settings: &[(&str, &str)]) -> Account {
        Account {
            id: ChannelId(1),
            name: "b".into(),
            kind: "bark".into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: secrets.iter().map(|(name, value)| ((*name).into(), Secret::new(*value))).collect(),
        }
    }

    fn target(key: &str) -> Target {
        Target {
            to: To::Person("KEY1".into()),
            name: String::new(),
            key: key.into(),
            token: String::new(),
            stamp: Millis(0),
            again: false,
            in_place_of: None,
        }
    }

    fn said(call: Option<Call>) -> (String, Value) {
        let Some(Call::Http(call)) = call else { unreachable!("a call") };
        (call.url, serde_json::from_slice(&call.body).unwrap_or(Value::Null))
    }

    fn http_answer(status: u16, body: &str) -> Answer {
        Answer::Http(HttpAnswer { status, body: body.into(), ..HttpAnswer::default() })
    }

    #[test]
    fn what_is_updated_and_taken_back_has_the_id_under_which_it_went_out() {
        let account = account(&[], &[("base_url", "https://push.example")]);
        let content = Content { plain: "old".into(), ..Content::default() };
        let sent = said(Bark.build(&account, &content, &[target("pd0-7-1"), target("pd0-7-2")]).ok()).1;
        let (url, gone) = said(Bark.take_back(&account, "", &"KEY1".into(), "pd0-7-2").expect("built"));
        assert_eq!(url, "https://push.example/push");
        assert_eq!(gone, json!({"device_key": "KEY1", "id": sent["id"], "delete": "1"}));
        let new = Content { plain: "new".into(), ..Content::default() };
        let in_place = Target { in_place_of: Some("pd0-7".into()), ..target("pd0-9-2") };
        let updated = said(Bark.build(&account, &new, &[in_place]).ok()).1;
        assert_eq!(updated, json!({"device_key": "KEY1", "body": "new", "id": sent["id"]}));
        assert_eq!(sent["id"], "pd0-7");
    }

    #[test]
    fn a_sealed_push_is_taken_back_in_clear_and_names_nothing_but_its_id() {
        let sealed = account(&[("encryption_key", "1234567890123456")], &[("encryption", "aes-128-gcm")]);
        let content = Content { title: "secret".into(), ..Content::default() };
        let sent = said(Bark.build(&sealed, &content, &[target("pd0-7-1")]).ok()).1;
        let names: Vec<&String> = sent.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["ciphertext", "device_key", "id", "iv"]);
        let gone = said(Bark.take_back(&sealed, "", &"KEY1".into(), "pd0-7-1").expect("built")).1;
        assert_eq!(gone, json!({"device_key": "KEY1", "id": sent["id"], "delete": "1"}));
    }

    #[test]
    fn a_key_is_asked_about_without_its_phone_being_told() {
        let account = account(&[("password", "p")], &[("base_url", "https://push.example/bark")]);
        let (url, body) = said(Bark.check_address(&account, &"KEY1".into()).expect("built"));
        assert_eq!((url.as_str(), body), ("https://push.example/bark/register/KEY1", Value::Null));
        assert!(Bark.check_address(&account, &"a/../b".into()).is_err());
        for (status, text, expected) in [
            (200, "success", Ok(true)),
            (400, "failed to get [KEY1] device token from database", Ok(false)),
            (400, "device token invalid", Ok(false)),
            (400, "sql: no rows in result set", Ok(false)),
            (400, "database is locked", Err(Verdict::Rejected)),
        ] {
            let body = json!({"code": status, "message": text, "timestamp": 1}).to_string();
            let found =
                Bark.read_checked(&http_answer(status, &body)).map_err(|reading| match reading.outcomes {
                    Outcomes::All(outcome) => outcome.verdict,
                    _ => Verdict::Unknown,
                });
            assert_eq!(found, expected, "{text}");
        }
        let done = json!({"code": 200, "message": "success", "timestamp": 1}).to_string();
        assert_eq!(Bark.read_done(&http_answer(200, &done)), Ok(()));
        assert!(Bark.read_done(&http_answer(500, &done)).is_err());
        assert!(Bark.read_done(&http_answer(200, "<html>")).is_err());
    }
}
