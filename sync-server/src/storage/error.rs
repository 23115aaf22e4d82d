//! Everything that can go wrong between the server and its database.

use thiserror::Error;

/// Why the storage could not do something. Every variant has a stable code and a Chinese sentence with the next step.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The database was made by a newer program.
    #[error("the database has schema {found}, this program knows {known}")]
    Newer {
        /// The version found.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// Another process serves this folder.
    #[error("another process serves this folder")]
    Locked,
    /// There is no database in the folder.
    #[error("there is no database here")]
    Absent,
    /// `init` on a folder that has a database.
    #[error("there is a database here already")]
    Present,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another process holds the database for too long.
    #[error("the database is busy")]
    Busy,
    /// The file is damaged, or not a database.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The folder or a file in it cannot be used.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A row that does not have the form it was written in.
    #[error("a stored row cannot be read: {0}")]
    BadRow(&'static str),
    /// Two rows that must not be there at once.
    #[error("the row is there already")]
    Exists,
    /// The storage is being shut down, or a job ended in a panic.
    #[error("the storage has stopped")]
    Stopped,
    /// Anything else the database says.
    #[error("database: {0}")]
    Database(String),
}

impl StorageError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "database_newer",
            Self::Locked => "data_dir_in_use",
            Self::Absent => "not_initialised",
            Self::Present => "already_initialised",
            Self::Full => "disk_full",
            Self::Busy => "database_busy",
            Self::Corrupt(_) => "database_damaged",
            Self::Io(_) => "data_dir_unusable",
            Self::BadRow(_) => "row_unreadable",
            Self::Exists => "exists_already",
            Self::Stopped => "storage_stopped",
            Self::Database(_) => "database_error",
        }
    }

    /// What a person reads: what is the matter and what to do.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "数据库是由更新版本的程序建立的。请换用新版 sync-server，不要用旧版打开。",
            Self::Locked => "这个数据目录正由另一个 sync-server 使用。请先停掉它，或换一个目录。",
            Self::Absent => "这个目录里还没有数据库。请先运行 sync-server --data 目录 init。",
            Self::Present => "这个目录里已经有数据库，不会覆盖。请换一个空目录。",
            Self::Full => "服务器磁盘已满，这次没有存下，手机上的记录不会丢。请管理员清理磁盘后再同步。",
            Self::Busy => "数据库正忙。请过一会儿再试。",
            Self::Corrupt(_) => "数据库文件损坏。请停止服务，运行 doctor 检查，并从备份恢复。",
            Self::Io(_) => "数据目录不能读写。请检查路径、权限和磁盘。",
            Self::BadRow(_) => "数据库里有读不懂的内容。请运行 doctor 检查，并联系维护人员。",
            Self::Exists => "这一项已经有了，没有重复写入。",
            Self::Stopped => "服务器正在停止。请稍后再试。",
            Self::Database(_) => "数据库出错，这次没有存下。请稍后再试；如果一直这样，请管理员运行 doctor。",
        }
    }

    /// Whether trying again later may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Stopped | Self::Database(_))
    }
}
