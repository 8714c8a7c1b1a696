//! What a command prints: data on stdout, talk on stderr; JSON documents, tables, a quiet end when
//! nobody reads any more.
//!
//! Tables are scrubbed here, so no command can let a stranger's text drive the terminal. JSON keeps every
//! character, but control, direction and invisible ones stand as escapes.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use crate::domain::moment;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::look::strings::tables::Tables;
use crate::problem::{Doing, Exit, Fault, Problem};

/// The name and version of every JSON document.
pub const SCHEMA: &str = "pushdeck/1";

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a person.
    Text,
    /// One JSON document.
    Json,
    /// One JSON record a line.
    Jsonl,
    /// Tab-separated without a heading.
    Plain,
}

/// The page of a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Page {
    /// Where the next page goes on; none after the last.
    pub next: Option<String>,
    /// How many there are on all pages, if that is known.
    pub total: Option<i64>,
    /// Whether it is exactly so many.
    pub total_exact: bool,
}

/// What a command has to say at its end.
#[derive(Debug, Default)]
pub struct Reply {
    /// The data of the document; of a list, its `items` stand in it.
    pub data: Value,
    /// The page, for lists.
    pub page: Option<Page>,
    /// The same for a person; already complete lines.
    pub text: String,
    /// What went wrong although there is data.
    pub problem: Option<Problem>,
}

impl Reply {
    /// One thing.
    pub fn one(data: &impl Serialize, text: impl Into<String>) -> Self {
        Self { data: to_value(data), text: line(text.into()), ..Self::default() }
    }

    /// A list as a table.
    pub fn list(items: &impl Serialize, page: Page, table: Table, form: Form) -> Self {
        Self {
            data: json!({ "items": to_value(items) }),
            page: Some(page),
            text: table.print(form),
            problem: None,
        }
    }

    /// The same with what went wrong.
    #[must_use]
    pub fn but(mut self, problem: Option<Problem>) -> Self {
        self.problem = problem;
        self
    }
}

fn line(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Ours always serialize; a failure would be a map with keys that are no texts.
pub fn to_value(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or(Value::Null)
}

/// Where lines cannot be written over, one says after so long that it goes on.
pub const LINE_AFTER: Duration = Duration::from_secs(30);

/// Where a command prints.
#[derive(Debug)]
pub struct Output {
    /// How.
    pub form: Form,
    /// In which language.
    pub words: &'static Strings,
    warnings: Vec<String>,
    progress_open: bool,
    /// The last tenth that was told where lines cannot be written over, and when.
    told: Option<(i64, Instant)>,
}

impl Output {
    /// Prints in that form and language.
    pub fn new(form: Form, words: &'static Strings) -> Self {
        Self { form, words, warnings: Vec::new(), progress_open: false, told: None }
    }

    /// What stands over and beside data: in the language for a person, always the same for a script.
    pub fn tables(&self) -> &'static Tables {
        match self.form {
            Form::Plain => &Strings::of(Lang::En).tables,
            Form::Text | Form::Json | Form::Jsonl => &self.words.tables,
        }
    }

    /// A moment in a table: for a person on the operator's clock, with its offset; for a script in UTC.
    pub fn time(&self, at: Millis) -> String {
        match self.form {
            Form::Plain => at.rfc3339(),
            Form::Text | Form::Json | Form::Jsonl => moment::print_exact(at, &TimeZone::system()),
        }
    }

    /// What more was noted with a pause.
    pub fn pause_detail(&self, stored: &str) -> String {
        match self.form {
            Form::Plain => stored.to_owned(),
            Form::Text | Form::Json | Form::Jsonl => self.words.pause_detail(stored),
        }
    }

    /// What a provider said, or what this program wrote in its place: for a person in the language and named as ours,
    /// for a script as it is stored.
    pub fn said(&self, stored: &str) -> String {
        match self.form {
            Form::Plain => stored.to_owned(),
            Form::Text | Form::Json | Form::Jsonl => self.words.said(stored).into_owned(),
        }
    }

    /// Warns, at once on stderr and at the end in the document.
    pub fn warn(&mut self, text: &str) {
        let text = scrub(text, Cap::List).into_owned();
        let said = self.words.cli.warning.fill(&[("text", (&text).into())]);
        self.say(&said);
        self.warnings.push(text);
    }

    /// Says something to a person.
    pub fn say(&mut self, text: &str) {
        self.end_progress();
        talk(&format!("{}\n", scrub(text, Cap::Detail)));
    }

    /// Shows how far something is: over itself on a terminal, else a line of its own.
    pub fn progress(&mut self, text: &str) {
        let text = scrub(text, Cap::List);
        if io::stderr().is_terminal() {
            talk(&format!("\r{text}\x1b[K"));
            self.progress_open = true;
        } else {
            talk(&format!("{text}\n"));
        }
    }

    /// The same of something that is counted: where lines cannot be written over, one for every tenth or half minute.
    pub fn counted(&mut self, text: &str, done: i64, total: i64) {
        let tenth = done.saturating_mul(10) / total.max(1);
        let is_due = self.told.is_none_or(|(told, at)| tenth != told || at.elapsed() >= LINE_AFTER);
        if is_due || io::stderr().is_terminal() {
            self.told = Some((tenth, Instant::now()));
            self.progress(text);
        }
    }

    fn end_progress(&mut self) {
        if std::mem::take(&mut self.progress_open) {
            talk("\n");
        }
    }

    /// Prints one record of a stream at once.
    pub fn record(&self, record: &impl Serialize) -> Result<(), Fault> {
        print(&format!("{}\n", escaped(&to_value(record).to_string())))
    }

    /// Prints what a command has to say and gives its exit code.
    pub fn finish(&mut self, reply: Reply) -> Exit {
        self.end_progress();
        let exit = reply.problem.as_ref().map_or(Exit::Ok, |problem| problem.exit);
        if let Some(problem) = &reply.problem {
            self.tell(problem);
        }
        let is_empty = |items: &Value| items.as_array().is_some_and(Vec::is_empty);
        if self.form == Form::Text && reply.page.is_some() && reply.data.get("items").is_some_and(is_empty) {
            let text = self.words.cli.nothing_to_show.clone();
            self.say(&text);
        }
        let printed = match self.form {
            Form::Text | Form::Plain => reply.text,
            Form::Json => self.document(&reply),
            Form::Jsonl => records(&reply),
        };
        match print(&printed) {
            Ok(()) => exit,
            // Nobody reads any more; what was to be done is done.
            Err(_) => exit,
        }
    }

    /// Prints a failure: a line for a person, a document for a script.
    pub fn fail(&mut self, problem: Problem) -> Exit {
        self.finish(Reply { problem: Some(problem), ..Reply::default() })
    }

    fn tell(&self, problem: &Problem) {
        let words = &self.words.cli;
        let mut text = words.error.fill(&[("text", (&problem.summary).into())]);
        for cause in &problem.causes {
            let _ = write!(text, "\n  {cause}");
        }
        if let Some(hint) = &problem.hint {
            let _ = write!(text, "\n{}", words.hint.fill(&[("text", hint.into())]));
        }
        talk(&format!("{}\n", scrub(&text, Cap::Detail)));
    }

    fn document(&self, reply: &Reply) -> String {
        let mut document = Map::new();
        document.insert("schema".into(), SCHEMA.into());
        document.insert("ok".into(), reply.problem.is_none().into());
        if let Some(problem) = &reply.problem {
            document.insert("error".into(), to_value(problem));
        }
        if !reply.data.is_null() {
            document.insert("data".into(), reply.data.clone());
        }
        document.insert("warnings".into(), to_value(&self.warnings));
        if let Some(page) = &reply.page {
            document.insert("page".into(), to_value(page));
        }
        format!("{}\n", escaped(&Value::Object(document).to_string()))
    }
}

