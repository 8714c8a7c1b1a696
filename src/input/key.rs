//! One key press: parsing, printing, and the one spelling of keys that terminals send in several.
//!
//! `normalise` removes what differs between terminals (Shift with a letter, the control bytes of Tab
//! and Enter, Ctrl-7 for Ctrl-_). `fold` turns what an input method types instead of a plain key back
//! into that key; only commands are folded, never text.

use std::fmt;
use std::str::FromStr;

/// The key itself, without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A key that types this character; upper case stands for Shift.
    Char(char),
    /// A function key, from 1.
    F(u8),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with Shift it goes backwards.
    Tab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// Unused by default, but can be bound.
    Insert,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
}

/// Modifiers that are left after normalising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mods {
    /// Control.
    pub ctrl: bool,
    /// Alt or Meta.
    pub alt: bool,
    /// Shift, only with keys that type nothing.
    pub shift: bool,
}

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// What was held with it.
    pub mods: Mods,
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; keys look like `p`, `Ctrl-P`, `Shift-Tab`, `F2`, `PgDn` or `g s`")]
pub struct KeyError(String);

/// Names as they are printed, then as they are also read.
const NAMES: [(Code, &str, &[&str]); 15] = [
    (Code::Enter, "Enter", &["Return"]),
    (Code::Esc, "Esc", &["Escape"]),
    (Code::Tab, "Tab", &[]),
    (Code::Backspace, "Backspace", &["BS"]),
    (Code::Delete, "Delete", &["Del"]),
    (Code::Insert, "Insert", &["Ins"]),
    (Code::Home, "Home", &[]),
    (Code::End, "End", &[]),
    (Code::PageUp, "PgUp", &["PageUp"]),
    (Code::PageDown, "PgDn", &["PageDown", "PgDown"]),
    (Code::Up, "↑", &["Up"]),
    (Code::Down, "↓", &["Down"]),
    (Code::Left, "←", &["Left"]),
    (Code::Right, "→", &["Right"]),
    (Code::Char(' '), "Space", &[]),
];

impl Key {
    /// The key that types `c`.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, mods: Mods { ctrl: false, alt: false, shift: false } }
    }

    /// A key with Control held.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), mods: Mods { ctrl: true, alt: false, shift: false } }
    }

    /// The one spelling of a key: two terminals that mean the same key give the same value.
    #[must_use]
    pub fn normalise(self) -> Self {
        let Self { code, mut mods } = self;
        let code = match code {
            Code::Char(c) if mods.ctrl => match c.to_ascii_lowercase() {
                'h' => return Self { code: Code::Backspace, mods: Mods { ctrl: false, ..mods } },
                'i' => return Self { code: Code::Tab, mods: Mods { ctrl: false, ..mods } },
                'j' | 'm' => return Self { code: Code::Enter, mods: Mods { ctrl: false, ..mods } },
                '[' => return Self { code: Code::Esc, mods: Mods { ctrl: false, ..mods } },
                // The same byte as Ctrl-_: what Ctrl-/ sends, and how crossterm spells it.
                '7' | '/' | '-' => Code::Char('_'),
                '4' => Code::Char('\\'),
                '5' => Code::Char(']'),
                '6' => Code::Char('^'),
                lower => Code::Char(lower),
            },
            Code::Char(c) if mods.shift && c.is_lowercase() => {
                let mut upper = c.to_uppercase();
                let first = upper.next().unwrap_or(c);
                // `ß` has no single upper case: leave it alone.
                Code::Char(if upper.next().is_none() { first } else { c })
            }
            other => other,
        };
        if matches!(code, Code::Char(_)) {
            mods.shift = false;
        }
        Self { code, mods }
    }

    /// The command key that is meant when an input method is on: `、` is `/`, `：` is `:`, `１` is `1`.
    #[must_use]
    pub fn fold(self) -> Self {
        match self.code {
            Code::Char(c) => Self { code: Code::Char(fold_char(c)), ..self },
            _ => self,
        }
    }

    /// The character that the key types, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.mods.ctrl && !self.mods.alt => Some(c),
            _ => None,
        }
    }
}

