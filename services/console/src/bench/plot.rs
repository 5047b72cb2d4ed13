//! The figures as one picture: orders a second as bars, latency by rate as lines. Plain SVG, which draws the same
//! everywhere and needs no fonts.

use std::fmt::Write as _;

use super::goals::short;
use super::results::Results;

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 20.0;
/// Where bars begin, right of their names.
const BARS_FROM: f64 = 230.0;
/// Room for the figure behind the longest bar.
const FIGURE: f64 = 90.0;
const BAR: f64 = 18.0;
const LINE: f64 = 28.0;
const CHART: f64 = 220.0;
const HEADING: f64 = 40.0;

/// Milliseconds between which latencies are drawn; each step of ten is as high as the others.
const LOWEST_MS: f64 = 1.0;
const HIGHEST_MS: f64 = 100_000.0;

const BLUE: &str = "#2563eb";
const GREY: &str = "#9ca3af";
const ORANGE: &str = "#ea580c";

pub(crate) fn svg(results: &Results) -> String {
    let bars = bars(results);
    let chart_at = HEADING + LINE * bars.len() as f64 + HEADING;
    let height = chart_at + if results.open_loop.is_some() { CHART + 2.0 * HEADING } else { 0.0 };
    let mut svg = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>"##
    );
    text(
        &mut svg,
        (MARGIN, HEADING / 1.6),
        "start",
        "Orders a second, durable: from the commit to paid and shipped out of stock",
    );
    draw_bars(&mut svg, &bars);
    if let Some(steps) = &results.open_loop {
        let points = |of: fn(&super::results::OpenLoop) -> f64| -> Vec<(f64, f64)> {
            steps.iter().map(|step| (step.rate, of(step))).collect()
        };
        draw_latencies(&mut svg, chart_at, &points(|step| step.p50_ms), &points(|step| step.p99_ms));
    }
    svg.push_str("</svg>\n");
    svg
}

struct Bar {
    name: &'static str,
    per_s: f64,
    colour: &'static str,
}

fn bars(results: &Results) -> Vec<Bar> {
    let floor = Bar { name: "Postgres: insert + commit (F)", per_s: results.floors.pg_commits_per_s, colour: GREY };
    let mut bars = vec![floor];
    let mut add = |name, per_s: Option<f64>, colour| bars.extend(per_s.map(|per_s| Bar { name, per_s, colour }));
    add("the saga", results.saga.as_ref().map(|saga| saga.orders_per_s), BLUE);
    add("one message a transaction", results.naive.as_ref().map(|saga| saga.orders_per_s), ORANGE);
    add("over HTTP", results.http.as_ref().map(|http| http.orders_per_s), BLUE);
    add("one hot product", results.hot.as_ref().map(|hot| hot.figures.orders_per_s), BLUE);
    add("without the Redis lock", results.redis_lock.as_ref().map(|lock| lock.compared_with.orders_per_s), BLUE);
    add("half of the orders failing", results.failing.as_ref().map(|failing| failing.figures.orders_per_s), BLUE);
    add("many orders stored", results.rows.as_ref().map(|rows| rows.beside.figures.orders_per_s), BLUE);
    bars
}

fn draw_bars(svg: &mut String, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.per_s).fold(1.0, f64::max);
    for (place, bar) in bars.iter().enumerate() {
        let y = HEADING + LINE * place as f64;
        let width = (WIDTH - BARS_FROM - FIGURE) * bar.per_s / most;
        let middle = y + BAR * 0.75;
        text(svg, (BARS_FROM - 8.0, middle), "end", bar.name);
        let colour = bar.colour;
        let _ = writeln!(svg, r#"<rect x="{BARS_FROM}" y="{y}" width="{width:.1}" height="{BAR}" fill="{colour}"/>"#);
        text(svg, (BARS_FROM + width + 8.0, middle), "start", &short(bar.per_s));
    }
}

/// Both scales are logarithmic.
fn draw_latencies(svg: &mut String, top: f64, p50: &[(f64, f64)], p99: &[(f64, f64)]) {
    let left = MARGIN + 60.0;
    let (bottom, right) = (top + CHART, WIDTH - FIGURE);
    let rates: Vec<f64> = p50.iter().map(|(rate, _)| *rate).collect();
    let (Some(first), Some(last)) = (rates.first(), rates.last()) else { return };
    let share = |value: f64, from: f64, to: f64| if to > from { (value / from).ln() / (to / from).ln() } else { 0.5 };
    let x = |rate: f64| left + (right - left) * share(rate, *first, *last);
    let y = |ms: f64| bottom - CHART * share(ms.clamp(LOWEST_MS, HIGHEST_MS), LOWEST_MS, HIGHEST_MS);

    text(svg, (MARGIN, top - HEADING / 2.5), "start", "From POST to confirmed, ms, by orders a second");
    let mut mark = LOWEST_MS;
    while mark <= HIGHEST_MS {
        let at = y(mark);
        let _ = writeln!(svg, r##"<path d="M{left} {at:.1}H{right}" stroke="#e5e7eb"/>"##);
        text(svg, (left - 8.0, at + 4.0), "end", &format!("{mark}"));
        mark *= 10.0;
    }
    for rate in &rates {
        text(svg, (x(*rate), bottom + 20.0), "middle", &format!("{rate}/s"));
    }
    for (name, colour, points) in [("p50", BLUE, p50), ("p99", ORANGE, p99)] {
        let line: Vec<String> = points.iter().map(|(rate, ms)| format!("{:.1},{:.1}", x(*rate), y(*ms))).collect();
        let _ =
            writeln!(svg, r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, line.join(" "));
        for (rate, ms) in points {
            let (x, y) = (x(*rate), y(*ms));
            let _ = writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#);
        }
        if let Some((rate, ms)) = points.last() {
            text(svg, (x(*rate) + 8.0, y(*ms) + 4.0), "start", &format!("{name} {}", short(*ms)));
        }
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(svg, r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="#111827">{text}</text>"##);
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_longest_bar_is_the_fastest_and_the_others_are_in_proportion() {
        let mut results = sample();
        results.floors.pg_commits_per_s = 8_000.0;
        results.saga.as_mut().unwrap().orders_per_s = 4_000.0;
        let svg = svg(&results);
        assert!(svg.contains(r#"width="440.0""#) && svg.contains(r#"width="220.0""#), "{svg}");
        assert!(svg.contains(">8,000</text>") && svg.contains(">4,000</text>"), "{svg}");
    }

    #[test]
    fn ten_times_the_latency_is_one_step_higher_at_any_height() {
        let mut results = sample();
        let steps = results.open_loop.as_mut().unwrap();
        (steps[0].p50_ms, steps[1].p50_ms, steps[0].p99_ms, steps[1].p99_ms) = (1.0, 10.0, 100.0, 1_000.0);
        let svg = svg(&results);
        let heights: Vec<f64> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<circle")?.split(r#"cy=""#).nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(heights.len(), 4, "{svg}");
        assert!((heights[0] - heights[1] - CHART / 5.0).abs() < 0.2, "{heights:?}");
        assert!((heights[2] - heights[3] - CHART / 5.0).abs() < 0.2, "{heights:?}");
    }

    #[test]
    fn it_is_complete_without_the_parts_that_did_not_run() {
        let mut results = sample();
        (results.open_loop, results.saga) = (None, None);
        let svg = svg(&results);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("polyline"));
    }
}
