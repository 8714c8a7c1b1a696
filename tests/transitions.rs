//! Transitions of the console: given a model, when something happens, then the model and its effects.

#[path = "transitions/inbox.rs"]
mod inbox;
#[path = "transitions/lists.rs"]
mod lists;
#[path = "transitions/random.rs"]
mod random;
#[path = "support/share.rs"]
mod share;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use pushdeck::app::available::Why;
use pushdeck::app::contexts::{contexts, is_typing};
use pushdeck::app::desk::Settings;
use pushdeck::app::effect::{Effect, Ticket};
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::overlay::gate::Gate;
use pushdeck::app::overlay::{Overlay, Then};
use pushdeck::app::request::errands::{ErrandAsk, ErrandTold, TookBack};
use pushdeck::app::request::{Reply, Request, Trouble};
use pushdeck::app::rows::Pulse;
use pushdeck::app::saying::Saying;
use pushdeck::app::saying::desk::DeskSaying;
use pushdeck::app::screens::channels::Mode;
use pushdeck::app::section::Section;
use pushdeck::app::update::update;
use pushdeck::domain::id::BroadcastId;
use pushdeck::input::action::Action;
use pushdeck::input::key::Key;
use pushdeck::input::keymap::Keymap;
use support::console::{NOW, Scene, press};

fn keys(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split_whitespace().flat_map(|key| press(model, key)).collect()
}

fn requests(effects: &[Effect]) -> Vec<&Request> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Store(_, request) => Some(request),
            _ => None,
        })
        .collect()
}

fn orders(effects: &[Effect]) -> Vec<Request> {
    let asks = |request: &&Request| {
        !matches!(request, Request::Pulse | Request::Broadcasts(_) | Request::Broadcast(_))
    };
    requests(effects).into_iter().filter(asks).cloned().collect()
}

fn said(model: &Model) -> Vec<Saying> {
    model.desk.notices.shown().map(|notice| notice.saying.clone()).collect()
}

#[test]
fn one_key_holds_everything_back_wherever_one_is_and_asks_before_it_lets_go() {
    let mut model = Scene::busy().model();
    let effects = keys(&mut model, "3 F9");
    assert_eq!(orders(&effects).last(), Some(&Request::Halt));
    assert!(matches!(said(&model).last(), Some(Saying::Halted(2_000))));
    model.desk.pulse.halted = Some("ann".to_owned());
    assert!(!orders(&keys(&mut model, "F9 Enter")).contains(&Request::Unhalt), "the focus is on Back");
    assert!(orders(&keys(&mut model, "F9 y")).contains(&Request::Unhalt));
}

#[test]
fn pausing_is_one_order_and_says_how_many_people_the_call_in_flight_covers() {
    let mut model = Scene::busy().model();
    let effects = keys(&mut model, "p");
    assert_eq!(orders(&effects), [Request::Pause(BroadcastId(18))]);
    assert!(matches!(&said(&model)[..], [Saying::Paused { in_flight: 2_000, .. }]));
}

#[test]
fn stopping_the_rest_asks_and_enter_changes_nothing() {
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "d Enter")), []);
    assert!(model.desk.overlays.is_empty());
    assert_eq!(orders(&keys(&mut model, "d y")), [Request::Stop(BroadcastId(18))]);
    assert_eq!(orders(&keys(&mut model, "d Tab Enter")), [Request::Stop(BroadcastId(18))]);
}