/// Folds one character of full-width or Chinese punctuation to the key that it stands for.
pub fn fold_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '、' => '/',
        '。' => '.',
        '【' | '「' => '[',
        '】' | '」' => ']',
        '《' => '<',
        '》' => '>',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '￥' | '¥' => '$',
        '…' => '^',
        '—' => '_',
        '·' => '`',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mods.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.mods.alt {
            f.write_str("Alt-")?;
        }
        if self.mods.shift {
            f.write_str("Shift-")?;
        }
        if let Some((_, name, _)) = NAMES.iter().find(|(code, ..)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            Code::F(n) => write!(f, "F{n}"),
            Code::Char(c) if self.mods.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            Code::Char(c) => write!(f, "{c}"),
            // Everything else has a name above.
            _ => Ok(()),
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError(text.to_owned());
        let mut mods = Mods::default();
        let mut rest = text;
        loop {
            let (word, more) = match rest.split_once(['-', '+']) {
                // `-`, `+`, `Ctrl--`: the separator itself is the key.
                Some((word, more)) if !word.is_empty() && !more.is_empty() => (word, more),
                _ => break,
            };
            match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => mods.ctrl = true,
                "alt" | "meta" => mods.alt = true,
                "shift" => mods.shift = true,
                _ => return Err(wrong()),
            }
            rest = more;
        }
        let code = code_from(rest).ok_or_else(wrong)?;
        Ok(Self { code, mods }.normalise())
    }
}

fn code_from(name: &str) -> Option<Code> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        let arrow = NAMES.iter().find(|(_, printed, _)| *printed == name);
        return Some(arrow.map_or(Code::Char(c), |(code, ..)| *code));
    }
    if let Some((code, ..)) = NAMES.iter().find(|(_, printed, aliases)| {
        printed.eq_ignore_ascii_case(name) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }) {
        return Some(*code);
    }
    let number = name.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=24).contains(&number).then_some(Code::F(number))
}

/// Reads one key or a prefix and a key (`g s`).
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, KeyError> {
    let keys: Vec<Key> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    if keys.is_empty() || keys.len() > 2 {
        return Err(KeyError(text.to_owned()));
    }
    Ok(keys)
}

/// Prints keys as hints and help show them: `gs` for two letters, `g Enter` for anything longer.
pub fn print_sequence(keys: &[Key]) -> String {
    let names: Vec<String> = keys.iter().map(Key::to_string).collect();
    let short = names.iter().all(|name| name.chars().count() == 1);
    names.join(if short { "" } else { " " })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_read_as_they_are_printed() {
        for text in ["p", "P", "?", "Ctrl-P", "Shift-Tab", "F2", "PgDn", "Space", "-", "+", "Ctrl-_", "↑"] {
            let key: Key = text.parse().expect(text);
            assert_eq!(key.to_string(), text);
        }
        for text in ["", "Hyper-x", "F99", "abc"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
        assert_eq!("Up".parse::<Key>(), "↑".parse::<Key>());
    }

    #[test]
    fn what_terminals_spell_differently_is_one_key() {
        let shifted = |c| Key { code: Code::Char(c), mods: Mods { shift: true, ..Mods::default() } };
        let cases = [
            (shifted('g'), Key::char('G')),
            (shifted('G'), Key::char('G')),
            (shifted('?'), Key::char('?')),
            (Key::ctrl('h'), Key::plain(Code::Backspace)),
            (Key::ctrl('i'), Key::plain(Code::Tab)),
            (Key::ctrl('m'), Key::plain(Code::Enter)),
            (Key::ctrl('j'), Key::plain(Code::Enter)),
            (Key::ctrl('['), Key::plain(Code::Esc)),
            (Key::ctrl('7'), Key::ctrl('_')),
            (Key::ctrl('/'), Key::ctrl('_')),
            (Key::ctrl('P'), Key::ctrl('p')),
        ];
        for (sent, meant) in cases {
            assert_eq!(sent.normalise(), meant, "{sent:?}");
        }
    }

    #[test]
    fn keys_typed_with_an_input_method_on_fold_to_commands() {
        for (typed, meant) in [
            ('、', '/'),
            ('：', ':'),
            ('？', '?'),
            ('！', '!'),
            ('【', '['),
            ('】', ']'),
            ('１', '1'),
            ('ａ', 'a'),
        ] {
            assert_eq!(Key::char(typed).fold(), Key::char(meant), "{typed}");
        }
        assert_eq!(Key::char('中').fold(), Key::char('中'));
    }

    #[test]
    fn sequences_have_one_or_two_keys() {
        let keys = parse_sequence("g s").expect("two keys");
        assert_eq!(print_sequence(&keys), "gs");
        assert!(parse_sequence("").is_err());
        assert!(parse_sequence("a b c").is_err());
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing_more(
            c in any::<char>(), ctrl in any::<bool>(), alt in any::<bool>(), shift in any::<bool>()
        ) {
            let key = Key { code: Code::Char(c), mods: Mods { ctrl, alt, shift } }.normalise();
            prop_assert_eq!(key.normalise(), key);
        }
    }
}
