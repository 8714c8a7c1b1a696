//! Channels and History over a real store: finding a failure, repairing its cause, sending again to
//! exactly those who did not get it; and how both sections look.

#[path = "support/triage.rs"]
mod triage;

use std::fmt::Write as _;

use pushdeck::app::available::{Availability, Why, available};
use pushdeck::app::overlay::Overlay;
use pushdeck::app::saying::Saying;
use pushdeck::app::saying::channels::ChannelsSaying;
use pushdeck::app::saying::history::HistorySaying;
use pushdeck::app::section::Section;
use pushdeck::domain::channel::ChannelState;
use pushdeck::domain::delivery::{Class, DeliveryState};
use pushdeck::domain::id::{BroadcastId, ChannelId};
use pushdeck::domain::subscriber::AddressState;
use pushdeck::input::action::Action;
use pushdeck::look::Look;
use pushdeck::look::locale::Lang;
use pushdeck::store::history::DeliveryRow;
use pushdeck::store::pick::Pick;
use pushdeck::ui::frame::view;
use pushdeck::ui::width::cells;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use triage::{ACCEPTED, Bench, GONE};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];
const SMALL: (u16, u16) = (80, 24);

fn picture(bench: &Bench, lang: Lang) -> String {
    let (width, height) = bench.model.desk.pages.size;
    let look = Look::plain(lang);
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let painted = view(&bench.model, &look, &mut buffer);
    let mut text = String::new();
    for y in 0..height {
        let mut row = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += cells(symbol, &look.glyphs).max(1) as u16;
        }
        assert_eq!(x, width, "row {y} ends inside a wide character");
        writeln!(text, "|{row}|").expect("a text takes anything");
    }
    writeln!(text, "cursor {:?} typing {}", painted.cursor, painted.typing).expect("a text takes anything");
    text
}

fn all(name: &str, scene: impl Fn((u16, u16)) -> Bench) {
    for size in SIZES {
        let bench = scene(size);
        for lang in Lang::ALL {
            let name = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
            insta::assert_snapshot!(name, picture(&bench, lang));
        }
    }
}

fn with_keys(size: (u16, u16), keys: &str) -> Bench {
    let mut bench = Bench::in_trouble(size);
    bench.press(keys);
    bench
}

fn count(bench: &Bench, id: i64, state: DeliveryState) -> i64 {
    let id = BroadcastId(id);
    assert!(bench.db.books_balance(id).expect("books"), "the ledger line differs from the rows");
    bench.db.counts(id).expect("counts").of(state)
}

fn last_said(bench: &Bench) -> Option<Saying> {
    bench.model.desk.notices.log().next().map(|notice| notice.saying.clone())
}

#[test]
fn failures_are_grouped_by_class_and_channel_most_first() {
    all("history", |size| with_keys(size, "6"));
}

#[test]
fn the_second_group_shows_its_credential_and_the_way_to_its_repair() {
    all("history-credential", |size| with_keys(size, "6 Down"));
}

#[test]
fn opening_a_class_leads_to_the_people_behind_it() {
    all("history-people", |size| with_keys(size, "6 Enter"));
    let bench = with_keys(SMALL, "6 Enter");
    assert!(bench.model.screens.history.delivery().is_some(), "one broadcast only: straight to its people");
    let mut bench = bench;
    bench.press("Esc");
    let group = bench.model.screens.history.group().expect("groups again");
    assert_eq!(group.failed, 55, "on the group that was opened");
}

#[test]
fn a_whole_broadcast_shows_books_that_can_be_added_up() {
    all("history-broadcast", |size| with_keys(size, "1 Down g h"));
    let bench = with_keys(SMALL, "1 Down g h");
    let counts = bench.model.screens.history.counts.expect("the books");
    assert_eq!(counts.audience(), 140);
    let mut bench = bench;
    bench.press("Esc");
    assert_eq!(bench.model.desk.section, Section::Outbox, "Esc leads back to where the jump came from");
}

