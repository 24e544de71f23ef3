/* For scripts/crash: counts what a program does to the files under one folder, and ends it, tears a
   write or has a call fail at a chosen one. Loaded before all else (LD_PRELOAD), so that SQLite and
   Chroma are seen as Python is.

   CRASH_ROOT   the folder
   CRASH_STATE  a file of five numbers, shared by all processes: armed, count, at, mode, errno
   CRASH_LOG    where each call is noted: its number, name and path */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL = 1, TEAR = 2, FAIL = 3, FULL = 4 };

struct state {
    volatile long armed, count, at, mode, error;
};

static struct state *shared;
static const char *root;
static int log_to = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CRASH_STATE"), *log = getenv("CRASH_LOG");
    root = getenv("CRASH_ROOT");
    if (!path || !root) return;
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) shared = at;
    syscall(SYS_close, fd);
    if (log) log_to = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static void path_at(int dir, const char *name, char *out) {
    out[0] = 0;
    if (name && name[0] == '/') {
        snprintf(out, PATH_MAX, "%s", name);
        return;
    }
    char from[64], base[PATH_MAX];
    if (dir == AT_FDCWD) snprintf(from, sizeof from, "/proc/self/cwd");
    else snprintf(from, sizeof from, "/proc/self/fd/%d", dir);
    ssize_t length = readlink(from, base, sizeof base - 1);
    if (length <= 0) return;
    base[length] = 0;
    if (name) {
        if ((size_t)snprintf(out, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) out[0] = 0;
    } else snprintf(out, PATH_MAX, "%s", base);
}

/* 0: go on; 1: fail with errno set; 2: tear the write and end. */
static int point(const char *what, int dir, const char *name) {
    if (!shared || !shared->armed) return 0;
    int before = errno;
    char path[PATH_MAX];
    path_at(dir, name, path);
    errno = before;
    if (strncmp(path, root, strlen(root))) return 0;
    long number = __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST);
    if (log_to >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, what, path + strlen(root));
        syscall(SYS_write, log_to, line, length);
        errno = before;
    }
    long mode = shared->mode;
    if (mode == FULL && shared->at && number >= shared->at) {
        if (strcmp(what, "write") && strcmp(what, "create") && strcmp(what, "mkdir")) return 0;
        errno = shared->error;
        return 1;
    }
    if (number != shared->at) return 0;
    if (mode == FAIL) {
        errno = shared->error;
        return 1;
    }
    if (mode == TEAR && !strcmp(what, "write")) return 2;
    kill(0, SIGKILL);
    for (;;) pause();
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define TORN(call) \
    do { call; kill(0, SIGKILL); for (;;) pause(); } while (0)

ssize_t write(int fd, const void *from, size_t length) {
    REAL(write);
    switch (point("write", fd, NULL)) {
    case 1: return -1;
    case 2: TORN(real(fd, from, length / 2));
    }
    return real(fd, from, length);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *from, size_t length, offset_type offset) { \
        REAL(name); \
        switch (point("write", fd, NULL)) { \
        case 1: return -1; \
        case 2: TORN(real(fd, from, length / 2, offset)); \
        } \
        return real(fd, from, length, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    switch (point("write", fd, NULL)) {
    case 1: return -1;
    case 2: TORN(real(fd, parts, count / 2));
    }
    return real(fd, parts, count);
}

#define SYNC(name) \
    int name(int fd) { \
        REAL(name); \
        return point("fsync", fd, NULL) ? -1 : real(fd); \
    }
SYNC(fsync)
SYNC(fdatasync)

#define CUT(name, offset_type) \
    int name(int fd, offset_type length) { \
        REAL(name); \
        return point("truncate", fd, NULL) ? -1 : real(fd, length); \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

int rename(const char *old, const char *new) {
    REAL(rename);
    return point("rename", AT_FDCWD, new) ? -1 : real(old, new);
}

int renameat(int from, const char *old, int to, const char *new) {
    REAL(renameat);
    return point("rename", to, new) ? -1 : real(from, old, to, new);
}

int unlink(const char *name) {
    REAL(unlink);
    return point("unlink", AT_FDCWD, name) ? -1 : real(name);
}

int unlinkat(int dir, const char *name, int flags) {
    REAL(unlinkat);
    return point("unlink", dir, name) ? -1 : real(dir, name, flags);
}

int rmdir(const char *name) {
    REAL(rmdir);
    return point("unlink", AT_FDCWD, name) ? -1 : real(name);
}

int mkdir(const char *name, mode_t mode) {
    REAL(mkdir);
    int before = errno, there = !access(name, F_OK);
    errno = before;
    return !there && point("mkdir", AT_FDCWD, name) ? -1 : real(name, mode);
}

static int creates(int dir, const char *name, int flags) {
    struct stat about;
    if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY) return 1;
    return (flags & O_CREAT) && fstatat(dir, name, &about, 0);
}

#define OPEN(symbol) \
    int symbol(const char *name, int flags, ...) { \
        REAL(symbol); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        int before = errno; \
        int made = creates(AT_FDCWD, name, flags); \
        errno = before; \
        return made && point("create", AT_FDCWD, name) ? -1 : real(name, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(symbol) \
    int symbol(int dir, const char *name, int flags, ...) { \
        REAL(symbol); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        int before = errno; \
        int made = creates(dir, name, flags); \
        errno = before; \
        return made && point("create", dir, name) ? -1 : real(dir, name, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)
