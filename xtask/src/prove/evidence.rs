//! `docs/evidence.md`: the table that only a run of the campaigns writes.

use super::{
    parts::{PARTS, Part},
    state::Tally,
};
use crate::process::root;
use anyhow::{Context, Result, bail};
use std::fs;

const FILE: &str = "docs/evidence.md";
const HEAD: &str = "| campaign | what one case is | count | failures | seed | date | commit |";
const RULE: &str = "|---|---|---:|---:|---|---|---|";

/// Puts the figure of a campaign into the table, in place of the one that stood there.
pub fn write(part: &Part, tally: &Tally, date: &str, commit: &str) -> Result<()> {
    let path = root().join(FILE);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(&path, with_row(&text, part, tally, date, commit)?)?;
    Ok(())
}

fn with_row(text: &str, part: &Part, tally: &Tally, date: &str, commit: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(head) = lines.iter().position(|line| *line == HEAD) else { bail!("{FILE} has no table that begins with {HEAD:?}") };
    let end = lines[head..].iter().position(|line| !line.starts_with('|')).map_or(lines.len(), |n| head + n);
    let failures = match tally.failed.as_slice() {
        [] => "0".to_owned(),
        seeds => format!("{} (seeds {})", seeds.len(), seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    };
    let row = format!("| `{}` | {} | {} | {failures} | {} | {date} | {commit} |", part.name, part.figure, tally.held, part.seed);
    // A campaign that is no more, or is called otherwise now, leaves the table with its figure.
    let rows = PARTS.iter().filter_map(|other| match other.name == part.name {
        true => Some(row.clone()),
        false => lines[head..end].iter().find(|line| line.starts_with(&format!("| `{}` |", other.name))).map(|line| (*line).to_owned()),
    });
    let before = lines[..head].iter().map(|line| (*line).to_owned());
    let after = lines[end..].iter().map(|line| (*line).to_owned());
    let all: Vec<String> = before.chain([HEAD.to_owned(), RULE.to_owned()]).chain(rows).chain(after).collect();
    Ok(all.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(held: u64, failed: &[u64]) -> Tally {
        Tally { held, failed: failed.to_vec(), portions: 1 }
    }

    #[test]
    fn a_figure_takes_the_place_of_the_one_before_and_the_others_stay() {
        let (first, last) = (&PARTS[0], &PARTS[PARTS.len() - 1]);
        let empty = format!("# Evidence\n\n{HEAD}\n{RULE}\n| `gone` | x | 1 | 0 | 1 | d | c |\n\nBelow.\n");
        let one = with_row(&empty, last, &tally(20_000, &[]), "2026-11-27", "abc").unwrap();
        let two = with_row(&one, first, &tally(5, &[1_001]), "2026-11-28", "def").unwrap();
        let again = with_row(&two, last, &tally(40_000, &[]), "2026-11-29", "fed").unwrap();
        let rows: Vec<&str> = again.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(rows.len(), 2, "{again}");
        assert!(rows[0].contains("| 5 | 1 (seeds 1001) | 1000 | 2026-11-28 | def |"), "{again}");
        assert!(rows[1].contains(&format!("| 40000 | 0 | {} | 2026-11-29 | fed |", last.seed)), "{again}");
        assert!(again.starts_with("# Evidence\n\n") && again.ends_with("\n\nBelow.\n"), "{again}");
    }

    #[test]
    fn without_a_table_nothing_is_written() {
        assert!(with_row("# Evidence\n", &PARTS[0], &tally(1, &[]), "d", "c").is_err());
    }
}
