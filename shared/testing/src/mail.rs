//! A real mail server that keeps what it is given, for what the shop writes to people.
//!
//! An address that begins with `refused-` gets 550 whenever it is tried, one with `busy-` 451 the first time.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use livemart_local::install;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::eventually::eventually;
use crate::servers::repository;

const PROGRAM: &str = include_str!("mail/catcher.py");

/// Ends when it is dropped, and with the test process in any case.
#[derive(Debug)]
pub struct MailCatcher {
    port: u16,
    directory: TempDir,
    _process: Child,
}

/// A mail that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// By their names in lower case.
    headers: BTreeMap<String, String>,
    /// As it was sent; of a mail in English, its text.
    pub body: String,
}

impl MailCatcher {
    pub async fn start() -> Self {
        let python = install::mail_catcher(&repository().join(".livemart/tools"));
        let python = python.unwrap_or_else(|error| panic!("tests need a real mail server: {error}"));
        let directory = tempfile::Builder::new().prefix("livemart-mail-").tempdir();
        let directory = directory.unwrap_or_else(|error| panic!("{error}"));
        let process = Command::new(&python)
            .args(["-c", PROGRAM])
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut process = process.unwrap_or_else(|error| panic!("{} cannot be started: {error}", python.display()));
        let mut port = String::new();
        if let Some(said) = process.stdout.take() {
            let read = BufReader::new(said).read_line(&mut port).await;
            read.unwrap_or_else(|error| panic!("the mail catcher said nothing: {error}"));
        }
        let port = port.trim().parse().unwrap_or_else(|_| panic!("the mail catcher said no port but {port:?}"));
        Self { port, directory, _process: process }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What arrived so far, the first first.
    pub fn mails(&self) -> Vec<Mail> {
        let entries = fs::read_dir(self.directory.path()).unwrap_or_else(|error| panic!("{error}"));
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort_unstable();
        let read = |path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
        paths.iter().map(|path| Mail::parse(&read(path))).collect()
    }

    /// What arrived for this address so far.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.header("to").contains(address));
        mails
    }

    /// Waits until as many mails to this address are there, and gives them back.
    pub async fn arrived(&self, address: &str, mails: usize) -> Vec<Mail> {
        let what = format!("{mails} mails to {address}");
        eventually(&what, async || match self.mails_to(address) {
            arrived if arrived.len() >= mails => Ok(arrived),
            arrived => Err(format!("{arrived:?}")),
        })
        .await
    }
}

impl Mail {
    fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        // A header that is too long for a line goes on in the next one, after a space.
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { headers: headers.collect(), body: body.to_owned() }
    }

    /// Empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}
