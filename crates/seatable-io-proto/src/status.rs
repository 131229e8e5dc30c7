use http::response::Parts;
use http::{Method, Request};

use crate::endpoint::ReplyObject;
use crate::percent::encode;
use crate::{Body, Endpoint, ReplyError, Server, TaskId};

/// `GET api/v2.1/dtable-io-status/`: whether a task has finished.
#[doc(alias = "dtable-io-status")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueryStatus(TaskId);

impl QueryStatus {
    /// Polls an import or an export.
    pub fn new(task: TaskId) -> Self {
        QueryStatus(task)
    }
}

/// The status of a task.
#[doc(alias = "is_finished")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// The task is queued or running.
    Running,
    /// The task has finished. A server reports this once and then forgets the task. It does not prove that an import succeeded
    /// ([fact 21](crate::facts)).
    Finished,
}

impl Endpoint for QueryStatus {
    type Reply = TaskStatus;

    fn request(&self, server: &Server) -> Request<Body> {
        let path = format!("api/v2.1/dtable-io-status/?task_id={}", encode(self.0.as_str()));
        server.request(Method::GET, &path)
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<TaskStatus, ReplyError> {
        let mut response = ReplyObject::read(head, body)?;
        match response.take("is_finished", "has an is_finished that is neither true nor false")? {
            Some(true) => Ok(TaskStatus::Finished),
            Some(false) => Ok(TaskStatus::Running),
            None => Err(response.not_understood("has no is_finished")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{line, reply};

    #[test]
    fn a_task_is_polled_by_its_id() {
        let query = QueryStatus::new(TaskId::new("15&8 3").unwrap());
        let path = "api/v2.1/dtable-io-status/?task_id=15%268%203";
        assert_eq!(line(&query), format!("GET https://seatable.example/{path}"));
    }

    #[test]
    fn a_task_runs_or_is_finished() {
        let running = include_str!("../tests/replies/status-running.json");
        let finished = include_str!("../tests/replies/status-finished.json");
        assert_eq!(reply::<QueryStatus>(200, running), Ok(TaskStatus::Running));
        assert_eq!(reply::<QueryStatus>(200, finished), Ok(TaskStatus::Finished));
    }

    #[test]
    fn a_value_other_than_a_json_boolean_is_not_understood() {
        for json in [r#"{"is_finished": "true"}"#, r#"{"is_finished": 1}"#, r#"{"is_finished": null}"#] {
            let error = reply::<QueryStatus>(200, json).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the reply (200 OK) has an is_finished that is neither true nor false"
            );
        }
        assert!(reply::<QueryStatus>(200, "{}").unwrap_err().refusal().is_none());
    }

    #[test]
    fn an_unknown_task_is_400_in_2021_and_404_today() {
        for (status, words) in [(400, "task_id invalid."), (404, "task_id not found.")] {
            let error = reply::<QueryStatus>(status, &format!(r#"{{"error_msg": "{words}"}}"#)).unwrap_err();
            assert!(error.refusal().unwrap().is_unknown_task(), "{words}");
        }
    }

    #[test]
    fn a_task_that_failed_says_why_and_is_not_unknown() {
        let json = r#"{"error_msg": "The base size exceeds the limit of 200MB, import failed."}"#;
        for status in [400, 413, 500] {
            let error = reply::<QueryStatus>(status, json).unwrap_err();
            let refusal = error.refusal().unwrap();
            assert!(refusal.has_error_msg() && !refusal.is_unknown_task());
        }
    }
}
