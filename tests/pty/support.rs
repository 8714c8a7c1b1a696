//! A terminal with the real binary in it.
//!
//! Nothing sleeps: what waits reads the terminal, up to a deadline. What a test started ends with it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::home::{BINARY, Home};

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// Between two looks at something that is not on the screen.
const LOOK: Duration = Duration::from_millis(20);

/// The last word of every terminal program here: everything before it was read.
const CLOSED: &str = "the terminal was closed";

/// What a terminal can be left in.
#[derive(Debug, PartialEq, Eq)]
pub struct Modes {
    screen: String,
    /// Private modes that were set and not reset; 25 is the other way round.
    left_on: BTreeSet<u16>,
    titles_kept: usize,
    line_discipline: String,
}

/// The real binary in a terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    bytes: Receiver<Vec<u8>>,
    reading: Arc<AtomicBool>,
    parser: vt100::Parser,
    pub stream: Vec<u8>,
    /// The modes before anything ran in it.
    pub before: Modes,
}

impl Terminal {
    /// Runs the binary in a terminal of 80 columns and 24 rows.
    pub fn open(home: &Home, args: &[&str]) -> Self {
        Self::open_with(home, args, &[])
    }

    pub fn open_with(home: &Home, args: &[&str], more: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(BINARY);
        command.args(args);
        Self::start(home, command, more)
    }

