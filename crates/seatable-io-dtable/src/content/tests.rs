use super::*;

/// Whether a base is read that may keep this much.
fn is_read(content: &str, room: usize) -> bool {
    let mut pass = Pass { base: Base::default(), receive: &mut Count, room };
    match pass.base(&mut Json::new(content.as_bytes(), ArchiveError::Read)) {
        Ok(()) => true,
        Err(Halt::Error(ArchiveError::TooMuchAtOnce)) => false,
        Err(Halt::Error(error)) => panic!("{content}: {error}"),
        Err(Halt::Break(never)) => match never {},
    }
}

#[test]
fn everything_that_is_kept_counts_its_length_and_256_bytes_for_each_part() {
    for (content, parts, len) in [
        (r#"{"tables":[{},{}]}"#, 2, 0),
        (r#"{"tables":[{"_id":"abc","name":"d"}]}"#, 3, 8),
        (r#"{"tables":[{"columns":[{"a":1},{}]}]}"#, 3, 9),
        (r#"{"tables":[{"columns":[{"data":{"options":[{"a":1},{"b":2}]}}]}]}"#, 4, 38),
        (r#"{"tables":[],"links":[{"_id":"a"},{"table1_id":"b"},{"table2_id":"c"}]}"#, 6, 9),
        (r#"{"tables":[],"collaborators":[{"email":"a"},{}]}"#, 2, 15),
        (r#"{"tables":[],"format_version":12}"#, 1, 2),
        (r#"{"tables":[{"rows":[{"a":1}]}],"links":[{"table1_table2_map":{"a":["b"]}}],"views":[1]}"#, 2, 0),
    ] {
        let room = 256 * parts + len;
        assert_eq!([is_read(content, room), is_read(content, room - 1)], [true, false], "{content}");
    }
}
