//! Any requests in any order with any faults cause no panic, and leave a consistent state.

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, TaskState, sample_dtable};

use crate::common::{Client, IMPORT, TABLE, secs, server, upload, with_token};

fn any_fault() -> impl Strategy<Value = Fault> {
    let call = proptest::option::of(proptest::sample::select(Call::all().collect::<Vec<_>>()));
    let kind = proptest::sample::select(FaultKind::all().cloned().collect::<Vec<_>>());
    let name = proptest::sample::select(&[None, Some("t"), Some("personal/1"), Some("elsewhere")][..]);
    (call, name, kind, 0..3_u32, 0..3_u32).prop_map(|(call, name, kind, times, skip)| {
        let name = name.map(str::to_owned);
        Fault { call, name, kind, times, skip }
    })
}

/// Sends one of ten requests for one of the tasks, and then waits for some seconds.
fn step(client: &mut Client, (kind, which, later): (u8, usize, u64)) {
    let (now, token) = (client.now, client.sandbox.token().to_owned());
    let state = client.sandbox.state(now);
    let task =
        state.tasks.get(which).map_or(("1", ""), |task| (&task.id, task.base.as_deref().unwrap_or_default()));
    let query = format!("?task_id={}&dtable_uuid={}&dtable_name=t", task.0, task.1);
    let (method, target) = match kind {
        0 => ("GET", "/api/v2.1/workspace/1/dtable/t/export-dtable/".to_owned()),
        1 => ("POST", "/api/v2.1/workspace/1/dtable/t/export-dtable/".to_owned()),
        2 => ("GET", format!("/api/v2.1/dtable-io-status/{query}")),
        3 => ("DELETE", format!("/api/v2.1/dtable-io-status/{query}&task_type=import")),
        4 => ("DELETE", format!("/api/v2.1/dtable-io-status/{query}&task_type=export")),
        5 => ("GET", format!("/dtable-export-content/{query}")),
        6 => ("GET", format!("/api/v2.1/dtable-export-content/{query}")),
        7 => ("GET", format!("/api/v2.1/workspace/1/synchronous-export/export-dtable/{query}")),
        8 => ("POST", TABLE.to_owned()),
        _ => ("POST", IMPORT.to_owned()),
    };
    let request = if [TABLE, IMPORT].contains(&&*target) {
        let extension = ["dtable", "csv"][which % 2];
        let disposition = format!("form-data; name=dtable; filename={which}.{extension}");
        let mut request = upload(&disposition, &sample_dtable(0));
        *request.uri_mut() = target.parse().unwrap();
        request
    } else {
        Request::builder().method(method).uri(target).body(Bytes::new()).unwrap()
    };
    client.send(with_token(request, &token));
    client.now += secs(later);
}

fn check(sandbox: &mut Sandbox, client_now: std::time::Duration) {
    let state = sandbox.state(client_now);
    assert!(state.unfinished().filter(|task| task.state == TaskState::Running).count() <= 3);
    for task in state.unfinished() {
        let is_there = |uuid: &String| state.bases.values().any(|base| base.uuid == *uuid);
        assert!(task.base.as_ref().is_none_or(is_there), "{task:?}");
    }
    for (place, base) in state.bases.values().enumerate() {
        let mut older = state.bases.values().take(place);
        assert!(older.all(|other| other.name != base.name && other.uuid != base.uuid));
        assert_eq!(state.base(base.workspace, &base.name), Some(base));
        assert_eq!(state.bases.with_uuid(&base.uuid), Some(base));
    }
    for task in state.tasks.iter() {
        assert_eq!(state.task(&task.id), Some(task));
    }
}

proptest! {
    #[test]
    fn any_requests_in_any_order(
        generation in proptest::sample::select(&Generation::ALL[..]),
        faults in proptest::collection::vec(any_fault(), 0..4),
        steps in proptest::collection::vec((0..10_u8, 0..6_usize, 0..4_u64), 0..40),
    ) {
        let mut client = Client::of(server(generation).with_task_time(secs(3)));
        for fault in faults {
            client.sandbox.add_fault(fault);
        }
        for one in steps {
            let mut twin = Client { sandbox: client.sandbox.clone(), now: client.now };
            step(&mut client, one);
            step(&mut twin, one);
            prop_assert_eq!(&client.sandbox, &twin.sandbox);
            check(&mut client.sandbox, client.now);
        }
    }
}
