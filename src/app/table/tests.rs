//! Tests of the list: what an operator sees move, stay and come.

use super::*;
use crate::app::rows::Cursor;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Person(i64);

impl Row for Person {
    type Id = i64;
    fn id(&self) -> i64 {
        self.0
    }
}

/// A store of the numbers 1 to `n`.
fn answer(ask: &PageAsk, n: i64) -> Page<Person> {
    let limit = ask.limit as i64;
    let place = |cursor: &Cursor| cursor.0.parse::<i64>().expect("our own cursor");
    let (first, last) = match &ask.from {
        From::Start => (1, limit.min(n)),
        From::End => ((n - limit + 1).max(1), n),
        From::After(cursor) => (place(cursor) + 1, (place(cursor) + limit).min(n)),
        From::Before(cursor) => ((place(cursor) - limit).max(1), place(cursor) - 1),
        From::At(cursor) => (place(cursor), (place(cursor) + limit - 1).min(n)),
    };
    Page {
        rows: (first..=last).map(Person).collect(),
        prev: (first > 1).then(|| Cursor(first.to_string())),
        next: (last < n).then(|| Cursor(last.to_string())),
        total: Some(Total { count: n, exact: true }),
    }
}

fn turn(table: &mut TableState<Person>, action: Action, n: i64) {
    if table.act(action, 10) == Turn::Wants {
        feed(table, n);
    }
}

fn feed(table: &mut TableState<Person>, n: i64) {
    let ask = table.take_wanted(Millis(0)).expect("rows are wanted");
    table.take(answer(&ask, n), Millis(0));
}

fn table(n: i64) -> TableState<Person> {
    let mut table = TableState::default();
    table.refresh();
    feed(&mut table, n);
    table
}

#[test]
fn a_long_list_is_walked_end_to_end_in_a_window() {
    let mut table = table(2_000);
    for expected in 2..=2_000 {
        turn(&mut table, Action::Down, 2_000);
        assert_eq!(table.selected(), Some(&Person(expected)));
        assert_eq!(table.position(), Some(expected as usize));
        assert!(table.len() <= window::MOST);
        assert!(table.visible(10).contains(&table.at));
    }
    for expected in (1..2_000).rev() {
        turn(&mut table, Action::Up, 2_000);
        assert_eq!(table.selected(), Some(&Person(expected)));
        assert_eq!(table.position(), Some(expected as usize));
    }
}

#[test]
fn first_and_last_are_one_question_away() {
    let mut table = table(1_000_000);
    turn(&mut table, Action::Last, 1_000_000);
    assert_eq!((table.selected(), table.position()), (Some(&Person(1_000_000)), Some(1_000_000)));
    turn(&mut table, Action::First, 1_000_000);
    assert_eq!((table.selected(), table.position()), (Some(&Person(1)), Some(1)));
}

#[test]
fn the_selection_follows_its_record_through_a_refresh() {
    let mut table = table(50);
    (0..5).for_each(|_| turn(&mut table, Action::Down, 50));
    table.refresh();
    let ask = table.take_wanted(Millis(0)).expect("rows are wanted");
    let mut page = answer(&ask, 50);
    page.rows.remove(0);
    page.rows.remove(0);
    table.take(page, Millis(0));
    assert_eq!(table.selected(), Some(&Person(6)));
    table.refresh();
    let ask = table.take_wanted(Millis(0)).expect("rows are wanted");
    let mut page = answer(&ask, 50);
    page.rows.retain(|person| person.0 != 6);
    table.take(page, Millis(0));
    assert!(table.selected().is_some(), "the selection is always valid");
}

#[test]
fn marks_survive_the_filter_and_say_how_many_it_hides() {
    let mut table = table(20);
    (0..3).for_each(|_| turn(&mut table, Action::Mark, 20));
    assert_eq!(table.marked(), Some(3));
    assert_eq!(table.set_filter("x"), Turn::Wants);
    let ask = table.take_wanted(Millis(0)).expect("rows are wanted");
    assert_eq!(ask.filter, "x");
    table.take(Page { rows: vec![Person(2)], prev: None, next: None, total: None }, Millis(0));
    assert_eq!(table.hidden_marks(), Some(2));
}

