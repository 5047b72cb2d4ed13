//! A browser, and the program that drives it (WebDriver). For tests only.

use std::env;
use std::path::{Path, PathBuf};

use super::apt::Apt;
use super::brew;
use crate::binaries::{HOMEBREW, version_of};
use crate::error::{Error, Result};

/// Debian's brings the browser of its own version along.
const APT_PACKAGE: &str = "chromium-driver";
/// Homebrew's casks.
const CASKS: [&str; 2] = ["chromium", "chromedriver"];

const DRIVERS: [&str; 2] = ["chromedriver", "chromium.chromedriver"];
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// Where the casks put it.
const APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Where they are.
#[derive(Clone, Debug)]
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

impl Browser {
    /// Finds both, of one version, or says what to do.
    pub fn find() -> Result<Self> {
        let driver = in_path(&DRIVERS).ok_or_else(|| missing("chromedriver"))?;
        let applications = APPLICATIONS.into_iter().map(PathBuf::from).find(|path| path.is_file());
        let chromium = in_path(&BROWSERS).or(applications).ok_or_else(|| missing("chromium"))?;
        match (version_of(&chromium), version_of(&driver)) {
            (Some(browser), Some(its)) if browser.0 == its.0 => Ok(Self { chromium, driver }),
            // Another version it would refuse to drive.
            _ => Err(missing("a chromedriver of the version of chromium")),
        }
    }
}

/// Finds them, and installs those that are not found.
pub async fn ensure_browser(say: impl Fn(&str)) -> Result<Browser> {
    if Browser::find().is_err() {
        if brew::is_there().await {
            for cask in CASKS {
                say(&format!("installing {cask} with Homebrew, for tests"));
                brew::install_cask(cask).await?;
            }
        } else {
            let Some(apt) = Apt::find().await else {
                return Err(missing(&format!("chromium with its driver (Debian's package: {APT_PACKAGE})")));
            };
            say(&format!("installing {APT_PACKAGE} with apt, for tests"));
            apt.install(APT_PACKAGE).await?;
        }
    }
    Browser::find()
}

fn in_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = env::split_paths(&path).chain(HOMEBREW.map(PathBuf::from)).collect();
    let found =
        |name: &&str| directories.iter().map(|directory| directory.join(Path::new(name))).find(|it| it.is_file());
    names.iter().find_map(found)
}

fn missing(what: &str) -> Error {
    Error::MissingChecker { what: what.to_owned() }
}
