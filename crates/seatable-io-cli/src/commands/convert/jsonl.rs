//! JSON lines: an object for each row, then one for each pair of linked rows.

use std::io::{self, BufWriter, Write};

use seatable_io_ureq::dtable::Row;
use serde_json::json;

use super::Sheets;
use super::plan::Plan;
use crate::failure::Failure;
use crate::ui::text::escaped;

pub(super) struct Lines<'a, W: Write> {
    writer: BufWriter<W>,
    plan: &'a Plan<'a>,
    line: String,
}

impl<'a, W: Write> Lines<'a, W> {
    pub(super) fn new(writer: W, plan: &'a Plan<'a>) -> Lines<'a, W> {
        Lines { writer: BufWriter::with_capacity(64 * 1024, writer), plan, line: String::new() }
    }

    fn write(&mut self) -> Result<(), Failure> {
        let line = escaped(&self.line);
        let written = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| failed(&error))
    }

    fn push(&mut self, pieces: &[&str]) {
        self.line.extend(pieces.iter().copied());
    }
}

impl<W: Write> Sheets for Lines<'_, W> {
    fn row(&mut self, table: usize, row: &Row<'_>) -> Result<(), Failure> {
        let Some(sheet) = self.plan.table(table) else { return Ok(()) };
        self.line.clear();
        let (table, id) = (json!(sheet.name).to_string(), json!(row.id()).to_string());
        self.push(&["{\"table\":", &table, ",\"_id\":", &id, ",\"cells\":{"]);
        let mut comma = "";
        for field in &sheet.fields {
            if let Some(value) = field.json(row, self.plan.base) {
                self.push(&[comma, &json!(field.name).to_string(), ":", &value]);
                comma = ",";
            }
        }
        self.push(&["}}"]);
        self.write()
    }

    fn pair(&mut self, link: usize, [row, other]: [&str; 2]) -> Result<bool, Failure> {
        let Some(link) = self.plan.link(link) else { return Ok(true) };
        self.line.clear();
        let [link, row, other] = [&*link.name, row, other].map(|text| json!(text).to_string());
        self.push(&["{\"link\":", &link, ",\"_id\":", &row, ",\"linked_id\":", &other, "}"]);
        self.write().map(|()| true)
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::of_io("cannot write the JSON lines", error)
}
