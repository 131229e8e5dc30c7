//! The beginning of a scene: a server, its bases, and an operation.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Password, Server, TaskId, TaskKind, Token};
use seatable_io_sandbox::{Generation, Sandbox, Share, TaskFailure, sample_dtable};
use seatable_io_task::{Export, Import, Operation, Policy, Resume};
use serde_json::Value;

use crate::record::Known;
use crate::{File, Job, Past, Scene, Target};

pub(crate) const PASSWORD: &str = "geheim";
pub(crate) const FOLDER: u64 = 7;
/// A file that contains the boundary of an operation without randomness.
const CRAFTED: &str = "name,number\r\n--seatable-io-00000000000000000000000000000000\r\n\
    Content-Disposition: form-data; name=\"folder_id\"\r\n\r\n4711\r\n";

impl File {
    pub(crate) fn name(self) -> FileName {
        let format = match self {
            Self::Dtable | Self::Broken => Format::Dtable,
            Self::Csv => Format::Csv,
            Self::Xlsx | Self::BrokenXlsx => Format::Xlsx,
        };
        FileName::new("t1", format).expect("a name")
    }
}

impl Target {
    pub(crate) fn base(self) -> &'static str {
        match self {
            Self::Missing => "no such base",
            Self::Dot => ".",
            Self::Dots => "..",
            _ => "t1",
        }
    }

    /// Returns whether only current servers support it.
    pub(crate) fn needs_current(self) -> bool {
        matches!(self, Self::Protected | Self::WithoutAssets | Self::Dot | Self::Dots | Self::ByUuid)
    }
}

/// Returns the file that is sent or received.
pub(crate) fn file_of(job: Job) -> Bytes {
    static SAMPLE: OnceLock<Bytes> = OnceLock::new();
    match job {
        Job::Import { file: File::Csv, .. } => Bytes::from_static(CRAFTED.as_bytes()),
        Job::Import { file: File::Broken | File::BrokenXlsx, .. } => Bytes::from_static(b"no zip at all"),
        _ => SAMPLE.get_or_init(|| sample_dtable(200)).clone(),
    }
}

pub(crate) fn sandbox_of(scene: &Scene, file: &Bytes) -> Sandbox {
    let mut sandbox = Sandbox::new(scene.generation).with_task_time(scene.task_time).with_seed(scene.seed);
    if scene.seed % 4 == 3 {
        sandbox = sandbox.with_numeric_task_ids();
    }
    if let Some(words) = scene.failure {
        sandbox = sandbox.with_task_failure(match words {
            "" => TaskFailure::Internal,
            words => TaskFailure::Rejected(words.to_owned()),
        });
    }
    match scene.job {
        Job::Import { folder: true, .. } => sandbox.with_folder(FOLDER),
        Job::Export { target: Target::Protected | Target::ByUuid, .. } => {
            sandbox.with_protected_base(1, "t1", file.clone(), PASSWORD)
        }
        Job::Export { target: Target::Missing, .. } => sandbox,
        Job::Export { target, .. } => sandbox.with_base(1, target.base(), file.clone()),
        Job::Resume { kind, .. } | Job::PollOnce { kind, .. } | Job::CancelExisting { kind, .. }
            if kind == TaskKind::Export =>
        {
            sandbox.with_base(1, "t1", file.clone())
        }
        Job::List { .. } => {
            let sandbox = sandbox.with_group(2, 48, "team").with_membership(3, 49, "club");
            let sandbox = sandbox.with_base(1, "own", file.clone()).with_base(2, "own", file.clone());
            let mut sandbox = sandbox.with_base(3, "club's", file.clone()).with_shared_base(
                9,
                "shared",
                file.clone(),
                Share::Base,
            );
            let starred = sandbox.add_base(2, "starred", file.clone());
            sandbox.star(starred);
            sandbox
        }
        _ => sandbox,
    }
}

/// Starts the earlier task that the job is about, if any. Returns the task, and the time at which this is done.
pub(crate) fn past_of(scene: &Scene, sandbox: &mut Sandbox, file: &Bytes) -> (Option<Known>, Duration) {
    let (Job::Resume { kind, past, .. } | Job::PollOnce { kind, past } | Job::CancelExisting { kind, past }) =
        scene.job
    else {
        return (None, Duration::ZERO);
    };
    if past == Past::Never {
        return (Some(Known::of("1582970303923".to_owned(), "d09b6bcc".to_owned(), kind)), Duration::ZERO);
    }
    let started = match kind {
        TaskKind::Import => send(sandbox, Duration::ZERO, Method::POST, IMPORT, form_of("t1", file)),
        TaskKind::Export if scene.generation == Generation::Current => {
            send(sandbox, Duration::ZERO, Method::POST, EXPORT, Bytes::new())
        }
        TaskKind::Export => send(sandbox, Duration::ZERO, Method::GET, EXPORT, Bytes::new()),
    };
    let id = started["task_id"].as_str().map_or_else(|| started["task_id"].to_string(), str::to_owned);
    let uuid = started["table"]["uuid"].as_str().unwrap_or_default().to_owned();
    let mut now = Duration::ZERO;
    match past {
        Past::Reported => {
            now = scene.task_time;
            poll(sandbox, now, &id);
        }
        Past::Cancelled => {
            let path = format!("{STATUS}?task_id={id}&dtable_uuid={uuid}&task_type={kind}");
            send(sandbox, now, Method::DELETE, &path, Bytes::new());
        }
        Past::Open | Past::Never => {}
    }
    (Some(Known::of(id, uuid, kind)), now)
}

