//! Reads the configuration file by hand over TOML's own tree, because every finding names its line.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{choice, duration};
use super::{ColorWord, Config, GlyphChoice, Motion, SendProcess};
use crate::domain::nearest::nearest;
use crate::domain::secret::Secret;

/// A key that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its line, from 1.
    pub line: usize,
    /// The key with its table.
    pub key: String,
    /// The nearest key that is read, if one is near.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: nothing reads `{}`", self.line, self.key)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// The file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ConfigError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What was expected.
    pub what: Wrong,
}

/// What was expected in the place of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A time, or `auto`.
    #[error("`{0}` must be \"auto\" or a time such as \"30s\"")]
    Auto(String),
    /// A time.
    #[error("`{0}` must be a time such as \"30s\" or \"10m\"")]
    Time(String),
    /// A text.
    #[error("`{0}` must be a text in quotes")]
    Text(String),
    /// A key or several.
    #[error("`{0}` must be a key or a list of keys in quotes")]
    Texts(String),
    /// A switch.
    #[error("`{0}` must be true or false")]
    Switch(String),
    /// A number between two.
    #[error("`{key}` must be a number from {low} to {high}")]
    Number {
        /// The key.
        key: String,
        /// The lowest.
        low: u8,
        /// The highest.
        high: u8,
    },
    /// One of some words.
    #[error("`{key}` must be one of {words}")]
    Choice {
        /// The key.
        key: String,
        /// The words, with commas between.
        words: String,
    },
    /// The file is not TOML; what its reader says.
    #[error("{0}")]
    Toml(String),
}

/// Every key that is read; tables with free names stand with their dot.
const KEYS: [&str; 19] = [
    "language",
    "theme",
    "readonly",
    "operator",
    "ui.glyphs",
    "ui.ambiguous",
    "ui.color",
    "ui.remote",
    "ui.motion",
    "ui.mouse",
    "send.undo",
    "send.process",
    "send.idle",
    "send.growth",
    "send.breaker",
    "send.expire",
    "network.proxy",
    "me.",
    "keys.",
];

/// Reads the text of a configuration file.
pub fn read(source: &str) -> Result<(Config, Vec<UnknownKey>), ConfigError> {
    let table = DeTable::parse(source).map_err(|error| {
        let (line, column) = place(source, error.span().unwrap_or(0..0));
        ConfigError { line, column, what: Wrong::Toml(error.message().to_owned()) }
    })?;
    let mut reader = Reader { source, config: Config::default(), unknown: Vec::new() };
    reader.table("", table.get_ref())?;
    Ok((reader.config, reader.unknown))
}

