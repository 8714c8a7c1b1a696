//! Changes one key of the configuration file and leaves everything else of it as it was: order, comments,
//! blank lines. The result is read as a start would read it before it replaces the file.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::read::{ConfigError, Wrong, read};
use crate::domain::nearest::nearest;

/// The key was not set; the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// Nothing reads such a key.
    #[error("nothing reads `{key}`")]
    UnknownKey {
        /// The key as given.
        key: String,
        /// The nearest key that is read, if one is near.
        nearest: Option<&'static str>,
    },
    /// The value does not fit the key, or the file could not be read before.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// The text of a configuration file with `key` set to `value`.
///
/// A value is a text, unless only a number, a switch or a list fits the key.
pub fn set(source: &str, key: &str, value: &str) -> Result<String, SetError> {
    read(source)?;
    let document: DocumentMut = source.parse().map_err(|error: toml_edit::TomlError| ConfigError {
        line: 1,
        column: 1,
        what: Wrong::Toml(error.message().to_owned()),
    })?;
    let text = with(&document, key, Value::from(value));
    let bare = value.parse::<Value>().ok().map(|value| with(&document, key, value));
    let candidates = if value.starts_with('[') { [bare, Some(text)] } else { [Some(text), bare] };
    let mut wrong = None;
    for candidate in candidates.into_iter().flatten() {
        match read(&candidate) {
            Ok((_, unknown)) => {
                let is_it = |one: &super::read::UnknownKey| {
                    one.key == key || key.strip_prefix(&one.key).is_some_and(|rest| rest.starts_with('.'))
                };
                return match unknown.into_iter().find(is_it) {
                    Some(one) => Err(SetError::UnknownKey { key: one.key, nearest: one.nearest }),
                    None => Ok(candidate),
                };
            }
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    // Unreachable in practice: the text candidate always exists and was either taken or refused above.
    Err(wrong
        .map_or_else(|| SetError::UnknownKey { key: key.to_owned(), nearest: nearest(key, []) }, Into::into))
}

fn with(document: &DocumentMut, key: &str, value: Value) -> String {
    let mut document = document.clone();
    let (table, name) = match key.split_once('.') {
        Some((table, name)) => {
            let section = document.entry(table).or_insert(Item::Table(Table::new()));
            (section.as_table_like_mut(), name)
        }
        None => (Some(document.as_table_mut() as &mut dyn toml_edit::TableLike), key),
    };
    if let Some(table) = table {
        match table.get_mut(name).and_then(Item::as_value_mut) {
            // The comment behind the old value stays.
            Some(old) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            None => drop(table.insert(name, Item::Value(value))),
        }
    }
    document.to_string()
}

/// Sets `key` in the file at `path`, which is made if there is none, and replaced only when it is whole.
pub fn set_in_file(path: &Path, key: &str, value: &str) -> Result<(), SetError> {
    // A link stays a link: what it leads to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (source, mode) = match std::fs::read_to_string(&path) {
        Ok(source) => (source, Some(std::fs::metadata(&path)?.permissions())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (String::new(), None),
        Err(error) => return Err(error.into()),
    };
    let changed = set(&source, key, value)?;
    if changed == source {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder)?;
    // Made with mode 0600; an existing file keeps its own.
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(changed.as_bytes())?;
    if let Some(mode) = mode {
        whole.as_file().set_permissions(mode)?;
    }
    whole.as_file().sync_all()?;
    whole.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_changed_and_everything_else_stays() {
        let source = "# mine\ntheme = \"dark\" # at night\n\n[send]\nidle = \"1s\"\n";
        let changed = set(source, "theme", "light").expect("set");
        assert_eq!(changed, source.replace("dark", "light"));
        let changed = set(source, "send.undo", "30s").expect("set");
        assert_eq!(changed, format!("{source}undo = \"30s\"\n"));
    }

    #[test]
    fn a_new_key_and_a_new_table_find_their_place() {
        assert_eq!(set("", "theme", "dark").expect("set"), "theme = \"dark\"\n");
        let changed = set("[send]\nidle = \"1s\"\n", "theme", "dark").expect("set");
        assert_eq!(read(&changed).expect("valid").0.theme.as_deref(), Some("dark"));
        let changed = set("theme = \"dark\"\n", "ui.ambiguous", "2").expect("set");
        assert_eq!(read(&changed).expect("valid").0.ui.ambiguous, Some(2));
    }

    #[test]
    fn a_value_gets_the_type_that_its_key_takes() {
        for (key, value, line) in [
            ("readonly", "true", "readonly = true\n"),
            ("operator", "true", "operator = \"true\"\n"),
            ("ui.color", "16", "[ui]\ncolor = \"16\"\n"),
            ("send.growth", "7", "[send]\ngrowth = 7\n"),
            ("keys.pause", "P", "[keys]\npause = \"P\"\n"),
            ("keys.pause", "[\"P\", \"F7\"]", "[keys]\npause = [\"P\", \"F7\"]\n"),
        ] {
            assert_eq!(set("", key, value).expect(key), line, "{key}");
        }
    }

    #[test]
    fn what_nothing_reads_and_what_does_not_fit_is_refused() {
        assert!(matches!(set("", "foo.bar", "1"), Err(SetError::UnknownKey { .. })));
        let unknown = set("", "ui.themes", "x").expect_err("unknown");
        assert!(matches!(&unknown, SetError::UnknownKey { key, .. } if key == "ui.themes"), "{unknown}");
        let wrong = set("", "readonly", "perhaps").expect_err("wrong").to_string();
        assert!(wrong.contains("`readonly` must be true or false"), "{wrong}");
        assert!(matches!(set("theme = \n", "theme", "dark"), Err(SetError::Config(_))));
    }

    #[test]
    fn the_file_is_made_private_and_an_existing_one_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deeper/config.toml");
        let mode = || std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        set_in_file(&path, "theme", "dark").expect("set");
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("changed");
        set_in_file(&path, "language", "en").expect("set");
        assert_eq!(mode(), 0o640);
        let text = std::fs::read_to_string(&path).expect("there");
        assert_eq!(text, "theme = \"dark\"\nlanguage = \"en\"\n");
    }
}
