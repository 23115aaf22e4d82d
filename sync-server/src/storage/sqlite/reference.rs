//! SQL of the reference data.

use super::{
    Rows,
    convert::{col, from_code, from_json, to_code, to_json, uint},
};
use crate::storage::{ByWhom, ReadMeta, ReadReference, ReferenceSet, Result, Versions, WriteMeta, WriteReference, setting};
use beehive_core::{
    MemberId, NodeId, PlaceId, Rules,
    model::{Grant, MemberKind},
    policy::{Duty, PastPlace},
    reference::{Building, DictionaryEntry, Member, OrgNode, PastBuilding},
};
use rusqlite::{Row, params};
use std::collections::HashMap;

fn building(row: &Row<'_>) -> Result<Building> {
    Ok(Building { id: PlaceId(col(row, 0)?), node: NodeId(col(row, 1)?), name: col(row, 2)?, units: from_json(&col::<String>(row, 3)?)? })
}

fn entry(row: &Row<'_>) -> Result<DictionaryEntry> {
    let kinds = from_json(&col::<String>(row, 4)?)?;
    Ok(DictionaryEntry { dictionary: col(row, 0)?, code: col(row, 1)?, zh: col(row, 2)?, en: col(row, 3)?, kinds })
}

fn member(row: &Row<'_>) -> Result<Member> {
    let kinds: Vec<MemberKind> = from_json(&col::<String>(row, 2)?)?;
    Ok(Member { id: MemberId(col(row, 0)?), name: col(row, 1)?, kinds, grants: vec![] })
}

/// The columns of [`grant`].
const GRANT: &str = "role, node, buildings, valid_from, valid_until, on_behalf";

/// A grant, from the first columns of a row.
fn grant(row: &Row<'_>) -> Result<Grant> {
    Ok(Grant {
        role: from_code(col(row, 0)?)?,
        node: NodeId(col(row, 1)?),
        buildings: from_json(&col::<String>(row, 2)?)?,
        from: col(row, 3)?,
        until: col(row, 4)?,
        on_behalf: col::<Option<String>>(row, 5)?.map(MemberId),
    })
}

fn duty(row: &Row<'_>) -> Result<Duty> {
    Ok(Duty { grant: grant(row)?, opened_at: col(row, 6)?, opened_by: col(row, 7)?, ended_at: col(row, 8)?, ended_by: col(row, 9)? })
}

