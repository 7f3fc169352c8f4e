/* SPDX-License-Identifier: Apache-2.0 */

/* Files of /proc: whatever they hold, a parser answers without reading beyond them, and what it
 * accepts makes sense. */
#include "base/ensure.h"
#include "proc/proc_parse.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct slice text = slice_of(data, size);
    uint64_t one = 0;
    uint64_t other = 0;
    if (proc_parse_meminfo(text, &one, &other)) {
        ENSURE(other <= one);
    }
    bool all = proc_parse_net(text, &one, &other);
    /* A part of a list of devices has no more in it than the whole. */
    uint64_t some = 0;
    if (all && proc_parse_net(slice_take(text, size / 2), &some, &other)) {
        ENSURE(some <= one);
    }
    (void)!proc_parse_stat(text, &one, &other);
    (void)!proc_parse_loadavg(text, &one);
    (void)!proc_parse_file_nr(text, &one);
    (void)!proc_parse_statm(text, &one);
    return 0;
}
