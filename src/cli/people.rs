//! What `subscriber` and `topic` share: who is meant, the gate for many, addresses from the command line.

use super::args::{GateArgs, Whom};
use super::context::Context;
use crate::channels::catalog;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::SubscriberId;
use crate::domain::secret::{Secret, mask_address};
use crate::problem::{Exit, Fault, Problem, reason};
use crate::store::addresses::{NewAddress, are_secret};
use crate::store::audience::UnknownName;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::import::Remark;
use crate::store::plan::Gate;

/// From so many people on, a number must be confirmed.
pub const GRAVE: i64 = 50;

/// How many people are read at once.
const CHUNK: usize = 5_000;

/// What the flags demand of a number; none when neither is given.
pub fn gate(args: &GateArgs) -> Option<Gate> {
    args.confirm_count.map(Gate::Exactly).or(args.max_audience.map(Gate::AtMost))
}

/// What a number is about, so that a gate does not speak of sending where nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// People who would get a message; how many they are, if some would get it more than once.
    Sending(Option<i64>),
    /// People who would be changed or removed.
    People,
    /// Deliveries that would be settled.
    Deliveries,
}

/// Refuses a number that was not confirmed. Nothing has been written yet. `filtered`: whether somebody said
/// who is meant; without that even one needs a word.
pub fn pass(ctx: &Context, args: &GateArgs, n: i64, filtered: bool, about: About) -> Result<(), Fault> {
    let e = &ctx.words.errors;
    let concerns = match about {
        About::Sending(people) => return sending(ctx, args, (n, people), filtered),
        About::People => e.concerns_people.count(n),
        About::Deliveries => e.concerns_deliveries.count(n),
    };
    let (concerns, number) = (("concerns", (&concerns).into()), n.to_string());
    let number = [("number", (&number).into())];
    let problem = match gate(args) {
        Some(gate) if gate.admits(n) => return Ok(()),
        None if n < GRAVE && filtered => return Ok(()),
        Some(Gate::Exactly(confirmed)) => {
            let summary = e.concerns_changed.fill(&[concerns, ("confirmed", confirmed.into())]);
            Problem::new("audience_changed", Exit::Confirm, summary)
                .hint(e.concerns_changed_hint.fill(&number))
                .detail("confirmed", confirmed)
        }
        Some(Gate::AtMost(most)) => {
            let summary = e.concerns_over.fill(&[concerns, ("most", most.into())]);
            Problem::new("audience_changed", Exit::Confirm, summary)
                .hint(&e.concerns_over_hint)
                .detail("max_audience", most)
        }
        None => {
            let summary = e.concerns_missing.fill(&[concerns, number[0]]);
            Problem::new("confirmation_missing", Exit::Confirm, summary).hint(&e.concerns_hint)
        }
    };
    Err(problem.detail("to_send", n).into())
}

fn sending(
    ctx: &Context,
    args: &GateArgs,
    (n, people): (i64, Option<i64>),
    filtered: bool,
) -> Result<(), Fault> {
    let e = &ctx.words.errors;
    let text = n.to_string();
    let problem = match gate(args) {
        Some(gate) if gate.admits(n) => return Ok(()),
        None if n < GRAVE && filtered => return Ok(()),
        Some(Gate::Exactly(confirmed)) => {
            let summary = e.audience_changed.fill(&[("count", n.into()), ("confirmed", confirmed.into())]);
            Problem::new("audience_changed", Exit::Confirm, summary)
                .hint(e.changed_hint.fill(&[("number", (&text).into())]))
                .detail("confirmed", confirmed)
        }
        Some(Gate::AtMost(most)) => {
            let summary = e.over_maximum.fill(&[("count", n.into()), ("most", most.into())]);
            Problem::new("audience_changed", Exit::Confirm, summary)
                .hint(&e.over_maximum_hint)
                .detail("max_audience", most)
        }
        None => {
            let summary = e
                .confirmation_missing
                .fill(&[("who", (&ctx.words.reached(n, people)).into()), ("number", (&text).into())]);
            Problem::new("confirmation_missing", Exit::Confirm, summary).hint(&e.confirm_hint)
        }
    };
    Err(problem.detail("to_send", n).into())
}

/// The people who are meant, gate passed.
pub fn meant(ctx: &Context, db: &Db, whom: &Whom, grave: bool) -> Result<Vec<SubscriberId>, Fault> {
    let (ids, filtered) = match &whom.filter {
        None => {
            let ids = whom.people.iter().map(|one| db.find_subscriber(one)).collect::<Result<Vec<_>, _>>()?;
            (ids, true)
        }
        Some(text) => {
            let filter = Filter::parse(text, Scope::People)?;
            (everybody(db, &filter)?, !filter.is_everything())
        }
    };
    if grave || gate(&whom.gate).is_some() {
        pass(ctx, &whom.gate, ids.len() as i64, filtered, About::People)?;
    }
    Ok(ids)
}

fn everybody(db: &Db, filter: &Filter) -> Result<Vec<SubscriberId>, StoreError> {
    let mut all: Vec<SubscriberId> = Vec::new();
    loop {
        let page = db.people_ids(filter, all.last().copied(), CHUNK)?;
        let ended = page.len() < CHUNK;
        all.extend(page);
        if ended {
            return Ok(all);
        }
    }
}

/// Reads `CHANNEL=ADDRESS|@FILE|-`; a secret one that stands on the command line warns.
pub fn address(ctx: &mut Context, db: &Db, text: &str) -> Result<NewAddress, Fault> {
    let (name, value) = ctx.pair(text)?;
    let channel = super::channel::find(ctx, db, name)?;
    let typed = match value.strip_prefix('@') {
        _ if value == "-" => ctx.read_secret("-")?,
        Some(path) => match ctx.read_secret(path) {
            Ok(secret) => secret,
            Err(fault) => {
                let hint = ctx.words.errors.address_file_hint.fill(&[("channel", name.into())]);
                return Err(fault.problem(ctx.words).hint(hint).into());
            }
        },
        None => {
            if are_secret(&channel) {
                let text = ctx.words.cli.secret_on_command_line.clone();
                ctx.out.warn(&text);
            }
            Secret::new(value)
        }
    };
    Ok(NewAddress { channel: channel.id, typed })
}

/// Says of an address that was taken why it has an unusual form, masked as lists mask it.
pub fn warn_unusual(ctx: &mut Context, db: &Db, address: &NewAddress) -> Result<(), Fault> {
    let channel = db.channel(address.channel)?;
    let Some(kind) = catalog::kind(&channel.kind) else { return Ok(()) };
    // One that cannot be read at all has been refused before.
    let Ok(read) = kind.read_address(address.typed.expose()) else { return Ok(()) };
    let Some(warning) = read.warning else { return Ok(()) };
    let shown = if are_secret(&channel) { read.value.masked() } else { mask_address(read.value.expose()) };
    let why = reason::remark(&Remark::Address(warning), ctx.words);
    let text = ctx.words.cli.address_unusual.fill(&[
        ("address", (&shown).into()),
        ("channel", (&channel.name).into()),
        ("why", (&why).into()),
    ]);
    ctx.out.warn(&text);
    Ok(())
}

/// Says that nobody has a tag: a misspelt one leaves nobody out.
pub fn warn_unknown_tag(ctx: &mut Context, unknown: &UnknownName) {
    let text = ctx.words.cli.tag_unknown.fill(&[("name", (&unknown.name).into())]);
    ctx.out.warn(&reason::with_nearest(text, unknown.nearest.as_deref(), ctx.words));
}
