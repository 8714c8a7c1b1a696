//! Commands that people write: carried out at once, and answered.

use rusqlite::Connection;

use super::person::{Person, come_back, set_state, topic_in_use};
use super::rules::{self, Rule};
use crate::domain::id::ChannelId;
use crate::domain::inbox::Does;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::error::StoreError;
use crate::store::{left, members, topics};

/// What a command led to.
pub(super) struct Obeyed {
    /// For the line in the conversation.
    pub done: String,
    /// What the person is told; empty: nothing.
    pub answer: String,
    /// Whether anything about the person changed.
    pub changed: bool,
}

/// The rule for what somebody wrote, and the topic that they named. Whom an operator blocked is not listened to.
fn heard(
    conn: &Connection,
    channel: ChannelId,
    person: &Person,
    text: &str,
) -> Result<Option<(Rule, Option<String>)>, StoreError> {
    if person.state == SubscriberState::Blocked {
        return Ok(None);
    }
    rules::for_text(conn, channel, text)
}

/// Carries out what somebody wrote, if a rule knows it.
pub(super) fn obey(
    conn: &Connection,
    channel: ChannelId,
    person: &mut Person,
    text: &str,
    at: Millis,
) -> Result<Option<Obeyed>, StoreError> {
    let Some((rule, named)) = heard(conn, channel, person, text)? else { return Ok(None) };
    let obeyed = match rule.does {
        Does::Subscribe => subscribe(conn, person, &rule, named.as_deref(), at)?,
        Does::Unsubscribe => unsubscribe(conn, person, &rule, named.as_deref(), at)?,
        Does::Status => status(conn, person, &rule)?,
        Does::Answer => Obeyed { done: "answer".to_owned(), answer: rule.text.clone(), changed: false },
        Does::Welcome => return Ok(None),
    };
    Ok(Some(obeyed))
}

/// The same for what is told too late for anything but this: a command to leave is carried out, whenever it comes.
pub(super) fn give_up(
    conn: &Connection,
    channel: ChannelId,
    person: &mut Person,
    text: &str,
    at: Millis,
) -> Result<Option<Obeyed>, StoreError> {
    match heard(conn, channel, person, text)? {
        Some((rule, named)) if rule.does == Does::Unsubscribe => {
            unsubscribe(conn, person, &rule, named.as_deref(), at).map(Some)
        }
        _ => Ok(None),
    }
}

fn fill(text: &str, topic: &str) -> String {
    text.replace(rules::HOLE, topic)
}

fn subscribe(
    conn: &Connection,
    person: &mut Person,
    rule: &Rule,
    named: Option<&str>,
    at: Millis,
) -> Result<Obeyed, StoreError> {
    let mut wanted = Vec::new();
    match named {
        // A rule that lists topics lets people join those alone.
        Some(named) => wanted.extend(
            rules::named_topic(conn, named)?
                .filter(|(id, _)| rule.topic_ids.is_empty() || rule.topic_ids.contains(id)),
        ),
        None => {
            for id in &rule.topic_ids {
                let of = topic_in_use(conn, *id)?;
                wanted.extend(of.map(|name| (*id, name)));
            }
        }
    }
    let said = named.unwrap_or_default();
    // What was written before somebody opted out or left, and told late, changes nothing.
    let mut is_late = person.opted_out.is_some_and(|out| at < out);
    for (id, _) in &wanted {
        is_late |= left::at(conn, *id, person.id)?.is_some_and(|left| at < left);
    }
    if wanted.is_empty() || is_late {
        return Ok(Obeyed { done: "subscribe".to_owned(), answer: fill(&rule.other, said), changed: false });
    }
    if person.state == SubscriberState::Unsubscribed {
        come_back(conn, person)?;
    }
    for (id, _) in &wanted {
        left::forget(conn, *id, person.id)?;
        topics::join(conn, *id, person.id)?;
    }
    let names = wanted.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
    Ok(Obeyed { done: format!("subscribe {names}"), answer: fill(&rule.text, &names), changed: true })
}

fn unsubscribe(
    conn: &Connection,
    person: &mut Person,
    rule: &Rule,
    named: Option<&str>,
    at: Millis,
) -> Result<Obeyed, StoreError> {
    let Some(named) = named else {
        let out = person.opted_out.map_or(at, |before| Millis(before.0.max(at.0)));
        set_state(conn, person.id, SubscriberState::Unsubscribed, Some(out))?;
        (person.state, person.opted_out) = (SubscriberState::Unsubscribed, Some(out));
        return Ok(Obeyed { done: "out".to_owned(), answer: rule.text.clone(), changed: true });
    };
    let Some((topic, name)) = rules::named_topic(conn, named)? else {
        return Ok(Obeyed {
            done: "unsubscribe".to_owned(),
            answer: fill(&rule.other, named),
            changed: false,
        });
    };
    let left =
        members::leave_all(conn, &topics::GROUP, topic, &[crate::domain::id::SubscriberId(person.id)])?;
    // Whether a topic of that name is there is told to its members alone.
    if left.is_empty() {
        return Ok(Obeyed {
            done: "unsubscribe".to_owned(),
            answer: fill(&rule.other, named),
            changed: false,
        });
    }
    left::note(conn, topic, person.id, at)?;
    Ok(Obeyed { done: format!("unsubscribe {name}"), answer: fill(&rule.text, &name), changed: true })
}

fn status(conn: &Connection, person: &Person, rule: &Rule) -> Result<Obeyed, StoreError> {
    let names = match person.state {
        SubscriberState::Unsubscribed => Vec::new(),
        _ => topics::of_person(conn, person.id)?,
    };
    let answer = if names.is_empty() && !rule.other.is_empty() {
        rule.other.clone()
    } else {
        rule.text.replace("{topics}", &names.join(", "))
    };
    Ok(Obeyed { done: "status".to_owned(), answer, changed: false })
}
