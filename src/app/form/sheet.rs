//! A form on a page of its own, with the buttons Save and Cancel under its fields.

use super::{Form, FormTurn};
use crate::app::screen::{Focus, Typed};
use crate::input::action::Action;

/// A button under the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Keeps what was typed.
    Save,
    /// Leaves the form.
    Cancel,
}

/// What came of an action in a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum SheetTurn {
    /// Not the sheet's.
    NotMine,
    /// The focus or the caret moved.
    Moved,
    /// A value changed: check it again.
    Changed,
    /// It shall be saved.
    Save,
    /// It shall be left.
    Cancel,
}

/// A form with its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The fields.
    pub form: Form,
    /// The button that has the focus, if none of the fields has it.
    pub button: Option<Button>,
    /// The values as they were opened.
    before: Vec<String>,
}

impl Sheet {
    /// A sheet over these fields.
    pub fn new(form: Form) -> Self {
        let before = form.fields.iter().map(|field| field.word().to_owned()).collect();
        Self { form, button: None, before }
    }

    /// What has the focus.
    pub fn focus(&self) -> Focus {
        self.form.focus_kind(self.button.is_some())
    }

    /// Whether a field says something else than when the form was opened.
    pub fn is_changed(&self, name: &str) -> bool {
        let at = self.form.fields.iter().position(|field| field.name == name);
        at.is_some_and(|at| self.changed_at(at))
    }

    /// How many fields say something else than when the form was opened.
    pub fn changes(&self) -> usize {
        (0..self.form.fields.len()).filter(|at| self.changed_at(*at)).count()
    }

    /// The fields that say something else than those of the same name in `theirs`: name, mine, theirs.
    pub fn against<'a>(&'a self, theirs: &'a Form) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        self.form.fields.iter().filter_map(|field| {
            let (mine, theirs) = (field.word(), theirs.word(&field.name));
            (mine != theirs).then_some((field.name.as_str(), mine, theirs))
        })
    }

    fn changed_at(&self, at: usize) -> bool {
        let field = &self.form.fields[at];
        field.typed_secret().is_some() || self.before.get(at).is_none_or(|before| before != field.word())
    }

    /// Takes text into the focused field.
    pub fn text(&mut self, typed: &Typed) {
        if self.button.is_none() {
            self.form.text(typed);
        }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> SheetTurn {
        match (self.button, action) {
            (_, Action::Save) => return SheetTurn::Save,
            (None, Action::Escape | Action::Back) => return SheetTurn::Cancel,
            (Some(_), Action::Escape | Action::Back | Action::Previous | Action::Up) => {
                self.button = match self.button {
                    Some(Button::Cancel) if action == Action::Previous => Some(Button::Save),
                    Some(_) | None => None,
                };
            }
            (Some(Button::Save), Action::Next | Action::Right) => self.button = Some(Button::Cancel),
            (Some(Button::Cancel), Action::Left) => self.button = Some(Button::Save),
            (Some(Button::Cancel), Action::Next) => {
                self.button = None;
                self.form.focus = 0;
            }
            (Some(Button::Save), Action::Edit | Action::Toggle) => return SheetTurn::Save,
            (Some(Button::Cancel), Action::Edit | Action::Toggle) => return SheetTurn::Cancel,
            (Some(_), _) => return SheetTurn::NotMine,
            (None, _) => return self.act_in_form(action),
        }
        SheetTurn::Moved
    }

    fn act_in_form(&mut self, action: Action) -> SheetTurn {
        match self.form.act(action) {
            FormTurn::NotMine => SheetTurn::NotMine,
            FormTurn::Moved => SheetTurn::Moved,
            FormTurn::Changed => SheetTurn::Changed,
            FormTurn::Left => {
                let onwards = matches!(action, Action::Next | Action::TakeLine | Action::Down);
                self.button = onwards.then_some(Button::Save);
                SheetTurn::Moved
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::form::Field;

    fn sheet() -> Sheet {
        let mut form = Form::new(vec![Field::text("name", "ops"), Field::text("note", "")]);
        form.typing = true;
        Sheet::new(form)
    }

    #[test]
    fn enter_walks_through_the_fields_to_the_button_that_saves() {
        let mut sheet = sheet();
        sheet.text(&Typed::Char('x'));
        assert_eq!((sheet.changes(), sheet.is_changed("name")), (1, true));
        assert_eq!(sheet.act(Action::TakeLine), SheetTurn::Moved);
        assert_eq!(sheet.act(Action::TakeLine), SheetTurn::Moved);
        assert_eq!((sheet.button, sheet.focus()), (Some(Button::Save), Focus::Fields));
        assert_eq!(sheet.act(Action::Edit), SheetTurn::Save);
        assert_eq!(sheet.act(Action::Next), SheetTurn::Moved);
        assert_eq!(sheet.act(Action::Edit), SheetTurn::Cancel);
    }

    #[test]
    fn escape_ends_typing_first_and_leaves_only_then() {
        let mut sheet = sheet();
        assert_eq!(sheet.focus(), Focus::Line);
        assert_eq!(sheet.act(Action::EndTyping), SheetTurn::Moved);
        assert_eq!(sheet.focus(), Focus::Fields);
        assert_eq!(sheet.act(Action::Escape), SheetTurn::Cancel);
        assert_eq!(sheet.changes(), 0);
    }
}
