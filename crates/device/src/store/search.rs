//! What search looks into and how words are looked for: Chinese of any length, and pinyin initials.
//!
//! The trigram index answers for three characters and more; one or two are found by reading the column. White space and letter case
//! never matter, so `3栋` finds `3 栋`.

use super::StoreError;
use pinyin::{ToPinyin, ToPinyinMulti};
use rusqlite::{Connection, OptionalExtension, types::Value};

/// Longest query, in characters; more than that is not typed by a person.
const MAX_QUERY: usize = 100;
/// Most parts of a text that are looked for at once.
const MAX_PARTS: usize = 40;
/// Ways to read one text of which all are kept.
const MAX_READINGS: usize = 8;
/// Rows whose texts wait for the index before they go into it together.
const MAX_PENDING: i64 = 100;
/// The trigram index needs as many characters.
const TRIGRAM: usize = 3;

/// What search looks into for one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchText {
    /// Title, place, category, asker.
    pub short: String,
    /// The detail.
    pub detail: String,
    /// Pinyin initials of the short texts.
    pub initials: String,
}

impl SearchText {
    /// Made of a record's short texts and its detail.
    pub fn new(short: &[&str], detail: &str) -> Self {
        Self { short: body(short), detail: normalized(detail), initials: initials(short) }
    }
}

/// Writes a record's texts, if they are not what is there already: the index costs more than the row. They wait beside the index, and
/// go into it many at a time.
pub fn put(conn: &Connection, row: i64, text: &SearchText) -> Result<(), StoreError> {
    if present(conn, row)?.as_ref() == Some(text) {
        return Ok(());
    }
    conn.prepare_cached("INSERT OR REPLACE INTO search_pending (row, short, detail, initials) VALUES (?1, ?2, ?3, ?4)")?.execute((
        row,
        &text.short,
        &text.detail,
        &text.initials,
    ))?;
    let waiting: i64 = conn.prepare_cached("SELECT count(*) FROM search_pending")?.query_row([], |r| r.get(0))?;
    if waiting < MAX_PENDING {
        return Ok(());
    }
    conn.prepare_cached(
        "INSERT OR REPLACE INTO matter_fts (rowid, short, detail, initials) SELECT row, short, detail, initials FROM search_pending",
    )?
    .execute([])?;
    conn.prepare_cached("DELETE FROM search_pending")?.execute([])?;
    Ok(())
}

/// Writes a record's short texts, leaving its detail as it is.
pub fn put_short(conn: &Connection, row: i64, text: SearchText) -> Result<(), StoreError> {
    match present(conn, row)? {
        Some(present) => put(conn, row, &SearchText { detail: present.detail, ..text }),
        None => Ok(()),
    }
}

