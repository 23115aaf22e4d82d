//! The rescue file: what goes in comes out on the server it is for, and nowhere else, and no bytes get more out of it than an error.

use beehive_core::{
    ActorId, DeviceId, DocId, FileHash,
    rescue::{
        Head, MAGIC, MAX_RESCUE, Marked, Rescue, RescueDoc, RescueDraft, RescueError, RescueFile, RescueRefused, RescueSecret, pack, seal,
    },
    sync::encode,
};
use hmac::{Hmac, Mac as _};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

const MARK: [u8; 32] = [9; 32];

fn secret(n: u8) -> RescueSecret {
    RescueSecret::from_bytes([n; 32])
}

fn file(bytes: &[u8]) -> RescueFile {
    RescueFile { hash: FileHash(Sha256::digest(bytes).into()), media: "image/jpeg".into(), bytes: bytes.to_vec() }
}

fn content() -> Rescue {
    let changes = |n: usize| (0..n).map(|i| ByteBuf::from(vec![i as u8; 300])).collect::<Vec<_>>();
    Rescue {
        head: Head {
            street_id: None,
            device: DeviceId([7; 8]),
            member: "m-001".into(),
            tenant: "保和街道".into(),
            epoch: None,
            at: 1_795_000_000,
            program: "0.1.0".into(),
            actors: vec![ActorId([1; 8])],
        },
        docs: (0..5_000u32)
            .map(|n| RescueDoc { doc: DocId([n as u8; 16]), changes: changes(1 + n as usize % 3), history: vec![] })
            .collect(),
        refused: vec![RescueRefused {
            doc: DocId([2; 16]),
            code: "not_your_role".into(),
            held: false,
            at: 1_795_000_001,
            title: "门禁坏了".into(),
            says: vec!["新记：需求".into()],
            changes: changes(1),
        }],
        drafts: vec![RescueDraft { id: "record".into(), at: 1_795_000_002, body: r#"{"words":"灯不亮"}"#.into() }],
        files: vec![file(b"a photo"), file(&[0; 4_000])],
    }
}

fn sealed(rescue: &Rescue) -> Vec<u8> {
    seal(&mut crypto_box::aead::OsRng, &secret(1).public(), &pack(rescue, &MARK).unwrap()).unwrap()
}

/// Everything a server does with a file.
fn read(file: &[u8], secrets: &[RescueSecret], mark: &[u8; 32]) -> Result<Rescue, RescueError> {
    let packed = RescueSecret::open(secrets, file)?;
    Marked::read(&packed)?.prove(mark)
}

#[test]
fn what_goes_in_comes_out_for_the_right_server_and_device_only() {
    let rescue = content();
    let file = sealed(&rescue);
    assert_eq!(read(&file, &[secret(3), secret(1)], &MARK).unwrap(), rescue);
    assert_eq!(read(&file, &[secret(2)], &MARK), Err(RescueError::OtherKey));
    assert_eq!(read(&file, &[secret(1)], &[8; 32]), Err(RescueError::NotFromDevice));
    // Whoever finds it learns nothing: not a word of it stands there, and no two files are alike.
    assert!(!file.windows(4).any(|w| w == "门禁".as_bytes().split_at(4).0));
    assert_ne!(file[40..], sealed(&rescue)[40..]);
}

#[test]
fn files_that_are_none_are_told_apart() {
    let file = sealed(&Rescue { docs: vec![], files: vec![], ..content() });
    let read = |bytes: &[u8]| read(bytes, &[secret(1)], &MARK).unwrap_err();
    assert_eq!(read(b""), RescueError::NotRescue);
    assert_eq!(read(b"PK\x03\x04 something else"), RescueError::NotRescue);
    assert_eq!(read(MAGIC), RescueError::Damaged);
    let mut newer = file.clone();
    newer[MAGIC.len()] = 2;
    assert_eq!(read(&newer), RescueError::Newer(2));
    assert_eq!(read(&file[..file.len() - 1]), RescueError::Damaged);
    assert_eq!(read(&[file.as_slice(), b"x"].concat()), RescueError::Damaged);
    let mut huge = MAGIC.to_vec();
    huge.resize(MAX_RESCUE + 1, 1);
    assert_eq!(read(&huge), RescueError::TooLarge);
    for e in [RescueError::NotRescue, RescueError::Newer(2), RescueError::OtherKey, RescueError::NotFromDevice] {
        assert!(e.sentence().ends_with('。') && !e.code().is_empty());
    }
}

/// A change of any byte of a file in transit is noticed; nothing of it comes out.
#[test]
fn no_mutated_file_is_read() {
    let file = sealed(&Rescue { docs: vec![], files: vec![], ..content() });
    let mut rng = StdRng::seed_from_u64(20_261_125);
    for _ in 0..3_000 {
        let mut bad = file.clone();
        match rng.random_range(0..3) {
            0 => bad.truncate(rng.random_range(0..file.len())),
            1 => {
                let at = rng.random_range(0..bad.len());
                bad[at] ^= 1 << rng.random_range(0..8);
            }
            _ => bad.insert(rng.random_range(0..bad.len()), rng.random()),
        }
        assert!(read(&bad, &[secret(1)], &MARK).is_err());
    }
}

fn marked_again(body: &[u8]) -> Vec<u8> {
    let mut mark = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&MARK).unwrap();
    mark.update(b"beehive rescue file 1");
    mark.update(body);
    let mut out = body.to_vec();
    out.push(0);
    out.extend_from_slice(&32u32.to_le_bytes());
    out.extend_from_slice(&mark.finalize().into_bytes());
    out
}

fn section(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
}

/// What an enrolled but hostile phone can make: its mark is right, the rest is anything. It gets an error, in bounded memory.
#[test]
fn a_hostile_device_gets_no_further_than_an_error() {
    let packed = pack(&Rescue { docs: content().docs[..40].to_vec(), ..content() }, &MARK).unwrap();
    let body = &packed[..packed.len() - 37];
    assert!(Marked::read(&marked_again(body)).unwrap().prove(&MARK).is_ok());
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..3_000 {
        let mut bad = body.to_vec();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bad.len());
            bad[at] = rng.random();
        }
        // It may be read as something else or be refused; it must not panic or take more than it has.
        drop(Marked::read(&marked_again(&bad)).and_then(|m| m.prove(&MARK)));
    }

    let head = section(1, &encode(&content().head, 3).unwrap());
    let with = |more: &[u8]| Marked::read(&marked_again(&[head.as_slice(), more].concat())).and_then(|m| m.prove(&MARK));
    assert!(with(&[]).is_ok());
    assert!(with(&section(200, b"of a newer program")).is_ok(), "unknown sections are skipped");
    let bomb = encode(&vec![ByteBuf::from(vec![0; 20 * 1024 * 1024])], 3).unwrap();
    assert_eq!(with(&section(2, &bomb)), Err(RescueError::TooLarge));
    // Many sections, each within its own limit, are too much together.
    let ten = encode(&vec![RescueDraft { id: "x".into(), at: 0, body: "a".repeat(10 * 1024 * 1024) }], 3).unwrap();
    assert_eq!(with(&section(4, &ten).repeat(20)), Err(RescueError::TooLarge));
    assert_eq!(with(&section(4, &[]).repeat(30_000)), Err(RescueError::TooLarge));
    assert_eq!(with(&section(1, &encode(&content().head, 3).unwrap())), Err(RescueError::Damaged));
    // A photo whose bytes are not those of its name.
    let photo = [&[0u8; 32][..], &[1], b"x", b"bytes"].concat();
    assert_eq!(with(&section(5, &photo)), Err(RescueError::Damaged));
    assert_eq!(Marked::read(&[2, 255, 255, 255, 255]).err(), Some(RescueError::Damaged));
}
