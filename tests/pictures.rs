//! Pictures of the console: whole frames as text, in both languages, at the sizes that matter.
//!
//! The form is our own: every row between bars, so that its width is seen, and the cursor's place below.

#[path = "pictures/desk.rs"]
mod desk;
#[path = "pictures/inbox.rs"]
mod inbox;
#[path = "pictures/lists.rs"]
mod lists;
mod support;

use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::notice::Notices;
use pushdeck::app::overlay::Overlay;
use pushdeck::app::overlay::review::Via;
use pushdeck::app::rows::BroadcastDetail;
use pushdeck::app::section::Target;
use pushdeck::app::update::update;
use pushdeck::domain::broadcast::{BroadcastState, PauseReason};
use pushdeck::domain::delivery::{Class, Counts, DeliveryState};
use pushdeck::domain::id::BroadcastId;
use pushdeck::input::key::Key;
use pushdeck::look::Look;
use pushdeck::look::locale::Lang;
use pushdeck::store::broadcasts::Stage;
use pushdeck::store::channels::Rest;
use pushdeck::ui::frame::view;
use pushdeck::ui::painted::Painted;
use pushdeck::ui::width::cells;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use support::console::{NOW, Scene, press};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];

fn picture(model: &Model, lang: Lang, size: (u16, u16)) -> String {
    drawn(model, &Look::plain(lang), size)
}

fn drawn(model: &Model, look: &Look, (width, height): (u16, u16)) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let painted = view(model, look, &mut buffer);
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
        text.extend(["|", &row, "|\n"]);
    }
    let Painted { cursor, typing, title, .. } = painted;
    format!(
        "{text}cursor {cursor:?} typing {typing} title {title}
"
    )
}

fn all(name: &str, scene: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        let model = scene(size);
        for lang in Lang::ALL {
            let name = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
            insta::assert_snapshot!(name, picture(&model, lang, size));
        }
    }
}

fn with_keys(size: (u16, u16), keys: &str) -> Model {
    let mut model = Scene::busy().size(size).model();
    for key in keys.split_whitespace() {
        press(&mut model, key);
    }
    model
}

#[test]
fn the_outbox_shows_every_state_and_the_channels_of_the_selected_one() {
    all("outbox", |size| with_keys(size, ""));
}

#[test]
fn a_lane_says_what_its_channel_does_and_not_what_one_person_met() {
    let with = |change: &dyn Fn(&mut BroadcastDetail)| {
        let mut model = Scene::busy().size((120, 36)).model();
        change(model.screens.outbox.detail.as_mut().expect("a detail"));
        picture(&model, Lang::En, (120, 36))
    };
    let rest = Rest { until: NOW.plus(90_000), class: Class::Provider };
    let failed = |detail: &mut BroadcastDetail| {
        for lane in &mut detail.lanes {
            (lane.last_error, lane.calls, lane.rate_tenths) = (Some("no such user".into()), 0, 0);
        }
        detail.lanes[2].rest = Some(rest);
    };
    let resting = with(&failed);
    assert!(resting.contains("~ rests until 14:07:22, "), "{resting}");
    assert!(resting.contains(". queued") && !resting.contains("x no such user"), "{resting}");
    let paused = with(&|detail| {
        failed(detail);
        detail.row.state = BroadcastState::Paused;
        detail.row.paused = Some(PauseReason::Operator);
        detail.lanes[1].paused = Some(PauseReason::Credential);
    });
    let before = with(&|_| ()).matches("= paused").count();
    assert_eq!(paused.matches("= paused").count(), before + 2, "{paused}");
    assert!(paused.contains("= credential") && !paused.contains("rests until"), "{paused}");
    let staged = with(&|detail| {
        detail.lanes[0].stage = Some(Stage { people: 60, open: 0 });
        detail.lanes[1].stage = Some(Stage { people: 40, open: 12 });
        detail.lanes[1].paused = Some(PauseReason::Credential);
    });
    assert!(staged.contains("= waits for the stage"), "{staged}");
    assert!(staged.contains("First stage: 12 of 100 still wait for Bark (credential)."), "{staged}");
}

#[test]
fn a_channel_that_reaches_nobody_has_no_row() {
    let mut model = Scene::busy().size((120, 36)).model();
    let detail = model.screens.outbox.detail.as_mut().expect("a detail");
    let mut unused = detail.lanes[2].clone();
    (unused.name, unused.counts) = ("Nobody".into(), Counts::default());
    detail.lanes.push(unused);
    let picture = picture(&model, Lang::En, (120, 36));
    assert!(picture.contains("Email") && !picture.contains("Nobody"), "{picture}");
}