fn present(conn: &Connection, row: i64) -> Result<Option<SearchText>, StoreError> {
    for table in ["search_pending WHERE row", "matter_fts WHERE rowid"] {
        let mut select = conn.prepare_cached(&format!("SELECT short, detail, initials FROM {table} = ?1"))?;
        let found = select.query_row([row], |r| Ok(SearchText { short: r.get(0)?, detail: r.get(1)?, initials: r.get(2)? })).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The text as search compares it: lower case, no white space.
pub fn normalized(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Several texts as one column.
fn body(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|p| normalized(p)).filter(|p| !p.is_empty()).collect();
    parts.join("\n")
}

/// The first letters of the pinyin of every character, with letters and digits as they are: `门禁坏了` gives `mjhl`. A text with
/// characters of several readings gives one line for each way to read it: people type the one they say.
fn initials(parts: &[&str]) -> String {
    let lines: Vec<String> = parts.iter().flat_map(|part| ways_to_read(part)).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// The different first letters of one character, the commonest reading first; none for what is not said.
fn letters(c: char) -> Vec<char> {
    let Some(readings) = c.to_pinyin_multi() else { return c.is_alphanumeric().then(|| c.to_ascii_lowercase()).into_iter().collect() };
    // The table of several readings does not say which of them is common.
    let common = c.to_pinyin().and_then(|p| p.plain().chars().next());
    let mut letters: Vec<char> = common.into_iter().collect();
    for letter in readings.into_iter().filter_map(|p| p.plain().chars().next()) {
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    letters
}

/// Every way to read a text; if they are too many, the common one and those that differ from it in one character.
fn ways_to_read(text: &str) -> Vec<String> {
    let signs: Vec<Vec<char>> = text.chars().map(letters).filter(|l| !l.is_empty()).collect();
    let number = signs.iter().try_fold(1_usize, |n, l| n.checked_mul(l.len()).filter(|n| *n <= MAX_READINGS));
    if number.is_some() {
        return signs.iter().fold(vec![String::new()], |lines, letters| {
            lines.iter().flat_map(|line| letters.iter().map(move |l| format!("{line}{l}"))).collect()
        });
    }
    let common: Vec<char> = signs.iter().map(|l| l[0]).collect();
    let other = |at: usize, letter: char| common.iter().enumerate().map(|(n, c)| if n == at { letter } else { *c }).collect::<String>();
    let others = signs.iter().enumerate().flat_map(|(at, l)| l.iter().skip(1).map(move |letter| (at, *letter)));
    std::iter::once(common.iter().collect()).chain(others.map(|(at, letter)| other(at, letter))).take(2 * MAX_READINGS).collect()
}

/// The condition that every word of a query is found, with its parameters from `?first` on. `None` for a query without words.
pub fn condition(query: &str, first: usize) -> Option<(String, Vec<Value>)> {
    let query: String = query.chars().take(MAX_QUERY).collect();
    let words: Vec<String> = query.split_whitespace().map(normalized).filter(|w| !w.is_empty()).collect();
    let mut conditions = Vec::new();
    let mut parameters = Vec::new();
    for word in words {
        let place = first + parameters.len();
        let latin = word.chars().all(|c| c.is_ascii_alphanumeric());
        let read = {
            let also = if latin { format!(" OR instr(initials, ?{place}) > 0") } else { String::new() };
            format!("(instr(short, ?{place}) > 0 OR instr(detail, ?{place}) > 0{also})")
        };
        let long = word.chars().count() >= TRIGRAM;
        let phrase = format!("{} : \"{}\"", if latin { "{short detail initials}" } else { "{short detail}" }, word.replace('"', "\"\""));
        parameters.push(Value::Text(word));
        let indexed = if long {
            parameters.push(Value::Text(phrase));
            format!("matter_fts MATCH ?{}", place + 1)
        } else {
            read.clone()
        };
        conditions.push(either(&format!("FROM matter_fts WHERE {indexed}"), &read));
    }
    (!conditions.is_empty()).then(|| (conditions.join(" AND "), parameters))
}

/// The condition that a row's short texts share three signs in a row with a text, with its parameters from `?first` on; of the index
/// at most `limit` rows, the newest. `None` if the text has not that many signs.
pub fn any_part(text: &str, first: usize, limit: i64) -> Option<(String, Vec<Value>)> {
    let signs: Vec<char> = normalized(text).chars().filter(|c| c.is_alphanumeric()).take(MAX_PARTS + TRIGRAM - 1).collect();
    let parts: Vec<String> = signs.windows(TRIGRAM).map(|w| w.iter().collect()).collect();
    let quoted: Vec<String> = parts.iter().map(|p| format!("\"{p}\"")).collect();
    let read: Vec<String> = (0..parts.len()).map(|n| format!("instr(short, ?{}) > 0", first + 1 + n)).collect();
    // The newest first without ranking: the index is read only as far as rows are wanted.
    let indexed =
        format!("FROM (SELECT rowid FROM matter_fts WHERE matter_fts MATCH ?{first} ORDER BY rowid DESC LIMIT {limit}) WHERE true");
    let condition = either(&indexed, &format!("({})", read.join(" OR ")));
    let query = Value::Text(format!("{{short}} : ({})", quoted.join(" OR ")));
    (!parts.is_empty()).then(|| (condition, std::iter::once(query).chain(parts.into_iter().map(Value::Text)).collect()))
}

/// Found in the index, unless newer texts wait beside it; or among those.
fn either(indexed: &str, read: &str) -> String {
    format!(
        "row IN (SELECT rowid {indexed} AND rowid NOT IN (SELECT row FROM search_pending)
             UNION ALL SELECT row FROM search_pending WHERE {read})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_pinyin() {
        assert_eq!(initials(&["门禁坏了", "3 栋 A 座"]), "mjhl\nmjpl\n3daz");
    }

    #[test]
    fn characters_of_several_readings_are_found_by_each() {
        let found = |text: &str, typed: &str| initials(&[text]).lines().any(|line| line.contains(typed));
        assert!(found("重建围墙", "zjwq") && found("重建围墙", "cjwq"));
        assert!(found("长者食堂", "zzst") && found("长者食堂", "czst"));
        // However many there are, each can be said the other way, and the list stays short.
        let many = "重".repeat(60);
        assert!(found(&many, "zcz") && initials(&[&many]).lines().count() <= 2 * MAX_READINGS);
    }

    #[test]
    fn short_words_are_read_and_long_ones_use_the_index() {
        let (sql, parameters) = condition(" 门 禁坏了 MJ ", 3).unwrap();
        assert!(sql.contains("instr(short, ?3)") && sql.contains("MATCH ?5") && sql.contains("instr(initials, ?6)"), "{sql}");
        assert_eq!(parameters[2], Value::Text("{short detail} : \"禁坏了\"".into()));
        assert_eq!(parameters[3], Value::Text("mj".into()));
        assert!(condition("  ", 1).is_none());
    }
}