#[test]
fn the_review_says_what_goes_and_asks_for_the_number_from_fifty_on() {
    all("history-review", |size| {
        let mut bench = with_keys(size, "6 o o *");
        bench.press("r");
        bench
    });
}

#[test]
fn a_repair_and_its_resumption_take_six_keys_from_the_failure() {
    let mut bench = with_keys(SMALL, "6 Down");
    let group = bench.model.screens.history.group().expect("the credential group");
    assert_eq!((group.failed, group.channel.as_str()), (12, "微信推送 main"));
    let mut keys = bench.press("g c e");
    bench.paste("AT_zyxwvutsrqponmlkNEW1");
    keys += bench.press("F6 r");
    assert!(keys <= 6, "{keys} keys");
    let channel = bench.db.channel(ChannelId(1)).expect("the channel");
    assert_eq!(channel.state, ChannelState::Active);
    assert_eq!(channel.secrets[0].masked, "…NEW1");
    let expected = ChannelsSaying::Resumed { name: "微信推送 main".into(), waiting: 68, failed: 12 };
    assert_eq!(last_said(&bench), Some(Saying::Channels(expected)));
    // What waited goes on; then the twelve go again, and nobody else.
    bench.fates(BroadcastId(2), |_| ACCEPTED);
    assert_eq!(count(&bench, 2, DeliveryState::Accepted), 68);
    let keys = bench.press("Esc r y");
    assert!(keys <= 6);
    assert_eq!(last_said(&bench), Some(Saying::History(HistorySaying::Replayed(12))));
    assert_eq!(count(&bench, 2, DeliveryState::Planned), 12);
    assert_eq!(count(&bench, 2, DeliveryState::Accepted), 68);
    assert_eq!(count(&bench, 1, DeliveryState::Rejected), 55, "another broadcast's failures stay");
}

#[test]
fn a_mass_failure_is_not_taken_against_people() {
    let mut bench = Bench::in_trouble(SMALL);
    let wrong = bench.broadcast("With another account's keys", &[ChannelId(2)]);
    bench.fates(wrong, |_| GONE);
    bench.press("6 d");
    let Some(Overlay::Gate(gate)) = bench.model.desk.overlays.last() else { panic!("a gate") };
    assert_eq!(gate.number, 55, "the broadcast in which most went through");
    assert!(gate.lines.contains(&Saying::History(HistorySaying::MassFailure(85))));
}

#[test]
fn a_class_that_can_never_work_has_no_replay_but_retires_its_addresses() {
    let mut bench = with_keys(SMALL, "6 r");
    assert!(bench.model.desk.overlays.is_empty(), "r is off on bad recipients");
    bench.press("d");
    assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Gate(gate)) if gate.number == 55));
    bench.press("5 4 Enter");
    assert!(!bench.model.desk.overlays.is_empty(), "a wrong number does nothing");
    bench.press("Backspace 5 Enter Enter");
    assert_eq!(last_said(&bench), Some(Saying::History(HistorySaying::Retired(55))));
    let person = bench.db.subscriber(pushdeck::domain::id::SubscriberId(1)).expect("a person");
    let states: Vec<AddressState> = person.addresses.iter().map(|address| address.state).collect();
    assert_eq!(states, [AddressState::Active, AddressState::Dead], "the other channel stays");
}

#[test]
fn unknown_ones_are_settled_by_hand_or_go_again_behind_their_own_tick() {
    let mut bench = with_keys(SMALL, "6 Down Down");
    assert_eq!(bench.model.screens.history.group().map(|row| row.unknown), Some(4));
    bench.press("r");
    let Some(Overlay::Replay(replay)) = bench.model.desk.overlays.last() else {
        panic!("the review is open")
    };
    assert_eq!((replay.to_send(), replay.review.unknown), (0, 4), "left out unless ticked");
    bench.press("Esc a Tab Enter");
    assert_eq!(last_said(&bench), Some(Saying::History(HistorySaying::Settled(4))));
    assert_eq!(count(&bench, 1, DeliveryState::Assumed), 4);
    let settled = bench.db.deliveries(&Pick::of(BroadcastId(1)), None, 100).expect("deliveries");
    let one = settled.iter().find(|row| row.state == DeliveryState::Assumed).expect("one of them");
    let detail = bench.db.delivery(one.id).expect("its attempts");
    assert!(detail.history.last().is_some_and(|attempt| attempt.operator.is_some()));
}

