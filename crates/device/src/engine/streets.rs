//! Changing street: the one that is open is set aside whole, the other one's own store is opened, and nothing goes from one to the other.
//!
//! Which street an invitation leads to must be certain before its code is used. Where both sides name theirs, that decides. A street
//! without a name (its server is of before, or this phone has not heard of it yet) is the same only if it is at the same address and
//! still knows the credential of then.

use super::{
    Engine, Inner, guard,
    types::{Account, Credential, OpenOptions},
};
use crate::{
    api::{LeavingView, SettingsView},
    store::{StoreError, change, document, draft, meta, refused, streets::Known},
};
use beehive_core::{StreetId, sync::EnrollResponse};
use std::sync::{Arc, PoisonError, atomic::Ordering};

/// How this phone gets to the street of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// It is there, or it is in none yet.
    Stay,
    /// To another one, in a folder of this name: the present one is set aside.
    Leave(String),
}

/// A street without a name that may be the one asked for: it is if its server knows this credential.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What to show.
    pub credential: Credential,
    /// The way, if it is known there.
    pub way: Way,
}

/// Where an invitation leads.
#[derive(Debug, Clone)]
pub struct Destination {
    /// To be asked in this order.
    pub probes: Vec<Probe>,
    /// The way if none of them is known.
    pub otherwise: Way,
}

/// One server, as far as an address says.
fn is_at(known: &Known, server: &str, fingerprint: Option<&str>) -> bool {
    known.server == server && known.fingerprint.as_deref() == fingerprint
}

impl Engine {
    /// Which way an invitation to `server` leads, where `street` is what that server calls itself.
    ///
    /// # Errors
    /// A store cannot be read.
    pub fn way_to(&self, server: &str, fingerprint: Option<&str>, street: Option<StreetId>) -> Result<Destination, StoreError> {
        let inner = self.inner();
        let account = inner.account();
        let home = guard(&self.shared.home);
        let here = account.as_ref().and_then(|a| a.street).or(home.here().and_then(|k| k.street));
        let decided = |way| Ok(Destination { probes: Vec::new(), otherwise: way });
        if street.is_some() && here == street {
            return decided(Way::Stay);
        }
        if let Some(back) = home.elsewhere().find(|k| street.is_some() && k.street == street) {
            return decided(Way::Leave(back.folder.clone()));
        }
        let mut probes = Vec::new();
        let open = |of: Option<StreetId>| of.is_none() || street.is_none();
        if let Some(account) = account.as_ref().filter(|_| open(here))
            && is_at(&known_of(home.current(), account), server, fingerprint)
        {
            probes.push(Probe { credential: account.credential.clone(), way: Way::Stay });
        }
        for known in home.elsewhere().filter(|k| open(k.street) && is_at(k, server, fingerprint)) {
            if let Some(account) = self.account_in(&home.path(&known.folder)) {
                probes.push(Probe { credential: account.credential, way: Way::Leave(known.folder.clone()) });
            }
        }
        if account.is_none() && here.is_none() && inner.is_blank()? {
            return Ok(Destination { probes, otherwise: Way::Stay });
        }
        let name = match street {
            Some(street) => street,
            None => {
                let mut name = StreetId::default();
                getrandom::fill(&mut name.0).map_err(|_| StoreError::Random)?;
                name
            }
        };
        Ok(Destination { probes, otherwise: Way::Leave(name.to_string()) })
    }

    /// Whether this phone was in a street of this folder before.
    pub fn knows_folder(&self, folder: &str) -> bool {
        guard(&self.shared.home).elsewhere().any(|k| k.folder == folder)
    }

