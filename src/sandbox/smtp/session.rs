//! One SMTP conversation as a state machine: command in, reply out, no socket.

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::fault::{Fault, Trouble};
use super::super::ledger::Kind;
use super::{MAIL_LIMIT, Relay};

/// What a command leads to.
pub(super) enum Step {
    Say(String),
    Close(String),
    Data,
}

fn say(reply: &str) -> Step {
    Step::Say(format!("{reply}\r\n"))
}

fn close(reply: &str) -> Step {
    Step::Close(format!("{reply}\r\n"))
}

/// One mail's sender and recipients, and the trouble that they bring.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub from: String,
    pub to: Vec<String>,
    pub slow: bool,
    /// The first fault that waits for the dot.
    pub fault: Option<Fault>,
    utf8: bool,
}

#[derive(Debug, Default)]
enum Login {
    #[default]
    None,
    PlainAwaited,
    UserAwaited,
    PasswordAwaited(String),
    Done,
}

/// What the server knows of one client.
#[derive(Debug, Default)]
pub(super) struct Session {
    client: Option<String>,
    login: Login,
    envelope: Option<Envelope>,
}

impl Session {
    pub(super) fn take_envelope(&mut self) -> Envelope {
        self.envelope.take().unwrap_or_default()
    }

    /// What the record shows of the conversation.
    pub(super) fn headers(&self) -> BTreeMap<String, String> {
        let client = self.client.iter().map(|client| ("helo".to_owned(), client.clone()));
        let login = matches!(self.login, Login::Done).then(|| ("auth".to_owned(), "yes".to_owned()));
        client.chain(login).collect()
    }

    /// Answers one line.
    pub(super) fn command(&mut self, relay: &Relay, line: &str) -> Step {
        match std::mem::take(&mut self.login) {
            Login::PlainAwaited => return self.plain(relay, line),
            Login::UserAwaited => return self.user(line),
            Login::PasswordAwaited(user) => return self.password(relay, &user, line),
            kept @ (Login::None | Login::Done) => self.login = kept,
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(rest, true),
            "HELO" => self.hello(rest, false),
            "QUIT" => close("221 2.0.0 bye"),
            "NOOP" => say("250 2.0.0 ok"),
            "VRFY" => say("252 2.5.2 send some mail, I will try"),
            "RSET" => {
                self.envelope = None;
                say("250 2.0.0 flushed")
            }
            _ if self.client.is_none() => say("503 5.5.1 say EHLO first"),
            "AUTH" => self.auth(relay, rest),
            "MAIL" => self.mail(relay, rest),
            "RCPT" => self.rcpt(relay, rest),
            "DATA" => match &self.envelope {
                None => say("503 5.5.1 need MAIL first"),
                Some(envelope) if envelope.to.is_empty() => say("554 5.5.1 no valid recipients"),
                Some(_) => Step::Data,
            },
            "STARTTLS" => say("502 5.5.1 no TLS on loopback"),
            _ => say("500 5.5.2 command not recognised"),
        }
    }

    fn hello(&mut self, name: &str, extended: bool) -> Step {
        if name.trim().is_empty() {
            return say("501 5.5.4 a name is required");
        }
        self.client = Some(name.trim().to_owned());
        self.envelope = None;
        if !extended {
            return say("250 sandbox.test");
        }
        Step::Say(format!(
            "250-sandbox.test\r\n250-SIZE {MAIL_LIMIT}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n\
             250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN\r\n"
        ))
    }

