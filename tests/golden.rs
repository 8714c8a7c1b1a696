//! Golden requests: what each kind puts on the wire, against fixtures taken from the provider's own
//! documents and clients. JSON and forms are compared by meaning, mails by their lines.

use std::collections::BTreeMap;
use std::path::Path;

use pushdeck::channels::call::Call;
use pushdeck::channels::catalog;
use pushdeck::channels::kind::{BuildError, Target, To};
use pushdeck::channels::render::Prepared;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    name: String,
    kind: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    message: Said,
    #[serde(default)]
    people: Vec<String>,
    #[serde(default)]
    person_name: String,
    #[serde(default)]
    remotes: Vec<String>,
    error: Option<String>,
    method: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json: Option<Value>,
    form: Option<BTreeMap<String, String>>,
    mail: Option<Envelope>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    url: String,
    format: Format,
    body: String,
}

#[derive(Deserialize)]
struct Envelope {
    host: String,
    port: u16,
    from: String,
    to: String,
}

impl Golden {
    fn build(&self) -> Result<Call, BuildError> {
        let kind = catalog::kind(&self.kind).expect("a kind of the catalogue");
        let account = Account {
            id: ChannelId(1),
            name: "golden".into(),
            kind: self.kind.clone(),
            settings: self.settings.clone(),
            secrets: self.secrets.iter().map(|(name, clear)| (name.clone(), Secret::new(clear))).collect(),
        };
        let message = Message {
            title: self.message.title.clone(),
            summary: self.message.summary.clone(),
            url: self.message.url.clone(),
            format: self.message.format,
            body: self.message.body.clone(),
            files: Vec::new(),
        };
        let people = self.people.iter().map(|address| To::Person(Secret::new(address)));
        let remotes = self.remotes.iter().map(|id| To::Remote(id.clone()));
        let targets: Vec<Target> = people
            .chain(remotes)
            .enumerate()
            .map(|(index, to)| Target {
                to,
                name: self.person_name.clone(),
                key: format!("key-{index}"),
                token: format!("token-{index}"),
                stamp: Millis(1_795_000_000_123),
                again: false,
                in_place_of: None,
            })
            .collect();
        let prepared = Prepared::new(&message).expect("a sound message");
        let content = prepared.content(kind.spec(), |_| None::<&str>).expect("no variables");
        kind.build(&account, &content, &targets)
    }

    fn check(&self) {
        let name = &self.name;
        let call = match (self.build(), &self.error) {
            (Err(found), Some(expected)) => return assert_eq!(&found.to_string(), expected, "{name}"),
            (Err(found), None) => unreachable!("{name}: {found}"),
            (Ok(call), _) => call,
        };
        assert_eq!(self.build().as_ref(), Ok(&call), "{name}: a second attempt differs");
        let shown = call.to_string();
        let is_secret = catalog::kind(&self.kind).is_some_and(|kind| kind.spec().address.secret);
        let people = self.people.iter().filter(|_| is_secret);
        for secret in self.secrets.values().chain(people).filter(|secret| secret.len() > 4) {
            assert!(!shown.contains(secret), "{name} shows a secret");
        }
        match call {
            Call::Http(call) => {
                assert_eq!(Some(format!("{:?}", call.method).to_uppercase()), self.method, "{name}");
                assert_eq!(Some(&call.url), self.url.as_ref(), "{name}");
                for (header, value) in &self.headers {
                    let found = call.headers.iter().find(|(known, _)| known == header);
                    assert_eq!(found.map(|(_, value)| value), Some(value), "{name}: {header}");
                }
                if self.form.is_some() {
                    let form = url::form_urlencoded::parse(&call.body).into_owned().collect();
                    assert_eq!(Some(form), self.form, "{name}");
                } else {
                    let body: Value = serde_json::from_slice(&call.body).expect("a JSON body");
                    assert_eq!(Some(&body), self.json.as_ref(), "{name}");
                }
            }
            Call::Mail(call) => {
                let envelope = self.mail.as_ref().expect("an envelope in the fixture");
                assert_eq!((&call.server.host, call.server.port), (&envelope.host, envelope.port), "{name}");
                assert_eq!((&call.from, &call.to), (&envelope.from, &envelope.to), "{name}");
                let text = String::from_utf8(call.message).expect("a mail of ASCII");
                for line in &self.lines {
                    assert!(text.lines().any(|found| found.trim_end() == line), "{name}: {line} in\n{text}");
                }
                for part in &self.absent {
                    assert!(!text.contains(part), "{name}: {part} in\n{text}");
                }
            }
        }
    }
}

#[test]
fn every_kind_sends_what_its_provider_documents() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden");
    let mut seen = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("a readable file");
        let cases: Vec<Golden> = serde_json::from_str(&text).expect("a sound fixture");
        for case in cases {
            seen.insert(case.kind.clone());
            case.check();
        }
    }
    for kind in catalog::KINDS {
        assert!(seen.contains(kind.spec().id), "no golden request for {}", kind.spec().id);
    }
}
