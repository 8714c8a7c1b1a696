//! Any HTTP endpoint: URL, headers and body are templates, and an expression says what a good answer is.
//!
//! One call is for one person, because templates may name the person. Values go in as they are: what stands in
//! JSON has to pass `tojson`, what stands in a URL `urlencode`. What is wrong with a template itself stops the
//! channel; what only one person's values make wrong refuses that person.

use std::borrow::Cow;
use std::time::Duration;

use super::answer::{Answer, HttpAnswer};
use super::call::{Call, HttpCall, Method};
use super::field::{plain_http_allowed, required, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::reading::{bare_status, body_text, http};
use super::spec::{AddressSpec, Field, Limits, Repeat, Shape, Spec, Wire, Words};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;

mod engine;
mod headers;

pub(super) use headers::parts as header_parts;

use engine::{Values, render};

const BODY: &str = r#"{"title": {{ title | tojson }}, "summary": {{ summary | tojson }}, "body": {{ body | tojson }}, "plain": {{ plain | tojson }}, "format": {{ format | tojson }}, "url": {{ url | tojson }}, "to": {{ address | tojson }}, "name": {{ name | tojson }}, "id": {{ id | tojson }}}"#;
const SUCCESS: &str = "status >= 200 and status < 300";
/// A 429 that does not say how long.
const SLOW: Duration = Duration::from_secs(10);

static SPEC: Spec = Spec {
    id: "webhook",
    label: Words::new("Webhook", "Webhook"),
    about: Words::new("any HTTP endpoint, with templates", "任意 HTTP 接口，使用模板"),
    fields: &[
        Field::setting(
            "url",
            Words::new("URL", "网址"),
            Words::new(
                "a template, such as https://example.com/{{ address | urlencode }}",
                "模板，如 https://example.com/{{ address | urlencode }}",
            ),
            Shape::UrlTemplate,
        )
        .required(),
        Field::setting(
            "method",
            Words::new("Method", "方法"),
            Words::new("get sends no body", "get 不带正文"),
            Shape::Choice(&["post", "put", "get"]),
        )
        .or("post"),
        Field::setting(
            "headers",
            Words::new("Headers", "请求头"),
            Words::new(
                "Name: value, with ; between them; values are templates",
                "Name: value，以 ; 分隔；值为模板",
            ),
            Shape::Headers,
        ),
        Field::setting(
            "body",
            Words::new("Body", "正文"),
            Words::new(
                "a template: title summary url body plain format address name token id",
                "模板，可用 title summary url body plain format address name token id",
            ),
            Shape::Template,
        )
        .or(BODY),
        Field::setting(
            "success",
            Words::new("Success", "成功条件"),
            Words::new(
                "over status, text and json, such as json.code == 0",
                "可用 status、text、json，如 json.code == 0",
            ),
            Shape::Expression,
        )
        .or(SUCCESS),
        Field::credential(
            "token",
            Words::new("Token", "令牌"),
            Words::new("what templates call token", "模板中的 token"),
        ),
    ],
    address: AddressSpec {
        label: Words::new("Address, as the template uses it", "地址，供模板使用"),
        secret: false,
        example: "someone",
    },
    formats: &[Format::Markdown, Format::Text, Format::Html],
    has_summary: true,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 8,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `webhook`.
#[derive(Debug, Clone, Copy)]
pub struct Webhook;

/// Why this is no template of a webhook.
pub(super) fn check_template(source: &str) -> Result<(), String> {
    engine::names(source).map(drop)
}

/// Why these are no headers.
pub(super) fn check_headers(source: &str) -> Result<(), String> {
    headers::split(source)?.into_iter().try_for_each(|(_, value)| check_template(value))
}

/// Why this is no condition.
pub(super) fn check_expression(source: &str) -> Result<(), String> {
    engine::check_expression(source)
}

fn bad(field: &'static str) -> impl Fn(String) -> BuildError {
    move |why| BuildError::BadField { field, why }
}

/// What a channel says of its calls.
struct Templates<'a> {
    method: Method,
    url: &'a str,
    body: &'a str,
    lines: Vec<(String, &'a str)>,
}

/// Nothing leaves before all of them are sound, and the condition for the answer.
fn templates(account: &Account) -> Result<Templates<'_>, BuildError> {
    let method = match account.setting("method") {
        Some("get") => Method::Get,
        Some("put") => Method::Put,
        _ => Method::Post,
    };
    let url = required(account, "url")?;
    let body = if method == Method::Get { "" } else { account.setting("body").unwrap_or(BODY) };
    let lines = headers::split(account.setting("headers").unwrap_or_default()).map_err(bad("headers"))?;
    let values = lines.iter().map(|(_, value)| ("headers", *value));
    for (field, source) in [("url", url), ("body", body)].into_iter().chain(values) {
        let names = engine::names(source).map_err(bad(field))?;
        if names.contains("token") && account.secret("token").is_none() {
            return Err(BuildError::MissingField("token"));
        }
    }
    check_expression(account.setting("success").unwrap_or(SUCCESS)).map_err(bad("success"))?;
    Ok(Templates { method, url, body, lines })
}

/// A URL as it was rendered, if a call can go there.
fn endpoint(account: &Account, template: &str, url: &str) -> Result<String, BuildError> {
    let url = url.trim();
    let sound = !url.contains(|c: char| c.is_control() || c.is_whitespace()) && Shape::Url.check(url).is_ok();
    if !sound {
        let why = "it is not an absolute http address without a login".to_owned();
        // With a value in it only this person's may be wrong.
        return Err(if template.contains("{{") {
            BuildError::BadAddress(format!("in the field `url` {why}"))
        } else {
            bad("url")(why)
        });
    }
    if !plain_http_allowed(account, url) {
        return Err(bad("url")("plain http to another host needs http_ok=yes".to_owned()));
    }
    Ok(url.to_owned())
}

/// The token in every form in which a filter writes it.
fn forms(token: &Secret) -> Vec<Secret> {
    let clear = token.expose();
    let mut forms = vec![token.clone()];
    let values = Values::only("token", clear);
    for filter in ["tojson", "urlencode"] {
        if let Ok(written) = render("token", &format!("{{{{ token | {filter} }}}}"), &values) {
            let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&written);
            if inner != clear {
                forms.push(Secret::new(inner));
            }
        }
    }
    forms
}

