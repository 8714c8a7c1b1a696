//! Everybody who follows, gathered page by page.
//!
//! Entries can move from one page to another while somebody reads, so each is known by the provider's own id and
//! not by its place; and nobody counts as gone unless the pass was whole.

use std::collections::BTreeMap;

use super::desk::{Follower, RemoteTopic, RosterPage};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// So many pages in a row without anybody new, and the list goes in a circle.
const IDLE: u32 = 3;

/// A person of the list: all their entries in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The address.
    pub address: Secret,
    /// The provider's name for them, or empty.
    pub name: String,
    /// Whether nothing is delivered to them because the operator has blocked them there.
    pub blocked: bool,
    /// The remote topics that they follow, and the groups that they are in.
    pub topics: Vec<RemoteTopic>,
    /// Since when they follow, as far as is known.
    pub since: Option<Millis>,
    /// The scene of the code that they came by.
    pub scene: String,
}

/// A pass over the pages.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    entries: BTreeMap<String, Follower>,
    groups: BTreeMap<String, RemoteTopic>,
    unreadable: usize,
    total: Option<i64>,
    idle: u32,
    ended: bool,
    begun: Option<Millis>,
}

impl Roll {
    /// Nothing read yet; the reading begins at that moment.
    pub fn since(begun: Millis) -> Self {
        Self { begun: Some(begun), ..Self::default() }
    }

    /// When the reading began.
    pub const fn begun(&self) -> Option<Millis> {
        self.begun
    }

    /// Takes a page; where the next one begins, if there is one.
    pub fn take(&mut self, page: RosterPage) -> Option<String> {
        let before = self.entries.len();
        self.total = page.total.or(self.total);
        for person in page.people {
            if person.address.is_empty() {
                self.unreadable += 1;
            } else {
                self.entries.insert(key(&person), person);
            }
        }
        self.idle = if self.entries.len() == before { self.idle + 1 } else { 0 };
        self.ended = page.next.is_none();
        page.next.filter(|_| self.idle < IDLE)
    }

    /// What the groups of the people are called.
    pub fn name_groups(&mut self, groups: Vec<RemoteTopic>) {
        self.groups.extend(groups.into_iter().map(|group| (group.id.clone(), group)));
    }

    /// How many entries have been read.
    pub fn entries(&self) -> i64 {
        self.entries.len() as i64
    }

    /// How many there should be, if the provider says so.
    pub const fn total(&self) -> Option<i64> {
        self.total
    }

    /// Whether nobody can be missing: the last page was read, every entry of it, and no fewer than the provider
    /// counts.
    pub fn is_whole(&self) -> bool {
        self.ended && self.unreadable == 0 && self.total.is_none_or(|total| self.entries() >= total)
    }

    /// The people, each once, by address.
    pub fn people(&self) -> Vec<Listed> {
        let mut people: BTreeMap<&str, (Listed, Blocked)> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| !entry.gone) {
            let (one, blocked) = people.entry(entry.address.expose()).or_insert_with(|| {
                let address = entry.address.clone();
                let (name, scene) = (String::new(), String::new());
                (
                    Listed { address, name, blocked: false, topics: Vec::new(), since: None, scene },
                    Blocked::default(),
                )
            });
            blocked.count(entry);
            for (kept, given) in [(&mut one.name, &entry.name), (&mut one.scene, &entry.scene)] {
                if kept.is_empty() {
                    kept.clone_from(given);
                }
            }
            one.since = [one.since, entry.since].into_iter().flatten().min();
            one.topics.extend(entry.topic.clone());
            one.topics.extend(entry.groups.iter().filter_map(|id| self.groups.get(id)).cloned());
        }
        people.into_values().map(|(one, blocked)| Listed { blocked: blocked.is(), ..one }).collect()
    }
}

/// An entry without an id of its own is known by what it says.
fn key(person: &Follower) -> String {
    if !person.record.is_empty() {
        return person.record.clone();
    }
    let topic = person.topic.as_ref().map(|topic| topic.id.as_str()).unwrap_or_default();
    format!("{topic} {}", person.address.expose())
}

/// Whoever is blocked for a topic alone still gets what is sent to them themselves.
#[derive(Default)]
struct Blocked {
    own: Option<bool>,
    topics: Option<bool>,
}

impl Blocked {
    fn count(&mut self, entry: &Follower) {
        let place = if entry.topic.is_none() { &mut self.own } else { &mut self.topics };
        *place = Some(entry.blocked && place.unwrap_or(true));
    }

    fn is(&self) -> bool {
        self.own.or(self.topics).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(record: i64, uid: &str, topic: Option<&str>, blocked: bool) -> Follower {
        let topic = topic.map(|id| RemoteTopic { id: id.into(), name: format!("topic {id}") });
        Follower { address: uid.into(), record: record.to_string(), topic, blocked, ..Follower::default() }
    }

    fn page(people: Vec<Follower>, next: Option<&str>, total: Option<i64>) -> RosterPage {
        RosterPage { people, next: next.map(str::to_owned), total }
    }

    #[test]
    fn a_person_with_several_entries_is_one_and_an_entry_that_moved_counts_once() {
        let mut roll = Roll::default();
        let first = vec![entry(1, "UID_a", None, false), entry(2, "UID_b", None, true)];
        assert_eq!(roll.take(page(first, Some("2"), Some(4))).as_deref(), Some("2"));
        assert!(!roll.is_whole());
        let second = vec![
            entry(2, "UID_b", None, true),
            entry(3, "UID_a", Some("7"), true),
            entry(4, "UID_c", Some("7"), true),
        ];
        assert_eq!(roll.take(page(second, None, Some(4))), None);
        assert!(roll.is_whole());
        let people = roll.people();
        let seen: Vec<_> =
            people.iter().map(|one| (one.address.expose(), one.blocked, one.topics.len())).collect();
        assert_eq!(seen, [("UID_a", false, 1), ("UID_b", true, 0), ("UID_c", true, 1)]);
    }

    #[test]
    fn a_pass_that_may_lack_somebody_is_not_whole() {
        let whole = |pages: Vec<RosterPage>| {
            let mut roll = Roll::default();
            for page in pages {
                let _ = roll.take(page);
            }
            roll.is_whole()
        };
        let one = || vec![entry(1, "UID_a", None, false)];
        assert!(whole(vec![page(one(), None, Some(1))]));
        assert!(whole(vec![page(one(), Some("2"), None), page(Vec::new(), None, None)]));
        assert!(!whole(vec![page(one(), Some("2"), Some(1))]), "the last page was not read");
        assert!(!whole(vec![page(one(), None, Some(2))]), "one slipped between two pages");
        let odd = vec![entry(1, "UID_a", None, false), entry(2, "", None, false)];
        assert!(!whole(vec![page(odd, None, Some(1))]), "an entry could not be read");
    }

    #[test]
    fn a_list_that_goes_in_a_circle_ends() {
        let mut roll = Roll::default();
        let asked = (0..100)
            .take_while(|_| roll.take(page(vec![entry(1, "UID_a", None, false)], Some("2"), None)).is_some());
        assert_eq!(asked.count(), IDLE as usize);
        assert!(!roll.is_whole());
    }
}
