//! What every command stands on: places, configuration, language, who asks, the store and its sender.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::Globals;
use super::output::{Form, Output, Reply};
use crate::config::value::duration;
use crate::config::{Config, SendProcess};
use crate::delivery::caution::Caution;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::look::locale::{self, Lang};
use crate::look::strings::Strings;
use crate::paths::{Overrides, Paths};
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::seal::keyfile::KeyPlace;
use crate::sender::keeper::Launch;
use crate::sender::process::Running;
use crate::store::db::{Access, Db, Opening, wall_clock};
use crate::store::error::StoreError;

/// Opens a console: given by `main`, because this folder stands beside the console and knows nothing of it.
pub type Opener = fn(&mut Context) -> Result<Reply, Fault>;

/// The consoles that can be opened.
#[derive(Debug, Clone, Copy)]
pub struct Openers {
    /// Over the operator's store.
    pub console: Opener,
    /// Over sample people and the sandbox.
    pub demo: Opener,
}

/// What a command works with.
#[derive(Debug)]
pub struct Context {
    /// Flags that hold for every command.
    pub globals: Globals,
    /// Every place, absolute.
    pub paths: Paths,
    /// The configuration.
    pub config: Config,
    /// Where it prints.
    pub out: Output,
    /// The words of its language.
    pub words: &'static Strings,
    config_named: bool,
    /// The consoles.
    pub openers: Openers,
    stdin_taken: bool,
}

fn env(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn env_text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The language before the configuration is read: for mistakes in flags and in the configuration itself.
pub fn early_words(flag: Option<&str>) -> &'static Strings {
    Strings::of(locale::choose(flag, &env_text, None))
}

/// The form that the flags ask for.
pub const fn form(globals: &Globals) -> Form {
    match globals {
        Globals { json: true, .. } => Form::Json,
        Globals { jsonl: true, .. } => Form::Jsonl,
        Globals { plain: true, .. } => Form::Plain,
        _ => Form::Text,
    }
}

impl Context {
    /// Finds the places, reads the configuration, and warns of what nothing reads in it.
    pub fn new(globals: Globals, openers: Openers) -> Result<Self, Fault> {
        let flags = Overrides { data_dir: globals.data_dir.clone(), config: globals.config.clone() };
        let mut paths = Paths::resolve(&flags, env)?;
        for place in [&mut paths.config, &mut paths.themes, &mut paths.data, &mut paths.keys, &mut paths.log]
        {
            *place = absolute(place)?;
        }
        let key_file = globals.key_file.clone().or(paths.key_file.take());
        paths.key_file = key_file.map(|path| absolute(&path)).transpose()?;
        let named = globals.config.is_some() || env_text("PUSHDECK_CONFIG").is_some();
        let (config, unknown) = read_config(&paths.config, named)?;
        let lang: Lang = locale::choose(globals.lang.as_deref(), &env_text, config.language.as_deref());
        let words = Strings::of(lang);
        let mut out = Output::new(form(&globals), words);
        if let Some(tag) = globals.lang.as_deref().filter(|tag| Lang::from_tag(tag).is_none()) {
            out.warn(&words.cli.no_such_lang.fill(&[("lang", tag.into())]));
        }
        for one in unknown {
            let (path, line) =
                (paths.config.display().to_string(), i64::try_from(one.line).unwrap_or(i64::MAX));
            let values = [("path", (&path).into()), ("line", line.into()), ("key", (&one.key).into())];
            let said = words.reasons.config.unknown.fill(&values);
            out.warn(&crate::problem::reason::with_nearest(said, one.nearest, words));
        }
        Ok(Self { globals, paths, config, out, words, config_named: named, openers, stdin_taken: false })
    }

    /// Whether nothing may be changed.
    pub const fn is_read_only(&self) -> bool {
        self.globals.readonly || self.config.readonly
    }

    /// Where the store lies and how it is opened.
    pub fn opening(&self, access: Access) -> Opening {
        let key = match &self.paths.key_file {
            Some(file) => KeyPlace::File(file.clone()),
            None => KeyPlace::Folder(self.paths.keys.clone()),
        };
        let access = if self.is_read_only() { Access::ReadOnly } else { access };
        Opening {
            folder: self.paths.data.clone(),
            key,
            access,
            clock: wall_clock(),
            operator: self.operator(),
        }
    }

    /// The store, to look at.
    pub fn reader(&self) -> Result<Db, Fault> {
        Ok(self.opening(Access::Existing).open()?)
    }

    /// The store, to change; there must be one.
    pub fn writer(&self) -> Result<Db, Fault> {
        self.refuse_read_only()?;
        self.reader()
    }

    /// The store, to change; made if there is none.
    pub fn maker(&self) -> Result<Db, Fault> {
        self.refuse_read_only()?;
        Ok(self.opening(Access::Create).open()?)
    }

    /// Refuses what would change something.
    pub fn refuse_read_only(&self) -> Result<(), Fault> {
        if self.is_read_only() { Err(StoreError::ReadOnly.into()) } else { Ok(()) }
    }

    /// Whose name stands beside what is done: the one that was given, else the login, and over SSH from where.
    pub fn operator(&self) -> String {
        let named = self
            .globals
            .operator
            .clone()
            .or_else(|| env_text("PUSHDECK_OPERATOR"))
            .or_else(|| self.config.operator.clone());
        let name = named.unwrap_or_else(|| {
            let login = env_text("USER").or_else(|| env_text("LOGNAME")).unwrap_or_else(login_of_process);
            let peer =
                env_text("SSH_CONNECTION").and_then(|text| text.split_whitespace().next().map(str::to_owned));
            peer.map_or_else(|| login.clone(), |peer| format!("{login}@{peer}"))
        });
        scrub(&name, Cap::List).into_owned()
    }

