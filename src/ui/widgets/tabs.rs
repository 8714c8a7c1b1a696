//! Tabs: `[1 Outbox] 2 Compose 3 Subs`. They keep one place and order at every size.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::look::role::Role;

/// Draws tabs over `area`'s first row, `gap` spaces apart (one in compact, two in standard), with the open
/// one in brackets; a narrow row keeps the open one in sight, and `<` and `>` say that there are more. Returns the area of every tab that is visible, by index, for the mouse.
pub fn draw(pen: &mut Pen<'_>, area: Rect, labels: &[&str], open: usize, gap: u16) -> Vec<(usize, Rect)> {
    if area.is_empty() || labels.is_empty() {
        return Vec::new();
    }
    let open = open.min(labels.len() - 1);
    let wide: Vec<u16> = labels
        .iter()
        .enumerate()
        .map(|(at, label)| pen.cells(label) + if at == open { 2 } else { 0 })
        .collect();
    // The sign that there are more behind the open one has its room.
    let sign = u16::from(open + 1 < labels.len());
    // The widest run of tabs that ends with the open one.
    let run = |first: usize| wide[first..=open].iter().map(|wide| wide + gap).sum::<u16>() - gap + 1 + sign;
    let first = (0..=open).find(|first| run(*first) <= area.width).unwrap_or(open);
    let mut x = area.x + u16::from(first != open);
    if first > 0 && first != open {
        pen.text((area.x, area.y), 1, "<", Role::TextMuted);
    }
    let mut shown = Vec::new();
    for (at, label) in labels.iter().enumerate().skip(first) {
        let room = area.right().saturating_sub(x);
        // The last one needs no room for the sign that there are more.
        let needs = wide[at] + u16::from(at + 1 < labels.len());
        if room < needs && at != open {
            if x.saturating_sub(gap) < area.right() {
                pen.text((area.right() - 1, area.y), 1, ">", Role::TextMuted);
            }
            break;
        }
        let (text, role) =
            if at == open { (format!("[{label}]"), Role::Accent) } else { ((*label).to_owned(), Role::Text) };
        let room = if at == open && room > 4 { room - sign } else { room };
        pen.text((x, area.y), room, &text, role);
        shown.push((at, Rect::new(x, area.y, wide[at].min(room), 1)));
        x += wide[at].min(room) + gap;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::look::strings::Strings;
    use crate::ui::widgets::pen::tests::rows;

    fn labels(lang: Lang) -> Vec<String> {
        let frame = &Strings::of(lang).frame;
        let inbox = frame.inbox_unread.count(3);
        let t = &frame.tabs;
        [&t.outbox, &t.compose, &t.subscribers_short, &t.topics, &t.channels, &t.history, &inbox, &t.setup]
            .into_iter()
            .zip(1..)
            .map(|(word, key)| format!("{key} {word}"))
            .collect()
    }

    fn shown(lang: Lang, width: u16, open: usize) -> String {
        let labels = labels(lang);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        rows(lang, (width, 1), |pen| drop(draw(pen, pen.area(), &labels, open, 1))).concat()
    }

    #[test]
    fn the_open_tab_is_in_brackets_and_all_fit_80_columns() {
        assert_eq!(
            shown(Lang::En, 80, 0),
            "[1 Outbox] 2 Compose 3 Subs 4 Topics 5 Channels 6 History 7 Inbox(3) 8 Setup"
        );
        assert_eq!(
            shown(Lang::En, 80, 1),
            " 1 Outbox [2 Compose] 3 Subs 4 Topics 5 Channels 6 History 7 Inbox(3) 8 Setup"
        );
        assert_eq!(
            shown(Lang::Zh, 80, 1),
            " 1 发件箱 [2 撰写] 3 订阅者 4 主题 5 渠道 6 历史 7 收件箱(3) 8 设置"
        );
    }

    #[test]
    fn a_wide_row_sets_them_further_apart() {
        let shown = rows(Lang::En, (40, 1), |pen| {
            draw(pen, pen.area(), &["1 发件箱", "2 撰写", "3 主题"], 1, 2);
        });
        assert_eq!(shown, [" 1 发件箱  [2 撰写]  3 主题"]);
    }

    #[test]
    fn a_full_strip_says_that_more_tabs_follow() {
        for width in 10..78 {
            for open in 0..7 {
                let strip = shown(Lang::En, width, open);
                let is_last_seen = strip.contains("Setup");
                assert!(is_last_seen || strip.ends_with('>'), "{width} {open}: {strip}");
            }
        }
    }

    #[test]
    fn the_open_tab_stays_in_sight_where_not_all_fit() {
        assert_eq!(shown(Lang::En, 20, 7), "[8 Setup]");
        assert_eq!(shown(Lang::En, 21, 7), "<7 Inbox(3) [8 Setup]");
        assert_eq!(shown(Lang::Zh, 20, 3), "<3 订阅者 [4 主题] >");
        assert!(shown(Lang::En, 20, 4).contains("[5 Channels]"));
        assert_eq!(shown(Lang::En, 1, 3), "…");
    }
}
