//! Loopback providers inside the binary: every kind of the catalogue, spoken from its reference page.
//!
//! Written from the protocols, not from our client, and strict enough to refuse what the real servers refuse,
//! so that a mistake of ours fails here. The demo sends through it, tests and benches count with it, and
//! `pushdeck sandbox` runs it alone as a mail catcher for push. Limits of calls per period are raised to none
//! unless a [`Script`] sets them ([`Script::published`]), because a demo would wait; limits of size stand.

mod bark;
#[cfg(test)]
mod driver;
pub mod fault;
mod http;
mod ledger;
mod run;
pub mod sample;
mod script;
mod serverchan;
mod smtp;
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
pub use script::{Rate, Script};

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

    /// The script of a server that is not named.
    fn script(&self, kind: Kind) -> Script {
        self.others.get(&kind).cloned().unwrap_or_default()
    }
}

/// Whose servers there are, in the order of their ports.
const SERVED: [Kind; 4] = [Kind::Wxpusher, Kind::Bark, Kind::Serverchan, Kind::Email];

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
            match kind {
                Kind::Wxpusher | Kind::WxpusherSpt => {
                    at.serve(wxpusher::Wxpusher::new(options.wxpusher.clone()));
                }
                Kind::Bark => at.serve(bark::Bark::new(options.bark.clone())),
                Kind::Serverchan => at.serve(serverchan::Serverchan::new(options.serverchan.clone())),
                Kind::Email => {
                    smtp::Relay::new(options.email.clone(), Arc::clone(&ledger)).listen(
                        at.listener,
                        &stop,
                        &tasks,
                    );
                }
                other => unreachable!("{other:?} has no server yet: {:?}", options.script(other)),
            }
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
    fn serve<P: http::Protocol>(self, protocol: P) {
        let ledger = Arc::clone(self.ledger);
        let server = http::Server { protocol, ledger, window: script::Window::default() };
        server.listen(self.listener, self.stop, self.tasks);
    }
}

#[cfg(test)]
mod tests;
