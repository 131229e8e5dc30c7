use std::io::Cursor;

use seatable_io_conformance::Kit;
use seatable_io_task::Outcome;

#[test]
fn the_transport_keeps_all_promises() {
    let report = Kit::new().operations(|operation, file, saved| {
        let mut sink = Cursor::new(saved);
        let outcome = std_net::run(operation, &mut Cursor::new(file), &mut sink)?;
        if let Outcome::Exported(exported) = &outcome {
            sink.into_inner().truncate(usize::try_from(exported.bytes).unwrap());
        }
        Ok(outcome)
    });
    let report = report.unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
