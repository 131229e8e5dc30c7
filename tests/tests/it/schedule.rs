//! The guide has the current times of a backup.

#[path = "../../examples/schedule.rs"]
#[expect(dead_code, reason = "only the example prints it")]
mod example;

#[test]
fn fact_17_the_guide_has_the_table_that_the_schedule_prints() {
    for table in [example::table(), example::server_wide()] {
        assert!(include_str!("../../../docs/backup.md").contains(&table), "{table}");
    }
}
