//! A program on a terminal of its own (80×24): keys go in, what it writes is timed and counted.
//!
//! The terminal answers what programs ask a terminal (where the cursor stands, whether it is well), because
//! a console that paces itself by such answers would otherwise wait for them.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

/// After so long without a byte, a frame and what follows it are over.
const QUIET: Duration = Duration::from_millis(150);

const ROWS: NonZero<u16> = NonZero::new(24).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(80).expect("not zero");

/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program at its terminal.
pub struct Seat {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    started: Instant,
    // The terminal closes when its master does.
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

/// What a key led to.
pub struct Pressed {
    /// Milliseconds to the first byte of the frame.
    pub frame_ms: f64,
    /// Bytes until it was quiet.
    pub bytes: usize,
}

impl Seat {
    /// Starts a program.
    pub fn open(command: CommandBuilder) -> Self {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (tell, chunks) = channel();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                if tell.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            chunks,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            started,
            _master: pair.master,
        }
    }

    fn take(&mut self, wait: Duration) -> Result<(Instant, usize), RecvTimeoutError> {
        let (at, chunk) = self.chunks.recv_timeout(wait)?;
        self.screen.process(&chunk);
        let answers = answers(&chunk);
        if !answers.is_empty() {
            self.send(&answers);
        }
        Ok((at, chunk.len()))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).and_then(|()| self.keys.flush()).expect("it listens");
    }

    /// Milliseconds from the start until the screen shows this.
    pub fn shows(&mut self, text: &str) -> f64 {
        loop {
            match self.take(PATIENCE) {
                Ok((at, _)) if self.screen.screen().contents().contains(text) => {
                    return at.duration_since(self.started).as_secs_f64() * 1_000.0;
                }
                Ok(_) => {}
                Err(why) => {
                    panic!("{text:?} never came ({why}); instead:\n{}", self.screen.screen().contents())
                }
            }
        }
    }

    /// Bytes until nothing was written for `quiet`.
    pub fn settle(&mut self, quiet: Duration) -> usize {
        let mut bytes = 0;
        while let Ok((_, n)) = self.take(quiet) {
            bytes += n;
        }
        bytes
    }

    /// Bytes within `span`.
    pub fn listen(&mut self, span: Duration) -> usize {
        let until = Instant::now() + span;
        let mut bytes = 0;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            bytes += self.take(left).map_or(0, |(_, n)| n);
        }
        bytes
    }

    /// Presses keys at once and waits until all is quiet again.
    pub fn press(&mut self, keys: &[u8]) -> Pressed {
        let pressed = Instant::now();
        self.send(keys);
        let (first, n) = self.take(PATIENCE).expect("a frame");
        let bytes = n + self.settle(QUIET);
        Pressed { frame_ms: first.duration_since(pressed).as_secs_f64() * 1_000.0, bytes }
    }

    /// MiB that the process holds in memory.
    pub fn memory_mib(&self) -> f64 {
        let pid = self.child.process_id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
    }

    /// Ends the program.
    pub fn close(mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().expect("our own child");
    }
}

/// What a terminal says to the questions in a piece of output.
fn answers(output: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(output);
    let mut answers = Vec::new();
    for (question, answer) in
        [("\x1b[6n", "\x1b[1;1R"), ("\x1b[5n", "\x1b[0n"), ("\x1b[c", "\x1b[?62c"), ("\x1b[?u", "\x1b[?0u")]
    {
        for _ in 0..text.matches(question).count() {
            answers.extend_from_slice(answer.as_bytes());
        }
    }
    answers
}
