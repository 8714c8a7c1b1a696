//! `pushdeck broadcast curl`: a message as one line that a script can use, the token masked unless asked for.

use super::args::CurlArgs;
use super::context::Context;
use super::desk;
use super::output::Reply;
use crate::channels::call::Method;
use crate::channels::catalog;
use crate::channels::desk::Desk as ProviderDesk;
use crate::channels::kind::Kind;
use crate::channels::render::Prepared;
use crate::domain::id::BroadcastId;
use crate::domain::message::{Content, Format};
use crate::domain::subscriber::AddressState;
use crate::problem::{Exit, Fault, Problem};
use crate::store::channels::Channel;
use crate::store::db::Db;

/// The line.
pub fn run(ctx: &mut Context, args: &CurlArgs) -> Result<Reply, Fault> {
    let mut db = if args.reveal { ctx.writer()? } else { ctx.reader()? };
    let id: BroadcastId = args.id.parse()?;
    let draft = db.broadcast(id)?.draft;
    let e = &ctx.words.errors;
    let person = match &args.person {
        Some(wanted) => db.find_subscriber(wanted)?,
        None => db.me()?.ok_or_else(|| {
            Problem::new("me_missing", Exit::NotFound, &e.me_missing).hint(&e.me_missing_hint)
        })?,
    };
    let person = db.subscriber(person)?;
    let (channel, kind) = channel(ctx, &db, args)?;
    let address = person
        .addresses
        .iter()
        .find(|one| one.channel == channel.id && one.state == AddressState::Active)
        .ok_or_else(|| {
            let named = [("name", (&person.name).into()), ("channel", (&channel.name).into())];
            Problem::new("no_address", Exit::NotFound, ctx.words.desk.no_address.fill(&named))
        })?;
    let prepared = Prepared::new(&draft.message)?;
    let value = |name: &str| match name {
        "name" => Some(person.name.as_str()),
        _ => person.vars.get(name).or_else(|| draft.vars.get(name)).map(String::as_str),
    };
    let content = prepared.content(kind.spec(), value).map_err(|missing| {
        let why = ctx.words.own_text(&missing.to_string()).unwrap_or_else(|| missing.to_string());
        Problem::new("content", Exit::Usage, why)
    })?;
    // A link holds plain text.
    let content = Content { format: Format::Text, body: content.plain.clone(), ..content };
    let (runtime, counter) = desk::counter(ctx)?;
    let call = runtime.block_on(counter.script(channel.id, content, address.id))?;
    let url = if args.reveal { call.url.clone() } else { call.redact(&call.url) };
    if args.reveal {
        db.note_reveal(channel.id, "curl")?;
    } else {
        ctx.out.say(&ctx.words.desk.masked);
    }
    let method = if call.method == Method::Get { "" } else { "-X POST " };
    let line = format!("curl -fsS {method}'{}'", url.replace('\'', "%27"));
    let data = serde_json::json!({ "channel": channel.id, "id": id, "curl": line, "masked": !args.reveal });
    Ok(Reply::one(&data, line))
}

/// The channel that was named, else the first of which the kind knows such a link.
fn channel(ctx: &Context, db: &Db, args: &CurlArgs) -> Result<(Channel, &'static dyn Kind), Fault> {
    let wanted = match &args.channel {
        Some(name) => vec![super::channel::find(ctx, db, name)?],
        None => db.channels()?,
    };
    wanted
        .into_iter()
        .find_map(|channel| {
            let kind = catalog::kind(&channel.kind)?;
            kind.desk().is_some_and(ProviderDesk::has_script).then_some((channel, kind))
        })
        .ok_or_else(|| Problem::new("not_offered", Exit::Usage, &ctx.words.desk.no_script).into())
}
