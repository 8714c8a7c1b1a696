//! QR codes as a terminal can show them: two modules in a character, dark on light whatever the theme is.
//!
//! A camera wants black on white with a light edge all around, so the colours are fixed and never a theme's: a code
//! in the colours of a dark theme is inverted, and many phones do not read that.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of light edge that the standard asks for.
const EDGE: usize = 4;

/// Modules of light edge that phones still read where there is no room.
const LEAST_EDGE: usize = 2;

/// Dots of a module in a picture.
const ZOOM: usize = 8;

/// Black and white of the 256 colours: no terminal theme changes these.
pub const DARK: u8 = 16;
/// See `DARK`.
pub const LIGHT: u8 = 231;

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code that says `text`; nothing if it is longer than any code holds.
    pub fn of(text: &str) -> Option<Self> {
        // The lowest level of correction: a screen has no scratches, and the code stays small.
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { side: code.width(), dark })
    }

    /// Columns and rows with that edge.
    const fn size(&self, edge: usize) -> (usize, usize) {
        let side = self.side + 2 * edge;
        (side, side.div_ceil(2))
    }

    /// The widest edge with which it fits into so many columns and rows.
    fn edge(&self, columns: usize, rows: usize) -> Option<usize> {
        (LEAST_EDGE..=EDGE).rev().find(|edge| {
            let (wide, high) = self.size(*edge);
            wide <= columns && high <= rows
        })
    }

    fn is_dark(&self, x: usize, y: usize, edge: usize) -> bool {
        let inside = |at: usize| at.checked_sub(edge).filter(|at| *at < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.side + x).copied().unwrap_or_default(),
            _ => false,
        }
    }

    /// The characters, row by row, to be drawn dark on light; nothing if it does not fit.
    pub fn rows(&self, columns: usize, rows: usize) -> Option<Vec<String>> {
        let edge = self.edge(columns, rows)?;
        let (wide, high) = self.size(edge);
        let sign =
            |x: usize, row: usize| match (self.is_dark(x, 2 * row, edge), self.is_dark(x, 2 * row + 1, edge))
            {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            };
        Some((0..high).map(|row| (0..wide).map(|x| sign(x, row)).collect()).collect())
    }

    /// The same as a picture of `ZOOM` dots a module, black on white, for posters and chats.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let side = (self.side + 2 * EDGE) * ZOOM;
        let dot = |at: usize| if self.is_dark(at % side / ZOOM, at / side / ZOOM, EDGE) { 0 } else { 255 };
        let dots: Vec<u8> = (0..side * side).map(dot).collect();
        let mut file = Vec::new();
        let wide = u32::try_from(side).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut file, wide, wide);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&dots)?;
        writer.finish()?;
        Ok(file)
    }

    /// The same as lines for a terminal, with the colours in them.
    pub fn lines(&self, columns: usize, rows: usize) -> Option<String> {
        let line = |row: String| format!("\x1b[38;5;{DARK};48;5;{LIGHT}m{row}\x1b[0m\n");
        Some(self.rows(columns, rows)?.into_iter().map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a code again from the characters on a screen.
    fn read(rows: &[String]) -> String {
        let cells: Vec<Vec<char>> = rows.iter().map(|row| row.chars().collect()).collect();
        // Several pixels a module, as a camera has them.
        let zoom = 4;
        let (wide, high) = (cells[0].len() * zoom, cells.len() * 2 * zoom);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| {
            let (sign, upper) = (cells[y / zoom / 2][x / zoom], (y / zoom).is_multiple_of(2));
            let dark = match sign {
                '█' => true,
                '▀' => upper,
                '▄' => !upper,
                _ => false,
            };
            if dark { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        grids.first().expect("a code").decode().expect("readable").1
    }

    #[test]
    fn what_is_drawn_is_read_again_and_fits_a_small_terminal() {
        for text in [
            "https://wxpusher.zjiecode.com/q/AbCdEf",
            "https://wxpusher.zjiecode.com/api/qrcode/RwjGLMOPTYp35zSYQr0HxbCPrV9eU0wK.jpg",
            "http://weixin.qq.com/q/02abcdefghijklmnopqrstuvwxyz0123456789",
        ] {
            let rows = Code::of(text).expect("a code").rows(80, 22).expect("it fits");
            assert!(rows.len() <= 22 && rows.iter().all(|row| row.chars().count() <= 80), "{text}");
            assert_eq!(read(&rows), text);
        }
    }

    #[test]
    fn what_a_picture_shows_is_read_again() {
        let text = "https://wxpusher.zjiecode.com/q/AbCdEf0123456789";
        let file = Code::of(text).expect("a code").png().expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a picture");
        let mut dots = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut dots).expect("its dots");
        let side = info.width as usize;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| dots[y * side + x]);
        let (_, read) = image.detect_grids()[0].decode().expect("a code");
        assert_eq!(read, text);
    }

    /// As a terminal of 80 by 24 shows it, under three lines and over one more.
    #[test]
    fn what_a_terminal_shows_of_the_lines_is_read_again() {
        let text = "https://wxpusher.zjiecode.com/q/AbCdEf0123456789";
        let lines = Code::of(text).expect("a code").lines(80, 20).expect("it fits");
        let [rows, columns] = [24, 80].map(|cells| std::num::NonZero::new(cells).expect("some"));
        let mut terminal = vt100::Parser::new(rows, columns, 0);
        let said = format!("Link\r\nPicture\r\nGood\r\n{}", lines.replace('\n', "\r\n"));
        terminal.process(said.as_bytes());
        let screen = terminal.screen();
        assert!(screen.contents().starts_with("Link"), "nothing has scrolled away");
        let zoom = 4;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(80 * zoom, 48 * zoom, |x, y| {
            let cell = screen.cell((y / zoom / 2) as u16, (x / zoom) as u16).expect("a cell");
            let upper = (y / zoom).is_multiple_of(2);
            let ink = match cell.contents() {
                "█" => true,
                "▀" => upper,
                "▄" => !upper,
                _ => false,
            };
            match if ink { cell.fgcolor() } else { cell.bgcolor() } {
                vt100::Color::Idx(DARK) => 0,
                vt100::Color::Idx(LIGHT) => 255,
                // A dark terminal around it.
                _ => 30,
            }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.first().expect("a code").decode().expect("readable").1, text);
    }

    #[test]
    fn the_edge_is_light_all_around_and_shrinks_before_the_code_is_given_up() {
        let code = Code::of("https://wxpusher.zjiecode.com/q/AbCdEf").expect("a code");
        let rows = code.rows(80, 40).expect("it fits");
        let blank = |row: &str| row.chars().all(|sign| sign == ' ');
        assert!(blank(&rows[0]) && blank(&rows[1]) && blank(&rows[rows.len() - 2]));
        assert!(rows.iter().all(|row| row.starts_with("    ") && row.ends_with("    ")));
        let tight = code.rows(80, rows.len() - 1).expect("with less edge");
        assert!(tight.iter().all(|row| row.starts_with("  ")));
        assert_eq!(read(&tight), "https://wxpusher.zjiecode.com/q/AbCdEf");
        assert_eq!(code.rows(80, 10), None);
    }

    #[test]
    fn the_colours_are_fixed_and_end_with_every_line() {
        let lines = Code::of("a").expect("a code").lines(80, 24).expect("it fits");
        assert!(
            lines.lines().all(|line| line.starts_with("\x1b[38;5;16;48;5;231m") && line.ends_with("\x1b[0m"))
        );
    }
}
