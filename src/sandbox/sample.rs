//! About 4,000 sample people and three messages for the demo, made from short name lists: the same ones every time.
//!
//! Nobody here exists, and every mailbox ends in a reserved domain. Some addresses carry fault words, so that
//! the demo has something to triage. Those that break a connection stand only where one call reaches one person.

use super::fault::{FAULT_WORDS, Trouble};

/// How many people the demo has.
pub const PEOPLE: usize = 4_000;

/// The columns of [`people_csv`], as an import expects them.
pub const COLUMNS: [&str; 10] =
    ["name", "topics", "tags", "note", "var.city", "var.plan", "wxpusher", "bark", "serverchan", "email"];

/// A draft: its title and its Markdown body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleMessage {
    /// Goes into the title field.
    pub title: &'static str,
    /// Markdown with `{{name}}` and other variables.
    pub body: &'static str,
}

/// A maintenance notice, a release note and a weekly digest.
pub const MESSAGES: [SampleMessage; 3] = [
    SampleMessage {
        title: "今晚停机维护 Maintenance tonight",
        body: include_str!("../../assets/sample/maintenance.md"),
    },
    SampleMessage { title: "2.4.0 发布", body: include_str!("../../assets/sample/release.md") },
    SampleMessage { title: "周报 Weekly digest", body: include_str!("../../assets/sample/weekly.md") },
];

const SURNAMES: &str = include_str!("../../assets/sample/names/surnames.txt");
const GIVEN: &str = include_str!("../../assets/sample/names/given.txt");
const ENGLISH: &str = include_str!("../../assets/sample/names/english.txt");
const OTHERS: &str = include_str!("../../assets/sample/names/others.txt");

const CITIES: [&str; 12] = [
    "北京",
    "上海",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "武汉",
    "西安",
    "南京",
    "Singapore",
    "Berlin",
    "Toronto",
];

/// One row; empty text is an empty cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SamplePerson {
    /// As it is shown.
    pub name: String,
    /// Joined with `;`.
    pub topics: String,
    /// Joined with `;`.
    pub tags: String,
    /// Free text.
    pub note: String,
    /// `{{city}}`.
    pub city: &'static str,
    /// `{{plan}}`.
    pub plan: &'static str,
    /// A UID.
    pub wxpusher: String,
    /// A device key.
    pub bark: String,
    /// A SendKey of either product.
    pub serverchan: String,
    /// A mailbox in a reserved domain.
    pub email: String,
}

impl SamplePerson {
    /// The cells in the order of [`COLUMNS`].
    pub fn cells(&self) -> [&str; 10] {
        [
            &self.name,
            &self.topics,
            &self.tags,
            &self.note,
            self.city,
            self.plan,
            &self.wxpusher,
            &self.bark,
            &self.serverchan,
            &self.email,
        ]
    }
}

/// The first `count` people; a shorter list is the beginning of a longer one.
pub fn people(count: usize) -> impl Iterator<Item = SamplePerson> {
    let lists = Lists::read();
    let mut dice = Dice(0x5eed_0f5a_3b1e);
    (0..count).map(move |index| person(index, &lists, &mut dice))
}

