//! Writing to the terminal: colours where somebody sees them, and no end where nobody does.

use std::env;
use std::fmt::Arguments;
use std::io::{self, IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

/// A line for whoever reads our output. Unlike `println!` it does not end the program when the
/// reader is gone (`livemart up | head`): a shop must not stop for that.
macro_rules! say {
    ($($line:tt)*) => { $crate::terminal::write_line(format_args!($($line)*)) };
}
pub(crate) use say;

/// A line for a person who waits, beside output that a program may read.
macro_rules! note {
    ($($line:tt)*) => { $crate::terminal::write_note(format_args!($($line)*)) };
}
pub(crate) use note;

pub(crate) fn write_line(line: Arguments<'_>) {
    let _ = writeln!(stdout(), "{line}");
}

pub(crate) fn write_note(line: Arguments<'_>) {
    let _ = writeln!(stderr(), "{line}");
}

/// Asks whoever sits there; `None` where nobody does.
pub(crate) fn asked(question: &str) -> io::Result<Option<bool>> {
    if !stdin().is_terminal() {
        return Ok(None);
    }
    write!(stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(Some(["y", "yes"].contains(&answer.trim().to_lowercase().as_str())))
}

/// Told apart on dark and on light backgrounds.
const COLOURS: [u8; 6] = [36, 32, 35, 33, 34, 31];
const BOLD: u8 = 1;
const DIM: u8 = 2;
const RED: u8 = 31;
const GREEN: u8 = 32;
const YELLOW: u8 = 33;

/// How text is written: with escape sequences, or plain into files and pipes and for `NO_COLOR`.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    colours: bool,
}

impl Terminal {
    pub(crate) fn of_stdout() -> Self {
        Self { colours: stdout().is_terminal() && env::var_os("NO_COLOR").is_none() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.escaped(BOLD, text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.escaped(DIM, text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.escaped(GREEN, text)
    }

    pub(crate) fn unsure(self, text: &str) -> String {
        self.escaped(YELLOW, text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.escaped(RED, text)
    }

    /// The same number always has the same colour.
    pub(crate) fn coloured(self, number: usize, text: &str) -> String {
        self.escaped(COLOURS[number % COLOURS.len()], text)
    }

    fn escaped(self, code: u8, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Fewer than this are done before anybody has read the counter.
const WORTH_COUNTING: usize = 1_000;

/// How far a long piece of work is, on a line of standard error that is overwritten; nothing where nobody looks.
pub(crate) struct Counter {
    what: String,
    all: usize,
    shown: bool,
}

impl Counter {
    pub(crate) fn new(what: &str, all: usize) -> Self {
        Self { what: what.to_owned(), all, shown: false }
    }

    pub(crate) fn show(&mut self, done: usize) {
        if self.all >= WORTH_COUNTING && stderr().is_terminal() {
            self.shown = true;
            let _ = write!(stderr(), "\r{}: {done} of {}", self.what, self.all);
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// What a long piece of work is at, on a line of standard error that is overwritten; nothing where nobody looks.
pub(crate) struct Doing {
    shown: AtomicBool,
}

impl Doing {
    pub(crate) fn start() -> Self {
        Self { shown: AtomicBool::new(false) }
    }

    pub(crate) fn say(&self, what: &str) {
        if stderr().is_terminal() {
            self.shown.store(true, Ordering::Relaxed);
            let _ = write!(stderr(), "\r\x1b[Kreading {what}");
        }
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        if *self.shown.get_mut() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
