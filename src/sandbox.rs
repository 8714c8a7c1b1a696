//! Loopback providers inside the binary: every kind of the catalogue, spoken from its reference page.
//!
//! Written from the protocols, not from our client, and strict enough to refuse what the real servers refuse,
//! so that a mistake of ours fails here. The demo sends through it, tests and benches count with it, and
//! `pushdeck sandbox` runs it alone as a mail catcher for push. Limits of calls per period are raised to none
//! unless a [`Script`] sets them ([`Script::published`]), because a demo would wait; limits of size stand.

mod acts;
mod apns;
mod bark;
mod dingtalk;
mod discord;
#[cfg(test)]
mod driver;
pub mod fault;
mod feishu;
mod gotify;
mod http;
mod ledger;
mod ntfy;
mod pushdeer;
mod pushover;
mod pushplus;
mod run;
pub mod sample;
mod script;
mod serverchan;
mod slack;
mod smtp;
mod telegram;
mod webhook;
mod wechat;
mod wecom;
mod wxpusher;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use fault::fault_table;
pub use ledger::{Answer, Kind, Memory, Received, Totals};
pub use run::run;
pub use script::{Pass, Rate, Receiver, Script};

/// What to run and how it behaves.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// WxPusher, standard and simple push.
    pub wxpusher: Script,
    /// Bark.
    pub bark: Script,
    /// ServerChan, both products.
    pub serverchan: Script,
    /// SMTP.
    pub email: Script,
    /// The kinds whose servers are not named above.
    pub others: BTreeMap<Kind, Script>,
    /// The first of the ports, one for each server in a row; without it the system chooses free ones.
    pub port_base: Option<u16>,
    /// What is kept in memory.
    pub memory: Memory,
    /// A file that gets one JSON object a line for each message; appended to, mode 0600.
    pub record: Option<PathBuf>,
}

impl Options {
    /// The same change to all scripts.
    #[must_use]
    pub fn each(mut self, change: impl Fn(&mut Script)) -> Self {
        for script in [&mut self.wxpusher, &mut self.bark, &mut self.serverchan, &mut self.email] {
            change(script);
        }
        for kind in SERVED {
            change(self.others.entry(kind).or_default());
        }
        self
    }

    /// One kind's script.
    fn script(&self, kind: Kind) -> Script {
        match kind {
            Kind::Wxpusher | Kind::WxpusherSpt => self.wxpusher.clone(),
            Kind::Bark => self.bark.clone(),
            Kind::Serverchan => self.serverchan.clone(),
            Kind::Email => self.email.clone(),
            other => self.others.get(&other).cloned().unwrap_or_default(),
        }
    }

    /// These options with a script for one of the kinds that are not named.
    #[must_use]
    pub fn with(mut self, kind: Kind, script: Script) -> Self {
        self.others.insert(kind, script);
        self
    }
}

/// Whose servers there are, in the order of their ports.
const SERVED: [Kind; 18] = [
    Kind::Wxpusher,
    Kind::Bark,
    Kind::Serverchan,
    Kind::Email,
    Kind::Wechat,
    Kind::Apns,
    Kind::Ntfy,
    Kind::Gotify,
    Kind::Telegram,
    Kind::Dingtalk,
    Kind::Feishu,
    Kind::Wecom,
    Kind::Pushplus,
    Kind::Pushdeer,
    Kind::Pushover,
    Kind::Slack,
    Kind::Discord,
    Kind::Webhook,
];