#[test]
fn taking_back_asks_goes_on_by_itself_and_says_what_came_of_it() {
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "G B")), []);
    assert_eq!(said(&model), [Saying::Off(Action::TakeBack, Why::NothingToTakeBack)]);
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "G k k B")), []);
    assert_eq!(said(&model), [Saying::Off(Action::TakeBack, Why::NoneTakesBack)], "mail is with its readers");
    assert_eq!(orders(&keys(&mut model, "j B Enter")), [], "the focus is on Back");
    assert!(model.desk.overlays.is_empty());
    let begin = Request::Errand(ErrandAsk::TakeBack(BroadcastId(13)));
    assert_eq!(orders(&keys(&mut model, "B y")), [begin, Request::Errand(ErrandAsk::TakeBackStep)]);
    let came = |saying: &Saying| matches!(saying, Saying::Desk(DeskSaying::TookBack(far)) if far.taken == 10);
    assert!(said(&model).iter().any(came));
    let moving = |saying: &Saying| matches!(saying, Saying::Desk(DeskSaying::TakingBack(_)));
    assert!(!said(&model).iter().any(moving), "one line that moves");
}

#[test]
fn a_sender_that_died_in_the_middle_is_told_once_with_what_it_left_in_the_air() {
    let mut model = Scene::busy().model();
    let pulse = |model: &mut Model, died, lost| {
        let asked = update(model, Msg::Changed).effects.into_iter().find_map(|effect| match effect {
            Effect::Store(ticket, Request::Pulse) => Some(ticket),
            _ => None,
        });
        let pulse = Pulse { died, lost, ..model.desk.pulse.clone() };
        let step = update(model, Msg::Store(asked.expect("asked anew"), Reply::Pulse(pulse)));
        assert_eq!(step.effects, []);
    };
    pulse(&mut model, 0, 0);
    assert_eq!(said(&model), []);
    pulse(&mut model, 1, 6);
    pulse(&mut model, 1, 6);
    assert_eq!(said(&model), [Saying::SenderDied(6)]);
}

/// A console in which b13 is to be taken back, and the ticket of that order.
fn asked_to_take_back() -> (Model, Ticket) {
    let mut model = Scene::busy().model();
    keys(&mut model, "G k B");
    let effects = update(&mut model, Msg::Key("y".parse().expect("a key"))).effects;
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Store(ticket, Request::Errand(_)) => Some(*ticket),
        _ => None,
    });
    (model, ticket.expect("an order"))
}

#[test]
fn a_second_take_back_waits_and_begins_when_the_first_is_done() {
    let step = Request::Errand(ErrandAsk::TakeBackStep);
    let (mut model, ticket) = asked_to_take_back();
    let mut tell = |told| {
        let effects = update(&mut model, Msg::Store(ticket, Reply::Errand(told))).effects;
        (orders(&effects), said(&model))
    };
    let (orders, said) = tell(ErrandTold::TakeBackWaits(BroadcastId(11)));
    assert_eq!((orders, said), (vec![], vec![Saying::Desk(DeskSaying::TakeBackWaits(BroadcastId(11)))]));
    let done = || TookBack { taken: 3, ..TookBack::begun(BroadcastId(13), 3) };
    assert_eq!(tell(ErrandTold::TookBack(done(), true)).0, [step]);
    assert_eq!(tell(ErrandTold::TookBack(done(), false)).0, []);
}

#[test]
fn a_take_back_that_goes_on_is_stopped_by_the_key_that_began_it() {
    let (mut model, ticket) = asked_to_take_back();
    let far = TookBack::begun(BroadcastId(13), 12);
    let told = Reply::Errand(ErrandTold::TakingBack(far));
    let going = update(&mut model, Msg::Store(ticket, told)).effects;
    assert_eq!(orders(&going), [Request::Errand(ErrandAsk::TakeBackStep)]);
    assert_eq!(orders(&keys(&mut model, "B Enter")), [], "the focus is on Back");
    let stop = Request::Errand(ErrandAsk::TakeBackStop(BroadcastId(13)));
    assert_eq!(orders(&keys(&mut model, "B y")), [stop]);
    assert_eq!(model.desk.taking_back, None);
}

#[test]
fn no_key_acts_on_data_behind_a_popup() {
    for popup in ["?", "!", "T", ":", "x", "g", "d"] {
        let mut model = Scene::busy().model();
        keys(&mut model, popup);
        // Keys that would pause, resume or recall if they reached the list.
        let letters: &str = if popup == "x" { "Up" } else { "p r u" };
        assert_eq!(orders(&keys(&mut model, letters)), [], "{popup}");
    }
}

