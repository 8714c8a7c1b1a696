//! People in any number, for benches: a CSV text as operators bring it, and a store filled with it.

use std::fmt::Write as _;
use std::io::Cursor;

use pushdeck::store::channels::NewChannel;
use pushdeck::store::db::Db;
use pushdeck::store::import::{Import, Mode, Report};

const FAMILY: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
const GIVEN: [&str; 10] = ["小明", "伟", "芳", "秀英", "丽华", "建国", "志强", "敏", "静", "磊磊"];
const LATIN: [&str; 8] = ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi"];

/// Rows for `n` people: two addresses (columns `bark` and `email`), five of 200 topics, one of 50 tags.
pub fn csv(n: usize) -> String {
    let mut text = String::from("name,topics,tags,var.team,bark,email\n");
    for i in 0..n {
        if i % 3 == 0 {
            text.push_str(LATIN[i % 8]);
            text.push(' ');
            text.push_str(LATIN[(i / 8) % 8]);
        } else {
            text.push_str(FAMILY[i % 10]);
            text.push_str(GIVEN[(i / 10) % 10]);
        }
        let topics: Vec<String> =
            (0..5).map(|k| format!("topic{}", (i * 7 + k * 41 + i / 200) % 200)).collect();
        // Keys in no order, as real ones are.
        let key = (i * 2_654_435_761) % 10_000_000_000;
        writeln!(
            text,
            "{i},{},tag{},team{},abcdefghijkl{key:010},p{i}@example.org",
            topics.join(";"),
            i % 50,
            i % 9
        )
        .expect("writing to a text cannot fail");
    }
    text
}

/// Makes a channel of kind `bark` and one of kind `email`, and imports `n` people.
pub fn fill(db: &mut Db, n: usize) -> Report {
    for (name, kind) in [("phone", "bark"), ("mail", "email")] {
        let channel = NewChannel { name: name.into(), kind: kind.into(), ..NewChannel::default() };
        db.add_channel(&channel).expect("a channel");
    }
    let source = Box::new(Cursor::new(csv(n).into_bytes()));
    db.import_all(Import::open(source, "people.csv", Mode::Write)).expect("imported")
}
