//! Small stores full of people, for the tests of this folder.

use std::collections::BTreeMap;

use super::addresses::NewAddress;
use super::channels::NewChannel;
use super::db::{Db, wall_clock};
use super::subscribers::NewSubscriber;
use super::topics::NewTopic;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{ChannelId, SubscriberId, TopicId};
use crate::domain::secret::Secret;

/// A store with the methods of `Db`, and short words for what tests need often.
pub struct Crowd(pub Db);

impl std::ops::Deref for Crowd {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.0
    }
}

impl std::ops::DerefMut for Crowd {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.0
    }
}

/// A valid Bark device key that ends in `n`.
pub fn bark_key(n: usize) -> String {
    format!("abcdefghijklmnop{n:06}")
}

pub fn filter(text: &str) -> Filter {
    Filter::parse(text, Scope::People).expect(text)
}

impl Crowd {
    pub fn new() -> Self {
        Self(Db::in_memory(wall_clock()).expect("a store"))
    }

    pub fn with_channel(&mut self, name: &str, kind: &str) -> ChannelId {
        let new = NewChannel { name: name.into(), kind: kind.into(), ..NewChannel::default() };
        self.add_channel(&new).expect("a channel")
    }

    pub fn with_topic(&mut self, name: &str) -> TopicId {
        self.add_topic(&NewTopic { name: name.into(), ..NewTopic::default() }).expect("a topic")
    }

    /// Adds a person; `topics` and `tags` are separated by spaces.
    pub fn person(&mut self, name: &str, topics: &str, tags: &str) -> SubscriberId {
        self.reachable(name, topics, tags, &[])
    }

    pub fn reachable(
        &mut self,
        name: &str,
        topics: &str,
        tags: &str,
        addresses: &[(ChannelId, &str)],
    ) -> SubscriberId {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let new = NewSubscriber {
            name: name.into(),
            topics: words(topics),
            tags: words(tags),
            addresses: addresses.iter().map(|(channel, typed)| address(*channel, typed)).collect(),
            vars: BTreeMap::new(),
            ..NewSubscriber::default()
        };
        self.add_subscriber(&new).expect(name).id
    }

    /// Names of the people under a filter, newest first.
    pub fn names(&self, text: &str) -> Vec<String> {
        let page = self.people(&filter(text), None, 100).expect(text);
        let names: Vec<String> = page.into_iter().map(|person| person.name).collect();
        assert_eq!(self.audience_size(&filter(text)).expect(text), names.len() as i64, "{text}");
        let count = self.count_people(&filter(text)).expect(text);
        assert_eq!((count.n, count.exact), (names.len() as i64, true), "{text}");
        names
    }

    /// Whether every counter that is kept agrees with the rows.
    pub fn counters_agree(&self) {
        for (what, sql) in [
            ("people", "SELECT n - (SELECT count(*) FROM subscriber WHERE removed_ms IS NULL) FROM tally"),
            (
                "topics",
                "SELECT count(*) FROM topic t WHERE people <> (SELECT count(*) FROM topic_member m
                   JOIN subscriber s ON s.id = m.subscriber WHERE m.topic = t.id AND s.removed_ms IS NULL)",
            ),
            (
                "tags",
                "SELECT count(*) FROM tag t WHERE people <> (SELECT count(*) FROM subscriber_tag m
                   JOIN subscriber s ON s.id = m.subscriber WHERE m.tag = t.id AND s.removed_ms IS NULL)",
            ),
            (
                "channels",
                "SELECT count(*) FROM channel c WHERE addresses <> (SELECT count(*) FROM address a
                   JOIN subscriber s ON s.id = a.subscriber
                  WHERE a.channel = c.id AND a.state = 0 AND s.removed_ms IS NULL)",
            ),
        ] {
            let off: i64 = self.conn.query_row(sql, [], |row| row.get(0)).expect(what);
            assert_eq!(off, 0, "{what} are counted wrong");
        }
    }
}

pub fn address(channel: ChannelId, typed: &str) -> NewAddress {
    NewAddress { channel, typed: Secret::new(typed) }
}
