//! The metrics of a run, in [Prometheus' text format](https://prometheus.io/docs/instrumenting/exposition_formats/).

use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

/// A run that has ended.
pub(super) struct RunMetrics {
    /// The backup folder, which is a label of all metrics, so that the files of several folders do not contradict each other.
    pub(super) folder: String,
    /// The seconds from 1970 to its end.
    pub(super) ended: u64,
    pub(super) took: Duration,
    pub(super) code: u8,
    pub(super) exported: usize,
    pub(super) skipped: usize,
    pub(super) failed: usize,
    pub(super) deleted: usize,
    pub(super) bytes: u64,
}

/// A base and its last copy.
pub(super) struct BaseMetrics {
    pub(super) uuid: String,
    pub(super) name: String,
    pub(super) workspace: String,
    pub(super) last: Option<CopyMetrics>,
}

pub(super) struct CopyMetrics {
    /// The seconds from 1970 to its start.
    pub(super) started: u64,
    pub(super) bytes: u64,
    pub(super) assets_missing: u64,
}

type Value = fn(&Option<CopyMetrics>) -> Option<u64>;

/// Writes the metrics of a run and of bases, each of which has another uuid.
pub(super) fn write(out: &mut impl Write, run: &RunMetrics, bases: &[BaseMetrics]) -> io::Result<()> {
    let folder = format!("folder=\"{}\"", escaped(&run.folder));
    let took = format!("{:.3}", run.took.as_secs_f64());
    let success = u8::from(run.code == 0);
    let values: [(&str, &str, &dyn Display); 9] = [
        ("timestamp_seconds", "Time when the last run ended.", &run.ended),
        ("duration_seconds", "Duration of the last run.", &took),
        ("exit_code", "Exit code of the last run.", &run.code),
        ("success", "Whether the last run needs no attention: exit code 0.", &success),
        ("exported_bases", "Bases that the last run exported.", &run.exported),
        ("skipped_bases", "Bases that the last run skipped.", &run.skipped),
        ("failed_bases", "Bases that the last run failed to export or did not reach.", &run.failed),
        ("deleted_copies", "Copies that the last run deleted.", &run.deleted),
        ("exported_bytes", "Size of the copies that the last run made.", &run.bytes),
    ];
    for (name, help, value) in values {
        let name = format!("seatable_backup_last_run_{name}");
        head(out, &name, help)?;
        writeln!(out, "{name}{{{folder}}} {value}")?;
    }
    let labels = |BaseMetrics { uuid, name, workspace, .. }: &BaseMetrics| {
        let [uuid, name, workspace] = [uuid, name, workspace].map(|text| escaped(text));
        format!("{{{folder},uuid=\"{uuid}\",base=\"{name}\",workspace=\"{workspace}\"}}")
    };
    let labelled: Vec<_> = bases.iter().map(|base| (labels(base), &base.last)).collect();
    let values: [(&str, &str, Value); 3] = [
        (
            "timestamp_seconds",
            "Time when the last copy of a base was begun, or 0 if there is none.",
            |last| Some(last.as_ref().map_or(0, |copy| copy.started)),
        ),
        ("bytes", "Size of the last copy of a base.", |last| Some(last.as_ref()?.bytes)),
        ("missing_assets", "Assets that the last copy of a base lacks.", |last| {
            Some(last.as_ref()?.assets_missing)
        }),
    ];
    for (name, help, value) in values {
        let name = format!("seatable_backup_last_copy_{name}");
        head(out, &name, help)?;
        for (labels, last) in &labelled {
            if let Some(value) = value(last) {
                writeln!(out, "{name}{labels} {value}")?;
            }
        }
    }
    Ok(())
}

fn head(out: &mut impl Write, name: &str, help: &str) -> io::Result<()> {
    write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n")
}

/// Returns the value of a label as the format requires it.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// Replaces a file, which appears whole or not at all.
pub(super) fn save(path: &Path, run: &RunMetrics, bases: &[BaseMetrics]) -> io::Result<()> {
    let mut out = BufWriter::new(create(path)?);
    write(&mut out, run, bases)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(io::Error::from)
}

/// Checks that the file can be written.
pub(super) fn check(path: &Path) -> io::Result<()> {
    if path.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { create(path).map(drop) }
}

