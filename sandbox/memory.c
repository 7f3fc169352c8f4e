/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t memory_peak_kb(pid_t process)
{
    char path[64];
    char line[256];
    unsigned long long peak = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", strlen("VmHWM:")) == 0) {
            peak = strtoull(line + strlen("VmHWM:"), NULL, 10);
            break;
        }
    }
    fclose(file);
    return peak;
}
