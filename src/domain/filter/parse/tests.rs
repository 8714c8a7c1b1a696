//! What filters mean, what they refuse, and that printing one and reading it again changes nothing.

use proptest::prelude::*;

use super::*;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::Filter;
use crate::domain::id::{BroadcastId, DeliveryId, SubscriberId};
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;

fn people(text: &str) -> Vec<Term> {
    Filter::parse(text, Scope::People).expect(text).terms
}

fn must(test: Test) -> Term {
    Term { negated: false, test }
}

fn must_not(test: Test) -> Term {
    Term { negated: true, test }
}

fn text(text: &str) -> Test {
    Test::Text { text: text.into(), owners: vec![] }
}

#[test]
fn an_audience_reads_as_the_handbook_writes_it() {
    assert_eq!(
        people("topic:ops,dev -tag:muted 文本"),
        [
            must(Test::Topic(vec!["ops".into(), "dev".into()])),
            must_not(Test::Tag(vec!["muted".into()])),
            must(text("文本")),
        ]
    );
    assert_eq!(people("  "), []);
}

#[test]
fn chinese_input_methods_may_write_it_too() {
    assert_eq!(
        people("主题：运维，研发 -标签:测试 状态:muted 姓名：“王 小明”"),
        people("topic:运维,研发 -tag:测试 status:muted name:\"王 小明\"")
    );
}

#[test]
fn values_may_be_typed_as_the_screens_call_them() {
    let of = |text: &str| Filter::parse(text, Scope::Deliveries).expect(text).to_string();
    assert_eq!(
        of("状态：失败，等待中 广播:b5 类别:频率受限"),
        of("status:rejected,deferred broadcast:b5 class:rate_limit")
    );
    assert_eq!(
        of("status:Waiting class:\"Bad recipient\",rate-limit"),
        of("state:deferred class:bad_recipient,rate_limit")
    );
    assert_eq!(
        Filter::parse("class:refused -class:content", Scope::Deliveries).expect("two classes").terms,
        [must(Test::Class(vec![Class::Refused])), must_not(Test::Class(vec![Class::Content]))]
    );
    assert_eq!(people("状态:退订 有:备注"), people("status:unsubscribed has:note"));
    let error = Filter::parse("有:远程主题", Scope::People).expect_err("people have no remote topic");
    assert!(error.to_string().contains("note, address"), "{error}");
}

#[test]
fn quotes_keep_spaces_commas_colons_and_dashes() {
    assert_eq!(people("\"a b\""), [must(text("a b"))]);
    assert_eq!(people("\"topic:x\""), [must(text("topic:x"))]);
    assert_eq!(people("\"-x\" - -\"a\\\"b\""), [must(text("-x")), must(text("-")), must_not(text("a\"b"))]);
    assert_eq!(people("topic:\"a, b\",c"), [must(Test::Topic(vec!["a, b".into(), "c".into()]))]);
    assert_eq!(people("topic:eu:ops"), [must(Test::Topic(vec!["eu:ops".into()]))]);
    assert_eq!(people("a,b"), [must(text("a,b"))]);
}

#[test]
fn values_are_checked_field_by_field() {
    let ids = vec![SubscriberId(7), SubscriberId(9)];
    assert_eq!(people("id:u7,#9"), [must(Test::Person(ids))]);
    let parse = |text: &str, scope| Filter::parse(text, scope).map(|filter| filter.terms);
    assert_eq!(
        parse("status:failed,unknown broadcast:b18", Scope::Deliveries),
        Ok(vec![
            must(Test::DeliveryState(vec![DeliveryState::Rejected, DeliveryState::Unknown])),
            must(Test::Broadcast(vec![BroadcastId(18)])),
        ])
    );
    assert_eq!(
        parse("id:d18-4021", Scope::Deliveries),
        Ok(vec![must(Test::Delivery(vec![DeliveryId { broadcast: BroadcastId(18), seq: 4021 }]))])
    );
    for (typed, from, to) in [("50", 50, 50), (">50", 51, i64::MAX), ("<=9", 0, 9), ("3..5", 3, 5)] {
        assert_eq!(
            parse(&format!("count:{typed}"), Scope::Broadcasts),
            Ok(vec![must(Test::Count(vec![Span { from, to }]))])
        );
    }
}

