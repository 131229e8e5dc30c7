//! CSV files: one for each table and each link.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

use csv::{ByteRecord, Terminator, Writer, WriterBuilder};
use seatable_io_ureq::dtable::{ROW_ID, Row, for_spreadsheet};

use super::plan::Plan;
use super::{Sheets, sqlite::LINKED_ID};
use crate::failure::Failure;

/// The files in a folder. They are written one after another, as the rows arrive.
pub(super) struct Files<'a> {
    folder: &'a Path,
    plan: &'a Plan<'a>,
    raw: bool,
    /// The number of files that were begun: those of all tables, then those of all links.
    begun: usize,
    /// The last of them.
    current: Option<Writer<File>>,
    record: ByteRecord,
}

impl<'a> Files<'a> {
    pub(super) fn new(folder: &'a Path, plan: &'a Plan<'a>, raw: bool) -> Files<'a> {
        Files { folder, plan, raw, begun: 0, current: None, record: ByteRecord::new() }
    }

    /// Begins all files up to the one of this place. Those before it are complete.
    fn begin(&mut self, place: usize) -> Result<(), Failure> {
        while self.begun <= place {
            self.end()?;
            let tables = self.plan.base.tables.len();
            let (file, header) = match self.begun.checked_sub(tables) {
                None => self.plan.table(self.begun).map(|sheet| {
                    let names = sheet.fields.iter().map(|field| &*field.name);
                    (&sheet.file, std::iter::once(ROW_ID).chain(names).collect::<Vec<_>>())
                }),
                Some(link) => self.plan.link(link).map(|link| (&link.file, vec![ROW_ID, LINKED_ID])),
            }
            .unzip();
            self.begun += 1;
            let Some((Some(name), header)) = file.zip(header) else { continue };
            let path = self.folder.join(name);
            let file = File::create_new(&path).map_err(Failure::cannot("write", name))?;
            let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(file);
            let header = header.into_iter().map(|name| self.shown(name.into()).into_owned());
            writer.write_record(header.collect::<Vec<_>>()).map_err(|error| failed(&error.into()))?;
            self.current = Some(writer);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failure> {
        let Some(writer) = self.current.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(|error| failed(&error.into_error()))?;
        file.sync_all().map_err(|error| failed(&error))
    }

    fn shown<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if self.raw { text } else { for_spreadsheet(text) }
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(writer) = &mut self.current else { return Ok(()) };
        writer.write_byte_record(&self.record).map_err(|error| failed(&error.into()))
    }
}

impl Sheets for Files<'_> {
    fn row(&mut self, table: usize, row: &Row<'_>) -> Result<(), Failure> {
        self.begin(table)?;
        let Some(sheet) = self.plan.table(table) else { return Ok(()) };
        self.record.clear();
        let id = self.shown(row.id());
        self.record.push_field(id.as_bytes());
        for field in &sheet.fields {
            self.record.push_field(field.text(row, self.plan.base, !self.raw).as_bytes());
        }
        self.write()
    }

    fn pair(&mut self, link: usize, rows: [&str; 2]) -> Result<bool, Failure> {
        self.begin(self.plan.base.tables.len() + link)?;
        self.record.clear();
        for id in rows {
            let id = self.shown(id.into());
            self.record.push_field(id.as_bytes());
        }
        self.write().map(|()| true)
    }

    fn finish(mut self) -> Result<(), Failure> {
        let all = self.plan.base.tables.len() + self.plan.base.links.len();
        if let Some(last) = all.checked_sub(1) {
            self.begin(last)?;
        }
        self.end()
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::of_io("cannot write a CSV file", error)
}
