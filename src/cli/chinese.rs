//! The help of the command line in Chinese, and what is wrong with a line.
//!
//! The grammar carries its help in English, beside what it describes. The Chinese texts stand in one file, each under
//! its English one, as message catalogues do; a test keeps the file whole.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use crate::look::strings::Strings;

static TEXTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/locales/zh-CN/help.toml"))
        .expect("a test reads the file inside the binary")
});

const TEMPLATE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

fn chinese(english: &str) -> Option<&'static str> {
    TEXTS.get(english).map(String::as_str)
}

/// The same grammar with its help in Chinese.
pub fn command(command: Command) -> Command {
    with_usage(translated(command), "pushdeck")
}

fn translated(command: Command) -> Command {
    let is_root = command.get_name() == "pushdeck";
    let about = command.get_about().map(ToString::to_string);
    let after = command.get_after_help().map(ToString::to_string);
    // Under a heading of their own they would stand in the order of the alphabet.
    let mut place = 0;
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let heading = match arg.get_help_heading() {
                Some(_) => "全局选项",
                None if arg.is_positional() => "参数",
                None => "选项",
            };
            let help = arg.get_help().map(ToString::to_string);
            let mut arg = arg.help_heading(heading);
            if arg.is_positional() {
                arg = arg.display_order(place);
                place += 1;
            }
            match help.as_deref().and_then(chinese) {
                Some(text) => {
                    if !arg.get_action().takes_values() {
                        return arg.help(text);
                    }
                    let text = format!("{text}{}", values(&arg));
                    arg.help(text).hide_possible_values(true).hide_default_value(true)
                }
                None => arg,
            }
        })
        .arg(flag("help", 'h', ArgAction::Help, "显示帮助"));
    if is_root {
        command =
            command.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version, "显示版本"));
    }
    command = command.subcommand_value_name("命令");
    if let Some(text) = about.as_deref().and_then(chinese) {
        command = command.about(text);
    }
    if let Some(text) = after.as_deref().and_then(chinese) {
        command = command.after_help(text);
    }
    command.mut_subcommands(translated)
}

/// What a value may be, and what it is otherwise: clap can say that in English alone.
fn values(arg: &Arg) -> String {
    let possible = arg.get_possible_values();
    let shown: Vec<String> = possible
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| {
            let help = value.get_help().map(ToString::to_string);
            match help
                .as_deref()
                .and_then(chinese)
                .filter(|text| !text.eq_ignore_ascii_case(value.get_name()))
            {
                Some(text) => format!("{}（{text}）", value.get_name()),
                None => value.get_name().to_owned(),
            }
        })
        .collect();
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let says = |label: &str, text: String| (!text.is_empty()).then(|| format!("{label}{text}"));
    let parts = [says("可选 ", shown.join("、")), says("默认 ", default.join("、"))];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { String::new() } else { format!("；{}", said.join("；")) }
}

/// `pushdeck send [选项] …`: how a command is called.
fn with_usage(mut command: Command, path: &str) -> Command {
    let line = command.clone().bin_name(path).render_usage().to_string();
    let line = line.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[选项]");
    // Before the grammar is built it does not know that the global options hold here too.
    let line = match line.strip_prefix(path) {
        Some(rest) if !line.contains("[选项]") => format!("{path} [选项]{rest}"),
        _ => line,
    };
    command = command.override_usage(line);
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |sub| with_usage(sub, &path));
    }
    command
}

fn flag(name: &'static str, short: char, action: ArgAction, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).action(action).help(help).help_heading("选项")
}

/// What is wrong with the line, in the operator's words; nothing where only clap can say it.
pub fn mistake(error: &clap::Error, words: &Strings) -> Option<String> {
    let e = &words.errors;
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(" ")),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        Some(ContextValue::StyledStrs(texts)) => {
            Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    let arg = text(ContextKind::InvalidArg).unwrap_or_default();
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let (arg, value) = (("arg", arg.as_str().into()), ("value", value.as_str().into()));
    let said = match error.kind() {
        ErrorKind::UnknownArgument => e.usage_unknown.fill(&[arg]),
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            e.usage_command.fill(&[("arg", word.as_str().into())])
        }
        ErrorKind::InvalidValue if text(ContextKind::InvalidValue).is_some_and(|value| value.is_empty()) => {
            e.usage_no_value.fill(&[arg])
        }
        ErrorKind::InvalidValue => {
            let valid = text(ContextKind::ValidValue).unwrap_or_default();
            e.usage_choice.fill(&[arg, value, ("valid", valid.as_str().into())])
        }
        ErrorKind::ValueValidation => e.usage_value.fill(&[arg, value]),
        ErrorKind::MissingRequiredArgument => e.usage_missing.fill(&[arg]),
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg).unwrap_or_default();
            e.usage_conflict.fill(&[arg, ("other", other.as_str().into())])
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            e.usage_which.clone()
        }
        _ => return None,
    };
    Some(said)
}

