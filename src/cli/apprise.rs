//! `pushdeck channel import`: accounts and people from Apprise URLs. The whole file is checked before anything is
//! written; one mistake anywhere, and nothing is.

use serde::Serialize;

use super::args::ChannelImport;
use super::context::Context;
use super::fields::check_whole;
use super::output::{Page, Reply, Table};
use crate::channels::apprise::{AppriseError, Entry, lines, read};
use crate::channels::catalog;
use crate::channels::kind::{BuildError, Kind};
use crate::channels::spec::Words;
use crate::domain::name;
use crate::look::format::number;
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::problem::{Exit, Fault, Problem, reason};
use crate::store::addresses::NewAddress;
use crate::store::channels::{NewChannel, Open};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::subscribers::NewSubscriber;

pub mod export;

/// So many mistakes are shown to a person.
const SHOWN: usize = 20;

/// A channel of the file.
struct Found {
    line: u64,
    tag: Option<String>,
    entry: Entry,
}

/// What became of a channel of the file.
#[derive(Debug, Serialize)]
struct Taken {
    name: String,
    kind: String,
    id: Option<String>,
    new: bool,
    addresses: usize,
    people_added: usize,
    left_out: Vec<String>,
}

/// Imports a file, or says what that would do.
pub fn import(ctx: &mut Context, args: &ChannelImport) -> Result<Reply, Fault> {
    let text = ctx.read_text(&args.file)?;
    let found = checked(ctx, &text)?;
    let mut db = if args.dry_run { ctx.reader()? } else { ctx.maker()? };
    let plan = named(ctx, &db, found)?;
    let (mut taken, mut known) = (Vec::new(), 0);
    for (found, name, there) in plan {
        let Found { line, entry, .. } = found;
        if !entry.left_out.is_empty() {
            let what = entry.left_out.join(", ");
            warn(ctx, line, &ctx.words.cli.url_left_out.fill(&[("what", (&what).into())]));
        }
        if entry.settings.get("http_ok").is_some_and(|word| word == "yes") {
            warn(ctx, line, &ctx.words.cli.url_in_clear);
        }
        let mut one = Taken {
            name: name.clone(),
            kind: entry.kind.clone(),
            id: there.map(|id| id.to_string()),
            new: there.is_none(),
            addresses: entry.addresses.len(),
            people_added: 0,
            left_out: entry.left_out,
        };
        if !args.dry_run {
            let new = NewChannel {
                name: name.clone(),
                kind: entry.kind,
                settings: entry.settings,
                secrets: entry.secrets,
            };
            let id = there.map_or_else(|| db.add_channel(&new), Ok)?;
            one.id = Some(id.to_string());
            let alone = entry.addresses.len() == 1;
            let people = if args.no_people { Vec::new() } else { entry.addresses };
            for (at, typed) in people.into_iter().enumerate() {
                let person = if alone { name.clone() } else { format!("{name} {}", at + 1) };
                let addresses = vec![NewAddress { channel: id, typed }];
                match db.add_subscriber(&NewSubscriber {
                    name: person,
                    addresses,
                    ..NewSubscriber::default()
                }) {
                    Ok(_) => one.people_added += 1,
                    Err(StoreError::AddressTaken { .. }) => known += 1,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        taken.push(one);
    }
    let (t, h) = (ctx.out.tables(), &ctx.out.tables().head);
    let mut table = Table::new(&[&h.name, &h.kind, &h.addresses, ""]);
    for one in &taken {
        let state = if one.new { &t.label.added } else { &t.label.unchanged };
        table.row([&one.name, &one.kind, &number(one.addresses as i64), state]);
    }
    let added = taken.iter().filter(|one| one.new).count();
    let people: usize = taken.iter().map(|one| one.people_added).sum();
    let known = known + taken.len() - added;
    let said = if args.dry_run {
        ctx.words.cli.dry_run.clone()
    } else {
        let (added, people, known) = (added.to_string(), people.to_string(), known.to_string());
        ctx.words.cli.urls_added.fill(&[
            ("channels", (&added).into()),
            ("people", (&people).into()),
            ("known", (&known).into()),
        ])
    };
    ctx.out.say(&said);
    let page = Page { next: None, total: Some(taken.len() as i64), total_exact: true };
    Ok(Reply::list(&taken, page, table, ctx.out.form))
}

fn warn(ctx: &mut Context, line: u64, why: &str) {
    let place = reason::place(line, None, ctx.words);
    let text = ctx.words.errors.at_place.fill(&[("place", (&place).into()), ("why", why.into())]);
    ctx.out.warn(&text);
}

/// Every channel of the file, each account once, if all of it is sound.
fn checked(ctx: &Context, text: &str) -> Result<Vec<Found>, Fault> {
    let c = &ctx.words.cli;
    let lines = lines(text).map_err(|at| refused(ctx, &[(at.line, c.url_unreadable.clone())]))?;
    if lines.is_empty() {
        return Err(refused(ctx, &[(1, c.url_none.clone())]));
    }
    let (mut found, mut wrong): (Vec<Found>, Vec<(u64, String)>) = (Vec::new(), Vec::new());
    for line in lines {
        let sound = read(&line.url)
            .map_err(|error| why(&error, ctx.words))
            .and_then(|entry| fits(ctx, &entry).map(|()| entry));
        let tag = match line.tag.as_deref().map(name::channel) {
            Some(Err(error)) => {
                wrong.push((line.line, reason::name(error, ctx.words)));
                continue;
            }
            Some(Ok(tag)) => Some(tag.to_owned()),
            None => None,
        };
        match sound {
            Err(text) => wrong.push((line.line, text)),
            Ok(entry) => match found.iter_mut().find(|known| known.entry.is_same_account(&entry)) {
                Some(known) => {
                    for address in entry.addresses {
                        if !known.entry.addresses.contains(&address) {
                            known.entry.addresses.push(address);
                        }
                    }
                    known.entry.left_out.extend(entry.left_out);
                    known.tag = known.tag.take().or(tag);
                }
                None => found.push(Found { line: line.line, tag, entry }),
            },
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(refused(ctx, &wrong)) }
}

/// Why the file is refused, line by line.
fn refused(ctx: &Context, wrong: &[(u64, String)]) -> Fault {
    let said = |(line, why): &(u64, String)| {
        let place = reason::place(*line, None, ctx.words);
        ctx.words.errors.at_place.fill(&[("place", (&place).into()), ("why", why.into())])
    };
    let mut texts = wrong.iter().map(said);
    let first = texts.next().unwrap_or_default();
    let e = &ctx.words.errors;
    let mut problem = Problem::new("import", Exit::Data, e.import_failed.fill(&[("why", (&first).into())]))
        .hint(&e.nothing_saved)
        .detail("errors", wrong.len());
    problem.causes.extend(texts.take(SHOWN));
    problem.into()
}

/// Whether the catalogue has such a kind, and the kind such fields.
fn fits(ctx: &Context, entry: &Entry) -> Result<(), String> {
    let e = &ctx.words.errors;
    let kind: &dyn Kind =
        catalog::kind(&entry.kind).ok_or_else(|| e.kind_unknown.fill(&[("kind", (&entry.kind).into())]))?;
    let spec = kind.spec();
    let values = entry.settings.iter().map(|(field, value)| (field, value.as_str(), false));
    let hidden = entry.secrets.iter().map(|(field, value)| (field, value.expose(), true));
    for (field, value, secret) in values.chain(hidden) {
        let known = spec
            .field(field)
            .filter(|known| known.secret == secret)
            .ok_or_else(|| e.field_unknown.fill(&[("kind", spec.id.into()), ("field", field.into())]))?;
        known.shape.check(value).map_err(|error| {
            let why = reason::field(&error, ctx.words);
            e.field_wrong.fill(&[("field", field.into()), ("why", (&why).into())])
        })?;
    }
    for address in &entry.addresses {
        kind.read_address(address.expose()).map_err(|error| match error {
            BuildError::BadAddress(why) => ctx.words.said(&why).into_owned(),
            error => error.to_string(),
        })?;
    }
    check_whole(ctx, spec, "", &entry.settings, |field| entry.secrets.contains_key(field))
        .map_err(|fault| fault.problem(ctx.words).summary)
}

/// A part of a URL, or why there is none, in the language in use.
fn of(strings: &Strings, words: Words) -> &'static str {
    match strings.lang {
        Lang::En => words.en,
        Lang::Zh => words.zh,
    }
}

/// Why a URL cannot be read, or a channel not be written as one.
fn why(error: &AppriseError, words: &'static Strings) -> String {
    let c = &words.cli;
    match error {
        AppriseError::NotUrl => c.url_unreadable.clone(),
        AppriseError::Scheme(scheme) => c.url_scheme.fill(&[("scheme", scheme.into())]),
        AppriseError::Missing(part) => c.url_missing.fill(&[("part", of(words, *part).into())]),
        AppriseError::Masked => c.url_masked.clone(),
        AppriseError::Unlike(why) => of(words, *why).to_owned(),
    }
}

type Planned = (Found, String, Option<crate::domain::id::ChannelId>);

/// What each is to be called, and which of them are there already.
fn named(ctx: &Context, db: &Db, found: Vec<Found>) -> Result<Vec<Planned>, Fault> {
    let mut there = Vec::new();
    for channel in db.channels()? {
        let account = db.account(channel.id, Open::Secrets)?;
        // Empty is unset.
        let secrets = account.secrets.into_iter().filter(|(_, secret)| !secret.is_empty()).collect();
        let entry = Entry { kind: channel.kind, settings: account.settings, secrets, ..Entry::default() };
        there.push((channel.id, channel.name, entry));
    }
    let mut names: Vec<String> = there.iter().map(|(_, name, _)| name.to_lowercase()).collect();
    let mut plan = Vec::new();
    for one in found {
        if let Some((id, name, _)) = there.iter().find(|(.., entry)| entry.is_same_account(&one.entry)) {
            plan.push((one, name.clone(), Some(*id)));
            continue;
        }
        let wished = one.tag.clone().unwrap_or_else(|| one.entry.kind.clone());
        let numbered = (2..).map(|number| format!("{wished}-{number}"));
        let free = std::iter::once(wished.clone())
            .chain(numbered)
            .find(|name| !names.contains(&name.to_lowercase()))
            .ok_or_else(|| ctx.usage(wished.clone()))?;
        names.push(free.to_lowercase());
        plan.push((one, free, None));
    }
    Ok(plan)
}
