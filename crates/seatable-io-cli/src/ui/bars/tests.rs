use super::*;
use crate::ui::frame::tests::Fake;

fn bars(terminal: &Fake) -> Bars {
    let bars = Bars::new(Some(Box::new(terminal.clone())));
    bars.lock().unwrap().ticks = true;
    bars
}

fn some(bars: &Bars, labels: &[&str]) -> Vec<Bar> {
    labels.iter().map(|label| bars.bar(label)).collect()
}

#[test]
fn a_line_makes_room_for_what_is_written_aside() {
    let terminal = Fake::new(80, 24);
    let bars = bars(&terminal);
    let bar = bars.bar("a");
    bar.show("working", State::Until("", now()));
    bars.aside(|| terminal.print("result\r\n"));
    assert_eq!(terminal.lines(), ["result", "a: working"]);
    drop(bar);
    assert_eq!(terminal.lines(), ["result"]);
}

#[test]
fn names_and_words_stay_on_their_line() {
    let terminal = Fake::new(80, 24);
    let bar = bars(&terminal).bar("a\nb");
    bar.show("c\nd", State::Until("", now()));
    assert_eq!(terminal.lines(), [r"a\nb: c\nd"]);
}

#[test]
fn several_inputs_are_counted_also_between_their_lines_and_until_the_last_has_ended() {
    let terminal = Fake::new(80, 24);
    let bars = bars(&terminal);
    bars.count(2, 1);
    assert_eq!(terminal.lines(), ["0/2, 0 s"]);
    bars.ended(0, 0);
    let all = some(&bars, &["b"]);
    assert_eq!(terminal.lines(), ["b: starting", "1/2, 0 s"]);
    drop(all);
    assert_eq!(terminal.lines(), ["1/2, 0 s"]);
    bars.ended(1, 0);
    assert!(terminal.lines().is_empty());
}

#[test]
fn lines_use_half_of_the_terminal_at_most() {
    for (rows, lines) in [(1, &["a: starting"][..]), (3, &["a: starting"]), (4, &["a: starting", "0/9, 0 s"])]
    {
        let terminal = Fake::new(80, rows);
        let bars = bars(&terminal);
        bars.count(9, 1);
        let all = some(&bars, &["a", "b", "c"]);
        assert_eq!(terminal.lines(), lines);
        drop(all);
    }
}

#[test]
fn three_columns_stay_free_for_the_echo_of_ctrl_c() {
    let terminal = Fake::new(20, 4);
    let _bar = bars(&terminal).bar(&"x".repeat(30));
    assert_eq!(terminal.lines(), ["xx..xxx: starting"]);
}

#[test]
fn after_the_end_nothing_is_drawn() {
    let terminal = Fake::new(80, 24);
    let bars = bars(&terminal);
    bars.count(2, 1);
    let _bar = bars.bar("a");
    bars.leave();
    bars.lock().unwrap().draw();
    assert!(terminal.lines().is_empty());
}

#[test]
fn the_line_of_work_that_ends_soon_is_never_drawn() {
    let terminal = Fake::new(80, 24);
    let bars = bars(&terminal);
    let soon = now();
    let late = bars.late_bar("a");
    let from = bars.lock().unwrap().all.values().next().unwrap().0;
    assert!(from >= soon + LATE);
    let later = bars.bar_from(soon + Duration::from_secs(3600), "b");
    later.show("working", State::Until("", soon));
    bars.lock().unwrap().all.remove(&late.id);
    let due = bars.bar_from(soon, "c");
    due.show("working", State::Until("", soon));
    assert_eq!(terminal.lines(), ["c: working"]);
    drop((late, later, due));
    assert!(terminal.lines().is_empty());
}

#[test]
fn bytes_that_are_read_are_counted_for_one_input_too() {
    let terminal = Fake::new(80, 24);
    let bars = bars(&terminal);
    bars.expect(|| Expected::Bytes(4096));
    bars.count(1, 1);
    bars.read(1024);
    bars.lock().unwrap().draw();
    assert!(terminal.lines()[0].starts_with("0/1 [####") && terminal.lines()[0].contains(" 25% "));
    bars.count(1, 1);
    assert!(terminal.lines().is_empty(), "the next inputs are counted anew");
}
