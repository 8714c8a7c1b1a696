//! `pushdeck channel qr`: a code in the terminal that somebody follows by, and whoever comes taken in.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::args::QrArgs;
use super::context::Context;
use super::desk;
use super::output::{self, Form, Reply};
use crate::config::value::duration;
use crate::domain::safe_text::{Cap, scrub};
use crate::look::format::countdown;
use crate::look::qr::Code;
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::sender::counter::{Counter, InviteAsk, Invited};
use crate::store::db::Db;
use crate::store::invites::Came;

/// The smallest terminal that is reckoned with, less the lines above and below the code.
const ROOM: (usize, usize) = (80, 20);

/// A long link makes a code that is higher than that; on a larger terminal it can be seen all the same.
const MORE_ROOM: (usize, usize) = (120, 60);

/// Makes a code, shows it, and stays if asked.
pub fn run(ctx: &mut Context, args: &QrArgs) -> Result<Reply, Fault> {
    let db = ctx.writer()?;
    let channel = super::channel::find(ctx, &db, &args.channel)?;
    let topic = args.topic.as_deref().map(|topic| super::topic::find(ctx, &db, topic)).transpose()?;
    let Some(valid) = duration(&args.valid).filter(|valid| *valid >= Duration::from_secs(1)) else {
        return Err(ctx.usage(ctx.words.desk.bad_valid.fill(&[("text", (&args.valid).into())])));
    };
    let (runtime, counter) = desk::counter(ctx)?;
    let ask = InviteAsk {
        channel: channel.id,
        topic: topic.map(|topic| topic.name),
        tags: args.tags.clone(),
        valid,
    };
    let invited = runtime.block_on(counter.invite(ask))?;
    if let Some(path) = &args.png {
        write_picture(path, &invited.qr.payload)?;
    }
    let data = document(&invited, None);
    let shown = shown(ctx, &invited);
    if !args.watch {
        return Ok(Reply::one(&data, shown));
    }
    if ctx.out.form == Form::Text {
        output::print(&shown)?;
    }
    let came = runtime.block_on(watch(ctx, &db, &counter, &invited))?;
    let text = welcome(ctx, &came);
    Ok(Reply::one(&document(&invited, Some(&came)), text))
}

/// A new file: one that is there may be somebody's.
fn write_picture(path: &Path, payload: &str) -> Result<(), Fault> {
    let failed = |source| Fault::File { path: path.to_owned(), source };
    let picture = Code::of(payload).and_then(|code| code.png().ok());
    let picture = picture.ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))?;
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(&picture).and_then(|()| file.sync_all()).map_err(failed)
}

/// The links, and under them the code where somebody looks at a terminal.
fn shown(ctx: &Context, invited: &Invited) -> String {
    let w = &ctx.words.desk;
    let mut text = format!("{}\n", w.link.fill(&[("url", (&invited.qr.payload).into())]));
    if let Some(picture) = &invited.qr.picture {
        text.extend([&w.picture.fill(&[("url", picture.into())]), "\n"]);
    }
    let at = ctx.out.time(invited.invite.until);
    text.extend([&w.good_until.fill(&[("time", (&at).into())]), "\n"]);
    let text = scrub(&text, Cap::Detail).into_owned();
    if ctx.out.form != Form::Text || !std::io::stdout().is_terminal() {
        return text;
    }
    let drawn = Code::of(&invited.qr.payload)
        .and_then(|code| code.lines(ROOM.0, ROOM.1).or_else(|| code.lines(MORE_ROOM.0, MORE_ROOM.1)));
    match drawn {
        Some(lines) => format!("{text}{lines}"),
        None => format!("{text}{}\n", w.no_room),
    }
}

/// Looks who came until somebody has, the code is over, or the operator leaves.
async fn watch(ctx: &mut Context, db: &Db, counter: &Counter, invited: &Invited) -> Result<Came, Fault> {
    let w = &ctx.words.desk;
    let Some(every) = invited.every else {
        return Err(Problem::new("not_offered", Exit::Usage, &w.cannot_watch).into());
    };
    loop {
        let left = invited.invite.until.since(db.now());
        if left <= 0 {
            return Err(Problem::new("expired", Exit::NotFound, &w.expired).hint(&w.expired_hint).into());
        }
        let line = w.waiting.fill(&[("time", (&countdown(left)).into())]);
        ctx.out.progress(&line);
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => {
                pressed.map_err(|source| Fault::System { doing: Doing::Interrupt, source })?;
                return Err(Problem::new("interrupted", Exit::Interrupted, &w.left).into());
            }
            () = tokio::time::sleep(every) => {}
        }
        match counter.came(invited, None).await {
            Ok(Some((_, came))) => return Ok(came),
            Ok(None) => {}
            // The network may be back at the next look.
            Err(error) if error.may_pass() => {
                let problem = Fault::from(error).problem(ctx.words);
                ctx.out.say(&problem.summary);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Such as `UID…c0ffee12 is new and in ops`.
pub fn welcome(ctx: &Context, came: &Came) -> String {
    let (w, id) = (&ctx.words.desk, came.id.to_string());
    let named = [("name", (&came.name).into()), ("id", (&id).into())];
    let mut text = if came.new { w.came_new.fill(&named) } else { w.came_again.fill(&named) };
    if let Some(topic) = &came.topic {
        text.extend(["\n", &w.joined_topic.fill(&[("topic", topic.into())])]);
    }
    if came.state != crate::domain::subscriber::SubscriberState::Active {
        let state = ctx.out.tables().subscriber.of(came.state);
        text.extend(["\n", &w.stays_out.fill(&[("state", state.into())])]);
    }
    scrub(&text, Cap::Detail).into_owned()
}

fn document(invited: &Invited, came: Option<&Came>) -> Value {
    json!({
        "channel": invited.invite.channel,
        "scene": invited.invite.scene,
        "topic": invited.invite.topic,
        "tags": invited.invite.tags,
        "link": invited.qr.payload,
        "picture": invited.qr.picture,
        "until": invited.invite.until,
        "came": came,
    })
}
