//! Operations of one account: facts 3 and 17.

use std::num::NonZeroU32;
use std::time::Duration;

use seatable_io_proto::{BaseName, Format, TaskKind};

use super::scene::*;
use crate::{Allowance, Call, ErrorKind, Export, Operation, Pace, Policy, Route};

mod allowances;
mod bases;
mod pauses;

/// Every scene begins here.
const BEGIN: Duration = Duration::from_secs(1000);
const RETRY_LATER: &[(&str, &str)] = &[("retry-after", "30")];

fn policy() -> Policy {
    Policy::default().jitter_percent(0)
}

/// A pace that knows how the server exports.
fn known(allowance: Allowance) -> Pace {
    Pace::new(allowance).route(Route::Api)
}

fn exporting(pace: &Pace, base: &str) -> Scene {
    Operation::export(server(), export_of(base), policy(), SEED).paced(pace).into()
}

/// An operation that polls.
fn polling(pace: &Pace) -> Scene {
    Operation::resume(server(), resume_of(TaskKind::Import), policy(), SEED).paced(pace).into()
}

fn several<const N: usize>(scene: impl Fn() -> Scene) -> [Scene; N] {
    std::array::from_fn(|_| scene())
}

/// Operations that export a base each.
fn exporters<const N: usize>(pace: &Pace) -> [Scene; N] {
    std::array::from_fn(|nth| exporting(pace, &nth.to_string()))
}

/// Returns the number of milliseconds after which each operation makes its request.
fn asks_after<const N: usize>(mut scenes: [Scene; N]) -> [u128; N] {
    std::array::from_fn(|nth| {
        scenes[nth].requested();
        (scenes[nth].now - BEGIN).as_millis()
    })
}

fn a_minute(allowance: u32) -> NonZeroU32 {
    NonZeroU32::new(allowance).unwrap()
}

/// Lets an operation be refused after `polls` other requests.
fn refused_after(polls: u32, pace: &Pace) -> Scene {
    for _ in 0..polls {
        polling(pace).requests(Call::QueryStatus).respond(200, FINISHED).ends_well();
    }
    let mut refused = polling(pace);
    refused.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    refused
}
