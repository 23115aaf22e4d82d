//! Naming a stand-in: a question to the server, for only it can change who may do what.

use super::{Phone, SyncError};
use beehive_core::{
    MemberId, NodeId,
    sync::{PROTOCOL, StandInRequest},
};

impl Phone {
    /// Lets a colleague stand in for this phone's member at a node (or everywhere they lead) until a moment (seconds since 1970), or ends
    /// it, and fetches the members anew.
    ///
    /// # Errors
    /// See [`SyncError`]; what the rule forbids comes with the server's words.
    pub async fn stand_in(&self, to: MemberId, node: Option<NodeId>, until: Option<i64>) -> Result<(), SyncError> {
        {
            let _busy = self.busy()?;
            self.wire().await?.stand_in(&StandInRequest { v: PROTOCOL, to, node, until }).await?;
        }
        self.sync().await.map(drop)
    }
}
