//! Who runs this phone, its settings, the truth strip, and what forms offer.

use super::{Inner, Link, grids, reference::Reference, words::error};
use crate::{
    api::{
        ApiError, BuildingView, CategoryView, Connection, DamageView, DraftView, MeView, MemberView, PastBuildingView, Response,
        SettingsView, StatusView,
    },
    store::{
        StoreError, change,
        damage::{Damage, Salvaged},
        document, draft, matter_list, meta, refused, scope,
    },
};
use beehive_core::{
    Epoch, PlaceId,
    model::RecordKind,
    policy::{self, Standing},
    reference::Member,
};

/// Longest id of a draft, in bytes.
const MAX_DRAFT_ID: usize = 100;
/// Longest draft, in bytes of JSON.
const MAX_DRAFT: usize = 256 * 1024;

fn default_settings() -> SettingsView {
    let (text_size, theme, language) = ("normal".into(), "system".into(), "zh-CN".into());
    SettingsView { text_size, theme, language, wifi_only: false, quiet_from: None, quiet_until: None }
}

/// The hours in which this phone does not remind: its reader's own, or else the street's.
pub fn quiet_hours(reference: &Reference, settings: &SettingsView) -> (u32, u32) {
    let rules = reference.rules();
    (settings.quiet_from.unwrap_or(rules.quiet_from), settings.quiet_until.unwrap_or(rules.quiet_until))
}

/// What a member may begin in any of their grids, and the buildings it must be in (none = any).
fn recordable(reference: &Reference, member: &Member, now: i64) -> (Vec<RecordKind>, Vec<PlaceId>) {
    let standings: Vec<Standing> =
        member.grants.iter().filter(|g| g.holds_at(now)).map(|g| reference.standing_of(member, &g.node, now)).collect();
    let kinds = [RecordKind::Demand, RecordKind::Finding, RecordKind::Request];
    let kinds = kinds.into_iter().filter(|kind| standings.iter().any(|s| policy::recordable(s).contains(kind))).collect();
    let bound = standings.iter().filter(|s| !policy::recordable(s).is_empty()).all(policy::records_own_buildings_only);
    let buildings = standings.iter().filter(|_| bound).flat_map(|s| s.own_buildings().iter().cloned()).collect();
    (kinds, buildings)
}

impl Inner {
    /// The settings of this phone.
    pub fn settings(&self) -> Result<SettingsView, StoreError> {
        Ok(self.store.read(|conn| meta::get_json(conn, meta::SETTINGS))?.unwrap_or_else(default_settings))
    }

    /// The truth strip and the numbers behind it.
    pub fn status(&self) -> Result<StatusView, StoreError> {
        let link = self.link();
        let enrolled = self.account().is_some();
        self.store.read(|conn| {
            let settings: SettingsView = meta::get_json(conn, meta::SETTINGS)?.unwrap_or_else(default_settings);
            let Link { connection, can_cut, cut, sent_now } = link;
            Ok(StatusView {
                connection: if enrolled { connection } else { Connection::NotEnrolled },
                unsent: change::outbox_records(conn)?,
                sent_now,
                refused: refused::count(conn)?,
                held: refused::held_count(conn)?,
                oldest_unsent: change::oldest_unsent(conn)?,
                attention: matter_list::attention_count(conn)?,
                last_sync: meta::get_int(conn, meta::LAST_SYNC)?,
                can_cut,
                cut,
                cursors: scope::cursors(conn)?,
                epoch: meta::get(conn, meta::EPOCH)?.and_then(|e| e.parse::<Epoch>().ok()),
                digest: document::acked_in_all(conn)?.to_string(),
                repaired: meta::get_int(conn, meta::REPAIRED)?.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
                files: self.files_view(conn, settings.wifi_only)?,
                damage: self.store.damages().iter().map(damage_view).collect(),
            })
        })
    }

