use crate::Error;

/// Returns a random number from the operating system, for [`Operation::import`](seatable_io_task::Operation::import) and the other
/// constructors of tasks.
///
/// [`Error::Config`] if the system has none.
pub fn seed() -> Result<u128, Error> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(u128::from_ne_bytes(bytes)),
        Err(error) => Err(Error::Config(format!("the operating system has no random numbers: {error}"))),
    }
}
