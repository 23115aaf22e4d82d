//! The lists as a workbook for Excel and its like.

use super::{Cell, Lists, Sheet};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

/// The longest text a cell holds, in UTF-16 units as Excel counts.
const MAX_CELL: usize = 32_767;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The format has no room for it, e.g. more rows than a sheet can have.
    #[error("the workbook cannot be made: {0}")]
    Xlsx(#[from] XlsxError),
}

impl Lists {
    /// The bytes of a workbook with the three lists.
    ///
    /// Text is written as text and nothing else: `=HYPERLINK(…)` that somebody typed into a form is what the cell shows, not what it does.
    pub fn xlsx(&self) -> Result<Vec<u8>, BookError> {
        let mut book = Workbook::new();
        for sheet in [&self.demand, &self.responsibility, &self.progress] {
            fill(book.add_worksheet(), sheet, self.utc_offset)?;
        }
        Ok(book.save_to_buffer()?)
    }
}

fn fill(page: &mut Worksheet, sheet: &Sheet, utc_offset: i32) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap();
    let words = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm").set_align(FormatAlign::Top);
    page.set_name(sheet.name)?;
    for (column, (name, width)) in (0..).zip(sheet.columns) {
        page.set_column_width(column, f64::from(*width))?;
        page.write_string_with_format(0, column, *name, &head)?;
    }
    for (row, cells) in (1..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => page.write_string_with_format(row, column, fitting(text), &words)?,
                Cell::Time(at) => match ExcelDateTime::from_timestamp(at.saturating_add(i64::from(utc_offset))) {
                    Ok(time) => page.write_datetime_with_format(row, column, time, &moment)?,
                    // A phone whose clock was never set.
                    Err(_) => page.write_string_with_format(row, column, "时间不详", &words)?,
                },
                Cell::Count(n) => page.write_number_with_format(row, column, *n, &words)?,
                Cell::Empty => page,
            };
        }
    }
    page.set_freeze_panes(1, 0)?;
    if let (Ok(rows), Some(columns)) =
        (u32::try_from(sheet.rows.len()), u16::try_from(sheet.columns.len()).ok().and_then(|n| n.checked_sub(1)))
    {
        page.autofilter(0, 0, rows.max(1), columns)?;
    }
    page.set_landscape();
    Ok(())
}

/// As much of a text as a cell holds.
fn fitting(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_CELL
    });
    end.map_or(text, |(at, _)| &text[..at])
}
