//! Which language to speak: flag, `PUSHDECK_LANG`, config, the system's locale, English.

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The tag in config and on the command line.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Reads a tag such as `zh`, `zh-CN`, `zh_TW.UTF-8`, `en_US`. `None` for a language that we do not speak.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The language to speak. What cannot be understood is passed over, so that a typing mistake in the
/// config never stops the start; whoever reads flag and config warns of it.
pub fn choose(flag: Option<&str>, env: &dyn Fn(&str) -> Option<String>, config: Option<&str>) -> Lang {
    let of_env = |name: &str| env(name).filter(|value| !value.is_empty());
    let system = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(of_env);
    flag.and_then(Lang::from_tag)
        .or_else(|| of_env("PUSHDECK_LANG").as_deref().and_then(Lang::from_tag))
        .or_else(|| config.and_then(Lang::from_tag))
        .or_else(|| system().as_deref().and_then(Lang::from_tag))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(flag: Option<&str>, env: &[(&str, &str)], config: Option<&str>) -> Lang {
        let lookup =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        choose(flag, &lookup, config)
    }

    #[test]
    fn the_flag_wins_then_our_variable_then_config_then_the_system() {
        let zh = ("LANG", "zh_CN.UTF-8");
        assert_eq!(chosen(None, &[], None), Lang::En);
        assert_eq!(chosen(None, &[zh], None), Lang::Zh);
        assert_eq!(chosen(None, &[zh, ("LC_ALL", "C")], None), Lang::En);
        assert_eq!(chosen(None, &[zh, ("LC_MESSAGES", "en_GB")], None), Lang::En);
        assert_eq!(chosen(None, &[zh, ("LC_ALL", "")], None), Lang::Zh);
        assert_eq!(chosen(None, &[zh], Some("en")), Lang::En);
        assert_eq!(chosen(None, &[("PUSHDECK_LANG", "zh")], Some("en")), Lang::Zh);
        assert_eq!(chosen(Some("en"), &[("PUSHDECK_LANG", "zh")], None), Lang::En);
        assert_eq!(chosen(Some("klingon"), &[zh], None), Lang::Zh);
        assert_eq!(Lang::from_tag("zh_TW"), Some(Lang::Zh));
    }
}
