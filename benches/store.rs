//! The store at a million people: import, lists, search, audiences, release, each beside plain SQL.
//!
//! The references are bare rusqlite on the same tables: the import unsealed in one transaction, lists and
//! searches as one would write them by hand, the release as one `INSERT … IN (SELECT …)`.

mod support {
    pub mod args;
    pub mod crowd;
    pub mod quantile;
    pub mod report;
    pub mod shop;
}

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use pushdeck::domain::filter::{Filter, Scope};
use pushdeck::domain::fold::fold;
use pushdeck::domain::id::SubscriberId;
use pushdeck::store::db::{Db, FILE_NAME};
use pushdeck::store::plan::{Gate, Release, Released};
use rusqlite::Connection;
use support::args::Args;
use support::crowd::{self, TOPICS};
use support::quantile::quantile;
use support::report::{Goal, head, line, short};
use support::shop;

/// What a page of a list holds.
const PAGE: usize = 60;

fn main() {
    let args = Args::read();
    let people = args.number("people", 1_000_000);
    let asked = args.number("asked", 200);
    fastrand::seed(1);
    head(&format!("Store: {people} people, two addresses and five topics each"));

    let folder = tempfile::tempdir().expect("a folder");
    let csv = crowd::csv(people);
    if args.wants("import") {
        let bare = timed(|| bare_import(folder.path(), &csv));
        println!("  (bare import done in {} s)", short(bare));
        import(folder.path(), csv, people, Some(bare));
    } else {
        import(folder.path(), csv, people, None);
    }
    let mut db = shop::opening(folder.path()).open().expect("the store");
    let bare = connect(&folder.path().join("data"));
    bare.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
    if args.wants("lists") {
        lists(&db, &bare, people, asked);
    }
    if args.wants("search") {
        search(&db, &bare, people, asked);
    }
    if args.wants("audience") {
        audience(&db, &bare, asked.min(30));
    }
    if args.wants("release") {
        release(&mut db, &bare);
    }
}

/// Seconds.
fn timed(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

/// Milliseconds of each.
fn each(times: usize, mut ask: impl FnMut()) -> Vec<f64> {
    (0..times).map(|_| timed(&mut ask) * 1_000.0).collect()
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, Scope::People).expect(text)
}

/// A bare connection, with the cache that our own import takes.
fn connect(data: &Path) -> Connection {
    let conn = Connection::open(data.join(FILE_NAME)).expect("a store");
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;")
        .expect("pragmas");
    conn
}

// ── Import ──────────────────────────────────────────────────────────────────────────────────────────

fn import(folder: &Path, csv: String, people: usize, bare: Option<f64>) {
    let mut db = shop::opening(folder).open().expect("a store");
    crowd::channels(&mut db);
    let ours = timed(|| shop::import(&mut db, csv, people));
    let rate = |seconds: f64| short(people as f64 / seconds);
    if let Some(bare) = bare {
        let measured = format!("ours {} bare {} people/s", rate(ours), rate(bare));
        line(
            "import, sealed, in short steps",
            &measured,
            bare / ours,
            "x",
            Some(Goal { must: 0.7, best: 0.9 }),
        );
    }
}

