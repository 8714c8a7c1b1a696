//! The shape of `src/`, read from the source: which layer may name which, where the outside world is
//! touched, how long a file may get. The arrows are drawn in `src/lib.rs`.
//!
//! Unit tests at the end of a file may name anything: they stand outside the arrows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// What each part may name besides itself. `a::b` opens that module alone.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("input", &["domain::nearest"]),
    ("paths", &[]),
    ("logging", &[]),
    ("config", &["domain"]),
    ("look", &["domain"]),
    ("sandbox", &["domain::safe_text"]),
    ("channels", &["domain"]),
    ("seal", &["domain"]),
    ("store", &["domain", "seal", "channels"]),
    ("delivery", &["domain", "channels", "store"]),
    // The counter hands on what kinds say of questions that are no sending.
    ("sender", &["domain", "channels", "store", "delivery"]),
    ("receiver", &["domain", "channels", "store"]),
    (
        "problem",
        &[
            "domain", "channels", "seal", "store", "delivery", "sender", "receiver", "config", "paths",
            "logging", "look",
        ],
    ),
    ("report", &["domain", "store", "look"]),
    ("facts", &["domain", "channels", "look"]),
    ("app", &["domain", "channels", "store", "problem", "input", "look", "config"]),
    ("ui", &["domain", "channels", "store", "app", "facts", "input", "look"]),
    (
        "cli",
        &[
            "domain", "channels", "seal", "store", "delivery", "sender", "receiver", "problem", "sandbox",
            "input", "look", "config", "paths", "logging", "report", "facts",
        ],
    ),
    (
        "console",
        &["domain", "channels", "seal", "store", "sender", "report", "app", "ui", "input", "look", "config"],
    ),
    (
        "launch",
        &[
            "domain", "channels", "seal", "store", "sender", "receiver", "problem", "sandbox", "app", "ui",
            "console", "cli", "input", "look", "config", "paths", "logging",
        ],
    ),
    ("main", &["cli", "launch"]),
];

/// The parts of the store that work on it; `app` and `ui` know its rows, never these.
const STORE_AT_WORK: &[&str] = &["store::db", "store::handle", "store::schema", "store::row", "store::keys"];

