//! A screen as tmux keeps one: rows, lines that wrap, and a history.

#[derive(Clone, Default)]
struct Row {
    text: Vec<char>,
    /// Whether the line continues in the next row.
    wrapped: bool,
}

pub(super) struct Screen {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// All rows; the last `rows` are on the screen.
    all: Vec<Row>,
    /// The row of the cursor in `all`.
    row: usize,
    column: usize,
    saved: (usize, usize),
    /// The number of rows that scrolled off the top and return if the screen grows.
    scrolled: usize,
}

impl Screen {
    pub(super) fn new(columns: usize, rows: usize) -> Screen {
        let all = vec![Row::default(); rows];
        Screen { columns, rows, all, row: 0, column: 0, saved: (0, 0), scrolled: 0 }
    }

    fn top(&self) -> usize {
        self.all.len() - self.rows
    }

    /// The complete lines of history and screen.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut text: String =
            self.all.iter().map(|row| row.text.iter().collect::<String>() + row.end()).collect();
        text.truncate(text.trim_end().len());
        text.lines().map(str::to_owned).collect()
    }

    pub(super) fn write(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\r' => self.column = 0,
                '\n' => self.feed(),
                '\x1b' => self.escape(&mut rest),
                _ => self.put(c),
            }
        }
    }

    fn feed(&mut self) {
        self.row += 1;
        if self.row == self.all.len() {
            self.all.push(Row::default());
            self.scrolled += 1;
        }
    }

    fn put(&mut self, c: char) {
        if self.column == self.columns {
            self.all[self.row].wrapped = true;
            self.column = 0;
            self.feed();
        }
        let text = &mut self.all[self.row].text;
        text.resize(text.len().max(self.column + 1), ' ');
        text[self.column] = c;
        self.column += 1;
    }

    fn escape(&mut self, rest: &mut impl Iterator<Item = char>) {
        match rest.next() {
            Some('7') => return self.saved = (self.row - self.top(), self.column),
            Some('8') => return (self.row, self.column) = (self.saved.0 + self.top(), self.saved.1),
            introducer => assert_eq!(introducer, Some('[')),
        }
        let mut number = String::new();
        match rest.find(|c| {
            !c.is_ascii_digit() || {
                number.push(*c);
                false
            }
        }) {
            Some('A') => self.row = self.row.saturating_sub(number.parse().unwrap()).max(self.top()),
            Some('K') if number == "2" => self.erase_row(self.row),
            Some('K') => self.all[self.row].text.truncate(self.column),
            Some('J') => self.erase_below(),
            end => panic!("{number}{end:?}"),
        }
    }

    /// Text that was wrapped into the row is no longer part of the line.
    fn erase_row(&mut self, row: usize) {
        self.all[row] = Row::default();
        if let Some(before) = row.checked_sub(1) {
            self.all[before].wrapped = false;
        }
    }

    /// From the top row, everything is saved.
    fn erase_below(&mut self) {
        if (self.row, self.column) == (self.top(), 0) {
            let used = self.all.iter().rposition(|row| !row.text.is_empty()).map_or(0, |last| last + 1);
            self.row = used.max(self.top());
            self.all.resize(self.row + self.rows, Row::default());
        }
        for row in self.row..self.all.len() {
            self.all[row].text.truncate(if row == self.row { self.column } else { 0 });
            self.all[row].wrapped = false;
        }
    }

    /// First the rows, then the columns.
    pub(super) fn resize(&mut self, columns: usize, rows: usize) {
        let below = self.all.len() - 1 - self.row;
        let less = self.rows.saturating_sub(rows);
        self.all.truncate(self.all.len() - below.min(less));
        self.scrolled += less - below.min(less);
        let back = rows.saturating_sub(self.rows).min(self.scrolled);
        self.scrolled -= back;
        self.all.resize(self.all.len() + rows.saturating_sub(self.rows) - back, Row::default());
        self.rows = rows;
        if self.columns != columns {
            self.reflow(columns);
        }
    }

    fn reflow(&mut self, columns: usize) {
        let (mut all, mut line, mut at, cursor) = (Vec::new(), Vec::new(), None, self.row);
        for (index, row) in self.all.iter().enumerate() {
            if index == cursor {
                at = Some(line.len() + self.column);
            }
            line.extend(&row.text);
            if row.wrapped {
                continue;
            }
            if let Some(at) = at.take() {
                self.row = all.len() + at.saturating_sub(1) / columns;
                self.column = at - (self.row - all.len()) * columns;
            }
            let mut rows: Vec<_> =
                line.chunks(columns).map(|text| Row { text: text.to_vec(), wrapped: true }).collect();
            rows.resize(rows.len().max(1), Row::default());
            rows.last_mut().unwrap().wrapped = false;
            all.append(&mut rows);
            line.clear();
        }
        all.resize(all.len().max(self.rows), Row::default());
        (self.all, self.columns) = (all, columns);
        self.scrolled = self.scrolled.min(self.top());
    }
}

impl Row {
    fn end(&self) -> &str {
        if self.wrapped { "" } else { "\n" }
    }
}
