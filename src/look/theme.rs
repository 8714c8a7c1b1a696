//! Themes: which style every role has, at the depth of the terminal.
//!
//! `file` reads theme files; here they are collected, inherited from each other and resolved. A theme
//! that cannot be read is a warning and never stops the start: the built-in default is always there.

pub mod file;

use std::collections::BTreeMap;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};

use self::file::{Ink, ThemeFile};
use super::depth::{Depth, to_256};
use super::role::Role;

/// The theme that paints no ground and follows the terminal's own colours.
pub const DEFAULT_THEME: &str = "terminal-16";
/// What every theme falls back to where no colours may be used.
const MONO: &str = "mono";

/// The themes inside the binary, by file name.
pub const BUILTIN: &[(&str, &str)] = &[
    ("terminal-16", include_str!("../../themes/terminal-16.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast-dark", include_str!("../../themes/high-contrast-dark.toml")),
    ("high-contrast-light", include_str!("../../themes/high-contrast-light.toml")),
    ("colour-safe-dark", include_str!("../../themes/colour-safe-dark.toml")),
    ("colour-safe-light", include_str!("../../themes/colour-safe-light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// What is wrong with a theme file. Facts; the words stand in the locale files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeWarning {
    /// The theme's file name without its ending.
    pub theme: String,
    /// The line, from 1; 0 where no line is at fault.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// One thing wrong with a theme file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A key that nothing reads.
    UnknownKey(String),
    /// A value that cannot be used for its key.
    BadValue {
        /// The key.
        key: String,
        /// What it was set to.
        value: String,
    },
    /// The file is not TOML, or cannot be read.
    Unreadable(String),
    /// It inherits from a theme that is not there.
    UnknownParent(String),
    /// It inherits from itself by some way.
    Circle,
}

/// Whether a theme is made for a dark or a light ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Appearance {
    /// Light words on a dark ground.
    #[default]
    Dark,
    /// Dark words on a light ground.
    Light,
}

/// A theme at one depth: a style for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The name that people read.
    pub name: String,
    /// The ground it is made for.
    pub appearance: Appearance,
    styles: Vec<Style>,
}

impl Theme {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// Every theme that can be chosen.
#[derive(Debug, Clone)]
pub struct Themes {
    files: BTreeMap<String, ThemeFile>,
}

impl Themes {
    /// The themes inside the binary.
    pub fn builtin() -> (Self, Vec<ThemeWarning>) {
        let mut themes = Self { files: BTreeMap::new() };
        let warnings = BUILTIN.iter().flat_map(|(name, source)| themes.add(name, source)).collect();
        (themes, warnings)
    }

    /// The themes inside the binary, and over them the `*.toml` files of a directory, which need not
    /// be there.
    pub fn with_directory(directory: &Path) -> (Self, Vec<ThemeWarning>) {
        let (mut themes, mut warnings) = Self::builtin();
        let Ok(entries) = std::fs::read_dir(directory) else { return (themes, warnings) };
        let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            match std::fs::read_to_string(&path) {
                Ok(source) => warnings.extend(themes.add(name, &source)),
                Err(error) => warnings.push(ThemeWarning {
                    theme: name.to_owned(),
                    line: 0,
                    fault: Fault::Unreadable(error.to_string()),
                }),
            }
        }
        (themes, warnings)
    }

    /// Adds or replaces a theme. One that is not TOML is left out; the rest of a faulty one is kept.
    pub fn add(&mut self, name: &str, source: &str) -> Vec<ThemeWarning> {
        let (file, warnings) = ThemeFile::read(name, source);
        if let Some(file) = file {
            self.files.insert(name.to_owned(), file);
        }
        warnings
    }

    /// Every theme's file name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is a theme of that file name.
    pub fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// The theme of that file name at `depth`. Where it is silent its ancestors speak, and the default
    /// theme last; an unknown name gives the default theme and a warning.
    pub fn resolve(&self, name: &str, depth: Depth) -> (Theme, Vec<ThemeWarning>) {
        let (chain, warnings) = self.chain(name);
        let styles = Role::ALL
            .iter()
            .map(|role| match depth {
                Depth::None => self.mono(*role),
                Depth::Ansi16 => lookup(&chain, *role, ThemeFile::ansi16).as_16(),
                Depth::Ansi256 => lookup(&chain, *role, ThemeFile::token).as_256(),
                Depth::True => lookup(&chain, *role, ThemeFile::token).style(),
            })
            .collect();
        let first = chain.first();
        let theme = Theme {
            name: first.map_or_else(|| name.to_owned(), |file| file.name.clone()),
            appearance: first.map(|file| file.appearance).unwrap_or_default(),
            styles,
        };
        (theme, warnings)
    }

    /// A theme, what it inherits from, and the default theme, nearest first.
    fn chain(&self, name: &str) -> (Vec<&ThemeFile>, Vec<ThemeWarning>) {
        let mut chain: Vec<&ThemeFile> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut warnings = Vec::new();
        let mut next = Some(name);
        while let Some(wanted) = next {
            let fault = if seen.contains(&wanted) {
                Some(Fault::Circle)
            } else if self.contains(wanted) {
                None
            } else {
                Some(Fault::UnknownParent(wanted.to_owned()))
            };
            if let Some(fault) = fault {
                let theme = seen.last().copied().unwrap_or(wanted).to_owned();
                warnings.push(ThemeWarning { theme, line: 0, fault });
                break;
            }
            seen.push(wanted);
            next = None;
            if let Some(file) = self.files.get(wanted) {
                chain.push(file);
                next = file.inherits.as_deref();
            }
        }
        if !seen.contains(&DEFAULT_THEME) {
            chain.extend(self.files.get(DEFAULT_THEME));
        }
        (chain, warnings)
    }

    fn mono(&self, role: Role) -> Style {
        let chain: Vec<_> = self.files.get(MONO).into_iter().collect();
        let style = lookup(&chain, role, ThemeFile::token).style();
        Style { fg: None, bg: None, underline_color: None, ..style }
    }
}

/// The first file that says something of the role; then of its parent.
fn lookup(chain: &[&ThemeFile], role: Role, read: fn(&ThemeFile, Role) -> Option<Ink>) -> Ink {
    let mut wanted = Some(role);
    while let Some(role) = wanted {
        if let Some(ink) = chain.iter().find_map(|file| read(file, role)) {
            return ink;
        }
        wanted = role.parent();
    }
    Ink::default()
}

impl Ink {
    fn style(self) -> Style {
        let mut modifiers = Modifier::empty();
        for (on, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ] {
            modifiers.set(modifier, on);
        }
        Style { fg: self.fg, bg: self.bg, ..Style::new() }.add_modifier(modifiers)
    }

    fn as_256(self) -> Style {
        Self { fg: self.fg.map(to_256), bg: self.bg.map(to_256), ..self }.style()
    }

    fn as_16(self) -> Style {
        let plain = |color: Color| (!matches!(color, Color::Rgb(..) | Color::Indexed(_))).then_some(color);
        Self { fg: self.fg.and_then(plain), bg: self.bg.and_then(plain), ..self }.style()
    }
}

#[cfg(test)]
mod tests;
