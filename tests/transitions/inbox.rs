//! Inbox: keys against the real store, with what is written there.

use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::saying::Saying;
use pushdeck::app::saying::inbox::InboxSaying;
use pushdeck::app::screen::{Focus, Screen};
use pushdeck::app::update::update;
use pushdeck::domain::delivery::DeliveryState;
use pushdeck::domain::id::SubscriberId;
use pushdeck::store::inbox::Said;

use super::support::console::{Scene, press};
use super::support::lists::{letters, store};
use super::{keys, said};

/// The console on the Inbox; 王小明 (u9), who wrote last, is under the cursor.
fn inbox() -> Model {
    letters();
    let mut model = Scene::empty().size((120, 36)).model();
    keys(&mut model, "7");
    model
}

fn unread() -> i64 {
    store(|db| db.unread_conversations().expect("counted"))
}

#[test]
fn an_answer_is_one_delivery_to_the_person_and_reads_what_they_wrote() {
    let mut model = inbox();
    let before = unread();
    keys(&mut model, "r");
    let _ = update(&mut model, Msg::Paste("At nine.".into()));
    press(&mut model, "Enter");
    assert!(said(&model).contains(&Saying::Inbox(InboxSaying::Answered("王小明 Wang Xiaoming".into()))));
    assert_eq!((model.screens.inbox.focus(), unread()), (Focus::List, before - 1));
    let lines = store(|db| db.conversation(Some(SubscriberId(9)), 9).expect("lines"));
    let last = lines.last().expect("a line");
    let Said::Us { operator, state, .. } = &last.said else { unreachable!("{last:?}") };
    assert_eq!(
        (last.text.as_str(), operator.as_deref(), *state),
        ("At nine.", Some("ann"), DeliveryState::Planned)
    );
}

#[test]
fn reading_is_said_and_counted_and_a_filter_leaves_the_others_out() {
    let mut model = inbox();
    let before = unread();
    keys(&mut model, "m");
    assert!(said(&model).contains(&Saying::Inbox(InboxSaying::Read(1))));
    assert_eq!(unread(), before - 1);
    keys(&mut model, "/ t o p i c : d e v Enter");
    assert_eq!(model.screens.inbox.table.len(), 1);
    // A name that nothing has is a mistake, and the rows stay.
    keys(&mut model, "/ x Enter");
    assert!(model.screens.inbox.table.len() <= 1);
}

#[test]
fn enter_opens_the_conversation_r_answers_there_too_and_escape_goes_back() {
    let mut model = inbox();
    keys(&mut model, "Enter");
    assert_eq!(model.screens.inbox.focus(), Focus::Pane);
    keys(&mut model, "r");
    assert_eq!(model.screens.inbox.focus(), Focus::Ask);
    keys(&mut model, "Esc Esc");
    assert_eq!(model.screens.inbox.focus(), Focus::List);
}
