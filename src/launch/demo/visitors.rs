//! What people do in the demo while the operator looks: they write, subscribe and follow. Over real callbacks: the
//! sandbox tells a receiver, as providers do.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::problem::Fault;
use crate::receiver::{Limits, Receiver};
use crate::sandbox::{Kind, Sandbox, sample};
use crate::store::db::Opening;

/// What they do, one after the other: after how long, whose turn it is, and what.
const ACTS: [(Duration, Who, &str, &str); 4] = [
    (
        Duration::from_secs(6),
        Who::Known(0),
        "write",
        "It is past two and there is still no power. When will it be back?",
    ),
    (Duration::from_secs(5), Who::Known(1), "write", "订阅 dev"),
    (Duration::from_secs(6), Who::New("UID_visitor0000000000000001"), "follow", ""),
    (Duration::from_secs(4), Who::New("UID_visitor0000000000000001"), "write", "警报是从这里发出的吗？"),
];

/// Somebody.
#[derive(Debug, Clone, Copy)]
enum Who {
    /// The sample's person with that number, of those who follow.
    Known(usize),
    /// A stranger.
    New(&'static str),
}

/// Begins to listen, and lets people act on the runtime of the sandbox.
pub(super) fn arrive(
    opening: &Opening,
    sandbox: &Arc<Sandbox>,
    runtime: &tokio::runtime::Runtime,
) -> Result<Receiver, Fault> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut db = opening.open()?;
    let channel = db.find_channel("WxPusher")?.id;
    let path = db.door_url(channel, false)?.path;
    let receiver = Receiver::start(opening.clone(), anywhere, Limits::default())?;
    let url = format!("http://{}{}", receiver.address(), path.expose());
    let sandbox = Arc::clone(sandbox);
    let follows: Vec<String> = sample::people(sample::PEOPLE)
        .filter(|person| !person.wxpusher.is_empty() && sample::fault_of(&person.wxpusher).is_none())
        .take(2)
        .map(|person| person.wxpusher)
        .collect();
    runtime.spawn(async move {
        let mut told = sandbox.tell(Kind::Wxpusher, &url).await;
        for (after, who, does, text) in ACTS {
            tokio::time::sleep(after).await;
            let who = match who {
                Who::Known(number) => follows.get(number).map_or("", String::as_str),
                Who::New(uid) => uid,
            };
            told &= sandbox.act(Kind::Wxpusher, who, does, text).await;
        }
        if !told {
            tracing::warn!("the demo's people were not heard");
        }
    });
    Ok(receiver)
}