/// [`people`] as a CSV document with a header.
pub fn people_csv(count: usize) -> String {
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for person in people(count) {
        let cells = person.cells().map(|cell| {
            if cell.contains([',', '"', '\n']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.to_owned()
            }
        });
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

struct Lists {
    surnames: Vec<(&'static str, &'static str)>,
    given: Vec<(&'static str, &'static str)>,
    english: Vec<(&'static str, &'static str)>,
    others: Vec<&'static str>,
}

impl Lists {
    fn read() -> Self {
        let pairs = |text: &'static str| text.lines().filter_map(|line| line.split_once(' ')).collect();
        Self {
            surnames: pairs(SURNAMES),
            given: pairs(GIVEN),
            english: pairs(ENGLISH),
            others: OTHERS.lines().collect(),
        }
    }
}

/// SplitMix64: small, and the same on every machine for ever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// True `per_mille` times in a thousand.
    fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1_000) < per_mille
    }

    /// Letters and digits out of which no fault word can come by accident.
    fn token(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"BCDFGJKNPQRSTVWXZbcdfgjknpqrstvwxz23456789";
        (0..length).map(|_| char::from(ALPHABET[self.below(ALPHABET.len())])).collect()
    }

    /// A fault word out of `(word, per mille)`, or nothing.
    fn fault(&mut self, words: &[(&'static str, usize)]) -> &'static str {
        let mut at = self.below(1_000);
        for (word, share) in words {
            if at < *share {
                return word;
            }
            at -= share;
        }
        ""
    }
}

const WXPUSHER_FAULTS: [(&str, usize); 3] = [("dead", 8), ("blocked", 6), ("quota", 3)];
const BARK_FAULTS: [(&str, usize); 5] =
    [("dead", 20), ("unknown", 3), ("quota", 3), ("busy", 2), ("flaky", 4)];
const SERVERCHAN_FAULTS: [(&str, usize); 5] =
    [("dead", 12), ("quota", 20), ("drop", 8), ("flaky", 5), ("nodevice", 8)];
const EMAIL_FAULTS: [(&str, usize); 6] =
    [("dead", 10), ("quota", 5), ("blocked", 3), ("flaky", 5), ("drop", 4), ("busy", 2)];

/// Which of wxpusher, bark, serverchan and email somebody has, and how many of a hundred do.
const HOLDINGS: [([bool; 4], usize); 12] = [
    ([true, false, false, false], 27),
    ([true, true, false, false], 10),
    ([true, false, false, true], 14),
    ([true, true, false, true], 6),
    ([true, false, true, false], 2),
    ([false, true, false, false], 10),
    ([false, true, false, true], 7),
    ([false, true, true, false], 2),
    ([false, false, false, true], 14),
    ([false, false, true, true], 3),
    ([false, false, true, false], 3),
    ([false, false, false, false], 2),
];

fn person(index: usize, lists: &Lists, dice: &mut Dice) -> SamplePerson {
    let (name, local, chinese) = name(index, lists, dice);
    let mut at = dice.below(100);
    let mut holding = [false; 4];
    for (kinds, share) in HOLDINGS {
        if at < share {
            holding = kinds;
            break;
        }
        at -= share;
    }
    let mut person = SamplePerson {
        name,
        topics: topics(dice),
        tags: tags(chinese, dice),
        note: dice
            .pick(&["", "", "", "", "", "", "", "", "值班电话优先", "met at the spring meetup", "新同事"])
            .to_owned(),
        city: if chinese { CITIES[dice.below(9)] } else { CITIES[9 + dice.below(3)] },
        plan: dice.pick(&["free", "free", "free", "team", "team", "pro"]),
        ..SamplePerson::default()
    };
    if holding[0] {
        person.wxpusher =
            format!("UID_{}{}", dice.fault(&WXPUSHER_FAULTS), dice.token(24)) + &index.to_string();
    }
    if holding[1] {
        person.bark = format!("{}{}{index}", dice.fault(&BARK_FAULTS), dice.token(18));
    }
    if holding[2] {
        let (head, mark) = if dice.chance(400) { ("sctp", 't') } else { ("SCT", 'T') };
        let fault = dice.fault(&SERVERCHAN_FAULTS);
        person.serverchan = format!("{head}{}{mark}{fault}{}", 10_000 + index, dice.token(20));
    }
    if holding[3] {
        let fault = dice.fault(&EMAIL_FAULTS);
        let dot = if fault.is_empty() { "" } else { "." };
        let domain = dice.pick(&[
            "example.com",
            "example.com",
            "example.org",
            "example.net",
            "mail.test",
            "corp.test",
        ]);
        person.email = format!("{fault}{dot}{local}{index}@{domain}");
    }
    person
}

/// A name, the beginning of a mailbox for it, and whether its bearer reads Chinese.
fn name(index: usize, lists: &Lists, dice: &mut Dice) -> (String, String, bool) {
    // The odd names stand near the top of the list, where a demo is looked at.
    if index % 40 == 7 || dice.chance(8) {
        let name = lists.others[(index / 40) % lists.others.len()];
        return (
            name.to_owned(),
            format!("guest.{}", dice.token(4).to_lowercase()),
            name.chars().any(is_han),
        );
    }
    if dice.chance(280) {
        let (first, _) = dice.pick(&lists.english);
        let (_, last) = dice.pick(&lists.english);
        let plain =
            |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        return (format!("{first} {last}"), format!("{}.{}", plain(first), plain(last)), false);
    }
    let ((surname, family), (given, sound)) = (dice.pick(&lists.surnames), dice.pick(&lists.given));
    (format!("{surname}{given}"), format!("{sound}.{family}"), true)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn topics(dice: &mut Dice) -> String {
    let shares = [
        ("ops", 180),
        ("dev", 260),
        ("weekly", 550),
        ("release", 350),
        ("vip", 60),
        ("公告", 800),
        ("值班", 25),
    ];
    let joined: Vec<&str> =
        shares.iter().filter(|(_, share)| dice.chance(*share)).map(|(topic, _)| *topic).collect();
    joined.join(";")
}

fn tags(chinese: bool, dice: &mut Dice) -> String {
    let mut tags = vec![if chinese { "zh" } else { "en" }];
    for (tag, share) in [("muted-night", 90), ("beta", 120), ("on-call", 30)] {
        if dice.chance(share) {
            tags.push(tag);
        }
    }
    tags.join(";")
}

/// The fault word that a person's address carries, for a demo that wants to say so.
pub fn fault_of(address: &str) -> Option<&'static str> {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let fault = Trouble::of(local).fault?;
    FAULT_WORDS.iter().find(|row| row.fault == Some(fault)).map(|row| row.word)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn share(of: impl Fn(&SamplePerson) -> &str) -> (usize, usize) {
        let all: Vec<SamplePerson> = people(PEOPLE).collect();
        let held: Vec<&str> = all.iter().map(of).filter(|address| !address.is_empty()).collect();
        let distinct: HashSet<&&str> = held.iter().collect();
        assert_eq!(distinct.len(), held.len(), "every address belongs to one person");
        (held.len() * 100 / PEOPLE, held.iter().filter(|address| fault_of(address).is_some()).count())
    }

    #[test]
    fn the_same_people_come_every_time() {
        assert_eq!(people_csv(50), people_csv(50));
        assert!(people_csv(60).starts_with(&people_csv(50)));
        assert_eq!(people_csv(PEOPLE).lines().count(), PEOPLE + 1);
    }

    #[test]
    fn kinds_and_faults_are_spread_as_the_demo_wants() {
        let (wxpusher, bad_uids) = share(|person| &person.wxpusher);
        let (bark, bad_keys) = share(|person| &person.bark);
        let (serverchan, bad_sendkeys) = share(|person| &person.serverchan);
        let (email, bad_boxes) = share(|person| &person.email);
        assert!((56..=64).contains(&wxpusher) && (31..=39).contains(&bark), "{wxpusher} {bark}");
        assert!((8..=12).contains(&serverchan) && (41..=49).contains(&email), "{serverchan} {email}");
        assert!((25..=65).contains(&bad_uids) && (25..=70).contains(&bad_keys), "{bad_uids} {bad_keys}");
        assert!(
            (8..=35).contains(&bad_sendkeys) && (30..=80).contains(&bad_boxes),
            "{bad_sendkeys} {bad_boxes}"
        );
    }

    #[test]
    fn no_address_has_a_fault_by_accident() {
        // Pinyin can spell one (诸葛, zhuge): only the words that were dealt may be found.
        for person in people(PEOPLE) {
            for (address, dealt) in [
                (&person.wxpusher, WXPUSHER_FAULTS.as_slice()),
                (&person.bark, BARK_FAULTS.as_slice()),
                (&person.serverchan, SERVERCHAN_FAULTS.as_slice()),
                (&person.email, EMAIL_FAULTS.as_slice()),
            ] {
                let Some(word) = fault_of(address) else { continue };
                assert!(dealt.iter().any(|(known, _)| *known == word), "{address}");
            }
        }
        assert!(
            people(PEOPLE)
                .any(|person| fault_of(&person.email) == Some("drop") && person.wxpusher.is_empty())
        );
    }

    #[test]
    fn mailboxes_are_ascii_in_reserved_domains() {
        for person in people(PEOPLE).filter(|person| !person.email.is_empty()) {
            let (local, domain) = person.email.split_once('@').expect("a mailbox");
            assert!(local.is_ascii() && !local.contains(' '), "{local}");
            let reserved = [".test", "example.com", "example.org", "example.net"];
            assert!(reserved.iter().any(|end| domain.ends_with(end)), "{domain}");
        }
    }

    #[test]
    fn names_are_of_many_kinds() {
        let names: HashSet<String> = people(PEOPLE).map(|person| person.name).collect();
        assert!(names.len() > 2_500, "{}", names.len());
        for odd in OTHERS.lines() {
            assert!(names.contains(odd), "{odd}");
        }
    }

    #[test]
    fn the_messages_use_variables_that_the_people_have() {
        for message in MESSAGES {
            assert!(message.body.contains("{{ name }}"), "{}", message.title);
            assert!(message.title.chars().count() <= 32);
        }
    }
}