#[test]
fn marks_are_replayed_and_nothing_else() {
    // The flat list, its filter gone; the third and fourth delivery of the newest broadcast.
    let mut bench = with_keys(SMALL, "6 o o Down Down Space Space r y");
    assert_eq!(last_said(&bench), Some(Saying::History(HistorySaying::Replayed(2))));
    assert_eq!(count(&bench, 2, DeliveryState::Rejected), 10);
    bench.press("U");
}

#[test]
fn what_can_never_work_has_no_replay_in_its_class_and_none_when_it_is_opened_alone() {
    for keys in ["6", "6 Enter Enter", "6 o o"] {
        let bench = with_keys(SMALL, keys);
        let history = &bench.model.screens.history;
        let gone = |row: &DeliveryRow| row.class == Some(Class::BadRecipient);
        if history.group().is_some() || history.delivery().is_some_and(gone) {
            let off = available(&bench.model, Action::Replay);
            assert_eq!(off, Availability::Off(Why::NeverWorks), "{keys}");
        }
    }
    let bench = with_keys(SMALL, "6 Enter Enter");
    assert!(bench.model.screens.history.delivery().is_some(), "a single one is on the screen");
}

#[test]
fn enter_on_an_opened_delivery_shows_its_record() {
    let bench = with_keys(SMALL, "6 o o Down Down Enter Enter");
    assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Viewer(_))));
}

#[test]
fn marks_that_the_filter_hides_are_asked_about_before_anything_is_done_to_them() {
    for key in ["r", "d", "e", "c", "a"] {
        let mut bench = with_keys(SMALL, "6 o o Down Down Space Space / Ctrl-u");
        bench.press("s t a t u s : a c c e p t e d Enter");
        bench.press(key);
        assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Confirm(_))), "{key}");
        assert_eq!(bench.model.desk.section, Section::History, "{key}");
    }
}

#[test]
fn a_filter_for_what_no_group_holds_shows_the_deliveries_at_once() {
    let mut bench = with_keys(SMALL, "6 /");
    bench.paste("status:accepted");
    bench.press("Enter");
    let history = &bench.model.screens.history;
    assert_eq!(history.filter().applied(), "since:24h status:accepted");
    assert_eq!(history.delivery().map(|row| row.state), Some(DeliveryState::Accepted));
    bench.press("Esc");
    assert_eq!(bench.model.screens.history.filter().applied(), "since:24h", "what the section opens with");
    bench.press("Esc");
    assert_eq!(bench.model.screens.history.filter().applied(), "since:24h", "and that one stays");
}

#[test]
fn a_broadcast_opens_to_its_classes_by_name() {
    for (group, first) in [("b", "11月维护通知 Maintenance"), ("h", "Bark self"), ("p", "王小明 0")] {
        let mut bench = with_keys(SMALL, &format!("6 o {group}"));
        let name = |bench: &Bench| picture(bench, Lang::En);
        assert!(name(&bench).contains(first), "{}", name(&bench));
        bench.press("Enter");
        assert!(name(&bench).contains("Bad recipient"), "{}", name(&bench));
    }
    // One person with two failures, each of another class.
    let mut bench = with_keys(SMALL, "6 o p");
    let group = bench.model.screens.history.group().expect("a person").clone();
    assert_eq!((group.count(), group.portions.len()), (2, 2));
    assert!(picture(&bench, Lang::En).contains("shows each class"), "no cause of one class for both");
    bench.press("Enter Enter");
    let history = &bench.model.screens.history;
    assert_eq!(history.delivery().and_then(|row| row.subscriber), group.id.person);
}

