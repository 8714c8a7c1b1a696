//! The body of `pushdeck sandbox`: starts the servers, says how to reach them, and stays until it is told to stop.

mod page;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Kind, Options, Sandbox};

/// Runs the sandbox alone. Returns after Ctrl-C or SIGTERM, when every connection is closed.
pub async fn run(options: Options, out: &mut impl Write) -> io::Result<()> {
    let record = options.record.clone();
    let sandbox = Sandbox::start(options).await?;
    out.write_all(page::page(&sandbox).as_bytes())?;
    if let Some(path) = record {
        writeln!(out, "\nrecording to {}", path.display())?;
    }
    writeln!(out, "Ctrl-C stops it")?;
    out.flush()?;
    told_to_stop().await?;
    let totals = totals(&sandbox);
    sandbox.stop().await;
    out.write_all(totals.as_bytes())?;
    out.flush()
}

fn totals(sandbox: &Sandbox) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let name = kind.id();
        let totals = sandbox.totals(kind);
        if totals.messages > 0 {
            let _ =
                writeln!(text, "{name}: {} messages, {} addresses reached", totals.messages, totals.reached);
        }
    }
    text
}

#[cfg(unix)]
async fn told_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::super::driver::{post, started};
    use super::*;

    #[tokio::test]
    async fn the_end_says_what_was_caught() {
        let sandbox = started(Options::default()).await;
        post(&sandbox.bark_url(), "/push", r#"{"device_key":"dead1","body":"b"}"#).await;
        post(&sandbox.bark_url(), "/push", r#"{"device_key":"k1","body":"b"}"#).await;
        assert_eq!(totals(&sandbox), "bark: 2 messages, 1 addresses reached\n");
    }
}
