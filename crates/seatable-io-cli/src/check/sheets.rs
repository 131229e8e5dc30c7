//! Reads `.csv` and `.xlsx` files, row by row.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Seek as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, Xlsx};
use csv::{ByteRecord, ReaderBuilder};
use seatable_io_ureq::Stoppable;
use seatable_io_ureq::dtable::{ArchiveError, CompareError, Spreadsheet, Value, check_csv};

type Sent<'a> = Stoppable<&'a File>;

/// A `.csv` file, with the delimiter that servers guess.
pub(super) struct Csv<'a> {
    file: Sent<'a>,
    delimiter: u8,
}

impl<'a> Csv<'a> {
    pub(super) fn new(mut file: Sent<'a>) -> Result<Self, CompareError> {
        file.rewind().map_err(unread)?;
        let checked = check_csv(&mut file).map_err(|error| unread(io::Error::other(error)))?;
        Ok(Self { file, delimiter: u8::try_from(checked.delimiter).unwrap_or(b',') })
    }
}

impl Spreadsheet for Csv<'_> {
    fn sheets(&self) -> Vec<Option<String>> {
        vec![None]
    }

    fn rows(&mut self, _: usize, row: &mut dyn FnMut(&[Value<'_>])) -> io::Result<()> {
        self.file.rewind()?;
        let mut reader = ReaderBuilder::new();
        let reader = reader.delimiter(self.delimiter).has_headers(false).flexible(true);
        let (mut reader, mut record) = (reader.from_reader(&mut self.file), ByteRecord::new());
        while reader.read_byte_record(&mut record)? {
            let cells = record.iter().map(|field| Value::Text(String::from_utf8_lossy(field)));
            row(&cells.collect::<Vec<_>>());
        }
        Ok(())
    }
}

/// An `.xlsx` file.
pub(super) struct Workbook<'a> {
    workbook: Xlsx<BufReader<Sent<'a>>>,
    sheets: Vec<String>,
}

impl<'a> Workbook<'a> {
    pub(super) fn new(mut file: Sent<'a>) -> Result<Self, CompareError> {
        file.rewind().map_err(unread)?;
        let workbook = Xlsx::new(BufReader::new(file)).map_err(|error| unread(io::Error::other(error)))?;
        let all = workbook.sheets_metadata().iter();
        let sheets = all.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone());
        Ok(Self { sheets: sheets.collect(), workbook })
    }
}

impl Spreadsheet for Workbook<'_> {
    fn sheets(&self) -> Vec<Option<String>> {
        self.sheets.iter().cloned().map(Some).collect()
    }

    fn rows(&mut self, sheet: usize, row: &mut dyn FnMut(&[Value<'_>])) -> io::Result<()> {
        let mut cells =
            self.workbook.worksheet_cells_reader(&self.sheets[sheet]).map_err(io::Error::other)?;
        let (mut number, mut values) = (0, Vec::new());
        while let Some(cell) = cells.next_cell().map_err(io::Error::other)? {
            let (at, column) = cell.get_position();
            if at != number {
                row(&values);
                values.clear();
                // Rows without cells count, too.
                (number + 1..at).for_each(|_| row(&[]));
                number = at;
            }
            let column = column as usize;
            values.resize(values.len().max(column + 1), Value::Text(Cow::default()));
            values[column] = value(cell.get_value());
        }
        row(&values);
        Ok(())
    }
}

fn unread(error: io::Error) -> CompareError {
    CompareError::Before(ArchiveError::Read(error))
}

/// Returns a value in the spelling of Python, in which servers have it.
fn value<'v>(value: &DataRef<'v>) -> Value<'v> {
    match value {
        DataRef::Int(number) => Value::Text(number.to_string().into()),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::String(text) | DataRef::DurationIso(text) => Value::Text(text.clone().into()),
        DataRef::SharedString(text) => Value::Text((*text).into()),
        DataRef::Bool(value) => Value::Bool(*value),
        DataRef::DateTime(time) if time.is_duration() => Value::Text(duration(time.as_f64()).into()),
        DataRef::DateTime(time) => Value::Text(moment(*time).into()),
        DataRef::DateTimeIso(text) => Value::Text(text.replace('T', " ").into()),
        DataRef::Error(error) => Value::Text(error.to_string().into()),
        DataRef::Empty => Value::Text(Cow::default()),
    }
}

/// Returns `2026-11-30 09:30:00`, or `09:30:00` for a time of no day.
fn moment(time: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = if time.as_f64() < 1.0 { String::new() } else { format!("{year:04}-{month:02}-{day:02} ") };
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}000") };
    format!("{date}{hour:02}:{minute:02}:{second:02}{fraction}")
}

/// Returns `1 day, 2:00:00` for 26 hours.
#[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
fn duration(days: f64) -> String {
    let seconds = (days * 86_400.0).round() as i64;
    let (days, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    format!("{days}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn dates_and_times_are_spelled_as_in_python() {
        let text = |days, kind| value(&DataRef::DateTime(ExcelDateTime::new(days, kind, false)));
        let texts = [
            (46_356.0, "2026-11-30 00:00:00"),
            (46_356.395_833_333_336, "2026-11-30 09:30:00"),
            (0.5, "12:00:00"),
        ];
        for (days, expected) in texts {
            assert_eq!(text(days, DateTime), Value::Text(expected.into()));
        }
        for (days, expected) in
            [(0.25, "6:00:00"), (26.0 / 24.0, "1 day, 2:00:00"), (2.5, "2 days, 12:00:00")]
        {
            assert_eq!(text(days, TimeDelta), Value::Text(expected.into()));
        }
    }
}
