//! Who a send is about: the audience, the channels, the counts and the gate, before anything is written.

use std::collections::BTreeMap;

use super::args::SendArgs;
use super::context::Context;
use super::people;
use crate::channels::catalog;
use crate::channels::check::{Fact, Finding, Level, Personal, check};
use crate::channels::render::Prepared;
use crate::domain::channel::Account;
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::id::ChannelId;
use crate::problem::{Exit, Fault, Problem};
use crate::store::audience::Breakdown;
use crate::store::broadcasts::Draft;
use crate::store::channels::{Channel, Open};
use crate::store::db::Db;

/// So many people without a value are named.
const NAMED: usize = 5;

/// Everything about a send that is known before it is released.
pub struct Review {
    /// The message, read and converted.
    pub prepared: Prepared,
    /// The audience.
    pub filter: Filter,
    /// The channels in order.
    pub channels: Vec<Channel>,
    /// What would become of everybody.
    pub breakdown: Breakdown,
    /// Remote topics by channel.
    pub remotes: Vec<(ChannelId, i64)>,
    /// What there is to say about the message, by channel.
    pub findings: Vec<(ChannelId, Vec<Finding>)>,
}

impl Review {
    /// Deliveries that would leave: what the gates count.
    pub fn to_send(&self) -> i64 {
        self.breakdown.to_send() + self.remotes.len() as i64
    }

    /// Deliveries that would leave over a channel, to people and to remote topics.
    pub fn over(&self, channel: ChannelId) -> (i64, i64) {
        let people = self.breakdown.channels.iter().find(|(id, _)| *id == channel).map_or(0, |(_, n)| *n);
        (people, self.remotes.iter().filter(|(id, _)| *id == channel).count() as i64)
    }
}

/// The audience that the flags ask for.
pub fn filter(ctx: &Context, db: &Db, args: &SendArgs) -> Result<Filter, Fault> {
    let one = |test| Filter { scope: Scope::People, terms: vec![Term { negated: false, test }] };
    if !args.topics.is_empty() {
        let names = args
            .topics
            .iter()
            .map(|name| super::topic::find(ctx, db, name).map(|topic| topic.name))
            .collect::<Result<_, _>>()?;
        return Ok(one(Test::Topic(names)));
    }
    if !args.people.is_empty() {
        let ids = args.people.iter().map(|person| db.find_subscriber(person)).collect::<Result<_, _>>()?;
        return Ok(one(Test::Person(ids)));
    }
    let filter = Filter::parse(args.to.as_deref().unwrap_or_default(), Scope::People)?;
    for Term { test, .. } in &filter.terms {
        // Looked up here, so that a misspelt name gets its nearest one.
        match test {
            Test::Topic(names) => {
                names.iter().try_for_each(|name| super::topic::find(ctx, db, name).map(drop))?;
            }
            Test::Channel(names) => {
                names.iter().try_for_each(|name| super::channel::find(ctx, db, name).map(drop))?;
            }
            _ => {}
        }
    }
    Ok(filter)
}

/// The channels of a send, in order.
pub fn channels(ctx: &Context, db: &Db, wanted: &[String]) -> Result<Vec<Channel>, Fault> {
    let names = wanted.iter().flat_map(|list| list.split(',')).filter(|name| !name.trim().is_empty());
    let mut chosen: Vec<Channel> = Vec::new();
    for name in names {
        let channel = super::channel::find(ctx, db, name)?;
        if !chosen.iter().any(|there| there.id == channel.id) {
            chosen.push(channel);
        }
    }
    if chosen.is_empty() {
        chosen = db.channels()?;
    }
    if chosen.is_empty() {
        let e = &ctx.words.errors;
        return Err(Problem::new("no_channels", Exit::NotFound, &e.no_channels)
            .hint(&e.no_channels_hint)
            .into());
    }
    Ok(chosen)
}

/// Looks at a send from every side. Writes nothing and opens no connection.
pub fn review(ctx: &mut Context, db: &Db, args: &SendArgs, draft: &Draft) -> Result<Review, Fault> {
    let prepared = Prepared::new(&draft.message)?;
    let filter = Filter::parse(&draft.audience, Scope::People)?;
    for unknown in db.unknown_tags(&filter)? {
        people::warn_unknown_tag(ctx, &unknown);
    }
    let channels = channels(ctx, db, &args.channels)?;
    let ids: Vec<ChannelId> = channels.iter().map(|channel| channel.id).collect();
    let breakdown = db.audience_count(&filter, &ids, draft.all_channels)?;
    let remotes = db.remotes_of(&filter, &ids)?;
    let mut review = Review { prepared, filter, channels, breakdown, remotes, findings: Vec::new() };
    review.findings = findings(db, &review, draft)?;
    Ok(review)
}

/// Refuses what is not confirmed, and a send that reaches nobody.
pub fn pass(ctx: &Context, review: &Review, args: &SendArgs) -> Result<(), Fault> {
    let to_send = review.to_send();
    if to_send == 0 && args.gate.confirm_count.is_none_or(|n| n == 0) {
        return Err(nobody(ctx, review.breakdown.people));
    }
    people::pass(
        ctx,
        &args.gate,
        to_send,
        !review.filter.is_everything(),
        people::About::Sending(review.breakdown.people_of_several()),
    )
}

