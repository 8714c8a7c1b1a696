//! A crowd with Han and Latin names, 200 topics, 50 tags and two addresses each: always the same one.

use std::fmt::Write as _;

use pushdeck::store::db::Db;

use super::shop;

/// How many topics there are: `topic0` and on.
pub const TOPICS: usize = 200;

/// The CSV text of so many people.
pub fn csv(people: usize) -> String {
    let mut text = String::from("name,topics,tags,var.team,bark,email\n");
    for n in 0..people {
        write!(text, "{},", name(n)).expect("writing to a text cannot fail");
        for k in 0..5 {
            let gap = if k == 0 { "" } else { ";" };
            write!(text, "{gap}topic{}", (n * 7 + k * 41 + n / 200) % TOPICS)
                .expect("writing to a text cannot fail");
        }
        writeln!(text, ",tag{},t{},abcdefghijkl{n:010},p{n}@example.org", n % 50, n % 9)
            .expect("writing to a text cannot fail");
    }
    text
}

/// The channels that the CSV text has addresses on.
pub fn channels(db: &mut Db) {
    shop::channel(db, "bark", &[]);
    shop::channel(db, "email", &[("host", "127.0.0.1"), ("from", "bench@example.org")]);
}

/// The name of the n-th person: two Han ones for every Latin one.
pub fn name(n: usize) -> String {
    const FAMILY: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
    const GIVEN: [&str; 10] = ["小明", "伟", "芳", "秀英", "丽华", "建国", "志强", "敏", "静", "磊磊"];
    const LATIN: [&str; 8] = ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi"];
    if n.is_multiple_of(3) {
        format!("{} {}{n}", LATIN[n % 8], LATIN[(n / 8) % 8])
    } else {
        format!("{}{}{n}", FAMILY[n % 10], GIVEN[(n / 10) % 10])
    }
}