/// The same tables and indexes, addresses in clear, one transaction.
fn bare_import(folder: &Path, csv: &str) {
    let opening = shop::opening(&folder.join("bare"));
    crowd::channels(&mut opening.open().expect("a store"));
    let conn = connect(&opening.folder);
    conn.execute_batch("BEGIN IMMEDIATE").expect("begun");
    for n in 0..TOPICS {
        conn.execute("INSERT INTO topic (name, created_ms) VALUES (?1, 0)", [format!("topic{n}")])
            .expect("a topic");
    }
    for n in 0..50 {
        conn.execute("INSERT INTO tag (name) VALUES (?1)", [format!("tag{n}")]).expect("a tag");
    }
    let prepare = |sql| conn.prepare(sql).expect(sql);
    let mut person = prepare("INSERT INTO subscriber (name, created_ms) VALUES (?1, 0)");
    let mut trigrams = prepare("INSERT INTO subscriber_tri (rowid, name) VALUES (?1, ?2)");
    let mut grams = prepare("INSERT INTO subscriber_gram (rowid, grams) VALUES (?1, ?2)");
    let mut address = prepare(
        "INSERT INTO address (subscriber, channel, lookup, value, created_ms) VALUES (?1, ?2, ?3, ?4, 0)",
    );
    let mut member = prepare("INSERT INTO topic_member (topic, subscriber) VALUES (?1, ?2)");
    let mut tag = prepare("INSERT INTO subscriber_tag (tag, subscriber) VALUES (?1, ?2)");
    let mut var = prepare("INSERT INTO subscriber_var (subscriber, key, value) VALUES (?1, 'team', ?2)");
    let number = |text: &str, prefix: &str| -> i64 {
        text.strip_prefix(prefix).and_then(|rest| rest.parse().ok()).expect("the crowd's own names")
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).expect("a row") {
        person.execute([&record[0]]).expect("a person");
        let id = conn.last_insert_rowid();
        let folded = fold(&record[0]);
        trigrams.execute((id, &folded)).expect("indexed");
        grams.execute((id, words(&folded))).expect("indexed");
        for topic in record[1].split(';') {
            member.execute((number(topic, "topic") + 1, id)).expect("a member");
        }
        tag.execute((number(&record[2], "tag") + 1, id)).expect("tagged");
        var.execute((id, &record[3])).expect("a variable");
        for (channel, at) in [(1, 4), (2, 5)] {
            address.execute((id, channel, record[at].as_bytes(), &record[at])).expect("an address");
        }
    }
    conn.execute_batch("COMMIT").expect("committed");
}

