//! Rules: what is done by itself when somebody follows or writes a command.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::domain::fold::fold;
use crate::domain::id::{ChannelId, RuleId};
use crate::domain::inbox::{Does, Sort};
use crate::domain::name;
use crate::store::audit::Act;
use crate::store::db::{Changed, Db, bump};
use crate::store::denial::{Denial, Named};
use crate::store::error::{Doing, StoreError};
use crate::store::{row, topics};

/// Where the name of a topic stands in a command.
pub const HOLE: &str = "{topic}";

/// Most bytes of what a person is told, and of a pattern.
const LONGEST_TEXT: usize = 2_000;
const LONGEST_PATTERN: usize = 200;

/// Why something cannot be a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// A command without a word.
    #[error("a command needs something that people write")]
    Empty,
    /// Too long a pattern or text.
    #[error("it is too long")]
    TooLong,
    /// `{topic}` where it means nothing, or twice.
    #[error("{{topic}} stands once, in commands that subscribe or unsubscribe")]
    Hole,
    /// Nothing to subscribe to.
    #[error("it needs {{topic}} or a topic to subscribe to")]
    NoTopic,
    /// Nothing to answer.
    #[error("it needs a text to answer")]
    NoText,
}

/// A rule to be made, or to take the place of the one with the same pattern on the same channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// When it is looked at; follows from what it does.
    pub does: Does,
    /// On which channel; none: on every one.
    pub channel: Option<ChannelId>,
    /// What people write, or the scene that they came by.
    pub pattern: String,
    /// Topics by name or id.
    pub topics: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// What the person is told.
    pub text: String,
    /// What the person is told if it could not be done.
    pub other: String,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// When it is looked at.
    pub sort: Sort,
    /// On which channel; none: on every one.
    pub channel: Option<ChannelId>,
    /// The channel's name.
    pub channel_name: Option<String>,
    /// What people write, or the scene that they came by.
    pub pattern: String,
    /// What it does.
    pub does: Does,
    /// Names of the topics that are there.
    pub topics: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// What the person is told.
    pub text: String,
    /// What the person is told if it could not be done.
    pub other: String,
    #[serde(skip)]
    pub(super) topic_ids: Vec<i64>,
}

impl NewRule {
    const fn sort(&self) -> Sort {
        match self.does {
            Does::Welcome => Sort::Follow,
            Does::Subscribe | Does::Unsubscribe | Does::Status | Does::Answer => Sort::Command,
        }
    }

    fn fault(&self, pattern: &str) -> Option<RuleFault> {
        let holes = pattern.matches(HOLE).count();
        let takes_topic = matches!(self.does, Does::Subscribe | Does::Unsubscribe);
        let long = self.text.len().max(self.other.len()) > LONGEST_TEXT || pattern.len() > LONGEST_PATTERN;
        if long {
            Some(RuleFault::TooLong)
        } else if holes > usize::from(takes_topic) {
            Some(RuleFault::Hole)
        } else if self.sort() == Sort::Command && pattern.replace(HOLE, "").trim().is_empty() {
            Some(RuleFault::Empty)
        } else if self.does == Does::Subscribe && holes == 0 && self.topics.is_empty() {
            Some(RuleFault::NoTopic)
        } else if matches!(self.does, Does::Answer | Does::Status) && self.text.trim().is_empty() {
            Some(RuleFault::NoText)
        } else {
            None
        }
    }
}

const COLUMNS: &str =
    "SELECT r.id, r.sort, r.channel, c.name AS channel_name, r.pattern, r.does, r.topics, r.tags,
        r.text, r.other FROM rule r LEFT JOIN channel c ON c.id = r.channel
      WHERE (r.channel IS NULL OR c.removed_ms IS NULL)";

fn read(row: &Row<'_>) -> rusqlite::Result<Rule> {
    Ok(Rule {
        id: RuleId(row.get("id")?),
        sort: row::word(row, "sort", Sort::from_word)?,
        channel: row.get::<_, Option<i64>>("channel")?.map(ChannelId),
        channel_name: row.get("channel_name")?,
        pattern: row.get("pattern")?,
        does: row::word(row, "does", Does::from_word)?,
        topics: Vec::new(),
        tags: row::json(row, "tags")?,
        text: row.get("text")?,
        other: row.get("other")?,
        topic_ids: row::json(row, "topics")?,
    })
}

