//! Generated work, the same for the same seed: documents of about 16 fields and 600 bytes of Chinese text, and the day of a phone
//! without signal: 40 new records and 60 edits of ones that were there.

use crate::{NOW, http::RawDevice, local::LocalPhone};
use anyhow::{Result, ensure};
use beehive_core::{
    DocId, Document, EventBody, NewRecord, NodeId, Scalar, Write,
    model::{RecordKind, field},
    sync::{DocChanges, MAX_PUSH, VerdictKind},
};
use beehive_device::api::Request;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_bytes::ByteBuf;

/// New records of a day.
pub const NEW: usize = 40;
/// Edits of a day.
pub const EDITS: usize = 60;

const PHRASES: [&str; 24] = [
    "楼道里堆了纸箱",
    "消防通道被挡住",
    "三楼的灯不亮",
    "下水道又堵了",
    "老人一个人住",
    "想请人帮忙买菜",
    "门禁刷卡没反应",
    "电线露在外面",
    "楼上漏水到楼下",
    "晚上声音太大",
    "垃圾没有分类",
    "电动车在楼里充电",
    "水表坏了",
    "路面有个坑",
    "树枝压到线了",
    "广场舞吵到学生",
    "想问医保怎么报",
    "孩子放学没人接",
    "楼顶的水箱没盖",
    "快递柜占了通道",
    "邻居养狗没拴绳",
    "单元门关不上",
    "停车位被占",
    "煤气味很重",
];
/// Common characters, the commonest first: what people write beside the stock phrases.
const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方\
    多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将\
    两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论\
    处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司\
    五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运";
const CATEGORIES: [&str; 5] = ["care", "errand", "dispute", "hazard", "environment"];
const URGENCY: [&str; 3] = ["normal", "soon", "urgent"];
const NAMES: [&str; 8] = ["陈大爷", "王阿姨", "李婆婆", "张师傅", "小刘", "赵老师", "周奶奶", "孙叔"];

/// Makes work.
pub struct Work {
    rng: SmallRng,
    common: Vec<char>,
    /// The time of what comes next, seconds since 1970.
    at: i64,
}

