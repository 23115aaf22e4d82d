//! Ours beside a floor or a goal, as a table for people or as JSON for programs.

use anyhow::Result;
use serde::Serialize;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Against {
    /// The least that can be.
    Floor,
    /// What we promised.
    Goal,
    /// Nothing: it is only told.
    Nothing,
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    what: String,
    group: String,
    ours: f64,
    against: Against,
    other: f64,
    /// The most that `ours / other` may be.
    limit: Option<f64>,
    unit: &'static str,
    /// Whether it is the same on every machine, so that the bench may fail by it.
    exact: bool,
}

impl Row {
    fn new(what: &str, ours: f64, against: Against, other: f64, unit: &'static str) -> Self {
        Self { what: what.to_owned(), group: String::new(), ours, against, other, limit: None, unit, exact: false }
    }

    /// Bytes or round trips beside their floor, and how much more they may be.
    pub fn exact(what: &str, ours: f64, floor: f64, limit: f64, unit: &'static str) -> Self {
        Self { limit: Some(limit), exact: true, ..Self::new(what, ours, Against::Floor, floor, unit) }
    }

    /// A figure beside what we promised; `exact` if it says nothing about the machine.
    pub fn goal(what: &str, ours: f64, goal: f64, unit: &'static str, exact: bool) -> Self {
        Self { limit: Some(1.0), exact, ..Self::new(what, ours, Against::Goal, goal, unit) }
    }

    /// A time beside the least it can be.
    pub fn time(what: &str, ours: f64, floor: f64, unit: &'static str) -> Self {
        Self::new(what, ours, Against::Floor, floor, unit)
    }

    /// A figure on its own.
    pub fn note(what: &str, ours: f64, unit: &'static str) -> Self {
        Self::new(what, ours, Against::Nothing, 0.0, unit)
    }

    fn ratio(&self) -> Option<f64> {
        (self.against != Against::Nothing && self.other > 0.0).then(|| self.ours / self.other)
    }

    fn is_over(&self) -> bool {
        matches!((self.ratio(), self.limit), (Some(ratio), Some(limit)) if ratio > limit)
    }
}

/// All figures.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    group: String,
    lines: Vec<String>,
}

impl Table {
    /// What the next rows are about.
    pub fn heading(&mut self, group: &str) {
        self.group = group.to_owned();
        self.lines.push(group.to_owned());
    }

    /// What people should know about the rows above; programs see that a figure is missing.
    pub fn remark(&mut self, text: &str) {
        self.lines.push(format!("  {text}"));
    }

    /// Adds a figure.
    pub fn push(&mut self, row: Row) {
        let row = Row { group: self.group.clone(), ..row };
        let number = |n: f64| match row.unit {
            "s" | "ms" => format!("{n:.3} {}", row.unit),
            // A mean, so rarely whole.
            "syncs" => format!("{n:.2}"),
            unit => format!("{n:.0} {unit}"),
        };
        let against = match row.against {
            Against::Nothing => String::new(),
            Against::Floor => format!("floor {}", number(row.other)),
            Against::Goal => format!("goal {}", number(row.other)),
        };
        let ratio = row.ratio().map(|r| format!("{r:.2}")).unwrap_or_default();
        let limit = row.limit.map(|l| format!("<= {l}")).unwrap_or_default();
        let mark = if row.is_over() { "OVER" } else { "" };
        self.lines.push(format!("  {:<28} {:>14}   {:<22} {:>6} {:<7} {mark}", row.what, number(row.ours), against, ratio, limit));
        self.rows.push(row);
    }

    /// Whether every exact figure keeps its limit.
    pub fn holds(&self) -> bool {
        !self.rows.iter().any(|r| r.exact && r.is_over())
    }

    /// For people.
    pub fn print(&self) {
        println!("  {:<28} {:>14}   {:<22} {:>6}", "", "ours", "floor or goal", "ratio");
        for line in &self.lines {
            println!("{}", line.trim_end());
        }
    }

    /// For programs: one object for each figure.
    pub fn print_json(&self) -> Result<()> {
        println!("{}", serde_json::to_string_pretty(&self.rows)?);
        Ok(())
    }
}
