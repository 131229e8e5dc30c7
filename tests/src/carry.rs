//! The way of a request through the network and the server.

use seatable_io_sandbox::{Fault, FaultKind, Wire};
use seatable_io_task::{Exchange, Failure};

use crate::driver::Script;
use crate::story::{Act, Caller, Driver, Net, When};
use crate::wire::{Asked, Fate, Heard, READABLE, with_file};
use crate::{Job, Violation, World};

impl World {
    /// Carries out a request, and returns the reports of an honest driver.
    pub(crate) fn carry(
        &mut self,
        exchange: &mut Exchange,
        asked: &Asked,
        act: &Act,
    ) -> Result<Script, Violation> {
        let slow = self.take_time(exchange, act);
        if matches!(act.caller, Caller::CancelsAndDrops | Caller::CancelsAndWaits) {
            self.cancel(|now| exchange.cancel(now));
            self.judge_deadline(exchange)?;
        }
        let file = exchange.request().body().file_len();
        let dropped = act.caller == Caller::CancelsAndDrops;
        Ok(match &act.net {
            Net::NotSent => Script::failed(Failure::NotSent, 0),
            Net::Untrusted => Script::failed(Failure::Untrusted, 0),
            Net::LoseRequest => Script::failed(Failure::Interrupted, file),
            Net::Odd(odd) if odd.when != When::Acted => {
                let broken = odd.cut.then_some(Failure::Interrupted);
                Script::response(odd.when, file, odd.head(), &odd.content(&self.file), broken)
            }
            net => {
                let script = self.act(exchange, asked, net)?;
                match net {
                    _ if slow => Script::failed(Failure::TimedOut, file),
                    _ if dropped => Script::failed(Failure::Interrupted, file),
                    _ => script,
                }
            }
        })
    }

    /// Lets the time of an exchange pass. Returns whether a good driver gives up meanwhile.
    fn take_time(&mut self, exchange: &Exchange, act: &Act) -> bool {
        let limit = exchange.idle_timeout().min(exchange.deadline().saturating_sub(self.now));
        if act.driver == Driver::Overruns {
            self.now += act.delay;
            self.record.imposed += self.now.saturating_sub(exchange.deadline());
            return false;
        }
        self.now += act.delay.min(limit);
        act.delay >= limit
    }

    /// Delivers the request to the server, and returns the reports of its response.
    fn act(&mut self, exchange: &Exchange, asked: &Asked, net: &Net) -> Result<Script, Violation> {
        let request = exchange.request();
        let file = request.body().file_len();
        if let Net::Server(kind) = net {
            // A current server reports a failed task as a 500 with a message, so no other 500 may have one.
            let polls = matches!(asked, Asked::Poll { .. }) && self.is_current();
            let lies = polls && matches!(kind, FaultKind::InternalError { .. });
            let kind = if lies { &FaultKind::InternalErrorPage } else { kind };
            // An export that lacks assets looks like any other.
            self.record.lied |= matches!(kind, FaultKind::NoAssets | FaultKind::FewerAssets { .. });
            self.sandbox.add_fault(Fault::any(kind.clone()));
        }
        let response = self.sandbox.respond(self.now, with_file(request, &self.file));
        if response.delay >= exchange.idle_timeout().min(exchange.deadline().saturating_sub(self.now)) {
            return Ok(self.idle_timeout(exchange));
        }
        self.now += response.delay;
        let arrived = response.delivered().map_err(|error| Violation(error.to_string()))?;
        let cut = matches!(response.wire, Wire::Cut { .. });
        Ok(match (arrived, net) {
            (_, Net::Odd(odd)) => {
                let broken = odd.cut.then_some(Failure::Interrupted);
                Script::response(odd.when, file, odd.head(), &odd.content(&self.file), broken)
            }
            (None, _) if response.wire == Wire::Silent => self.idle_timeout(exchange),
            (_, Net::Silence) => self.idle_timeout(exchange),
            (None, _) | (_, Net::LoseResponse) => Script::failed(Failure::Interrupted, file),
            (Some(response), net) => {
                let (head, body) = response.into_parts();
                let keep = if let Net::Cut(keep) = net { body.len().min(*keep) } else { body.len() };
                let broken = (cut || keep < body.len()).then_some(Failure::Interrupted);
                Script::response(When::After, file, head, &body.slice(..keep), broken)
            }
        })
    }

    fn idle_timeout(&mut self, exchange: &Exchange) -> Script {
        self.now += exchange.idle_timeout().min(exchange.deadline().saturating_sub(self.now));
        Script::failed(Failure::TimedOut, exchange.request().body().file_len())
    }

    /// Notes whether a response contradicts the state of the server in a way that no client can detect.
    pub(crate) fn judge_honesty(&mut self, asked: &Asked, fate: &Fate, act: &Act) {
        let silent = act.driver == Driver::LiesNotSent && matches!(fate, Fate::NotSent);
        self.record.lied |= silent || act.driver == Driver::SentTooMuch && asked.is_upload();
        if let (Net::Odd(odd), Fate::Heard(heard)) = (&act.net, fate) {
            self.record.lied |= odd.when == When::Acted && heard.is_refusal() || self.claims(asked, heard);
        }
    }

    /// Returns whether a response makes a claim about the server that only the server can make.
    fn claims(&self, asked: &Asked, heard: &Heard) -> bool {
        match asked {
            Asked::Poll { .. } => {
                let ended = matches!(heard.status, 400 | 404 | 413 | 500) && heard.error_msg().is_some();
                ended || heard.is_finished().is_some()
            }
            Asked::Upload if heard.field("dtable_name").is_some() => {
                matches!(self.scene.job, Job::Import { file, .. } if file.is_table())
            }
            Asked::Upload | Asked::StartExport { .. } => heard.field("table").is_some(),
            Asked::TableUpload => heard.field("success").is_some(),
            Asked::Cancel { .. } => heard.is_cancelled() || heard.is_unknown_task(),
            Asked::Download { .. } | Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. } => {
                heard.is_file
            }
            // More is read of a listing than of other responses.
            Asked::ListAdministered => heard.field("personal").is_some() || heard.body.len() >= READABLE,
            Asked::ListServerBases { .. } => heard.field("dtables").is_some() || heard.body.len() >= READABLE,
            Asked::ListWorkspaces { .. } => heard.field("workspace_list").is_some(),
            Asked::TableProbe => false,
        }
    }
}
