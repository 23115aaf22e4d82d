/* Records every change that a program makes to one folder, and can make the disk under it fail.
 *
 * Preloaded into the real programs by the tests of `tests/tests/power`; see `tests/src/power`. It
 * stands between the program and libc: for files below $BEEHIVE_TAPE_FOLDER every write,
 * truncation, sync, new name, rename and removal is done and then appended to $BEEHIVE_TAPE, one
 * record in one write, under one lock, so that the order on the tape is the order of what was done.
 *
 * Syncs are recorded and answered without being done: the power cut is reconstructed from the tape.
 * They take as long as on a slow card all the same, so that an answer that does not wait for its
 * sync reaches somebody before it.
 *
 * $BEEHIVE_TAPE_FAULT = "<w|s> <N> <errno|-1> <0|1>": the Nth write (or sync) of the process fails
 * with this errno, that one only (0) or all from it on (1); -1 kills the process in its place. What
 * is counted as a write is whatever may ask the disk for room, new files and folders included.
 *
 * The index of SQLite's log (`-shm`) is not recorded: it is made anew at every start. It does fail.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 65536, SYNC_NS = 4000000 };

/* What is known of an open file. The inode tells a number that was closed behind our back. */
static struct {
    char kind; /* 0: not ours, 'f': recorded, 's': an index, only failing */
    ino_t ino;
} files[MAX_FD];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static size_t folder_len;
static int tape = -1;
static char fault_kind;
static long fault_at, fault_errno, fault_on;
static long writes, syncs, struck;

static void fail(const char *what) {
    fprintf(stderr, "record.c: %s: %s\n", what, strerror(errno));
    abort();
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("BEEHIVE_TAPE"), *fault = getenv("BEEHIVE_TAPE_FAULT");
    folder = getenv("BEEHIVE_TAPE_FOLDER");
    if (!path || !folder) return;
    folder_len = strlen(folder);
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    tape = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
    if (tape < 0) fail(path);
    const char *form = " %c %ld %ld %ld";
    if (fault && sscanf(fault, form, &fault_kind, &fault_at, &fault_errno, &fault_on) != 4)
        fail("BEEHIVE_TAPE_FAULT");
}

static int ours(const char *path) {
    return tape >= 0 && path && !strncmp(path, folder, folder_len) &&
           (path[folder_len] == '/' || path[folder_len] == 0);
}

static int is_index(const char *path) {
    size_t n = strlen(path);
    return n > 4 && !strcmp(path + n - 4, "-shm");
}

/* One record: a head of 32 bytes, a path, and data (for a rename: the other path). */
static void put(char kind, ino_t ino, uint64_t at, const char *path, const void *data, size_t len) {
    struct {
        uint64_t kind, ino, at;
        uint32_t path_len, data_len;
    } head = {(unsigned char)kind, ino, at, path ? (uint32_t)strlen(path) : 0, (uint32_t)len};
    struct iovec parts[3] = {
        {&head, sizeof head}, {(void *)path, head.path_len}, {(void *)data, len}};
    ssize_t all = (ssize_t)(sizeof head + head.path_len + len);
    if (syscall(SYS_writev, tape, parts, 3) != all) fail("the tape");
}

/* Whether the disk fails now. Counts; called with the lock held. */
static int fails(char kind) {
    long n = kind == 'w' ? ++writes : ++syncs;
    if (kind != fault_kind || n < fault_at || (n > fault_at && !fault_on)) return 0;
    if (!struck++) put('F', 0, (uint64_t)n, NULL, NULL, 0);
    if (fault_errno < 0) kill(getpid(), SIGKILL);
    errno = (int)fault_errno;
    return 1;
}

static char kind_of(int fd, ino_t *ino) {
    struct stat st;
    if (tape < 0 || fd < 0 || fd >= MAX_FD || !files[fd].kind) return 0;
    int before = errno;
    int known = !fstat(fd, &st) && st.st_ino == files[fd].ino;
    errno = before;
    if (!known) files[fd].kind = 0;
    *ino = files[fd].ino;
    return files[fd].kind;
}

