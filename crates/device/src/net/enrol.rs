//! Enrolling: where an invitation leads is found out before its one-time code is used.

use super::{EnrollError, Invitation, Phone, SyncError, wire::Wire};
use crate::{
    api::{Connection, InvitedView},
    engine::Way,
};
use beehive_core::{
    StreetId,
    sync::{EnrollRequest, PROTOCOL},
};

/// Where an invitation leads.
struct Lead {
    invitation: Invitation,
    wire: Wire,
    street: Option<StreetId>,
    way: Way,
}

impl Phone {
    /// Enrols this phone. On success the account is on disk; the first sync is the caller's next step.
    ///
    /// # Errors
    /// See [`EnrollError`]; [`EnrollError::ChangesStreet`] if the invitation is of another street. Its code is then not used.
    pub async fn enroll(&self, invitation: &str) -> Result<(), EnrollError> {
        self.enroll_or_leave(invitation, false).await
    }

    /// The same; with `leave` the present street may be set aside for the invitation's. Whatever goes wrong, it stays open.
    ///
    /// # Errors
    /// See [`EnrollError`].
    pub async fn enroll_or_leave(&self, invitation: &str, leave: bool) -> Result<(), EnrollError> {
        let Lead { invitation, mut wire, street, way } = self.lead(invitation).await?;
        if !leave && matches!(way, Way::Leave(_)) {
            let invited = self.invited(&mut wire, &way).await?;
            if invited.leaving.is_some() {
                return Err(EnrollError::ChangesStreet(invited));
            }
        }
        // From here on the server itself refuses if it is not the street that was looked at.
        wire.street = street;
        let code = invitation.code.clone();
        let credential = self.on_store(move |engine| engine.enrolling(&code)).await?;
        let request = EnrollRequest {
            v: PROTOCOL,
            code: invitation.code.clone(),
            device_name: self.0.options.device_name.clone(),
            credential: Some(credential),
        };
        let answer = wire.enroll(&request).await.map_err(|e| self.explained(e, &invitation))?;
        if street.zip(answer.street).is_some_and(|(asked, got)| asked != got) {
            return Err(SyncError::OtherStreet(None).into());
        }
        let fingerprint = invitation.fingerprint.map(|f| f.to_string());
        let arrive = move |engine: &crate::engine::Engine| engine.arrive(&way, &invitation.server, fingerprint.as_deref(), answer);
        // What is under way with the street that is left ends as it would without signal.
        let cut = self.0.cut.send_replace(true);
        let arrived = {
            let _alone = self.0.busy.write().await;
            self.on_store(arrive).await
        };
        self.0.cut.send_replace(cut);
        arrived?;
        self.set_link(Connection::Unknown, 0).await;
        Ok(())
    }

    /// Where an invitation leads, without using it.
    ///
    /// # Errors
    /// See [`EnrollError`].
    pub async fn look_at(&self, invitation: &str) -> Result<InvitedView, EnrollError> {
        let Lead { mut wire, way, .. } = self.lead(invitation).await?;
        self.invited(&mut wire, &way).await
    }

    async fn lead(&self, text: &str) -> Result<Lead, EnrollError> {
        let invitation = Invitation::parse(text)?;
        let client = self.client(invitation.fingerprint)?;
        let mut wire = Wire::new(client, invitation.server.clone(), None, self.0.cut.subscribe());
        let street = match invitation.street {
            Some(street) => Some(street),
            None => wire.ask_street().await.map_err(|e| self.explained(e, &invitation))?.map(|answer| answer.street),
        };
        let (server, fingerprint) = (invitation.server.clone(), invitation.fingerprint.map(|f| f.to_string()));
        let to = self.on_store(move |engine| engine.way_to(&server, fingerprint.as_deref(), street)).await?;
        let mut way = to.otherwise;
        for probe in to.probes {
            if wire.knows(&probe.credential).await.map_err(|e| self.explained(e, &invitation))? {
                way = probe.way;
                break;
            }
        }
        Ok(Lead { invitation, wire, street, way })
    }

    async fn invited(&self, wire: &mut Wire, way: &Way) -> Result<InvitedView, EnrollError> {
        let Way::Leave(folder) = way.clone() else {
            return Ok(InvitedView { street: String::new(), changes: false, known: false, leaving: None });
        };
        let (leaving, known) = self.on_store(move |engine| Ok((engine.leaving()?, engine.knows_folder(&folder)))).await?;
        // Only to name it in the question.
        let street = wire.ask_street().await.ok().flatten().map(|answer| answer.name).unwrap_or_default();
        Ok(InvitedView { street, changes: true, known, leaving })
    }

    /// The server decides whether an invitation still holds, for a phone's clock may be wrong. Only where it cannot be asked is the date
    /// the better explanation.
    fn explained(&self, e: SyncError, invitation: &Invitation) -> EnrollError {
        if e.is_offline() && invitation.expires <= self.0.options.clock.now() { EnrollError::Expired } else { e.into() }
    }
}