    /// Who runs this phone.
    pub fn me(&self) -> Result<MeView, StoreError> {
        let (account, reference) = (self.account(), self.reference());
        let now = self.clock.now();
        let member = account.as_ref().and(reference.me());
        let (records, buildings) = member.map(|m| recordable(&reference, m, now)).unwrap_or_default();
        self.store.read(|conn| {
            let settings = meta::get_json(conn, meta::SETTINGS)?.unwrap_or_else(default_settings);
            let (local, delivered, attention) = match member {
                Some(me) => matter_list::counts_by_author(conn, &me.id)?,
                None => (0, 0, 0),
            };
            let mut grids: Vec<String> = Vec::new();
            for grant in member.iter().flat_map(|m| &m.grants).filter(|g| g.holds_at(now)) {
                let name = reference.node_name(&grant.node).to_owned();
                if !name.is_empty() && !grids.contains(&name) {
                    grids.push(name);
                }
            }
            Ok(MeView {
                enrolled: account.is_some(),
                member: member.map(|m| member_view(&reference, m, now)),
                tenant: account.as_ref().map(|a| a.tenant.clone()).unwrap_or_default(),
                server: account.as_ref().map(|a| a.server.clone()).unwrap_or_default(),
                grids,
                local,
                delivered,
                // What was refused whole is in no list any more, but it is this reader's.
                attention: attention + refused::count_without_record(conn)?,
                records,
                buildings,
                quiet: quiet_hours(&reference, &settings),
                utc_offset: reference.rules().calendar.utc_offset,
                settings,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            })
        })
    }

    /// Changes the settings.
    pub fn configure(&self, settings: &SettingsView) -> Result<(), ApiError> {
        let known = matches!(settings.text_size.as_str(), "normal" | "large")
            && matches!(settings.theme.as_str(), "system" | "light" | "dark")
            && matches!(settings.language.as_str(), "zh-CN" | "en")
            && [settings.quiet_from, settings.quiet_until].iter().flatten().all(|minute| *minute < 24 * 60);
        if !known {
            return Err(error("bad_setting", "没有这样的设置，原来的设置没有变。", "请在设置页里重新选择。"));
        }
        self.store.write(|tx| meta::set_json(tx, meta::SETTINGS, settings)).map_err(|e| e.api())?;
        self.notify();
        Ok(())
    }

    /// What forms offer.
    pub fn choices(&self) -> Response {
        let reference = self.reference();
        let now = self.clock.now();
        let categories = reference.dictionary().iter().filter(|e| e.dictionary == "category").map(|e| CategoryView {
            code: e.code.clone(),
            zh: e.zh.clone(),
            en: e.en.clone(),
            kinds: e.kinds.clone(),
        });
        let buildings = reference.buildings().iter().map(|b| BuildingView {
            id: b.id.clone(),
            name: b.name.clone(),
            grid: reference.node_name(&b.node).to_owned(),
            units: b.units.clone(),
        });
        let mut members: Vec<MemberView> =
            reference.members().map(|m| member_view(&reference, m, now)).filter(|m| !m.roles.is_empty()).collect();
        members.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        let past = reference.past_buildings().map(|b| PastBuildingView { id: b.id.clone(), name: b.shown() });
        Response::Choices {
            categories: categories.collect(),
            buildings: buildings.collect(),
            past_buildings: past.collect(),
            grids: grids::recordable(&reference, now),
            members,
        }
    }

    /// Keeps a draft.
    pub fn save_draft(&self, id: String, body: serde_json::Value) -> Result<DraftView, ApiError> {
        if id.is_empty() || id.len() > MAX_DRAFT_ID || body.to_string().len() > MAX_DRAFT {
            return Err(error("bad_draft", "这份草稿太大了，没有存。", "请先把写好的部分存成一条记录。"));
        }
        let draft = DraftView { id, body, at: self.clock.now() };
        self.store.write(|tx| draft::put(tx, &draft)).map_err(|e| e.api())?;
        Ok(draft)
    }
}

fn damage_view(damage: &Damage) -> DamageView {
    let Salvaged { opened, whole, unsent, rows } = damage.salvaged.clone().unwrap_or_default();
    let count = |table: &str| rows.get(table).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX));
    DamageView {
        file: damage.file.clone(),
        at: damage.at,
        photos: damage.files,
        whole,
        opened,
        unsent,
        drafts: count("draft"),
        files: count("file"),
    }
}

/// A member as forms offer them.
pub(super) fn member_view(reference: &Reference, member: &Member, now: i64) -> MemberView {
    let (mut roles, mut nodes) = (Vec::new(), Vec::new());
    for grant in member.grants.iter().filter(|g| g.holds_at(now)) {
        if !roles.contains(&grant.role) {
            roles.push(grant.role);
        }
        let name = reference.node_name(&grant.node).to_owned();
        if !name.is_empty() && !nodes.contains(&name) {
            nodes.push(name);
        }
    }
    MemberView { id: member.id.clone(), name: member.name.clone(), roles, nodes }
}
