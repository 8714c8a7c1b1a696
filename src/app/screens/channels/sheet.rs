//! The form of one channel, made from the catalogue: a field per setting and credential, their checks,
//! and what saving it would change. Nothing here knows words: the view finds them in the catalogue.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::app::form::{Field, Finding, Form, FormTurn, Value};
use crate::app::screen::Typed;
use crate::channels::catalog;
use crate::channels::field::{FieldError, is_loopback};
use crate::channels::kind::BuildError;
use crate::channels::spec::{self, Shape, Spec};
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::Account;
use crate::domain::id::ChannelId;
use crate::domain::name::{self, NameError};
use crate::input::action::Action;
use crate::store::channels::{Channel, ChannelEdit, NewChannel};

/// The name of the first field, which every channel has.
pub const NAME: &str = "name";

/// What begins a finding that the kind worded itself.
pub const TOGETHER: &str = "together\n";

/// The buttons under the fields, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Proves the stored credential.
    Verify,
    /// One message to the operator.
    Test,
    /// Keeps what was typed.
    Save,
    /// Leaves the form.
    Cancel,
}

impl Button {
    /// Every button, left to right.
    pub const ALL: [Self; 4] = [Self::Verify, Self::Test, Self::Save, Self::Cancel];
}

/// What came of an action in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetTurn {
    /// Not the form's.
    NotMine,
    /// Something moved or changed.
    Done,
    /// A button was pressed.
    Pressed(Button),
}

/// The form of one channel.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Which channel and the version that is edited; none for a new one.
    pub of: Option<(ChannelId, i64)>,
    /// Its kind's entry in the catalogue.
    pub spec: &'static Spec,
    /// The fields: the name, then those of the catalogue in its order.
    pub form: Form,
    /// The button that has the focus, if none of the fields has it.
    pub button: Option<Button>,
    /// An order to save it is on its way.
    pub saving: bool,
    /// What somebody else made of it meanwhile.
    pub theirs: Option<Box<Channel>>,
    /// The values as they were opened.
    before: Vec<String>,
}

impl Sheet {
    /// An empty form for a new channel.
    pub fn new(spec: &'static Spec) -> Self {
        let fields = spec.all_fields().map(|field| field_of(field, "", None));
        let mut sheet =
            Self::with(spec, None, std::iter::once(Field::text(NAME, "")).chain(fields).collect());
        sheet.form.typing = true;
        sheet
    }

    /// The form of a channel; nothing for a kind that this pushdeck does not know. One whose credential
    /// was refused opens on its credential, ready to be typed.
    pub fn edit(channel: &Channel) -> Option<Self> {
        let spec = catalog::kind(&channel.kind)?.spec();
        let fields = spec.all_fields().map(|field| {
            let stored = channel.secrets.iter().find(|secret| secret.field == field.name);
            let value = channel.settings.get(field.name).map_or("", String::as_str);
            field_of(field, value, stored.map(|secret| secret.masked.clone()))
        });
        let fields = std::iter::once(Field::text(NAME, &channel.name)).chain(fields).collect();
        let mut sheet = Self::with(spec, Some((channel.id, channel.version)), fields);
        let refused = channel.pause.as_ref().is_some_and(|pause| pause.reason == PauseReason::Credential)
            || channel.verified.as_ref().is_some_and(|verified| !verified.ok);
        let secret = sheet.form.fields.iter().position(|field| matches!(field.value, Value::Secret { .. }));
        if let Some(secret) = secret.filter(|_| refused) {
            sheet.form.focus = secret;
        }
        // As in a new one: whoever opens a form wants to type.
        sheet.form.typing = true;
        Some(sheet)
    }

    fn with(spec: &'static Spec, of: Option<(ChannelId, i64)>, fields: Vec<Field>) -> Self {
        let before = fields.iter().map(|field| field.word().to_owned()).collect();
        let form = Form::new(fields);
        let mut sheet = Self { of, spec, form, button: None, saving: false, theirs: None, before };
        sheet.check();
        sheet
    }

    /// Whether a text field takes keys.
    pub const fn is_typing(&self) -> bool {
        self.form.typing && self.button.is_none()
    }

    /// In how many fields something else stands than at the opening.
    pub fn changed(&self) -> usize {
        (0..self.form.fields.len()).filter(|at| self.has_changed(*at)).count()
    }

    /// Whether this field holds something else than at the opening.
    pub fn has_changed(&self, at: usize) -> bool {
        let field = self.form.fields.get(at);
        field.is_some_and(|field| {
            field.typed_secret().is_some() || self.before.get(at).is_some_and(|before| before != field.word())
        })
    }

