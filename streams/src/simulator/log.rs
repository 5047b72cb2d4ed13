//! What happened in a shop, line by line, for the person who replays a seed.

/// Writes a line into the log of a shop, if it keeps one.
macro_rules! log {
    ($shop:expr, $($text:tt)+) => {
        if let Some(lines) = &mut $shop.log {
            lines.push(format!("{:>9.3} s  {}", $shop.now as f64 / 1_000.0, format_args!($($text)+)));
        }
    };
}
pub(super) use log;
