//! What can go wrong between the phone and the server: for each a stable code, what it means for the records, and what to do next.

use super::{InvitationError, answer::is_code};
use crate::api::{ApiError, InvitedView};
use beehive_core::sync::{OTHER_STREET, Problem};
use thiserror::Error;

/// Longest text of a server's answer that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// An exchange that did not come to its end. Whatever was not acknowledged stays in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyncError {
    /// This phone has no account yet.
    #[error("not enrolled")]
    NotEnrolled,
    /// The server could not be reached, or the link broke in the middle.
    #[error("no connection: {0}")]
    Offline(String),
    /// Whoever answered is not the server of the invitation.
    #[error("the server's certificate is not the one trusted")]
    Untrusted,
    /// The server no longer knows this phone.
    #[error("revoked")]
    Revoked(Option<Problem>),
    /// Another street's server answers at the address. It took nothing, and nothing of it was taken in.
    #[error("another street's server answers")]
    OtherStreet(Option<Problem>),
    /// The server speaks a newer protocol only.
    #[error("the server is too new for this program")]
    TooNew(Option<Problem>),
    /// The server refused or could not do it.
    #[error("the server answered {status}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// What it said, if it said anything readable.
        problem: Option<Problem>,
    },
    /// What came back is not an answer of a Beehive server. Nothing of it was taken in.
    #[error("bad answer: {0}")]
    BadAnswer(&'static str),
    /// The phone's own store failed (a full disk).
    #[error("store: {}", .0.code)]
    Store(ApiError),
    /// A fault of this program.
    #[error("internal: {0}")]
    Internal(String),
}

impl SyncError {
    /// Whether there was simply no connection: nothing to worry about, nothing to report.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Offline(_))
    }

    /// What an HTTP status and our server's words mean; without them somebody else answered, whatever the status.
    pub(super) fn from_status(status: u16, problem: Option<Problem>) -> Self {
        let Some(code) = problem.as_ref().map(|p| p.code.as_str()) else {
            return Self::BadAnswer(if matches!(status, 300..=399) { "a redirect" } else { "an error that is not our server's" });
        };
        match status {
            _ if code == "revoked" => Self::Revoked(problem),
            _ if code == OTHER_STREET => Self::OtherStreet(problem),
            426 => Self::TooNew(problem),
            _ if code == "too_new" || code == "unsupported_protocol" => Self::TooNew(problem),
            _ => Self::Server { status, problem },
        }
    }

    /// The code our server gave its answer; empty if it gave none.
    pub(super) fn said(&self) -> &str {
        match self {
            Self::Server { problem: Some(problem), .. } => &problem.code,
            _ => "",
        }
    }

    /// Whether the server said that it does not know this phone's credential.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Revoked(_) | Self::Server { status: 401, problem: Some(_) })
    }
}

impl From<&SyncError> for ApiError {
    fn from(e: &SyncError) -> Self {
        match e {
            SyncError::NotEnrolled => own("not_enrolled", "这台手机还没有登记。", "请向网格长要一张邀请，登记后再用。"),
            SyncError::Offline(_) => {
                own("offline", "现在连不上服务器。记录都在本机，一条不少。", "有信号时会自动再送；也可以稍后再点“同步”。")
            }
            SyncError::Untrusted => own(
                "untrusted_server",
                "连上的不是邀请里的那台服务器，已断开，什么都没有送出。",
                "换一个网络再试；还不行，请向管理员要一张新邀请。",
            ),
            SyncError::Revoked(problem) => said(problem, "revoked", "服务器已停用这台手机。没送出的记录没有丢。", "请联系管理员。"),
            SyncError::OtherStreet(problem) => said(
                problem,
                OTHER_STREET,
                "这个地址上是另一个街道的服务器：没有送任何记录给它，也没有收它的。记录都在本机，一条不少。",
                "请联系管理员核对服务器地址；要换街道，请用那个街道发的邀请登记。",
            ),
            SyncError::TooNew(problem) => {
                said(problem, "too_new", "服务器已经更新，这个版本太旧。记录都在本机，一条不少。", "请更新应用后再同步。")
            }
            SyncError::Server { status: 401, problem } => {
                said(problem, "unauthorized", "服务器不认得这台手机。没送出的记录还在本机。", "请向管理员要一张新邀请。")
            }
            SyncError::Server { status, problem } => said(
                problem,
                "server_error",
                &format!("服务器现在办不了（{status}）。记录都在本机，一条不少。"),
                "请稍后再试；一直这样，请告诉管理员。",
            ),
            SyncError::BadAnswer(_) => own(
                "bad_answer",
                "收到的不是服务器的正常答复，没有采用。记录都在本机，一条不少。",
                "如果连的是公共 Wi-Fi，请先登录它或换一个网络，再试一次。",
            ),
            SyncError::Store(error) => error.clone(),
            SyncError::Internal(_) => {
                own("internal", "程序内部出错，这一步没有做成。已存的记录都还在。", "请再试一次；一直这样，请把情况告诉管理员。")
            }
        }
    }
}

