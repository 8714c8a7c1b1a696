//! Whose values make a message the longest: the few people of an audience with whom its limits are measured.
//!
//! One walk over the audience, in the order of ids, reads lengths only. A person is looked at closer if no
//! channel's few are longer in every respect, so addresses are asked for rarely. A million people with two
//! variables take about as long as looking for those who lack one.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::audience::collect_audience;
use super::db::Db;
use super::error::{Doing, StoreError};
use crate::domain::filter::Filter;
use crate::domain::id::{ChannelId, SubscriberId};
use crate::domain::template::{Hole, Size};

/// So many are kept by channel, part of the message and unit. A value can grow where it is made harmless in
/// markup, so the longest one before that need not be the longest one after it.
const FEW: usize = 4;

/// One of those whose values make a message the longest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Longest {
    /// The channel over which this person gets it.
    pub channel: ChannelId,
    /// Who.
    pub person: SubscriberId,
    /// The name, as stored.
    pub name: String,
    /// The person's own values.
    pub values: BTreeMap<String, String>,
}

impl Longest {
    /// The person's own value of a variable.
    pub fn value(&self, variable: &str) -> Option<&str> {
        match variable {
            "name" => Some(&self.name),
            _ => self.values.get(variable).map(String::as_str),
        }
    }
}

impl Db {
    /// For each channel, those of an audience who get the message there and in whose case one of its parts
    /// (each given by its holes) is the longest.
    pub fn longest(
        &self,
        filter: &Filter,
        channels: &[ChannelId],
        every: bool,
        parts: &[Vec<Hole>],
    ) -> Result<Vec<Longest>, StoreError> {
        let parts = measures(parts);
        if parts.is_empty() || channels.is_empty() {
            return Ok(Vec::new());
        }
        let people = self.audience_count(filter, channels, every)?;
        let mut few = Few::new(&people.channels, parts.len() * 2);
        collect_audience(&self.conn, &self.pin(filter)?)?;
        let found = self.walk_collected(channels, every, &parts, &mut few);
        self.conn.execute_batch("DROP TABLE IF EXISTS temp.plan_person").doing(LOOKING)?;
        found?;
        let kept = few.kept();
        kept.into_iter().map(|(channel, person)| self.with_values(channel, person)).collect()
    }

    fn walk_collected(
        &self,
        channels: &[ChannelId],
        every: bool,
        parts: &[Vec<Hole>],
        few: &mut Few,
    ) -> Result<(), StoreError> {
        let wanted: BTreeSet<&str> =
            parts.iter().flatten().map(|hole| hole.variable.as_str()).filter(|one| *one != "name").collect();
        let people = "FROM plan_person p JOIN subscriber s ON s.id = p.subscriber";
        // Joined with nothing, the planner would read every value for everybody.
        let sql = if wanted.is_empty() {
            format!(
                "SELECT p.subscriber, length(s.name), octet_length(s.name), NULL {people} \
                 WHERE s.state = 0 ORDER BY p.subscriber"
            )
        } else {
            format!(
                "SELECT p.subscriber, length(s.name), octet_length(s.name), v.key, length(v.value), \
                 octet_length(v.value) {people} LEFT JOIN subscriber_var v ON v.subscriber = p.subscriber \
                 AND v.key IN ({}) WHERE s.state = 0 ORDER BY p.subscriber",
                vec!["?"; wanted.len()].join(", ")
            )
        };
        let mut read = self.conn.prepare(&sql).doing(LOOKING)?;
        let values = wanted.iter().map(|variable| Value::from((*variable).to_owned()));
        let mut rows = read.query(params_from_iter(values)).doing(LOOKING)?;
        let mut person = Sizes::default();
        while let Some(row) = rows.next().doing(LOOKING)? {
            let id = row.get(0).doing(LOOKING)?;
            if id != person.id {
                self.weigh(&person, channels, every, parts, few)?;
                person = Sizes { id, name: size(row, 1)?, values: Vec::new() };
            }
            if let Some(key) = row.get::<_, Option<String>>(3).doing(LOOKING)? {
                person.values.push((key, size(row, 4)?));
            }
        }
        self.weigh(&person, channels, every, parts, few)
    }

