//! The words that filters take, as a mistake lists them to a person: in the language of the screens.

use super::Strings;
use crate::domain::broadcast::BroadcastState;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::words::Worded as _;
use crate::domain::filter::{Field, Has};
use crate::domain::subscriber::SubscriberState;
use crate::look::locale::Lang;

impl Strings {
    /// What a field of a filter is called.
    pub fn filter_field(&self, field: Field) -> &'static str {
        match self.lang {
            Lang::En => field.word(),
            Lang::Zh => field.aliases().iter().find(|word| !word.is_ascii()).copied().unwrap_or(field.word()),
        }
    }

    /// What a field takes: of pinned words, the words of the screens.
    pub fn filter_takes(&self, field: Field, takes: &str) -> String {
        if self.lang == Lang::En {
            return takes.to_owned();
        }
        let said = |word: &'_ str| self.state_or_class(field, word).unwrap_or(word).to_owned();
        takes.split(", ").map(said).collect::<Vec<_>>().join("、")
    }

    /// The states of several lists share words, and each such word is called the same in all of them.
    fn state_or_class(&self, field: Field, word: &str) -> Option<&str> {
        let states = &self.states;
        match field {
            Field::Status => DeliveryState::typed(word)
                .map(|state| states.delivery.of(state))
                .or_else(|| BroadcastState::typed(word).map(|state| states.broadcast.of(state)))
                .or_else(|| SubscriberState::typed(word).map(|state| states.subscriber.of(state)))
                .map(String::as_str),
            Field::Class => Class::typed(word).map(|class| self.classes.class.of(class).name.as_str()),
            Field::Has => Has::typed(word)?.also().first().copied(),
            _ => None,
        }
    }
}