impl Kind for Webhook {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        Ok(ReadAddress { value: usable(typed)?.into(), warning: None, host: None })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [target @ Target { to: To::Person(address), .. }] = targets else {
            return Err(BuildError::BadAddress("a call is for one person".to_owned()));
        };
        let Templates { method, url, body, lines } = templates(account)?;
        let token = account.secret("token");
        let values = Values::of(content, address.expose(), target, token.map_or("", Secret::expose));
        let endpoint = endpoint(account, url, &render("url", url, &values)?)?;
        let body = render("body", body, &values)?;
        let mut call = HttpCall::bare(method, endpoint, token.map(forms).unwrap_or_default());
        for (name, template) in lines {
            let value = render("headers", template, &values)?;
            headers::add(&mut call, name, value.trim())?;
        }
        if !body.is_empty() && !call.headers.iter().any(|(name, _)| name == "content-type") {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
            call = call.header(
                "content-type",
                if is_json { "application/json; charset=utf-8" } else { "text/plain; charset=utf-8" },
            );
        }
        call.body = body.into_bytes();
        Ok(Call::Http(call.over(transport(account))))
    }

    fn read(&self, _targets: &[Target], answer: &Answer) -> Reading {
        judge(SUCCESS, answer)
    }

    fn read_after(&self, account: &Account, _: &Call, _: &[Target], answer: &Answer) -> Reading {
        judge(account.setting("success").unwrap_or(SUCCESS), answer)
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // Nobody knows what a call does at the other end.
        Ok(None)
    }

    fn check_account(&self, account: &Account) -> Result<(), BuildError> {
        templates(account).map(drop)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        Cow::Borrowed(&content.body)
    }
}

fn judge(success: &str, answer: &Answer) -> Reading {
    let answer = match http(answer) {
        Ok(answer) => answer,
        Err(reading) => return reading,
    };
    // Half an answer proves nothing.
    if answer.cut {
        return bare_status(answer, SLOW);
    }
    let HttpAnswer { status, body, .. } = answer;
    match engine::holds(success, *status, body) {
        Ok(true) => Reading::all(Outcome::accepted(None)),
        // It answers as it should, and says no.
        Ok(false) if (200..300).contains(status) => {
            Reading::all(Outcome::rejected(Class::Refused, status.to_string(), body_text(answer)))
        }
        Ok(false) => bare_status(answer, SLOW),
        Err(why) => {
            let text = format!("the field `success` cannot be applied to the answer: {why}");
            Reading::all(Outcome::unknown(Class::Unclassified, status.to_string(), text))
        }
    }
}