    /// Another program, such as one that leads to the binary.
    pub fn program(home: &Home, program: &str, args: &[String]) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(args);
        Self::start(home, command, &[])
    }

    /// An interactive shell: jobs can be stopped and continued.
    pub fn shell(home: &Home) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.arg("-i");
        Self::start(home, command, &[("PS1", "shell> "), ("ENV", "")])
    }

    fn start(home: &Home, mut command: CommandBuilder, more: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.cwd(home.path());
        let discipline = discipline(&*pair.master);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let child = pair.slave.spawn_command(command).expect("the binary runs");
        drop(pair.slave);
        let (tell, bytes) = channel();
        let reading = Arc::new(AtomicBool::new(true));
        let go_on = Arc::clone(&reading);
        std::thread::spawn(move || read(reader, &tell, &go_on));
        let parser = vt100::Parser::new(cells(24), cells(80), 0);
        let before = Modes {
            screen: screen_modes(parser.screen()),
            left_on: BTreeSet::new(),
            titles_kept: 0,
            line_discipline: discipline,
        };
        Self {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            bytes,
            reading,
            parser,
            stream: Vec::new(),
            before,
        }
    }

    pub fn pid(&self) -> Pid {
        let pid = self.child.process_id().and_then(|pid| i32::try_from(pid).ok());
        pid.and_then(Pid::from_raw).expect("it runs")
    }

    /// What is on the screen; whether the end of a row is blank or was never written cannot be seen.
    pub fn text(&self) -> String {
        let contents = self.parser.screen().contents();
        contents.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// What ran in it since `mark`, as it was written.
    pub fn written_since(&self, mark: usize) -> String {
        String::from_utf8_lossy(&self.stream[mark..]).into_owned()
    }

    pub fn type_keys(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("the terminal takes keys");
    }

    pub fn paste(&mut self, text: &str) {
        self.type_keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().expect("open").resize(size).expect("a new size");
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    /// Reads until the screen shows all of these.
    pub fn sees(&mut self, texts: &[&str]) -> &mut Self {
        self.until(&format!("the screen to show {texts:?}"), |terminal| {
            let text = terminal.text();
            texts.iter().all(|wanted| text.contains(wanted))
        })
    }

    /// Reads until `holds`.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let ended = self.take_bytes();
            if holds(self) {
                return self;
            }
            let late = Instant::now() > deadline;
            let why = if ended { CLOSED } else { "nothing came" };
            assert!(!late && !ended, "waited for {what}, but {why}; the screen:\n{}", self.text());
        }
    }

    /// Takes what the terminal has written, or waits a moment for it; true when it was closed.
    fn take_bytes(&mut self) -> bool {
        let mut next = match self.bytes.recv_timeout(LOOK) {
            Ok(bytes) => Some(bytes),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return true,
        };
        while let Some(bytes) = next {
            self.parser.process(&bytes);
            self.stream.extend_from_slice(&bytes);
            next = self.bytes.try_recv().ok();
        }
        false
    }

    /// Waits for the program's end and reads all that it wrote.
    pub fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        let mut closed = self.master.is_none();
        let mut status = None;
        while status.is_none() || !closed {
            closed |= if closed {
                // Nothing more comes: what is left is the process.
                std::thread::park_timeout(LOOK);
                true
            } else {
                self.take_bytes()
            };
            status = status.or_else(|| self.child.try_wait().expect("our child"));
            assert!(Instant::now() < deadline, "it does not end; the screen:\n{}", self.text());
        }
        status.expect("waited for")
    }

    /// Nobody reads any more, and the terminal stays: a client that is frozen.
    pub fn freeze(&mut self) {
        self.reading.store(false, Ordering::SeqCst);
        // The reader sleeps in a read: a picture of another size wakes it.
        self.resize(81, 25);
        self.until_closed();
    }

    /// Reads again.
    pub fn thaw(&mut self) {
        let reader = self.master.as_ref().expect("open").try_clone_reader().expect("a reader");
        let (tell, bytes) = channel();
        self.bytes = bytes;
        self.reading = Arc::new(AtomicBool::new(true));
        let go_on = Arc::clone(&self.reading);
        std::thread::spawn(move || read(reader, &tell, &go_on));
    }

    /// Takes the terminal away under the program, as a dropped link does; gives when.
    pub fn close(&mut self) -> Instant {
        self.freeze();
        let at = Instant::now();
        self.writer = None;
        self.master = None;
        at
    }

    fn until_closed(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while !self.take_bytes() {
            assert!(Instant::now() < deadline, "the reader does not end");
        }
    }

    /// The modes as they are now.
    pub fn modes(&self) -> Modes {
        Modes {
            screen: screen_modes(self.parser.screen()),
            left_on: left_on(&self.stream),
            titles_kept: count(&self.stream, "\x1b[22;0t").abs_diff(count(&self.stream, "\x1b[23;0t")),
            line_discipline: discipline(&**self.master.as_ref().expect("open")),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut reader: Box<dyn Read + Send>, tell: &Sender<Vec<u8>>, go_on: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        if tell.send(buffer[..count].to_vec()).is_err() || !go_on.load(Ordering::SeqCst) {
            return;
        }
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("not nothing")
}

fn discipline(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

fn screen_modes(screen: &vt100::Screen) -> String {
    format!(
        "alternate {} hidden cursor {} bracketed paste {} mouse {:?} {:?} keypad {} cursor keys {}",
        screen.alternate_screen(),
        screen.hide_cursor(),
        screen.bracketed_paste(),
        screen.mouse_protocol_mode(),
        screen.mouse_protocol_encoding(),
        screen.application_keypad(),
        screen.application_cursor(),
    )
}

fn count(stream: &[u8], sequence: &str) -> usize {
    stream.windows(sequence.len()).filter(|part| *part == sequence.as_bytes()).count()
}

/// The private modes that a stream leaves different from how a terminal starts.
fn left_on(stream: &[u8]) -> BTreeSet<u16> {
    let text = String::from_utf8_lossy(stream);
    let mut on = BTreeSet::new();
    for sequence in text.split("\x1b[?").skip(1) {
        let numbers: String = sequence.chars().take_while(|c| c.is_ascii_digit() || *c == ';').collect();
        let set = match sequence[numbers.len()..].chars().next() {
            Some('h') => true,
            Some('l') => false,
            _ => continue,
        };
        for mode in numbers.split(';').filter_map(|number| number.parse::<u16>().ok()) {
            // The cursor is the one thing that is on at the start.
            if set == (mode != 25) {
                on.insert(mode);
            } else {
                on.remove(&mode);
            }
        }
    }
    on
}
