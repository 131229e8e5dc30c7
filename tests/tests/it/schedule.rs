//! The book has the current times of a backup.

#[path = "../../examples/schedule.rs"]
#[expect(dead_code, reason = "only the example prints it")]
mod example;

#[test]
fn fact_17_the_book_has_the_table_that_the_schedule_prints() {
    let (time, nightly) = (
        include_str!("../../../docs/src/time-and-limits.md"),
        include_str!("../../../docs/src/whole-server.md"),
    );
    for (page, table) in [(time, example::table()), (nightly, example::server_wide())] {
        assert!(page.contains(&table), "{table}");
    }
}
