//! What a street may set for itself: durations, working days, askings, escalation. Reference data, never hard-coded; the defaults are those of the
//! domain's description (docs/domain.md).

use crate::model::Role;
use chrono::{Datelike as _, NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use ts_rs::TS;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Days looked ahead at most when working days are counted: no holiday is that long, but bad data may say so.
const MAX_AHEAD: u32 = 800;

/// When a local day begins, seconds since 1970. `utc_offset` is that of the street's calendar: a duty
/// that is given for days begins and ends with the street's, wherever the command is typed.
pub fn day_begins(day: NaiveDate, utc_offset: i32) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp() - i64::from(utc_offset)
}

/// Which days are worked. Saturdays and Sundays are free unless a day is named as worked (调休).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Calendar {
    /// Seconds to add to UTC for the local day; 28,800 in China.
    pub utc_offset: i32,
    /// The local hour at which a working day ends: deadlines counted in working days fall on it.
    pub day_ends_at: u8,
    /// Free days, `2026-10-01`.
    pub holidays: BTreeSet<String>,
    /// Weekend days that are worked, `2026-10-10`.
    pub workdays: BTreeSet<String>,
}

impl Calendar {
    /// The local day of a moment, as days since 1970.
    pub fn day_of(&self, at: i64) -> i64 {
        at.saturating_add(i64::from(self.utc_offset)).div_euclid(DAY)
    }

    /// The hour and minute of the local day.
    pub fn minute_of(&self, at: i64) -> u32 {
        (at.saturating_add(i64::from(self.utc_offset)).rem_euclid(DAY) / 60) as u32
    }

    /// Whether a local day (days since 1970) is worked. A day beyond what calendars can say is not.
    pub fn is_worked(&self, day: i64) -> bool {
        let date = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days);
        let Some(date) = date else { return false };
        let name = date.to_string();
        if self.holidays.contains(&name) {
            return false;
        }
        self.workdays.contains(&name) || !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// The end of the `n`-th working day after the day of `at`, seconds since 1970. With `n` = 0: of the day itself, or of the next worked one.
    pub fn after_working_days(&self, at: i64, n: u32) -> i64 {
        let mut day = self.day_of(at);
        let mut left = n;
        for _ in 0..MAX_AHEAD {
            if left == 0 && self.is_worked(day) {
                break;
            }
            day += 1;
            if left > 0 && self.is_worked(day) {
                left -= 1;
            }
        }
        day.saturating_mul(DAY).saturating_add(i64::from(self.day_ends_at) * HOUR - i64::from(self.utc_offset))
    }
}

/// Puts a part of a value into the whole one.
fn put(whole: &mut Value, part: Value, path: &str) -> Result<(), String> {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                put(whole.get_mut(&name).ok_or_else(|| path.clone())?, value, &path)?;
            }
        }
        (Value::Array(known), Value::Array(part)) => {
            // Every element has the names of those a street begins with.
            let names = known.first().and_then(Value::as_object).cloned();
            for element in part.iter().filter_map(Value::as_object) {
                let unknown = element.keys().find(|name| names.as_ref().is_some_and(|known| !known.contains_key(*name)));
                unknown.map_or(Ok(()), |name| Err(format!("{path}.{name}")))?;
            }
            *known = part;
        }
        (whole, part) => *whole = part,
    }
    Ok(())
}

/// Who can answer an asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AskWho {
    /// 问人: who raised it answers, or whoever asked them.
    Asker,
    /// 问地: somebody of the micro-grid who did not do it looks at the place.
    Colleague,
    /// 问时: whoever answers for the grid says whether it came back.
    Lead,
}

/// One asking whether it helped (三问效).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Asking {
    /// The stable code stored in the answers.
    pub code: String,
    /// Who answers.
    pub who: AskWho,
    /// How many days after it was resolved it is asked.
    pub after_days: u32,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A step of drawing attention to what is overdue. It changes nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Escalation {
    /// How many hours overdue.
    pub after_hours: u32,
    /// Whose attention.
    pub to: Role,
}

/// The clocks and askings of a street.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Rules {
    /// Which days are worked.
    pub calendar: Calendar,
    /// Hours until somebody should have taken a matter.
    pub accept_hours: u32,
    /// 马上办: hours until it is solved.
    pub now_hours: u32,
    /// 协调办: working days until the first meeting.
    pub meet_days: u32,
    /// 协调办: working days until it is solved.
    pub coordinate_days: u32,
    /// Working days that one extension brings.
    pub extension_days: u32,
    /// 跟踪办: working days until it is handed up.
    pub hand_up_days: u32,
    /// 跟踪办: days between two words to the asker.
    pub contact_days: u32,
    /// 跟踪办: days after handing up at which it is reviewed.
    pub review_days: Vec<u32>,
    /// Days within which the same thing at the same place counts as having come back.
    pub recurrence_days: u32,
    /// The askings whether it helped.
    pub askings: Vec<Asking>,
    /// Who is drawn in when something is overdue.
    pub escalation: Vec<Escalation>,
    /// Local minute of the day at which reminders fall silent.
    pub quiet_from: u32,
    /// Local minute of the day at which they begin again.
    pub quiet_until: u32,
}

