//! The cluster's files: made once, checked before each start.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{DATABASE, Postgres, SUPERUSER};
use crate::account::Account;
use crate::error::{Doing as _, Error, Result};
use crate::identity::ProcessIdentity;

pub(super) fn exists(data: &Path) -> bool {
    data.join("PG_VERSION").is_file()
}

/// Makes the cluster and its database beside its place and moves it there when it is whole: an
/// interrupted first start leaves nothing that looks like a cluster.
pub(super) async fn create(postgres: &Postgres<'_>) -> Result<()> {
    let home = postgres.place.home();
    let unfinished = home.join("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).doing(|| format!("remove {}", unfinished.display()))?;
    }
    let account = postgres.account.as_ref();
    let password_file = password_file(home, postgres.password, account)?;

    let mut initdb = as_account(&postgres.binaries.initdb(), account, home);
    initdb
        .arg("-D")
        .arg(&unfinished)
        .args(["-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8"])
        .args(LOCALE)
        .arg("--pwfile")
        .arg(password_file.path());
    if !postgres.fsync {
        initdb.arg("--no-sync");
    }
    run(initdb, None).await?;

    // In single-user mode, so that the database is there before anybody can connect.
    let mut single = as_account(&postgres.binaries.postgres, account, home);
    single.arg("--single").arg("-D").arg(&unfinished);
    if !postgres.fsync {
        single.args(["-c", "fsync=off"]);
    }
    single.arg("postgres");
    run(single, Some(&format!("CREATE DATABASE {DATABASE}\n"))).await?;

    fs::rename(&unfinished, postgres.place.data()).doing(|| format!("rename {}", unfinished.display()))
}

/// Not `C`, in which trigrams of Korean text are empty and search finds nothing.
#[cfg(not(target_os = "macos"))]
const LOCALE: [&str; 1] = ["--locale=C.UTF-8"];
#[cfg(target_os = "macos")]
const LOCALE: [&str; 1] = ["--locale=en_US.UTF-8"];

fn password_file(home: &Path, password: &str, account: Option<&Account>) -> Result<tempfile::NamedTempFile> {
    let naming = || format!("write a password file in {}", home.display());
    let mut file = tempfile::NamedTempFile::new_in(home).doing(naming)?;
    writeln!(file, "{password}").doing(naming)?;
    if let Some(account) = account {
        chown(file.path(), Some(account.uid), Some(account.gid)).doing(naming)?;
    }
    Ok(file)
}

fn as_account(program: &Path, account: Option<&Account>, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).kill_on_drop(true);
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

async fn run(mut command: Command, input: Option<&str>) -> Result<()> {
    let name = command.as_std().get_program().to_owned();
    let naming = || format!("run {}", name.display());
    command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().doing(naming)?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes()).await.doing(naming)?;
    }
    let output = child.wait_with_output().await.doing(naming)?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Err(Error::command(&command, output.status, said))
}

/// Lines of `postmaster.pid`, as in Postgres' own `pg_ctl`, which waits by them too.
const PID_LINE: usize = 0;
const STATUS_LINE: usize = 7;

/// Whether the process with this pid is the postmaster of the cluster and takes connections. The
/// pid matters: after a crash the file still says `ready` of the one before.
pub(super) fn is_ready(data: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.get(PID_LINE) == Some(&pid.to_string().as_str()) && lines.get(STATUS_LINE) == Some(&"ready")
}

/// A crash leaves `postmaster.pid` behind, and Postgres refuses to start while any process has the
/// pid in it: for ever, when that is another program's by now, or that of a dead postmaster whom
/// nobody reaps, both of which are common in containers. So the file of a dead one is removed.
/// Processes that the postmaster left behind are still noticed, by the shared memory they hold.
pub(super) fn forget_a_dead_postmaster(data: &Path) -> Result<()> {
    let path = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let pid = text.lines().next().unwrap_or_default().trim().parse();
    if pid.is_ok_and(|pid| ProcessIdentity::of(pid).is_some() && is_postgres(pid)) {
        return Ok(());
    }
    fs::remove_file(&path).doing(|| format!("remove {}", path.display()))
}

/// In doubt, yes.
fn is_postgres(pid: u32) -> bool {
    let listed = std::process::Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
    listed.map_or(true, |output| {
        let program = String::from_utf8_lossy(&output.stdout);
        program.contains("postgres") || program.contains("postmaster")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid_file(lines: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("postmaster.pid"), lines.join("\n")).unwrap();
        directory
    }

    #[test]
    fn ready_is_said_of_this_process_and_not_of_the_one_before() {
        let data = pid_file(&["42", "/data", "1", "5432", "", "127.0.0.1", "1 2", "ready   "]);
        assert!(is_ready(data.path(), 42));
        assert!(!is_ready(data.path(), 43));
    }

    #[test]
    fn starting_is_not_ready() {
        let data = pid_file(&["42", "/data", "1", "5432", "", "127.0.0.1", "1 2", "starting"]);
        assert!(!is_ready(data.path(), 42));
    }

    #[test]
    fn a_pid_file_that_names_another_program_is_removed() {
        let own = std::process::id().to_string();
        let data = pid_file(&[&own]);
        forget_a_dead_postmaster(data.path()).unwrap();
        assert!(!data.path().join("postmaster.pid").exists());
    }

    #[test]
    fn a_pid_file_of_a_process_that_nobody_reaped_is_removed() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let data = pid_file(&[&child.id().to_string()]);
        while ProcessIdentity::of(child.id()).is_some() {
            std::thread::yield_now();
        }
        forget_a_dead_postmaster(data.path()).unwrap();
        assert!(!data.path().join("postmaster.pid").exists());
        child.wait().unwrap();
    }
}
