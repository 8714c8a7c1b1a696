//! `pushdeck channel export`: accounts and whom they reach, as Apprise URLs.

use serde::Serialize;

use super::why;
use crate::channels::apprise::{AppriseError, Entry, read, write};
use crate::channels::catalog;
use crate::cli::args::ChannelExport;
use crate::cli::channel::find;
use crate::cli::context::Context;
use crate::cli::output::{Form, Page, Reply, Table};
use crate::domain::filter::{Filter, Scope};
use crate::domain::secret::Secret;
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::problem::Fault;
use crate::problem::reason::safe;
use crate::store::addresses::are_secret;
use crate::store::channels::{Channel, Open};
use crate::store::db::Db;

/// How many people are read at once.
const CHUNK: usize = 1_000;

/// A channel and its URLs.
#[derive(Debug, Serialize)]
struct Written {
    channel: String,
    kind: String,
    urls: Vec<String>,
}

/// Writes the named channels, or all of them. Secrets are masked unless somebody asks for them.
pub fn run(ctx: &mut Context, args: &ChannelExport) -> Result<Reply, Fault> {
    // Who has secrets written out is on record.
    let mut db = if args.reveal { ctx.writer()? } else { ctx.reader()? };
    let channels = if args.channels.is_empty() {
        db.channels()?
    } else {
        args.channels.iter().map(|wanted| find(ctx, &db, wanted)).collect::<Result<_, _>>()?
    };
    let mut all = Vec::new();
    for channel in channels {
        let account = db.account(channel.id, Open::Secrets)?;
        if args.reveal {
            db.note_reveal(channel.id, "export")?;
        }
        let entry = Entry {
            kind: channel.kind.clone(),
            settings: account.settings,
            secrets: account.secrets.into_iter().filter(|(_, secret)| !secret.is_empty()).collect(),
            addresses: addresses(&db, &channel)?,
            left_out: Vec::new(),
        };
        if let Some(server) = unsaid_server(&entry) {
            let text = ctx.words.cli.url_no_server.fill(&[
                ("channel", (&channel.name).into()),
                ("kind", (&channel.kind).into()),
                ("server", (&safe(&server)).into()),
            ]);
            ctx.out.warn(&text);
        }
        let entry = if args.reveal { entry } else { entry.masked(are_secret(&channel)) };
        match write(&entry) {
            Ok(urls) => all.push(Written { channel: channel.name, kind: channel.kind, urls }),
            Err(error) => {
                // A kind that no such URL is for is called by its name.
                let why = match &error {
                    AppriseError::Scheme(_) => ctx.words.cli.url_no_form.clone(),
                    error => why(error, ctx.words),
                };
                let text = ctx.words.cli.url_unsayable.fill(&[
                    ("channel", (&channel.name).into()),
                    ("kind", (&channel.kind).into()),
                    ("why", (&why).into()),
                ]);
                ctx.out.warn(&text);
            }
        }
    }
    if !args.reveal && all.iter().any(|one| one.urls.iter().any(|url| url.contains("****"))) {
        let text = ctx.words.cli.urls_masked.clone();
        ctx.out.say(&text);
    }
    let page = Page { next: None, total: Some(all.len() as i64), total_exact: true };
    let mut reply = Reply::list(&all, page, Table::default(), ctx.out.form);
    reply.text = all.iter().flat_map(|one| one.urls.iter().map(|url| line(ctx.out.form, one, url))).collect();
    Ok(reply)
}

/// The server of one's own that a URL of this kind has no place for: read back, it is not there.
fn unsaid_server(entry: &Entry) -> Option<String> {
    let named = entry.settings.get("base_url")?;
    let usual = catalog::kind(&entry.kind)?.spec().field("base_url")?.default;
    let bare = |url: &str| url.trim_end_matches('/').to_owned();
    if usual.is_some_and(|usual| bare(usual) == bare(named)) {
        return None;
    }
    let urls = write(entry).ok()?;
    let said =
        read(urls.first()?).ok()?.settings.get("base_url").is_some_and(|said| bare(said) == bare(named));
    (!said).then(|| named.clone())
}

/// A line of a configuration of Apprise: the name stands before it, where it can be a tag.
fn line(form: Form, one: &Written, url: &str) -> String {
    let is_tag = one.channel.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    match form {
        Form::Plain => format!("{}\t{}\t{url}\n", one.channel, one.kind),
        _ if is_tag => format!("{}={url}\n", one.channel),
        _ => format!("{url}\n"),
    }
}

/// The addresses in use of people who get messages.
fn addresses(db: &Db, channel: &Channel) -> Result<Vec<Secret>, Fault> {
    let filter = Filter::parse(&format!("channel:\"{}\"", channel.name), Scope::People)?;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let rows = db.people(&filter, after, CHUNK)?;
        for row in rows.iter().filter(|row| row.state == SubscriberState::Active) {
            for address in db.subscriber(row.id)?.addresses {
                if address.channel == channel.id && address.state == AddressState::Active {
                    all.push(db.open_address(address.id)?);
                }
            }
        }
        match rows.last() {
            Some(last) if rows.len() == CHUNK => after = Some(last.id),
            _ => break,
        }
    }
    // Lists show the newest first; files begin with the oldest.
    all.reverse();
    Ok(all)
}
