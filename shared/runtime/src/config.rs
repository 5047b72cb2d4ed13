//! The keys that every service has. Each service adds its own; `<service> config` prints them all.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use secrecy::SecretString;

use crate::live::{Live, between};
use crate::telemetry::LogFilter;

/// Keys common to all services.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Every service")]
pub struct Common {
    /// Where the service's schema is: postgres://role:password@host:port/database. A service without a schema has none.
    #[arg(long, env = "LIVEMART_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,

    /// Connections to Postgres at most.
    #[arg(long, env = "LIVEMART_DATABASE_CONNECTIONS", default_value_t = 12)]
    pub database_connections: u32,

    /// Events, requests or answers that share a transaction or a publish at most; more than this gains nothing. With 1
    /// each has its own, as in a shop without batches: `livemart bench` shows what that costs.
    #[arg(long, env = "LIVEMART_MESSAGING_BATCH", default_value = "256")]
    pub messaging_batch: NonZeroUsize,

    /// Threads that run this replica, beside those for work that takes long, such as hashing a password. One serves
    /// thousands of events a second; with more, events that arrive one by one spend most of their time in waking them.
    #[arg(long, env = "LIVEMART_THREADS", default_value = "1")]
    pub threads: NonZeroUsize,

    /// Where the NATS servers are: nats://host:port, several separated by commas.
    #[arg(long, env = "LIVEMART_NATS_URL", hide_env_values = true, default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,

    /// The NATS user; by default the service's name.
    #[arg(long, env = "LIVEMART_NATS_USER")]
    pub nats_user: Option<String>,

    /// The NATS user's password.
    #[arg(long, env = "LIVEMART_NATS_PASSWORD", hide_env_values = true)]
    pub nats_password: Option<SecretString>,

    /// A file with the certificate of the authority that signed those of the NATS servers, where it is a private one.
    #[arg(long, env = "LIVEMART_NATS_CA")]
    pub nats_ca: Option<PathBuf>,

    /// The address of the public HTTP port. Port 0 takes a free one, which discovery announces.
    #[arg(long, env = "LIVEMART_HTTP_LISTEN", default_value = "127.0.0.1:0")]
    pub http_listen: SocketAddr,

    /// The address of the admin port: /livez, /readyz, /metrics.
    #[arg(long, env = "LIVEMART_ADMIN_LISTEN", default_value = "127.0.0.1:0")]
    pub admin_listen: SocketAddr,

    /// The host under which others reach this replica, where it is not the one it listens on.
    #[arg(long, env = "LIVEMART_ADVERTISE_HOST")]
    pub advertise_host: Option<String>,

    /// The replica's name in logs and in discovery; by default `<service>-<pid>`, in a container `<service>-<host>`.
    #[arg(long, env = "LIVEMART_INSTANCE")]
    pub instance: Option<String>,

    /// How log lines are written.
    #[arg(long, env = "LIVEMART_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// A directory for what a replica keeps of the central configuration, for a start at which it cannot be read. Without
    /// it nothing is kept, and such a start goes by the environment.
    #[arg(long, env = "LIVEMART_STATE_DIRECTORY")]
    pub state_directory: Option<PathBuf>,

    /// Where spans are sent, by OTLP over plain HTTP: http://host:4318. Nothing is recorded without it.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true)]
    pub otlp_endpoint: Option<String>,

    /// Moves this replica's clock, in seconds; for fault drills only.
    #[arg(long, env = "LIVEMART_CLOCK_OFFSET_SECONDS", default_value_t = 0, allow_negative_numbers = true)]
    pub clock_offset_seconds: i64,

    #[command(flatten)]
    pub live: Live<CommonSettings>,
}

/// Keys common to all services that may change while they run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Every service, while it runs")]
pub struct CommonSettings {
    /// Which log lines are written: a level, and others for single parts, such as `info,livemart_messaging=debug`.
    #[arg(long, env = "RUST_LOG", value_name = "FILTER", default_value = LogFilter::DEFAULT)]
    pub log_filter: LogFilter,

    /// Which part of the traces is recorded, from 0 to 1: the same ones in every service that has the same part.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_name = "PART", default_value_t = 1.0, value_parser = between(0.0_f64..=1.0))]
    pub traces_ratio: f64,

    /// Seconds after which all keys are read again, for announcements of changes can be lost.
    #[arg(long, env = "LIVEMART_CONFIG_READ_SECONDS", value_name = "SECONDS", default_value_t = 60, value_parser = between(1_u32..=3600))]
    pub config_read_seconds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line for a person.
    Text,
    /// One JSON object for a collector.
    Json,
}
