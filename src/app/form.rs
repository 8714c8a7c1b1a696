//! Forms: fields with a value, a finding and whether they were touched; the focus moves among them.
//!
//! Shared by every screen that edits a record. Errors show under a field once it was left; saving
//! moves the focus to the first one. A secret field keeps what is typed in a `Secret` and never gives
//! it to a view.

pub mod line;
pub mod sheet;

use line::Line;

use super::screen::{Focus, Typed};
use crate::domain::secret::Secret;
use crate::input::action::Action;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text of one line.
    Text(Line),
    /// A credential: write-only. What is stored shows as `stored`, a masked form.
    Secret {
        /// What is being typed; nothing means: keep what is stored.
        typed: SecretLine,
        /// The masked form of what is stored.
        stored: Option<String>,
    },
    /// One of several words.
    Choice {
        /// The words, never translated; the view finds their labels.
        words: Vec<String>,
        /// Which one.
        chosen: usize,
    },
    /// A tick box.
    Tick(bool),
}

/// A line that does not show itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SecretLine(Line);

impl std::fmt::Debug for SecretLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl SecretLine {
    /// How many characters were typed; what a view shows as `*`.
    pub fn len(&self) -> usize {
        self.0.text().chars().count()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.text().is_empty()
    }

    /// How many characters stand before the caret.
    pub fn caret(&self) -> usize {
        self.0.before_caret().chars().count()
    }

    /// What was typed.
    pub fn secret(&self) -> Secret {
        Secret::new(self.0.text())
    }
}

/// What is wrong with a value, or worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it keeps the form from being saved.
    pub grave: bool,
    /// The check's name, which the view puts into words, with its numbers and names.
    pub what: String,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name: the key of its label and of its value.
    pub name: String,
    /// What it holds.
    pub value: Value,
    /// What its owner's check says.
    pub finding: Option<Finding>,
    /// It was left once, so that its finding shows.
    pub touched: bool,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// The fields, top to bottom.
    pub fields: Vec<Field>,
    /// Which one has the focus.
    pub focus: usize,
    /// Whether keys are typed: a choice takes them as well, so that none is read as a command between two
    /// texts.
    pub typing: bool,
    /// Something was changed since it was opened or saved.
    pub dirty: bool,
}

/// What came of an action in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum FormTurn {
    /// Not the form's.
    NotMine,
    /// The focus or the caret moved.
    Moved,
    /// A value changed: check it again.
    Changed,
    /// The focus went past the last field (`Next`) or before the first one.
    Left,
}

impl Field {
    /// A text field.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Value::Text(Line::new(value)))
    }

    /// A secret field; `stored` is the masked form of what is stored.
    pub fn secret(name: impl Into<String>, stored: Option<String>) -> Self {
        Self::new(name, Value::Secret { typed: SecretLine::default(), stored })
    }

    /// A choice among words; the first one if `chosen` is none of them.
    pub fn choice(name: impl Into<String>, words: Vec<String>, chosen: &str) -> Self {
        let chosen = words.iter().position(|word| word == chosen).unwrap_or(0);
        Self::new(name, Value::Choice { words, chosen })
    }

    /// A tick box.
    pub fn tick(name: impl Into<String>, on: bool) -> Self {
        Self::new(name, Value::Tick(on))
    }

    fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value, finding: None, touched: false }
    }

    /// The value as a word: the text, the chosen word, `true` or `false`; a secret gives nothing.
    pub fn word(&self) -> &str {
        match &self.value {
            Value::Text(line) => line.text(),
            Value::Secret { .. } => "",
            Value::Choice { words, chosen } => words.get(*chosen).map_or("", String::as_str),
            Value::Tick(on) => {
                if *on {
                    "true"
                } else {
                    "false"
                }
            }
        }
    }

    /// The secret that was typed, if one was.
    pub fn typed_secret(&self) -> Option<Secret> {
        match &self.value {
            Value::Secret { typed, .. } if !typed.is_empty() => Some(typed.secret()),
            _ => None,
        }
    }

    /// Whether it takes text.
    pub const fn takes_text(&self) -> bool {
        matches!(self.value, Value::Text(_) | Value::Secret { .. })
    }

    /// The next choice, or the other side of a tick box; false if it is neither.
    fn turn(&mut self, by: isize) -> bool {
        match &mut self.value {
            Value::Tick(on) => *on = !*on,
            Value::Choice { words, chosen } if !words.is_empty() => {
                *chosen = (*chosen as isize + by).rem_euclid(words.len() as isize) as usize;
            }
            _ => return false,
        }
        true
    }

    fn choose_by(&mut self, c: char) -> bool {
        if c == ' ' {
            return self.turn(1);
        }
        let Value::Choice { words, chosen } = &mut self.value else { return false };
        let begins = |word: &String| word.to_lowercase().starts_with(c.to_ascii_lowercase());
        let (upto, after) = words.split_at((*chosen + 1).min(words.len()));
        let found = after.iter().position(begins).map(|at| at + upto.len());
        let Some(at) = found.or_else(|| upto.iter().position(begins)) else { return false };
        *chosen = at;
        true
    }

    fn line(&mut self) -> Option<&mut Line> {
        match &mut self.value {
            Value::Text(line) => Some(line),
            Value::Secret { typed, .. } => Some(&mut typed.0),
            Value::Choice { .. } | Value::Tick(_) => None,
        }
    }
}

