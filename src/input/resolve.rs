//! What a key means, given the contexts that have the focus.

use super::action::Action;
use super::context::Context;
use super::key::Key;
use super::keymap::{Keymap, Meaning};

/// The meaning of one key press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Do this.
    Act(Action),
    /// It is text for the field that has the focus.
    Text(char),
    /// It opens the menu of this prefix; second keys and actions, innermost context first.
    Menu(Key, Vec<(Key, Action)>),
    /// A character of another script where letters are commands: the input method is on.
    Foreign,
    /// Nothing is bound to it.
    Nothing,
}

/// Looks `key` up in a stack of contexts, innermost first.
pub fn resolve(keymap: &Keymap, contexts: &[Context], key: Key) -> Resolved {
    let key = key.normalise();
    if contexts.iter().any(|context| context.takes_text()) {
        if let Some(c) = key.typed() {
            return Resolved::Text(c);
        }
        return look_up(keymap, contexts, key).unwrap_or(Resolved::Nothing);
    }
    if let Some(found) = look_up(keymap, contexts, key) {
        return found;
    }
    let folded = key.fold().normalise();
    if folded != key
        && let Some(found) = look_up(keymap, contexts, folded)
    {
        return found;
    }
    if key.typed().is_some_and(|c| !c.is_ascii()) { Resolved::Foreign } else { Resolved::Nothing }
}

fn look_up(keymap: &Keymap, contexts: &[Context], key: Key) -> Option<Resolved> {
    let mut menu: Vec<(Key, Action)> = Vec::new();
    for context in contexts {
        match keymap.meaning(*context, key) {
            Some(Meaning::Act(action)) if menu.is_empty() => return Some(Resolved::Act(*action)),
            Some(Meaning::Menu(lines)) => {
                for line in lines {
                    if menu.iter().all(|(second, _)| *second != line.0) {
                        menu.push(*line);
                    }
                }
            }
            Some(Meaning::Act(_)) | None => {}
        }
    }
    (!menu.is_empty()).then_some(Resolved::Menu(key, menu))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::key::Code;

    const LIST: [Context; 5] =
        [Context::Outbox, Context::Table, Context::Move, Context::Nav, Context::System];
    const TITLE: [Context; 5] =
        [Context::Line, Context::Type, Context::Compose, Context::Nav, Context::System];

    fn in_list(key: Key) -> Resolved {
        resolve(&Keymap::default(), &LIST, key)
    }

    fn in_title(key: Key) -> Resolved {
        resolve(&Keymap::default(), &TITLE, key)
    }

    #[test]
    fn a_letter_is_a_command_in_a_list_and_text_in_a_field() {
        assert_eq!(in_list(Key::char('p')), Resolved::Act(Action::Pause));
        assert_eq!(in_title(Key::char('p')), Resolved::Text('p'));
        assert_eq!(in_title(Key::char('：')), Resolved::Text('：'));
        assert_eq!(in_title(Key::char(' ')), Resolved::Text(' '));
    }

    #[test]
    fn keys_that_type_nothing_keep_their_meaning_while_typing() {
        assert_eq!(in_title(Key::plain(Code::F(3))), Resolved::Act(Action::TogglePreview));
        assert_eq!(in_title(Key::ctrl('p')), Resolved::Act(Action::Palette));
        assert_eq!(in_title(Key::plain(Code::F(1))), Resolved::Act(Action::Help));
        assert_eq!(in_title(Key::ctrl('c')), Resolved::Act(Action::Cancel));
        assert_eq!(in_title(Key::plain(Code::Esc)), Resolved::Act(Action::EndTyping));
        assert_eq!(in_title(Key::ctrl('u')), Resolved::Act(Action::CutToStart));
        assert_eq!(in_list(Key::ctrl('u')), Resolved::Act(Action::HalfUp));
    }

    #[test]
    fn a_section_goes_before_what_holds_everywhere() {
        assert_eq!(in_list(Key::char('u')), Resolved::Act(Action::Recall));
    }

    #[test]
    fn a_prefix_opens_one_menu_of_all_contexts() {
        let Resolved::Menu(prefix, lines) = in_list(Key::char('g')) else {
            unreachable!("g is a prefix");
        };
        assert_eq!(prefix, Key::char('g'));
        assert!(lines.contains(&(Key::char('g'), Action::First)));
        assert!(lines.contains(&(Key::char('s'), Action::GoSubscriber)));
    }

    #[test]
    fn an_input_method_left_on_still_commands_and_never_types() {
        assert_eq!(in_list(Key::char('？')), Resolved::Act(Action::Help));
        assert_eq!(in_list(Key::char('、')), Resolved::Act(Action::Filter));
        assert_eq!(in_list(Key::char('１')), Resolved::Act(Action::ShowOutbox));
        assert_eq!(in_list(Key::char('中')), Resolved::Foreign);
        assert_eq!(in_list(Key::char('~')), Resolved::Nothing);
    }
}
