//! Keys in, orders out: what the section asks for and what it says.

use std::sync::Arc;

use super::*;
use crate::app::desk::Settings;
use crate::app::effect::Effect;
use crate::app::request::Trouble;
use crate::app::rows::Page;
use crate::domain::id::{ChannelId, InboundId};
use crate::domain::inbox::Kind;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::input::keymap::Keymap;
use crate::store::inbox::Said;

fn row(person: Option<i64>, unread: i64) -> Conversation {
    let said =
        Said::Person { id: InboundId(7), kind: Kind::Text, done: None, amount: None, read: false, raw: None };
    let newest = Came {
        said,
        text: "hello\u{1b}[2J".into(),
        channel: ChannelId(1),
        channel_name: "push".into(),
        address_masked: "UID_…".into(),
        at: Millis(1),
        received: Millis(1),
    };
    Conversation {
        person: person.map(SubscriberId),
        name: "Anna".into(),
        state: Some(SubscriberState::Active),
        unread,
        lines: 1,
        newest,
    }
}

fn desk(settings: Settings) -> Desk {
    Desk::new(settings, Arc::new(Keymap::default()))
}

fn screen(rows: Vec<Conversation>) -> (Inbox, Desk) {
    let mut desk = desk(Settings::default());
    let mut inbox = Inbox::default();
    inbox.enter(None, &mut desk);
    let page = Page { rows, prev: None, next: None, total: None };
    inbox.reply("rows", Reply::Inbox(Told::Page(page)), &mut desk);
    desk.effects.clear();
    (inbox, desk)
}

fn orders(desk: &mut Desk) -> Vec<Ask> {
    let effects = std::mem::take(&mut desk.effects);
    let inbox = effects.into_iter().filter_map(|effect| match effect {
        Effect::Store(ticket, Request::Inbox(ask)) if ticket.slot == crate::app::effect::ORDER => Some(ask),
        _ => None,
    });
    inbox.collect()
}

#[test]
fn an_answer_is_ordered_once_and_stays_typed_when_it_fails() {
    let (mut inbox, mut desk) = screen(vec![row(Some(3), 1)]);
    assert_eq!(inbox.act(Action::Reply, &mut desk), Done::Yes);
    assert_eq!(inbox.focus(), Focus::Ask);
    inbox.text(Typed::Paste("at nine".into()), &mut desk);
    for _ in 0..3 {
        let _ = inbox.act(Action::TakeLine, &mut desk);
    }
    assert_eq!(orders(&mut desk), [Ask::Reply(SubscriberId(3), "at nine".into())]);
    inbox.text(Typed::Char('x'), &mut desk);
    inbox.reply(crate::app::effect::ORDER, Reply::Failed(Trouble::default()), &mut desk);
    assert_eq!(inbox.replying.as_ref().map(|one| one.line.text()), Some("at nine"));
    let _ = inbox.act(Action::TakeLine, &mut desk);
    assert_eq!(orders(&mut desk).len(), 1);
    let told = Told::Replied(SubscriberId(3), "Anna".into());
    inbox.reply(crate::app::effect::ORDER, Reply::Inbox(told), &mut desk);
    assert_eq!((inbox.replying.clone(), inbox.focus()), (None, Focus::List));
}

#[test]
fn an_empty_answer_and_one_to_nobody_are_not_sent() {
    let (mut inbox, mut desk) = screen(vec![row(None, 1)]);
    let _ = inbox.act(Action::Reply, &mut desk);
    assert_eq!(inbox.replying, None);
    let (mut inbox, mut desk) = screen(vec![row(Some(3), 1)]);
    let _ = inbox.act(Action::Reply, &mut desk);
    inbox.text(Typed::Char(' '), &mut desk);
    let _ = inbox.act(Action::TakeLine, &mut desk);
    assert_eq!(orders(&mut desk), []);
    let _ = inbox.act(Action::EndTyping, &mut desk);
    assert_eq!(inbox.focus(), Focus::List);
}

#[test]
fn reading_is_an_act_of_its_own() {
    let (mut inbox, mut desk) = screen(vec![row(Some(3), 2), row(None, 0)]);
    let _ = inbox.act(Action::Open, &mut desk);
    assert_eq!((orders(&mut desk), inbox.focus()), (Vec::new(), Focus::Pane));
    assert_eq!(inbox.available(Action::MarkRead, &desk), Availability::On);
    let _ = inbox.act(Action::MarkRead, &mut desk);
    assert_eq!(orders(&mut desk), [Ask::MarkRead(Some(SubscriberId(3)))]);
    let _ = inbox.act(Action::Escape, &mut desk);
    let _ = inbox.act(Action::Down, &mut desk);
    assert_eq!(inbox.available(Action::MarkRead, &desk), Availability::Off(Why::NothingToDo));
    assert_eq!(inbox.available(Action::GoSubscriber, &desk), Availability::Off(Why::NotHere));
}

#[test]
fn a_read_only_console_answers_nobody() {
    let (mut inbox, _) = screen(vec![row(Some(3), 2)]);
    let mut desk = desk(Settings { readonly: true, ..Settings::default() });
    let _ = inbox.act(Action::Open, &mut desk);
    let _ = inbox.act(Action::Open, &mut desk);
    assert_eq!(inbox.replying, None);
}
