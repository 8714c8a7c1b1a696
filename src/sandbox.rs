//! Loopback providers inside the binary: WxPusher, Bark, ServerChan and SMTP, spoken from their reference pages.
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
    /// The first of four ports in a row; without it the system chooses free ones.
    pub port_base: Option<u16>,
    /// What is kept in memory.
    pub memory: Memory,
    /// A file that gets one JSON object a line for each message; appended to, mode 0600.
    pub record: Option<PathBuf>,
}

impl Options {
    /// The same change to all four scripts.
    #[must_use]
    pub fn each(mut self, change: impl Fn(&mut Script)) -> Self {
        for script in [&mut self.wxpusher, &mut self.bark, &mut self.serverchan, &mut self.email] {
            change(script);
        }
        self
    }
}

/// The running servers. Dropping it closes them, at once and in the middle of whatever they say.
#[derive(Debug)]
pub struct Sandbox {
    addresses: [SocketAddr; 4],
    ledger: Arc<ledger::Ledger>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Sandbox {
    /// Binds four loopback ports and serves them on the current runtime.
    pub async fn start(options: Options) -> io::Result<Self> {
        let ledger = Arc::new(ledger::Ledger::open(options.memory, options.record.as_deref())?);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let mut listeners = Vec::with_capacity(4);
        for offset in 0..4 {
            let port = options.port_base.map_or(0, |base| base.saturating_add(offset));
            listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?);
        }
        let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 4];
        for (address, listener) in addresses.iter_mut().zip(&listeners) {
            *address = listener.local_addr()?;
        }
        let mut listeners = listeners.into_iter();
        let mut next = || listeners.next().ok_or_else(|| io::Error::other("four listeners were bound"));
        server(wxpusher::Wxpusher::new(options.wxpusher), &ledger).listen(next()?, &stop, &tasks);
        server(bark::Bark::new(options.bark), &ledger).listen(next()?, &stop, &tasks);
        server(serverchan::Serverchan::new(options.serverchan), &ledger).listen(next()?, &stop, &tasks);
        smtp::Relay::new(options.email, Arc::clone(&ledger)).listen(next()?, &stop, &tasks);
        tasks.close();
        Ok(Self { addresses, ledger, stop, tasks })
    }

    /// `base_url` of both WxPusher kinds.
    pub fn wxpusher_url(&self) -> String {
        format!("http://{}", self.addresses[0])
    }

    /// `base_url` of Bark.
    pub fn bark_url(&self) -> String {
        format!("http://{}", self.addresses[1])
    }

    /// `base_url` of ServerChan, for both products.
    pub fn serverchan_url(&self) -> String {
        format!("http://{}", self.addresses[2])
    }

    /// Host and port of SMTP, without TLS.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.addresses[3]
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

fn server<P: http::Protocol>(protocol: P, ledger: &Arc<ledger::Ledger>) -> http::Server<P> {
    http::Server { protocol, ledger: Arc::clone(ledger), window: script::Window::default() }
}

#[cfg(test)]
mod tests;
