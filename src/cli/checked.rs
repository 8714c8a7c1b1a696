//! `subscriber check`: whether addresses still lead to somebody, asked of the provider without telling anybody.

use serde_json::json;

use super::args::CheckArgs;
use super::context::Context;
use super::output::{Form, Reply, Table};
use super::{channel, desk, people};
use crate::problem::{Exit, Fault, Problem};
use crate::store::addresses::Address;

/// Asks for one person after the other; with `--retire`, addresses that lead nowhere are not used any more.
pub fn run(ctx: &mut Context, args: &CheckArgs) -> Result<Reply, Fault> {
    let mut db = if args.retire { ctx.writer()? } else { ctx.reader()? };
    let at = channel::find(ctx, &db, &args.at)?;
    let meant = people::meant(ctx, &db, &args.whom, false)?;
    let mut asked: Vec<(String, Address)> = Vec::new();
    for person in meant {
        let person = db.subscriber(person)?;
        let theirs = person.addresses.into_iter().filter(|one| one.channel == at.id);
        asked.extend(theirs.map(|address| (person.name.clone(), address)));
    }
    if asked.is_empty() {
        let why = ctx.words.desk.nobody_at.fill(&[("channel", (&at.name).into())]);
        return Err(Problem::new("not_found", Exit::NotFound, why).into());
    }
    let (runtime, counter) = desk::counter(ctx)?;
    let mut checking = runtime.block_on(counter.begin_check(at.id))?;
    let (mut alive, mut gone, mut open) = (0_i64, Vec::new(), Vec::new());
    for (done, (name, address)) in asked.iter().enumerate() {
        match runtime.block_on(checking.leads_somewhere(address.id)) {
            Ok(true) => alive += 1,
            Ok(false) => gone.push((name, address)),
            Err(error) if error.is_refusal() || error.may_pass() => {
                open.push((name, address, Fault::from(error).problem(ctx.words).summary));
            }
            Err(error) => return Err(error.into()),
        }
        let named = [("done", (done + 1).into()), ("count", asked.len().into())];
        let line = ctx.words.desk.reading_of.fill(&named);
        ctx.out.counted(&line, done as i64 + 1, asked.len() as i64);
    }
    if args.retire && !gone.is_empty() {
        let ids: Vec<_> = gone.iter().map(|(_, address)| address.id).collect();
        db.retire_addresses(&ids)?;
    }
    let (w, h) = (&ctx.words.desk, &ctx.out.tables().head);
    let mut table = Table::new(&[&h.name, &h.address, &h.state]);
    let state = if args.retire { &w.retired } else { &w.leads_nowhere };
    for (name, address) in &gone {
        table.row([(*name).clone(), address.masked.clone(), state.clone()]);
    }
    for (name, address, why) in &open {
        table.row([(*name).clone(), address.masked.clone(), why.clone()]);
    }
    let mut text = w.checked.fill(&[
        ("count", asked.len().into()),
        ("alive", alive.into()),
        ("gone", gone.len().into()),
        ("open", open.len().into()),
    ]);
    if !(gone.is_empty() && open.is_empty()) {
        text = format!("{}{text}", table.print(Form::Text));
    }
    let of =
        |(name, address): &(&String, &Address)| json!({ "name": name, "address_masked": address.masked });
    let data = json!({
        "channel": at.id, "asked": asked.len(), "alive": alive, "retired": args.retire,
        "gone": gone.iter().map(of).collect::<Vec<_>>(),
        "open": open.iter().map(|(name, address, why)| {
            json!({ "name": name, "address_masked": address.masked, "why": why })
        }).collect::<Vec<_>>(),
    });
    let some_open = (!open.is_empty())
        .then(|| Problem::new("partial", Exit::Partial, w.not_all_checked.count(open.len() as i64)));
    Ok(Reply::one(&data, text).but(some_open))
}
