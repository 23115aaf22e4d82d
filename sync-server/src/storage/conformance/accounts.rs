//! Rules of accounts.

use super::{NOW, actor, device};
use crate::{
    secret::SecretHash,
    storage::{ActorRow, Device, Invitation, Storage},
};
use beehive_core::{MemberId, reference::Member};
use std::sync::Arc;

fn with_member(storage: &Arc<dyn Storage>) -> MemberId {
    let id = MemberId::from("m-001");
    let member = Member { id: id.clone(), name: "李秀英".into(), kinds: vec![], grants: vec![] };
    storage.write(move |tx| tx.put_member(&member, crate::storage::ByWhom::FIRST)).unwrap();
    id
}

pub fn an_invitation_is_used_once(storage: &Arc<dyn Storage>) {
    let member = with_member(storage);
    let code = SecretHash::of("code");
    let row = Invitation { code, member, created_at: NOW, expires_at: NOW + 60, used_at: None };
    let kept = row.clone();
    storage.write(move |tx| tx.add_invitation(&kept)).unwrap();
    assert_eq!(storage.read(|rows| rows.invitation(&code)).unwrap(), Some(row.clone()));
    assert_eq!(storage.read(|rows| rows.invitation(&SecretHash::of("other"))).unwrap(), None);
    assert!(storage.write(move |tx| tx.use_invitation(&code, NOW + 1)).unwrap());
    assert!(!storage.write(move |tx| tx.use_invitation(&code, NOW + 2)).unwrap());
    assert_eq!(storage.read(|rows| rows.invitation(&code)).unwrap().unwrap().used_at, Some(NOW + 1));

    let second = SecretHash::of("second");
    let member = row.member.clone();
    storage
        .write(move |tx| {
            tx.add_invitation(&Invitation { code: second, ..row })?;
            tx.cancel_invitations(&member, NOW + 5)
        })
        .unwrap();
    assert_eq!(storage.read(|rows| rows.invitation(&second)).unwrap().unwrap().expires_at, NOW + 5);
}

pub fn devices_are_found_by_their_credential_and_revoked_once(storage: &Arc<dyn Storage>) {
    let member = with_member(storage);
    let credential = SecretHash::of("credential");
    let row = Device { id: device(1), member, credential, name: "荣耀".into(), enrolled_at: NOW, revoked_at: None, last_seen: None };
    let kept = row.clone();
    storage.write(move |tx| tx.add_device(&kept)).unwrap();
    assert_eq!(storage.read(|rows| rows.device_by_credential(&credential)).unwrap(), Some(row.clone()));
    assert_eq!(storage.read(|rows| rows.device(&device(1))).unwrap(), Some(row));
    storage.write(|tx| tx.touch_device(&device(1), NOW + 9)).unwrap();
    assert!(storage.write(|tx| tx.revoke_device(&device(1), NOW + 10)).unwrap());
    assert!(!storage.write(|tx| tx.revoke_device(&device(1), NOW + 11)).unwrap());
    assert!(!storage.write(|tx| tx.revoke_device(&device(2), NOW + 11)).unwrap());
    let all = storage.read(|rows| rows.devices()).unwrap();
    assert_eq!((all.len(), all[0].revoked_at, all[0].last_seen), (1, Some(NOW + 10), Some(NOW + 9)));
}

pub fn an_actor_stays_with_whom_it_was_first(storage: &Arc<dyn Storage>) {
    let of = |n: u8| ActorRow { actor: actor(7), device: device(n), member: MemberId(format!("m-{n}")) };
    assert_eq!(storage.read(|rows| rows.actor(&actor(7))).unwrap(), None);
    assert_eq!(storage.write(move |tx| tx.register_actor(&of(1))).unwrap(), of(1));
    assert_eq!(storage.write(move |tx| tx.register_actor(&of(2))).unwrap(), of(1));
    assert_eq!(storage.read(|rows| rows.actor(&actor(7))).unwrap(), Some(of(1)));
}