struct Reader<'a> {
    source: &'a str,
    config: Config,
    unknown: Vec<UnknownKey>,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (key, value) in table {
            let path = format!("{prefix}{}", key.get_ref());
            let below = format!("{path}.");
            match value.get_ref() {
                DeValue::Table(inner) if KEYS.iter().any(|known| known.starts_with(&below)) => {
                    self.table(&below, inner)?;
                }
                _ if self.take(&path, value)? => {}
                _ => {
                    let (line, _) = place(self.source, key.span());
                    self.unknown.push(UnknownKey { line, nearest: nearest(&path, KEYS), key: path });
                }
            }
        }
        Ok(())
    }

    /// Takes one value; false if nothing reads the key.
    fn take(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<bool, ConfigError> {
        if let Some(channel) = path.strip_prefix("me.") {
            let address = Secret::new(self.text(path, value)?);
            self.config.me.insert(channel.to_owned(), address);
            return Ok(true);
        }
        if let Some(action) = path.strip_prefix("keys.") {
            let keys = self.texts(path, value)?;
            self.config.keys.insert(action.to_owned(), keys);
            return Ok(true);
        }
        match path {
            "language" => self.config.language = Some(self.text(path, value)?),
            "theme" => self.config.theme = Some(self.text(path, value)?),
            "readonly" => self.config.readonly = self.switch(path, value)?,
            "operator" => self.config.operator = Some(self.text(path, value)?),
            "ui.glyphs" => {
                let words = [
                    ("auto", GlyphChoice::Auto),
                    ("unicode", GlyphChoice::Unicode),
                    ("ascii", GlyphChoice::Ascii),
                ];
                self.config.ui.glyphs = self.choice(path, value, &words)?;
            }
            "ui.color" => {
                let words = ColorWord::ALL.map(|word| (word, ColorWord(word)));
                self.config.ui.color = self.choice(path, value, &words)?;
            }
            "ui.ambiguous" => self.config.ui.ambiguous = Some(self.number(path, value, 1..3)?),
            "ui.remote" => self.config.ui.remote = Some(self.switch(path, value)?),
            "ui.mouse" => self.config.ui.mouse = Some(self.switch(path, value)?),
            "ui.motion" => {
                let words = [
                    ("auto", Motion::Auto),
                    ("full", Motion::Full),
                    ("reduced", Motion::Reduced),
                    ("off", Motion::Off),
                ];
                self.config.ui.motion = self.choice(path, value, &words)?;
            }
            "send.undo" => self.config.send.undo = self.undo(path, value)?,
            "send.process" => {
                let words = [("detached", SendProcess::Detached), ("in-process", SendProcess::InProcess)];
                self.config.send.process = self.choice(path, value, &words)?;
            }
            "send.idle" => self.config.send.idle = self.duration(path, value)?,
            "send.growth" => self.config.send.growth = self.number(path, value, 0..101)?,
            "send.breaker" => self.config.send.breaker = self.number(path, value, 0..101)?,
            "send.expire" => self.config.send.expire = self.duration(path, value)?,
            "network.proxy" => self.config.proxy = Some(Secret::new(self.text(path, value)?)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn undo(
        &self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Option<std::time::Duration>, ConfigError> {
        if value.get_ref().as_str() == Some("auto") {
            return Ok(None);
        }
        self.duration(path, value)
            .map(Some)
            .map_err(|error| ConfigError { what: Wrong::Auto(path.to_owned()), ..error })
    }

    fn duration(&self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<std::time::Duration, ConfigError> {
        let read = value.get_ref().as_str().and_then(duration);
        read.ok_or_else(|| self.wrong(value, Wrong::Time(path.to_owned())))
    }

    fn text(&self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(value, Wrong::Text(path.to_owned())))
    }

    fn texts(&self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, ConfigError> {
        let wrong = || self.wrong(value, Wrong::Texts(path.to_owned()));
        match value.get_ref() {
            DeValue::String(text) => Ok(vec![text.clone().into_owned()]),
            DeValue::Array(list) => {
                list.iter().map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            _ => Err(wrong()),
        }
    }

    fn switch(&self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<bool, ConfigError> {
        let on = value.get_ref().as_bool();
        on.ok_or_else(|| self.wrong(value, Wrong::Switch(path.to_owned())))
    }

    fn number(&self, path: &str, value: &Spanned<DeValue<'_>>, range: Range<u8>) -> Result<u8, ConfigError> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u8::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let (low, high) = (range.start, range.end - 1);
            self.wrong(value, Wrong::Number { key: path.to_owned(), low, high })
        })
    }

    fn choice<T: Copy>(
        &self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        words: &[(&str, T)],
    ) -> Result<T, ConfigError> {
        choice(value.get_ref().as_str().unwrap_or_default(), words)
            .map_err(|names| self.wrong(value, Wrong::Choice { key: path.to_owned(), words: names }))
    }

    fn wrong(&self, value: &Spanned<DeValue<'_>>, what: Wrong) -> ConfigError {
        let (line, column) = place(self.source, value.span());
        ConfigError { line, column, what }
    }
}

fn place(source: &str, span: Range<usize>) -> (usize, usize) {
    let before = source.get(..span.start.min(source.len())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FULL: &str = r#"
language = "zh-CN"
theme = "dark"
readonly = true
operator = "王小明"

[ui]
glyphs = "ascii"
color = "256"
ambiguous = 2
remote = true
motion = "off"
mouse = false

[send]
undo = "30s"
process = "in-process"
idle = "1s"
growth = 7

[network]
proxy = "socks5://127.0.0.1:1080"

[me]
"Bark self" = "abcdefghijklmnop"

[keys]
pause = "P"
resume = ["R", "F7"]
"#;

    #[test]
    fn every_key_is_read() {
        let (config, unknown) = read(FULL).expect("a valid file");
        assert_eq!(unknown, []);
        assert_eq!(config.language.as_deref(), Some("zh-CN"));
        assert_eq!(config.send.undo, Some(Duration::from_secs(30)));
        assert_eq!(config.send.process, SendProcess::InProcess);
        assert_eq!(config.ui.ambiguous, Some(2));
        assert_eq!(config.ui.color, ColorWord("256"));
        assert_eq!(config.keys["resume"], ["R", "F7"]);
        assert_eq!(config.me["Bark self"].expose(), "abcdefghijklmnop");
        assert!(!format!("{config:?}").contains("abcdefgh"));
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(read(""), Ok((Config::default(), Vec::new())));
    }

    #[test]
    fn an_unknown_key_warns_with_its_line_and_the_nearest_name() {
        let (_, unknown) = read("theme = \"dark\"\n[send]\nundoo = \"auto\"\n").expect("still a valid file");
        assert_eq!(unknown[0].to_string(), "line 3: nothing reads `send.undoo`; did you mean `send.undo`?");
    }

    #[test]
    fn a_wrong_value_names_its_line_and_column() {
        let cases = [
            (
                "[send]\nundo = 3\n",
                "line 2, column 8: `send.undo` must be \"auto\" or a time such as \"30s\"",
            ),
            ("readonly = \"yes\"", "line 1, column 12: `readonly` must be true or false"),
            ("[ui]\nambiguous = 3", "line 2, column 13: `ui.ambiguous` must be a number from 1 to 2"),
            (
                "[ui]\nglyphs = \"emoji\"",
                "line 2, column 10: `ui.glyphs` must be one of \"auto\", \"unicode\", \"ascii\"",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(read(source).expect_err(source).to_string(), expected);
        }
        let broken = read("theme = \n").expect_err("not TOML");
        assert_eq!(broken.line, 1);
    }
}
