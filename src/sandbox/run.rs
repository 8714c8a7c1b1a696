//! The body of `pushdeck sandbox`: starts the servers, says how to reach them, and stays until it is told to stop.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Kind, Options, Sandbox};

/// Runs the sandbox alone. Returns after Ctrl-C or SIGTERM, when every connection is closed.
pub async fn run(options: Options, out: &mut impl Write) -> io::Result<()> {
    let record = options.record.clone();
    let sandbox = Sandbox::start(options).await?;
    out.write_all(announcement(&sandbox).as_bytes())?;
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

/// Addresses, and for each kind the line that makes a channel of it.
fn announcement(sandbox: &Sandbox) -> String {
    let (wxpusher, bark, serverchan) = (sandbox.wxpusher_url(), sandbox.bark_url(), sandbox.serverchan_url());
    let smtp = sandbox.smtp_addr();
    let (host, port) = (smtp.ip(), smtp.port());
    let rows = [
        ("wxpusher", wxpusher.clone()),
        ("bark", bark.clone()),
        ("serverchan", serverchan.clone()),
        ("email", format!("smtp://{smtp}")),
    ];
    let mut text = "The sandbox takes messages on this machine only; nothing reaches a phone.\n\n".to_owned();
    for (kind, address) in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {kind:<12}{address}");
    }
    let (add, free) = ("pushdeck channel add sandbox", "--set rate=none");
    let _ = write!(
        text,
        "\nchannels for it:\n\n  \
         echo AT_sandbox | {add}-wxpusher --kind wxpusher --set base_url={wxpusher} {free} --secret-file app_token=-\n  \
         {add}-spt --kind wxpusher-spt --set base_url={wxpusher} {free}\n  \
         {add}-bark --kind bark --set base_url={bark} {free}\n  \
         {add}-serverchan --kind serverchan --set base_url={serverchan} {free}\n  \
         {add}-email --kind email --set host={host} --set port={port} --set security=none \
         {free} --set from=news@example.com\n\n\
         Any app token with AT_, any key and any mailbox is taken. Words in an address make trouble, such as\n\
         dead, quota, flaky or drop: `pushdeck sandbox --help` lists them. rate=none lifts the providers' limits,\n\
         which the servers here do not have; leave it out to send at the pace of the real ones.\n"
    );
    text
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
    async fn the_start_page_has_a_ready_made_line_for_every_kind() {
        let sandbox = started(Options::default()).await;
        let page = announcement(&sandbox);
        for kind in ["wxpusher", "wxpusher-spt", "bark", "serverchan", "email"] {
            assert!(page.contains(&format!("--kind {kind} ")), "{kind}");
        }
        assert!(page.contains(&format!("--set base_url={}", sandbox.bark_url())));
        assert!(page.contains(&format!("--set port={}", sandbox.smtp_addr().port())));
    }

    #[tokio::test]
    async fn the_end_says_what_was_caught() {
        let sandbox = started(Options::default()).await;
        post(&sandbox.bark_url(), "/push", r#"{"device_key":"dead1","body":"b"}"#).await;
        post(&sandbox.bark_url(), "/push", r#"{"device_key":"k1","body":"b"}"#).await;
        assert_eq!(totals(&sandbox), "bark: 2 messages, 1 addresses reached\n");
    }
}
