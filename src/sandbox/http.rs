//! What the HTTP servers share: whole requests, replies, and endings that break off.
//!
//! Each kind is a [`Protocol`]: a plain function from a whole request to a reply, so its tests need no socket.
//! Connections are in `server`, calls that a provider makes by itself in `callback`.

mod callback;
mod server;

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Uri};
use serde_json::{Map, Value};

use super::fault::{Fault, Trouble};
use super::ledger::{Answer, Kind};
use super::script::Script;
pub(super) use callback::Callback;
pub(super) use server::Server;

/// A request that was read to its end.
#[derive(Debug)]
pub(super) struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// The media type in lower case without its parameters; empty when there is none.
    pub(super) fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A header's text; empty when there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as it came, for the ledger.
    pub(super) fn raw(&self) -> Value {
        Value::String(String::from_utf8_lossy(&self.body).into_owned())
    }

    /// The body as a JSON object, if it is one.
    pub(super) fn object(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body's fields, as JSON or as a form, over those of the query; `None` is JSON that does not parse.
    pub(super) fn fields(&self) -> Option<Map<String, Value>> {
        let mut fields = texts(self.query());
        if self.media_type() == "application/json" {
            fields.extend(self.object()?);
        } else {
            fields.extend(texts(form_pairs(&self.body)));
        }
        Some(fields)
    }

    /// One query parameter, decoded; empty when there is none.
    pub(super) fn parameter(&self, name: &str) -> String {
        self.query().into_iter().find(|(found, _)| found == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Query parameters, decoded, in order.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        form_pairs(self.uri.query().unwrap_or_default().as_bytes())
    }
}

/// Decodes `a=b&c=d`, with `+` as a space.
pub(super) fn form_pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

fn texts(pairs: Vec<(String, String)>) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

/// Whether any text in a body holds a word; names of members are none.
pub(super) fn says(body: &Value, word: &str) -> bool {
    match body {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| says(item, word)),
        Value::Object(members) => members.values().any(|member| says(member, word)),
        _ => false,
    }
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// Half of the body, then the connection breaks.
    Half,
    /// Not a byte.
    Drop,
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    /// Beyond the content type.
    pub headers: Vec<(&'static str, String)>,
    pub ending: Ending,
    /// Whether a `slow` address makes it late.
    pub slow: bool,
}

impl Reply {
    pub(super) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "application/json", body)
    }

    pub(super) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body)
    }

    pub(super) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>\
             <p>A proxy answers in the provider's place.</p></body></html>"
        );
        Self::typed(status, "text/html; charset=utf-8", page)
    }

    pub(super) fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { status, content_type, body, headers: Vec::new(), ending: Ending::Whole, slow: false }
    }

    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.headers.push(("retry-after", seconds.to_string()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn answer(&self) -> Answer {
        if self.ending == Ending::Drop {
            return Answer { status: 0, text: "connection closed without an answer".to_owned() };
        }
        let start = &self.body[..self.body.len().min(800)];
        Answer { status: self.status, text: String::from_utf8_lossy(start).chars().take(200).collect() }
    }
}

/// A message for the ledger.
#[derive(Debug)]
pub(super) struct Message {
    pub kind: Kind,
    /// Addresses that it reached.
    pub targets: Vec<String>,
    pub body: Value,
}

/// A reply, and the message that the request was, if it was one.
#[derive(Debug)]
pub(super) struct Served {
    pub reply: Reply,
    pub message: Option<Message>,
    /// What the provider says by itself, once it has answered.
    pub later: Option<Callback>,
}

impl Served {
    /// A reply to something that carried no message.
    pub(super) fn plain(reply: Reply) -> Self {
        Self { reply, message: None, later: None }
    }

    /// A reply to a message that reached these.
    pub(super) fn noted(reply: Reply, kind: Kind, targets: Vec<String>, body: Value) -> Self {
        Self { reply, message: Some(Message { kind, targets, body }), later: None }
    }

    /// A message that reached nobody.
    pub(super) fn refused(reply: Reply, kind: Kind, trouble: Trouble, body: Value) -> Self {
        Self::noted(Reply { slow: trouble.slow, ..reply }, kind, Vec::new(), body)
    }

    /// A message that was taken for one address, unless that address bends the answer.
    pub(super) fn accepted(reply: Reply, kind: Kind, trouble: Trouble, target: &str, body: Value) -> Self {
        let mut call = CallTrouble::default();
        call.add(trouble);
        let (reply, taken) = call.bend(reply);
        Self::noted(reply, kind, if taken { vec![target.to_owned()] } else { Vec::new() }, body)
    }
}

/// One kind's protocol, without its sockets.
pub(super) trait Protocol: Send + Sync + 'static {
    /// For the totals.
    fn kind(&self) -> Kind;
    /// How this server behaves.
    fn script(&self) -> &Script;
    /// The longest body it reads.
    fn body_limit(&self) -> usize {
        16 << 20
    }
    /// Whether a request counts towards the rate limit.
    fn counts_for_rate(&self, _: &Request) -> bool {
        true
    }
    /// Whether it speaks HTTP/2 in clear, with prior knowledge, and nothing else.
    fn http2(&self) -> bool {
        false
    }
    /// The documented refusal beyond the rate limit.
    fn over_rate(&self, request: &Request, wait: Duration) -> Reply;
    /// The refusal of a body over the limit.
    fn too_large(&self) -> Reply {
        Reply::text(413, "Request Entity Too Large")
    }
    /// What the real server does with this request.
    fn answer(&self, request: &Request) -> Served;
}

/// What happens to a whole call because of the addresses in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CallTrouble {
    pub slow: bool,
    /// The first fault that hits the connection, not only its own address.
    pub fault: Option<Fault>,
}

impl CallTrouble {
    /// Folds one more address in.
    pub(super) fn add(&mut self, trouble: Trouble) {
        self.slow |= trouble.slow;
        let whole = trouble
            .fault
            .filter(|fault| matches!(fault, Fault::Drop | Fault::Half | Fault::Html | Fault::Huge));
        self.fault = self.fault.or(whole);
    }

    /// Breaks an accepted reply as the fault says; tells whether the message was taken all the same.
    pub(super) fn bend(self, mut reply: Reply) -> (Reply, bool) {
        reply.slow = self.slow;
        match self.fault {
            Some(Fault::Drop) => reply.ending = Ending::Drop,
            Some(Fault::Half) => reply.ending = Ending::Half,
            Some(Fault::Huge) => reply.body = huge(&reply.body),
            Some(Fault::Html) => {
                return (
                    Reply { slow: self.slow, ..Reply::html(200, "Please log in to this network") },
                    false,
                );
            }
            _ => {}
        }
        (reply, true)
    }
}

static PADDING: LazyLock<String> = LazyLock::new(|| "x".repeat(10 << 20));

/// The same JSON object with 10 MiB in one more member; other bodies just go on.
fn huge(body: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(body);
    if !text.trim_end().ends_with('}') {
        return format!("{text}{}", *PADDING).into();
    }
    let open = text.trim_end().trim_end_matches('}');
    format!("{open},\"padding\":\"{}\"}}", *PADDING).into()
}
