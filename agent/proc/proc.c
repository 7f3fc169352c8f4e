/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/proc.h"

#include "agent_limits.h"
#include "proc/proc_parse.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

void proc_init(struct proc *proc, bool environment)
{
    proc->environment = environment;
    proc->opened = false;
}

static void open_files(struct proc *proc)
{
    static const char *const paths[PROC_COUNT] = {
        [PROC_SELF] = "/proc/self/statm", [PROC_STAT] = "/proc/stat",
        [PROC_MEMORY] = "/proc/meminfo",  [PROC_NET] = "/proc/net/dev",
        [PROC_LOAD] = "/proc/loadavg",    [PROC_FILES] = "/proc/sys/fs/file-nr",
    };
    for (enum proc_file file = 0; file < PROC_COUNT; file++) {
        bool wanted = proc->environment || file == PROC_SELF;
        proc->fds[file] = wanted ? open(paths[file], O_RDONLY | O_CLOEXEC) : -1;
    }
    proc->opened = true;
}

/* The beginning of a file. */
static struct slice read_file(const struct proc *proc, enum proc_file file, char *bytes,
                              size_t size)
{
    ssize_t got = proc->fds[file] < 0 ? -1 : pread(proc->fds[file], bytes, size, 0);
    return slice_of(bytes, got < 0 ? 0 : (size_t)got);
}

static int64_t known(uint64_t value)
{
    return value <= INT64_MAX ? (int64_t)value : ACCOUNT_UNKNOWN;
}

/* As many nanoseconds, or pages, or whatever is counted in units. */
static int64_t units(uint64_t count, uint64_t size)
{
    uint64_t product;
    return __builtin_mul_overflow(count, size, &product) ? ACCOUNT_UNKNOWN : known(product);
}

static void read_agent_cpu(struct account_reading *reading)
{
    struct timespec cpu;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0) {
        reading->agent_cpu_ns = (int64_t)cpu.tv_sec * (int64_t)CLOCK_NS_PER_S + cpu.tv_nsec;
    }
}

static void read_agent_memory(const struct proc *proc, char *bytes, struct account_reading *reading)
{
    uint64_t pages;
    if (proc_parse_statm(read_file(proc, PROC_SELF, bytes, AGENT_PROC_LINE_MAX), &pages)) {
        reading->agent_memory_bytes = units(pages, getauxval(AT_PAGESZ));
    }
}

static void read_tmp(struct account_reading *reading)
{
    struct statvfs tmp;
    if (statvfs("/tmp", &tmp) == 0 && tmp.f_bfree <= tmp.f_blocks) {
        reading->tmp_total_bytes = units(tmp.f_blocks, tmp.f_frsize);
        reading->tmp_used_bytes = units(tmp.f_blocks - tmp.f_bfree, tmp.f_frsize);
    }
}

static void read_environment(const struct proc *proc, char *bytes, struct account_reading *reading)
{
    const uint64_t tick_ns = CLOCK_NS_PER_S / getauxval(AT_CLKTCK);
    uint64_t one;
    uint64_t other;
    if (proc_parse_stat(read_file(proc, PROC_STAT, bytes, AGENT_PROC_LINE_MAX), &one, &other)) {
        reading->cpu_user_ns = units(one, tick_ns);
        reading->cpu_system_ns = units(other, tick_ns);
    }
    if (proc_parse_meminfo(read_file(proc, PROC_MEMORY, bytes, AGENT_PROC_LINE_MAX), &one,
                           &other)) {
        reading->memory_total_bytes = known(one);
        reading->memory_used_bytes = known(one - other);
    }
    if (proc_parse_net(read_file(proc, PROC_NET, bytes, AGENT_PROC_FILE_MAX), &one, &other)) {
        reading->received_bytes = known(one);
        reading->sent_bytes = known(other);
    }
    if (proc_parse_loadavg(read_file(proc, PROC_LOAD, bytes, AGENT_PROC_LINE_MAX), &one)) {
        reading->threads = known(one);
    }
    if (proc_parse_file_nr(read_file(proc, PROC_FILES, bytes, AGENT_PROC_LINE_MAX), &one)) {
        reading->descriptors = known(one);
    }
    read_tmp(reading);
}

struct account_reading proc_read(struct proc *proc, enum account_reach reach)
{
    char bytes[AGENT_PROC_FILE_MAX];
    struct account_reading reading = account_unknown();
    read_agent_cpu(&reading);
    if (reach != ACCOUNT_ALL) {
        return reading;
    }
    if (!proc->opened) {
        open_files(proc);
    }
    read_agent_memory(proc, bytes, &reading);
    if (proc->environment) {
        read_environment(proc, bytes, &reading);
    }
    return reading;
}