fn records(reply: &Reply) -> String {
    let mut text = String::new();
    match reply.data.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().for_each(|item| text.extend([escaped(&item.to_string()).as_str(), "\n"])),
        None if !reply.data.is_null() => text.extend([escaped(&reply.data.to_string()).as_str(), "\n"]),
        None => {}
    }
    if let Some(problem) = &reply.problem {
        let failure = json!({ "schema": SCHEMA, "ok": false, "error": to_value(problem) });
        text.extend([escaped(&failure.to_string()).as_str(), "\n"]);
    }
    text
}

/// Control characters that JSON leaves as they are, and those that change the reading direction, as escapes:
/// a document may be looked at in a terminal.
fn escaped(json: &str) -> String {
    let dangerous = |c: &char| {
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
    };
    if !json.chars().any(|c| dangerous(&c)) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if dangerous(&c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Writes to stdout; a closed pipe is told, so that a stream can end.
pub fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => Fault::ClosedPipe,
        _ => Fault::System { doing: Doing::Output, source },
    })
}

fn talk(text: &str) {
    // Nobody can be told that stderr is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Rows under headings, aligned by what a terminal shows.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; every cell is made harmless.
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| scrub(cell.as_ref(), Cap::List).into_owned()).collect());
    }

    /// A row of a name and a value, for single things.
    pub fn pair(&mut self, name: &str, value: impl AsRef<str>) {
        if !value.as_ref().is_empty() {
            self.row([name, value.as_ref()]);
        }
    }

    /// The table as lines.
    pub fn print(&self, form: Form) -> String {
        let mut text = String::new();
        if form == Form::Plain {
            for row in &self.rows {
                text.push_str(&row.join("\t"));
                text.push('\n');
            }
            return text;
        }
        if self.rows.is_empty() {
            return text;
        }
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let heading = self.headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>();
        let lines: Vec<&Vec<String>> =
            (!heading.is_empty()).then_some(&heading).into_iter().chain(&self.rows).collect();
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        for line in lines {
            let mut shown = String::new();
            for (at, cell) in line.iter().enumerate() {
                shown.push_str(cell);
                if at + 1 < line.len() {
                    shown.extend(std::iter::repeat_n(' ', widths[at] - cell.width() + 2));
                }
            }
            text.push_str(shown.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_what_a_terminal_shows() {
        let mut table = Table::new(&["ID", "NAME", "STATE"]);
        table.row(["u1", "王小明", "active"]);
        table.row(["u12", "Ann", "muted"]);
        assert_eq!(table.print(Form::Text), "ID   NAME    STATE\nu1   王小明  active\nu12  Ann     muted\n");
        assert_eq!(table.print(Form::Plain), "u1\t王小明\tactive\nu12\tAnn\tmuted\n");
    }

    #[test]
    fn a_strangers_name_cannot_drive_the_terminal() {
        let mut table = Table::new(&["NAME"]);
        table.row(["\u{1b}]0;evil\u{7}\u{202e}x"]);
        let shown = table.print(Form::Text);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
        let json = escaped(&json!({ "name": "a\u{9b}31m\u{202e}b\u{7f}" }).to_string());
        assert_eq!(json, r#"{"name":"a\u009b31m\u202eb\u007f"}"#);
        assert_eq!(
            serde_json::from_str::<Value>(&json).expect("still JSON")["name"],
            "a\u{9b}31m\u{202e}b\u{7f}"
        );
    }
}