/// Every sign and every pair of neighbours, as the store's own index has them.
fn words(folded: &str) -> String {
    let signs: Vec<char> = folded.chars().collect();
    let ones = signs.iter().map(char::to_string);
    let pairs = signs.windows(2).map(|pair| pair.iter().collect());
    let words: BTreeSet<String> = ones.chain(pairs).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

// ── Questions ───────────────────────────────────────────────────────────────────────────────────────

fn lists(db: &Db, bare: &Connection, people: usize, asked: usize) {
    let goal = Some(Goal { must: 1.5, best: 0.3 });
    let mut plain = bare
        .prepare("SELECT id, name FROM subscriber WHERE id < ?1 ORDER BY id DESC LIMIT ?2")
        .expect("a statement");
    let reference = each(asked, || {
        let from = fastrand::i64(1..=people as i64);
        let rows = plain.query_map((from, PAGE as i64), |row| row.get::<_, String>(1)).expect("rows");
        assert!(rows.count() <= PAGE);
    });
    for text in ["", "topic:topic7", "tag:tag3", "channel:email"] {
        let filter = filter(text);
        let times = each(asked, || {
            let from = SubscriberId(fastrand::i64(1..=people as i64));
            db.people(&filter, Some(from), PAGE).expect("a page");
        });
        let what = if text.is_empty() { "page of 60, anywhere".into() } else { format!("  under {text}") };
        line(&what, &both(&times, &reference), quantile(&times, 0.99), "ms", goal);
    }
}

fn both(ours: &[f64], bare: &[f64]) -> String {
    let quantiles = |of: &[f64]| format!("{}/{}", short(quantile(of, 0.5)), short(quantile(of, 0.99)));
    format!("p50/p99 ours {} bare {} ms", quantiles(ours), quantiles(bare))
}

/// Pieces of names that are there, so that every length finds somebody; the last finds nobody.
fn search(db: &Db, bare: &Connection, people: usize, asked: usize) {
    let goal = Some(Goal { must: 50.0, best: 5.0 });
    let mut like = bare
        .prepare("SELECT id, name FROM subscriber WHERE name LIKE ?1 ORDER BY id DESC LIMIT 60")
        .expect("a statement");
    let mut compare = |what: String, wanted: &dyn Fn() -> String| {
        let wanted: Vec<String> = (0..asked.min(60)).map(|_| wanted()).collect();
        let mut next = wanted.iter();
        let reference = each(wanted.len().min(10), || {
            let text = format!("%{}%", next.next().expect("enough"));
            let rows = like.query_map([text], |row| row.get::<_, String>(1)).expect("rows");
            assert!(rows.count() <= PAGE);
        });
        let mut next = wanted.iter();
        let times = each(wanted.len(), || {
            let filter = filter(next.next().expect("enough"));
            db.people(&filter, None, PAGE).expect("a page");
        });
        line(&what, &both(&times, &reference), quantile(&times, 0.99), "ms", goal);
    };
    let piece = |latin: bool, signs: usize| {
        let n = fastrand::usize(0..people.div_ceil(3)) * 3 + usize::from(!latin);
        let name: Vec<char> =
            crowd::name(n % people).chars().filter(|sign| latin || !sign.is_ascii()).collect();
        let from = fastrand::usize(0..=name.len().saturating_sub(signs));
        let text: String = name.iter().skip(from).take(signs).collect();
        text.trim().replace(' ', "")
    };
    for signs in 1..=3 {
        compare(format!("search, {signs} Han"), &|| piece(false, signs));
    }
    for signs in [1, 2, 3, 4, 6] {
        compare(format!("search, {signs} Latin"), &|| piece(true, signs));
    }
    compare("search, nobody found".into(), &|| format!("zq{}", fastrand::u16(..)));
}

fn audience(db: &Db, bare: &Connection, asked: usize) {
    let mut plain = bare
        .prepare(
            "SELECT count(*) FROM (SELECT subscriber FROM topic_member WHERE topic = ?1 \
             UNION SELECT subscriber FROM topic_member WHERE topic = ?2 \
             EXCEPT SELECT subscriber FROM topic_member WHERE topic = ?3)",
        )
        .expect("a statement");
    let three = || [0; 3].map(|_| fastrand::usize(0..TOPICS));
    let reference = each(asked, || {
        let [a, b, c] = three().map(|topic| topic as i64 + 1);
        plain.query_row([a, b, c], |row| row.get::<_, i64>(0)).expect("a number");
    });
    let times = each(asked, || {
        let [a, b, c] = three();
        db.audience_size(&filter(&format!("topic:topic{a},topic{b} -topic:topic{c}"))).expect("a number");
    });
    let goal = Some(Goal { must: 33.0, best: 1.0 });
    line("audience (A or B) and not C", &both(&times, &reference), quantile(&times, 0.5), "ms", goal);
}

// ── Release ─────────────────────────────────────────────────────────────────────────────────────────

fn release(db: &mut Db, bare: &Connection) {
    let table: String = bare
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'delivery'", [], |row| row.get(0))
        .expect("the table");
    bare.execute_batch(&table.replacen("TABLE delivery", "TABLE bare_delivery", 1)).expect("a table");
    bare.execute_batch("CREATE INDEX bare_person ON bare_delivery (subscriber, broadcast)")
        .expect("an index");
    let id = shop::draft(db, "Notice", "b", "status:active");
    let plain = timed(|| {
        bare.execute(
            "INSERT INTO bare_delivery (broadcast, seq, lane, subscriber, address, state) \
             SELECT ?1, row_number() OVER (), 1, subscriber, id, 0 FROM address \
             WHERE channel = 1 AND state = 0 AND subscriber IN (SELECT id FROM subscriber WHERE state = 0)",
            [id.0],
        )
        .expect("written");
    });
    bare.execute_batch("DROP TABLE bare_delivery; PRAGMA wal_checkpoint(TRUNCATE)").expect("dropped");
    let draft = db.broadcast(id).expect("the draft").draft;
    let mut plan = None;
    let looked = timed(|| plan = Some(db.preview_plan(&draft).expect("looked at")));
    let plan = plan.expect("a plan");
    let release =
        Release { by: "bench".into(), seen: 1, gate: Gate::AtMost(i64::MAX), keeper: None, expected: None };
    let mut released = None;
    let ours = timed(|| released = Some(db.release(id, &release).expect("released")));
    let Some(Released::Done { to_send, .. }) = released else { panic!("{released:?}") };
    let frozen = db.broadcast(id).expect("released").plan_hash.expect("a hash");
    assert_eq!(frozen, plan.hash.as_str(), "what was looked at is what was frozen");
    let measured = format!("ours {} s bare {} s for {to_send}", short(ours), short(plain));
    line("release, all rows written", &measured, plain / ours, "x", Some(Goal { must: 0.5, best: 0.9 }));
    line(
        "release, confirm to flip",
        "nothing leaves before the flip",
        ours,
        "s",
        Some(Goal { must: 1.5, best: 0.3 }),
    );
    line("the same plan looked at, with its hash", "nothing is written", looked, "s", None);
}