#[test]
fn all_that_match_is_a_query_with_exceptions() {
    let mut table = table(1_000);
    turn(&mut table, Action::MarkAll, 1_000);
    turn(&mut table, Action::Mark, 1_000);
    assert_eq!(table.marked(), Some(999));
    assert!(!table.is_marked(1) && table.is_marked(2));
}

/// Another filter holds, and these rows have come.
fn refilter(table: &mut TableState<Person>, filter: &str, rows: &[i64], more: bool) {
    assert_eq!(table.set_filter(filter), Turn::Wants);
    table.take_wanted(Millis(0)).expect("rows are wanted");
    let rows: Vec<Person> = rows.iter().copied().map(Person).collect();
    let next = rows.last().filter(|_| more).map(|row| Cursor(row.0.to_string()));
    let total = Some(Total { count: rows.len() as i64, exact: true });
    table.take(Page { rows, prev: None, next, total }, Millis(0));
}

#[test]
fn all_of_a_short_list_stay_marked_under_another_filter_and_nobody_else_is() {
    let mut table = table(3);
    turn(&mut table, Action::MarkAll, 3);
    refilter(&mut table, "x", &[3, 4, 5], false);
    assert!(table.is_marked(3) && !table.is_marked(4));
    assert_eq!((table.marked(), table.hidden_marks()), (Some(3), Some(2)));
    refilter(&mut table, "", &[1, 2, 3, 4, 5], false);
    assert!(table.is_marked(1) && !table.is_marked(5));
    assert_eq!((table.marked(), table.hidden_marks()), (Some(3), Some(0)));
}

#[test]
fn a_long_query_marks_under_another_filter_only_what_the_store_finds_in_it() {
    let mut table = table(1_000);
    turn(&mut table, Action::MarkAll, 1_000);
    refilter(&mut table, "x", &[7, 1_001], false);
    assert!(!table.is_marked(7) && !table.is_marked(1_001), "not known yet");
    assert_eq!((table.marked(), table.hidden_marks()), (None, None));
    let ask = table.held_ask().expect("it has to be asked");
    assert_eq!((&*ask.filter, &*ask.shown, ask.rows), ("", "x", vec![7, 1_001]));
    table.take_held(marking::Held { rows: vec![7], all: 1_000, visible: 1, shown: "x".to_owned() });
    assert!(table.is_marked(7) && !table.is_marked(1_001));
    assert_eq!((table.marked(), table.hidden_marks()), (Some(1_000), Some(999)));
    turn(&mut table, Action::Down, 1_000);
    assert!(!table.may_mark(), "a query takes nobody in");
    turn(&mut table, Action::Mark, 1_000);
    assert_eq!(table.marked(), Some(1_000));
}

#[test]
fn a_range_goes_from_the_last_mark_to_the_cursor() {
    let mut table = table(20);
    turn(&mut table, Action::Mark, 20);
    (0..3).for_each(|_| turn(&mut table, Action::Down, 20));
    turn(&mut table, Action::MarkRange, 20);
    assert_eq!(table.marked(), Some(5));
}

#[test]
fn a_filter_is_typed_and_escape_takes_it_away() {
    let mut table = table(20);
    assert_eq!(table.act(Action::Filter, 10), Turn::Done);
    assert_eq!(table.text(&Typed::Char('x')), Turn::FilterTyped);
    assert_eq!(table.act(Action::TakeLine, 10), Turn::Wants);
    assert_eq!(table.filter.applied(), "x");
    assert_eq!(table.act(Action::Escape, 10), Turn::Wants);
    assert_eq!(table.act(Action::Escape, 10), Turn::NotMine);
}
