//! What the strategies produce, judged by the parsers of `seatable-io-proto`.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use seatable_io_conformance::strategies::*;
use seatable_io_driver::proto::*;
use seatable_io_driver::task::{Call, Operation, Policy, Resume, Step};

const CALLS: [Call; 12] = [
    Call::StartImport,
    Call::FindTableImport,
    Call::ImportTable,
    Call::StartExport,
    Call::QueryStatus,
    Call::ExportContent,
    Call::SynchronousExport,
    Call::ExportByUuid,
    Call::CancelTask,
    Call::ListAdministered,
    Call::ListWorkspaces,
    Call::ListServerBases,
];

fn is_good(call: Call, response: &Response<Bytes>) -> bool {
    let (head, body) = response.clone().into_parts();
    match call {
        Call::StartImport => StartImport::reply(&head, &body).is_ok(),
        Call::FindTableImport => FindTableImport::reply(&head, &body).is_ok(),
        Call::ImportTable => ImportTable::reply(&head, &body).is_ok(),
        Call::StartExport => StartExport::reply(&head, &body).is_ok(),
        Call::QueryStatus => QueryStatus::reply(&head, &body).is_ok(),
        Call::ExportContent => ExportContent::reply(&head, &body).is_ok(),
        Call::SynchronousExport => SynchronousExport::reply(&head, &body).is_ok(),
        Call::ExportByUuid => ExportByUuid::reply(&head, &body).is_ok(),
        Call::CancelTask => CancelTask::reply(&head, &body).is_ok(),
        Call::ListAdministered => {
            ListAdministered::reply(&head, &body).is_ok_and(|listing| listing.is_some())
        }
        Call::ListWorkspaces => ListWorkspaces::reply(&head, &body).is_ok(),
        Call::ListServerBases => ListServerBases::reply(&head, &body).is_ok(),
        other => panic!("{other}"),
    }
}

fn sample<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// The smallest value for which `holds` is false.
fn smallest<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, holds: impl Fn(&T) -> bool) -> T {
    let config = Config { failure_persistence: None, cases: 1000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&strategy, |value| {
        prop_assert!(holds(&value));
        Ok(())
    });
    match result {
        Err(TestError::Fail(_, value)) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_good_response_is_accepted_by_the_parser_of_its_call() {
    for call in CALLS {
        for response in sample(good_responses(call), 150) {
            assert!(is_good(call, &response), "{call}: {response:?}");
        }
    }
}

#[test]
fn about_half_of_all_responses_are_good() {
    for call in CALLS {
        let good = sample(responses(call), 400).iter().filter(|response| is_good(call, response)).count();
        assert!((170..260).contains(&good), "{call}: {good} of 400");
    }
}

#[test]
fn responses_have_every_kind_of_status_and_of_body() {
    let responses = sample(responses(Call::QueryStatus), 2000);
    let count =
        |is: &dyn Fn(&Response<Bytes>) -> bool| responses.iter().filter(|response| is(response)).count();
    for status in [200, 302, 400, 401, 403, 404, 405, 413, 429, 500, 502, 503, 504, 520] {
        assert!(count(&|response| response.status() == status) > 0, "{status}");
    }
    let has_wait = |response: &Response<Bytes>| response.headers().contains_key("retry-after");
    for status in [429, 503] {
        assert!(count(&|response| response.status() == status && has_wait(response)) > 0);
        assert!(count(&|response| response.status() == status && !has_wait(response)) > 0);
    }
    assert!(count(&|response| response.body().is_empty()) > 20);
    assert!(count(&|response| response.body().starts_with(b"<html>")) > 100);
    assert!(count(&|response| response.status() == 200 && response.body().starts_with(b"<html>")) > 20);
}

#[test]
fn a_good_status_is_finished_as_often_as_running() {
    let finished = |response: &Response<Bytes>| {
        let (head, body) = response.clone().into_parts();
        QueryStatus::reply(&head, &body) == Ok(TaskStatus::Finished)
    };
    let finished = sample(good_responses(Call::QueryStatus), 1000).iter().filter(|it| finished(it)).count();
    assert!((400..600).contains(&finished), "{finished}");
}

#[test]
fn bases_and_listings_can_be_written_and_read_again() {
    for base in sample(bases(), 2000) {
        let json = serde_json::to_string(&base).unwrap();
        assert_eq!(serde_json::from_str::<Base>(&json).unwrap(), base);
    }
    let listings = sample(listings(), 500);
    for listing in &listings {
        let json = serde_json::to_string(listing).unwrap();
        assert_eq!(&serde_json::from_str::<Listing>(&json).unwrap(), listing);
    }
    let with = |has: &dyn Fn(&Listing) -> bool| listings.iter().filter(|listing| has(listing)).count();
    assert!(with(&|listing| listing.bases.len() > 1) > 200);
    assert!(with(&|listing| listing.not_understood > 0) > 20);
    assert!(with(&|listing| listing.bases.iter().any(|listed| listed.access.is_shared())) > 20);
    assert!(with(&|listing| listing.bases.iter().any(|listed| listed.owner.is_some())) > 20);
}

#[test]
fn a_resume_can_be_written_read_again_and_resumed_on_its_server() {
    for resume in sample(resumes(), 1000) {
        let json = serde_json::to_string(&resume).unwrap();
        assert_eq!(serde_json::from_str::<Resume>(&json).unwrap(), resume);
        let url = resume.server.clone().unwrap_or("https://seatable.example".to_owned());
        let server = Server::new(&url, Token::new("0").unwrap()).unwrap();
        let step = Operation::resume(server, resume, Policy::default(), 7).step(Duration::ZERO);
        let Step::Send(exchange) = step else { panic!("{json}") };
        assert_eq!(exchange.progress().call, Some(Call::QueryStatus));
    }
}

#[test]
fn every_url_is_accepted_and_every_odd_name_appears() {
    for url in sample(server_urls(), 3000) {
        assert!(Server::new(&url, Token::new("0").unwrap()).is_ok(), "{url}");
    }
    let names = sample(names(), 3000);
    for odd in ["..", "a/b", "50%", "u\u{308}bung"] {
        assert!(names.iter().any(|name| name.as_str() == odd), "{odd}");
    }
    assert!(names.iter().any(|name| name.as_str().chars().count() == 255));
}

#[test]
fn a_failing_property_shrinks_to_what_matters() {
    let listing = smallest(listings(), |listing| listing.bases.len() < 2);
    assert_eq!((listing.bases.len(), listing.not_understood), (2, 0));
    assert!(!listing.changing && !listing.unconfirmed);
    let response = smallest(responses(Call::StartExport), |response| response.status() != 429);
    assert!(response.headers().len() <= 2, "{response:?}");
    let resume = smallest(resumes(), |resume| resume.kind == TaskKind::Export);
    assert_eq!((resume.server, resume.place, resume.route), (None, None, None));
}