#[test]
fn in_the_actions_menu_enter_runs_the_line_under_the_cursor_and_a_letter_its_own() {
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "x Down Enter")), [Request::Pause(BroadcastId(18))]);
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "x p")), [Request::Pause(BroadcastId(18))]);
}

#[test]
fn an_action_that_is_off_says_why() {
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "G p")), []);
    assert_eq!(said(&model), [Saying::Off(Action::Pause, Why::IsDraft)]);
}

#[test]
fn a_read_only_console_changes_nothing() {
    let mut model = Scene::busy().readonly().model();
    assert_eq!(orders(&keys(&mut model, "p r d y u s")), []);
    assert!(said(&model).contains(&Saying::Off(Action::Pause, Why::ReadOnly)));
}

#[test]
fn a_held_send_is_taken_back_with_u_from_any_section() {
    let mut model = Scene::busy().model();
    assert_eq!(orders(&keys(&mut model, "j j u")), [Request::Recall(BroadcastId(16))]);
    let mut model = Scene::busy().model();
    model.desk.pulse = Pulse { held: Some((BroadcastId(16), NOW.plus(5_000))), ..model.desk.pulse.clone() };
    assert_eq!(orders(&keys(&mut model, "3 u")).last(), Some(&Request::Recall(BroadcastId(16))));
    // After another change it could mean that one, which cannot be taken back this way.
    let mut model = Scene::busy().model();
    model.desk.pulse = Pulse { held: Some((BroadcastId(16), NOW.plus(5_000))), ..model.desk.pulse.clone() };
    keys(&mut model, "4 a");
    for c in "夜班".chars() {
        keys(&mut model, &c.to_string());
    }
    keys(&mut model, "F6");
    assert!(!orders(&keys(&mut model, "u")).contains(&Request::Recall(BroadcastId(16))));
    assert_eq!(orders(&keys(&mut model, "y")).last(), Some(&Request::Recall(BroadcastId(16))));
}

#[test]
fn pasting_two_hundred_lines_into_a_list_changes_nothing() {
    let mut model = Scene::busy().model();
    let before = format!("{:?}", model.screens);
    let step = update(&mut model, Msg::Paste("d\ny\nq\n".repeat(70)));
    assert_eq!(step.effects, []);
    assert_eq!(format!("{:?}", model.screens), before);
    assert_eq!(said(&model), [Saying::PasteIgnored]);
}

#[test]
fn esc_twenty_times_never_quits_and_q_twice_does() {
    for start in ["", "2", "8", "?", ":", "/", "d", "x", "g"] {
        let mut model = Scene::busy().model();
        keys(&mut model, start);
        for _ in 0..20 {
            assert!(!press(&mut model, "Esc").contains(&Effect::Quit), "{start}");
        }
        assert!(keys(&mut model, "q q").contains(&Effect::Quit), "{start}");
    }
}

#[test]
fn the_second_q_must_come_within_two_seconds() {
    let mut model = Scene::empty().model();
    keys(&mut model, "q");
    model.desk.now = NOW.plus(2_001);
    assert!(!keys(&mut model, "q").contains(&Effect::Quit));
    keys(&mut model, "j");
    assert!(!keys(&mut model, "q").contains(&Effect::Quit));
}

#[test]
fn quitting_asks_only_where_it_would_stop_sends() {
    let mut model = Scene::busy().model();
    keys(&mut model, "q");
    assert_eq!(said(&model), [Saying::QuitAgainSending(2)]);
    model.desk.settings.in_process = true;
    assert!(!keys(&mut model, "Q").contains(&Effect::Quit));
    assert!(keys(&mut model, "y").contains(&Effect::Quit));
    let mut demo = Scene::busy().demo().model();
    demo.desk.settings.in_process = true;
    assert!(keys(&mut demo, "q q").contains(&Effect::Quit));
}

