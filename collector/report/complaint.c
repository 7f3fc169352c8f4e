/* SPDX-License-Identifier: Apache-2.0 */
#include "report/complaint.h"

#include "base/buf.h"
#include "base/json_read.h"

/* A runtime's report of an error is an object, in some formats as the message of another one. */
#define OBJECT_DEPTH_MAX 2

enum complaint_rank complaint_rank(const struct line *line)
{
    if (line->unhandled) {
        return COMPLAINT_UNHANDLED;
    }
    if (line->exception) {
        return line->severity >= SEVERITY_ERROR || line->error_type.size > 0 ? COMPLAINT_EXCEPTION
                                                                             : COMPLAINT_NONE;
    }
    return line->severity >= SEVERITY_ERROR ? COMPLAINT_ERROR : COMPLAINT_NONE;
}

/* Find the member errorMessage of the object, or the object that is its message. */
static bool find_message(struct slice object, struct json_string *message, struct slice *inner)
{
    struct json_read reader;
    struct json_string key;
    bool found = false;
    json_read_init(&reader, object, JSON_DEPTH_MAX);
    *inner = SLICE_EMPTY;
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (!found && json_read_member(&reader, &key)) {
        if (json_string_equal(key, SLICE("errorMessage"))) {
            found = json_read_string(&reader, message) == JSON_GOT;
        } else if (json_string_equal(key, SLICE("message"))) {
            (void)!(json_read_raw(&reader, inner) == JSON_GOT);
        } else {
            json_read_skip(&reader);
        }
    }
    return found;
}

/* What the line says, as it is or as the inside of a JSON string. */
static struct json_string message_of(const struct line *line)
{
    struct json_string message = {.raw = line->text, .escaped = line->text_escaped};
    struct json_string found = {.raw = SLICE_EMPTY};
    struct slice object = line->unhandled && line->json ? line->object : SLICE_EMPTY;
    for (unsigned depth = 0; depth < OBJECT_DEPTH_MAX && object.size > 0; depth++) {
        struct slice inner;
        if (find_message(object, &found, &inner)) {
            return found.raw.size > 0 ? found : message;
        }
        object = slice_starts(inner, SLICE("{")) ? inner : SLICE_EMPTY;
    }
    return message;
}

void complaint_set(struct complaint *complaint, const struct line *line)
{
    unsigned char memory[2 * REPORT_LABEL_SIZE_MAX];
    struct json_string message = message_of(line);
    struct slice text = slice_trim(message.raw);
    if (message.escaped) {
        /* An escape takes at most six bytes for one; more than fits is not shown anyway. */
        struct buf out;
        buf_init_fixed(&out, memory, sizeof(memory));
        message.raw =
            slice_take(text, text.size < sizeof(memory) / 4 ? text.size : sizeof(memory) / 4);
        json_string_decode(message, &out);
        text = buf_bytes(&out);
    }
    struct slice type = line->error_type;
    if (type.size > 0 && slice_starts(text, type)) {
        struct slice rest = slice_skip(text, type.size);
        text = slice_starts(rest, SLICE(": ")) ? slice_skip(rest, 2) : text;
    }
    complaint->rank = complaint_rank(line);
    label_set(&complaint->type, type);
    label_set_general(&complaint->message, text);
}
