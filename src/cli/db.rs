//! `pushdeck db …`: copies of the store, a copy back in its place, and whether it is sound.

use std::fs::File;
use std::path::Path;

use super::args::DbCommand;
use super::context::Context;
use super::output::{Form, Reply, Table};
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::sender::lock::SenderLock;
use crate::store::db::{Access, Db};

/// Runs one of them.
pub fn run(ctx: &mut Context, command: DbCommand) -> Result<Reply, Fault> {
    match command {
        DbCommand::Backup { file } => backup(ctx, &file),
        DbCommand::Restore { file } => restore(ctx, &file),
        DbCommand::Check => check(ctx),
    }
}

fn backup(ctx: &mut Context, file: &Path) -> Result<Reply, Fault> {
    let file = std::path::absolute(file).map_err(|source| Fault::File { path: file.to_owned(), source })?;
    ctx.reader()?.backup(&file)?;
    let shown = file.display().to_string();
    let text = ctx.words.cli.backed_up.fill(&[("path", (&shown).into())]);
    ctx.out.say(&text);
    Ok(Reply::one(&serde_json::json!({ "file": shown }), format!("{shown}\n")))
}

fn restore(ctx: &mut Context, file: &Path) -> Result<Reply, Fault> {
    ctx.refuse_read_only()?;
    // Before anybody is asked, and before a sender is in the way: a name that is mistyped is that.
    File::open(file).map_err(|source| Fault::File { path: file.to_owned(), source })?;
    let question = ctx.words.cli.ask_restore.fill(&[("path", (&file.display().to_string()).into())]);
    ctx.consent(&question)?;
    let opening = ctx.opening(Access::Existing);
    // Held until the end: no sender works on what is about to be replaced. A store that is lost has no folder.
    let _lock = if opening.folder.exists() { Some(take_lock(ctx, &opening.folder)?) } else { None };
    let restored = Db::restore(&opening, file)?;
    let text = ctx.words.cli.restored.fill(&[("count", restored.unknown.into())]);
    ctx.out.say(&text);
    if let Some(before) = &restored.before {
        let text = ctx.words.cli.kept_before.fill(&[("path", (&before.display().to_string()).into())]);
        ctx.out.say(&text);
    }
    Ok(Reply::one(&restored, String::new()))
}

fn take_lock(ctx: &Context, folder: &Path) -> Result<SenderLock, Fault> {
    SenderLock::try_take(folder).map_err(|source| Fault::System { doing: Doing::Lock, source })?.ok_or_else(
        || {
            let e = &ctx.words.errors;
            Problem::new("sending", Exit::Busy, &e.sender_busy).hint(&e.sender_busy_hint).into()
        },
    )
}

fn check(ctx: &mut Context) -> Result<Reply, Fault> {
    let flaws = ctx.reader()?.check()?;
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.check, &h.found]);
    for flaw in &flaws {
        table.row([flaw.check.to_owned(), flaw.found.clone()]);
    }
    let problem = (!flaws.is_empty()).then(|| {
        let e = &ctx.words.errors;
        Problem::new("flaws", Exit::Data, e.flaws.fill(&[("count", (flaws.len() as i64).into())]))
            .hint(&e.flaws_hint)
    });
    if problem.is_none() {
        let text = ctx.words.cli.sound.clone();
        ctx.out.say(&text);
    }
    let document = serde_json::json!({ "sound": flaws.is_empty(), "flaws": flaws });
    Ok(Reply::one(&document, table.print(Form::Text)).but(problem))
}
