/* SPDX-License-Identifier: Apache-2.0 */

/* Variables of the environment, one a line: whatever they say, the settings can be used. */
#include "agent/settings.h"
#include "base/ensure.h"
#include "net/http_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define TEXT_MAX      8192u
#define VARIABLES_MAX 32u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct agent_settings settings;
    static char text[TEXT_MAX + 1];
    static char arena_bytes[65536];
    static char error_bytes[65536];
    static char request[AGENT_EXTRA_HEADERS_MAX + 256];
    static struct http_head head;
    const char *variables[VARIABLES_MAX + 1];
    size_t count = 0;
    struct arena arena;
    struct buf errors;
    struct buf out;
    if (size > TEXT_MAX) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    for (char *line = strtok(text, "\n"); line != NULL && count < VARIABLES_MAX;
         line = strtok(NULL, "\n")) {
        variables[count] = line;
        count++;
    }
    variables[count] = NULL;
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    buf_init_fixed(&errors, error_bytes, sizeof(error_bytes));
    bool good = agent_settings_read(&settings, variables, &arena, &errors);
    ENSURE(good == (errors.size == 0));
    ENSURE(settings.passive || (settings.host.size > 0 && settings.port > 0));
    /* What we send to the collector stays one request. */
    buf_init_fixed(&out, request, sizeof(request));
    buf_append_text(&out, "POST ");
    buf_append(&out, settings.path_prefix);
    buf_append_text(&out, "/v1/logs HTTP/1.1\r\n");
    buf_append(&out, settings.header_lines);
    buf_append_text(&out, "\r\n");
    if (!buf_overflowed(&out) && !settings.passive) {
        ENSURE(http_parse_request(buf_bytes(&out), &head) != HTTP_PARTIAL);
    }
    return 0;
}
