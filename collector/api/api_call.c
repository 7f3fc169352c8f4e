/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_call.h"
#include "api/api_limits.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000

void api_call_refuse(struct api_call *call, unsigned status, const char *code, const char *hint,
                     const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    call->answered = true;
    web_refuse(call->request, &(struct web_refusal){
                                  .status = status,
                                  .code = code,
                                  .message = message,
                                  .hint = hint,
                              });
}

void api_call_refuse_large(struct api_call *call, const char *hint)
{
    api_call_refuse(call, 503, "too_large", hint,
                    "the answer does not fit into the memory of one request");
}

struct slice api_call_text(const struct api_call *call, const char *name)
{
    struct slice value;
    return web_query(call->request, name, &value) ? value : SLICE_EMPTY;
}

/* What can be shown of a parameter in a message. */
static struct slice shown(struct slice text)
{
    return slice_take(text, text.size < 64 ? text.size : 64);
}

static bool parse_time(struct slice text, int64_t *time_ns)
{
    uint64_t value;
    if (number_parse_u64(text, &value) == NUMBER_OK) {
        if (value > INT64_MAX / NS_PER_MS) {
            return false;
        }
        *time_ns = (int64_t)value * NS_PER_MS;
        return true;
    }
    if (!timestamp_parse(text, &value) || value > INT64_MAX) {
        return false;
    }
    *time_ns = (int64_t)value;
    return true;
}

static bool time_of(struct api_call *call, const char *name, int64_t otherwise, int64_t *time_ns)
{
    struct slice text;
    if (!web_query(call->request, name, &text)) {
        *time_ns = otherwise;
        return true;
    }
    if (parse_time(text, time_ns)) {
        return true;
    }
    api_call_refuse(call, 400, "bad_time",
                    "use RFC 3339, as 2026-01-31T12:00:00Z, or milliseconds since 1970",
                    "%s is no time: \"" SLICE_FMT "\"", name, SLICE_ARG(shown(text)));
    return false;
}

bool api_call_range(struct api_call *call, struct query_range *range)
{
    /* What arrives while the answer is made belongs to it. */
    if (!time_of(call, "to", call->now_ns + 1, &range->to_ns) ||
        !time_of(call, "from",
                 range->to_ns > API_RANGE_DEFAULT_NS ? range->to_ns - API_RANGE_DEFAULT_NS : 0,
                 &range->from_ns)) {
        return false;
    }
    if (range->from_ns >= range->to_ns) {
        api_call_refuse(call, 400, "bad_range", "from must be before to", "from is not before to");
        return false;
    }
    return true;
}

bool api_call_number(struct api_call *call, const char *name, uint64_t low, uint64_t high,
                     uint64_t otherwise, uint64_t *value)
{
    struct slice text;
    if (!web_query(call->request, name, &text)) {
        *value = otherwise;
        return true;
    }
    if (number_parse_u64(text, value) == NUMBER_OK && *value >= low && *value <= high) {
        return true;
    }
    api_call_refuse(call, 400, "bad_number", "give a whole number within the limits",
                    "%s must be a whole number from %llu to %llu, not \"" SLICE_FMT "\"", name,
                    (unsigned long long)low, (unsigned long long)high, SLICE_ARG(shown(text)));
    return false;
}

bool api_call_word(struct api_call *call, const char *name, const char *words, unsigned *index)
{
    struct slice text;
    *index = 0;
    if (!web_query(call->request, name, &text)) {
        return true;
    }
    struct slice rest = slice_from(words);
    struct slice word;
    bool more = true;
    for (unsigned i = 0; more; i++) {
        more = slice_cut(rest, ' ', &word, &rest);
        if (slice_equal(word, text)) {
            *index = i;
            return true;
        }
    }
    api_call_refuse(call, 400, "bad_parameter", "choose one of them", "%s must be one of: %s", name,
                    words);
    return false;
}

void api_call_read_done(struct api_call *call)
{
    call->read_ns = clock_monotonic_ns() - call->begun_ns;
}

/* How long it took until here, for whoever measures (Server-Timing). */
static const char *timing(const struct api_call *call)
{
    double total_ms = (double)(clock_monotonic_ns() - call->begun_ns) / NS_PER_MS;
    struct slice text = call->read_ns > 0
                            ? arena_printf(call->arena, "total;dur=%.3f, read;dur=%.3f", total_ms,
                                           (double)call->read_ns / NS_PER_MS)
                            : arena_printf(call->arena, "total;dur=%.3f", total_ms);
    return text.size > 0 ? (const char *)text.base : NULL;
}

/* What a client has, it need not be sent again; the tag is no secret, so any key does. */
static void answer(struct api_call *call, struct slice body)
{
    static const struct hash_key key = {{0, 0}};
    struct hash_128 hash = hash_sip128(&key, body);
    char digits[2 * sizeof(hash.bytes) + 1] = {0};
    hex_encode(slice_of(hash.bytes, sizeof(hash.bytes)), digits);
    struct slice etag = arena_printf(call->arena, "\"%s\"", digits);
    web_answer(call->request, &(struct web_answer){
                                  .status = 200,
                                  .content_type = "application/json",
                                  .body = body,
                                  .etag = etag.size > 0 ? (const char *)etag.base : NULL,
                                  .cache = "no-cache",
                                  .partial = call->partial,
                                  .timing = timing(call),
                              });
}

/* Make the answer; *body is empty where it was refused, or given otherwise. */
static void make(struct api_call *call, void (*handle)(struct api_call *call), struct slice *body)
{
    *body = SLICE_EMPTY;
    json_write_init(&call->writer, &call->body);
    handle(call);
    if (call->answered) {
        return;
    }
    if (buf_overflowed(&call->body)) {
        api_call_refuse(call, 503, "too_large", "ask for a shorter time or fewer rows",
                        "the answer does not fit into memory");
        return;
    }
    json_write_finish(&call->writer);
    *body = buf_bytes(&call->body);
}

void api_call_run(struct api_call *call, void (*handle)(struct api_call *call))
{
    struct slice body;
    bool wanted = false;
    call->begun_ns = clock_monotonic_ns();
    uint64_t now_ns = call->share != NULL ? call->query->clock() : 0;
    if (call->share != NULL &&
        api_share_ask(call->share, call->name, now_ns, call->arena, &body, &wanted)) {
        answer(call, body);
        return;
    }
    buf_init_growing(&call->body, API_ANSWER_SIZE_MAX);
    make(call, handle, &body);
    if (body.size > 0) {
        if (wanted) {
            api_share_keep(call->share, call->name, now_ns, body);
        }
        answer(call, body);
    }
    buf_fini(&call->body);
}