#[test]
fn a_stale_answer_never_reaches_a_screen() {
    let mut model = Scene::busy().model();
    let ask = |model: &mut Model| update(model, Msg::Changed).effects;
    let first = ask(&mut model);
    let second = ask(&mut model);
    let ticket = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Store(ticket, Request::Broadcasts(_)) => Some(*ticket),
            _ => None,
        })
    };
    let failed = || Reply::Failed(Trouble { summary: "disk full".into(), ..Trouble::default() });
    let before = format!("{:?}", model.screens.outbox.table.load);
    let stale = Msg::Store(ticket(&first).expect("a page"), failed());
    assert!(!update(&mut model, stale).redraw);
    assert_eq!(format!("{:?}", model.screens.outbox.table.load), before);
    let fresh = Msg::Store(ticket(&second).expect("a page"), failed());
    assert!(update(&mut model, fresh).redraw);
    assert!(format!("{:?}", model.screens.outbox.table.load).contains("disk full"));
}

#[test]
fn a_gate_drops_keys_that_came_before_it_was_seen() {
    let mut model = Scene::busy().model();
    let then = Then::Act(Action::Quit);
    let gate = Gate::new(Saying::TypeTheNumber, 42, Saying::SendTo(42), then);
    model.desk.open(Overlay::Gate(gate));
    assert!(!keys(&mut model, "4 2 Enter").contains(&Effect::Quit));
    assert!(!update(&mut model, Msg::Paste("42".into())).effects.contains(&Effect::Quit));
    assert_eq!(update(&mut model, Msg::Drawn).effects, []);
    assert!(!keys(&mut model, "4 Enter").contains(&Effect::Quit));
    assert_eq!(update(&mut model, Msg::Paste("2".into())).effects, []);
    assert!(!keys(&mut model, "Enter").contains(&Effect::Quit));
    // Enter in the number leads to the button; only the button acts.
    assert!(!keys(&mut model, "2 Enter").contains(&Effect::Quit));
    assert!(keys(&mut model, "Enter").contains(&Effect::Quit));
}

#[test]
fn a_jump_leads_elsewhere_and_esc_comes_back() {
    let mut model = Scene::busy().model();
    keys(&mut model, "g h");
    assert_eq!(model.desk.section, Section::History);
    // First out of what the jump led to (a broadcast's deliveries, its filter), then back.
    for _ in 0..6 {
        if model.desk.section == Section::History {
            keys(&mut model, "Esc");
        }
    }
    assert_eq!(model.desk.section, Section::Outbox);
    keys(&mut model, "5 Esc");
    assert_eq!(model.desk.section, Section::Channels, "a section chosen by its key is no jump");
}

#[test]
fn a_terminal_that_is_too_small_only_lets_one_leave() {
    let mut model = Scene::busy().size((59, 24)).model();
    let before = format!("{:?}", model.screens);
    assert_eq!(keys(&mut model, "p r d y j / Esc 2 ?"), []);
    assert_eq!(format!("{:?}", model.screens), before);
    assert!(keys(&mut model, "Ctrl-Z").contains(&Effect::Suspend));
    assert!(keys(&mut model, "q").contains(&Effect::Quit));
}

#[test]
fn an_empty_store_offers_the_first_steps_once_and_a_used_one_never() {
    let pulse = |model: &mut Model, empty: bool| {
        let effects = update(model, Msg::Changed).effects;
        let asked = effects.into_iter().find_map(|effect| match effect {
            Effect::Store(ticket, Request::Pulse) => Some(ticket),
            _ => None,
        });
        let reply = Reply::Pulse(Pulse { empty, ..Pulse::default() });
        let _ = update(model, Msg::Store(asked.expect("a pulse is asked for"), reply));
    };
    let welcome = |model: &Model| matches!(model.desk.overlays.last(), Some(Overlay::Welcome(_)));
    let fresh = || Model::new(Settings::default(), Arc::new(Keymap::default()));
    let mut model = fresh();
    pulse(&mut model, true);
    assert!(welcome(&model));
    keys(&mut model, "Down Enter");
    assert_eq!(model.desk.section, Section::Channels);
    assert!(matches!(model.screens.channels.mode, Mode::Kinds(_)));
    pulse(&mut model, true);
    assert!(!welcome(&model), "once is enough");
    keys(&mut model, "W");
    assert!(welcome(&model), "unless it is asked for");
    let mut model = fresh();
    pulse(&mut model, false);
    assert!(!welcome(&model));
}