/// What was perhaps meant, and how the command is called.
pub fn hint(error: &clap::Error, words: &Strings) -> String {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        // The likeliest stands last.
        Some(ContextValue::Strings(texts)) => texts.last().cloned().unwrap_or_default(),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let kinds = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let meant = kinds.into_iter().map(texts).find(|text| !text.is_empty());
    let usage = texts(ContextKind::Usage);
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let e = &words.errors;
    let parts = [
        meant.map(|meant| e.usage_meant.fill(&[("meant", meant.as_str().into())])),
        Some(usage)
            .filter(|usage| !usage.is_empty())
            .map(|usage| e.usage_line.fill(&[("line", usage.into())])),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn texts(command: &Command, all: &mut BTreeSet<String>) {
        let about = command.get_about().map(ToString::to_string);
        let after = command.get_after_help().map(ToString::to_string);
        let helps = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(Arg::get_help);
        let values: Vec<String> = command
            .get_arguments()
            .filter(|arg| !arg.is_hide_set())
            .flat_map(Arg::get_possible_values)
            .filter_map(|value| value.get_help().map(ToString::to_string))
            .collect();
        let texts_here = about.into_iter().chain(after).chain(helps.map(ToString::to_string)).chain(values);
        // The sandbox's table is what its servers say.
        all.extend(texts_here.filter(|text| !text.starts_with("word ")));
        command.get_subcommands().filter(|sub| !sub.is_hide_set()).for_each(|sub| texts(sub, all));
    }

    #[test]
    fn every_help_text_has_its_chinese_one_and_none_is_left_over() {
        let mut all = BTreeSet::new();
        texts(&Cli::command(), &mut all);
        let missing: Vec<&String> = all.iter().filter(|text| chinese(text).is_none()).collect();
        assert!(missing.is_empty(), "without a Chinese text: {missing:#?}");
        let unused: Vec<&String> = TEXTS.keys().filter(|text| !all.contains(*text)).collect();
        assert!(unused.is_empty(), "said by nobody: {unused:#?}");
    }

    #[test]
    fn the_chinese_grammar_is_the_same_and_sound() {
        command(Cli::command()).debug_assert();
        let found = command(Cli::command()).try_get_matches_from(["pushdeck", "--json", "channel", "list"]);
        assert!(found.is_ok_and(|found| found.get_flag("json")));
    }

    /// What clap itself says in English stands nowhere.
    #[test]
    fn no_help_has_an_english_word_of_claps() {
        fn each(command: &mut Command, seen: &mut Vec<String>) {
            seen.push(command.render_long_help().to_string());
            command.get_subcommands_mut().for_each(|sub| each(sub, seen));
        }
        let mut all = Vec::new();
        each(&mut command(Cli::command()), &mut all);
        for help in all {
            for word in ["Possible", "possible", "[default", "OPTIONS", "COMMAND>", "COMMAND]"] {
                assert!(!help.contains(word), "{word} in {help}");
            }
        }
    }

    #[test]
    fn what_stands_first_in_the_line_is_explained_first() {
        let mut grammar = command(Cli::command());
        let inbox = grammar.find_subcommand_mut("inbox").expect("inbox");
        let help = inbox.find_subcommand_mut("reply").expect("reply").render_long_help().to_string();
        let (_, help) = help.split_once("参数").expect("arguments");
        assert!(help.find("<WHO>") < help.find("<TEXT>"), "{help}");
    }

    #[test]
    fn mistakes_are_told_in_words() {
        let words = Strings::of(crate::look::locale::Lang::Zh);
        for (line, part) in [
            (&["pushdeck", "--jsno"][..], "--jsno"),
            (&["pushdeck", "chanel"], "chanel"),
            (&["pushdeck", "channel", "add", "x"], "--kind"),
            (&["pushdeck", "send", "--to", "x", "--format", "pdf", "-"], "pdf"),
        ] {
            let error = command(Cli::command()).try_get_matches_from(line).expect_err("a mistake");
            let said = mistake(&error, words).expect("words");
            assert!(said.contains(part) && !said.is_ascii(), "{said}");
        }
    }
}