impl Form {
    /// A form with the focus on its first field.
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields, ..Self::default() }
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of this name, to set its finding or value.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// The value of a field as a word; empty if there is no such field.
    pub fn word(&self, name: &str) -> &str {
        self.field(name).map_or("", Field::word)
    }

    /// The field that has the focus.
    pub fn focused(&self) -> Option<&Field> {
        self.fields.get(self.focus)
    }

    /// Shows every finding and moves the focus to the first grave one; false if there is one.
    pub fn ready(&mut self) -> bool {
        self.fields.iter_mut().for_each(|field| field.touched = true);
        let grave = |field: &Field| field.finding.as_ref().is_some_and(|finding| finding.grave);
        let first = self.fields.iter().position(grave);
        if let Some(first) = first {
            self.focus = first;
        }
        first.is_none()
    }

    /// Takes typed or pasted text into the focused field: a choice turns on Space and goes to the word that
    /// begins with the letter.
    pub fn text(&mut self, typed: &Typed) {
        let Some(field) = self.fields.get_mut(self.focus) else { return };
        let Some(line) = field.line() else {
            let turned = match typed {
                Typed::Char(c) => field.choose_by(*c),
                Typed::Paste(_) => false,
            };
            self.dirty |= turned;
            return;
        };
        match typed {
            Typed::Char(c) => line.type_char(*c),
            Typed::Paste(pasted) => line.paste(pasted),
        }
        self.dirty = true;
    }

    /// Carries out an action of the contexts Form, Type and Line.
    pub fn act(&mut self, action: Action) -> FormTurn {
        match action {
            Action::Edit if self.focused().is_some_and(Field::takes_text) => self.typing = true,
            Action::Edit | Action::Toggle => return self.toggle(1),
            Action::EndTyping => self.end_typing(),
            Action::Next | Action::TakeLine | Action::Down => return self.step(1),
            Action::Previous | Action::Up => return self.step(-1),
            Action::Left if !self.types_text() => return self.toggle(-1),
            Action::Right if !self.types_text() => return self.toggle(1),
            _ => return self.edit(action),
        }
        FormTurn::Moved
    }

    fn edit(&mut self, action: Action) -> FormTurn {
        if !self.typing {
            return FormTurn::NotMine;
        }
        let Some(line) = self.fields.get_mut(self.focus).and_then(Field::line) else {
            return FormTurn::NotMine;
        };
        let before = line.text().len();
        if !line.act(action) {
            return FormTurn::NotMine;
        }
        let steps = matches!(action, Action::UndoEdit | Action::RedoEdit);
        if steps || line.text().len() != before {
            self.dirty = true;
            return FormTurn::Changed;
        }
        FormTurn::Moved
    }

    /// What has the focus: a field, or one of the buttons under the form.
    pub fn focus_kind(&self, on_button: bool) -> Focus {
        match (on_button, self.typing, self.types_text()) {
            (true, ..) | (_, false, _) => Focus::Fields,
            (_, true, true) => Focus::Line,
            (_, true, false) => Focus::Choice,
        }
    }

    /// Whether what is typed goes into a text.
    pub fn types_text(&self) -> bool {
        self.typing && self.focused().is_some_and(Field::takes_text)
    }

    fn toggle(&mut self, by: isize) -> FormTurn {
        if !self.fields.get_mut(self.focus).is_some_and(|field| field.turn(by)) {
            return FormTurn::NotMine;
        }
        self.dirty = true;
        FormTurn::Changed
    }

    fn end_typing(&mut self) {
        self.typing = false;
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.touched = true;
        }
    }

    fn step(&mut self, by: isize) -> FormTurn {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.touched = true;
        }
        let next = self.focus.checked_add_signed(by).filter(|focus| *focus < self.fields.len());
        // Whoever comes back from the buttons goes on as before.
        let Some(focus) = next else { return FormTurn::Left };
        self.focus = focus;
        FormTurn::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form::new(vec![
            Field::text("name", ""),
            Field::secret("token", Some("…k8Qe".into())),
            Field::choice("format", vec!["text".into(), "html".into()], "html"),
            Field::tick("archive", false),
        ])
    }

    #[test]
    fn enter_goes_to_the_next_field_and_a_choice_takes_what_is_typed() {
        let mut form = form();
        assert_eq!(form.act(Action::Edit), FormTurn::Moved);
        form.text(&Typed::Char('x'));
        assert_eq!(form.act(Action::TakeLine), FormTurn::Moved);
        assert!(form.typing && form.fields[0].touched && form.dirty);
        assert_eq!(form.act(Action::Next), FormTurn::Moved);
        // Nothing that is typed on a choice is a command.
        assert!(form.typing && !form.types_text());
        form.text(&Typed::Char(' '));
        assert_eq!((form.word("name"), form.word("format")), ("x", "text"));
        form.text(&Typed::Char('H'));
        form.text(&Typed::Char('q'));
        assert_eq!(form.word("format"), "html");
        assert_eq!(form.act(Action::Left), FormTurn::Changed);
        assert_eq!(form.act(Action::Next), FormTurn::Moved);
        form.text(&Typed::Char(' '));
        assert_eq!((form.word("format"), form.word("archive")), ("text", "true"));
        assert_eq!(form.act(Action::Next), FormTurn::Left);
    }

    #[test]
    fn a_secret_is_typed_and_never_printed() {
        let mut form = form();
        form.focus = 1;
        form.text(&Typed::Paste("AT_abcdefghijkl".into()));
        assert!(!format!("{form:?}").contains("AT_abc"));
        assert_eq!(form.fields[1].word(), "");
        assert_eq!(form.fields[1].typed_secret(), Some(Secret::new("AT_abcdefghijkl")));
    }

    #[test]
    fn saving_goes_to_the_first_error() {
        let mut form = form();
        form.fields[2].finding = Some(Finding { grave: true, what: "missing".into() });
        assert!(!form.ready());
        assert_eq!(form.focus, 2);
    }
}