#[test]
fn what_waits_stands_below_what_failed_and_is_never_replayed() {
    let mut bench = Bench::in_trouble(SMALL);
    let quota = (DeliveryState::Deferred, Some(Class::Quota), "40001", "今日额度已用完");
    let third = bench.broadcast("Digest", &[ChannelId(2)]);
    bench.some_fates(third, 3, |_| quota);
    bench.press("6 G");
    let group = bench.model.screens.history.group().expect("the last group").clone();
    assert_eq!((group.waiting, group.count(), group.only_waits()), (3, 3, true));
    bench.press("r");
    assert!(bench.model.desk.overlays.is_empty(), "it goes on by itself");
    // No filter by time hides what waits now.
    bench.press("Enter");
    let history = &bench.model.screens.history;
    assert_eq!(history.delivery().map(|row| row.state), Some(DeliveryState::Deferred));
}

#[test]
fn another_channel_gets_the_same_text_for_the_same_people() {
    let bench = with_keys(SMALL, "6 Down Down c");
    assert_eq!(bench.model.desk.section, Section::Compose);
    let sheet = &bench.model.screens.compose.sheet;
    assert_eq!(sheet.title.text(), "11月维护通知 Maintenance");
    assert_eq!(sheet.to.text().split(',').count(), 4, "{}", sheet.to.text());
    assert_eq!(sheet.chosen, Some(vec![ChannelId(1), ChannelId(3)]), "every channel but the one that failed");
}

#[test]
fn a_message_is_changed_for_those_who_could_not_get_it_as_it_was() {
    let bench = with_keys(SMALL, "6 Down Down e");
    assert_eq!(bench.model.desk.section, Section::Compose);
    let sheet = &bench.model.screens.compose.sheet;
    assert_eq!(sheet.title.text(), "11月维护通知 Maintenance");
    assert_eq!(sheet.to.text().split(',').count(), 4, "{}", sheet.to.text());
    assert_eq!(sheet.chosen, Some(vec![ChannelId(2)]), "the channels are those of the message");
}

#[test]
fn a_filter_with_a_mistake_leaves_the_list_alone() {
    let mut bench = with_keys(SMALL, "6 /");
    bench.paste(" chanel:x");
    bench.press("Enter");
    let history = &bench.model.screens.history;
    assert!(history.filter().refused.is_some());
    assert_eq!(history.groups.len(), 3);
}

#[test]
fn channels_show_their_health_and_why_they_stand_still() {
    all("channels", |size| with_keys(size, "5"));
}

#[test]
fn a_list_of_channels_that_is_longer_than_its_pane_says_so() {
    all("channels-many", |size| {
        let mut bench = Bench::in_trouble(size);
        for at in 0..40 {
            bench.channel(&format!("mail {at:02}"), "email", "password", "a long password m4iL");
        }
        bench.changed();
        bench.press("5 Down");
        bench
    });
}

#[test]
fn a_form_is_made_from_the_catalogue() {
    all("channels-form", |size| with_keys(size, "5 Down e Tab Tab Tab"));
}

#[test]
fn a_new_channel_begins_with_its_kind() {
    all("channels-kinds", |size| with_keys(size, "5 a Down Down"));
    // The last one is seen, too, wherever the list is longer than the screen.
    all("channels-kinds-last", |size| with_keys(size, "5 a Up"));
}

#[test]
fn an_error_shows_under_its_field_when_saving() {
    all("channels-error", |size| {
        let mut bench = with_keys(size, "5 a Enter");
        bench.paste("微信推送 MAIN");
        bench.press("Tab");
        bench.paste("ftp://example.org");
        bench.press("F6");
        bench
    });
}

#[test]
fn without_channels_the_page_says_what_to_do() {
    all("channels-empty", |size| {
        let mut bench = Bench::empty(size);
        bench.press("5");
        bench
    });
}