    /// What would be set aside; `None` if there is nothing here.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn leaving(&self) -> Result<Option<LeavingView>, StoreError> {
        let inner = self.inner();
        let account = inner.account();
        if account.is_none() && inner.is_blank()? {
            return Ok(None);
        }
        let status = inner.status()?;
        let drafts = inner.store.read(draft::begun)?;
        Ok(Some(LeavingView {
            street: account.map(|a| a.tenant).unwrap_or_default(),
            unsent: status.unsent,
            refused: status.refused + status.held,
            drafts,
            files: status.files.unsent,
        }))
    }

    /// Keeps the credential that an enrolment brought or confirmed, and begins to write under a fresh actor, in the street that is open.
    ///
    /// # Errors
    /// [`StoreError::OtherMember`] if unsent work of another member is on this phone, [`StoreError::OtherStreet`] if the answer is of
    /// another street.
    pub fn enrolled(&self, server: &str, fingerprint: Option<&str>, response: EnrollResponse) -> Result<(), StoreError> {
        self.arrive(&Way::Stay, server, fingerprint, response)
    }

    /// The same by a way of [`Engine::way_to`]. The street changes at one moment, when everything of the new one is on the disk: before
    /// it everything is as it was, and asking again goes on from there.
    ///
    /// # Errors
    /// See [`Engine::enrolled`]; after any, the street that was open still is.
    pub fn arrive(&self, way: &Way, server: &str, fingerprint: Option<&str>, response: EnrollResponse) -> Result<(), StoreError> {
        let before = self.inner();
        let asked = before.asked_with()?;
        let Way::Leave(folder) = way else {
            before.enrolled(server, fingerprint, response, asked)?;
            self.note_street();
            return Ok(());
        };
        let mut home = guard(&self.shared.home);
        let options = OpenOptions { dir: home.path(folder), key: self.shared.key.clone(), clock: before.clock.clone() };
        let events = before.events.clone();
        let next = Inner::open(options, &home, folder, before.store.share_surroundings(), events)?;
        next.take_settings(&before.settings()?)?;
        next.enrolled(server, fingerprint, response, asked)?;
        let account = next.account().ok_or(StoreError::NotEnrolled)?;
        if let Some(left) = before.account() {
            let left = known_of(home.current(), &left);
            home.note(left)?;
        }
        before.store.surroundings().replacing_file()?;
        home.go(known_of(folder, &account))?;
        *guard(&next.link) = before.link();
        next.metered.store(before.metered.load(Ordering::Relaxed), Ordering::Relaxed);
        let next = Arc::new(next);
        *self.shared.open.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
        if let Err(e) = before.store.write(|tx| meta::remove(tx, meta::ENROLLING)) {
            tracing::warn!(error = %e, "an enrolment that came about stays noted in the street that was left");
        }
        tracing::info!("another street is open; the one before is set aside");
        next.notify();
        Ok(())
    }

    /// Notes which street the server of this phone is, once it has said so.
    ///
    /// # Errors
    /// The store cannot be written, or it had said another.
    pub fn adopt(&self, street: StreetId) -> Result<(), StoreError> {
        self.inner().adopt(street)?;
        self.note_street();
        Ok(())
    }

    /// Whether it is not sure who answers at the server's address.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn doubt(&self) -> Result<bool, StoreError> {
        self.inner().store.read(|conn| Ok(meta::get(conn, meta::DOUBT)?.is_some()))
    }

    /// Notes that it is not, or is again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn set_doubt(&self, doubt: bool) -> Result<(), StoreError> {
        if self.doubt()? == doubt {
            return Ok(());
        }
        self.inner().store.write(|tx| if doubt { meta::set(tx, meta::DOUBT, "1") } else { meta::remove(tx, meta::DOUBT) })
    }

    /// Sees to it that the register says of the open street what its store says. It is also what is left to tell the street by if that
    /// store is ever damaged, so nothing may be wrong in it; but no work waits for it.
    pub(super) fn note_street(&self) {
        let mut home = guard(&self.shared.home);
        for folder in home.unknown_folders() {
            let account = self.account_in(&home.path(&folder));
            if let Some(Err(e)) = account.map(|account| home.note(known_of(&folder, &account))) {
                tracing::warn!(error = %e, "a street that was found cannot be noted");
            }
        }
        let Some(account) = self.inner().account() else { return };
        let here = known_of(home.current(), &account);
        if let Err(e) = home.note(here) {
            tracing::warn!(error = %e, "the register of streets cannot be written");
        }
    }

    fn account_in(&self, dir: &std::path::Path) -> Option<Account> {
        let read = crate::store::peek(dir, &self.shared.key, |conn| meta::get_json(conn, meta::ACCOUNT));
        read.map_err(|e| tracing::warn!(error = %e, "a street that is set aside cannot be read now")).ok().flatten()
    }
}

impl Inner {
    /// Whether nothing of anybody is here.
    fn is_blank(&self) -> Result<bool, StoreError> {
        self.store.read(|conn| {
            let work = change::outbox_records(conn)? + refused::count(conn)? + refused::held_count(conn)?;
            Ok(work == 0 && document::all(conn)?.is_empty() && draft::all(conn)?.is_empty())
        })
    }

    /// A person's own settings come along; the hours of rest may be the street's.
    fn take_settings(&self, settings: &SettingsView) -> Result<(), StoreError> {
        let settings = SettingsView { quiet_from: None, quiet_until: None, ..settings.clone() };
        self.store.write(|tx| match meta::get(tx, meta::SETTINGS)? {
            Some(_) => Ok(()),
            None => meta::set_json(tx, meta::SETTINGS, &settings),
        })
    }

    fn adopt(&self, street: StreetId) -> Result<(), StoreError> {
        let Some(account) = self.account() else { return Err(StoreError::NotEnrolled) };
        match account.street {
            Some(known) if known == street => return Ok(()),
            Some(_) => return Err(StoreError::OtherStreet),
            None => {}
        }
        let account = Account { street: Some(street), ..account };
        self.store.write(|tx| meta::set_json(tx, meta::ACCOUNT, &account))?;
        self.set_account(Some(account));
        Ok(())
    }
}

fn known_of(folder: &str, account: &Account) -> Known {
    Known {
        folder: folder.to_owned(),
        street: account.street,
        name: account.tenant.clone(),
        server: account.server.clone(),
        fingerprint: account.fingerprint.clone(),
    }
}