/// What touches the outside world, and the only places that may name it.
const PLACES: &[(&str, &[&str])] = &[
    ("reqwest::", &["delivery/http.rs"]),
    ("lettre::transport", &["delivery/smtp.rs", "delivery/smtp/"]),
    ("axum::", &["receiver.rs", "receiver/"]),
    ("rusqlite::", &["store.rs", "store/", "problem.rs"]),
    ("crossterm::", &["input/key.rs", "console.rs", "console/"]),
    ("ratatui::Terminal", &[]),
    ("std::process::Command", &["sender/keeper.rs", "console/edit.rs"]),
    ("SystemTime::now", CLOCKS),
    ("Timestamp::now", CLOCKS),
    ("Zoned::now", CLOCKS),
    ("println!", &["cli.rs", "cli/", "sandbox/run.rs"]),
    ("print!", &["cli.rs", "cli/", "sandbox/run.rs"]),
    ("#[allow(", &[]),
    ("#![allow(", &[]),
    (".unwrap()", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("dbg!", &[]),
];

/// Who reads the wall clock: everybody else is told the time. The sandbox plays other people's servers.
const CLOCKS: &[&str] =
    &["store/db.rs", "console.rs", "delivery/engine/verdict.rs", "delivery/http.rs", "sandbox/"];

const LINES: usize = 400;

/// Files that may be longer, how long, and why.
const LONGER: &[(&str, usize, &str)] = &[];

struct Source {
    /// Below `src/`, with `/`.
    path: String,
    text: String,
    /// Without comments, texts and unit tests.
    code: String,
}

impl Source {
    /// The part that it belongs to: `store` for `store/plan.rs`.
    fn part(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Every module of ours that it names, as `part::module`.
    fn names(&self) -> BTreeSet<String> {
        let depth = self.path.split('/').count();
        let root = "super::".repeat(depth);
        let mut starts = vec!["crate::", root.as_str()];
        if self.path == "main.rs" {
            starts = vec!["pushdeck::"];
        }
        let mut names = BTreeSet::new();
        for start in starts {
            for (at, _) in self.code.match_indices(start) {
                let before = self.code[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                names.extend(modules(&self.code[at + start.len()..]));
            }
        }
        names
    }
}

/// `a::b` at the beginning of a path; every one of `{a, b::c}`.
fn modules(path: &str) -> Vec<String> {
    if let Some(group) = path.strip_prefix('{') {
        let end = group.find(';').unwrap_or(group.len());
        return group[..end].split(',').flat_map(|one| modules(one.trim())).collect();
    }
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').collect()
    };
    let first = word(path);
    if first.is_empty() {
        return Vec::new();
    }
    let second = path[first.len()..].strip_prefix("::").map(word).unwrap_or_default();
    vec![if second.is_empty() { first } else { format!("{first}::{second}") }]
}

/// The source without comments and texts, up to its unit tests.
fn bare(text: &str) -> String {
    let text = text.find("#[cfg(test)]\nmod tests").map_or(text, |tests| &text[..tests]);
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") {
            raw_text(rest)
        } else if c == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            escaped.find('\'').map_or(1, |end| end + 3).max(if rest.starts_with("'\\''") { 4 } else { 0 })
        } else {
            0
        };
        if skipped == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            rest = &rest[skipped..];
        }
    }
    code
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Zero for a raw name such as `r#type`.
fn raw_text(text: &str) -> usize {
    let marks = text[1..].chars().take_while(|c| *c == '#').count();
    let Some(inside) = text[1 + marks..].strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(marks));
    inside.find(&end).map_or(text.len(), |at| 2 + marks + at + end.len())
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read);

fn read() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the source") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let below = path.strip_prefix(&root).expect("below src");
                let path = below.to_string_lossy().replace('\\', "/");
                sources.push(Source { code: bare(&text), path, text });
            }
        }
    }
    assert!(sources.len() > 100, "the source was not found");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Those that ship: without files that hold nothing but unit tests or what these stand on.
fn shipped() -> impl Iterator<Item = &'static Source> {
    SOURCES
        .iter()
        .filter(|source| !source.path.ends_with("/tests.rs") && !source.path.ends_with("/fixtures.rs"))
}

fn nothing(offenders: &[String]) {
    assert!(offenders.is_empty(), "{} offenders:\n{}", offenders.len(), offenders.join("\n"));
}

fn covers(allowed: &str, name: &str) -> bool {
    name.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn dependencies_point_one_way() {
    let mut offenders = Vec::new();
    for source in shipped().filter(|source| source.path != "lib.rs") {
        let part = source.part();
        let Some((_, allowed)) = MAY_NAME.iter().find(|(known, _)| *known == part) else {
            offenders
                .push(format!("{}: {part} has no place in MAY_NAME and in the map of lib.rs", source.path));
            continue;
        };
        for name in source.names() {
            if !covers(part, &name) && !allowed.iter().any(|allowed| covers(allowed, &name)) {
                offenders.push(format!("{}: {part} may not name {name}", source.path));
            }
        }
    }
    nothing(&offenders);
}

#[test]
fn the_console_s_state_and_pictures_know_the_store_s_rows_but_never_work_on_it() {
    let mut offenders = Vec::new();
    for source in shipped().filter(|source| matches!(source.part(), "app" | "ui")) {
        for name in source.names() {
            if name == "store" || STORE_AT_WORK.iter().any(|part| covers(part, &name)) {
                offenders.push(format!("{}: names {name}", source.path));
            }
        }
    }
    nothing(&offenders);
}

#[test]
fn the_outside_world_is_touched_in_few_places() {
    let mut offenders = Vec::new();
    for source in shipped() {
        for (what, places) in PLACES {
            let here = places.iter().any(|place| {
                if place.ends_with('/') { source.path.starts_with(place) } else { source.path == *place }
            });
            if !here && source.code.contains(what) {
                offenders.push(format!("{}: {what}", source.path));
            }
        }
    }
    nothing(&offenders);
}

#[test]
fn the_map_of_the_crate_names_every_module() {
    let lib = SOURCES.iter().find(|source| source.path == "lib.rs").expect("lib.rs");
    let mut offenders = Vec::new();
    for line in lib.code.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        let drawn = lib.text.lines().filter(|line| line.starts_with("//!")).any(|line| {
            line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == module)
        });
        if !drawn {
            offenders.push(format!("lib.rs: {module} is not in the map"));
        }
    }
    nothing(&offenders);
}

