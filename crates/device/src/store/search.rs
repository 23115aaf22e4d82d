//! What search looks into and how words are looked for: Chinese of any length, and pinyin initials.
//!
//! Two indexes: trigrams for three characters and more, and for one or two the signs and pairs of signs themselves. How a text is drawn
//! never matters (`core::text`), so `3栋` finds `３ 栋`.

use super::{StoreError, meta};
use beehive_core::text::folded;
use pinyin::{ToPinyin, ToPinyinMulti};
use rusqlite::{Connection, OptionalExtension, types::Value};
use std::collections::HashSet;

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

/// The form of the texts in the indexes, noted in `meta` under `search_form`: another means that they are made anew.
const FORM: &str = "2";

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
        Self { short: body(short), detail: folded(detail), initials: initials(short) }
    }

    /// The same made of texts that an older program had folded.
    fn again(&self) -> Self {
        Self::new(&self.short.lines().collect::<Vec<_>>(), &self.detail)
    }

    /// Every sign and every pair of neighbours, once each, as words of letters and digits.
    fn signs(&self) -> String {
        let mut words = HashSet::new();
        let parts = self.short.lines().map(|line| (line, "")).chain([(self.detail.as_str(), "")]);
        for (line, mark) in parts.chain(self.initials.lines().map(|line| (line, INITIALS))) {
            let signs: Vec<char> = line.chars().collect();
            words.extend(signs.windows(1).chain(signs.windows(2)).map(|signs| word(signs, mark)));
        }
        words.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// Before the signs of pinyin initials. No number is written with it.
const INITIALS: &str = "x";

/// One or two signs as the index has them: their numbers, whatever they mean to it.
fn word(signs: &[char], mark: &str) -> String {
    let numbers: Vec<String> = signs.iter().map(|sign| format!("{:x}", u32::from(*sign))).collect();
    format!("{mark}{}", numbers.join("g"))
}

/// Makes the indexes anew if an older program filled them.
pub fn renew(conn: &mut Connection) -> Result<(), StoreError> {
    if meta::get(conn, meta::SEARCH_FORM)?.as_deref() == Some(FORM) {
        return Ok(());
    }
    let tx = conn.transaction()?;
    {
        let mut select = tx.prepare(
            "SELECT row, short, detail, initials FROM search_pending
            UNION ALL SELECT rowid, short, detail, initials FROM matter_fts WHERE rowid NOT IN (SELECT row FROM search_pending)",
        )?;
        let text = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, SearchText { short: r.get(1)?, detail: r.get(2)?, initials: r.get(3)? }));
        let texts = select.query_map([], text)?.collect::<Result<Vec<(i64, SearchText)>, _>>()?;
        tx.execute_batch("DELETE FROM search_pending; DELETE FROM matter_sign;")?;
        for (row, text) in texts {
            index(&tx, row, &text.again())?;
        }
    }
    meta::set(&tx, meta::SEARCH_FORM, FORM)?;
    Ok(tx.commit()?)
}

/// Writes a record's texts into both indexes.
fn index(conn: &Connection, row: i64, text: &SearchText) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO matter_fts (rowid, short, detail, initials) VALUES (?1, ?2, ?3, ?4)")?.execute((
        row,
        &text.short,
        &text.detail,
        &text.initials,
    ))?;
    conn.prepare_cached("INSERT OR REPLACE INTO matter_sign (rowid, signs) VALUES (?1, ?2)")?.execute((row, text.signs()))?;
    Ok(())
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
    let mut select = conn.prepare_cached("SELECT row, short, detail, initials FROM search_pending")?;
    let text = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, SearchText { short: r.get(1)?, detail: r.get(2)?, initials: r.get(3)? }));
    for one in select.query_map([], text)?.collect::<Result<Vec<(i64, SearchText)>, _>>()? {
        index(conn, one.0, &one.1)?;
    }
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

/// Several texts as one column.
fn body(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|p| folded(p)).filter(|p| !p.is_empty()).collect();
    parts.join("\n")
}

