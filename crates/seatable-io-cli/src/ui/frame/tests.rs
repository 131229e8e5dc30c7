mod model;

use std::sync::{Arc, Mutex};

use model::Screen;
use proptest::prelude::*;

use super::*;

/// A terminal that can be resized and closed.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<(Screen, bool)>>);

impl Fake {
    pub(crate) fn new(columns: usize, rows: usize) -> Fake {
        Fake(Arc::new(Mutex::new((Screen::new(columns, rows), true))))
    }

    pub(crate) fn resize(&self, columns: usize, rows: usize) {
        self.0.lock().unwrap().0.resize(columns, rows);
    }

    pub(crate) fn close(&self) {
        self.0.lock().unwrap().1 = false;
    }

    /// The lines of its history and its screen.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().0.lines()
    }

    pub(crate) fn print(&self, text: &str) {
        self.0.lock().unwrap().0.write(text);
    }
}

impl Terminal for Fake {
    fn size(&self) -> (usize, usize) {
        let own = &self.0.lock().unwrap().0;
        (own.columns, own.rows)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let mut own = self.0.lock().unwrap();
        own.1.then(|| own.0.write(text)).ok_or_else(|| io::Error::other("gone"))
    }
}

/// This many lines of the full width.
fn bars(count: usize, columns: usize) -> Vec<String> {
    (0..count).map(|bar| format!("{bar}{}", "#".repeat(columns - 4))).collect()
}

fn rig(columns: usize, rows: usize) -> (Fake, Frame) {
    let terminal = Fake::new(columns, rows);
    (terminal.clone(), Frame::new(Box::new(terminal)))
}

#[test]
fn lines_are_replaced_by_fewer_and_by_more() {
    let (terminal, mut frame) = rig(20, 6);
    terminal.print("$ export\r\n");
    for lines in [&["aaaa", "bbbb", "total"][..], &["b", "total"], &["ccc", "d", "e", "total"]] {
        frame.draw(&lines.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(terminal.lines(), [&["$ export"], lines].concat());
    }
    terminal.print("^C");
    frame.draw(&["b".to_owned(), "total".to_owned()]);
    assert_eq!(terminal.lines(), ["$ export", "b", "total"]);
    frame.clear();
    terminal.print("result\r\n");
    assert_eq!(terminal.lines(), ["$ export", "result"]);
}

#[test]
fn nothing_is_saved_however_often_lines_are_drawn_from_the_top_row() {
    let (terminal, mut frame) = rig(20, 6);
    for count in [3, 2, 5, 1, 3] {
        frame.draw(&bars(count, 20));
        assert_eq!(terminal.lines(), bars(count, 20));
    }
    frame.clear();
    assert!(terminal.lines().is_empty());
}

#[test]
fn lines_drawn_before_a_resize_are_replaced() {
    for (columns, rows) in [(20, 6), (11, 12), (40, 12), (20, 2), (20, 3), (7, 24), (7, 4)] {
        let (terminal, mut frame) = rig(20, 12);
        terminal.print(&"result\r\n".repeat(20));
        frame.draw(&bars(4, 20));
        for (columns, rows) in [(columns, rows), (20, 12), (columns, rows), (30, 14)] {
            terminal.resize(columns, rows);
            for _ in 0..2 {
                let (columns, rows) = frame.room();
                frame.draw(&bars(rows.min(4), columns));
            }
        }
        frame.clear();
        assert_eq!(terminal.lines(), vec!["result"; 20], "{columns} x {rows}");
    }
}

#[test]
fn lines_are_as_wide_again_as_the_terminal_once_they_are_far_from_its_top() {
    let (terminal, mut frame) = rig(80, 6);
    frame.draw(&bars(2, 80));
    for columns in [40, 60, 50] {
        terminal.resize(columns, 6);
        frame.draw(&bars(2, frame.room().0));
        assert_eq!(frame.room(), (40, 3));
    }
    for printed in 0..6 {
        assert_eq!(frame.room(), (40, 3), "{printed}");
        frame.step_aside();
    }
    assert_eq!(frame.room(), (50, 3));
    terminal.resize(30, 6);
    frame.draw(&bars(2, 30));
    terminal.resize(80, 6);
    assert_eq!(frame.room(), (30, 3));
}

#[test]
fn a_result_does_not_go_on_with_a_wrapped_line_that_came_back() {
    let (terminal, mut frame) = rig(28, 4);
    terminal.print(&"result\r\n".repeat(5));
    frame.draw(&bars(2, 28));
    terminal.resize(8, 2);
    frame.draw(&bars(1, 8));
    terminal.resize(8, 5);
    frame.step_aside();
    terminal.print("result\r\n");
    assert_eq!(terminal.lines().pop().unwrap(), "result");
}

#[derive(Clone, Debug)]
enum Step {
    Draw(usize),
    Resize(usize, usize),
    Print,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..9_usize).prop_map(Step::Draw),
        1 => (5..60_usize, 2..20_usize).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        1 => Just(Step::Print),
    ]
}

proptest! {
    #[test]
    fn results_stay_and_lines_do_not_pile_up(columns in 5..60_usize, rows in 2..20_usize, steps in prop::collection::vec(step(), 0..60)) {
        let (terminal, mut frame) = rig(columns, rows);
        let (mut results, mut drawn, mut left) = (Vec::new(), 0, 0);
        for step in steps {
            match step {
                Step::Draw(count) => {
                    let (columns, rows) = frame.room();
                    drawn = count.min(rows);
                    frame.draw(&bars(drawn, columns));
                }
                Step::Resize(columns, rows) => {
                    terminal.resize(columns, rows);
                    left += drawn;
                }
                Step::Print => {
                    frame.step_aside();
                    drawn = 0;
                    results.push(format!("result {}", results.len()));
                    terminal.print(&format!("{}\r\n", results[results.len() - 1]));
                }
            }
        }
        frame.clear();
        let (found, debris): (Vec<_>, Vec<_>) = terminal.lines().into_iter().partition(|line| line.starts_with('r'));
        prop_assert_eq!(found, results);
        prop_assert!(debris.iter().filter(|line| !line.is_empty()).count() <= left, "{:?}", debris);
    }
}
