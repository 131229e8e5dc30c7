//! A base is exported by one operation at a time.

use super::*;

#[test]
fn fact_3_a_base_is_exported_by_one_operation_at_a_time() {
    let pace = Pace::default();
    let [mut first, mut second] = several(|| exporting(&pace, "t1"));
    first.task_finishes(Call::StartExport);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    first.requests(Call::ExportContent).file(ZIP, None);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    first.ends_well();
    second.requests(Call::StartExport);
}

#[test]
fn fact_3_dropping_the_first_lets_the_second_begin() {
    let pace = Pace::default();
    let [mut first, mut second, mut third] = several(|| exporting(&pace, "t1"));
    first.requests(Call::StartExport);
    second.waits_until();
    drop(second);
    third.waits_until();
    drop(first);
    third.requests(Call::StartExport);
}

#[test]
fn fact_3_concerns_exports_of_the_same_base_only() {
    let pace = known(Allowance::default());
    let mut first = exporting(&pace, "t1");
    first.requests(Call::StartExport);
    let elsewhere = Export::new(2, BaseName::new("t1").unwrap());
    let elsewhere = Operation::export(server(), elsewhere, policy(), SEED).paced(&pace);
    assert_eq!(asks_after([exporting(&pace, "t2"), elsewhere.into(), polling(&pace)]), [0, 0, 0]);
    let mut other_account = exporting(&Pace::default(), "t1");
    other_account.requests(Call::StartExport);
}

#[test]
fn fact_3_a_resumed_export_occupies_its_base() {
    let pace = Pace::default();
    let named = || {
        let mut resume = resume_of(TaskKind::Export);
        resume.place = Some(crate::Place::new(1, BaseName::new("t1").unwrap()));
        resume
    };
    for resume in [named, || resume_of(TaskKind::Export)] {
        let resumed = || Scene::from(Operation::resume(server(), resume(), policy(), SEED).paced(&pace));
        let [mut first, mut second] = several(resumed);
        first.requests(Call::QueryStatus);
        second.waits_until();
    }
    let mut resumed = Scene::from(Operation::resume(server(), named(), policy(), SEED).paced(&pace));
    resumed.requests(Call::QueryStatus);
    exporting(&pace, "t1").waits_until();
}

#[test]
fn an_operation_that_waits_for_its_base_can_be_cancelled() {
    let pace = Pace::default();
    let [mut first, mut second] = several(|| exporting(&pace, "t1"));
    first.requests(Call::StartExport);
    second.waits_until();
    second.cancel().ends_with(ErrorKind::Cancelled);
}

#[test]
fn a_request_to_cancel_waits_for_no_other_operation() {
    let pace = Pace::new(Allowance::default().requests(a_minute(20)));
    let [mut first, mut second, third] = several(|| polling(&pace));
    first.requests(Call::QueryStatus);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    second.cancel().requests(Call::QueryStatus);
    assert_eq!(second.now, BEGIN);
    second.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus);
    assert_eq!(second.now, BEGIN + Duration::from_millis(6100), "one after another");
    assert_eq!(asks_after([third]), [15_250], "the others wait for these requests");
}

#[test]
fn debug_output_names_no_base() {
    let pace = Pace::default();
    exporting(&pace, "secret plans").requests(Call::StartExport);
    assert_eq!(format!("{pace:?}"), "Pace { .. }");
}