static int open_it(const char *path, int flags, mode_t mode) {
    struct stat st;
    if (!ours(path)) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&lock);
    int fd = -1, before = errno;
    int makes = (flags & O_CREAT) && stat(path, &st);
    errno = before;
    if (!makes || !fails('w')) fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 && fd < MAX_FD) {
        fstat(fd, &st);
        files[fd].kind = is_index(path) ? 's' : 'f';
        files[fd].ino = st.st_ino;
        int cuts = (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY;
        char kind = S_ISDIR(st.st_mode) ? 'D' : 'O';
        if (files[fd].kind == 'f') put(kind, st.st_ino, cuts, path, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_of(int flags, va_list args) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
}

#define OPEN(name)                         \
    int name(const char *p, int f, ...) {  \
        va_list args;                      \
        va_start(args, f);                 \
        mode_t mode = mode_of(f, args);    \
        va_end(args);                      \
        return open_it(p, f, mode);        \
    }
#define OPENAT(name)                                                               \
    int name(int dir, const char *p, int f, ...) {                                 \
        va_list args;                                                              \
        va_start(args, f);                                                         \
        mode_t mode = mode_of(f, args);                                            \
        va_end(args);                                                              \
        if (dir == AT_FDCWD || *p == '/') return open_it(p, f, mode);              \
        return (int)syscall(SYS_openat, dir, p, f, mode);                          \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *p, int f) { return open_it(p, f, 0); }
int __open64_2(const char *p, int f) { return open_it(p, f, 0); }
int creat(const char *p, mode_t m) { return open_it(p, O_CREAT | O_WRONLY | O_TRUNC, m); }
int creat64(const char *p, mode_t m) { return creat(p, m); }

int close(int fd) {
    if (fd >= 0 && fd < MAX_FD) files[fd].kind = 0;
    return (int)syscall(SYS_close, fd);
}

/* Writes at a place, or where the file stands (-1). A full disk takes the beginning first. */
static ssize_t write_it(int fd, const void *data, size_t len, off_t at) {
    ino_t ino = 0;
    ssize_t done = -1;
    char kind;
    pthread_mutex_lock(&lock);
    if ((kind = kind_of(fd, &ino)) && fails('w')) {
        if (errno != ENOSPC || struck > 1 || len < 1024) goto end;
        struck++;
        len = len / 2 & ~(size_t)511;
    }
    done = at < 0 ? syscall(SYS_write, fd, data, len) : syscall(SYS_pwrite64, fd, data, len, at);
    if (kind == 'f' && done > 0) {
        if (at < 0) at = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) - done;
        put('W', ino, (uint64_t)at, NULL, data, (size_t)done);
    }
end:
    pthread_mutex_unlock(&lock);
    return done;
}

/* Only what is ours goes through the lock: a socket that blocks must hold nobody up. */
static int is_ours(int fd) { return tape >= 0 && fd >= 0 && fd < MAX_FD && files[fd].kind; }

ssize_t write(int fd, const void *data, size_t len) {
    return is_ours(fd) ? write_it(fd, data, len, -1) : syscall(SYS_write, fd, data, len);
}
ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
    return is_ours(fd) ? write_it(fd, data, len, at) : syscall(SYS_pwrite64, fd, data, len, at);
}
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) {
    return pwrite(fd, data, len, at);
}
/* The first part alone: a short write, after which everybody goes on with the rest. */
ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (!is_ours(fd)) return syscall(SYS_writev, fd, parts, n);
    for (int i = 0; i < n; i++)
        if (parts[i].iov_len) return write_it(fd, parts[i].iov_base, parts[i].iov_len, -1);
    return 0;
}

int ftruncate(int fd, off_t len) {
    ino_t ino = 0;
    int done = -1;
    pthread_mutex_lock(&lock);
    char kind = kind_of(fd, &ino);
    if (!kind || !fails('w')) done = (int)syscall(SYS_ftruncate, fd, len);
    if (!done && kind == 'f') put('T', ino, (uint64_t)len, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate64(int fd, off64_t len) { return ftruncate(fd, len); }

/* Both are for speed only; whoever calls them can do without. */
int fallocate(int fd, int mode, off_t at, off_t len) {
    if (!is_ours(fd)) return (int)syscall(SYS_fallocate, fd, mode, at, len);
    errno = EOPNOTSUPP;
    return -1;
}
int fallocate64(int fd, int mode, off64_t at, off64_t len) { return fallocate(fd, mode, at, len); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t len, unsigned flags) {
    if (!is_ours(out)) return syscall(SYS_copy_file_range, in, from, out, to, len, flags);
    errno = ENOSYS;
    return -1;
}

static int sync_it(int fd, long number) {
    ino_t ino = 0;
    int done = -1;
    if (!is_ours(fd)) return (int)syscall(number, fd);
    pthread_mutex_lock(&lock);
    char kind = kind_of(fd, &ino);
    struct timespec slow = {0, SYNC_NS};
    nanosleep(&slow, NULL);
    if (!fails('s')) done = 0;
    if (!done && kind == 'f') put('S', ino, 0, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return sync_it(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_it(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    if (!ours(from) && !ours(to))
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!done) put('R', 0, 0, from, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
int unlink(const char *path) {
    if (!ours(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!done && !is_index(path)) put('U', 0, 0, path, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int mkdir(const char *path, mode_t mode) {
    if (!ours(path)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    int done = -1;
    pthread_mutex_lock(&lock);
    if (!fails('w')) done = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!done) put('M', 0, 0, path, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
