//! Pictures of what the section Channels asks a provider beside sending, and the code read again from the screen.

use super::support::console::{NOW, Scene, answer_all, press};
use super::support::errands::LINK;
use super::{SIZES, all};
use pushdeck::app::effect::{Effect, Timer};
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::request::Request;
use pushdeck::app::request::errands::ErrandAsk;
use pushdeck::app::rows::Page;
use pushdeck::app::section::Section;
use pushdeck::look::Look;
use pushdeck::look::depth::Depth;
use pushdeck::look::locale::Lang;
use pushdeck::look::theme::Themes;
use pushdeck::store::channels::NewChannel;
use pushdeck::store::db::Db;
use pushdeck::ui::frame::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// Two channels, the first of which has a desk, and some keys.
fn channels(size: (u16, u16), keys: &str) -> Model {
    let mut model = Scene::busy().size(size).model();
    press(&mut model, "5");
    let mut db = Db::in_memory(std::sync::Arc::new(|| NOW)).expect("a store");
    for (name, kind) in [("WxPusher", "wxpusher"), ("Server酱", "serverchan")] {
        let new = NewChannel { name: name.into(), kind: kind.into(), ..NewChannel::default() };
        db.add_channel(&new).expect("a channel");
    }
    let rows = db.channels().expect("listed");
    model.screens.channels.table.take(Page { rows, prev: None, next: None, total: None }, NOW);
    model.desk.notices = pushdeck::app::notice::Notices::default();
    for key in keys.split_whitespace() {
        press(&mut model, key);
    }
    model.desk.notices = pushdeck::app::notice::Notices::default();
    model
}

fn looks(model: &mut Model) -> Vec<Effect> {
    answer_all(model, Msg::Due(Timer::Screen(Section::Channels, "scan")))
}

fn asked_who_came(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Store(_, Request::Errand(ErrandAsk::Came))))
}

#[test]
fn a_code_to_follow_by_stands_on_the_screen_with_its_link_and_its_time() {
    all("channels-code-pick", |size| channels(size, "i"));
    all("channels-code", |size| channels(size, "i Enter"));
}

#[test]
fn whoever_comes_by_it_is_named() {
    all("channels-code-came", |size| {
        let mut model = channels(size, "i Down Enter");
        looks(&mut model);
        model
    });
}

#[test]
fn a_channel_beside_its_providers_list_is_looked_at_first() {
    all("channels-sync", |size| channels(size, "c"));
    all("channels-sync-ask", |size| channels(size, "c Enter"));
    all("channels-sync-applied", |size| channels(size, "c Enter y"));
}

#[test]
fn nobody_is_asked_who_came_once_the_code_is_closed_or_over() {
    let mut model = channels(SIZES[0], "i Enter");
    assert!(asked_who_came(&looks(&mut model)));
    model.desk.now = NOW.plus(3_600_000);
    assert!(!asked_who_came(&looks(&mut model)), "the code is over");
    model.desk.now = NOW;
    assert!(asked_who_came(&looks(&mut model)));
    press(&mut model, "Esc");
    assert!(!asked_who_came(&looks(&mut model)), "nobody looks at it");
}

#[test]
fn the_code_is_written_as_a_picture_that_says_the_same() {
    let mut model = channels(SIZES[0], "i");
    assert!(written(&press(&mut model, "w")).is_none(), "there is no code yet");
    press(&mut model, "Enter");
    let (name, bytes) = written(&press(&mut model, "w")).expect("a picture");
    assert_eq!(name, format!("pushdeck-{}.png", NOW.0));
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut dots = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut dots).expect("a picture");
    let (wide, high) = (info.width as usize, info.height as usize);
    let dot = |x: usize, y: usize| dots[y * wide + x];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, dot);
    assert_eq!(image.detect_grids()[0].decode().expect("readable").1, LINK);
}

fn written(effects: &[Effect]) -> Option<(String, Vec<u8>)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Write(path, bytes) => Some((path.display().to_string(), bytes.clone())),
        _ => None,
    })
}

#[test]
fn a_kind_without_a_desk_offers_neither() {
    let mut model = channels(SIZES[0], "j");
    for key in ["i", "c"] {
        let effects = press(&mut model, key);
        assert!(
            !effects.iter().any(|effect| matches!(effect, Effect::Store(_, Request::Errand(_)))),
            "{key}"
        );
    }
}

#[test]
fn the_code_is_read_again_from_the_cells_of_every_theme() {
    let (themes, _) = Themes::builtin();
    for name in themes.names() {
        for depth in [Depth::Ansi16, Depth::True] {
            let theme = themes.resolve(name, depth).0;
            let look = Look { theme, ..Look::plain(Lang::En) };
            for (width, height) in SIZES {
                let model = channels((width, height), "i Enter");
                let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
                view(&model, &look, &mut buffer);
                assert_eq!(read(&buffer), LINK, "{name:?} {depth:?} {width}x{height}");
            }
        }
    }
}

/// What a camera reads: only the colours of cells count, upper and lower half apart.
fn read(buffer: &Buffer) -> String {
    let (wide, high) = (usize::from(buffer.area.width), usize::from(buffer.area.height) * 2);
    let zoom = 4;
    let shade = |color: Color| match color {
        Color::Indexed(16) => 0,
        Color::Indexed(231) => 255,
        // What else is on the screen is neither.
        _ => 128,
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide * zoom, high * zoom, |x, y| {
        let (column, row) = ((x / zoom) as u16, (y / zoom / 2) as u16);
        let cell = &buffer[(column, row)];
        let upper = (y / zoom).is_multiple_of(2);
        let ink = match cell.symbol() {
            "█" => true,
            "▀" => upper,
            "▄" => !upper,
            _ => false,
        };
        shade(if ink { cell.fg } else { cell.bg })
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code on the screen");
    grids[0].decode().expect("readable").1
}
