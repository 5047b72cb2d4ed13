//! A private redis-server that dies with the test process, however that ends.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The shell outlives nobody: when its input closes, because the test closed it or is gone, it kills the
/// server and waits until it is.
const TETHER: &str = r#""$@" & pid=$!; read _; kill -9 $pid; wait $pid 2>/dev/null"#;

const START_LIMIT: Duration = Duration::from_secs(20);

/// Between two looks at the log.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A free port may be taken by somebody else before the server binds it.
const PORT_TRIES: u32 = 5;

pub struct RedisServer {
    port: u16,
    tether: Option<Child>,
    directory: TempDir,
}

impl RedisServer {
    pub fn start() -> Self {
        for _ in 0..PORT_TRIES {
            let mut server = Self { port: free_port(), tether: None, directory: TempDir::new().unwrap() };
            if server.run() {
                return server;
            }
        }
        panic!("redis-server took none of {PORT_TRIES} free ports");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// As by kill -9: everything it knew is gone, for it writes nothing to disk.
    pub fn kill(&mut self) {
        if let Some(mut tether) = self.tether.take() {
            drop(tether.stdin.take());
            tether.wait().unwrap();
        }
    }

    /// Empty, on the same port.
    pub fn start_again(&mut self) {
        assert!(self.run(), "redis-server did not come back on port {}", self.port);
    }

    pub fn send(&self, command: &str) -> redis::Value {
        let mut words = command.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        command.query(&mut connection).unwrap()
    }

    pub fn get(&self, key: &str) -> Option<String> {
        redis::from_redis_value(self.send(&format!("GET {key}"))).unwrap()
    }

    /// False when it ended at once, as it does when the port is taken.
    fn run(&mut self) -> bool {
        let log = self.directory.path().join("redis.log");
        // An old log would say that the server is ready before it is.
        let _absent = fs::remove_file(&log);
        assert_installed();
        let server = Command::new("sh")
            .args(["-c", TETHER, "sh", "redis-server", "--bind", "127.0.0.1"])
            .args(["--port", &self.port.to_string(), "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.directory.path())
            .arg("--logfile")
            .arg(&log)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.tether = Some(server);
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if said.contains("Ready to accept connections") {
                return true;
            }
            if said.contains("Failed listening on port") {
                self.kill();
                return false;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        panic!("redis-server was not ready within {START_LIMIT:?}: {:?}", fs::read_to_string(&log));
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn assert_installed() {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    assert!(version.is_ok(), "redis-server is not on PATH: install Redis 7 or newer ({version:?})");
}