impl From<SyncError> for ApiError {
    fn from(e: SyncError) -> Self {
        Self::from(&e)
    }
}

/// An enrolment that did not come about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnrollError {
    /// The text is not a usable invitation.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// It is past its time by this phone's clock, and the server could not be asked.
    #[error("the invitation has expired")]
    Expired,
    /// It is of another street, and nobody has said that the present one may be set aside.
    #[error("the invitation is of another street")]
    ChangesStreet(InvitedView),
    /// The server could not be reached or refused it.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl From<EnrollError> for ApiError {
    fn from(e: EnrollError) -> Self {
        match e {
            EnrollError::Invitation(InvitationError::None) => {
                own("invitation_malformed", "这段文字里没有邀请。", "请把整条邀请（以 beehive://join 开头）重新复制过来。")
            }
            EnrollError::Invitation(InvitationError::Part(_)) => {
                own("invitation_malformed", "这条邀请不完整，可能在复制时少了一段。", "请把整条邀请重新复制过来，或向网格长要一张新的。")
            }
            EnrollError::Invitation(InvitationError::Insecure) => own(
                "invitation_insecure",
                "邀请里的服务器地址没有加密，不能通过公共网络使用。",
                "请管理员给服务器配上 https 地址，再发一张新邀请。",
            ),
            EnrollError::ChangesStreet(invited) => changes_street(&invited),
            EnrollError::Expired => own("invitation_expired", "这条邀请已经过期。", "请向网格长要一张新的。"),
            EnrollError::Sync(SyncError::Offline(_)) => {
                own("offline", "现在连不上服务器，还没有登记。", "请到有信号的地方，用同一条邀请再试一次。")
            }
            EnrollError::Sync(e) => e.into(),
        }
    }
}

fn changes_street(invited: &InvitedView) -> ApiError {
    let quoted = |name: &str| if name.is_empty() { String::new() } else { format!("“{name}”") };
    let left = invited.leaving.clone().unwrap_or_default();
    let waiting = left.unsent + left.refused + left.files + left.drafts;
    let unsent = if waiting == 0 {
        String::new()
    } else {
        format!(
            "其中没送出的记录 {} 条、照片和录音 {} 个，没收下的 {} 组，草稿 {} 份。",
            left.unsent, left.files, left.refused, left.drafts
        )
    };
    let message = format!(
        "这张邀请是另一个街道{}的，还没有用掉。换过去以后，现在街道{}的记录整个收在本机，不会带到新街道；再用原街道的邀请登记，就全都回来。{unsent}",
        quoted(&invited.street),
        quoted(&left.street)
    );
    own("changes_street", &message, "请先同步，把没送出的送完；确定要换，再确认一次（命令行加 --leave-street）。")
}

fn own(code: &str, message: &str, hint: &str) -> ApiError {
    ApiError { code: code.to_owned(), message: message.to_owned(), hint: hint.to_owned() }
}

/// The server's own words if it had any, ours else.
fn said(problem: &Option<Problem>, code: &str, message: &str, hint: &str) -> ApiError {
    match problem {
        Some(p) if is_code(&p.code) && !p.message.is_empty() => ApiError {
            code: p.code.clone(),
            message: p.message.chars().take(MAX_SHOWN).collect(),
            hint: p.hint.chars().take(MAX_SHOWN).collect(),
        },
        _ => own(code, message, hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str) -> Option<Problem> {
        Some(Problem { code: code.into(), message: "这条邀请已经用过。".into(), hint: "请要一张新的。".into() })
    }

    #[test]
    fn the_servers_words_are_passed_on() {
        let e = ApiError::from(SyncError::from_status(409, problem("invitation_used")));
        assert_eq!((e.code.as_str(), e.hint.as_str()), ("invitation_used", "请要一张新的。"));
        assert_eq!(ApiError::from(SyncError::from_status(401, problem("unauthorized"))).code, "unauthorized");
        assert_eq!(ApiError::from(SyncError::from_status(401, problem("revoked"))).code, "revoked");
        assert_eq!(ApiError::from(SyncError::from_status(426, problem("unsupported_protocol"))).code, "unsupported_protocol");
        for status in [302, 401, 403, 404, 407, 410, 426, 500, 502, 503, 511] {
            let strange = SyncError::from_status(status, None);
            assert!(!strange.is_unauthorized());
            assert_eq!(ApiError::from(strange).code, "bad_answer", "{status}");
        }
        assert_eq!(ApiError::from(SyncError::from_status(500, problem("<script>"))).code, "server_error");
    }
}