impl ReadReference for Rows<'_> {
    fn versions(&self) -> Result<Versions> {
        let mut versions = Versions::default();
        let rows =
            self.all("SELECT dataset, counter FROM reference_version", [], |row| Ok((col::<String>(row, 0)?, uint(col(row, 1)?)?)))?;
        for (dataset, counter) in rows {
            match dataset.as_str() {
                "org" => versions.org = counter,
                "places" => versions.places = counter,
                "members" => versions.members = counter,
                "dictionary" => versions.dictionary = counter,
                "rules" => versions.rules = counter,
                _ => {}
            }
        }
        Ok(versions)
    }

    fn org(&self) -> Result<Vec<OrgNode>> {
        self.all("SELECT id, parent, level, name FROM org_node ORDER BY rowid", [], |row| {
            Ok(OrgNode {
                id: NodeId(col(row, 0)?),
                parent: col::<Option<String>>(row, 1)?.map(NodeId),
                level: from_code(col(row, 2)?)?,
                name: col(row, 3)?,
            })
        })
    }

    fn buildings(&self, node: &NodeId) -> Result<Vec<Building>> {
        self.all(
            "SELECT id, node, name, units FROM building WHERE node = ? AND removed_at IS NULL ORDER BY rowid",
            [node.as_str()],
            building,
        )
    }

    fn all_buildings(&self) -> Result<Vec<Building>> {
        self.all("SELECT id, node, name, units FROM building WHERE removed_at IS NULL ORDER BY rowid", [], building)
    }

    fn past_buildings(&self) -> Result<Vec<PastBuilding>> {
        // One that left a grid is in none of its lists; one that came back is.
        let sql = "SELECT b.id, b.node, b.name, 1 FROM building b WHERE b.removed_at IS NOT NULL
                   UNION ALL
                   SELECT b.id, p.node, b.name, b.removed_at IS NOT NULL FROM building_past p JOIN building b ON b.id = p.building
                   WHERE p.node <> b.node
                   ORDER BY 1, 2";
        self.all(sql, [], |row| {
            Ok(PastBuilding { id: PlaceId(col(row, 0)?), node: NodeId(col(row, 1)?), name: col(row, 2)?, removed: col(row, 3)? })
        })
    }

    fn member(&self, id: &MemberId) -> Result<Option<Member>> {
        let Some(mut found) = self.one("SELECT id, name, kinds FROM member WHERE id = ?", [id.as_str()], member)? else { return Ok(None) };
        let sql = format!("SELECT {GRANT} FROM member_grant WHERE member = ? AND ended_at IS NULL ORDER BY rowid");
        found.grants = self.all(&sql, [id.as_str()], grant)?;
        Ok(Some(found))
    }

    fn members(&self) -> Result<Vec<Member>> {
        let mut grants: HashMap<String, Vec<Grant>> = HashMap::new();
        let sql = format!("SELECT {GRANT}, member FROM member_grant WHERE ended_at IS NULL ORDER BY rowid");
        for (of, grant) in self.all(&sql, [], |row| Ok((col(row, 6)?, grant(row)?)))? {
            grants.entry(of).or_default().push(grant);
        }
        let mut members = self.all("SELECT id, name, kinds FROM member ORDER BY rowid", [], member)?;
        members.iter_mut().for_each(|m| m.grants = grants.remove(m.id.as_str()).unwrap_or_default());
        Ok(members)
    }

    fn duties(&self, member: &MemberId) -> Result<Vec<Duty>> {
        let sql = format!("SELECT {GRANT}, opened_at, opened_by, ended_at, ended_by FROM member_grant WHERE member = ? ORDER BY rowid");
        self.all(&sql, [member.as_str()], duty)
    }

    fn past_places(&self) -> Result<Vec<PastPlace>> {
        self.all("SELECT node, parent, since, until FROM org_place ORDER BY until, rowid", [], |row| {
            let parent = col::<Option<String>>(row, 1)?.map(NodeId);
            Ok(PastPlace { node: NodeId(col(row, 0)?), parent, from: col(row, 2)?, until: col(row, 3)? })
        })
    }

    fn past_duties(&self) -> Result<Vec<(MemberId, NodeId)>> {
        let sql = "SELECT DISTINCT member, node FROM member_grant WHERE ended_at IS NOT NULL ORDER BY member, node";
        self.all(sql, [], |row| Ok((MemberId(col(row, 0)?), NodeId(col(row, 1)?))))
    }

    fn dictionary(&self) -> Result<Vec<DictionaryEntry>> {
        self.all("SELECT dictionary, code, zh, en, kinds FROM dictionary WHERE removed_at IS NULL ORDER BY rowid", [], entry)
    }

    fn past_words(&self) -> Result<Vec<DictionaryEntry>> {
        self.all("SELECT dictionary, code, zh, en, kinds FROM dictionary WHERE removed_at IS NOT NULL ORDER BY rowid", [], entry)
    }

    fn rules(&self) -> Result<Rules> {
        self.setting(setting::RULES)?.map_or_else(|| Ok(Rules::default()), |text| from_json(&text))
    }
}

