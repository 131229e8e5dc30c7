//! The requests that are allowed in a minute, as set or as learned from a refusal.

use super::*;

#[test]
fn fact_17_after_a_pause_each_operation_waits_for_its_own_turn() {
    let pace = Pace::default();
    let mut refused = several::<3>(|| polling(&pace));
    for scene in &mut refused {
        scene.requests(Call::QueryStatus);
    }
    for scene in &mut refused {
        scene.respond_with(503, RETRY_LATER, "");
    }
    assert_eq!(asks_after(several::<3>(|| polling(&pace))), [30_000, 30_203, 30_406]);
    assert_eq!(asks_after(refused), [30_609, 30_813, 31_016]);
}

#[test]
fn a_turn_from_before_a_pause_is_assigned_again_after_it() {
    let pace = known(Allowance::default().export_starts(a_minute(20)));
    let [mut first, mut second, third] = exporters(&pace);
    first.requests(Call::StartExport);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    first.respond_with(503, RETRY_LATER, "");
    assert_eq!(asks_after([second, third]), [30_000, 33_050]);
}

#[test]
fn a_turn_is_kept_however_often_an_operation_asks_and_however_late() {
    let pace = Pace::new(Allowance::default().requests(a_minute(20)));
    let [mut first, mut second, third] = several(|| polling(&pace));
    first.requests(Call::QueryStatus);
    for _ in 0..3 {
        assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    }
    second.now += Duration::from_secs(4);
    assert_eq!(asks_after([second, third]), [4000, 6100]);
}

#[test]
fn fact_17_an_allowance_is_spread_over_the_minute() {
    let pace = Pace::new(Allowance::default().requests(a_minute(300)));
    assert_eq!(asks_after(several(|| polling(&pace))), [0, 203, 406]);
    let pace = known(Allowance::default().export_starts(a_minute(20)));
    assert_eq!(asks_after(exporters(&pace)), [0, 3050, 6100]);
    assert_eq!(asks_after(several(|| polling(&pace))), [0, 0], "a poll starts nothing");
    let pace = Pace::new(Allowance::default().import_starts(a_minute(20)));
    let import = || Operation::import(server(), import_of(Format::Dtable), policy(), SEED);
    assert_eq!(asks_after(several(|| import().paced(&pace).into())), [0, 3050]);
}

#[test]
fn a_start_waits_for_its_own_allowance_and_then_for_that_of_all() {
    let pace = known(Allowance::default().export_starts(a_minute(61)).requests(a_minute(30)));
    let [mut first, mut second] = exporters(&pace);
    first.requests(Call::StartExport);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    assert_eq!(asks_after([polling(&pace), second, polling(&pace)]), [2033, 4066, 6099]);
}

#[test]
fn fact_17_a_refusal_teaches_the_number_of_requests_in_the_minute_before() {
    let pace = Pace::default();
    refused_after(610, &pace);
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 30_100, 30_200]);
}

#[test]
fn fact_17_a_learned_allowance_is_at_least_300() {
    let pace = Pace::default();
    refused_after(3, &pace);
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 30_203, 30_406]);
}

#[test]
fn a_learned_allowance_does_not_raise_the_one_that_is_set() {
    let pace = Pace::new(Allowance::default().requests(a_minute(10)));
    polling(&pace).requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 36_100]);
}

#[test]
fn fact_17_a_learned_allowance_grows_by_a_quarter_in_each_minute_after_the_pause() {
    let pace = Pace::default();
    refused_after(610, &pace);
    let gap_after = |seconds| {
        let [mut one, mut other] = several(|| polling(&pace));
        (one.now, other.now) = (BEGIN + Duration::from_secs(seconds), BEGIN + Duration::from_secs(seconds));
        let [one, other] = asks_after([one, other]);
        other - one
    };
    assert_eq!([89, 90, 149, 150].map(gap_after), [100, 80, 80, 64]);
    assert_eq!(gap_after(3600), 0, "and is forgotten in the end");
}

#[test]
fn fact_17_a_refused_start_teaches_the_allowance_of_starts() {
    let pace = known(Allowance::default());
    for _ in 0..20 {
        exporting(&pace, "t1").requests(Call::StartExport);
    }
    exporting(&pace, "t1").requests(Call::StartExport).respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after(exporters(&pace)), [30_000, 33_050]);
    let mut others = several(|| polling(&pace));
    for scene in &mut others {
        scene.now += Duration::from_secs(100);
    }
    assert_eq!(asks_after(others), [100_000, 100_162], "other requests do not wait for it");
}

#[test]
fn fact_17_a_refused_start_that_was_one_of_few_teaches_nothing_about_starts() {
    let pace = known(Allowance::default());
    for mut scene in exporters::<19>(&pace) {
        scene.requests(Call::StartExport);
    }
    exporting(&pace, "t1").requests(Call::StartExport).respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after(exporters(&pace)), [30_000, 30_203]);
}

#[test]
fn requests_of_the_minute_before_count_in_part() {
    let pace = Pace::default();
    for _ in 0..1220 {
        polling(&pace).requests(Call::QueryStatus);
    }
    let mut refused = polling(&pace);
    refused.now += Duration::from_secs(90);
    refused.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after(several(|| polling(&pace))), [120_000, 120_100]);
}

#[test]
fn a_refused_request_does_not_count_even_if_it_was_made_in_the_minute_before() {
    let pace = Pace::default();
    polling(&pace).requests(Call::QueryStatus);
    let mut asked = several::<609>(|| polling(&pace));
    for scene in &mut asked {
        scene.now += Duration::from_secs(59);
        scene.requests(Call::QueryStatus);
    }
    for scene in &mut asked[305..] {
        scene.now = BEGIN + Duration::from_secs(60);
        scene.respond_with(429, RETRY_LATER, "");
    }
    assert_eq!(asks_after(several(|| polling(&pace))), [90_000, 90_199, 90_398]);
}

#[test]
fn every_request_of_an_operation_counts_for_the_learned_allowance() {
    let pace = Pace::default();
    let poll = Duration::from_millis(1)..=Duration::from_millis(1);
    let operation = Operation::resume(server(), resume_of(TaskKind::Import), policy().poll(poll), SEED);
    let mut one = Scene::from(operation.paced(&pace));
    for _ in 0..1220 {
        one.requests(Call::QueryStatus).respond(200, RUNNING);
    }
    one.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    let [one, other] = asks_after(several(|| polling(&pace)));
    assert_eq!(other - one, 50);
}

#[test]
fn imports_are_also_spread_after_the_end_of_a_pause() {
    let pace = Pace::new(Allowance::default().import_starts(a_minute(20)));
    let import =
        || Operation::import(server(), import_of(Format::Dtable), policy(), SEED).paced(&pace).into();
    let [mut first, second, third] = several(import);
    first.requests(Call::StartImport).respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after([second, third]), [30_000, 33_050]);
}