/// A broadcast over nineteen channels, of which the last one stands still and the one before it rests.
fn over_many(size: (u16, u16), keys: &str) -> Model {
    let mut model = Scene::busy().size(size).model();
    let detail = model.screens.outbox.detail.as_mut().expect("a detail");
    let one = detail.lanes[2].clone();
    detail.lanes = (1..=19)
        .map(|at| {
            let mut lane = one.clone();
            lane.name = format!("mail {at:02}");
            lane
        })
        .collect();
    detail.lanes[17].rest = Some(Rest { until: NOW.plus(90_000), class: Class::Provider });
    detail.lanes[17].rate_tenths = 0;
    detail.lanes[18].paused = Some(PauseReason::Credential);
    detail.lanes[18].last_error = Some("535 refused".to_owned());
    let detail = detail.clone();
    for key in keys.split_whitespace() {
        let look = Look::plain(Lang::En);
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        let painted = view(&model, &look, &mut buffer);
        model.desk.pages = painted.pages;
        press(&mut model, key);
        model.screens.outbox.detail = Some(detail.clone());
    }
    model
}

#[test]
fn many_channels_show_the_total_those_in_trouble_first_and_how_many_more_there_are() {
    all("outbox-many", |size| over_many(size, ""));
}

#[test]
fn the_opened_broadcast_is_scrolled_and_stays_the_same() {
    all("outbox-opened", |size| over_many(size, "Enter"));
    all("outbox-scrolled", |size| over_many(size, "Enter PageDown Down"));
    for (keys, top) in [("Enter G", true), ("Enter G PageUp PageUp PageUp", false)] {
        let model = over_many((80, 24), keys);
        assert_eq!(model.screens.outbox.table.selected().map(|row| row.id.0), Some(18), "{keys}");
        assert_eq!(model.screens.outbox.top > 0, top, "{keys}");
    }
}

#[test]
fn what_was_taken_back_or_replaced_is_seen_in_the_list_and_beside_it() {
    all("outbox-taken-back", |size| {
        let mut model = with_keys(size, "");
        for (id, gone) in [(13, 1), (14, 12_000)] {
            let mut row =
                model.screens.outbox.table.rows().find(|row| row.id.0 == id).expect("there").clone();
            row.taken_back = gone;
            model.screens.outbox.table.update(row);
        }
        let detail = model.screens.outbox.detail.as_mut().expect("a detail");
        let mut done = Counts::default();
        done.add(DeliveryState::Accepted, 210);
        detail.row.state = BroadcastState::Done;
        (detail.lanes[2].counts, detail.lanes[2].taken_back) = (done, 210);
        detail.about.taken_back = 210;
        detail.about.replaces = Some(BroadcastId(9));
        detail.about.replaced_by = Some(BroadcastId(20));
        model
    });
}

#[test]
fn an_empty_outbox_says_what_to_do() {
    all("outbox-empty", |size| Scene::empty().size(size).model());
}

#[test]
fn the_first_page_of_an_empty_store_leads_through_the_first_steps() {
    all("welcome", |size| {
        let mut model = Scene::empty().size(size).model();
        press(&mut model, "W");
        model
    });
}

#[test]
fn a_filter_being_typed_has_the_cursor() {
    all("outbox-filter", |size| with_keys(size, "/ o p s"));
}

#[test]
fn help_shows_the_keys_that_hold_here() {
    all("help", |size| with_keys(size, "?"));
}

#[test]
fn the_palette_teaches_the_keys() {
    all("palette", |size| with_keys(size, ": p a u"));
}

#[test]
fn a_prefix_opens_a_small_menu() {
    all("menu", |size| with_keys(size, "g"));
}

#[test]
fn stopping_the_rest_asks_first() {
    all("confirm", |size| with_keys(size, "d"));
}

/// Compose with the mock-up's draft in it.
fn composed(size: (u16, u16), keys: &str) -> Model {
    let mut model = Scene::busy().size(size).model();
    model.desk.go(Target::Draft(support::compose::DRAFT));
    press(&mut model, "F3");
    press(&mut model, "F3");
    model.desk.notices = Notices::default();
    for key in keys.split_whitespace() {
        press(&mut model, key);
        // What waits for the picture has been seen.
        let _ = update(&mut model, Msg::Drawn);
    }
    model
}

