//! The form of one topic: name, note, and the ids of lists on providers' sides, one field per channel.

use crate::app::form::sheet::{Sheet, SheetTurn};
use crate::app::form::{Field, Finding, Form};
use crate::app::request::subscribers::Way;
use crate::app::request::topics::TopicsAsk as Ask;
use crate::app::screen::Typed;
use crate::app::screens::subscribers::sheet::{name_fault, names};
use crate::domain::id::ChannelId;
use crate::domain::name::{self, NameError};
use crate::input::action::Action;
use crate::store::topics::{NewTopic, Topic, TopicEdit};

/// Before the id of a channel in the name of a field for remote ids.
pub const REMOTE: &str = "remote:";

/// The form of one topic.
#[derive(Debug, Clone)]
pub struct TopicSheet {
    /// The fields and buttons.
    pub sheet: Sheet,
    /// Which topic is edited; none for a new one.
    pub of: Option<Box<Topic>>,
    /// Channels on which it may have lists.
    pub ways: Vec<Way>,
    /// An order to save it is on its way.
    pub saving: bool,
    /// What somebody else made of it meanwhile.
    pub theirs: Option<Box<Topic>>,
}

impl TopicSheet {
    /// The form of a topic, or of a new one.
    pub fn new(of: Option<Box<Topic>>, ways: Vec<Way>) -> Self {
        let text = |name: &str, value: Option<&str>| Field::text(name, value.unwrap_or_default());
        let topic = of.as_deref();
        let mut fields = vec![
            text("name", topic.map(|topic| topic.name.as_str())),
            text("note", topic.map(|topic| topic.note.as_str())),
        ];
        for way in &ways {
            let ids: Vec<&str> = topic
                .map(|topic| topic.remotes.as_slice())
                .unwrap_or_default()
                .iter()
                .filter(|remote| remote.channel == way.id)
                .map(|remote| remote.remote.as_str())
                .collect();
            fields.push(Field::text(format!("{REMOTE}{}", way.id), ids.join(", ")));
        }
        let mut form = Form::new(fields);
        form.typing = of.is_none();
        let mut sheet = Self { sheet: Sheet::new(form), of, ways, saving: false, theirs: None };
        sheet.check();
        sheet
    }

    /// The channel that a field is about.
    pub fn way(&self, field: &str) -> Option<&Way> {
        let id = field.strip_prefix(REMOTE)?;
        self.ways.iter().find(|way| way.id.to_string() == id)
    }

    /// Takes text into the focused field.
    pub fn text(&mut self, typed: &Typed) {
        self.sheet.text(typed);
        self.check();
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> SheetTurn {
        let turn = self.sheet.act(action);
        if turn == SheetTurn::Changed {
            self.check();
        }
        turn
    }

    /// Whether it can be saved; if not, the focus goes to the first error.
    pub fn ready(&mut self) -> bool {
        let ready = self.sheet.form.ready();
        if !ready {
            self.sheet.button = None;
        }
        ready
    }

    /// What saving orders. `over` writes over what somebody else saved meanwhile.
    pub fn order(&self, over: bool) -> Ask {
        let word = |field: &str| self.sheet.form.word(field).trim().to_owned();
        let changed = |field: &str| self.sheet.is_changed(field).then(|| word(field));
        match &self.of {
            None => Ask::Add(Box::new(NewTopic {
                name: word("name"),
                note: word("note"),
                remotes: self.remotes(),
            })),
            Some(topic) => {
                let remote = |way: &Way| self.sheet.is_changed(&format!("{REMOTE}{}", way.id));
                let edit = TopicEdit {
                    name: changed("name"),
                    note: changed("note"),
                    remotes: self.ways.iter().any(remote).then(|| self.remotes()),
                };
                let version = (!over).then_some(topic.version);
                Ask::Save { id: topic.id, version, edit: Box::new(edit) }
            }
        }
    }

    fn remotes(&self) -> Vec<(ChannelId, String)> {
        let of_way = |way: &Way| {
            let typed = self.sheet.form.word(&format!("{REMOTE}{}", way.id));
            names(typed).into_iter().map(|remote| (way.id, remote)).collect::<Vec<_>>()
        };
        self.ways.iter().flat_map(of_way).collect()
    }

    fn check(&mut self) {
        let fault = name::label(self.sheet.form.word("name")).err().map(|error| match error {
            NameError::Empty => "required_label".to_owned(),
            other => name_fault(other),
        });
        if let Some(field) = self.sheet.form.field_mut("name") {
            field.finding = fault.map(|what| Finding { grave: true, what });
        }
    }
}
