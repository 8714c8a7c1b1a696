//! The looks in use and how they change while the console runs: theme and language.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::app::effect::LookChange;
use crate::config::{Config, GlyphChoice};
use crate::input::action::Action;
use crate::look::Look;
use crate::look::depth::{self, ColorChoice, Depth};
use crate::look::glyphs::{Ambiguous, Glyphs};
use crate::look::locale::{self, Lang};
use crate::look::strings::Strings;
use crate::look::theme::{DEFAULT_THEME, Themes};

/// The looks in use, and what is needed to change them.
#[derive(Debug, Clone)]
pub struct Looks {
    themes: Themes,
    depth: Depth,
    chosen: String,
    look: Look,
}

/// What the command line says about looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct LookFlags<'a> {
    /// `--lang`
    pub lang: Option<&'a str>,
    /// `--color`
    pub color: Option<ColorChoice>,
}

impl Looks {
    /// The looks that flags, environment and configuration decide, and what was wrong with themes, in
    /// words. `themes` is the user's directory; `env` reads a variable.
    pub fn choose(
        flags: LookFlags<'_>,
        config: &Config,
        themes: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (Self, Vec<String>) {
        let lang = locale::choose(flags.lang, env, config.language.as_deref());
        let strings = Strings::of(lang);
        let color = config.ui.color.0.parse().unwrap_or_default();
        let depth = depth::detect(flags.color.unwrap_or_default(), env, color);
        let (themes, mut warnings) = Themes::with_directory(themes);
        let chosen = config.theme.clone().unwrap_or_else(|| DEFAULT_THEME.to_owned());
        let (theme, more) = themes.resolve(&chosen, depth);
        warnings.extend(more);
        let words = warnings.iter().map(|warning| strings.theme_warning(warning)).collect();
        let look = Look { theme, glyphs: glyphs(config, env), strings, zone: TimeZone::system() };
        (Self::new(themes, depth, chosen, look), words)
    }

    /// Starts with these looks; `chosen` is the theme that `look` was resolved from.
    pub const fn new(themes: Themes, depth: Depth, chosen: String, look: Look) -> Self {
        Self { themes, depth, chosen, look }
    }

    /// What views draw with.
    pub const fn look(&self) -> &Look {
        &self.look
    }

    /// The theme in use, by file name.
    pub fn theme(&self) -> &str {
        &self.chosen
    }

    /// The themes that can be picked.
    pub fn names(&self) -> Vec<String> {
        self.themes.names().map(str::to_owned).collect()
    }

    /// Another theme or language.
    pub fn change(&mut self, change: &LookChange) {
        match change {
            LookChange::Theme(name) if self.themes.contains(name) => {
                self.look.theme = self.themes.resolve(name, self.depth).0;
                self.chosen.clone_from(name);
            }
            LookChange::Theme(_) => {}
            LookChange::Language(tag) => {
                if let Some(lang) = Lang::from_tag(tag) {
                    self.look.strings = Strings::of(lang);
                }
            }
        }
    }

    /// Words by which the palette finds actions: the label in use first, then the other languages' and
    /// the name that key maps use.
    pub fn action_names(&self) -> BTreeMap<Action, String> {
        let own = self.look.lang();
        let others = Lang::ALL.into_iter().filter(|lang| *lang != own);
        let langs: Vec<Lang> = std::iter::once(own).chain(others).collect();
        let words = |action: &Action| {
            let labels = langs.iter().map(|lang| Strings::of(*lang).actions.label(action.name()));
            labels.chain([action.name()]).collect::<Vec<_>>().join(" ")
        };
        Action::ALL.iter().map(|action| (*action, words(action))).collect()
    }
}

/// Plain signs where the configuration, the width of ambiguous characters or the character set ask for
/// them; a locale that says nothing is taken for UTF-8, as every system of today is.
fn glyphs(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Glyphs {
    let ambiguous = if config.ui.ambiguous == Some(2) { Ambiguous::Wide } else { Ambiguous::Narrow };
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|v| !v.is_empty()));
    let other_set = locale.is_some_and(|locale| {
        let set = locale.split_once('.').map_or("", |(_, set)| set).to_ascii_lowercase().replace('-', "");
        !set.is_empty() && set != "utf8"
    });
    match config.ui.glyphs {
        GlyphChoice::Unicode => Glyphs { ambiguous, ..Glyphs::UNICODE },
        GlyphChoice::Ascii => Glyphs { ambiguous, ..Glyphs::ASCII },
        GlyphChoice::Auto if other_set => Glyphs { ambiguous, ..Glyphs::ASCII },
        GlyphChoice::Auto => Glyphs::for_terminal(ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(config: &Config, vars: &[(&str, &str)]) -> Looks {
        let env =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Looks::choose(LookFlags::default(), config, Path::new("/nowhere"), &env).0
    }

    #[test]
    fn a_locale_of_another_character_set_gets_plain_signs() {
        let config = Config::default();
        assert_eq!(chosen(&config, &[("LANG", "zh_CN.UTF-8")]).look().glyphs, Glyphs::UNICODE);
        assert_eq!(chosen(&config, &[]).look().glyphs, Glyphs::UNICODE);
        assert_eq!(chosen(&config, &[("LANG", "zh_CN.GBK")]).look().glyphs.line, Glyphs::ASCII.line);
    }

    #[test]
    fn the_palette_finds_actions_in_either_language() {
        let names = chosen(&Config::default(), &[("LANG", "zh_CN.UTF-8")]).action_names();
        let pause = &names[&Action::Pause];
        assert!(pause.contains("暂停") && pause.contains("Pause"), "{pause}");
    }
}
