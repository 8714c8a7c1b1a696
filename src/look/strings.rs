//! All words as data: one typed section per topic, one file per section and language.
//!
//! A section is `strings/NAME.rs` beside `assets/locales/{en,zh-CN}/NAME.toml`. A field that a file
//! does not fill, or fills without our knowing, is a failing test. Words without places are `String`;
//! sentences with `{places}` are `Phrase`. To add a word: a field, a line in each of the two files.

pub mod actions;
pub mod phrase;
mod typed;

use std::sync::LazyLock;

use super::locale::Lang;
use super::theme::{Fault, ThemeWarning};

/// Declares a struct with one field per variant of a state, and `of(state)`.
macro_rules! worded {
    ($name:ident of $state:ident as $words:ty { $($field:ident $variant:ident,)* }) => {
        #[doc = concat!("What each `", stringify!($state), "` is called.")]
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(pub $field: $words,)*
        }

        impl $name {
            /// The words of one.
            pub fn of(&self, state: $state) -> &$words {
                match state {
                    $($state::$variant => &self.$field,)*
                }
            }
        }
    };
}

macro_rules! sections {
    ($($section:ident $words:ident,)*) => {
        $(pub mod $section;)*

        /// Every word of the program in one language.
        #[derive(Debug)]
        pub struct Strings {
            /// The language.
            pub lang: Lang,
            /// The section `actions`: labels and hints by action name.
            pub actions: actions::Actions,
            $(
                #[doc = concat!("The section `", stringify!($section), "`.")]
                pub $section: $section::$words,
            )*
        }

        /// The files of a language by section.
        const fn files(lang: Lang) -> &'static [(&'static str, &'static str)] {
            match lang {
                Lang::En => &[
                    ("actions", include_str!("../../assets/locales/en/actions.toml")),
                    $((stringify!($section), include_str!(concat!("../../assets/locales/en/", stringify!($section), ".toml"))),)*
                ],
                Lang::Zh => &[
                    ("actions", include_str!("../../assets/locales/zh-CN/actions.toml")),
                    $((stringify!($section), include_str!(concat!("../../assets/locales/zh-CN/", stringify!($section), ".toml"))),)*
                ],
            }
        }

        fn read(lang: Lang) -> Result<Strings, WordsError> {
            Ok(Strings {
                lang,
                actions: section(lang, "actions")?,
                $($section: section(lang, stringify!($section))?,)*
            })
        }
    };
}

sections! {
    common Common,
    frame Frame,
    states States,
    classes Classes,
    skips Skips,
    checks Checks,
    dialogs Dialogs,
    overlays Overlays,
    notices Notices,
    errors Errors,
    outbox Outbox,
    compose Compose,
    subscribers Subscribers,
    topics Topics,
    channels Channels,
    history History,
    inbox Inbox,
    setup Setup,
    welcome Welcome,
    report Report,
    cli Cli,
    tables Tables,
    reasons Reasons,
    plan Plan,
    own Own,
    desk Desk,
}

/// A locale file that does not fill its section.
#[derive(Debug, thiserror::Error)]
#[error("the words of section `{section}` in {lang:?} cannot be read")]
pub struct WordsError {
    section: &'static str,
    lang: Lang,
    #[source]
    source: Box<toml::de::Error>,
}

fn section<T: serde::de::DeserializeOwned>(lang: Lang, section: &'static str) -> Result<T, WordsError> {
    let text = files(lang).iter().find(|(name, _)| *name == section).map_or("", |(_, text)| text);
    toml::from_str(text).map_err(|source| WordsError { section, lang, source: Box::new(source) })
}

static EN: LazyLock<Strings> =
    LazyLock::new(|| read(Lang::En).expect("a test reads every English file inside the binary"));
static ZH: LazyLock<Strings> =
    LazyLock::new(|| read(Lang::Zh).expect("a test reads every Chinese file inside the binary"));

impl Strings {
    /// The words of a language; read once.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// Says what is wrong with a theme file.
    pub fn theme_warning(&self, warning: &ThemeWarning) -> String {
        let n = &self.notices;
        let theme = ("theme", warning.theme.as_str().into());
        let line = ("line", warning.line.into());
        match &warning.fault {
            Fault::UnknownKey(key) => n.theme_unknown_key.fill(&[theme, line, ("key", key.into())]),
            Fault::BadValue { key, value } => {
                n.theme_bad_value.fill(&[theme, line, ("key", key.into()), ("value", value.into())])
            }
            Fault::Unreadable(why) => n.theme_unreadable.fill(&[theme, line, ("why", why.into())]),
            Fault::UnknownParent(parent) => n.theme_no_parent.fill(&[theme, ("parent", parent.into())]),
            Fault::Circle => n.theme_circle.fill(&[theme]),
        }
    }
}

#[cfg(test)]
mod tests;