    fn auth(&mut self, relay: &Relay, rest: &str) -> Step {
        if matches!(self.login, Login::Done) || self.envelope.is_some() {
            return say("503 5.5.1 not now");
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        match (mechanism.to_ascii_uppercase().as_str(), initial) {
            ("PLAIN", "") => {
                self.login = Login::PlainAwaited;
                say("334 ")
            }
            ("PLAIN", initial) => self.plain(relay, initial),
            ("LOGIN", "") => {
                self.login = Login::UserAwaited;
                say("334 VXNlcm5hbWU6")
            }
            ("LOGIN", initial) => self.user(initial),
            _ => say("504 5.5.4 mechanism not known"),
        }
    }

    fn plain(&mut self, relay: &Relay, response: &str) -> Step {
        let Some(text) = decoded(response) else { return say("501 5.5.2 not base64") };
        let mut parts = text.split('\0').skip(1);
        match (parts.next(), parts.next()) {
            (Some(user), Some(password)) => self.check(relay, user, password),
            _ => say("501 5.5.2 not a PLAIN response"),
        }
    }

    fn user(&mut self, response: &str) -> Step {
        let Some(user) = decoded(response) else { return say("501 5.5.2 not base64") };
        self.login = Login::PasswordAwaited(user);
        say("334 UGFzc3dvcmQ6")
    }

    fn password(&mut self, relay: &Relay, user: &str, response: &str) -> Step {
        match decoded(response) {
            Some(password) => self.check(relay, user, &password),
            None => say("501 5.5.2 not base64"),
        }
    }

    fn check(&mut self, relay: &Relay, user: &str, password: &str) -> Step {
        let script = &relay.script;
        let wanted = script.login.as_ref().is_none_or(|(name, word)| name == user && word == password);
        if wanted && !script.bad_tokens.iter().any(|bad| bad == password) {
            self.login = Login::Done;
            say("235 2.7.0 authentication successful")
        } else {
            match &script.login_hint {
                Some(hint) => say(&format!("535 5.7.8 authentication credentials invalid; {hint}")),
                None => say("535 5.7.8 authentication credentials invalid"),
            }
        }
    }

    fn mail(&mut self, relay: &Relay, rest: &str) -> Step {
        if self.envelope.is_some() {
            return say("503 5.5.1 nested MAIL");
        }
        if relay.script.login.is_some() && !matches!(self.login, Login::Done) {
            return say("530 5.7.0 authentication required");
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return say("501 5.5.4 MAIL FROM:<address>");
        };
        let mut envelope = Envelope { from: from.to_owned(), ..Envelope::default() };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
                ("SIZE", size) => match size.parse::<usize>() {
                    Ok(size) if size > MAIL_LIMIT => return say("552 5.3.4 message too big"),
                    Ok(_) => {}
                    Err(_) => return say("501 5.5.4 SIZE is a number"),
                },
                ("BODY", "7BIT" | "8BITMIME") | ("AUTH", _) => {}
                ("SMTPUTF8", "") => envelope.utf8 = true,
                _ => return say("555 5.5.4 parameter not known"),
            }
        }
        if !from.is_empty() && !is_mailbox(from) {
            return say("501 5.1.7 sender address syntax");
        }
        if !from.is_ascii() && !envelope.utf8 {
            return say("553 5.6.7 address needs SMTPUTF8");
        }
        if relay.window.admit(relay.script.rate, Instant::now()).is_err() {
            relay.ledger.note_over_rate(Kind::Email);
            return close("421 4.7.0 too many messages, try again later");
        }
        self.envelope = Some(envelope);
        say("250 2.1.0 sender ok")
    }

    fn rcpt(&mut self, relay: &Relay, rest: &str) -> Step {
        let Some(envelope) = &mut self.envelope else { return say("503 5.5.1 need MAIL first") };
        let Some((to, parameters)) = path(rest, "TO:") else { return say("501 5.5.4 RCPT TO:<address>") };
        if !parameters.trim().is_empty() {
            return say("555 5.5.4 parameter not known");
        }
        if !is_mailbox(to) {
            return say("501 5.1.3 recipient address syntax");
        }
        if !to.is_ascii() && !envelope.utf8 {
            return say("553 5.6.7 address needs SMTPUTF8");
        }
        if envelope.to.len() >= 100 {
            return say("452 4.5.3 too many recipients");
        }
        let local = to.rsplit_once('@').map_or(to, |(local, _)| local);
        let trouble = if relay.script.fault_words { Trouble::of(local) } else { Trouble::default() };
        match trouble.fault {
            Some(Fault::Dead | Fault::Unknown) => return say("550 5.1.1 no such user here"),
            Some(Fault::Blocked) => return say("550 5.7.1 delivery not authorised, message refused"),
            Some(Fault::Quota) => return say("452 4.2.2 mailbox full"),
            Some(Fault::Busy) => return close("421 4.3.2 system not accepting messages now"),
            Some(Fault::Flaky) if relay.met.first_time(to) => {
                return say("451 4.7.1 greylisted, try again later");
            }
            Some(Fault::Html) => {
                return Step::Close("<html><body>Please log in to this network</body></html>\r\n".into());
            }
            Some(Fault::Poison | Fault::Drop | Fault::Half | Fault::Huge) => {
                envelope.fault = envelope.fault.or(trouble.fault);
            }
            Some(Fault::Flaky | Fault::NoDevice) | None => {}
        }
        envelope.slow |= trouble.slow;
        envelope.to.push(to.to_owned());
        say("250 2.1.5 recipient ok")
    }
}

/// `FROM:<a@b> X=1` → `a@b` and ` X=1`.
fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let head = rest.get(..word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    rest[word.len()..].trim_start().strip_prefix('<')?.split_once('>')
}

/// Coarse on purpose: a local part, one domain with no odd characters.
fn is_mailbox(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address.eq_ignore_ascii_case("postmaster");
    };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let local_ok = quoted || (!local.is_empty() && !local.contains([' ', '@', ',', ';', '"']));
    let domain_ok = !domain.is_empty()
        && !domain.starts_with('.')
        && !domain.contains("..")
        && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':'));
    local_ok && domain_ok && local.len() <= 64 && domain.len() <= 255
}

fn decoded(response: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(response.trim()).ok()?).ok()
}
