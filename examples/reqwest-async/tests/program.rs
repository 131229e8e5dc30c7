use std::process::Command;

#[test]
fn without_arguments_the_program_copies_a_base_of_a_sandbox() {
    let output = Command::new(env!("CARGO_BIN_EXE_reqwest-async")).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.starts_with("exported 5000000 bytes\nimported stock (copy)\n"), "{output:?}");
    assert!(output.status.success());
}
