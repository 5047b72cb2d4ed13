//! `livemart`: see the library of the same crate.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    livemart_console::main().await
}
