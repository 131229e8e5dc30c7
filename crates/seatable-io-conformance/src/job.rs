use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_driver::proto::{BaseName, BaseUuid, FileName, Format, Password, Server, Token};
use seatable_io_driver::task::{Export, Import, Operation, Outcome, Policy, Resume, Scope};
use seatable_io_sandbox::{Generation, Sandbox, dtable_with_assets};

use crate::reference;

/// The seed of all operations. A real one is random.
pub(crate) const SEED: u128 = 7;

/// The password of the protected base.
pub(crate) const PASSWORD: &str = "sesame-and-poppy";

/// The length of the base's asset in bytes, which is larger than any buffer that a transport is likely to have.
const ASSET: usize = 300_000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Import,
    ImportTable,
    Export,
    ExportProtected,
    ExportByUuid,
    List,
    ListServer,
    CancelImport,
}

impl Job {
    pub(crate) const ALL: [Self; 8] = [
        Self::Import,
        Self::ImportTable,
        Self::Export,
        Self::ExportProtected,
        Self::ExportByUuid,
        Self::List,
        Self::ListServer,
        Self::CancelImport,
    ];

    /// Returns a server with what the job needs.
    pub(crate) fn sandbox(self, generation: Generation) -> Sandbox {
        let sandbox = Sandbox::new(generation).with_base(1, "Größe", base());
        match self {
            Self::ExportProtected => sandbox.with_protected_base(1, "Maß", base(), PASSWORD),
            Self::CancelImport => sandbox.with_task_time(Duration::from_secs(24 * 3600)),
            _ => sandbox,
        }
    }

    /// Returns the file that it sends.
    pub(crate) fn file(self) -> Bytes {
        match self {
            Self::Import => base(),
            Self::ImportTable => Bytes::from_static(b"a,b\n1,2\n"),
            _ => Bytes::new(),
        }
    }

    /// Returns the operation on the server at this URL, whose state is that of the sandbox.
    pub(crate) fn operation(self, url: &str, sandbox: &mut Sandbox, policy: Policy) -> Operation {
        let server = server(url, sandbox.token());
        match self {
            Self::Import => import(server, Format::Dtable, &self.file(), policy),
            Self::ImportTable => import(server, Format::Csv, &self.file(), policy),
            Self::Export => Operation::export(server, Export::new(1, name("Größe")), policy, SEED),
            Self::ExportProtected => {
                let password = Password::new(PASSWORD).expect("a password");
                Operation::export(server, Export::new(1, name("Maß")).password(password), policy, SEED)
            }
            Self::ExportByUuid => {
                let uuid = sandbox.state(Duration::ZERO).base(1, "Größe").map(|base| base.uuid.clone());
                let export = Export::by_uuid(BaseUuid::new(uuid.expect("a base")).expect("a UUID"));
                Operation::export(server, export.expect("a UUID"), policy, SEED)
            }
            Self::List => Operation::list(server, Scope::WithShared, policy, SEED),
            Self::ListServer => Operation::list(server, Scope::ServerWide, policy, SEED),
            Self::CancelImport => {
                Operation::cancel_existing(server.clone(), started(server, sandbox, &policy), policy, SEED)
            }
        }
    }
}

fn import(server: Server, format: Format, file: &Bytes, policy: Policy) -> Operation {
    Operation::import(server, new_base(format, file), policy, SEED)
}

fn new_base(format: Format, file: &Bytes) -> Import {
    let name = FileName::new("100 % \"neu\" & größer", format).expect("a name");
    Import::new(1, name, file.len() as u64).expect("a length")
}

fn name(text: &str) -> BaseName {
    BaseName::new(text).expect("a name")
}

/// Starts an import.
fn started(server: Server, sandbox: &mut Sandbox, policy: &Policy) -> Resume {
    let file = base();
    let import = new_base(Format::Dtable, &file).no_wait();
    let operation = Operation::import(server, import, policy.clone(), SEED);
    match reference::run(operation, &file, sandbox, &mut Vec::new()) {
        Ok(Outcome::Accepted(accepted)) => accepted.resume,
        other => unreachable!("a server without faults: {other:?}"),
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Import => "import",
            Self::ImportTable => "import of a table",
            Self::Export => "export",
            Self::ExportProtected => "export with a password",
            Self::ExportByUuid => "export by UUID",
            Self::List => "list",
            Self::ListServer => "list of the server",
            Self::CancelImport => "cancellation of an import",
        })
    }
}

pub(crate) fn server(url: &str, token: &str) -> Server {
    Token::new(token).and_then(|token| Server::new(url, token)).expect("a server on loopback")
}

/// Returns a base with bytes of every value, so that a change of any kind shows.
pub(crate) fn base() -> Bytes {
    static BASE: LazyLock<Bytes> = LazyLock::new(|| {
        // The period divides no buffer, so that pieces in another order show, too.
        let asset: Vec<u8> = (0..=u8::MAX).chain([0]).cycle().take(ASSET).collect();
        dtable_with_assets("one row", &[("files/noise.bin", Some(&asset))])
    });
    BASE.clone()
}