/// Names of topics that are in use, in that order.
fn names(conn: &Connection, ids: &[i64]) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for id in ids {
        let name: Option<String> = conn
            .prepare_cached("SELECT name FROM topic WHERE id = :id AND removed_ms IS NULL")
            .and_then(|mut read| read.query_row(named_params! { ":id": id }, |row| row.get(0)).optional())
            .doing("naming the topics of a rule")?;
        names.extend(name);
    }
    Ok(names)
}

/// The rules for follows that are for this channel and scene: those of the channel and of the scene last.
pub(super) fn for_follow(
    conn: &Connection,
    channel: ChannelId,
    scene: &str,
) -> Result<Vec<Rule>, StoreError> {
    let mut rules = all(conn, Sort::Follow, channel)?;
    rules.retain(|rule| match rule.pattern.strip_suffix('*') {
        _ if rule.pattern.is_empty() => true,
        Some(beginning) => scene.starts_with(beginning),
        None => rule.pattern == scene,
    });
    rules.sort_by_key(|rule| (rule.channel.is_some(), rule.pattern.len()));
    Ok(rules)
}

/// The rule for what somebody wrote, and the topic that they named.
pub(super) fn for_text(
    conn: &Connection,
    channel: ChannelId,
    text: &str,
) -> Result<Option<(Rule, Option<String>)>, StoreError> {
    if text.len() > LONGEST_PATTERN {
        return Ok(None);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A sentence ends in a mark, most commands in nothing.
    let bare = text.trim_end_matches(|c: char| c.is_whitespace() || "。．.!！~～，,".contains(c));
    let mut rules = all(conn, Sort::Command, channel)?;
    // Those of the channel first, and the one that leaves least open.
    rules.sort_by_key(|rule| {
        (rule.channel.is_none(), rule.pattern.contains(HOLE), usize::MAX - rule.pattern.len())
    });
    for said in [text.as_str(), bare] {
        for rule in &rules {
            match matched(&rule.pattern, said) {
                None => {}
                Some(Matched::Whole) => return Ok(Some((rule.clone(), None))),
                // A topic may be called so.
                Some(Matched::Topic(topic)) if said == bare || named_topic(conn, &topic)?.is_some() => {
                    return Ok(Some((rule.clone(), Some(topic))));
                }
                Some(Matched::Topic(_)) => {}
            }
        }
    }
    Ok(None)
}

/// How a text is a command.
#[derive(Debug, PartialEq, Eq)]
enum Matched {
    /// It is the whole of it.
    Whole,
    /// This stands in the place of `{topic}`.
    Topic(String),
}

/// Whether a text is this command; with what stands in the place of `{topic}`. Case and width do not count, nor does
/// white space where no letter of ours could run into another.
fn matched(pattern: &str, text: &str) -> Option<Matched> {
    let pattern = pattern.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((before, after)) = pattern.split_once(HOLE) else {
        return (fold(&pattern) == fold(text)).then_some(Matched::Whole);
    };
    let (before, after) = (fold(before.trim()), fold(after.trim()));
    let borders = || text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let begin = borders().find(|at| fold(&text[..*at]).trim_end() == before)?;
    let rest = &text[begin..];
    let runs_on = |letter: Option<char>| letter.is_some_and(|c| c.is_ascii_alphanumeric());
    if runs_on(before.chars().next_back()) && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let end = rest
        .char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .rev()
        .find(|at| fold(&rest[*at..]).trim_start() == after)?;
    let topic = rest[..end].trim().trim_matches(['“', '”', '"', '「', '」']).trim();
    (!topic.is_empty()).then(|| Matched::Topic(topic.to_owned()))
}

/// The topic that somebody named, without regard to case and width.
pub(super) fn named_topic(conn: &Connection, typed: &str) -> Result<Option<(i64, String)>, StoreError> {
    let folded = fold(typed);
    let mut read = conn
        .prepare_cached("SELECT id, name FROM topic WHERE removed_ms IS NULL ORDER BY id")
        .doing("looking for a topic")?;
    let mut rows = read.query([]).doing("looking for a topic")?;
    while let Some(row) = rows.next().doing("looking for a topic")? {
        let name: String = row.get(1).doing("looking for a topic")?;
        if fold(&name) == folded {
            return Ok(Some((row.get(0).doing("looking for a topic")?, name)));
        }
    }
    Ok(None)
}

fn all(conn: &Connection, sort: Sort, channel: ChannelId) -> Result<Vec<Rule>, StoreError> {
    conn.prepare_cached(&format!(
        "{COLUMNS} AND r.sort = :sort AND (r.channel IS NULL OR r.channel = :channel) ORDER BY r.id"
    ))
    .and_then(|mut list| {
        list.query_map(named_params! { ":sort": sort.word(), ":channel": channel.0 }, read)?.collect()
    })
    .doing("reading the rules")
}

impl Db {
    /// Every rule, in the order in which they were made.
    pub fn rules(&self) -> Result<Vec<Rule>, StoreError> {
        let mut rules: Vec<Rule> = self
            .conn
            .prepare_cached(&format!("{COLUMNS} ORDER BY r.sort DESC, r.id"))
            .and_then(|mut list| list.query_map([], read)?.collect())
            .doing("reading the rules")?;
        for rule in &mut rules {
            rule.topics = names(&self.conn, &rule.topic_ids)?;
        }
        Ok(rules)
    }

    /// Makes a rule, or changes the one with the same pattern on the same channel.
    pub fn set_rule(&mut self, new: &NewRule) -> Result<RuleId, StoreError> {
        let pattern = new.pattern.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(fault) = new.fault(&pattern) {
            return Err(Denial::Rule(fault).into());
        }
        for tag in &new.tags {
            name::label(tag).map_err(|why| Denial::Name { what: Named::Tag, typed: tag.clone(), why })?;
        }
        let tx = self.write()?;
        let ids = new.topics.iter().map(|topic| topics::id_of(&tx, topic)).collect::<Result<Vec<_>, _>>()?;
        let id: i64 = tx
            .query_row(
                "INSERT INTO rule (sort, channel, pattern, does, topics, tags, text, other)
                 VALUES (:sort, :channel, :pattern, :does, :topics, :tags, :text, :other)
                 ON CONFLICT (sort, coalesce(channel, 0), pattern) DO UPDATE
                   SET does = :does, topics = :topics, tags = :tags, text = :text, other = :other
                 RETURNING id",
                named_params! {
                    ":sort": new.sort().word(), ":channel": new.channel.map(|id| id.0), ":pattern": pattern,
                    ":does": new.does.word(), ":topics": serde_json::json!(ids).to_string(),
                    ":tags": serde_json::json!(new.tags).to_string(), ":text": new.text, ":other": new.other,
                },
                |row| row.get(0),
            )
            .doing("making a rule")?;
        tx.note(Act::Rule, RuleId(id), &format!("{}: {pattern}", new.does.word()))?;
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("making a rule")?;
        Ok(RuleId(id))
    }

    /// Takes a rule away.
    pub fn remove_rule(&mut self, id: RuleId) -> Result<(), StoreError> {
        let tx = self.write()?;
        let gone = tx
            .execute("DELETE FROM rule WHERE id = :id", named_params! { ":id": id.0 })
            .doing("taking a rule away")?;
        if gone == 0 {
            return Err(StoreError::NotFound { what: "rule", id: id.to_string() });
        }
        tx.note(Act::Rule, id, "removed")?;
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("taking a rule away")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_known_whatever_their_case_width_and_spaces() {
        let topic = |pattern: &str, text: &str| matched(pattern, text);
        let named = |name: &str| Some(Matched::Topic(name.to_owned()));
        for text in ["订阅 ops", "订阅ops", "订阅　ops", "订阅 “ops”"] {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(topic("订阅 {topic}", &text), named("ops"), "{text}");
        }
        assert_eq!(topic("subscribe {topic}", "SUBSCRIBE Ops EU"), named("Ops EU"));
        assert_eq!(topic("subscribe {topic}", "ｓｕｂｓｃｒｉｂｅ ｏｐｓ"), named("ｏｐｓ"));
        assert_eq!(topic("join {topic} please", "join ops please"), named("ops"));
        assert_eq!(topic("status", "Status"), Some(Matched::Whole));
        for (pattern, text) in [
            ("subscribe {topic}", "subscribeops"),
            ("subscribe {topic}", "subscribe"),
            ("subscribe {topic}", "please subscribe ops"),
            ("订阅 {topic}", "订阅"),
            ("订阅 {topic}", "退订 ops"),
            ("join {topic} please", "join ops"),
            ("status", "statuses"),
            ("退订", "退订 ops"),
        ] {
            assert_eq!(topic(pattern, text), None, "{pattern}: {text}");
        }
    }
}