#[test]
fn a_taken_name_is_said_under_the_name_and_nothing_typed_is_lost() {
    let mut bench = with_keys(SMALL, "5 a Enter");
    bench.paste("bark self");
    bench.press("Tab");
    bench.paste("AT_abcdefghijklmnop");
    bench.press("F6");
    let sheet = bench.model.screens.channels.sheet().expect("the form is still there");
    assert_eq!(sheet.form.word("name"), "bark self");
    assert!(sheet.form.field("app_token").is_some_and(|field| field.typed_secret().is_some()));
    let name = sheet.form.field("name").expect("the first field");
    assert!(name.touched && name.finding.is_some());
    assert_eq!(sheet.form.focus, 0);
    let shown = picture(&bench, Lang::En);
    assert!(shown.contains("already"), "{shown}");
}

#[test]
fn esc_with_unsaved_edits_asks_and_discarding_is_a_choice() {
    let mut bench = with_keys(SMALL, "5 Down e Enter");
    bench.paste(" 2");
    bench.press("Esc Esc");
    assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Confirm(_))));
    bench.press("Esc");
    assert!(bench.model.screens.channels.sheet().is_some(), "back to editing");
    bench.press("Esc Tab Enter");
    assert!(bench.model.screens.channels.sheet().is_none());
    assert_eq!(bench.db.channel(ChannelId(2)).expect("the channel").name, "Bark self");
}

#[test]
fn a_lost_race_shows_both_texts_and_loses_neither() {
    let mut bench = with_keys(SMALL, "5 Down e");
    bench.paste(" mine");
    let theirs = pushdeck::store::channels::ChannelEdit {
        name: Some("Bark theirs".to_owned()),
        ..pushdeck::store::channels::ChannelEdit::default()
    };
    bench.db.edit_channel(ChannelId(2), None, &theirs).expect("somebody else was faster");
    bench.press("F6");
    assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Confirm(_))));
    bench.press("Tab Enter");
    assert_eq!(bench.db.channel(ChannelId(2)).expect("the channel").name, "Bark self mine");
}

#[test]
fn a_verification_is_asked_of_the_sender_and_its_words_come_back() {
    let mut bench = with_keys(SMALL, "5 t");
    let says = ChannelsSaying::Verifying("微信推送 main".into());
    assert_eq!(last_said(&bench), Some(Saying::Channels(says)));
    bench.fates(BroadcastId(3), |_| triage::REFUSED);
    bench.db.record_verified(ChannelId(1), false, "1001 app token invalid").expect("recorded");
    bench.changed();
    let says = ChannelsSaying::VerifyFailed("微信推送 main".into(), "1001 app token invalid".into());
    assert_eq!(last_said(&bench), Some(Saying::Channels(says)));
    bench.press("Enter");
    assert!(picture(&bench, Lang::En).contains("1001 app token invalid"));
}

#[test]
fn removing_a_channel_with_people_on_it_asks_for_their_number_and_can_be_undone() {
    let mut bench = with_keys(SMALL, "5 Down d");
    assert!(matches!(bench.model.desk.overlays.last(), Some(Overlay::Gate(gate)) if gate.number == 140));
    bench.press("1 4 0 Enter Enter");
    assert_eq!(bench.db.channels().expect("channels").len(), 2);
    bench.press("u");
    assert_eq!(bench.db.channels().expect("channels").len(), 3);
}

#[test]
fn both_sections_survive_any_size_and_state() {
    for keys in [
        "5",
        "5 Enter",
        "5 a",
        "5 e",
        "5 e Tab Tab",
        "5 d",
        "6",
        "6 Enter",
        "6 o b",
        "6 o h",
        "6 o p",
        "6 o o",
        "6 r",
    ] {
        for size in [(60, 16), SMALL, (200, 40)] {
            let mut bench = Bench::in_trouble(size);
            bench.press(keys);
            for width in [60, 61, 79, 99, 100, 120, 160, 200] {
                for height in [16, 17, 24, 40] {
                    bench.resize(width, height);
                    for lang in Lang::ALL {
                        picture(&bench, lang);
                    }
                }
            }
        }
    }
}