    fn weigh(
        &self,
        person: &Sizes,
        channels: &[ChannelId],
        every: bool,
        parts: &[Vec<Hole>],
        few: &mut Few,
    ) -> Result<(), StoreError> {
        let scores = person.scores(parts);
        if person.id == 0 || !few.may_take(&scores) {
            return Ok(());
        }
        let mut usable: BTreeSet<i64> = self
            .conn
            .prepare_cached("SELECT channel FROM address WHERE subscriber = ?1 AND state = 0")
            .and_then(|mut read| read.query_map([person.id], |row| row.get(0))?.collect())
            .doing(LOOKING)?;
        for channel in channels {
            if usable.remove(&channel.0) {
                few.take(*channel, person.id, &scores);
                if !every {
                    break;
                }
            }
        }
        Ok(())
    }

    fn with_values(&self, channel: ChannelId, person: i64) -> Result<Longest, StoreError> {
        let name = self
            .conn
            .prepare_cached("SELECT name FROM subscriber WHERE id = ?1")
            .and_then(|mut read| read.query_row([person], |row| row.get(0)))
            .doing(LOOKING)?;
        let values = self
            .conn
            .prepare_cached("SELECT key, value FROM subscriber_var WHERE subscriber = ?1")
            .and_then(|mut read| read.query_map([person], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .doing(LOOKING)?;
        Ok(Longest { channel, person: SubscriberId(person), name, values })
    }
}

const LOOKING: &str = "looking for the longest values";

fn size(row: &Row<'_>, at: usize) -> Result<Size, StoreError> {
    Ok(Size { chars: row.get(at).doing(LOOKING)?, bytes: row.get(at + 1).doing(LOOKING)? })
}

/// The parts that differ from person to person, and all of them together: what a payload holds.
fn measures(parts: &[Vec<Hole>]) -> Vec<Vec<Hole>> {
    let mut measures: Vec<Vec<Hole>> = Vec::new();
    for part in parts.iter().cloned().chain([parts.concat()]) {
        if !part.is_empty() && !measures.contains(&part) {
            measures.push(part);
        }
    }
    measures
}

/// The lengths of one person's values.
#[derive(Default)]
struct Sizes {
    id: i64,
    name: Size,
    values: Vec<(String, Size)>,
}

impl Sizes {
    fn own(&self, variable: &str) -> Option<Size> {
        match variable {
            "name" => Some(self.name),
            _ => self.values.iter().find(|(key, _)| key == variable).map(|(_, size)| *size),
        }
    }

    /// For each part how long it becomes, in characters and in bytes.
    fn scores(&self, parts: &[Vec<Hole>]) -> Vec<i64> {
        let mut scores = Vec::with_capacity(parts.len() * 2);
        for part in parts {
            let sizes = part.iter().map(|hole| hole.filled(self.own(&hole.variable)));
            let (chars, bytes) =
                sizes.fold((0, 0), |(chars, bytes), size: Size| (chars + size.chars, bytes + size.bytes));
            scores.extend([chars, bytes]);
        }
        scores
    }
}

/// Score and id of each, the longest first.
type Ranked = Vec<(i64, i64)>;

/// The few longest by channel and score.
struct Few {
    channels: Vec<(ChannelId, Vec<Ranked>)>,
    /// How many can be expected of a channel.
    most: Vec<usize>,
}

impl Few {
    fn new(channels: &[(ChannelId, i64)], scores: usize) -> Self {
        let reached = channels.iter().filter(|(_, people)| *people > 0);
        Self {
            most: reached.clone().map(|(_, n)| usize::try_from(*n).unwrap_or(FEW).min(FEW)).collect(),
            channels: reached.map(|(id, _)| (*id, vec![Vec::new(); scores])).collect(),
        }
    }

    /// Whether some channel would keep a person with these scores.
    fn may_take(&self, scores: &[i64]) -> bool {
        self.channels.iter().zip(&self.most).any(|((_, kept), most)| {
            kept.iter()
                .zip(scores)
                .any(|(few, score)| few.len() < *most || few.last().is_some_and(|(least, _)| least < score))
        })
    }

    fn take(&mut self, channel: ChannelId, person: i64, scores: &[i64]) {
        let Some((_, kept)) = self.channels.iter_mut().find(|(id, _)| *id == channel) else { return };
        for (few, score) in kept.iter_mut().zip(scores) {
            let at = few.partition_point(|(longer, _)| longer >= score);
            if at < FEW {
                few.insert(at, (*score, person));
                few.truncate(FEW);
            }
        }
    }

    fn kept(self) -> Vec<(ChannelId, i64)> {
        let mut all = Vec::new();
        for (channel, kept) in self.channels {
            let people: BTreeSet<i64> = kept.into_iter().flatten().map(|(_, person)| person).collect();
            all.extend(people.into_iter().map(|person| (channel, person)));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Scope;
    use crate::store::fixtures::Shop;

    fn hole(variable: &str) -> Hole {
        Hole { variable: variable.into(), without: Size::default(), empty: Size::default() }
    }

    fn give(shop: &Shop, person: i64, key: &str, value: &str) {
        shop.db
            .conn
            .execute(
                "INSERT INTO subscriber_var (subscriber, key, value) VALUES (?1, ?2, ?3)",
                (person, key, value),
            )
            .expect("a value");
    }

    fn whose(shop: &Shop, channels: &[ChannelId], every: bool, parts: &[Vec<Hole>]) -> Vec<(i64, String)> {
        let filter = Filter::parse("", Scope::People).expect("everybody");
        let found = shop.db.longest(&filter, channels, every, parts).expect("found");
        found.into_iter().map(|one| (one.channel.0, one.name)).collect()
    }

    #[test]
    fn the_longest_are_found_among_those_who_get_it_and_by_the_channel_that_reaches_them() {
        let mut shop = Shop::new();
        let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
        shop.people(50, bark);
        let long = shop.person("long", 0, &[bark]);
        let muted = shop.person("muted", 1, &[bark]);
        let longest = shop.person("longest", 0, &[mail]);
        let nowhere = shop.person("nowhere", 0, &[]);
        for (person, length) in [(long, 1_500), (muted, 2_000), (longest, 9_000), (nowhere, 9_999)] {
            give(&shop, person, "x", &"x".repeat(length));
        }
        let found = whose(&shop, &[bark, mail], false, &[vec![hole("x")]]);
        let on = |channel: ChannelId| found.iter().filter(move |(id, _)| *id == channel.0);
        assert!(on(bark).any(|(_, name)| name == "long") && on(bark).count() <= 2 * FEW, "{found:?}");
        assert_eq!(on(mail).map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["longest"]);
        let gone = |(_, name): &(i64, String)| name == "muted" || name == "nowhere";
        assert!(!found.iter().any(gone), "{found:?}");
    }

    #[test]
    fn a_person_without_a_value_counts_with_what_stands_in_and_sums_count_for_a_whole_message() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        // Ten with one long value each, one whose two are shorter but longer together, one with none.
        for n in 0..5 {
            let person = shop.person(&format!("only x {n}"), 0, &[bark]);
            give(&shop, person, "x", &"x".repeat(30));
            let person = shop.person(&format!("only y {n}"), 0, &[bark]);
            give(&shop, person, "y", &"y".repeat(30));
        }
        let both = shop.person("both", 0, &[bark]);
        give(&shop, both, "x", &"x".repeat(20));
        give(&shop, both, "y", &"y".repeat(20));
        shop.person("none", 0, &[bark]);
        let named = |parts: &[Vec<Hole>], name: &str| {
            whose(&shop, &[bark], false, parts).iter().any(|(_, found)| found == name)
        };
        assert!(named(&[vec![hole("x")], vec![hole("y")]], "both"));
        assert!(!named(&[vec![hole("x"), hole("y")]], "none"));
        let default = Hole { without: Size { chars: 99, bytes: 99 }, ..hole("x") };
        assert!(named(&[vec![default.clone(), Hole { variable: "y".into(), ..default }]], "none"));
    }
}