    /// Takes text into the focused field.
    pub fn text(&mut self, typed: &Typed) {
        self.form.text(typed);
        self.check();
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> SheetTurn {
        if action == Action::Save {
            return SheetTurn::Pressed(Button::Save);
        }
        if let Some(button) = self.button {
            return self.act_on_button(button, action);
        }
        match self.form.act(action) {
            FormTurn::NotMine => SheetTurn::NotMine,
            FormTurn::Moved => SheetTurn::Done,
            FormTurn::Changed => {
                self.check();
                SheetTurn::Done
            }
            FormTurn::Left => {
                let backwards = matches!(action, Action::Previous | Action::Up);
                self.button = Some(if backwards { Button::Cancel } else { Button::Save });
                SheetTurn::Done
            }
        }
    }

    fn act_on_button(&mut self, button: Button, action: Action) -> SheetTurn {
        let at = Button::ALL.iter().position(|one| *one == button).unwrap_or(0);
        match action {
            Action::Edit | Action::Toggle | Action::Open => return SheetTurn::Pressed(button),
            Action::Next | Action::Right => {
                self.button = Button::ALL.get(at + 1).copied();
                if self.button.is_none() {
                    self.form.focus = 0;
                }
            }
            Action::Previous | Action::Left => {
                self.button = at.checked_sub(1).map(|at| Button::ALL[at]);
                if self.button.is_none() {
                    self.form.focus = self.form.fields.len().saturating_sub(1);
                }
            }
            Action::Up => {
                self.button = None;
                self.form.focus = self.form.fields.len().saturating_sub(1);
            }
            Action::Down => {
                self.button = None;
                self.form.focus = 0;
            }
            _ => return SheetTurn::NotMine,
        }
        SheetTurn::Done
    }

    /// Shows every finding; true if it can be saved. Else the focus is on the first error.
    pub fn ready(&mut self) -> bool {
        self.check();
        let ready = self.form.ready();
        if !ready {
            self.button = None;
            self.form.typing = self.form.focused().is_some_and(Field::takes_text);
        }
        ready
    }

    /// The name is taken: says so under it.
    pub fn name_taken(&mut self) {
        if let Some(field) = self.form.field_mut(NAME) {
            field.finding = Some(Finding { grave: true, what: "taken".to_owned() });
        }
        self.button = None;
        self.form.ready();
        self.form.typing = true;
    }

    /// A value that only the machine could judge is none: says so under its field.
    pub fn unfit(&mut self, field: &str, why: &str) {
        let Some(at) = self.form.fields.iter().position(|one| one.name == field) else { return };
        self.form.fields[at].finding = Some(Finding { grave: true, what: format!("{TOGETHER}{why}") });
        self.button = None;
        self.form.ready();
        self.form.typing = true;
    }

    /// The channel to be made.
    pub fn new_channel(&self) -> NewChannel {
        let mut new = NewChannel {
            name: self.form.word(NAME).to_owned(),
            kind: self.spec.id.to_owned(),
            ..NewChannel::default()
        };
        for (at, field) in self.form.fields.iter().enumerate().filter(|(_, field)| field.name != NAME) {
            if let Some(secret) = field.typed_secret() {
                new.secrets.insert(field.name.clone(), secret);
            } else if !field.word().is_empty() && self.has_changed(at) {
                // What holds anyway is not stored: a later default is then followed.
                new.settings.insert(field.name.clone(), field.word().to_owned());
            }
        }
        new
    }

    /// What changes in the channel: only what was touched, so that what others changed stays.
    pub fn channel_edit(&self) -> ChannelEdit {
        let mut edit = ChannelEdit::default();
        for (at, field) in self.form.fields.iter().enumerate() {
            if !self.has_changed(at) {
                continue;
            }
            let name = field.name.clone();
            if let Some(secret) = field.typed_secret() {
                edit.secrets.insert(name, Some(secret));
            } else if name == NAME {
                edit.name = Some(field.word().to_owned());
            } else {
                edit.settings.insert(name, Some(field.word().to_owned()).filter(|word| !word.is_empty()));
            }
        }
        edit
    }

    fn check(&mut self) {
        let http_ok = self.form.word("http_ok") == "yes";
        for field in &mut self.form.fields {
            let what = match self.spec.field(&field.name) {
                None => name_fault(field.word()).map(Cow::Borrowed),
                Some(known) => fault(known, field, http_ok),
            };
            field.finding = what.map(|what| Finding { grave: true, what: what.into_owned() });
        }
        if self.form.fields.iter().all(|field| field.finding.is_none()) {
            self.check_together();
        }
    }

    /// Whether such a channel can be proven without sending.
    pub fn can_verify(&self) -> bool {
        // What only the store knows may be missing here: it says nothing.
        catalog::kind(self.spec.id).is_some_and(|kind| !matches!(kind.verify(&self.account()), Ok(None)))
    }

    /// What no field says alone, such as a key that is too short for the cipher. A stored credential is not here, so
    /// one that is missing says nothing.
    fn check_together(&mut self) {
        let account = self.account();
        let said = catalog::kind(&account.kind).map(|kind| kind.check_account(&account));
        if let Some(Err(BuildError::BadField { field, why })) = said
            && let Some(field) = self.form.field_mut(field)
        {
            field.finding = Some(Finding { grave: true, what: format!("{TOGETHER}{why}") });
        }
    }

    fn account(&self) -> Account {
        let mut account = Account {
            id: ChannelId(0),
            name: self.form.word(NAME).to_owned(),
            kind: self.spec.id.to_owned(),
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
        };
        for field in self.form.fields.iter().filter(|field| field.name != NAME) {
            if let Some(secret) = field.typed_secret() {
                account.secrets.insert(field.name.clone(), secret);
            } else if !field.word().is_empty() {
                account.settings.insert(field.name.clone(), field.word().to_owned());
            }
        }
        account
    }
}

fn field_of(field: &spec::Field, value: &str, stored: Option<String>) -> Field {
    let choice = |words: &[&str]| {
        // Nothing chosen is a choice of its own only where it means something that no word says.
        let default = field.default.filter(|default| words.contains(default));
        let unset = default.is_none().then_some("");
        let words = unset.into_iter().chain(words.iter().copied()).map(str::to_owned).collect();
        let value = if value.is_empty() { default.unwrap_or("") } else { value };
        Field::choice(field.name, words, value)
    };
    match field.shape {
        _ if field.secret => Field::secret(field.name, stored),
        Shape::Choice(words) => choice(words),
        Shape::Flag => choice(&["yes", "no"]),
        _ => Field::text(field.name, value),
    }
}

/// What is wrong with a name, as the key of its words.
fn name_fault(typed: &str) -> Option<&'static str> {
    match name::channel(typed).err()? {
        NameError::Empty => Some("required"),
        NameError::TooLong(_) => Some("name_long"),
        NameError::Control => Some("control"),
        NameError::Sign(_) => Some("name_sign"),
        NameError::Column => Some("name_column"),
    }
}