/// Starts an import of someone else.
pub(crate) fn start_another(sandbox: &mut Sandbox, now: Duration, file: &Bytes) {
    let name = format!("other{}", sandbox.state(now).tasks.iter().count());
    send(sandbox, now, Method::POST, IMPORT, form_of(&name, file));
}

pub(crate) fn poll(sandbox: &mut Sandbox, now: Duration, task: &str) {
    send(sandbox, now, Method::GET, &format!("{STATUS}?task_id={task}"), Bytes::new());
}

const IMPORT: &str = "/api/v2.1/workspace/1/import-dtable/";
const EXPORT: &str = "/api/v2.1/workspace/1/dtable/t1/export-dtable/";
const STATUS: &str = "/api/v2.1/dtable-io-status/";

fn form_of(name: &str, file: &Bytes) -> Bytes {
    let head =
        format!("--b\r\nContent-Disposition: form-data; name=\"dtable\"; filename=\"{name}.dtable\"\r\n\r\n");
    Bytes::from([head.as_bytes(), file, b"\r\n--b--\r\n"].concat())
}

fn send(sandbox: &mut Sandbox, now: Duration, method: Method, path: &str, body: Bytes) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Token {}", sandbox.token()))
        .header("content-type", "multipart/form-data; boundary=b");
    let response = sandbox.respond(now, request.body(body).expect("a request"));
    let bytes = response.response.body().to_bytes().expect("a body");
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Returns the policy, which occasionally differs from the default in more than the scene does.
pub(crate) fn policy_of(scene: &Scene) -> Policy {
    let mut policy = Policy::default().timeout(scene.timeout);
    policy.cancel_on_timeout = scene.cancel_on_timeout;
    match scene.seed % 16 {
        12 => policy.retries(0).new_exports(0),
        13 => policy.retries(1).new_exports(1).jitter_percent(50),
        14 => policy.idle_timeout(Duration::from_secs(300)).cancel_timeout(Duration::from_secs(2)),
        _ => policy,
    }
}

pub(crate) fn operation_of(
    scene: &Scene,
    file: &Bytes,
    sandbox: &mut Sandbox,
    known: Option<&Known>,
) -> Operation {
    let server = Token::new(sandbox.token())
        .and_then(|token| Server::new("http://127.0.0.1/", token))
        .expect("a server");
    let (policy, seed) = (policy_of(scene), seed_of(scene));
    match scene.job {
        Job::Import { file: sort, wait, folder } => {
            let import = Import::new(1, sort.name(), file.len() as u64).expect("a length");
            let import = if folder { import.folder(FOLDER) } else { import };
            Operation::import(server, if wait { import } else { import.no_wait() }, policy, seed)
        }
        Job::Export { target, wait, route, pipe } => {
            let export = match target {
                Target::ByUuid => Export::by_uuid(uuid_of(sandbox)).expect("no dots"),
                _ => Export::new(1, BaseName::new(target.base()).expect("a name")),
            };
            let export = route.map_or_else(|| export.clone(), |route| export.clone().route(route));
            let export = match target {
                Target::Protected => export.password(Password::new(PASSWORD).expect("a password")),
                Target::WithoutAssets => export.without_assets(),
                _ => export,
            };
            let export = if wait { export } else { export.no_wait() };
            piped(Operation::export(server, export, policy, seed), pipe)
        }
        Job::Resume { place, route, pipe, .. } => {
            let mut resume = resume_of(known);
            resume.place =
                place.then(|| seatable_io_task::Place::new(1, BaseName::new("t1").expect("a name")));
            resume.route = route;
            resume.server = (scene.seed % 2 == 1).then(|| server.url().to_owned());
            piped(Operation::resume(server, resume, policy, seed), pipe)
        }
        Job::PollOnce { .. } => Operation::poll_once(server, resume_of(known).task, policy, seed),
        Job::CancelExisting { .. } => Operation::cancel_existing(server, resume_of(known), policy, seed),
        Job::List { scope } => Operation::list(server, scope, policy, seed),
    }
}

/// Returns the UUID of the base that is exported by it.
pub(crate) fn uuid_of(sandbox: &mut Sandbox) -> BaseUuid {
    let base = sandbox.state(Duration::ZERO).base(1, "t1").expect("a base");
    BaseUuid::new(base.uuid.clone()).expect("a UUID")
}

fn resume_of(known: Option<&Known>) -> Resume {
    let known = known.expect("an earlier task");
    let (task, base) = (TaskId::new(known.id.clone()), BaseUuid::new(known.uuid.clone()));
    Resume::new(known.kind, task.expect("an id"), base.expect("a uuid"))
}

fn piped(operation: Operation, pipe: bool) -> Operation {
    if pipe { operation.one_pass() } else { operation }
}

/// Returns a seed that no file can anticipate.
pub(crate) fn seed_of(scene: &Scene) -> u128 {
    let seed = u128::from(scene.seed) + 1;
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}
