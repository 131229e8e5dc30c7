//! The list of faults, the faults that can never happen, and the meaning of `any`.

use std::collections::BTreeSet;

use seatable_io_sandbox::{Call, Fault, FaultKind, Generation};

use crate::common::{Client, OLDER, server};

/// The sections of the list: a heading, and names with their descriptions.
fn sections() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let section = |text: &'static str| {
        let (heading, lines) = text.split_once(":\n").unwrap();
        let entries = lines.lines().map(|line| {
            let (term, words) = line.strip_prefix("  ").unwrap().split_once("  ").unwrap();
            (term, words.trim().to_owned())
        });
        (heading, entries.collect())
    };
    Fault::LIST.split("\n\n").map(section).collect()
}

/// The faults of the list: the heading, the name, whether it has a value, and the description.
fn faults() -> Vec<(&'static str, &'static str, bool, String)> {
    let all = sections().into_iter().skip(1).flat_map(|(heading, entries)| {
        entries.into_iter().flat_map(move |(term, words)| {
            term.split(", ").map(move |term| {
                let (name, value) = term.split_once('@').unwrap_or((term, ""));
                (heading, name, !value.is_empty(), words.clone())
            })
        })
    });
    all.collect()
}

#[test]
fn the_list_has_each_name_once() {
    let (heading, calls) = &sections()[0];
    let calls: BTreeSet<_> = calls.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<_> = Call::all().map(Call::name).chain(["any"]).collect();
    assert_eq!((*heading, calls), ("CALL", known));
    let names: BTreeSet<_> = faults().into_iter().map(|(_, name, ..)| name).collect();
    assert_eq!(names, FaultKind::all().map(FaultKind::name).collect());
    assert_eq!((sections()[0].1.len(), faults().len()), (Call::all().count() + 1, FaultKind::all().len()));
}

/// The calls of the list, each with the generations that have it.
fn calls() -> Vec<(Call, Vec<Generation>)> {
    let generations = |description: &str| match description.rsplit_once(" (").map(|(_, last)| last) {
        Some("current)") => vec![Generation::Current],
        Some("2021 and current)") => vec![Generation::Y2021, Generation::Current],
        Some("2020 and 2021)") => OLDER.to_vec(),
        _ => Generation::ALL.to_vec(),
    };
    let call = |name: &str| Call::all().find(|call| call.name() == name);
    let (_, listed) = sections().swap_remove(0);
    listed.iter().filter_map(|(name, text)| Some((call(name)?, generations(text)))).collect()
}

#[test]
fn the_list_shows_which_generations_have_a_call() {
    for (call, listed) in calls() {
        let fault = Fault::new(call, FaultKind::Lost);
        let known = Generation::ALL.into_iter().filter(|generation| fault.check(*generation).is_ok());
        assert!(listed.into_iter().eq(known), "{call:?}");
    }
}

#[test]
fn the_list_shows_the_calls_and_the_default_of_each_fault() {
    for kind in FaultKind::all() {
        let (heading, name, has_value, text) =
            faults().into_iter().find(|(_, name, ..)| *name == kind.name()).unwrap();
        let can_hit = |call| Generation::ALL.map(|one| Fault::new(call, kind.clone()).check(one).is_ok());
        let calls: Vec<_> =
            Call::all().filter(|call| can_hit(*call).contains(&true)).map(Call::name).collect();
        let is_any = calls.len() == Call::all().count();
        let listed = if is_any { "any CALL".to_owned() } else { calls.join(", ") };
        assert_eq!(heading, format!("WHAT for {listed}"), "{name}");
        let accepts = |value: &str| format!("any:{name}@{value}").parse::<Fault>().is_ok();
        assert_eq!(has_value, accepts("1") || accepts("520"), "{name}");
        if let Some((_, default)) = Fault::any(kind.clone()).to_string().split_once('@') {
            assert!(text.contains(&format!("(default {default})")), "{name}: {text}");
        }
    }
}

#[test]
fn a_fault_that_can_never_happen_is_refused_with_the_reason() {
    use Generation::{Current, Y2020, Y2021};
    for (generation, fault, why) in [
        (
            Y2020,
            "synchronous-export:500",
            "`synchronous-export:500` can never happen: a 2020 server has no such call",
        ),
        (Y2021, "table-confirm:500", "a 2021 server has no such call"),
        (Y2021, "synchronous-import:lost", "no such call"),
        (Y2021, "table-preview:lost", "no such call"),
        (Y2020, "user-admin-dtables:401", "no such call"),
        (Y2020, "server-info:502", "no such call"),
        (Current, "content:cut", "a current server has no such call"),
        (Current, "status:no-assets", "`no-assets` applies only to export, synchronous-export"),
        (Current, "synchronous-export:forget", "applies only to import, export, table-confirm"),
        (Current, "workspaces/Sales:500", "`workspaces` is not about one base or workspace"),
        (Current, "export:500*0", "it hits no request"),
    ] {
        let refused = fault.parse::<Fault>().unwrap().check(generation).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn a_listed_fault_is_accepted() {
    for (call, generations) in calls() {
        let fits = |heading: &str| heading == "WHAT for any CALL" || lists(heading, call.name());
        for (_, name, ..) in faults().into_iter().filter(|(heading, ..)| fits(heading)) {
            let fault: Fault = format!("{}:{name}", call.name()).parse().unwrap();
            assert!(generations.iter().all(|generation| fault.check(*generation).is_ok()), "{fault}");
        }
    }
    for kind in FaultKind::all() {
        let fault = Fault::any(kind.clone()).only("Sales");
        assert!(Generation::ALL.iter().all(|generation| fault.check(*generation).is_ok()), "{fault}");
    }
}

fn lists(heading: &str, call: &str) -> bool {
    heading.trim_start_matches("WHAT for ").split(", ").any(|listed| listed == call)
}

#[test]
fn a_fault_of_a_task_ignores_requests_unknown_to_the_generation() {
    let mut client = Client::of(server(Generation::Current).with_fault("export:fail".parse().unwrap()));
    assert_eq!(client.get(crate::common::EXPORT).status(), 405);
    let task = client.export().task();
    assert_eq!(client.status(&task).status(), 500);
    let mut client = Client::of(server(Generation::Y2021).with_fault("any:fail@no".parse().unwrap()));
    assert_eq!((client.export_at_once().status(), client.post(crate::common::EXPORT).status()), (404, 405));
    client.export();
    assert!(client.sandbox.state(client.now).log.last().unwrap().fault.is_some());
}

#[test]
fn a_fault_of_any_call_also_hits_requests_unknown_to_the_generation() {
    let mut client = Client::of(server(Generation::Y2021).with_fault("any:502*2".parse().unwrap()));
    let statuses = [client.export_at_once(), client.post(crate::common::EXPORT), client.export()];
    assert_eq!(statuses.map(|reply| reply.status()), [502, 502, 200]);
}

#[test]
fn any_call_means_each_call_to_which_the_fault_applies() {
    let mut client = Client::of(server(Generation::Y2021).with_fault("any:slow@5000*2+1".parse().unwrap()));
    let mut waits = || {
        client.status("1");
        let task = client.export().task();
        client.status(&task).json()["is_finished"] == false
    };
    assert_eq!([(); 4].map(|()| waits()), [false, true, true, false]);
}
