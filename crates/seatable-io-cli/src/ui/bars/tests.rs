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
    bars.count(2);
    assert_eq!(terminal.lines(), ["0/2, 0 s"]);
    bars.ended_one();
    let all = some(&bars, &["b"]);
    assert_eq!(terminal.lines(), ["b: starting", "1/2, 0 s"]);
    drop(all);
    assert_eq!(terminal.lines(), ["1/2, 0 s"]);
    bars.ended_one();
    assert!(terminal.lines().is_empty());
}

#[test]
fn lines_use_half_of_the_terminal_at_most() {
    for (rows, lines) in [(1, &["a: starting"][..]), (3, &["a: starting"]), (4, &["a: starting", "0/9, 0 s"])]
    {
        let terminal = Fake::new(80, rows);
        let bars = bars(&terminal);
        bars.count(9);
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
    bars.count(2);
    let _bar = bars.bar("a");
    bars.leave();
    bars.lock().unwrap().draw();
    assert!(terminal.lines().is_empty());
}
