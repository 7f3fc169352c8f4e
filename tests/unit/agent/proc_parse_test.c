/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/proc_parse.h"

#include "agent_limits.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "proc/proc.h"

static const char stat_text[] = "cpu  41757 24636 16898 72120 1473 7 297 2311 0 0\n"
                                "cpu0 19256 12161 8180 38888 175 0 33 1078 0 0\n";
static const char memory_text[] = "MemTotal:         190916 kB\nMemFree:           60916 kB\n"
                                  "MemAvailable:     120000 kB\nBuffers:           1 kB\n";
static const char net_text[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n"
    "    lo: 7565695   21391    0    0    0     0          0         0  7565695   21391    0    0  "
    "  "
    "0     0       0          0\n"
    "vint_1:1234 5 0 0 0 0 0 0 4321 9 0 0 0 0 0 0\n"
    "  eth0:  1000   5    0 0 0 0 0 0     2000 9 0 0 0 0 0 0\n";

static uint64_t one;
static uint64_t other;

static void files(void **state)
{
    (void)state;
    assert_true(proc_parse_stat(slice_from(stat_text), &one, &other));
    assert_int_equal(one, 41757 + 24636);
    assert_int_equal(other, 16898 + 7 + 297);
    assert_true(proc_parse_meminfo(slice_from(memory_text), &one, &other));
    assert_int_equal(one, UINT64_C(190916) * 1024);
    assert_int_equal(other, UINT64_C(120000) * 1024);
    assert_true(proc_parse_net(slice_from(net_text), &one, &other));
    assert_int_equal(one, 2234);
    assert_int_equal(other, 6321);
    assert_true(proc_parse_loadavg(SLICE("0.20 0.18 0.12 1/80 11206\n"), &one));
    assert_int_equal(one, 80);
    assert_true(proc_parse_file_nr(SLICE("1327\t7\t2466177\n"), &one));
    assert_int_equal(one, 1320);
    assert_true(proc_parse_statm(SLICE("500 243 200 60 0 120 0\n"), &one));
    assert_int_equal(one, 243);
}

/* What is not as the kernel writes it tells nothing. */
static void refused(void **state)
{
    (void)state;
    static const struct slice stats[] = {
        SLICE_INIT(""),
        SLICE_INIT("cpu  1 2 3 4 5 6\n"),
        SLICE_INIT("cpu  1 2 3 4 5 6 7"),
        SLICE_INIT("cpu0 1 2 3 4 5 6 7\n"),
        SLICE_INIT("cpu  1 2 -3 4 5 6 7\n"),
        SLICE_INIT("cpu  18446744073709551615 1 3 4 5 6 7\n"),
        SLICE_INIT("cpu  1 1 18446744073709551615 4 5 1 7\n"),
        SLICE_INIT("cpu  18446744073709551616 1 3 4 5 6 7\n"),
    };
    for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
        assert_false(proc_parse_stat(stats[i], &one, &other));
    }
    assert_false(proc_parse_meminfo(SLICE("MemTotal: 5 kB\n"), &one, &other));
    assert_false(proc_parse_meminfo(SLICE("MemTotal: 5 kB\nMemAvailable: 6 kB\n"), &one, &other));
    assert_false(proc_parse_meminfo(SLICE("MemTotal: 5 MB\nMemAvailable: 4 kB\n"), &one, &other));
    assert_false(proc_parse_meminfo(
        SLICE("MemTotal: 18446744073709551615 kB\nMemAvailable: 4 kB\n"), &one, &other));
    assert_false(proc_parse_net(SLICE("one\n"), &one, &other));
    assert_false(proc_parse_net(SLICE("one\ntwo\nthree\n"), &one, &other));
    assert_false(proc_parse_net(SLICE("one\ntwo\neth0: 1 2 3 4 5 6 7 8 9\n"), &one, &other));
    assert_false(proc_parse_loadavg(SLICE("0.20 0.18 0.12 80 11206\n"), &one));
    assert_false(proc_parse_loadavg(SLICE("0.20 0.18 0.12 1/80 11206"), &one));
    assert_false(proc_parse_file_nr(SLICE("5\t6\t7\n"), &one));
    assert_false(proc_parse_statm(SLICE("500\n"), &one));
}

/* A list of devices that the buffer was too small for is told as far as its lines are whole. */
static void cut_off(void **state)
{
    (void)state;
    struct slice text = slice_from(net_text);
    for (size_t size = 0; size < text.size; size++) {
        one = 7;
        if (proc_parse_net(slice_take(text, size), &one, &other)) {
            assert_true(one == 0 || one == 1234);
        } else {
            assert_int_equal(one, 7);
        }
    }
}

/* This machine has all of them, and processor time only grows. */
static void this_machine(void **state)
{
    (void)state;
    struct proc proc;
    proc_init(&proc, true);
    struct account_reading first = proc_read(&proc, ACCOUNT_ALL);
    struct account_reading second = proc_read(&proc, ACCOUNT_ALL);
    assert_true(first.agent_cpu_ns > 0 && second.agent_cpu_ns >= first.agent_cpu_ns);
    assert_true(first.agent_memory_bytes > 4096);
    assert_true(first.cpu_user_ns > 0 && second.cpu_system_ns >= first.cpu_system_ns);
    assert_true(first.memory_used_bytes > 0 && first.memory_used_bytes < first.memory_total_bytes);
    assert_true(first.received_bytes >= 0 && first.sent_bytes >= 0);
    assert_true(first.tmp_used_bytes >= 0 && first.tmp_used_bytes <= first.tmp_total_bytes);
    assert_true(first.descriptors > 0 && first.threads > 0);
}

/* Switched off, and with files that are not there, only the rest is known. */
static void without(void **state)
{
    (void)state;
    struct proc proc;
    proc_init(&proc, false);
    struct account_reading reading = proc_read(&proc, ACCOUNT_ALL);
    assert_true(reading.agent_cpu_ns > 0 && reading.agent_memory_bytes > 0);
    assert_int_equal(reading.cpu_user_ns, ACCOUNT_UNKNOWN);
    assert_int_equal(reading.tmp_total_bytes, ACCOUNT_UNKNOWN);
    proc = (struct proc){.environment = true, .opened = true};
    for (enum proc_file file = 0; file < PROC_COUNT; file++) {
        proc.fds[file] = -1;
    }
    reading = proc_read(&proc, ACCOUNT_ALL);
    assert_true(reading.agent_cpu_ns > 0);
    assert_int_equal(reading.agent_memory_bytes, ACCOUNT_UNKNOWN);
    assert_int_equal(reading.memory_total_bytes, ACCOUNT_UNKNOWN);
    assert_int_equal(reading.threads, ACCOUNT_UNKNOWN);
}

/* The short way asks for nothing but processor time, and opens nothing. */
static void own_time_alone(void **state)
{
    (void)state;
    struct proc proc;
    proc_init(&proc, true);
    struct account_reading reading = proc_read(&proc, ACCOUNT_AGENT);
    assert_true(reading.agent_cpu_ns > 0);
    assert_int_equal(reading.agent_memory_bytes, ACCOUNT_UNKNOWN);
    assert_int_equal(reading.cpu_user_ns, ACCOUNT_UNKNOWN);
    assert_false(proc.opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),        cmocka_unit_test(refused), cmocka_unit_test(cut_off),
        cmocka_unit_test(this_machine), cmocka_unit_test(without), cmocka_unit_test(own_time_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
