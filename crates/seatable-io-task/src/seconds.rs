//! Durations as numbers of seconds, ranges of them as pairs, both for serde, and durations in words.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    from_seconds(f64::deserialize(deserializer)?)
}

fn from_seconds<E: serde::de::Error>(seconds: f64) -> Result<Duration, E> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(E::custom("a number of seconds cannot be negative"));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

pub(crate) mod range {
    use std::ops::RangeInclusive;

    use serde::Serialize;

    use super::{Deserialize, Deserializer, Duration, Serializer, from_seconds};

    pub(crate) fn serialize<S: Serializer>(
        range: &RangeInclusive<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        [range.start().as_secs_f64(), range.end().as_secs_f64()].serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<RangeInclusive<Duration>, D::Error> {
        let [first, longest] = <[f64; 2]>::deserialize(deserializer)?;
        if first > longest {
            return Err(serde::de::Error::custom("the first wait is longer than the longest"));
        }
        Ok(from_seconds(first)?..=from_seconds(longest)?)
    }
}

/// Returns hours, minutes and seconds, such as `1h30m`.
pub(crate) fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    if words.is_empty() { format!("{} ms", time.as_millis()) } else { words.concat() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::Policy;

    fn policy(json: &str) -> Result<Policy, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_policy_is_read_back_as_it_was_written() {
        let policy = Policy::default()
            .timeout(Duration::MAX)
            .idle_timeout(Duration::from_nanos(1))
            .cancel_on_timeout();
        let written = serde_json::to_string(&policy).unwrap();
        assert!(written.contains(r#""backoff":[0.5,30.0]"#), "{written}");
        assert_eq!(serde_json::from_str::<Policy>(&written).unwrap(), policy);
    }

    #[test]
    fn too_many_seconds_are_forever() {
        assert_eq!(policy(r#"{"timeout": 1e300}"#).unwrap().timeout, Duration::MAX);
    }

    #[test]
    fn an_invalid_time_is_an_error() {
        for (json, words) in [
            (r#"{"timeout": -1}"#, "cannot be negative"),
            (r#"{"poll": [-1, 2]}"#, "cannot be negative"),
            (r#"{"poll": [3, 2]}"#, "longer than the longest"),
            (r#"{"poll": [1]}"#, "expected an array of length 2"),
            (r#"{"idle_timeout": "1m"}"#, "expected f64"),
        ] {
            let error = policy(json).unwrap_err();
            assert!(error.contains(words), "{json}: {error}");
        }
    }
}
