//! The form of one person: fields, their checks, and what saving would change.
//!
//! Addresses are write-only: a field shows the masked form of what is stored and takes what replaces it. A
//! variable has a field of its own; new ones are typed as `name=value; name=value`.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::form::sheet::{Sheet, SheetTurn};
use crate::app::form::{Field, Finding, Form};
use crate::app::request::subscribers::{Around, SubscribersAsk as Ask, Way};
use crate::app::screen::Typed;
use crate::channels::catalog;
use crate::channels::kind::AddressWarning;
use crate::domain::fold::fold;
use crate::domain::id::{AddressId, SubscriberId};
use crate::domain::name::{self, NameError};
use crate::domain::nearest::nearest;
use crate::domain::quiet::Quiet;
use crate::domain::secret::Secret;
use crate::input::action::Action;
use crate::store::addresses::{Address, AddressEdit, NewAddress};
use crate::store::subscribers::{NewSubscriber, Subscriber, SubscriberEdit};

/// Before the key of a variable in a field's name.
pub const VAR: &str = "var:";
/// Before the id of a stored address in a field's name.
pub const ADDRESS: &str = "address:";
/// Before the id of a channel, for a further address there.
pub const WAY: &str = "way:";

/// The form of one person.
#[derive(Debug, Clone)]
pub struct PersonSheet {
    /// The fields and buttons.
    pub sheet: Sheet,
    /// Who is edited; nobody for somebody new.
    pub of: Option<Box<Subscriber>>,
    /// Channels and topics.
    pub around: Around,
    /// Addresses that go when it is saved.
    pub removed: BTreeSet<AddressId>,
    /// An order to save it is on its way.
    pub saving: bool,
    /// What somebody else made of the person meanwhile.
    pub theirs: Option<Box<Subscriber>>,
}

impl PersonSheet {
    /// The form of somebody, or of somebody new.
    pub fn new(of: Option<Box<Subscriber>>, around: Around) -> Self {
        let mut form = Form::new(fields(of.as_deref(), &around));
        form.typing = of.is_none();
        let mut sheet = Self {
            sheet: Sheet::new(form),
            of,
            around,
            removed: BTreeSet::new(),
            saving: false,
            theirs: None,
        };
        sheet.check();
        sheet
    }

    /// How many things would change.
    pub fn changes(&self) -> usize {
        self.sheet.changes() + self.removed.len()
    }

    /// The stored address that a field is about.
    pub fn address(&self, field: &str) -> Option<&Address> {
        let id = field.strip_prefix(ADDRESS)?;
        self.of.as_ref()?.addresses.iter().find(|address| address.id.to_string() == id)
    }

    /// The channel on which a field takes an address.
    pub fn way(&self, field: &str) -> Option<&Way> {
        if let Some(address) = self.address(field) {
            return self.around.ways.iter().find(|way| way.id == address.channel);
        }
        let id = field.strip_prefix(WAY)?;
        self.around.ways.iter().find(|way| way.id.to_string() == id)
    }