/// The first letters of the pinyin of every character, with letters and digits as they are: `门禁坏了` gives `mjhl`. A text with
/// characters of several readings gives one line for each way to read it: people type the one they say.
fn initials(parts: &[&str]) -> String {
    let lines: Vec<String> = parts.iter().flat_map(|part| ways_to_read(&folded(part))).filter(|line| !line.is_empty()).collect();
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

/// A word of a query, and where it is looked for.
struct Word {
    /// As it stands in texts.
    text: String,
    /// Whether it may be initials.
    latin: bool,
    /// The index, and the question to it.
    table: &'static str,
    question: String,
}

fn words(query: &str) -> Vec<Word> {
    let query: String = query.chars().take(MAX_QUERY).collect();
    let texts = query.split_whitespace().map(folded).filter(|w| !w.is_empty());
    let asked = |text: String| {
        let latin = text.chars().all(|c| c.is_ascii_alphanumeric());
        let signs: Vec<char> = text.chars().collect();
        let (table, question) = if signs.len() >= TRIGRAM {
            let columns = if latin { "{short detail initials}" } else { "{short detail}" };
            ("matter_fts", format!("{columns} : \"{}\"", text.replace('"', "\"\"")))
        } else {
            let marks = if latin { &["", INITIALS][..] } else { &[""] };
            let wanted: Vec<String> = marks.iter().map(|mark| format!("\"{}\"", word(&signs, mark))).collect();
            ("matter_sign", wanted.join(" OR "))
        };
        Word { text, latin, table, question }
    };
    texts.map(asked).collect()
}

/// Whether every word of a query stands in more rows than this, going by the indexes.
pub fn common(conn: &Connection, query: &str, rows: u32) -> Result<bool, StoreError> {
    for word in words(query) {
        let table = word.table;
        let mut count = conn.prepare_cached(&format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ?1 LIMIT ?2)"))?;
        if count.query_row((word.question, rows + 1), |row| row.get::<_, u32>(0))? <= rows {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The condition that every word of a query is found, with its parameters from `?first` on. `None` for a query without words.
pub fn condition(query: &str, first: usize) -> Option<(String, Vec<Value>)> {
    let (mut conditions, mut parameters) = (Vec::new(), Vec::new());
    for Word { text, latin, table, question } in words(query) {
        let place = first + parameters.len();
        let also = if latin { format!(" OR instr(initials, ?{place}) > 0") } else { String::new() };
        let read = format!("(instr(short, ?{place}) > 0 OR instr(detail, ?{place}) > 0{also})");
        conditions.push(either(&format!("FROM {table} WHERE {table} MATCH ?{}", place + 1), &read));
        parameters.extend([Value::Text(text), Value::Text(question)]);
    }
    (!conditions.is_empty()).then(|| (conditions.join(" AND "), parameters))
}

/// The condition that a row's short texts share three signs in a row with a text, with its parameters from `?first` on; of the index
/// at most `limit` rows, the newest. `None` if the text has not that many signs.
pub fn any_part(text: &str, first: usize, limit: i64) -> Option<(String, Vec<Value>)> {
    let signs: Vec<char> = folded(text).chars().filter(|c| c.is_alphanumeric()).take(MAX_PARTS + TRIGRAM - 1).collect();
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
    fn every_word_uses_an_index() {
        let (sql, parameters) = condition(" 门 禁坏了 MJ ", 3).unwrap();
        for part in ["instr(short, ?3)", "matter_sign MATCH ?4", "matter_fts MATCH ?6", "instr(initials, ?7)", "matter_sign MATCH ?8"] {
            assert!(sql.contains(part), "{part}: {sql}");
        }
        assert_eq!(parameters[1], Value::Text("\"95e8\"".into()));
        assert_eq!(parameters[3], Value::Text("{short detail} : \"禁坏了\"".into()));
        assert_eq!(parameters[5], Value::Text("\"6dg6a\" OR \"x6dg6a\"".into()));
        assert!(condition("  ", 1).is_none());
    }

    fn store() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        super::super::migrate::run(&mut conn, super::super::migrate::PHONE).unwrap();
        conn
    }

    fn found(conn: &Connection, query: &str) -> Vec<i64> {
        let (sql, parameters) = condition(query, 1).unwrap();
        // As if there were a row of a matter for every text.
        let rows = "SELECT row FROM (SELECT rowid AS row FROM matter_fts UNION SELECT row FROM search_pending)";
        let mut select = conn.prepare(&format!("{rows} WHERE {sql} ORDER BY row")).unwrap();
        select.query_map(rusqlite::params_from_iter(&parameters), |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// What an older program had folded by its own rule, in the index and beside it, is found as everything else is.
    #[test]
    fn an_older_store_is_indexed_anew_when_it_is_opened() {
        let mut conn = store();
        let put = |table: &str, row: i64, short: &str, initials: &str| {
            conn.execute(&format!("INSERT INTO {table} VALUES (?1, ?2, '', ?3)"), (row, short, initials)).unwrap()
        };
        put("matter_fts (rowid, short, detail, initials)", 1, "门禁坏了\n３号楼ａ座", "mjhl\n３hlａz");
        put("search_pending (row, short, detail, initials)", 2, "灯不亮\n５号楼", "dbl\n５hl");
        assert_eq!(found(&conn, "3号楼"), [0; 0], "as it was");
        renew(&mut conn).unwrap();
        for (query, rows) in [
            ("3号楼", vec![1]),
            ("3号", vec![1]),
            ("３", vec![1]),
            ("Ａ座", vec![1]),
            ("5号", vec![2]),
            ("号楼", vec![1, 2]),
            ("3hl", vec![1]),
            ("hl", vec![1, 2]),
        ] {
            assert_eq!(found(&conn, query), rows, "{query}");
        }
        // Once.
        conn.execute("DELETE FROM matter_sign WHERE rowid = 1", []).unwrap();
        renew(&mut conn).unwrap();
        assert_eq!(found(&conn, "门"), [0; 0]);
    }

    /// One and two signs of any kind, in the index and beside it, written over and taken away.
    #[test]
    fn short_words_are_found_wherever_they_stand() {
        let mut conn = store();
        renew(&mut conn).unwrap();
        for row in 1..=250 {
            let title = format!("{}号楼 {}", row, if row % 50 == 0 { "鲸鱼\"*'-" } else { "楼道灯" });
            put(&conn, row, &SearchText::new(&[&title], "详情")).unwrap();
        }
        put(&conn, 50, &SearchText::new(&["换了"], "")).unwrap();
        assert_eq!(found(&conn, "鲸鱼"), [100, 150, 200, 250]);
        assert_eq!(found(&conn, "鲸"), [100, 150, 200, 250]);
        assert_eq!(found(&conn, "\"*"), [100, 150, 200, 250]);
        assert_eq!(found(&conn, "换了"), [50]);
        assert_eq!(found(&conn, "jy"), [100, 150, 200, 250], "initials");
        assert_eq!(found(&conn, "情").len(), 249);
        assert_eq!(found(&conn, "灯 25"), [25, 125, 225]);
    }
}
