//! A store in a folder, its channels, its people and a draft, through the library's own doors.

use std::io::Cursor;
use std::path::Path;

use pushdeck::domain::broadcast::Purpose;
use pushdeck::domain::id::BroadcastId;
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::seal::keyfile::KeyPlace;
use pushdeck::store::broadcasts::Draft;
use pushdeck::store::channels::NewChannel;
use pushdeck::store::db::{Access, Db, Opening, wall_clock};
use pushdeck::store::import::{Import, Mode};

/// A store in `folder/data` with its key in `folder/keys`.
pub fn opening(folder: &Path) -> Opening {
    Opening {
        folder: folder.join("data"),
        key: KeyPlace::Folder(folder.join("keys")),
        access: Access::Create,
        clock: wall_clock(),
        operator: "tests".to_owned(),
    }
}

/// Adds a channel named like its kind; an app token is set where the kind has one.
pub fn channel(db: &mut Db, kind: &str, settings: &[(&str, &str)]) {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let secrets = match kind {
        "wxpusher" => [("app_token".to_owned(), Secret::new("AT_bench"))].into(),
        _ => [].into(),
    };
    let new = NewChannel { name: kind.to_owned(), kind: kind.to_owned(), settings, secrets };
    db.add_channel(&new).expect("the settings are right");
}

/// Imports a CSV text; every row must be a new person.
pub fn import(db: &mut Db, csv: String, people: usize) {
    let import = Import::open(Box::new(Cursor::new(csv.into_bytes())), "bench.csv", Mode::Write);
    let report = db.import_all(import).expect("imported");
    assert_eq!(report.added, people as u64, "{report:?}");
}

/// A draft to `audience`.
pub fn draft(db: &mut Db, title: &str, body: &str, audience: &str) -> BroadcastId {
    let message = Message {
        title: title.to_owned(),
        format: Format::Text,
        body: body.to_owned(),
        ..Message::default()
    };
    let draft = Draft { message, audience: audience.to_owned(), ..Draft::default() };
    db.add_draft(&draft, Purpose::Broadcast, "bench").expect("a draft")
}
