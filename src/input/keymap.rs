//! The key map: the defaults of `assets/keymap.toml` with the user's `[keys]` merged over them.
//!
//! One key has one meaning in a context: an action, or the start of a menu of two-key actions. What a
//! user's map gets wrong is reported by `conflicts` and in `warnings`, and never stops the start.

use std::collections::BTreeMap;
use std::fmt;

use super::action::Action;
use super::context::Context;
use super::key::{Code, Key, parse_sequence, print_sequence};
use crate::domain::nearest::nearest;

const DEFAULTS: &str = include_str!("../../assets/keymap.toml");

/// Keys to press, one or two.
pub type Keys = Vec<Key>;

/// One line of the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// What is pressed.
    pub keys: Keys,
    /// What that means.
    pub action: Action,
    /// Whether the user's configuration says so.
    pub by_user: bool,
}

/// What a key means in one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// An action.
    Act(Action),
    /// It opens a menu; the second keys and their actions.
    Menu(Vec<(Key, Action)>),
}

/// What is wrong with a map. Worded here because it names keys and action names, which are never translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// `[keys]` names an action that does not exist.
    UnknownAction {
        /// As written.
        name: String,
        /// The nearest name, if one is near.
        nearest: Option<&'static str>,
    },
    /// `[keys]` gives a text that is not a key.
    NotAKey {
        /// The action.
        action: Action,
        /// As written.
        text: String,
    },
    /// The key can never arrive, or belongs to the terminal, to SSH or to a multiplexer.
    Reserved {
        /// The action.
        action: Action,
        /// The key.
        keys: Keys,
    },
    /// Two actions want the same key at the same time.
    Clash {
        /// The key.
        keys: Keys,
        /// Who has it.
        first: Action,
        /// Who gets no chance.
        second: Action,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAction { name, nearest: Some(nearest) } => {
                write!(f, "[keys] `{name}` is not an action; did you mean `{nearest}`?")
            }
            Self::UnknownAction { name, nearest: None } => write!(f, "[keys] `{name}` is not an action"),
            Self::NotAKey { action, text } => {
                write!(f, "[keys] `{text}` for `{}` is not a key", action.name())
            }
            Self::Reserved { action, keys } => {
                write!(f, "[keys] {} for `{}` cannot be bound", print_sequence(keys), action.name())
            }
            Self::Clash { keys, first, second } => write!(
                f,
                "[keys] {} means `{}` and `{}`; `{}` wins",
                print_sequence(keys),
                first.name(),
                second.name(),
                first.name()
            ),
        }
    }
}

/// Which key means what, everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
    meanings: BTreeMap<(Context, Key), Meaning>,
    warnings: Vec<Warning>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with_user_keys(&BTreeMap::new())
    }
}

impl Keymap {
    /// The defaults with the user's keys merged over: action name → keys. The keys named replace all
    /// default keys of that action; an empty list leaves it to menu and palette.
    pub fn with_user_keys(user: &BTreeMap<String, Vec<String>>) -> Self {
        let mut bindings = default_bindings();
        let mut warnings = Vec::new();
        for (name, texts) in user {
            let Some(action) = Action::from_name(name) else {
                let nearest = nearest_name(name);
                warnings.push(Warning::UnknownAction { name: name.clone(), nearest });
                continue;
            };
            bindings.retain(|binding| binding.action != action);
            for text in texts {
                match parse_sequence(text) {
                    Err(_) => warnings.push(Warning::NotAKey { action, text: text.clone() }),
                    Ok(keys) if is_reserved(&keys) => warnings.push(Warning::Reserved { action, keys }),
                    Ok(keys) => {
                        bindings.extend(action.entry().contexts.iter().map(|context| Binding {
                            context: *context,
                            keys: keys.clone(),
                            action,
                            by_user: true,
                        }));
                    }
                }
            }
        }
        // The user's own keys come first, so that they win where they clash.
        bindings.sort_by_key(|binding| !binding.by_user);
        warnings.extend(clashes(&bindings));
        let meanings = meanings(&bindings);
        Self { bindings, meanings, warnings }
    }

