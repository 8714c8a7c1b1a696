//! `pushdeck subscriber import`: people from a CSV file, checked whole before anything is written.

use std::fs::File;
use std::io::Cursor;

use super::args::{ImportArgs, ImportFormat};
use super::context::Context;
use super::output::{Reply, Table};
use crate::look::format::number;
use crate::look::strings::tables::Tables;
use crate::problem::{Exit, Fault, Problem, reason};
use crate::store::import::{Import, Layout, Mode, Progress, Reading, Report, Source};

/// So many remarks and errors are shown to a person; a document has up to a thousand.
const SHOWN: usize = 20;

/// Imports a file, or says what that would do.
pub fn run(ctx: &mut Context, args: &ImportArgs) -> Result<Reply, Fault> {
    let mut db = if args.dry_run { ctx.reader()? } else { ctx.maker()? };
    let place = args.file.display().to_string();
    let source: Box<dyn Source> = if place == "-" {
        Box::new(Cursor::new(ctx.read_text("-")?.into_bytes()))
    } else {
        Box::new(File::open(&args.file).map_err(|source| Fault::File { path: args.file.clone(), source })?)
    };
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Write };
    let layout = match args.format {
        ImportFormat::Auto => Layout::Auto,
        ImportFormat::Pushdeck => Layout::Own,
        ImportFormat::Wepush => Layout::WePush,
        ImportFormat::Listmonk => Layout::Listmonk,
    };
    let channel = match &args.channel {
        Some(wanted) => Some(super::channel::find(ctx, &db, wanted)?.name),
        None => None,
    };
    let reading = Reading { layout, channel, name_column: args.name_column };
    let mut import = Import::open_as(source, &place, mode, reading);
    let report = loop {
        if let Progress::Done(report) = db.import_step(&mut import)? {
            break report;
        }
    };
    for note in report.notes.iter().take(SHOWN) {
        let place = reason::place(note.line, note.column.as_deref(), ctx.words);
        let why = reason::remark(&note.text, ctx.words);
        let text = ctx.words.errors.at_place.fill(&[("place", (&place).into()), ("why", (&why).into())]);
        ctx.out.warn(&text);
    }
    if report.notes_total > SHOWN as u64 {
        let more = report.notes_total as i64 - SHOWN as i64;
        ctx.out.warn(&ctx.words.cli.more_notes.count(more));
    }
    let problem = refused(ctx, &report);
    Ok(Reply::one(
        &report,
        if problem.is_none() { summary(&report, ctx.out.tables()) } else { String::new() },
    )
    .but(problem))
}

fn summary(report: &Report, t: &Tables) -> String {
    let l = &t.label;
    let mut table = Table::default();
    for (name, n) in [
        (&l.rows, report.rows),
        (&l.added, report.added),
        (&l.merged, report.merged),
        (&l.updated, report.updated),
        (&l.unchanged, report.unchanged),
    ] {
        table.pair(name, number(n as i64));
    }
    table.pair(&l.new_topics, report.topics_created.join(", "));
    table.print(super::output::Form::Text)
}

fn refused(ctx: &Context, report: &Report) -> Option<Problem> {
    let first = report.errors.first()?;
    let why = reason::row(first, ctx.words);
    let mut problem =
        Problem::new("import", Exit::Data, ctx.words.errors.import_failed.fill(&[("why", (&why).into())]))
            .hint(&ctx.words.errors.nothing_saved)
            .detail("errors", report.errors_total);
    let rest = report.errors.iter().skip(1).take(SHOWN).map(|error| reason::row(error, ctx.words));
    problem.causes.extend(rest);
    let unsaid = report.errors_total.saturating_sub(1 + problem.causes.len() as u64);
    if unsaid > 0 {
        problem.causes.push(ctx.words.reasons.import.rest.count(unsaid as i64));
    }
    Some(problem)
}
