//! WeChat Official Account: template messages to whoever follows, customer messages to whoever has just acted.
//!
//! One call carries one openid, which is good for this account alone. There is no HTML and no Markdown: a template
//! takes short typed values, a customer message plain text or one card. Calls carry an access token in the query,
//! put in when they leave. A mini program's credentials work for customer messages, which are the same call; its
//! template messages are gone, and the provider refuses them itself (48001).
//!
//! A template message has a `client_msg_id`: within ten minutes the provider sends a repeat only once. That makes an
//! attempt after "busy" harmless. It says nothing of replays: until a person has settled an unknown and the replay has
//! left, the ten minutes are mostly over, and customer messages have nothing of the kind. So repeats may arrive twice.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::desk::Desk;
use super::face::{Face, Frame, Label};
use super::field::{base_url, required, required_secret, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Outcomes, Reading};
use super::pass::{Departure, Passes};
use super::reading::http;
use super::slot::Slot;
use super::spec::{AddressSpec, Limits, Rate, Repeat, Spec, Wire, Words};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::time::Millis;

mod answer;
mod customer;
mod desk;
mod fields;
mod proof;
mod template;
mod token;
mod value;

const HOST: &str = "https://api.weixin.qq.com";
const TEMPLATE: &str = "/cgi-bin/message/template/send";
const CUSTOMER: &str = "/cgi-bin/message/custom/send";
/// An openid's characters.
const OPENID: usize = 28;

static SPEC: Spec = Spec {
    id: "wechat",
    label: Words::new("WeChat Official Account", "微信公众号"),
    about: Words::new(
        "followers of your account, by template or customer message",
        "公众号的关注者，发模板消息或客服消息",
    ),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("openid", "openid"),
        secret: false,
        example: "oXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    },
    formats: &[Format::Text],
    has_summary: true,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(customer::TEXT) },
    people_per_call: 1,
    remotes_per_call: 0,
    // Limits a second are not published.
    rate: Some(Rate { calls: 20, per_ms: 1_000 }),
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `wechat`.
#[derive(Debug, Clone, Copy)]
pub struct WeChat;

fn base(account: &Account) -> Result<&str, BuildError> {
    base_url(account, HOST)
}

/// How the number of a message stands in the books: what its receipt is looked up by.
pub fn receipt(id: impl std::fmt::Display) -> String {
    format!("msgid={id}")
}

fn is_customer(account: &Account) -> bool {
    account.setting("mode") == Some("customer")
}

fn falls_back(account: &Account) -> bool {
    is_customer(account) && account.setting("fallback_template") == Some("yes")
}

