use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use uuid::Builder;

use crate::{Generation, Sandbox};

/// Virtual time begins at the instant of the 2020 page's samples: 2020-02-29T09:58:23Z.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_582_970_303);

impl Sandbox {
    /// Numbers a new base or task.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Returns a task ID: milliseconds with 13 digits (every other on 2021 servers with 14, like a sample on the 2021 page),
    /// or a UUID on current servers.
    pub(crate) fn task_id(&mut self) -> String {
        let number = self.next_number();
        let millis = EPOCH.as_millis() + u128::from(number);
        match self.settings.generation {
            Generation::Current => self.uuid(number),
            Generation::Y2021 if number.is_multiple_of(2) => format!("{millis}6"),
            Generation::Y2020 | Generation::Y2021 => millis.to_string(),
        }
    }

    /// Returns the UUID of a base, on 2021 servers with an `n` in it like a sample on the 2021 page.
    pub(crate) fn base_uuid(&self, number: u64) -> String {
        let mut uuid = self.uuid(number);
        if self.settings.generation == Generation::Y2021 {
            uuid.replace_range(2..3, "n");
        }
        uuid
    }

    fn uuid(&self, number: u64) -> String {
        let [high, low] = [2 * number, 2 * number + 1].map(|half| mixed(self.settings.seed ^ mixed(half)));
        let bytes = u128::from(high) << 64 | u128::from(low);
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid().to_string()
    }
}

/// Returns a number for the path of a file, the same on every machine.
pub(crate) fn number_of(path: &Path) -> u64 {
    let bytes = path.components().flat_map(|part| part.as_os_str().as_encoded_bytes().iter().chain(b"/"));
    let mixed = bytes.fold(0, |number, byte| mixed(number ^ u64::from(*byte)));
    mixed >> 1
}

/// Formats a virtual time like the server.
pub(crate) fn date(time: Duration) -> String {
    let time = time.min(Duration::from_secs(u32::MAX.into()));
    let date = httpdate::fmt_http_date(UNIX_EPOCH + EPOCH + time);
    let parts: Vec<_> = date.split(' ').collect();
    let [_, day, month, year, time, _] = parts[..] else { return date };
    let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(month).map_or(1, |at| at / 3 + 1);
    format!("{year}-{month:02}-{day}T{time}+00:00")
}

/// The finalizer of `splitmix64`.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