impl Default for Rules {
    fn default() -> Self {
        let asking = |code: &str, who, after_days, zh: &str, en: &str| Asking {
            code: code.to_owned(),
            who,
            after_days,
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        let dates = |days: &[&str]| days.iter().map(|d| (*d).to_owned()).collect();
        Self {
            // The State Council's calendar for 2026; the street sets the next one when it is out.
            calendar: Calendar {
                utc_offset: 8 * 3_600,
                day_ends_at: 18,
                holidays: dates(&[
                    "2026-01-01",
                    "2026-01-02",
                    "2026-01-03",
                    "2026-02-15",
                    "2026-02-16",
                    "2026-02-17",
                    "2026-02-18",
                    "2026-02-19",
                    "2026-02-20",
                    "2026-02-21",
                    "2026-02-22",
                    "2026-02-23",
                    "2026-04-04",
                    "2026-04-05",
                    "2026-04-06",
                    "2026-05-01",
                    "2026-05-02",
                    "2026-05-03",
                    "2026-05-04",
                    "2026-05-05",
                    "2026-06-19",
                    "2026-06-20",
                    "2026-06-21",
                    "2026-09-25",
                    "2026-09-26",
                    "2026-09-27",
                    "2026-10-01",
                    "2026-10-02",
                    "2026-10-03",
                    "2026-10-04",
                    "2026-10-05",
                    "2026-10-06",
                    "2026-10-07",
                ]),
                workdays: dates(&["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]),
            },
            accept_hours: 24,
            now_hours: 24,
            meet_days: 3,
            coordinate_days: 10,
            extension_days: 5,
            hand_up_days: 1,
            contact_days: 7,
            review_days: vec![15, 30, 60],
            recurrence_days: 30,
            askings: vec![
                asking("person", AskWho::Asker, 0, "问本人：这件事帮到您了吗？", "Ask the person: did it help?"),
                asking("place", AskWho::Colleague, 1, "看现场：真的解决了吗？", "Look at the place: is it really solved?"),
                asking("time", AskWho::Lead, 30, "过些日子再看：有没有再出现？", "Ask time: did it come back?"),
            ],
            escalation: vec![
                Escalation { after_hours: 0, to: Role::MicroLead },
                Escalation { after_hours: 24, to: Role::GridLead },
                Escalation { after_hours: 72, to: Role::CommunityOfficer },
            ],
            quiet_from: 20 * 60,
            quiet_until: 8 * 60,
        }
    }
}

impl Rules {
    /// Whether rules that somebody wrote can be used.
    ///
    /// # Errors
    /// The name of the first entry that cannot.
    pub fn check(&self) -> Result<(), &'static str> {
        let c = &self.calendar;
        let date = |d: &String| NaiveDate::parse_from_str(d, "%Y-%m-%d").is_ok_and(|parsed| parsed.to_string() == *d);
        let bounded = |n: u32| (1..=3_650).contains(&n);
        let checks = [
            ("calendar.utc_offset", c.utc_offset.abs() <= 14 * 3_600),
            ("calendar.day_ends_at", (1..=24).contains(&c.day_ends_at)),
            ("calendar.holidays", c.holidays.len() <= 2_000 && c.holidays.iter().all(date)),
            ("calendar.workdays", c.workdays.len() <= 2_000 && c.workdays.iter().all(date)),
            ("accept_hours", bounded(self.accept_hours)),
            ("now_hours", bounded(self.now_hours)),
            ("meet_days", bounded(self.meet_days)),
            ("coordinate_days", bounded(self.coordinate_days)),
            ("extension_days", bounded(self.extension_days)),
            ("hand_up_days", bounded(self.hand_up_days)),
            ("contact_days", bounded(self.contact_days)),
            ("review_days", self.review_days.len() <= 10 && self.review_days.iter().all(|d| bounded(*d)) && self.review_days.is_sorted()),
            ("recurrence_days", self.recurrence_days <= 3_650),
            (
                "askings",
                self.askings.len() <= 6 && self.askings.iter().all(|a| crate::key::is_name(&a.code) && !crate::text::is_blank(&a.zh)),
            ),
            ("escalation", self.escalation.len() <= 10 && self.escalation.is_sorted_by_key(|e| e.after_hours)),
            ("quiet_from", self.quiet_from < 24 * 60),
            ("quiet_until", self.quiet_until < 24 * 60),
        ];
        checks.iter().find(|(_, fits)| !fits).map_or(Ok(()), |(name, _)| Err(name))
    }

    /// Rules from a part of them: what it leaves out, at whatever depth, is as a street begins.
    /// Elements of lists are taken as they are.
    ///
    /// # Errors
    /// What cannot be used: a name that is not known (it would be a rule that is silently not in
    /// force), a value of another form or out of range.
    pub fn from_part(part: Value) -> Result<Self, String> {
        let mut whole = serde_json::to_value(Self::default()).map_err(|e| e.to_string())?;
        if !part.is_object() {
            return Err("{…}".into());
        }
        put(&mut whole, part, "")?;
        let rules: Self = serde_json::from_value(whole).map_err(|e| e.to_string())?;
        rules.check()?;
        Ok(rules)
    }

    /// The new date that one extension of a deadline brings.
    pub fn extended(&self, deadline: i64) -> i64 {
        self.calendar.after_working_days(deadline, self.extension_days)
    }

    /// The next moment at or after `at` at which a reminder may sound.
    pub fn outside_quiet_hours(&self, at: i64) -> i64 {
        self.outside_quiet(at, self.quiet_from, self.quiet_until)
    }

    /// The same for a person who keeps other hours: silence from one local minute of the day until another.
    pub fn outside_quiet(&self, at: i64, from: u32, until: u32) -> i64 {
        let minute = self.calendar.minute_of(at);
        let quiet = if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until };
        if !quiet {
            return at;
        }
        let wait = (until + 24 * 60 - minute) % (24 * 60);
        at.saturating_add(i64::from(wait) * 60 - at.rem_euclid(60))
    }
}