impl Work {
    /// Work from a seed, beginning at [`NOW`].
    pub fn new(seed: u64) -> Self {
        Self { rng: SmallRng::seed_from_u64(seed), common: COMMON.chars().filter(|c| !c.is_whitespace()).collect(), at: NOW }
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.random_range(0..of.len())]
    }

    /// A text of about so many characters: phrases, and between them what nobody could foresee.
    pub fn text(&mut self, chars: usize) -> String {
        let mut text = String::new();
        let mut length = 0;
        while length < chars {
            if self.rng.random_bool(0.2) {
                let phrase = self.one(&PHRASES);
                text.push_str(phrase);
                length += phrase.chars().count();
            }
            for _ in 0..self.rng.random_range(3..12) {
                // The square of an even chance prefers the common ones, about as language does.
                let place = self.rng.random_range(0.0..1.0f64).powi(2) * self.common.len() as f64;
                text.push(self.common[place as usize % self.common.len()]);
                length += 1;
            }
            text.push('，');
            length += 1;
        }
        text
    }

    /// When the next thing happens: a few minutes on.
    pub fn tick(&mut self) -> i64 {
        self.at += self.rng.random_range(30..400);
        self.at
    }

    /// A form filled in.
    pub fn record(&mut self, buildings: &[String]) -> Request {
        let kind = RecordKind::ALL[self.rng.random_range(0..RecordKind::ALL.len())];
        let building = buildings.get(self.rng.random_range(0..buildings.len().max(1))).cloned();
        Request::Record {
            kind,
            title: self.text(12),
            detail: self.text(150),
            category: self.one(&CATEGORIES).into(),
            building,
            unit: Some(self.rng.random_range(1..4).to_string()),
            door: Some(format!("{}0{}", self.rng.random_range(1..8), self.rng.random_range(1..5))),
            place_text: Some(self.text(5)),
            grid: None,
            urgency: self.one(&URGENCY).into(),
            asker: self.one(&NAMES).into(),
            resolved_note: None,
            photos: vec![],
            draft: None,
        }
    }

    /// An edit of a record that is there: a step, or a fact written anew.
    pub fn edit(&mut self, id: DocId) -> Request {
        match self.rng.random_range(0..6) {
            0 => Request::Set { id, field: field::TITLE.into(), value: self.text(12) },
            // Never what is there already: that would be no edit.
            1 => Request::Set { id, field: field::ASKER.into(), value: format!("{}{}", self.one(&NAMES), self.text(3)) },
            2 => Request::Set { id, field: field::CONTACT.into(), value: self.text(6) },
            _ => Request::Act { id, event: EventBody::Step { note: self.text(14) }, photos: vec![], draft: None },
        }
    }

    /// A day without signal on a phone that knows `known`: 40 new records and 60 edits.
    pub fn day(&mut self, phone: &LocalPhone, known: &[DocId]) -> Result<Vec<DocId>> {
        let buildings = phone.buildings()?;
        let mut made = Vec::new();
        for i in 0..NEW.max(EDITS) {
            if i < NEW {
                phone.set_time(self.tick());
                made.push(phone.record(self.record(&buildings))?);
            }
            if i < EDITS {
                phone.set_time(self.tick());
                let id = known[self.rng.random_range(0..known.len())];
                phone.call(self.edit(id))?;
            }
        }
        Ok(made)
    }

    /// A whole document as its phone made it: 16 fields, about 600 bytes of Chinese text; closed ones with their last step.
    pub fn document(&mut self, device: &RawDevice, scope: &NodeId, open: bool) -> Result<Document> {
        let fact = |field: &str, value: String| Write::Fact { field: field.to_owned(), value: Scalar::Str(value) };
        let kind = RecordKind::ALL[self.rng.random_range(0..RecordKind::ALL.len())];
        let record = NewRecord { kind, scope: scope.clone(), created_by: device.member.id.clone() };
        let place = format!(r#"{{"u":"{}","r":"{}02","t":"{}"}}"#, self.rng.random_range(1..4), self.rng.random_range(1..8), self.text(3));
        let writes = [
            fact(field::TITLE, self.text(12)),
            fact(field::DETAIL, self.text(130)),
            fact(field::CATEGORY, self.one(&CATEGORIES).into()),
            fact(field::PLACE, place),
            fact(field::URGENCY, self.one(&URGENCY).into()),
            fact(field::CHANNEL, "visit".into()),
            fact(field::ASKER, self.one(&NAMES).into()),
            fact(field::CONTACT, self.text(5)),
            Write::Event(EventBody::Step { note: self.text(14) }),
        ];
        let at = self.tick();
        let (mut document, _) = Document::create(device.actor, at, &record, &writes)?;
        if !open {
            let note = self.text(6);
            let at = self.tick();
            document.write(device.actor, at, &[Write::Event(EventBody::Resolve { by: None, note })])?;
        }
        Ok(document)
    }

    /// Fills a server with documents, of which `open` are open; as one device pushed them.
    pub fn fill(&mut self, device: &RawDevice, scope: &NodeId, count: usize, open: usize) -> Result<Vec<Document>> {
        let documents: Vec<Document> = (0..count)
            // Spread evenly, as open ones are in life.
            .map(|i| self.document(device, scope, (i + 1) * open / count > i * open / count))
            .collect::<Result<_>>()?;
        let mut groups: Vec<DocChanges> = Vec::new();
        let mut bytes = 0;
        for document in &documents {
            let changes: Vec<ByteBuf> = document.changes().into_iter().map(|(_, bytes)| ByteBuf::from(bytes)).collect();
            let group = DocChanges { doc: document.id(), changes };
            if bytes + group.byte_len() > MAX_PUSH {
                push(device, std::mem::take(&mut groups))?;
                bytes = 0;
            }
            bytes += group.byte_len();
            groups.push(group);
        }
        push(device, groups)?;
        Ok(documents)
    }
}

fn push(device: &RawDevice, groups: Vec<DocChanges>) -> Result<()> {
    let sent = groups.len();
    let answer = device.push(groups)?;
    ensure!(answer.verdicts.len() == sent, "{} verdicts for {sent} groups", answer.verdicts.len());
    for verdict in &answer.verdicts {
        ensure!(verdict.kind == VerdictKind::Stored, "{verdict:?}");
    }
    Ok(())
}

/// Changes one after the other, each after its length, under one zstd frame: the floor of any protocol that sends changes as they are.
pub fn framed<'a>(parts: impl IntoIterator<Item = &'a [u8]>, level: i32) -> Result<usize> {
    let mut all = Vec::new();
    for part in parts {
        // One byte for short parts, as any compact framing would need.
        let mut length = part.len();
        while length >= 0x80 {
            all.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        all.push(length as u8);
        all.extend_from_slice(part);
    }
    Ok(zstd::bulk::compress(&all, level)?.len())
}