#[test]
fn a_mistake_says_where_it_is_and_what_was_meant() {
    let wrong = |text: &str, scope| {
        let error = Filter::parse(text, scope).expect_err(text);
        (text[error.span.clone()].to_owned(), error.to_string())
    };
    assert_eq!(
        wrong("x topci:ops", Scope::People),
        ("topci".into(), "there is no field `topci:`; did you mean `topic`?".into())
    );
    assert_eq!(wrong("http://x", Scope::People), ("http".into(), "there is no field `http:`".into()));
    assert_eq!(
        wrong("status:mutd", Scope::People),
        (
            "mutd".into(),
            "`status:` does not take `mutd`; it takes active, muted, blocked, unsubscribed; did you mean `muted`?"
                .into()
        )
    );
    assert_eq!(wrong("class:quota", Scope::People).1, "`class:` does not apply here");
    assert_eq!(wrong("topic: x", Scope::People).1, "`topic:` needs a value");
    assert_eq!(wrong("topic:a, b", Scope::People).1, "`topic:` needs a value");
    assert_eq!(wrong("since:yesterday", Scope::People).0, "yesterday");
    assert_eq!(wrong("since:1d,2d", Scope::People).0, "2d");
    assert_eq!(wrong("count:5..3", Scope::Topics).0, "5..3");
    assert_eq!(wrong("name:\"王", Scope::People), ("\"王".into(), "the quote is not closed".into()));
}

#[test]
fn one_wrong_term_leaves_the_others_alone() {
    let chips = chips("topic:ops sttus:x 王", Scope::People);
    let states: Vec<bool> = chips.iter().map(|chip| chip.term.is_ok()).collect();
    assert_eq!(states, [true, false, true]);
    assert_eq!(chips[1].span, 10..17);
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[王小明李 ,:\"“”\\\\-]{1,6}", "\\PC{1,8}", Just(" ".to_owned())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(some_text(), 1..4)
}

fn moments() -> impl Strategy<Value = When> {
    prop_oneof![
        (0u32..10_000, prop::sample::select(vec!["m", "h", "d", "w"]))
            .prop_map(|(n, unit)| When::parse(&format!("{n}{unit}")).expect("a moment")),
        (0i64..4_000_000_000_000).prop_map(|at| When::At(Millis(at))),
        Just(When::parse("2025-11-01").expect("a day")),
        Just(When::parse("2025-11-01T08:30").expect("a time")),
    ]
}

fn tests() -> impl Strategy<Value = Test> {
    prop_oneof![
        some_text().prop_map(|text| Test::Text { text, owners: vec![] }),
        texts().prop_map(Test::Topic),
        texts().prop_map(Test::Tag),
        texts().prop_map(Test::Channel),
        texts().prop_map(Test::Name),
        texts().prop_map(Test::Lang),
        prop::collection::vec((1i64..9).prop_map(SubscriberId), 1..4).prop_map(Test::Person),
        prop::sample::subsequence(SubscriberState::ALL.to_vec(), 1..4).prop_map(Test::PersonState),
        moments().prop_map(Test::Since),
        moments().prop_map(Test::Until),
        Just(Test::Has(vec![Has::Note, Has::Address])),
    ]
}

proptest! {
    #[test]
    fn printing_and_reading_again_changes_nothing(
        terms in prop::collection::vec((any::<bool>(), tests()), 0..5)
    ) {
        let terms = terms.into_iter().map(|(negated, test)| Term { negated, test }).collect();
        let filter = Filter { scope: Scope::People, terms };
        let printed = filter.to_string();
        prop_assert_eq!(Filter::parse(&printed, Scope::People), Ok(filter), "{}", printed);
    }

    #[test]
    fn counts_print_and_read_again(from in 0i64..100, more in 0i64..100, open in any::<bool>()) {
        let to = if open { i64::MAX } else { from + more };
        let filter = Filter {
            scope: Scope::Topics,
            terms: vec![must(Test::Count(vec![Span { from, to }]))],
        };
        prop_assert_eq!(Filter::parse(&filter.to_string(), Scope::Topics), Ok(filter));
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,40}") {
        for scope in [Scope::People, Scope::Deliveries, Scope::Broadcasts, Scope::Topics] {
            for chip in chips(&text, scope) {
                prop_assert!(text.get(chip.span.clone()).is_some());
                if let Err(error) = chip.term {
                    prop_assert!(text.get(error.span.clone()).is_some());
                }
            }
        }
    }
}
