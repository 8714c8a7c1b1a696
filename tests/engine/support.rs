//! A store in a temporary folder, the sandbox's servers, and the sender in between.

use std::collections::BTreeMap;
use std::time::Duration;

use pushdeck::domain::broadcast::{BroadcastState, Purpose};
use pushdeck::domain::delivery::DeliveryState;
use pushdeck::domain::id::{BroadcastId, ChannelId, SubscriberId};
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::sandbox::{Options, Sandbox};
use pushdeck::seal::keyfile::KeyPlace;
use pushdeck::sender::process::{Running, Sent, run};
use pushdeck::store::addresses::NewAddress;
use pushdeck::store::broadcasts::Draft;
use pushdeck::store::channels::{ChannelEdit, NewChannel};
use pushdeck::store::db::{Access, Db, Opening, wall_clock};
use pushdeck::store::plan::{Gate, Release, Released};
use pushdeck::store::subscribers::NewSubscriber;

/// A channel: name, kind, settings, credentials.
type Given = (&'static str, &'static str, Vec<(&'static str, String)>, Vec<(&'static str, &'static str)>);

pub struct Shop {
    pub db: Db,
    pub sandbox: Sandbox,
    opening: Opening,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    pub async fn open_with(script: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let opening = Opening {
            folder: folder.path().join("data"),
            key: KeyPlace::Folder(folder.path().join("keys")),
            access: Access::Create,
            clock: wall_clock(),
            operator: "tests".to_owned(),
        };
        let mut options = Options::default();
        script(&mut options);
        Self {
            db: opening.open().expect("a store"),
            sandbox: Sandbox::start(options).await.expect("servers"),
            opening,
            _folder: folder,
        }
    }

    /// One channel of each kind that the sandbox speaks: `wx`, `bark`, `sc`, `mail`.
    pub fn standard_channels(&mut self) {
        let smtp = self.sandbox.smtp_addr();
        let channels: [Given; 4] = [
            (
                "wx",
                "wxpusher",
                vec![("base_url", self.sandbox.wxpusher_url())],
                vec![("app_token", "AT_right")],
            ),
            ("bark", "bark", vec![("base_url", self.sandbox.bark_url()), ("batch", "no".into())], vec![]),
            ("sc", "serverchan", vec![("base_url", self.sandbox.serverchan_url())], vec![]),
            (
                "mail",
                "email",
                vec![
                    ("host", smtp.ip().to_string()),
                    ("port", smtp.port().to_string()),
                    ("security", "none".into()),
                    ("from", "Ops <ops@example.com>".into()),
                ],
                vec![],
            ),
        ];
        for (name, kind, mut settings, secrets) in channels {
            settings.push(("rate", "none".into()));
            self.add_channel(name, kind, settings, secrets);
        }
    }

    pub fn add_channel(
        &mut self,
        name: &str,
        kind: &str,
        settings: Vec<(&'static str, String)>,
        secrets: Vec<(&'static str, &'static str)>,
    ) {
        let settings: BTreeMap<String, String> =
            settings.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
        let secrets =
            secrets.into_iter().map(|(field, value)| (field.to_owned(), Secret::new(value))).collect();
        let new = NewChannel { name: name.to_owned(), kind: kind.to_owned(), settings, secrets };
        self.db.add_channel(&new).expect("a channel");
    }

    /// As another process has it.
    pub fn another_connection(&self) -> Db {
        self.opening.open().expect("the store")
    }

    pub fn channel(&self, name: &str) -> ChannelId {
        self.db.find_channel(name).expect("there").id
    }

    pub fn set(&mut self, channel: &str, field: &str, value: &str) {
        let id = self.channel(channel);
        let edit = ChannelEdit {
            settings: [(field.to_owned(), Some(value.to_owned()))].into(),
            ..ChannelEdit::default()
        };
        self.db.edit_channel(id, None, &edit).expect("edited");
    }

    pub fn edit_secret(&mut self, channel: ChannelId, field: &str, value: &str) {
        let edit = ChannelEdit {
            secrets: [(field.to_owned(), Some(Secret::new(value)))].into(),
            ..ChannelEdit::default()
        };
        self.db.edit_channel(channel, None, &edit).expect("edited");
    }

    pub fn person(&mut self, name: &str, addresses: &[(&str, String)]) -> SubscriberId {
        let addresses = addresses
            .iter()
            .map(|(channel, address)| NewAddress {
                channel: self.channel(channel),
                typed: Secret::new(address.clone()),
            })
            .collect();
        let new = NewSubscriber { name: name.into(), addresses, ..NewSubscriber::default() };
        self.db.add_subscriber(&new).expect("added").id
    }

    pub fn repair_address(&mut self, person: SubscriberId, address: &str) {
        let id = self.db.subscriber(person).expect("there").addresses[0].id;
        self.db.repair_address(id, &Secret::new(address)).expect("repaired");
    }

    pub fn release(&mut self, body: &str, audience: &str) -> BroadcastId {
        let draft = Draft {
            message: Message {
                title: "Notice".into(),
                format: Format::Markdown,
                body: body.into(),
                ..Message::default()
            },
            audience: audience.into(),
            ..Draft::default()
        };
        let id = self.db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(i64::MAX), keeper: None, expected: None };
        let released = self.db.release(id, &release).expect("released");
        assert!(matches!(released, Released::Done { .. }), "{released:?}");
        id
    }

    /// Runs a sender until it has had nothing to do for a moment.
    pub async fn send_all(&self) {
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let running = Running { idle: Some(Duration::from_millis(20)), ..Running::default() };
        run(self.opening.clone(), running, stopped).await.expect("sent");
    }

    /// Runs a sender until `done`, for deliveries that wait longer than a test: then it is asked to end.
    pub async fn send_until(&self, done: impl AsyncFnOnce()) {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let sender = run(self.opening.clone(), Running::default(), stopped);
        let stopping = async {
            done().await;
            stop.send(true).expect("the sender listens");
        };
        let (sent, ()) = tokio::join!(sender, stopping);
        sent.expect("sent");
    }

    /// Runs a sender that stays, while `meanwhile` happens.
    pub async fn send_while(&self, meanwhile: impl AsyncFnOnce()) -> Sent {
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let sender = run(self.opening.clone(), Running::default(), stopped);
        let (sent, ()) = tokio::join!(sender, meanwhile());
        sent.expect("sent")
    }

    /// Takes the store's folder away, as an operator would.
    pub fn remove_store(&self) {
        std::fs::remove_dir_all(&self.opening.folder).expect("removed");
    }

    pub fn state(&self, id: BroadcastId) -> BroadcastState {
        self.db.broadcast(id).expect("there").row.state
    }

    pub fn count(&self, id: BroadcastId, state: DeliveryState) -> i64 {
        assert!(self.db.books_balance(id).expect("books"), "the ledger line differs from the rows");
        self.db.counts(id).expect("counts").of(state)
    }
}