/// A text that stands under this name and is not empty.
fn text_field(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Without these no call gets its token.
fn check_credential(account: &Account) -> Result<(), BuildError> {
    required(account, "app_id")?;
    required_secret(account, "app_secret").map(|_| ())
}

fn template(account: &Account, content: &Content, target: &Target, openid: &str) -> Result<Call, BuildError> {
    let send = template::message(account, content, target, openid)?;
    let call = HttpCall::json(format!("{}{TEMPLATE}", base(account)?), &send, Vec::new())?;
    Ok(Call::Http(call.over(transport(account))))
}

fn one_person(targets: &[Target]) -> Result<(&Target, &str), BuildError> {
    match targets {
        [target @ Target { to: To::Person(openid), .. }] => Ok((target, openid.expose())),
        _ => Err(BuildError::BadAddress("a call carries one openid".to_owned())),
    }
}

impl Kind for WeChat {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let openid = usable(typed)?;
        let is_usual = openid.len() == OPENID
            && openid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let warning = if is_usual { None } else { Some(AddressWarning::Shape) };
        Ok(ReadAddress { value: openid.into(), warning, host: None })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let (target, openid) = one_person(targets)?;
        check_credential(account)?;
        if !is_customer(account) {
            return template(account, content, target, openid);
        }
        let send = customer::message(account, content, openid)?;
        let call = HttpCall::json(format!("{}{CUSTOMER}", base(account)?), &send, Vec::new())?;
        Ok(Call::Http(call.over(transport(account))))
    }

    fn depart(&self, _account: &Account, call: Call, departure: &Departure<'_>) -> Result<Call, BuildError> {
        let Call::Http(mut call) = call else { return Ok(call) };
        let token = departure.pass.ok_or(BuildError::MissingField("app_secret"))?;
        call.url.push(if call.url.contains('?') { '&' } else { '?' });
        call.url.push_str("access_token=");
        call.url.extend(url::form_urlencoded::byte_serialize(token.expose().as_bytes()));
        call.secrets.push(token.clone());
        Ok(Call::Http(call))
    }

    fn told_by(&self) -> Option<&'static str> {
        Some("app_id")
    }

    fn passes(&self) -> Option<&'static dyn Passes> {
        Some(&token::StableToken)
    }

    fn desk(&self) -> Option<&'static dyn Desk> {
        Some(&desk::FollowerDesk)
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(answer) => answer::judge(targets, answer, false),
            Err(reading) => reading,
        }
    }

    fn read_after(&self, _: &Account, call: &Call, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(answer) => answer::judge(targets, answer, is_template(call)),
            Err(reading) => reading,
        }
    }

    /// An answer to a person is a message to that person, whatever the account sends else.
    fn for_reply(&self, account: &mut Account) {
        account.settings.insert("mode".to_owned(), "customer".to_owned());
        account.settings.remove("fallback_template");
    }

    fn asks(&self, account: &Account) -> Vec<String> {
        if is_customer(account) && !falls_back(account) { Vec::new() } else { template::asks(account) }
    }

    /// Ten minutes, and one for clocks and calls that take their time.
    fn takes_once_for(&self) -> Option<Duration> {
        Some(Duration::from_secs(9 * 60))
    }

    fn closed_window(&self, account: &Account) -> Option<Reading> {
        is_customer(account).then(answer::closed)
    }

    fn instead(
        &self,
        account: &Account,
        content: &Content,
        targets: &[Target],
        reading: &Reading,
    ) -> Option<Result<Call, BuildError>> {
        let closed =
            matches!(&reading.outcomes, Outcomes::All(Outcome { class: Some(Class::WindowClosed), .. }));
        (closed && falls_back(account)).then(|| {
            let (target, openid) = one_person(targets)?;
            template(account, content, target, openid)
        })
    }

    fn slots(&self, account: &Account, content: &Content) -> Result<Vec<Slot>, BuildError> {
        if is_customer(account) && !falls_back(account) {
            return Ok(Vec::new());
        }
        required(account, "template_id")?;
        let filled = template::fill(account, content, Millis(0))?;
        Ok(filled.into_iter().map(|one| one.slot).collect())
    }

    fn carries_body(&self, account: &Account, content: &Content) -> bool {
        is_customer(account) || template::has_place_for_body(account, content)
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        check_credential(account)?;
        proof::ask(account).map(Some)
    }

    fn check_account(&self, account: &Account) -> Result<(), BuildError> {
        if let Some(fields) = account.setting("fields") {
            template::entries(fields)?;
        }
        self.verify(account).map(drop)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        match desk::told(answer) {
            Ok(_) => Reading::all(Outcome::accepted(None)),
            Err(reading) => reading,
        }
    }

    fn read_verify_of(&self, account: &Account, answer: &Answer) -> Reading {
        match desk::told(answer) {
            Ok(told) => Reading::all(proof::judge(account, &told)),
            Err(reading) => reading,
        }
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        customer::composed(content)
    }

    fn shown<'a>(&self, account: &Account, content: &'a Content, now: Millis) -> Cow<'a, str> {
        match template::fill(account, content, now) {
            // The card has all of it.
            Ok(_) if !is_customer(account) => Cow::Borrowed(""),
            _ => customer::composed(content),
        }
    }

    fn face(&self, account: &Account, content: &Content, _to: &str, now: Millis) -> Face {
        match template::fill(account, content, now) {
            Ok(filled) if !is_customer(account) => {
                let row = |face: Face, (key, value): (String, String)| face.labelled(Label::Key(key), &value);
                filled.into_iter().map(template::Filled::into_row).fold(Face::new(Frame::Card), row)
            }
            _ => Face::bubble(content),
        }
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        is_customer(account).then(|| customer::size(account, content))
    }
}

/// What the provider sends once however often it comes.
fn is_template(call: &Call) -> bool {
    matches!(call, Call::Http(call) if call.url.split('?').next().is_some_and(|url| url.ends_with(TEMPLATE)))
}
