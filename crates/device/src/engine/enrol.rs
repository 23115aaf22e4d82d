//! What an enrolment leaves in the store.

use super::{
    Inner,
    apply::offer_everything_again,
    open::set_actor,
    reference::Reference,
    types::{Account, Credential},
};
use crate::store::{StoreError, attachment, change, file, meta, reference, refused};
use beehive_core::{CredentialHash, sync::EnrollResponse};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An enrolment under way: the credential this phone made for an invitation.
#[derive(Serialize, Deserialize)]
struct Enrolling {
    code: String,
    credential: Credential,
}

impl Inner {
    /// The credential to ask for with an invitation's code: the one written down for it before, or a new one.
    pub fn enrolling(&self, code: &str) -> Result<CredentialHash, StoreError> {
        self.store.write(|tx| {
            let before: Option<Enrolling> = meta::get_json(tx, meta::ENROLLING)?;
            if let Some(before) = before.filter(|e| e.code == code) {
                return Ok(before.credential.hash());
            }
            let credential = Credential::random().ok_or(StoreError::Random)?;
            let hash = credential.hash();
            meta::set_json(tx, meta::ENROLLING, &Enrolling { code: code.to_owned(), credential })?;
            Ok(hash)
        })
    }

    /// The credential written down for the enrolment that is under way.
    pub fn asked_with(&self) -> Result<Option<Credential>, StoreError> {
        self.store.read(|conn| Ok(meta::get_json::<Enrolling>(conn, meta::ENROLLING)?.map(|e| e.credential)))
    }

    /// Keeps the credential. Work of the same member stays and is offered to the server; another member's must have been sent before.
    /// `asked` is the credential that was asked for, where the server took it.
    pub fn enrolled(
        &self,
        server: &str,
        fingerprint: Option<&str>,
        response: EnrollResponse,
        asked: Option<Credential>,
    ) -> Result<(), StoreError> {
        let before = self.account();
        let known = before.as_ref().and_then(|account| account.street);
        if known.zip(response.street).is_some_and(|(here, there)| here != there) {
            return Err(StoreError::OtherStreet);
        }
        let actor = self.store.surroundings().fresh_actor().ok_or(StoreError::Random)?;
        let epoch = response.epoch;
        let credential = response.credential.map(Credential::new).or(asked).ok_or(StoreError::NotEnrolled)?;
        let account = Account {
            server: server.to_owned(),
            fingerprint: fingerprint.map(str::to_owned),
            device: response.device,
            credential,
            member: response.member,
            tenant: response.tenant,
            street: response.street.or(known),
        };
        let other = before.is_some_and(|before| before.member.id != account.member.id);
        let reference = self.store.write(|tx| {
            let before: Option<Account> = meta::get_json(tx, meta::ACCOUNT)?;
            match &before {
                Some(before) if before.member.id != account.member.id => clear_for_another(tx)?,
                Some(_) if meta::get(tx, meta::EPOCH)?.as_deref() != Some(epoch.to_string().as_str()) => offer_everything_again(tx)?,
                _ => {}
            }
            meta::set_json(tx, meta::ACCOUNT, &account)?;
            meta::remove(tx, meta::ENROLLING)?;
            meta::set(tx, meta::EPOCH, &epoch.to_string())?;
            match response.rescue_key {
                Some(key) => meta::set(tx, meta::RESCUE_KEY, &key.to_string())?,
                None => meta::remove(tx, meta::RESCUE_KEY)?,
            }
            set_actor(tx, &actor, Some(&account))?;
            let reference = Reference::load(tx, Some(&account), self.clock.now())?;
            self.set_actor(actor);
            Ok(reference)
        })?;
        if other {
            self.store.files(file::clear)?;
        }
        // Should this fail, the next start sees two different names and takes a third.
        self.store.write_actor(&actor)?;
        self.set_account(Some(account));
        self.set_reference(Arc::new(reference));
        self.notify();
        Ok(())
    }
}

/// Another member begins on this phone: nothing of the one before may stay, and nothing of theirs may be lost.
fn clear_for_another(conn: &Connection) -> Result<(), StoreError> {
    let untaken = refused::count(conn)? + refused::held_count(conn)?;
    if change::outbox_records(conn)? > 0 || untaken > 0 || attachment::waiting(conn)?.0 > 0 {
        return Err(StoreError::OtherMember);
    }
    for table in ["document", "change", "matter", "attachment", "actor", "scope", "pack", "pack_part", "want", "aside", "refused", "draft"]
    {
        conn.execute(&format!("DELETE FROM {table}"), [])?;
    }
    for key in [meta::LAST_SYNC, meta::REPAIRED] {
        meta::remove(conn, key)?;
    }
    reference::clear(conn)
}