/// Nobody is left to send to.
pub fn nobody(ctx: &Context, matching: i64) -> Fault {
    let e = &ctx.words.errors;
    Problem::new("nobody", Exit::NotFound, &e.nobody)
        .hint(e.nobody_hint.fill(&[("count", matching.into())]))
        .detail("people", matching)
        .into()
}

/// Refuses a message that lacks values or that a channel cannot carry.
pub fn check_message(ctx: &mut Context, db: &Db, review: &Review, draft: &Draft) -> Result<(), Fault> {
    check_values(ctx, db, review, &draft.vars)?;
    for (id, findings) in &review.findings {
        let Some(channel) = review.channels.iter().find(|channel| channel.id == *id) else { continue };
        check_credential(ctx, channel)?;
        for finding in findings {
            let said = super::findings::say(ctx.words, &channel.account(), &finding.what);
            match finding.level {
                Level::Ok => {}
                Level::Warning => ctx.out.warn(&said),
                Level::Error => {
                    let e = &ctx.words.errors;
                    let summary =
                        e.check_failed.fill(&[("channel", (&channel.name).into()), ("why", (&said).into())]);
                    let (code, exit) = match finding.what {
                        Fact::MissingField(_) | Fact::BadField(_) => ("channel_credential", Exit::Refused),
                        _ => ("message", Exit::Usage),
                    };
                    return Err(Problem::new(code, exit, summary)
                        .detail("channel", channel.name.clone())
                        .into());
                }
            }
        }
    }
    Ok(())
}

fn check_credential(ctx: &Context, channel: &Channel) -> Result<(), Fault> {
    let Some(kind) = catalog::kind(&channel.kind) else { return Ok(()) };
    let lacks = |field: &&crate::channels::spec::Field| {
        field.secret && field.required && !channel.secrets.iter().any(|stored| stored.field == field.name)
    };
    let Some(field) = kind.spec().all_fields().find(lacks) else { return Ok(()) };
    let e = &ctx.words.errors;
    let named = [("channel", (&channel.name).into()), ("field", field.name.into())];
    Err(Problem::new("channel_credential", Exit::Refused, e.credential_absent.fill(&named))
        .hint(e.credential_hint.fill(&named))
        .detail("channel", channel.name.clone())
        .into())
}

/// Everybody must have a value for every variable, or the message or the command line must have one.
fn check_values(
    ctx: &Context,
    db: &Db,
    review: &Review,
    vars: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    let open: Vec<String> = review
        .prepared
        .variables()
        .iter()
        .filter(|variable| {
            !variable.has_default && variable.name != "name" && !vars.contains_key(&variable.name)
        })
        .map(|variable| variable.name.clone())
        .collect();
    let ids: Vec<ChannelId> = review.channels.iter().map(|channel| channel.id).collect();
    let lacking = db.lacking(&review.filter, &ids, &open, NAMED)?;
    // A list on the provider's side has no values at all.
    let remotes = if open.is_empty() { 0 } else { review.remotes.len() as i64 };
    if lacking.people + remotes == 0 {
        return Ok(());
    }
    let e = &ctx.words.errors;
    let summary = e.variables_missing.fill(&[
        ("count", (lacking.people + remotes).into()),
        ("variables", (&ctx.words.list(&open)).into()),
    ]);
    let mut problem = Problem::new("variables_missing", Exit::Usage, summary)
        .hint(e.variables_hint.fill(&[]))
        .detail("variables", open.clone())
        .detail("people", lacking.people);
    if !lacking.first.is_empty() {
        let named = lacking.first.iter().map(|(id, name)| {
            e.person_named.fill(&[("name", name.into()), ("id", (&id.to_string()).into())])
        });
        problem.causes.push(e.variables_people.fill(&[("people", (&ctx.words.list(named)).into())]));
        let ids: Vec<String> = lacking.first.iter().map(|(id, _)| id.to_string()).collect();
        problem = problem.detail("for_example", ids);
    }
    Err(problem.into())
}

/// What the checks of Compose say, for every channel that would carry something.
fn findings(db: &Db, review: &Review, draft: &Draft) -> Result<Vec<(ChannelId, Vec<Finding>)>, Fault> {
    let everybody = |name: &str| draft.vars.get(name).map(String::as_str);
    let ids: Vec<ChannelId> = review.channels.iter().map(|channel| channel.id).collect();
    let holes = review.prepared.holes(everybody);
    let longest = db.longest(&review.filter, &ids, draft.all_channels, &holes)?;
    let mut all = Vec::new();
    for channel in &review.channels {
        let (people, remotes) = review.over(channel.id);
        let Some(kind) = catalog::kind(&channel.kind).filter(|_| people + remotes > 0) else { continue };
        let account: Account = db.account(channel.id, Open::Nothing)?;
        // What a person lacks is told apart from this, so it is nothing here, and nothing can be missing.
        let content = |own: &dyn Fn(&str) -> Option<String>| {
            let value = |name: &str| {
                own(name).or_else(|| everybody(name).map(str::to_owned)).or_else(|| Some(String::new()))
            };
            review.prepared.content(kind.spec(), value).unwrap_or_default()
        };
        let longest: Vec<Personal> = longest
            .iter()
            .filter(|one| one.channel == channel.id)
            .map(|one| Personal {
                name: one.name.clone(),
                content: content(&|name| one.value(name).map(str::to_owned)),
            })
            .collect();
        let people = usize::try_from(people).unwrap_or(0);
        let found = check(kind, &account, &review.prepared, &content(&|_| None), Some(&longest), people);
        all.push((channel.id, found));
    }
    Ok(all)
}
