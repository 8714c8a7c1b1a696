//! Progress as text and a ten-cell bar: `######.... 64%`, failed cells in their own role.

use super::pen::Pen;
use crate::look::format::percent;
use crate::look::role::Role;

/// Cells of the bar itself.
const CELLS: i64 = 10;

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Ended well.
    pub done: i64,
    /// Ended otherwise.
    pub failed: i64,
    /// All of it.
    pub total: i64,
}

impl Progress {
    /// The percent that has ended.
    pub fn percent(self) -> i64 {
        percent(self.done + self.failed, self.total)
    }

    /// How many cells are done and how many failed; what has failed at all shows, and nothing looks
    /// complete before it is.
    fn split(self) -> (u16, u16) {
        let full = self.percent() * CELLS / 100;
        let failed = if self.failed > 0 && full > 0 {
            (percent(self.failed, self.total) * CELLS / 100).clamp(1, full)
        } else {
            0
        };
        (u16::try_from(full - failed).unwrap_or(0), u16::try_from(failed).unwrap_or(0))
    }
}

/// Draws bar and percent in at most `room` cells; only the percent where there is no room for both.
/// Returns the cells used.
pub fn draw(pen: &mut Pen<'_>, (x, y): (u16, u16), room: u16, progress: Progress) -> u16 {
    let text = format!("{}%", progress.percent());
    let cells = u16::try_from(CELLS).unwrap_or(0);
    if room < cells + 1 + pen.cells(&text) {
        return pen.text((x, y), room, &text, Role::Text);
    }
    let (done, failed) = progress.split();
    let (full, open) = (pen.look.glyphs.bar_done, pen.look.glyphs.bar_open);
    pen.repeat((x, y), done, full, Role::ProgressDone);
    pen.repeat((x + done, y), failed, full, Role::ProgressFailed);
    pen.repeat((x + done + failed, y), cells - done - failed, open, Role::ProgressTrack);
    cells + 1 + pen.text((x + cells + 1, y), room - cells - 1, &text, Role::Text)
}

/// The same as plain text, for table cells and lines: `######.... 64%`.
pub fn text(progress: Progress, glyphs: &crate::look::glyphs::Glyphs) -> String {
    let (done, failed) = progress.split();
    let full = usize::from(done + failed);
    let open = 10 - full;
    format!("{}{} {}%", glyphs.bar_done.repeat(full), glyphs.bar_open.repeat(open), progress.percent())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::glyphs::Glyphs;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    fn of(done: i64, failed: i64, total: i64) -> Progress {
        Progress { done, failed, total }
    }

    #[test]
    fn the_bar_says_what_the_percent_says() {
        let shown = rows(Lang::En, (20, 4), |pen| {
            draw(pen, (0, 0), 20, of(64, 0, 100));
            draw(pen, (0, 1), 20, of(0, 0, 0));
            draw(pen, (0, 2), 20, of(9_999, 0, 10_000));
            draw(pen, (0, 3), 20, of(90, 10, 100));
        });
        assert_eq!(shown, ["######.... 64%", ".......... 0%", "#########. 99%", "########## 100%"]);
        assert_eq!(text(of(64, 0, 100), &Glyphs::UNICODE), "######.... 64%");
    }

    #[test]
    fn failed_parts_show_even_when_they_are_few() {
        assert_eq!(of(970, 1, 1_000).split(), (8, 1));
        assert_eq!(of(0, 5, 1_000).split(), (0, 0));
        assert_eq!(of(50, 50, 100).split(), (5, 5));
    }

    #[test]
    fn a_narrow_place_gets_the_percent_alone() {
        let narrow = |room| {
            rows(Lang::En, (20, 1), |pen| {
                draw(pen, (0, 0), room, of(64, 0, 100));
            })
        };
        assert_eq!(narrow(13), ["64%"]);
        assert_eq!(narrow(1), ["…"]);
    }
}
