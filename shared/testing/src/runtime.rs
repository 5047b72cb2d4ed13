//! One runtime for the test process.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("a test needs a runtime: {error}"))
});

/// Runs the body of a test. `#[tokio::test]` would end, with its own runtime, the tasks that keep shared servers.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}