#[test]
fn compose_shows_sheet_preview_audience_and_checks() {
    all("compose", |size| composed(size, "g g"));
}

#[test]
fn an_empty_sheet_says_what_goes_where() {
    all("compose-empty", |size| with_keys(size, "2"));
}

#[test]
fn typing_in_the_body_has_the_real_cursor_there() {
    all("compose-body", |size| composed(size, "G k Enter Down Down End"));
}

#[test]
fn the_preview_takes_the_place_of_the_body_on_a_small_screen() {
    all("compose-preview", |size| composed(size, "F3 ] n"));
}

#[test]
fn the_request_itself_is_one_key_away() {
    all("compose-request", |size| composed(size, "v"));
}

#[test]
fn the_review_asks_for_the_number() {
    all("review", |size| composed(size, "s 1 2"));
}

#[test]
fn nothing_of_a_long_review_is_cut_and_one_person_with_many_addresses_is_one_person() {
    let long = |size, pages: &str| {
        let mut model = composed(size, "s");
        let Some(Overlay::Review(review)) = model.desk.overlays.last_mut() else {
            unreachable!("the review is open");
        };
        let one = review.brief.via[0].clone();
        let via = |at: usize| Via {
            name: format!("push line {at:02}"),
            takes_the_place: at.is_multiple_of(2),
            ..one.clone()
        };
        review.brief.via = (1..=19).map(via).collect();
        (review.brief.number, review.brief.people) = (Some(60), Some(1));
        review.brief.replaces = Some(BroadcastId(7));
        for key in pages.split_whitespace() {
            press(&mut model, key);
        }
        model
    };
    all("review-long", |size| long(size, ""));
    all("review-long-end", |size| long(size, "PageDown PageDown"));
}

#[test]
fn a_mistake_in_the_filter_is_red_and_named() {
    all("compose-mistake", |size| composed(size, "g g Enter Space t p i c : x Esc"));
}

#[test]
fn a_test_asks_who_is_meant() {
    all("compose-who", |size| composed(size, "M w"));
}

#[test]
fn a_demo_says_so_in_every_frame_also_in_a_tiny_one() {
    for size in [(80, 24), (59, 15), (20, 3)] {
        let model = Scene::busy().size(size).demo().model();
        assert!(picture(&model, Lang::En, size).contains("DEMO"), "{size:?}");
    }
}

#[test]
fn a_read_only_console_says_so_and_offers_nothing_that_writes() {
    let model = Scene::busy().readonly().model();
    let shown = picture(&model, Lang::En, (80, 24));
    assert!(shown.contains("read-only"));
    assert!(!shown.contains("p pause") && !shown.contains("d stop rest"), "{shown}");
}

#[test]
fn a_terminal_that_is_too_small_gets_a_page_of_its_own() {
    for lang in Lang::ALL {
        let model = Scene::busy().size((59, 15)).model();
        insta::assert_snapshot!(format!("tiny-{}", lang.tag()), picture(&model, lang, (59, 15)));
    }
}

#[test]
fn every_section_and_popup_survives_any_size() {
    let looks = Lang::ALL.map(Look::plain);
    for width in [1, 2, 59, 60, 61, 80, 100, 200] {
        for height in [1, 2, 15, 16, 17, 24, 60] {
            for keys in ["", "2", "3", "4", "5", "6", "7", "8", "?", ":", "x", "g", "!", "T", "d", "/"] {
                let mut model = Scene::busy().size((width, height)).model();
                press(&mut model, "Down");
                for key in keys.split_whitespace() {
                    press(&mut model, key);
                }
                for look in &looks {
                    drop(drawn(&model, look, (width, height)));
                }
            }
        }
    }
}

#[test]
fn help_is_named_in_every_frame() {
    for size in [(60, 16), (80, 24), (120, 36), (200, 60)] {
        for (lang, help) in [(Lang::En, "help"), (Lang::Zh, "帮助")] {
            for key in 1..=8 {
                let model = with_keys(size, &key.to_string());
                assert!(picture(&model, lang, size).contains(help), "{size:?} {key}");
            }
        }
    }
}

#[test]
fn a_click_on_a_tab_is_its_key() {
    let model = with_keys((80, 24), "");
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    let painted = view(&model, &Look::plain(Lang::En), &mut buffer);
    let key = painted.key_at(12, 0).expect("a tab is there");
    assert_eq!(key, Key::char('2'));
    let mut model = model;
    let step = update(&mut model, Msg::Key(key));
    assert!(step.redraw);
}