    /// Takes text into the focused field.
    pub fn text(&mut self, typed: &Typed) {
        self.sheet.text(typed);
        self.check();
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> SheetTurn {
        if action == Action::Remove {
            return self.toggle_removal();
        }
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
        match &self.of {
            None => Ask::Add(Box::new(self.new_person())),
            Some(person) => Ask::Save {
                id: person.id,
                version: (!over).then_some(person.version),
                edit: Box::new(self.edit(person)),
                addresses: self.addresses(),
            },
        }
    }

    /// Who is edited.
    pub fn id(&self) -> Option<SubscriberId> {
        self.of.as_ref().map(|person| person.id)
    }

    /// `d` on a stored address: it goes when the form is saved, or stays after all.
    fn toggle_removal(&mut self) -> SheetTurn {
        let field = self.sheet.form.focused().map(|field| field.name.clone()).unwrap_or_default();
        let Some(id) = self.address(&field).map(|address| address.id) else { return SheetTurn::NotMine };
        if !self.removed.remove(&id) {
            self.removed.insert(id);
        }
        SheetTurn::Moved
    }

    fn word(&self, field: &str) -> &str {
        self.sheet.form.word(field).trim()
    }

    fn new_person(&self) -> NewSubscriber {
        let (lang, quiet) = (self.word("lang"), self.word("quiet"));
        NewSubscriber {
            name: self.word("name").to_owned(),
            note: self.word("note").to_owned(),
            lang: (!lang.is_empty()).then(|| lang.to_owned()),
            quiet: (!quiet.is_empty()).then(|| quiet.to_owned()),
            addresses: self
                .addresses()
                .into_iter()
                .filter_map(|edit| match edit {
                    AddressEdit::Add(new) => Some(new),
                    AddressEdit::Repair { .. } | AddressEdit::Remove(_) => None,
                })
                .collect(),
            topics: names(self.word("topics")),
            tags: names(self.word("tags")),
            vars: new_vars(self.word("vars")).into_iter().collect(),
        }
    }

    /// Only what was changed: what somebody else changed besides stays.
    fn edit(&self, person: &Subscriber) -> SubscriberEdit {
        let changed = |field: &str| self.sheet.is_changed(field).then(|| self.word(field).to_owned());
        let mut vars: BTreeMap<String, Option<String>> = person
            .vars
            .keys()
            .filter_map(|key| {
                let value = changed(&format!("{VAR}{key}"))?;
                Some((key.clone(), (!value.is_empty()).then_some(value)))
            })
            .collect();
        vars.extend(new_vars(self.word("vars")).into_iter().map(|(key, value)| (key, Some(value))));
        SubscriberEdit {
            name: changed("name"),
            note: changed("note"),
            lang: changed("lang").map(|lang| (!lang.is_empty()).then_some(lang)),
            quiet: changed("quiet").map(|quiet| (!quiet.is_empty()).then_some(quiet)),
            vars,
            topics: changed("topics").map(|topics| names(&topics)),
            tags: changed("tags").map(|tags| names(&tags)),
        }
    }

    fn addresses(&self) -> Vec<AddressEdit> {
        let mut edits: Vec<AddressEdit> = self.removed.iter().copied().map(AddressEdit::Remove).collect();
        for field in &self.sheet.form.fields {
            let Some(typed) = typed(field) else { continue };
            if let Some(address) = self.address(&field.name) {
                if !self.removed.contains(&address.id) {
                    edits.push(AddressEdit::Repair { id: address.id, typed });
                }
            } else if let Some(way) = self.way(&field.name) {
                edits.push(AddressEdit::Add(NewAddress { channel: way.id, typed }));
            }
        }
        edits
    }

    fn check(&mut self) {
        let findings: Vec<Option<Finding>> =
            self.sheet.form.fields.iter().map(|field| self.finding(field)).collect();
        for (field, finding) in self.sheet.form.fields.iter_mut().zip(findings) {
            field.finding = finding;
        }
    }

    fn finding(&self, field: &Field) -> Option<Finding> {
        let grave = |what: String| Some(Finding { grave: true, what });
        let word = field.word().trim();
        match field.name.as_str() {
            "name" => name::person(word).err().and_then(|error| grave(name_fault(error))),
            "tags" => bad_label(word).and_then(grave),
            "topics" => bad_label(word).or_else(|| self.unknown_topic(word)).and_then(grave),
            "vars" => bad_var(word).and_then(grave),
            "quiet" if !word.is_empty() && Quiet::parse(word).is_none() => grave("quiet".to_owned()),
            _ => self.way(&field.name).and_then(|way| address_finding(way, &typed(field)?)),
        }
    }

    fn unknown_topic(&self, typed: &str) -> Option<String> {
        let known = &self.around.topics;
        let strange = |name: &String| !known.iter().any(|topic| fold(topic) == fold(name));
        let name = names(typed).into_iter().find(strange)?;
        let near = nearest(&name, known.iter().map(String::as_str)).unwrap_or_default();
        Some(format!("unknown_topic\n{name}\n{near}"))
    }
}

/// What was typed into the field of an address.
fn typed(field: &Field) -> Option<Secret> {
    let is_address = field.name.starts_with(ADDRESS) || field.name.starts_with(WAY);
    let word = field.word().trim();
    let plain = (is_address && !word.is_empty()).then(|| Secret::new(word));
    field.typed_secret().or(plain)
}

fn fields(of: Option<&Subscriber>, around: &Around) -> Vec<Field> {
    let text = |name: &str, value: Option<String>| Field::text(name, value.unwrap_or_default());
    let mut fields = vec![
        text("name", of.map(|person| person.name.clone())),
        text("topics", of.map(|person| person.topics.join(", "))),
        text("tags", of.map(|person| person.tags.join(", "))),
    ];
    for address in of.map(|person| person.addresses.as_slice()).unwrap_or_default() {
        let name = format!("{ADDRESS}{}", address.id);
        // An address that is no secret may be seen while it is typed; what is stored stays masked.
        fields.push(if address.secret {
            Field::secret(name, Some(address.masked.clone()))
        } else {
            Field::text(name, "")
        });
    }
    for way in &around.ways {
        let name = format!("{WAY}{}", way.id);
        let secret = catalog::kind(&way.kind).is_none_or(|kind| kind.spec().address.secret);
        fields.push(if secret { Field::secret(name, None) } else { Field::text(name, "") });
    }
    fields.push(text("lang", of.and_then(|person| person.lang.clone())));
    fields.push(text("quiet", of.and_then(|person| person.quiet.clone())));
    fields.push(text("note", of.map(|person| person.note.clone())));
    if let Some(person) = of {
        fields.extend(person.vars.iter().map(|(key, value)| Field::text(format!("{VAR}{key}"), value)));
    }
    fields.push(text("vars", None));
    fields
}

/// Names between commas or semicolons of either script, each once.
pub fn names(typed: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in typed.split([',', '，', ';', '；']).map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| fold(known) == fold(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

fn pairs(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([';', '；']).map(str::trim).filter(|pair| !pair.is_empty())
}

fn new_vars(typed: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    pairs(typed).filter_map(pair).collect()
}

fn bad_var(typed: &str) -> Option<String> {
    let fits = |key: &str| {
        !key.is_empty()
            && key.chars().count() <= name::LONGEST_LABEL
            && key.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'))
    };
    let wrong = pairs(typed).find(|pair| pair.split_once('=').is_none_or(|(key, _)| !fits(key.trim())))?;
    Some(format!("bad_var\n{wrong}"))
}

fn bad_label(typed: &str) -> Option<String> {
    names(typed).iter().find_map(|name| name::label(name).err()).map(name_fault)
}

/// The name of a check, with what it is about on further lines.
pub fn name_fault(error: NameError) -> String {
    match error {
        NameError::Empty => "required".to_owned(),
        NameError::TooLong(most) => format!("too_long\n{most}"),
        NameError::Control => "control".to_owned(),
        NameError::Sign(sign) => format!("sign\n{sign}"),
        NameError::Column => "column".to_owned(),
    }
}

fn address_finding(way: &Way, typed: &Secret) -> Option<Finding> {
    match catalog::kind(&way.kind)?.read_address(typed.expose()) {
        Err(error) => Some(Finding { grave: true, what: format!("address\n{error}") }),
        Ok(read) => {
            let what = match read.warning? {
                AddressWarning::Prefix(prefix) => format!("prefix\n{prefix}"),
                AddressWarning::Shape => "shape".to_owned(),
                AddressWarning::Retired => "retired".to_owned(),
                AddressWarning::OtherServer => "other_server".to_owned(),
            };
            Some(Finding { grave: false, what })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChannelId;

    fn around() -> Around {
        let way = |id: i64, name: &str, kind: &str| Way {
            id: ChannelId(id),
            name: name.to_owned(),
            kind: kind.to_owned(),
        };
        Around {
            ways: vec![way(1, "phones", "bark"), way(2, "mail", "email")],
            topics: vec!["ops".to_owned(), "dev".to_owned()],
        }
    }

    fn typing(sheet: &mut PersonSheet, field: &str, text: &str) {
        let at = sheet.sheet.form.fields.iter().position(|known| known.name == field).expect(field);
        sheet.sheet.form.focus = at;
        sheet.text(&Typed::Paste(text.to_owned()));
    }

    fn what(sheet: &PersonSheet, field: &str) -> Option<(bool, String)> {
        let finding = sheet.sheet.form.field(field).expect(field).finding.clone();
        finding.map(|finding| (finding.grave, finding.what))
    }

    #[test]
    fn a_new_person_needs_a_name_and_topics_that_exist() {
        let mut sheet = PersonSheet::new(None, around());
        assert!(!sheet.ready());
        typing(&mut sheet, "name", " 王小明 ");
        typing(&mut sheet, "topics", "ops，dve");
        assert_eq!(what(&sheet, "topics"), Some((true, "unknown_topic\ndve\ndev".to_owned())));
        assert!(!sheet.ready());
    }

    #[test]
    fn what_was_typed_becomes_a_person_with_addresses_and_variables() {
        let mut sheet = PersonSheet::new(None, around());
        typing(&mut sheet, "name", "Anna");
        typing(&mut sheet, "topics", "ops, ops; dev");
        typing(&mut sheet, "tags", "vip");
        typing(&mut sheet, "way:c2", "anna@example.org");
        typing(&mut sheet, "vars", "city=Berlin; plan = gold");
        assert!(sheet.ready());
        let Ask::Add(new) = sheet.order(false) else { panic!("somebody new is added") };
        assert_eq!((new.topics.len(), new.tags.as_slice()), (2, ["vip".to_owned()].as_slice()));
        assert_eq!(new.addresses[0].channel, ChannelId(2));
        assert_eq!(new.vars.get("plan").map(String::as_str), Some("gold"));
    }

    #[test]
    fn a_secret_address_is_typed_and_never_printed_and_an_unusual_one_only_warns() {
        let mut sheet = PersonSheet::new(None, around());
        typing(&mut sheet, "name", "Anna");
        typing(&mut sheet, "way:c1", "shortkey");
        assert!(matches!(what(&sheet, "way:c1"), Some((false, _)) | None));
        assert!(sheet.ready());
        assert!(!format!("{sheet:?}").contains("shortkey"));
    }

    #[test]
    fn quiet_hours_are_a_stretch_of_the_day_with_a_zone_if_need_be() {
        let mut sheet = PersonSheet::new(None, around());
        typing(&mut sheet, "name", "Anna");
        typing(&mut sheet, "quiet", "night");
        assert_eq!(what(&sheet, "quiet"), Some((true, "quiet".to_owned())));
        assert!(!sheet.ready());
        let mut sheet = PersonSheet::new(None, around());
        typing(&mut sheet, "name", "Anna");
        typing(&mut sheet, "quiet", "22:00-08:00 Asia/Shanghai");
        assert!(sheet.ready());
        let Ask::Add(new) = sheet.order(false) else { panic!("somebody new is added") };
        assert_eq!(new.quiet.as_deref(), Some("22:00-08:00 Asia/Shanghai"));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let mut sheet = PersonSheet::new(None, around());
        typing(&mut sheet, "vars", "city=Berlin; no value");
        assert_eq!(what(&sheet, "vars"), Some((true, "bad_var\nno value".to_owned())));
    }
}