    /// What `key` means in exactly this context.
    pub fn meaning(&self, context: Context, key: Key) -> Option<&Meaning> {
        self.meanings.get(&(context, key))
    }

    /// What is wrong with the user's part of the map.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Pairs of actions that want one key at the same time. Empty for the defaults.
    pub fn conflicts(&self) -> Vec<&Warning> {
        self.warnings.iter().filter(|warning| matches!(warning, Warning::Clash { .. })).collect()
    }

    /// Every line of the map, the user's first, for help and reference.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The first key of `action` in the contexts given, innermost first; what hints show.
    pub fn key_for(&self, action: Action, contexts: &[Context]) -> Option<String> {
        self.first_key(action, contexts, |_| true)
    }

    /// The same while text is typed: keys that would type something do not count.
    pub fn quiet_key_for(&self, action: Action, contexts: &[Context]) -> Option<String> {
        self.first_key(action, contexts, |keys| keys.iter().all(|key| key.typed().is_none()))
    }

    fn first_key(
        &self,
        action: Action,
        contexts: &[Context],
        counts: impl Fn(&[Key]) -> bool,
    ) -> Option<String> {
        contexts.iter().find_map(|context| {
            self.bindings
                .iter()
                .find(|one| one.action == action && one.context == *context && counts(&one.keys))
                .map(|binding| print_sequence(&binding.keys))
        })
    }

    /// The first key of `action` anywhere; what the palette teaches.
    pub fn any_key_for(&self, action: Action) -> Option<String> {
        self.key_for(action, action.entry().contexts)
    }
}

fn default_bindings() -> Vec<Binding> {
    let tables: BTreeMap<String, toml::Table> =
        toml::from_str(DEFAULTS).expect("the embedded key map is valid; a test reads it");
    let mut bindings = Vec::new();
    for context in Context::ALL {
        for (text, name) in tables.get(context.name()).into_iter().flatten() {
            let action = name.as_str().and_then(Action::from_name);
            let (Some(action), Ok(keys)) = (action, parse_sequence(text)) else { continue };
            bindings.push(Binding { context, keys, action, by_user: false });
        }
    }
    // The file is read into a sorted table; its own order decides which key hints show.
    bindings.sort_by_cached_key(|binding| {
        DEFAULTS.find(&format!("\"{}\" = \"{}\"", spelt(&binding.keys), binding.action.name()))
    });
    bindings
}