/// Creates a file beside this path. Its name does not end in `.prom`, so nothing reads it before its time.
fn create(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Its error is plain. Those of the library name the temporary file.
    fs::metadata(folder)?;
    let mut builder = Builder::new();
    builder.prefix(".seatable-io-").suffix(".tmp");
    // Others read it, unless the umask forbids that.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| error.kind().into())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn run(code: u8) -> RunMetrics {
        RunMetrics {
            folder: "/var/backups/\"sea\\table\"".to_owned(),
            ended: 1_796_000_000,
            took: Duration::from_millis(363_045),
            code,
            exported: 198,
            skipped: 3,
            failed: 1,
            deleted: 12,
            bytes: 1_288_490_189,
        }
    }

    fn base(uuid: &str, name: &str, last: Option<(u64, u64, u64)>) -> BaseMetrics {
        let copy = |(started, bytes, assets_missing)| CopyMetrics { started, bytes, assets_missing };
        let [uuid, name, workspace] = [uuid, name, "team"].map(str::to_owned);
        BaseMetrics { uuid, name, workspace, last: last.map(copy) }
    }

    fn text(code: u8, bases: &[BaseMetrics]) -> String {
        let mut text = Vec::new();
        write(&mut text, &run(code), bases).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// The values of a metric with their labels other than the folder.
    fn values<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
        let start = format!("seatable_backup_{name}{{folder=\"/var/backups/\\\"sea\\\\table\\\"\"");
        text.lines().filter_map(|line| line.strip_prefix(&start)).collect()
    }

    #[test]
    fn the_metrics_of_a_run_are_each_under_their_own_name() {
        let text = text(3, &[]);
        for (name, value) in [
            ("timestamp_seconds", "1796000000"),
            ("duration_seconds", "363.045"),
            ("exit_code", "3"),
            ("success", "0"),
            ("exported_bases", "198"),
            ("skipped_bases", "3"),
            ("failed_bases", "1"),
            ("deleted_copies", "12"),
            ("exported_bytes", "1288490189"),
        ] {
            assert_eq!(values(&text, &format!("last_run_{name}")), [format!("}} {value}")]);
        }
    }

    #[test]
    fn only_a_run_that_nobody_needs_to_look_at_is_a_success() {
        let success = |code| values(&text(code, &[]), "last_run_success")[0] == "} 1";
        assert_eq!([0, 1, 10, 130].map(success), [true, false, false, false]);
    }

    #[test]
    fn each_base_has_the_values_of_its_last_copy_and_one_without_a_copy_has_time_zero() {
        let text = text(
            0,
            &[base("u", "a", Some((7, 8, 9))), base("v", "a", None), base("w", "b", Some((4, 5, 6)))],
        );
        let labels = |uuid, name| format!(",uuid=\"{uuid}\",base=\"{name}\",workspace=\"team\"}}");
        let [u, v, w] = [labels("u", "a"), labels("v", "a"), labels("w", "b")];
        assert_eq!(
            values(&text, "last_copy_timestamp_seconds"),
            [u.clone() + " 7", v + " 0", w.clone() + " 4"]
        );
        assert_eq!(values(&text, "last_copy_bytes"), [u.clone() + " 8", w.clone() + " 5"]);
        assert_eq!(values(&text, "last_copy_missing_assets"), [u + " 9", w + " 6"]);
    }

    #[test]
    fn a_name_cannot_end_its_label_or_its_line() {
        assert_eq!(escaped("a\\b\"c\nd"), r#"a\\b\"c\nd"#);
        assert_eq!(escaped(r"\n"), r"\\n");
        let text = text(0, &[base("u", "a\"} 1\nseatable_backup_last_run_success 1\n", None)]);
        assert!(text.lines().all(|line| line.starts_with("# ") || line.contains("{folder=")), "{text}");
    }

    #[test]
    fn prometheus_accepts_the_metrics() {
        let promtool = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut promtool) = promtool else { return eprintln!("skipped: promtool is not installed") };
        let bases = [base("u", "a\\\"\n\u{1b}é😀{}=,", Some((7, 8, 9))), base("v", "", None)];
        promtool.stdin.take().unwrap().write_all(text(0, &bases).as_bytes()).unwrap();
        let output = promtool.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && words.is_empty(), "{words}");
    }
}
