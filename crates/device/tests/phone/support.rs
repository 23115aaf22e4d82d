//! Phones for the tests.

use crate::server::{GRID, Server};
use beehive_core::{
    ActorId, Document, Write,
    document::NewRecord,
    model::{RecordKind, field},
};
use beehive_device::{
    api::{ListFilter, ListKind, Request, Response, RowView, StatusView},
    clock::FixedClock,
    engine::{Engine, OpenOptions},
    key::StoreKey,
    net::{Phone, PhoneOptions},
};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;

/// 2026-11-20 08:00 in Chengdu, seconds since 1970.
pub const NOW: i64 = 1_795_132_800;

/// A phone with a folder of its own.
pub struct TestPhone {
    pub phone: Phone,
    _dir: TempDir,
}

impl TestPhone {
    pub fn new() -> Self {
        Self::at(NOW)
    }

    /// With a clock that stands at `now`.
    pub fn at(now: i64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(now));
        let engine =
            Engine::open(OpenOptions { dir: dir.path().to_owned(), key: StoreKey::random().unwrap(), clock: clock.clone() }).unwrap();
        let options = PhoneOptions { can_cut: true, device_name: "测试机".into(), clock };
        Self { phone: Phone::new(engine, options), _dir: dir }
    }

    /// Enrolled by way of `address`, with its first sync behind it.
    pub async fn enrolled(server: &Server, member: &str, address: SocketAddr) -> Self {
        let phone = Self::new();
        phone.phone.enroll(&server.invite(member, address)).await.unwrap();
        phone.phone.sync().await.unwrap();
        phone
    }

    pub async fn record(&self, title: &str) {
        self.record_with(title, serde_json::json!([])).await;
    }

    pub async fn record_with(&self, title: &str, photos: serde_json::Value) {
        let request = serde_json::json!({
            "do": "record", "kind": "demand", "title": title, "building": "b-3", "unit": "1", "photos": photos,
        });
        let answer = self.phone.call(serde_json::from_value(request).unwrap()).await;
        assert!(matches!(answer, Response::Recorded { .. }), "{answer:?}");
    }

    pub async fn status(&self) -> StatusView {
        match self.phone.call(Request::Status).await {
            Response::Status { status } => status,
            other => panic!("{other:?}"),
        }
    }

    /// The status without what a failed attempt is allowed to change: the link.
    pub async fn held(&self) -> (u32, u32, String, Vec<(String, u64)>, Vec<String>) {
        let s = self.status().await;
        let cursors = s.cursors.iter().map(|(scope, at)| (scope.to_string(), *at)).collect();
        (s.unsent, s.refused, s.digest, cursors, self.titles().await)
    }

    pub async fn rows(&self) -> Vec<RowView> {
        let mut all = Vec::new();
        loop {
            let request = Request::List {
                list: ListKind::Demand,
                filter: ListFilter::default(),
                order: Default::default(),
                offset: all.len() as u32,
                limit: 500,
            };
            match self.phone.call(request).await {
                Response::List { rows, .. } if rows.is_empty() => return all,
                Response::List { rows, .. } => all.extend(rows),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Every title, sorted.
    pub async fn titles(&self) -> Vec<String> {
        let mut titles: Vec<_> = self.rows().await.into_iter().map(|r| r.title).collect();
        titles.sort();
        titles
    }
}

/// The code of an error answer.
pub fn code(response: &Response) -> &str {
    match response {
        Response::Error { error } => &error.code,
        other => panic!("an error was expected: {other:?}"),
    }
}

/// A document as some other phone of m-002 would have made it.
pub fn foreign(n: u8, title: &str) -> Document {
    let record = NewRecord { kind: RecordKind::Demand, scope: GRID.into(), created_by: "m-002".into() };
    let writes = [Write::Fact { field: field::TITLE.into(), value: title.into() }];
    Document::create(ActorId([n; 8]), NOW - 60, &record, &writes).unwrap().0
}