/// A key as the default file spells it: arrows by name.
fn spelt(keys: &[Key]) -> String {
    let word = |key: &Key| match key.code {
        Code::Up => "Up".to_owned(),
        Code::Down => "Down".to_owned(),
        Code::Left => "Left".to_owned(),
        Code::Right => "Right".to_owned(),
        _ => key.to_string(),
    };
    keys.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn meanings(bindings: &[Binding]) -> BTreeMap<(Context, Key), Meaning> {
    let mut meanings: BTreeMap<(Context, Key), Meaning> = BTreeMap::new();
    for binding in bindings {
        match binding.keys[..] {
            [key] => {
                meanings.entry((binding.context, key)).or_insert(Meaning::Act(binding.action));
            }
            [prefix, second] => {
                let menu = meanings.entry((binding.context, prefix)).or_insert(Meaning::Menu(Vec::new()));
                if let Meaning::Menu(lines) = menu
                    && lines.iter().all(|(key, _)| *key != second)
                {
                    lines.push((second, binding.action));
                }
            }
            // The parser gives one or two keys.
            _ => {}
        }
    }
    meanings
}

fn clashes(bindings: &[Binding]) -> Vec<Warning> {
    let mut found: Vec<Warning> = Vec::new();
    for (index, first) in bindings.iter().enumerate() {
        for second in &bindings[index + 1..] {
            let overlap = first.keys == second.keys
                || (first.keys.len() != second.keys.len() && first.keys[0] == second.keys[0]);
            // A section's own key may stand before a general one in the defaults: `u` recalls first.
            let deliberate = !first.by_user && !second.by_user && first.context != second.context;
            if overlap && !deliberate && first.action != second.action && first.context.meets(second.context)
            {
                let clash =
                    Warning::Clash { keys: first.keys.clone(), first: first.action, second: second.action };
                if !found.contains(&clash) {
                    found.push(clash);
                }
            }
        }
    }
    found
}

/// Keys that must never be bound: they belong to SSH, tmux, flow control, the terminal driver or
/// zellij, or they are the same byte as another key.
pub fn is_reserved(keys: &[Key]) -> bool {
    keys.iter().any(|key| match key.code {
        Code::Char('~') => !key.mods.alt,
        Code::Char(c) if key.mods.ctrl => "bsq\\]^gnot".contains(c),
        Code::F(10 | 11) => true,
        _ => false,
    })
}

fn nearest_name(name: &str) -> Option<&'static str> {
    nearest(name, crate::input::action::Action::ALL.iter().map(|action| action.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(pairs: &[(&str, &[&str])]) -> Keymap {
        let keys = pairs
            .iter()
            .map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()))
            .collect();
        Keymap::with_user_keys(&keys)
    }

    #[test]
    fn every_line_of_the_default_map_is_understood_and_fits_its_table() {
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(DEFAULTS).expect("valid toml");
        for (context, lines) in &tables {
            let context = Context::from_name(context).expect(context);
            for (key, name) in lines {
                let action = Action::from_name(name).unwrap_or_else(|| unreachable!("{name}"));
                assert!(action.entry().contexts.contains(&context), "{name} in {context:?}");
                let keys = parse_sequence(key).expect(key);
                assert!(!is_reserved(&keys), "{key}");
                assert_eq!(spelt(&keys), *key);
            }
        }
        let lines: usize = tables.values().map(BTreeMap::len).sum();
        assert_eq!(Keymap::default().bindings().len(), lines);
    }

    #[test]
    fn the_defaults_have_no_conflict() {
        assert_eq!(Keymap::default().warnings(), []);
    }

    #[test]
    fn every_action_has_a_key_in_every_context_that_it_names() {
        let keymap = Keymap::default();
        for action in Action::ALL {
            for context in action.entry().contexts {
                assert!(
                    keymap.key_for(*action, &[*context]).is_some(),
                    "{} has no key in {}",
                    action.name(),
                    context.name()
                );
            }
        }
    }

    #[test]
    fn letters_delete_nothing_to_the_left_while_they_are_commands() {
        let keymap = Keymap::default();
        for context in Context::ALL.into_iter().filter(|context| !context.takes_text()) {
            assert_eq!(keymap.meaning(context, Key::plain(Code::Backspace)), None);
        }
    }

    #[test]
    fn a_remapped_action_moves_to_its_new_key_everywhere() {
        let keymap = user(&[("pause", &["P"])]);
        for context in [Context::Outbox, Context::Channels] {
            assert_eq!(keymap.meaning(context, Key::char('P')), Some(&Meaning::Act(Action::Pause)));
            assert_eq!(keymap.meaning(context, Key::char('p')), None);
        }
        assert_eq!(keymap.warnings(), []);
        assert_eq!(keymap.any_key_for(Action::Pause).as_deref(), Some("P"));
    }

    #[test]
    fn a_clash_names_both_actions_and_the_users_key_wins() {
        let keymap = user(&[("pause", &["x"])]);
        let text = keymap.conflicts().iter().map(ToString::to_string).collect::<String>();
        assert!(text.contains("`pause` and `actions`"), "{text}");
        assert_eq!(keymap.meaning(Context::Outbox, Key::char('x')), Some(&Meaning::Act(Action::Pause)));
    }

    #[test]
    fn what_cannot_be_bound_is_said_and_the_rest_holds() {
        let keymap = user(&[("pauze", &["P"]), ("resume", &["Ctrl-S", "nonsense", "R"])]);
        let texts: Vec<_> = keymap.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "[keys] `pauze` is not an action; did you mean `pause`?",
                "[keys] Ctrl-S for `resume` cannot be bound",
                "[keys] `nonsense` for `resume` is not a key",
            ]
        );
        assert_eq!(keymap.any_key_for(Action::Resume).as_deref(), Some("R"));
    }
}