/// The running servers. Dropping it closes them, at once and in the middle of whatever they say.
#[derive(Debug)]
pub struct Sandbox {
    addresses: [SocketAddr; SERVED.len()],
    ledger: Arc<ledger::Ledger>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Sandbox {
    /// Binds a loopback port for each server and serves them on the current runtime.
    pub async fn start(options: Options) -> io::Result<Self> {
        let ledger = Arc::new(ledger::Ledger::open(options.memory, options.record.as_deref())?);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); SERVED.len()];
        for (offset, (kind, address)) in SERVED.into_iter().zip(&mut addresses).enumerate() {
            let port = options.port_base.map_or(0, |base| base.saturating_add(offset as u16));
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            *address = listener.local_addr()?;
            let at = Place { listener, ledger: &ledger, stop: &stop, tasks: &tasks };
            at.listen(kind, options.script(kind));
        }
        tasks.close();
        Ok(Self { addresses, ledger, stop, tasks })
    }

    /// Where the server of a kind listens.
    pub fn address(&self, kind: Kind) -> SocketAddr {
        // Both kinds of WxPusher's push are on one server.
        let kind = if kind == Kind::WxpusherSpt { Kind::Wxpusher } else { kind };
        let at = SERVED.iter().position(|served| *served == kind);
        self.addresses[at.expect("every kind has a server")]
    }

    /// `base_url` of a kind that speaks HTTP.
    pub fn url(&self, kind: Kind) -> String {
        format!("http://{}", self.address(kind))
    }

    /// `base_url` of both WxPusher kinds.
    pub fn wxpusher_url(&self) -> String {
        self.url(Kind::Wxpusher)
    }

    /// `base_url` of Bark.
    pub fn bark_url(&self) -> String {
        self.url(Kind::Bark)
    }

    /// `base_url` of ServerChan, for both products.
    pub fn serverchan_url(&self) -> String {
        self.url(Kind::Serverchan)
    }

    /// Host and port of SMTP, without TLS.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.address(Kind::Email)
    }

    /// From now on a kind's acts are told to that receiver, as somebody sets it on the provider's own page. Gives whether
    /// it was taken.
    pub async fn tell(&self, kind: Kind, url: &str) -> bool {
        acts::say(&self.url(kind), acts::CALLBACK, &[("url", url)]).await
    }

    /// Somebody does something at a provider; `does` and `text` are those of `POST /sandbox/act`. Gives whether it was
    /// told.
    pub async fn act(&self, kind: Kind, who: &str, does: &str, text: &str) -> bool {
        acts::say(&self.url(kind), acts::ACT, &[("who", who), ("does", does), ("text", text)]).await
    }

    /// Every message of a kind so far, in the order of arrival; empty unless [`Memory::Messages`] is kept.
    pub fn received(&self, kind: Kind) -> Vec<Received> {
        self.ledger.received(kind)
    }

    /// How often an address was reached: more than once is a duplicate, whatever the client believes.
    pub fn count(&self, address: &str) -> u64 {
        self.ledger.count(address)
    }

    /// Every address that was reached, and how often.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.ledger.counts()
    }

    /// The totals of one kind.
    pub fn totals(&self, kind: Kind) -> Totals {
        self.ledger.totals(kind)
    }

    /// Closes all servers and waits until their last task has ended.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A bound port, and what its server shares with the others.
struct Place<'a> {
    listener: TcpListener,
    ledger: &'a Arc<ledger::Ledger>,
    stop: &'a CancellationToken,
    tasks: &'a TaskTracker,
}

impl Place<'_> {
    fn listen(self, kind: Kind, script: Script) {
        match kind {
            Kind::Wxpusher | Kind::WxpusherSpt => self.serve(wxpusher::Wxpusher::new(script)),
            Kind::Bark => self.serve(bark::Bark::new(script)),
            Kind::Serverchan => self.serve(serverchan::Serverchan::new(script)),
            Kind::Email => {
                let relay = smtp::Relay::new(script, Arc::clone(self.ledger));
                relay.listen(self.listener, self.stop, self.tasks);
            }
            Kind::Wechat => self.serve(wechat::Wechat::new(script)),
            Kind::Apns => self.serve(apns::Apns::new(script)),
            Kind::Ntfy => self.serve(ntfy::Ntfy::new(script)),
            Kind::Gotify => self.serve(gotify::Gotify::new(script)),
            Kind::Telegram => self.serve(telegram::Telegram::new(script)),
            Kind::Dingtalk => self.serve(dingtalk::Dingtalk::new(script)),
            Kind::Feishu => self.serve(feishu::Feishu::new(script)),
            Kind::Wecom => self.serve(wecom::Wecom::new(script)),
            Kind::Pushplus => self.serve(pushplus::Pushplus::new(script)),
            Kind::Pushdeer => self.serve(pushdeer::Pushdeer::new(script)),
            Kind::Pushover => self.serve(pushover::Pushover::new(script)),
            Kind::Slack => self.serve(slack::Slack::new(script)),
            Kind::Discord => self.serve(discord::Discord::new(script)),
            Kind::Webhook => self.serve(webhook::Webhook::new(script)),
        }
    }

    fn serve<P: http::Protocol>(self, protocol: P) {
        let ledger = Arc::clone(self.ledger);
        let server = http::Server { protocol, ledger, window: script::Window::default() };
        server.listen(self.listener, self.stop, self.tasks);
    }
}

#[cfg(test)]
mod tests;
