/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/evidence.h"

#include "intake/intake_limits.h"
#include "intake/unescape.h"
#include "streams/line.h"

static bool evidence_in(struct slice message)
{
    while (message.size > 0) {
        struct line line;
        struct slice rest;
        line_read(message, &line, &rest);
        if (line.kind != LINE_APP || line.has_request || line.emf) {
            return true;
        }
        message = rest.size < message.size ? rest : SLICE_EMPTY;
    }
    return false;
}

bool evidence_in_lines(struct slice head)
{
    while (head.size > 0) {
        struct slice line;
        slice_cut(head, '\n', &line, &head);
        if (evidence_in(slice_trim(line))) {
            return true;
        }
    }
    return false;
}

bool evidence_in_values(struct slice head, struct buf *words)
{
    for (;;) {
        while (head.size > 0 && (head.base[0] <= ' ' || head.base[0] == ',' ||
                                 head.base[0] == '[' || head.base[0] == 0x1e)) {
            head = slice_skip(head, 1);
        }
        struct json_read reader;
        struct slice raw;
        json_read_init(&reader, head, INTAKE_JSON_DEPTH_MAX);
        bool string = json_read_peek(&reader) == JSON_STRING;
        struct json_string text = reader.string;
        if (json_read_raw(&reader, &raw) != JSON_GOT) {
            return false;
        }
        buf_reset(words);
        if (evidence_in(string ? unescape(text, words) : raw)) {
            return true;
        }
        head = slice_skip(head, reader.position);
    }
}
