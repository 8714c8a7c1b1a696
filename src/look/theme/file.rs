//! Theme files: `name`, `appearance`, `inherits`, `[palette]`, `[tokens]`, `[ansi16]`.
//!
//! Read from the syntax tree, so that every fault has its key, value and line. What cannot be used is
//! left out and warned of; the rest counts.

use std::collections::BTreeMap;

use ratatui::style::Color;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Appearance, Fault, ThemeWarning};
use crate::look::role::Role;

/// How a token is drawn, before it is fitted to a depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ink {
    /// Colour of the letters.
    pub fg: Option<Color>,
    /// Colour behind them.
    pub bg: Option<Color>,
    /// Bold letters.
    pub bold: bool,
    /// Faint letters.
    pub dim: bool,
    /// Slanted letters.
    pub italic: bool,
    /// A line below.
    pub underline: bool,
    /// Letters and ground exchanged.
    pub reversed: bool,
}

impl Ink {
    fn needs_only_16(&self) -> bool {
        [self.fg, self.bg]
            .into_iter()
            .flatten()
            .all(|color| !matches!(color, Color::Rgb(..) | Color::Indexed(_)))
    }
}

/// A theme as its file says it.
#[derive(Debug, Clone, Default)]
pub struct ThemeFile {
    /// The name that people read; the file name where it says none.
    pub name: String,
    /// The ground it is made for.
    pub appearance: Appearance,
    /// The theme that speaks where this one is silent.
    pub inherits: Option<String>,
    tokens: BTreeMap<Role, Ink>,
    ansi16: BTreeMap<Role, Ink>,
}

impl ThemeFile {
    /// Reads a file. `None` only where it is not TOML at all.
    pub fn read(name: &str, source: &str) -> (Option<Self>, Vec<ThemeWarning>) {
        let mut reader = Reader { theme: name, source, palette: BTreeMap::new(), warnings: Vec::new() };
        let file = match DeTable::parse(source) {
            Ok(table) => Some(reader.file(table.get_ref())),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                reader.warn(at, Fault::Unreadable(error.message().to_owned()));
                None
            }
        };
        (file, reader.warnings)
    }

    /// What it says of a token where at least 256 colours are shown.
    pub fn token(&self, role: Role) -> Option<Ink> {
        self.tokens.get(&role).copied()
    }

    /// What it says of a token where sixteen are shown: its own table, or a token that needs no more.
    pub fn ansi16(&self, role: Role) -> Option<Ink> {
        let plain = || self.tokens.get(&role).filter(|ink| ink.needs_only_16());
        self.ansi16.get(&role).or_else(plain).copied()
    }
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;

struct Reader<'i> {
    theme: &'i str,
    source: &'i str,
    palette: BTreeMap<String, Color>,
    warnings: Vec<ThemeWarning>,
}

