//! The demo: a throw-away store of sample people, the sandbox behind it, and the console in front.
//!
//! Nothing in it is staged: real HTTP and SMTP over loopback, the same sender, the same books. The mail
//! server refuses the channel's password, so that there is something to repair; some people's addresses
//! carry faults (see `sandbox::fault`). It leaves nothing behind.

mod visitors;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use super::{errands, live, looks, not_run, wording};
use crate::cli::context::Context;
use crate::cli::output::Reply;
use crate::console::Start;
use crate::console::backend::live::{LiveBackend, Sending};
use crate::domain::broadcast::Purpose;
use crate::domain::id::ChannelId;
use crate::domain::message::{Format, Message};
use crate::domain::secret::Secret;
use crate::logging;
use crate::problem::{Doing, Fault};
use crate::sandbox::{Options, Sandbox, sample};
use crate::seal::keyfile::KeyPlace;
use crate::sender::process::Running;
use crate::store::broadcasts::Draft;
use crate::store::channels::NewChannel;
use crate::store::db::{Access, Db, Opening, wall_clock};
use crate::store::error::StoreError;
use crate::store::import::{Import, Mode};
use crate::store::plan::{Gate, Release};

/// The mail password that works; the server's refusal names it, as a colleague would.
const MAIL_PASSWORD: &str = "demo-2026";

const MAIL_USER: &str = "ops";

/// Makes the store, opens the console, takes everything away again.
pub fn demo(ctx: &mut Context) -> Result<Reply, Fault> {
    let system = |doing| move |source| Fault::System { doing, source };
    let folder =
        tempfile::Builder::new().prefix("pushdeck-demo-").tempdir().map_err(system(Doing::DemoFolder))?;
    let _log = logging::start(&folder.path().join("log"), "demo", ctx.globals.verbose)?;
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("sandbox")
        .enable_all()
        .build()
        .map_err(system(Doing::Runtime))?;
    let sandbox = Arc::new(threads.block_on(Sandbox::start(servers())).map_err(system(Doing::Sandbox))?);
    let opening = Opening {
        folder: folder.path().join("data"),
        key: KeyPlace::Folder(folder.path().join("keys")),
        access: Access::Create,
        clock: wall_clock(),
        operator: "demo".to_owned(),
    };
    fill(&mut opening.open()?, &sandbox)?;
    let receiver = visitors::arrive(&opening, &sandbox, &threads)?;
    let running = Running::default();
    let operator = opening.operator.clone();
    let backend = LiveBackend::open(&opening, Sending::Here(running), operator, wording(ctx.words));
    let backend = backend.map_err(live)?.doing_errands(errands(ctx))?;
    let backend = Arc::new(backend);
    let (looks, warnings) = looks(ctx);
    let start = Start {
        backend: backend.clone(),
        looks,
        config: ctx.config.clone(),
        config_file: ctx.paths.config.clone(),
        readonly: false,
        demo: true,
        operator: opening.operator.clone(),
        data: opening.folder.clone(),
        warnings,
    };
    let ran = crate::console::run(start);
    // The sender inside records what is in flight before the store goes away under it.
    drop(backend);
    receiver.stop();
    drop(sandbox);
    threads.shutdown_timeout(Duration::from_secs(1));
    folder.close().map_err(system(Doing::DemoFolder))?;
    ran.map_err(|error| not_run(&error, ctx.words))?;
    Ok(Reply::default())
}

fn servers() -> Options {
    let mut options = Options::default().each(|script| script.latency = Duration::from_millis(25));
    options.email.login = Some((MAIL_USER.to_owned(), MAIL_PASSWORD.to_owned()));
    options.email.login_hint = Some(format!("this is the demo: the password is {MAIL_PASSWORD}"));
    options
}

/// Channels, people, drafts, and one broadcast that goes out while the operator looks.
fn fill(db: &mut Db, sandbox: &Sandbox) -> Result<(), StoreError> {
    channels(db, sandbox)?;
    let csv = sample::people_csv(sample::PEOPLE);
    db.import_all(Import::open(Box::new(Cursor::new(csv)), "people.csv", Mode::Write))?;
    if let Some(first) = db.most_reachable()? {
        db.set_me(first)?;
    }
    let audiences = ["topic:ops", "topic:release", "topic:weekly"];
    for (message, audience) in sample::MESSAGES.iter().zip(audiences).rev() {
        let draft = Draft {
            message: Message {
                title: message.title.to_owned(),
                format: Format::Markdown,
                body: message.body.to_owned(),
                ..Message::default()
            },
            audience: audience.to_owned(),
            ..Draft::default()
        };
        db.add_draft(&draft, Purpose::Broadcast, "demo")?;
    }
    let alert = Draft {
        message: Message {
            title: "磁盘告警 Disk alert db-3".to_owned(),
            format: Format::Markdown,
            body: "**/var** on db-3 is 91 % full · 已用 91 %".to_owned(),
            ..Message::default()
        },
        audience: "topic:dev".to_owned(),
        ..Draft::default()
    };
    let id = db.add_draft(&alert, Purpose::Broadcast, "demo")?;
    let release = Release {
        by: "demo".to_owned(),
        seen: 1,
        gate: Gate::AtMost(i64::MAX),
        keeper: None,
        expected: None,
    };
    db.release(id, &release)?;
    Ok(())
}

fn channels(db: &mut Db, sandbox: &Sandbox) -> Result<Vec<ChannelId>, StoreError> {
    let smtp = sandbox.smtp_addr();
    let url = |url: String| vec![("base_url", url)];
    let mail = vec![
        ("host", smtp.ip().to_string()),
        ("port", smtp.port().to_string()),
        ("security", "none".to_owned()),
        ("user", MAIL_USER.to_owned()),
        ("from", "运维 Ops <ops@example.com>".to_owned()),
        ("unsubscribe_url", "https://example.com/unsubscribe/{token}".to_owned()),
    ];
    let all = [
        ("WxPusher", "wxpusher", url(sandbox.wxpusher_url()), vec![("app_token", "AT_demo0123456789abcdef")]),
        ("Bark", "bark", url(sandbox.bark_url()), vec![]),
        ("Server酱", "serverchan", url(sandbox.serverchan_url()), vec![]),
        ("Mail", "email", mail, vec![("password", "last-years-password")]),
    ];
    all.into_iter()
        .map(|(name, kind, mut settings, secrets)| {
            // The published limits would make a demo wait: ServerChan takes one call a second.
            settings.push(("rate", "300/s".to_owned()));
            if kind == "bark" {
                // One person whose connection breaks off would make everybody in their batch unknown.
                settings.push(("batch", "no".to_owned()));
            }
            let text = |pairs: Vec<(&str, String)>| -> BTreeMap<String, String> {
                pairs.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
            };
            let secrets =
                secrets.into_iter().map(|(field, value)| (field.to_owned(), Secret::new(value))).collect();
            db.add_channel(&NewChannel {
                name: name.to_owned(),
                kind: kind.to_owned(),
                settings: text(settings),
                secrets,
            })
        })
        .collect()
}
