//! `pushdeck audit …`: who did what, and whether the log is whole.

use super::args::AuditCommand;
use super::context::Context;
use super::output::{Page, Reply, Table};
use super::{broadcast, output};
use crate::domain::safe_text::{Cap, scrub};
use crate::problem::{Exit, Fault, Problem};

/// Entries of a page unless asked otherwise.
const PAGE: usize = 100;

/// Runs one of them.
pub fn run(ctx: &mut Context, command: AuditCommand) -> Result<Reply, Fault> {
    match command {
        AuditCommand::List { page } => {
            let after = page
                .after
                .as_deref()
                .map(|text| {
                    text.parse::<i64>()
                        .map_err(|_| ctx.usage(ctx.words.reasons.id.after.fill(&[("text", text.into())])))
                })
                .transpose()?;
            list(ctx, after, page.limit.unwrap_or(PAGE).max(1))
        }
        AuditCommand::Verify => verify(ctx),
    }
}

fn list(ctx: &mut Context, after: Option<i64>, limit: usize) -> Result<Reply, Fault> {
    let mut entries = ctx.reader()?.audit_log(after, limit + 1)?;
    let next = (entries.len() > limit).then(|| {
        entries.truncate(limit);
        entries.last().map(|entry| entry.id.to_string())
    });
    let next = next.flatten();
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.id, &h.at, &h.operator, &h.action, &h.object, &h.detail]);
    let plain = ctx.out.form == output::Form::Plain;
    for entry in &entries {
        let (action, detail) = if plain {
            (entry.action.as_str(), entry.detail.as_str().into())
        } else {
            (ctx.words.act(&entry.action), ctx.words.audit_detail(&entry.detail))
        };
        table.row([
            entry.id.to_string(),
            ctx.out.time(entry.at),
            scrub(&entry.operator, Cap::List).into_owned(),
            action.to_owned(),
            scrub(&entry.object, Cap::List).into_owned(),
            scrub(&detail, Cap::List).into_owned(),
        ]);
    }
    broadcast::more(ctx, next.as_deref());
    Ok(Reply::list(&entries, Page { next, ..Page::default() }, table, ctx.out.form))
}

fn verify(ctx: &mut Context) -> Result<Reply, Fault> {
    let chain = ctx.reader()?.verify_audit()?;
    let l = &ctx.out.tables().label;
    let mut table = Table::default();
    table.pair(&l.entries, chain.entries.to_string());
    table.pair(&l.head, &chain.head);
    let problem = chain.broken_at.map(|id| {
        let summary = ctx.words.errors.audit_broken.fill(&[("id", id.into())]);
        Problem::new("audit_broken", Exit::Data, summary).hint(&ctx.words.errors.audit_broken_hint)
    });
    Ok(Reply::one(&chain, table.print(output::Form::Text)).but(problem))
}