impl Reader<'_> {
    fn warn(&mut self, at: usize, fault: Fault) {
        let before = self.source.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        self.warnings.push(ThemeWarning { theme: self.theme.to_owned(), line, fault });
    }

    fn unknown(&mut self, key: &Key<'_>) {
        self.warn(key.span().start, Fault::UnknownKey(key.get_ref().to_string()));
    }

    fn bad(&mut self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        let text = self.source.get(value.span()).unwrap_or_default().trim_matches('"').to_owned();
        self.warn(value.span().start, Fault::BadValue { key: key.get_ref().to_string(), value: text });
    }

    fn file(&mut self, table: &DeTable<'_>) -> ThemeFile {
        let mut file = ThemeFile { name: self.theme.to_owned(), ..ThemeFile::default() };
        // The palette first, wherever it stands.
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref() == "palette") {
            match value.get_ref().as_table() {
                Some(palette) => self.palette(palette),
                None => self.bad(key, value),
            }
        }
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("palette", _) => {}
                ("name", DeValue::String(name)) => file.name = name.to_string(),
                ("inherits", DeValue::String(parent)) => file.inherits = Some(parent.to_string()),
                ("appearance", DeValue::String(word)) if word == "dark" || word == "light" => {
                    file.appearance = if word == "dark" { Appearance::Dark } else { Appearance::Light };
                }
                ("tokens", DeValue::Table(tokens)) => file.tokens = self.tokens(tokens, Self::color),
                ("ansi16", DeValue::Table(tokens)) => {
                    file.ansi16 = self.tokens(tokens, |_, text| ansi_color(text));
                }
                ("name" | "inherits" | "appearance" | "tokens" | "ansi16", _) => self.bad(key, value),
                _ => self.unknown(key),
            }
        }
        file
    }

    fn palette(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match value.get_ref().as_str().and_then(plain_color) {
                Some(color) => drop(self.palette.insert(key.get_ref().to_string(), color)),
                None => self.bad(key, value),
            }
        }
    }

    /// A palette name, or any colour.
    fn color(&self, text: &str) -> Option<Color> {
        self.palette.get(text).copied().or_else(|| plain_color(text))
    }

    fn tokens(
        &mut self,
        table: &DeTable<'_>,
        color: fn(&Self, &str) -> Option<Color>,
    ) -> BTreeMap<Role, Ink> {
        let mut tokens = BTreeMap::new();
        self.walk("", table, color, &mut tokens);
        tokens
    }

    /// `surface.raised = …` without quotes is a table inside a table for TOML: both spellings are taken.
    fn walk(
        &mut self,
        stem: &str,
        table: &DeTable<'_>,
        color: fn(&Self, &str) -> Option<Color>,
        tokens: &mut BTreeMap<Role, Ink>,
    ) {
        for (key, value) in table {
            let token = format!("{stem}{}", key.get_ref());
            let role = Role::from_token(&token);
            match (role, value.get_ref()) {
                (Some(role), DeValue::String(text)) => match color(self, text) {
                    Some(fg) => drop(tokens.insert(role, Ink { fg: Some(fg), ..Ink::default() })),
                    None => self.bad(key, value),
                },
                (_, DeValue::Table(inner)) if role.is_none() || !is_ink(inner) => {
                    let known = Role::ALL.iter().any(|role| role.token().starts_with(&format!("{token}.")));
                    if known {
                        self.walk(&format!("{token}."), inner, color, tokens);
                    } else {
                        self.unknown(key);
                    }
                }
                (Some(role), DeValue::Table(inner)) => {
                    let ink = self.ink(inner, color);
                    tokens.insert(role, ink);
                }
                (Some(_), _) => self.bad(key, value),
                (None, _) => self.unknown(key),
            }
        }
    }

    fn ink(&mut self, table: &DeTable<'_>, color: fn(&Self, &str) -> Option<Color>) -> Ink {
        let mut ink = Ink::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match (name, value.get_ref()) {
                ("fg" | "bg", DeValue::String(text)) => match color(self, text) {
                    Some(found) if name == "fg" => ink.fg = Some(found),
                    Some(found) => ink.bg = Some(found),
                    None => self.bad(key, value),
                },
                ("bold", DeValue::Boolean(on)) => ink.bold = *on,
                ("dim", DeValue::Boolean(on)) => ink.dim = *on,
                ("italic", DeValue::Boolean(on)) => ink.italic = *on,
                ("underline", DeValue::Boolean(on)) => ink.underline = *on,
                ("reversed", DeValue::Boolean(on)) => ink.reversed = *on,
                (name, _) if INK_KEYS.contains(&name) => self.bad(key, value),
                _ => self.unknown(key),
            }
        }
        ink
    }
}

const INK_KEYS: [&str; 7] = ["fg", "bg", "bold", "dim", "italic", "underline", "reversed"];

/// An empty table is a style too: one that adds nothing.
fn is_ink(table: &DeTable<'_>) -> bool {
    table.is_empty() || table.keys().any(|key| INK_KEYS.contains(&key.get_ref().as_ref()))
}

/// `#rrggbb`, a number from 16 to 255, or the name of one of the sixteen.
fn plain_color(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
        return Some(Color::from_u32(number));
    }
    if let Ok(index) = text.parse::<u8>() {
        return (index > 15).then_some(Color::Indexed(index));
    }
    ansi_color(text)
}

/// The names that every terminal knows; `default` is the terminal's own.
fn ansi_color(text: &str) -> Option<Color> {
    Some(match text {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}