    /// How long an idle sender stays.
    pub fn idle(&self) -> Duration {
        env_text("PUSHDECK_SEND_IDLE").and_then(|text| duration(&text)).unwrap_or(self.config.send.idle)
    }

    /// How a sender of this store runs.
    pub fn running(&self, idle: Option<Duration>) -> Running {
        let send = &self.config.send;
        Running {
            idle,
            proxy: self.config.proxy.as_ref().map(|proxy| proxy.expose().to_owned()),
            caution: Caution {
                growth: send.growth,
                lost: send.breaker,
                expire: send.expire,
                ..Caution::default()
            },
        }
    }

    /// Whether this command has to send by itself.
    pub fn sends_itself(&self) -> bool {
        self.config.send.process == SendProcess::InProcess
    }

    /// How a detached sender of this store is started.
    pub fn launch(&self) -> Result<Launch, Fault> {
        let program =
            std::env::current_exe().map_err(|source| Fault::System { doing: Doing::Program, source })?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut args = vec!["--data-dir".into(), text(&self.paths.data)];
        // One that was not asked for by name need not exist, and is found in the same place again.
        if self.config_named {
            args.extend(["--config".into(), text(&self.paths.config)]);
        }
        if let Some(key) = &self.paths.key_file {
            args.extend(["--key-file".into(), text(key)]);
        }
        args.extend((0..self.globals.verbose).map(|_| "-v".to_owned()));
        Ok(Launch { program, args, folder: self.paths.data.clone() })
    }

    /// Whether a question can be asked and answered.
    pub fn can_ask(&self) -> bool {
        !self.globals.no_input
            && !self.globals.yes
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal()
    }

    /// Asks before something costly, where somebody can answer; else the command itself is the answer.
    pub fn confirm(&mut self, question: &str) -> Result<(), Fault> {
        if !self.can_ask() {
            return Ok(());
        }
        self.out.progress(&format!("{question} "));
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(|source| Fault::System { doing: Doing::Answer, source })?;
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是") {
            return Ok(());
        }
        Err(Problem::new("unconfirmed", Exit::Confirm, &self.words.errors.unconfirmed).into())
    }

    /// Like `confirm`, for what replaces everything: where nobody can be asked, `--yes` has to say it.
    pub fn consent(&mut self, question: &str) -> Result<(), Fault> {
        if self.globals.yes || self.can_ask() {
            return self.confirm(question);
        }
        let e = &self.words.errors;
        Err(Problem::new("confirmation_missing", Exit::Confirm, &e.unconfirmed).hint(&e.needs_yes).into())
    }

    /// Reads a text from a file, or from standard input with `-`.
    pub fn read_text(&mut self, place: &str) -> Result<String, Fault> {
        let bytes = if place == "-" {
            if std::mem::replace(&mut self.stdin_taken, true) {
                return Err(Problem::new("stdin_twice", Exit::Usage, &self.words.errors.stdin_twice).into());
            }
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
                .map_err(|source| Fault::File { path: "-".into(), source })?;
            bytes
        } else {
            std::fs::read(place).map_err(|source| Fault::File { path: place.into(), source })?
        };
        String::from_utf8(bytes).map_err(|_| Fault::File {
            path: place.into(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8"),
        })
    }

    /// Reads a secret the same way: one trailing newline is dropped, and a file that others can read warns.
    pub fn read_secret(&mut self, place: &str) -> Result<Secret, Fault> {
        if place != "-" {
            self.warn_if_open(Path::new(place));
        }
        let text = self.read_text(place)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Secret::new(text.strip_suffix('\r').unwrap_or(text)))
    }

    fn warn_if_open(&mut self, path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        let Ok(about) = std::fs::metadata(path) else { return };
        // A pipe such as <(pass show token) is not a file that lies around.
        if about.is_file() && about.permissions().mode() & 0o077 != 0 {
            let path = path.display().to_string();
            let text = self.words.cli.secret_file_open.fill(&[("path", (&path).into())]);
            self.out.warn(&text);
        }
    }

    /// Splits `NAME=VALUE`.
    pub fn pair<'a>(&self, text: &'a str) -> Result<(&'a str, &'a str), Fault> {
        text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).map_or_else(
            || {
                // What stands there may be a secret without its name.
                let shown = if text.chars().count() > 24 { "…" } else { text };
                let summary = self.words.errors.pair_bad.fill(&[("text", shown.into())]);
                Err(Problem::new("usage", Exit::Usage, summary).into())
            },
            |(name, value)| Ok((name.trim(), value)),
        )
    }

    /// A usage mistake in words.
    pub fn usage(&self, summary: impl Into<String>) -> Fault {
        Problem::new("usage", Exit::Usage, summary).into()
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|source| Fault::File { path: path.to_owned(), source })
}

fn read_config(path: &Path, named: bool) -> Result<(Config, Vec<crate::config::read::UnknownKey>), Fault> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(Default::default()),
        Err(source) => {
            // One that was asked for by name and is not there is a data-file problem, not a missing id.
            return Err(Fault::ConfigFile { path: path.to_owned(), source });
        }
    };
    crate::config::read::read(&text).map_err(|source| Fault::Config { path: path.to_owned(), source })
}

/// The login of the user whom this process belongs to, where the environment says nothing: as cron and containers
/// start it.
fn login_of_process() -> String {
    let uid = rustix::process::getuid().as_raw();
    let of = |line: &str| {
        let mut parts = line.split(':');
        let (login, id) = (parts.next()?, parts.nth(1)?);
        (id.parse() == Ok(uid)).then(|| login.to_owned())
    };
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    known.lines().find_map(of).unwrap_or_else(|| format!("uid {uid}"))
}