/// What is wrong with a value, as the key of its words.
fn fault(known: &spec::Field, field: &Field, http_ok: bool) -> Option<Cow<'static, str>> {
    let typed = field.typed_secret();
    let stored = matches!(&field.value, Value::Secret { stored: Some(_), .. });
    let value = typed.as_ref().map_or(field.word(), |secret| secret.expose());
    if value.is_empty() {
        return (known.required && !stored).then_some("required".into());
    }
    if let Err(error) = known.shape.check(value) {
        return Some(Cow::Borrowed(match error {
            FieldError::Form(why) => return Some(format!("{TOGETHER}{why}").into()),
            FieldError::Control => "control",
            FieldError::Url => "url",
            FieldError::Number(..) => "number",
            FieldError::Choice(_) => "choice",
            FieldError::Flag => "flag",
            FieldError::Rate => "rate",
            FieldError::Hours => "hours",
            FieldError::Mailbox => "mailbox",
            FieldError::Template(_) => "template",
            FieldError::NumberOrNo(..) => "number_or_no",
            FieldError::Pem => "pem",
        }));
    }
    let plain = matches!(known.shape, Shape::Url | Shape::UrlTemplate)
        && value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
        && !is_loopback(value);
    (plain && !http_ok).then_some("http".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn sheet(kind: &str) -> Sheet {
        Sheet::new(catalog::kind(kind).expect("a kind of the catalogue").spec())
    }

    fn type_in(sheet: &mut Sheet, field: &str, text: &str) {
        sheet.form.focus = sheet.form.fields.iter().position(|one| one.name == field).expect("a field");
        sheet.text(&Typed::Paste(text.to_owned()));
    }

    fn fault_of(sheet: &Sheet, field: &str) -> Option<String> {
        sheet.form.field(field)?.finding.as_ref().map(|finding| finding.what.clone())
    }

    #[test]
    fn every_kind_has_a_form_with_all_its_fields() {
        for kind in catalog::KINDS {
            let sheet = Sheet::new(kind.spec());
            assert_eq!(sheet.form.fields.len(), kind.spec().all_fields().count() + 1, "{}", kind.spec().id);
        }
    }

    #[test]
    fn a_form_knows_whether_its_kind_can_be_proven_without_sending() {
        let proves = |kind: &str| sheet(kind).can_verify();
        assert!(proves("wxpusher") && proves("telegram"));
        assert!(!proves("serverchan") && !proves("dingtalk"));
    }

    #[test]
    fn what_a_provider_knows_in_one_form_alone_is_checked_as_it_is_typed() {
        for (kind, field, value) in [
            ("wechat", "aes_key", "sixsix"),
            ("apns", "team_id", "short"),
            ("apns", "key_id", "ABC-23DEFG"),
            ("serverchan", "short", &"字".repeat(65)),
            ("email", "unsubscribe_url", "ftp://x"),
            ("dingtalk", "at_mobiles", "abc"),
            ("telegram", "bot_token", "sandbox"),
            ("pushover", "app_token", "short"),
        ] {
            let mut sheet = sheet(kind);
            type_in(&mut sheet, field, value);
            let said = fault_of(&sheet, field).unwrap_or_else(|| panic!("{kind} {field}"));
            assert!(said.starts_with(TOGETHER), "{said}");
        }
    }

    #[test]
    fn saving_goes_to_the_first_error_and_starts_typing_there() {
        let mut sheet = sheet("wxpusher");
        type_in(&mut sheet, NAME, "ops");
        sheet.button = Some(Button::Save);
        assert!(!sheet.ready());
        assert_eq!(sheet.form.focused().map(|field| field.name.as_str()), Some("app_token"));
        assert!(sheet.is_typing());
        sheet.text(&Typed::Paste("AT_abcdefghijklmnop".into()));
        assert!(sheet.ready());
        let new = sheet.new_channel();
        assert_eq!((new.name.as_str(), new.kind.as_str()), ("ops", "wxpusher"));
        assert_eq!(new.secrets["app_token"], Secret::new("AT_abcdefghijklmnop"));
        assert!(new.settings.is_empty());
    }

    #[test]
    fn values_are_checked_as_the_catalogue_says() {
        let mut sheet = sheet("bark");
        for (field, value, fault) in [
            ("base_url", "bark.example.org", Some("url")),
            ("base_url", "http://bark.example.org", Some("http")),
            ("base_url", "http://127.0.0.1:8080", None),
            ("rate", "5", Some("rate")),
            ("timeout", "0", Some("number")),
            ("icon", "foo", Some("url")),
            ("icon", "http://pictures.example.org/a.png", None),
            ("user", "ops", None),
        ] {
            if let Some(Value::Text(line)) = sheet.form.field_mut(field).map(|field| &mut field.value) {
                line.set("");
            }
            type_in(&mut sheet, field, value);
            assert_eq!(fault_of(&sheet, field).as_deref(), fault, "{field} {value}");
        }
        type_in(&mut sheet, NAME, "a,b");
        assert_eq!(fault_of(&sheet, NAME).as_deref(), Some("name_sign"));
    }

    #[test]
    fn what_does_not_go_together_stands_under_the_field_that_can_mend_it() {
        let mut sheet = sheet("bark");
        type_in(&mut sheet, NAME, "phones");
        type_in(&mut sheet, "encryption_key", "0123456789abcdef");
        assert!(fault_of(&sheet, "encryption").is_some_and(|what| what.starts_with(TOGETHER)));
        if let Some(field) = sheet.form.field_mut("encryption") {
            field.value = Field::choice("encryption", vec!["aes-256-gcm".to_owned()], "aes-256-gcm").value;
        }
        type_in(&mut sheet, "encryption_key", "0123456789abcdefg");
        assert_eq!(
            fault_of(&sheet, "encryption_key").as_deref(),
            Some("together\nAES-256 takes 32 characters, and it has 33")
        );
    }

    #[test]
    fn past_the_last_field_come_the_buttons_and_enter_presses_save() {
        let mut sheet = sheet("wxpusher");
        sheet.form.typing = false;
        sheet.form.focus = sheet.form.fields.len() - 1;
        assert_eq!(sheet.act(Action::Next), SheetTurn::Done);
        assert_eq!(sheet.button, Some(Button::Save));
        assert_eq!(sheet.act(Action::Edit), SheetTurn::Pressed(Button::Save));
        sheet.act(Action::Next);
        sheet.act(Action::Next);
        assert_eq!((sheet.button, sheet.form.focus), (None, 0));
    }
}
