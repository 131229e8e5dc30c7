use http::response::Parts;
use http::{Method, Request};

use crate::endpoint::ReplyObject;
use crate::percent::encode;
use crate::{BaseUuid, Body, Endpoint, ReplyError, Server, TaskId, TaskKind};

/// `DELETE api/v2.1/dtable-io-status/`: cancels a task. (The sample commands in the published descriptions use another path,
/// which does not exist.)
///
/// On current servers a task that is already running continues to its end, so a cancelled import may leave a complete base
/// ([fact 10](crate::facts)).
#[doc(alias = "dtable-io-status")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CancelTask {
    task: TaskId,
    base: BaseUuid,
    kind: TaskKind,
}

impl CancelTask {
    /// Cancels a task of a base. The server requires all three values.
    pub fn new(task: TaskId, base: BaseUuid, kind: TaskKind) -> Self {
        CancelTask { task, base, kind }
    }
}

impl Endpoint for CancelTask {
    type Reply = ();

    fn request(&self, server: &Server) -> Request<Body> {
        let (task, uuid, kind) = (encode(self.task.as_str()), encode(self.base.as_str()), self.kind);
        let path = format!("api/v2.1/dtable-io-status/?task_id={task}&dtable_uuid={uuid}&task_type={kind}");
        server.request(Method::DELETE, &path)
    }

    /// Also accepts single quotes, as in the 2020 sample: `{'success': true}`.
    fn reply(head: &Parts, body: &[u8]) -> Result<(), ReplyError> {
        let response = ReplyObject::read(head, body).or_else(|error| match error {
            ReplyError::NotUnderstood(_) => ReplyObject::read(head, &requoted(body)),
            ReplyError::Refused(_) => Err(error),
        })?;
        response.success()
    }
}

fn requoted(body: &[u8]) -> Vec<u8> {
    body.iter().map(|byte| if *byte == b'\'' { b'"' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{line, reply};

    #[test]
    fn delete_goes_to_the_described_url_and_not_to_that_of_the_samples() {
        let (task, base) = (TaskId::new("158").unwrap(), BaseUuid::new("8enb").unwrap());
        let query = "task_id=158&dtable_uuid=8enb&task_type=import";
        let uri = format!("https://seatable.example/api/v2.1/dtable-io-status/?{query}");
        assert_eq!(line(&CancelTask::new(task, base, TaskKind::Import)), format!("DELETE {uri}"));
    }

    #[test]
    fn success_is_read_in_json_and_in_pythons_quotes() {
        for body in [
            include_str!("../tests/replies/cancel-2020.txt"),
            include_str!("../tests/replies/cancel-2021.json"),
        ] {
            assert_eq!(reply::<CancelTask>(200, body), Ok(()));
        }
        assert_eq!(reply::<CancelTask>(200, r#"{"success": true, "note": "it's"}"#), Ok(()));
    }

    #[test]
    fn anything_but_success_is_not_understood() {
        for body in ["", "{}", "{'success': false}", r#"{"success": "true"}"#, "true", "'"] {
            let error = reply::<CancelTask>(200, body).unwrap_err();
            assert!(error.refusal().is_none(), "{body}");
        }
    }

    #[test]
    fn an_unknown_task_is_400_in_every_generation() {
        let json = include_str!("../tests/replies/refused-unknown-task.json");
        let error = reply::<CancelTask>(400, json).unwrap_err();
        assert!(error.refusal().unwrap().is_unknown_task());
        assert_eq!(error.message(), Some("task_id invalid."));
    }
}
