//! `channel verify` and `channel test`: one-person broadcasts that go the same way as every other.

use super::channel::find;
use super::context::Context;
use super::follow::{Followed, follow};
use super::output::Reply;
use super::sender;
use crate::channels::catalog;
use crate::domain::broadcast::Purpose;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId};
use crate::domain::message::{Format, Message};
use crate::problem::{Exit, Fault, Problem};
use crate::store::broadcasts::Draft;
use crate::store::channels::{Channel, Open};
use crate::store::db::Db;
use crate::store::history::DeliveryDetail;
use crate::store::plan::{Gate, Release, Released};

/// Proves the credential; tells nobody anything.
pub fn verify(ctx: &mut Context, wanted: &str) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let channel = find(ctx, &db, wanted)?;
    refuse_resting(ctx, &channel)?;
    refuse_unverifiable(ctx, &db, &channel)?;
    let id = db.request_verify(channel.id, &ctx.operator())?;
    let done = ctx.words.cli.verified.fill(&[("channel", (&channel.name).into())]);
    conclude(ctx, &db, id, channel.id, &done)
}

/// Some kinds have no question that tells nobody anything: nothing is proven by not asking.
fn refuse_unverifiable(ctx: &Context, db: &Db, channel: &Channel) -> Result<(), Fault> {
    let account = db.account(channel.id, Open::Nothing)?;
    let Some(kind) = catalog::kind(&channel.kind) else { return Ok(()) };
    if kind.verify(&account) != Ok(None) {
        return Ok(());
    }
    let e = &ctx.words.errors;
    let named = [("name", (&channel.name).into())];
    Err(Problem::new("cannot_verify", Exit::Usage, e.cannot_verify.fill(&named))
        .hint(e.cannot_verify_hint.fill(&named))
        .into())
}

/// A call over an account that rests would wait with all others, without a word.
fn refuse_resting(ctx: &Context, channel: &Channel) -> Result<(), Fault> {
    if channel.rest.is_none() {
        return Ok(());
    }
    let e = &ctx.words.errors;
    let name = ("channel", (&channel.name).into());
    let rests = super::channel::rests(channel.rest, &ctx.out);
    Err(Problem::new("resting", Exit::Limit, e.channel_rests.fill(&[name, ("rests", (&rests).into())]))
        .hint(e.channel_rests_hint.fill(&[name]))
        .into())
}

/// Sends a test to the operator alone.
pub fn test(ctx: &mut Context, wanted: &str) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let channel = find(ctx, &db, wanted)?;
    refuse_resting(ctx, &channel)?;
    let e = &ctx.words.errors;
    let Some(me) = db.me()? else {
        return Err(Problem::new("me_missing", Exit::NotFound, &e.me_missing)
            .hint(&e.me_missing_hint)
            .into());
    };
    let name = db.person_row(me)?.name;
    let draft = Draft {
        message: Message {
            title: "pushdeck".to_owned(),
            format: Format::Text,
            body: ctx.words.cli.test_body.fill(&[("channel", (&channel.name).into())]),
            ..Message::default()
        },
        audience: format!("id:{me}"),
        channels: vec![channel.id],
        undo_ms: Some(0),
        ..Draft::default()
    };
    let by = ctx.operator();
    let id = db.add_draft(&draft, Purpose::Test, &by)?;
    let seen = db.broadcast(id)?.row.version;
    let release = Release { by, seen, gate: Gate::AtMost(1), keeper: None, expected: None };
    match db.release(id, &release)? {
        Released::Done { .. } => {
            let done =
                ctx.words.cli.tested.fill(&[("channel", (&channel.name).into()), ("name", (&name).into())]);
            conclude(ctx, &db, id, channel.id, &done)
        }
        Released::GateClosed { .. } | Released::Changed(_) | Released::NobodyLeft { .. } => {
            db.remove_draft(id)?;
            let named = [("name", (&name).into()), ("channel", (&channel.name).into())];
            Err(Problem::new("me_no_address", Exit::NotFound, e.me_no_address.fill(&named))
                .hint(e.me_no_address_hint.fill(&named))
                .into())
        }
    }
}

fn conclude(
    ctx: &mut Context,
    db: &Db,
    id: BroadcastId,
    channel: ChannelId,
    done: &str,
) -> Result<Reply, Fault> {
    let followed = sender::runtime()?.block_on(follow(ctx, db, &[id]))?;
    if matches!(followed, Followed::Interrupted) {
        return Err(Problem::new("interrupted", Exit::Interrupted, &ctx.words.errors.interrupted).into());
    }
    let delivery = db.delivery(DeliveryId { broadcast: id, seq: 1 })?;
    let channel = db.channel(channel)?;
    let problem = trouble(ctx, &channel.name, &delivery);
    let data = serde_json::json!({
        "channel": channel.id,
        "name": channel.name,
        "ok": problem.is_none(),
        "state": delivery.row.state,
        "class": delivery.row.class,
        "provider_code": delivery.row.provider_code,
        "provider_text": delivery.row.provider_text,
    });
    let text = if problem.is_none() { done } else { "" };
    Ok(Reply::one(&data, text).but(problem))
}

/// Why it did not work, with the provider's words.
fn trouble(ctx: &Context, channel: &str, delivery: &DeliveryDetail) -> Option<Problem> {
    let row = &delivery.row;
    if row.state.is_delivered() {
        return None;
    }
    let e = &ctx.words.errors;
    if row.state == DeliveryState::Unknown {
        let summary = e.probe_unknown.fill(&[("channel", channel.into())]);
        return Some(Problem::new("unknown", Exit::Network, summary).retryable());
    }
    let class = row.class.unwrap_or(Class::Unclassified);
    let words = ctx.words.classes.class.of(class);
    let text = ctx.words.own_text(&row.provider_text).unwrap_or_else(|| row.provider_text.clone());
    let mut said = format!("{} {text}", row.provider_code).trim().to_owned();
    if said.is_empty() {
        said.clone_from(&words.happened);
    }
    let summary = e.probe_failed.fill(&[("channel", channel.into()), ("text", (&said).into())]);
    let exit = match class {
        Class::Network | Class::Provider => Exit::Network,
        Class::RateLimit | Class::Quota => Exit::Limit,
        Class::Credential
        | Class::BadRecipient
        | Class::Blocked
        | Class::Content
        | Class::Refused
        | Class::WindowClosed
        | Class::Unclassified => Exit::Refused,
    };
    let code = if class == Class::Credential { "channel_credential" } else { class.word() };
    Some(Problem::new(code, exit, summary).hint(&words.todo).detail("class", class.word()))
}
