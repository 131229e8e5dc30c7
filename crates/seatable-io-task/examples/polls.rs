//! How long the end of a task stays unnoticed, and the cost of polling, next to a client that polls once a second.
//!
//! `cargo run -p seatable-io-task --example polls` prints a table, and with `-- --svg` the picture `src/polls.svg`.

use std::fmt::Write as _;
use std::time::Duration;

use http::{Response, StatusCode};
use seatable_io_proto::{BaseUuid, InputError, Server, TaskId, TaskKind, Token};
use seatable_io_task::{Operation, Policy, Resume, Step};

/// The shortest and the longest task, in seconds.
const TASKS: (f64, f64) = (0.1, 600.0);

/// The time from the end of a task to the poll that notices it, and the number of polls.
type Cost = (Duration, u32);

/// The cost of a task of this length.
type Client = fn(Duration) -> Cost;

/// The machine, with a server that responds at once.
fn by_default(length: Duration) -> Cost {
    let mut operation = operation().unwrap_or_else(|error| panic!("{error}"));
    let (mut now, mut polls) = (Duration::ZERO, 0);
    loop {
        operation = match operation.step(now) {
            Step::Send(mut exchange) => {
                polls += 1;
                let mut head = Response::new(()).into_parts().0;
                head.status = StatusCode::OK;
                exchange.head(&head);
                let _ = exchange.chunk(if now < length {
                    br#"{"is_finished":false}"#
                } else {
                    br#"{"is_finished":true}"#
                });
                exchange.finished(now)
            }
            Step::Wait(operation, until) => {
                now = until;
                operation
            }
            Step::Done(_) => return (now.saturating_sub(length), polls),
        }
    }
}

fn operation() -> Result<Operation, InputError> {
    let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86039f")?)?;
    let resume = Resume::new(TaskKind::Import, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
    Ok(Operation::resume(server, resume, Policy::default(), 7))
}

/// A client that polls at once and then every second.
fn every_second(length: Duration) -> Cost {
    let noticed = length.as_secs() + u64::from(length.subsec_nanos() > 0);
    (Duration::from_secs(noticed).saturating_sub(length), u32::try_from(noticed).unwrap_or(u32::MAX) + 1)
}

/// The mean and the longest time lost, and the mean number of polls, for tasks within a tenth of `seconds`.
fn around(seconds: f64, client: Client) -> (f64, f64, f64) {
    let costs: Vec<Cost> =
        (0..=200).map(|n| client(Duration::from_secs_f64(seconds * (0.9 + f64::from(n) / 1000.0)))).collect();
    let lost = || costs.iter().map(|(lost, _)| lost.as_secs_f64());
    let polls: f64 = costs.iter().map(|(_, polls)| f64::from(*polls)).sum();
    (lost().sum::<f64>() / 201.0, lost().fold(0.0, f64::max), polls / 201.0)
}

fn table() -> String {
    let mut text =
        String::from("A task of | mean time lost | longest | every second | polls | every second\n");
    for seconds in [0.1, 0.3, 1.0, 3.0, 8.0, 20.0, 60.0, 180.0, 600.0] {
        let (ours, theirs) = (around(seconds, by_default), around(seconds, every_second));
        let _ = writeln!(
            text,
            "{seconds:>7} s | {:>12.2} s | {:>5.2} s | {:>10.2} s | {:>5.0} | {:>12.0}",
            ours.0, ours.1, theirs.0, ours.2, theirs.2
        );
    }
    text + "An ideal client loses no time and asks once.\n"
}

fn picture() -> String {
    let mut svg = String::from(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 290" font-family="sans-serif" font-size="12" color="gray" fill="currentColor">"#,
    );
    svg.push('\n');
    panel(&mut svg, 40.0, "Mean time lost in seconds (ideal: 0)", (0.01, 10.0), |cost| cost.0);
    panel(&mut svg, 420.0, "Polls (ideal: 1)", (1.0, 1000.0), |cost| cost.2);
    svg + "</svg>\n"
}

/// Two curves over the length of a task, with logarithmic axes.
fn panel(svg: &mut String, left: f64, title: &str, values: (f64, f64), value: fn((f64, f64, f64)) -> f64) {
    let part = |value: f64, (from, to): (f64, f64)| (value / from).ln() / (to / from).ln();
    let x = |seconds: f64| left + 320.0 * part(seconds, TASKS);
    let y = |value: f64| 240.0 - 200.0 * part(value, values);
    let _ = writeln!(svg, r#"<text x="{left}" y="16">{title}</text>"#);
    for power in 0..=3 {
        let label = (values.0 * 10_f64.powi(power) * 100.0).round() / 100.0;
        let (end, at) = (left - 5.0, y(label));
        let _ = writeln!(svg, r#"<path d="M{left} {at:.1}h320" stroke="currentColor" stroke-opacity=".3"/>"#);
        let _ = writeln!(svg, r#"<text x="{end}" y="{:.1}" text-anchor="end">{label}</text>"#, at + 4.0);
    }
    for (seconds, label) in [(0.1, "0.1 s"), (1.0, "1 s"), (8.0, "8 s"), (60.0, "1 min"), (600.0, "10 min")] {
        let _ = writeln!(svg, r#"<text x="{:.1}" y="258" text-anchor="middle">{label}</text>"#, x(seconds));
    }
    let clients: [(&str, Client, &str, f64); 2] = [
        ("Policy::default()", by_default, "steelblue", left),
        ("every second", every_second, "crimson", left + 150.0),
    ];
    for (name, client, colour, at) in clients {
        let points = (0..=80).map(|n| TASKS.0 * (TASKS.1 / TASKS.0).powf(f64::from(n) / 80.0));
        let points: Vec<String> = points
            .map(|seconds| format!("{:.0},{:.0}", x(seconds), y(value(around(seconds, client)))))
            .collect();
        let points = points.join(" ");
        let _ =
            writeln!(svg, r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>"#);
        let _ = writeln!(svg, r#"<text x="{at}" y="280" fill="{colour}">{name}</text>"#);
    }
}

fn main() {
    let svg = std::env::args().any(|argument| argument == "--svg");
    print!("{}", if svg { picture() } else { table() });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_of_eight_seconds_is_noticed_within_one() {
        assert!((700..=850).all(|n| by_default(Duration::from_millis(n * 10)).0 <= Duration::from_secs(1)));
    }

    #[test]
    fn a_task_of_ten_minutes_is_polled_at_most_a_hundred_times() {
        assert!(by_default(Duration::from_secs(600)).1 <= 100);
    }

    #[test]
    fn the_picture_is_that_of_this_policy() {
        assert!(include_str!("../src/polls.svg") == picture(), "draw it again: see the top of this file");
    }
}