impl WriteReference for Rows<'_> {
    fn bump(&self, set: ReferenceSet) -> Result<()> {
        let sql = "INSERT INTO reference_version (dataset, counter) VALUES (?, 1) ON CONFLICT DO UPDATE SET counter = counter + 1";
        self.change_rows(sql, [set.name()]).map(drop)
    }

    fn put_node(&self, node: &OrgNode, by: ByWhom<'_>) -> Result<()> {
        let parent = node.parent.as_ref().map(NodeId::as_str);
        let sql = "INSERT INTO org_place (node, parent, since, until)
                   SELECT id, parent, placed_at, ?2 FROM org_node WHERE id = ?1 AND parent IS NOT ?3";
        self.change_rows(sql, params![node.id.as_str(), by.at, parent])?;
        let sql = "INSERT INTO org_node (id, parent, level, name, placed_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (id) DO UPDATE SET level = excluded.level, name = excluded.name,
                   placed_at = iif(parent IS excluded.parent, placed_at, excluded.placed_at), parent = excluded.parent";
        self.change_rows(sql, params![node.id.as_str(), parent, to_code(&node.level)?, node.name, by.at]).map(drop)
    }

    fn put_building(&self, building: &Building) -> Result<()> {
        let (id, node) = (building.id.as_str(), building.node.as_str());
        let sql =
            "INSERT INTO building_past (building, node) SELECT id, node FROM building WHERE id = ? AND node <> ? ON CONFLICT DO NOTHING";
        self.change_rows(sql, [id, node])?;
        let sql = "INSERT INTO building (id, node, name, units) VALUES (?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET node = excluded.node, name = excluded.name, units = excluded.units,
                   removed_at = NULL";
        self.change_rows(sql, params![id, node, building.name, to_json(&building.units)?]).map(drop)
    }

    fn list_building(&self, id: &PlaceId, removed: Option<i64>) -> Result<bool> {
        let sql = "UPDATE building SET removed_at = ?1 WHERE id = ?2 AND (removed_at IS NULL) <> (?1 IS NULL)";
        Ok(self.change_rows(sql, params![removed, id.as_str()])? > 0)
    }

    fn put_member(&self, member: &Member, by: ByWhom<'_>) -> Result<()> {
        let sql = "INSERT INTO member (id, name, kinds) VALUES (?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, kinds = excluded.kinds";
        self.change_rows(sql, params![member.id.as_str(), member.name, to_json(&member.kinds)?])?;
        let sql = format!("SELECT {GRANT}, rowid FROM member_grant WHERE member = ? AND ended_at IS NULL ORDER BY rowid");
        let standing: Vec<(i64, Grant)> = self.all(&sql, [member.id.as_str()], |row| Ok((col(row, 6)?, grant(row)?)))?;
        let mut new: Vec<&Grant> = member.grants.iter().collect();
        for (row, grant) in standing {
            match new.iter().position(|g| **g == grant) {
                Some(place) => drop(new.remove(place)),
                None => {
                    let sql = "UPDATE member_grant SET ended_at = ?, ended_by = ? WHERE rowid = ?";
                    self.change_rows(sql, params![by.at, by.by, row])?;
                }
            }
        }
        new.into_iter().try_for_each(|grant| self.open_grant(&member.id, grant, by))
    }

    fn put_dictionary(&self, entry: &DictionaryEntry) -> Result<()> {
        let sql = "INSERT INTO dictionary (dictionary, code, zh, en, kinds) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (dictionary, code) DO UPDATE SET zh = excluded.zh, en = excluded.en, kinds = excluded.kinds,
                   removed_at = NULL";
        self.change_rows(sql, params![entry.dictionary, entry.code, entry.zh, entry.en, to_json(&entry.kinds)?]).map(drop)
    }

    fn list_word(&self, dictionary: &str, code: &str, removed: Option<i64>) -> Result<bool> {
        let sql = "UPDATE dictionary SET removed_at = ?1 WHERE dictionary = ?2 AND code = ?3 AND (removed_at IS NULL) <> (?1 IS NULL)";
        Ok(self.change_rows(sql, params![removed, dictionary, code])? > 0)
    }

    fn put_rules(&self, rules: &Rules) -> Result<()> {
        self.set_setting(setting::RULES, &to_json(rules)?)
    }
}

impl Rows<'_> {
    fn open_grant(&self, member: &MemberId, g: &Grant, by: ByWhom<'_>) -> Result<()> {
        let sql = "INSERT INTO member_grant
                   (member, role, node, buildings, valid_from, valid_until, on_behalf, opened_at, opened_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let (role, buildings, behalf) = (to_code(&g.role)?, to_json(&g.buildings)?, g.on_behalf.as_ref().map(MemberId::as_str));
        self.change_rows(sql, params![member.as_str(), role, g.node.as_str(), buildings, g.from, g.until, behalf, by.at, by.by]).map(drop)
    }
}
