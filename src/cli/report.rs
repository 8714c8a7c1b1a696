//! `pushdeck broadcast report`: the evidence of a broadcast, printed or in a new file.

use std::io::{self, Write};
use std::path::Path;

use jiff::tz::TimeZone;

use super::args::ReportFormat;
use super::context::Context;
use super::output::{Reply, to_value};
use crate::domain::id::BroadcastId;
use crate::problem::{Doing, Fault};
use crate::report::csv::CsvError;
use crate::report::{self, markdown, write_new};
use crate::store::db::Db;

/// Writes the report of a broadcast.
pub fn run(
    ctx: &mut Context,
    id: BroadcastId,
    format: Option<ReportFormat>,
    output: Option<&Path>,
) -> Result<Reply, Fault> {
    let format = format.unwrap_or_else(|| by_name(output));
    let mut db = ctx.reader()?;
    let found = report::gather(&db, id)?;
    let Some(path) = output else {
        let mut text = Vec::new();
        write(ctx, &db, &found, format, &mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        return Ok(Reply::one(&found, text));
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Fault::File { path: folder.to_owned(), source: io::ErrorKind::NotFound.into() });
    }
    let failed = |source| Fault::File { path: path.to_owned(), source };
    write_new(path, |out| write(ctx, &db, &found, format, out)).map_err(failed)??;
    if !ctx.is_read_only() {
        db.note_export(id, path)?;
    }
    let shown = path.display().to_string();
    let text = ctx.words.report.written.fill(&[("path", (&shown).into())]);
    ctx.out.say(&text);
    Ok(Reply::one(&found, format!("{shown}\n")))
}

/// What the end of a file's name asks for.
fn by_name(output: Option<&Path>) -> ReportFormat {
    match output.and_then(Path::extension).and_then(|end| end.to_str()) {
        Some("csv") => ReportFormat::Csv,
        Some("json") => ReportFormat::Json,
        _ => ReportFormat::Md,
    }
}

fn write(
    ctx: &Context,
    db: &Db,
    found: &report::Report,
    format: ReportFormat,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let failed = |source: io::Error| Fault::System { doing: Doing::Report, source };
    match format {
        ReportFormat::Md => {
            let text = markdown::write(found, ctx.words, &TimeZone::system());
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(failed)
        }
        ReportFormat::Json => {
            writeln!(out, "{:#}", to_value(found)).and_then(|()| out.flush()).map_err(failed)
        }
        ReportFormat::Csv => report::csv::write(db, found.broadcast.id, out).map_err(|error| match error {
            CsvError::Store(error) => error.into(),
            CsvError::File(source) => failed(source),
        }),
    }
}
