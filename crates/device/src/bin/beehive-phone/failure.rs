//! What the command line says and answers when something could not be done.

use beehive_device::{api::ApiError, host::HostError, key::KeyError, net::EnrollError, net::SyncError, store::OpenError};
use beehive_machine::{export::ExportError, terminal};
use std::process::ExitCode;

/// Refused, or it failed.
pub const REFUSED: u8 = 1;
/// The command line or a JSON argument is wrong.
pub const USAGE: u8 = 2;
/// No connection to the server.
pub const OFFLINE: u8 = 3;
/// The store is locked or cannot be opened.
pub const STORE: u8 = 4;

/// What the engine adds for forms.
const WORDS_ARE_KEPT: &str = "文字没有受影响。";

/// Why a command ends without its result.
pub struct Failure {
    exit: u8,
    error: ApiError,
}

impl Failure {
    pub fn new(exit: u8, code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit, error: ApiError { code: code.into(), message: message.into(), hint: hint.into() } }
    }

    /// It was done, but what it said was lost.
    pub fn unwritten(e: &std::io::Error) -> Self {
        let message = format!("命令做完了，但结果没有完整写出来：{e}。");
        Self::new(REFUSED, "output_unwritten", message, "请不要重做，先用 list 或 status 查看。")
    }

    /// The same, of a file.
    pub fn about(mut self, file: &str) -> Self {
        self.error.message = format!("{file}：{}", self.error.message);
        self
    }

    /// The engine speaks to a form, which keeps its words. A command has none to keep.
    pub fn nothing_was_done(mut self) -> Self {
        self.error.message = format!("{}这一步没有做，什么也没有写下。", self.error.message.replace(WORDS_ARE_KEPT, ""));
        self
    }

    /// The words of a record are on the disk, but not all of its photos.
    pub fn without_photos(id: &str, lost: Vec<Self>) -> Option<Self> {
        let told: String = lost.iter().map(|f| f.error.message.replace(WORDS_ARE_KEPT, "")).collect();
        let mut first = lost.into_iter().next()?;
        first.error.message = format!("文字已经记下，编号 {id}；{told}");
        first.error.hint = format!("请用 attach {id} 文件 再加照片，不要重记。");
        Some(first)
    }

    /// The exit code.
    pub fn exit(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }

    /// Says it on stderr: one line, or one JSON document.
    pub fn report(&self, json: bool) -> ExitCode {
        let ApiError { code, message, hint } = &self.error;
        if json {
            let text = serde_json::to_string(&self.error).unwrap_or_else(|_| format!("{{\"code\":\"{code}\"}}"));
            terminal::complain_json(&text);
        } else {
            terminal::complain(&format!("{message}{hint} [{code}]").replace(['\n', '\r'], " "));
        }
        self.exit()
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit = if error.code == "offline" { OFFLINE } else { REFUSED };
        Self { exit, error }
    }
}

impl From<SyncError> for Failure {
    fn from(e: SyncError) -> Self {
        ApiError::from(e).into()
    }
}

impl From<EnrollError> for Failure {
    fn from(e: EnrollError) -> Self {
        ApiError::from(e).into()
    }
}

impl From<OpenError> for Failure {
    fn from(e: OpenError) -> Self {
        Self { exit: STORE, error: e.api() }
    }
}

impl From<ExportError> for Failure {
    fn from(e: ExportError) -> Self {
        Self::new(REFUSED, e.code(), e.message(), e.hint())
    }
}

impl From<KeyError> for Failure {
    fn from(e: KeyError) -> Self {
        match e {
            KeyError::Io { path, source } => Self::new(
                STORE,
                "key_unreadable",
                format!("打不开密钥文件 {}：{source}。", path.display()),
                "请检查文件夹是否存在、是否有权限。",
            ),
            KeyError::Malformed(path) => Self::new(
                STORE,
                "key_damaged",
                format!("密钥文件 {} 已损坏，没有改动它。", path.display()),
                "请从备份恢复这个文件；没有它就打不开记录。",
            ),
            KeyError::Lost(path) => Self::new(
                STORE,
                "wrong_key",
                format!("密钥文件 {} 不见了，打不开这里的记录。记录没有改动。", path.display()),
                "请从备份找回这个文件；没有它就打不开记录。",
            ),
            KeyError::Random => Self::new(STORE, "no_randomness", "系统给不出随机数，无法安全地打开记录。", "请重启后再试。"),
        }
    }
}

impl From<HostError> for Failure {
    fn from(e: HostError) -> Self {
        match e {
            HostError::NotLoopback(address) => {
                Self::new(USAGE, "not_loopback", format!("{address} 可以从别的机器访问，不能用来打开手机界面。"), "请用 127.0.0.1 的地址。")
            }
            HostError::Bind(address, e) => {
                Self::new(REFUSED, "listen_failed", format!("不能使用地址 {address}：{e}。"), "请换一个端口，或用端口 0。")
            }
            HostError::Ui(path, e) => Self::new(
                REFUSED,
                "ui_missing",
                format!("读不到界面文件 {}：{e}。", path.display()),
                "请先构建 ui/phone，再用 --ui 指向它的 dist。",
            ),
            HostError::ReadyFile(ExportError::Io(path, e)) => {
                Self::new(REFUSED, "ready_file_unwritable", format!("写不了 {}：{e}。", path.display()), "请换一个能写的位置。")
            }
            HostError::ReadyFile(e) => Self::new(REFUSED, e.code(), e.message(), "请换一个就绪文件。"),
            HostError::Random => Self::new(REFUSED, "no_randomness", "系统给不出随机数，无法安全地打开界面。", "请重启后再试。"),
            HostError::Io(e) => Self::new(REFUSED, "serve_failed", format!("服务中断：{e}。"), "请重新启动。"),
        }
    }
}
