//! How things look and what they are called: themes, colour depth, signs, languages, numbers.
//!
//! Everything here is data with pure look-ups. It knows no screen; `ui` and `cli` read it. `Look` is
//! what a view gets: words, styles, signs and the zone to print times in.

pub mod depth;
pub mod format;
pub mod glyphs;
pub mod locale;
pub mod qr;
pub mod role;
pub mod strings;
pub mod theme;

use jiff::tz::TimeZone;
use ratatui::style::Style;

use self::depth::Depth;
use self::glyphs::Glyphs;
use self::locale::Lang;
use self::role::Role;
use self::strings::Strings;
use self::theme::{DEFAULT_THEME, Theme, Themes};

/// Everything that a view needs to know about looks. Replaced as a whole when the operator picks
/// another theme or language.
#[derive(Debug, Clone)]
pub struct Look {
    /// Styles by role, fitted to the terminal.
    pub theme: Theme,
    /// The signs that the terminal can be trusted with.
    pub glyphs: Glyphs,
    /// All words.
    pub strings: &'static Strings,
    /// Where the operator's clock stands.
    pub zone: TimeZone,
}

impl Look {
    /// The default theme at sixteen colours, unicode signs and UTC: for tests and until the settings are read.
    pub fn plain(lang: Lang) -> Self {
        let (themes, _) = Themes::builtin();
        Self {
            theme: themes.resolve(DEFAULT_THEME, Depth::Ansi16).0,
            glyphs: Glyphs::UNICODE,
            strings: Strings::of(lang),
            zone: TimeZone::UTC,
        }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The language of the words.
    pub fn lang(&self) -> Lang {
        self.strings.lang
    }
}
