//! Where configuration, data, keys and logs live. Every place can be overridden by flag or environment.
//!
//! The store's key never lies under the data directory: a copy of the data alone must open nothing.

use std::ffi::OsString;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// What the command line says about places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
}

/// Every place that the program uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The configuration file; need not exist.
    pub config: PathBuf,
    /// Themes of the user; need not exist.
    pub themes: PathBuf,
    /// The store and what belongs to it: locks, backups.
    pub data: PathBuf,
    /// Store keys, one file per store id.
    pub keys: PathBuf,
    /// One store key that is used instead.
    pub key_file: Option<PathBuf>,
    /// Log files.
    pub log: PathBuf,
}

/// No place can be named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// Neither HOME nor the variables are set.
    #[error(
        "there is no home directory; set HOME, or PUSHDECK_CONFIG, PUSHDECK_DATA_DIR and PUSHDECK_LOG_DIR"
    )]
    NoHome,
}

impl Paths {
    /// Flags before environment before the usual places of the platform. `env` reads a variable.
    pub fn resolve(flags: &Overrides, env: impl Fn(&str) -> Option<OsString>) -> Result<Self, PathsError> {
        let var = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = var("HOME").or_else(|| etcetera::home_dir().ok());
        let base = |name: &str, below: &str| {
            // The variables of the base directory specification count only when absolute.
            var(name)
                .filter(|path| path.is_absolute())
                .or_else(|| home.as_ref().map(|home| home.join(below)))
                .or_else(|| platform(name))
                .map(|path| path.join("pushdeck"))
                .ok_or(PathsError::NoHome)
        };
        let config_home = base("XDG_CONFIG_HOME", ".config");
        let config = match flags.config.clone().or_else(|| var("PUSHDECK_CONFIG")) {
            Some(path) => path,
            None => config_home.clone()?.join("config.toml"),
        };
        let data = match flags.data_dir.clone().or_else(|| var("PUSHDECK_DATA_DIR")) {
            Some(path) => path,
            None => base("XDG_DATA_HOME", ".local/share")?,
        };
        let log = match var("PUSHDECK_LOG_DIR") {
            Some(path) => path,
            None => base("XDG_STATE_HOME", ".local/state")?.join("log"),
        };
        Ok(Self {
            themes: config.with_file_name("themes"),
            config,
            data,
            keys: config_home?.join("keys"),
            key_file: var("PUSHDECK_KEY_FILE"),
            log,
        })
    }

    /// The store's main file.
    pub fn store(&self) -> PathBuf {
        self.data.join("pushdeck.db")
    }
}

fn platform(name: &str) -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    match name {
        "XDG_CONFIG_HOME" => Some(base.config_dir()),
        "XDG_DATA_HOME" => Some(base.data_dir()),
        _ => base.state_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: &Overrides, vars: &[(&str, &str)]) -> Paths {
        Paths::resolve(flags, |name| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
        .expect("HOME is set")
    }

    #[test]
    fn places_follow_the_base_directories() {
        let paths = resolve(&Overrides::default(), &[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]);
        assert_eq!(paths.config, PathBuf::from("/h/.config/pushdeck/config.toml"));
        assert_eq!(paths.store(), PathBuf::from("/h/.local/share/pushdeck/pushdeck.db"));
        assert_eq!(paths.keys, PathBuf::from("/h/.config/pushdeck/keys"));
        assert_eq!(paths.log, PathBuf::from("/s/pushdeck/log"));
    }

    #[test]
    fn flags_come_before_the_environment() {
        let flags = Overrides { data_dir: Some("/flag".into()), config: None };
        let vars = [("HOME", "/h"), ("PUSHDECK_DATA_DIR", "/env"), ("PUSHDECK_CONFIG", "/c/x.toml")];
        let paths = resolve(&flags, &vars);
        assert_eq!((paths.data, paths.config), ("/flag".into(), "/c/x.toml".into()));
        assert_eq!(paths.themes, PathBuf::from("/c/themes"));
    }

    #[test]
    fn the_key_never_lies_under_the_data_directory() {
        let flags = Overrides { data_dir: Some("/data".into()), config: None };
        let paths = resolve(&flags, &[("HOME", "/h")]);
        assert!(!paths.keys.starts_with(&paths.data));
    }
}