#[test]
fn every_file_says_what_it_owns() {
    let mut offenders = Vec::new();
    for source in SOURCES.iter() {
        if !source.text.starts_with("//! ") {
            offenders.push(format!("{}: no //! at its beginning", source.path));
        }
        if source.path.ends_with("/mod.rs") {
            offenders.push(format!("{}: name.rs beside name/ instead", source.path));
        }
        let name = source.path.rsplit('/').next().unwrap_or_default();
        if ["utils.rs", "util.rs", "misc.rs", "manager.rs", "helpers.rs"].contains(&name) {
            offenders.push(format!("{}: its name says nothing", source.path));
        }
    }
    nothing(&offenders);
}

#[test]
fn every_word_is_said_somewhere() {
    let is_word = |source: &&Source| source.path.starts_with("look/strings/");
    let texts: String = shipped().map(|source| source.code.as_str()).collect();
    // Paths over several lines are one.
    let said: BTreeSet<&str> = texts
        .split('.')
        .skip(1)
        .map(|rest| rest.trim_start().trim_start_matches("r#"))
        .map(|rest| &rest[..rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())])
        .collect();
    let mut offenders = Vec::new();
    for source in shipped().filter(is_word) {
        // What `worded!` says is chosen by a state.
        let own = source.code.split("worded!").next().unwrap_or_default();
        for line in own.lines().filter_map(|line| line.strip_prefix("    pub ")) {
            let name = line.split(':').next().unwrap_or_default().trim_start_matches("r#");
            if !name.contains(' ') && !said.contains(name) {
                offenders.push(format!("{}: nobody says `{name}`", source.path));
            }
        }
    }
    nothing(&offenders);
}

#[test]
fn no_file_is_too_long_without_a_reason() {
    let mut offenders = Vec::new();
    for source in shipped() {
        let code = source.text.find("#[cfg(test)]\nmod tests").unwrap_or(source.text.len());
        let lines = source.text[..code].lines().count();
        let longer = LONGER.iter().find(|(path, ..)| *path == source.path);
        let most = longer.map_or(LINES, |(_, most, _)| *most);
        if lines > most {
            offenders.push(format!("{}: {lines} lines, {most} allowed", source.path));
        }
        if longer.is_some() && lines <= LINES {
            offenders.push(format!("{}: short again; take it out of LONGER", source.path));
        }
    }
    for (path, ..) in LONGER {
        if !SOURCES.iter().any(|source| source.path == *path) {
            offenders.push(format!("{path}: is gone; take it out of LONGER"));
        }
    }
    nothing(&offenders);
}

#[test]
fn the_reader_sees_through_comments_texts_groups_and_supers() {
    let source = Source {
        path: "ui/frame/status.rs".into(),
        text: String::new(),
        code: bare(
            "// crate::console\nuse crate::{app::model, look};\nuse super::super::super::input::key;\n\
             let a = \"crate::store\"; let b = r#\"crate::cli\"#; let c = '\"'; let d = '\\''; crate::seal::x();\n\
             #[cfg(test)]\nmod tests { use crate::delivery; }",
        ),
    };
    let names: Vec<String> = source.names().into_iter().collect();
    assert_eq!(names, ["app::model", "input::key", "look", "seal::x"]);
    assert_eq!(source.part(), "ui");
}
