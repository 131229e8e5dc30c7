use std::io;

/// Returns a random number from the operating system, for [`Operation::import`](seatable_io_task::Operation::import) and the other
/// constructors of tasks.
///
/// # Errors
///
/// The error of the operating system, if it has no random numbers.
pub fn seed() -> io::Result<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}