#[test]
fn every_listed_action_is_in_the_palette_and_runs_from_there() {
    let mut model = Scene::busy().model();
    keys(&mut model, ":");
    let Some(Overlay::Palette(palette)) = model.desk.overlays.last() else {
        unreachable!("the palette is open");
    };
    let listed: BTreeSet<Action> = palette.matches().map(|command| command.action).collect();
    let wanted: BTreeSet<Action> = Action::ALL.iter().copied().filter(|action| action.in_palette()).collect();
    assert_eq!(listed, wanted);
    assert!(wanted.iter().all(|action| model.desk.keys.any_key_for(*action).is_some()));
    let effects = keys(&mut model, "s u s p e n d Enter");
    assert!(effects.contains(&Effect::Suspend));
}

#[test]
fn an_input_method_left_on_is_hinted_at_once_and_only_once() {
    let mut model = Scene::busy().model();
    for c in ['中', '文'] {
        assert_eq!(update(&mut model, Msg::Key(Key::char(c))).effects, []);
    }
    assert_eq!(model.desk.notices.log().len(), 1);
    keys(&mut model, "？");
    assert!(matches!(model.desk.overlays.last(), Some(Overlay::Help(_))));
}

#[test]
fn typing_is_never_a_command_and_the_focus_never_depends_on_drawing() {
    let mut model = Scene::busy().model();
    keys(&mut model, "/");
    assert!(is_typing(&model));
    assert_eq!(orders(&keys(&mut model, "p d q q ? 2")), []);
    assert_eq!(model.screens.outbox.table.filter.line.text(), "pdqq?2");
    assert_eq!(contexts(&model), contexts(&model.clone()));
    keys(&mut model, "Esc");
    assert!(!is_typing(&model));
    assert_eq!(model.screens.outbox.table.filter.applied(), "pdqq?2");
    keys(&mut model, "Esc");
    assert_eq!(model.screens.outbox.table.filter.applied(), "");
}

#[test]
fn an_outbox_filter_that_cannot_be_read_says_so_and_leaves_the_list_alone() {
    let mut model = Scene::busy().model();
    keys(&mut model, "/");
    keys(&mut model, "p d : 2");
    assert_eq!(orders(&keys(&mut model, "Enter")), []);
    let filter = &model.screens.outbox.table.filter;
    assert_eq!((filter.typing, filter.refused.is_some(), filter.applied()), (true, true, ""));
    keys(&mut model, "Esc");
    let filter = &model.screens.outbox.table.filter;
    assert_eq!((filter.typing, filter.refused.is_some(), filter.applied()), (false, false, ""));
}

#[test]
fn a_signal_ends_the_console_at_once() {
    use pushdeck::app::msg::Signal;
    for signal in [Signal::Terminate, Signal::HangUp, Signal::Interrupt] {
        let mut model = Scene::busy().model();
        keys(&mut model, "d");
        assert!(update(&mut model, Msg::Signal(signal)).effects.contains(&Effect::Quit));
    }
}

#[test]
fn an_empty_store_answers_without_people() {
    use pushdeck::app::request::Reply;
    use pushdeck::app::request::subscribers::SubscribersAsk;
    support::lists::empty_store();
    let counted = support::lists::subscribers(SubscribersAsk::Count(String::new()));
    assert!(!matches!(counted, Reply::Failed(_)), "{counted:?}");
}
