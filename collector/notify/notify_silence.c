/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_silence.h"

#include <stdio.h>
#include <stdlib.h>

/* Memory of one: its texts, twice, and patterns. */
#define SILENCE_MEMORY ((size_t)256 << 10)

static enum status check(const struct notify_silence_parts *parts, char *error, size_t error_size)
{
    const char *wrong = NULL;
    if (parts->matcher_count == 0) {
        wrong = "a silence has matchers: all of them must match";
    } else if (parts->matcher_count > NOTIFY_SILENCE_MATCHER_MAX) {
        wrong = "a silence has at most 16 matchers";
    } else if (parts->author.size == 0) {
        wrong = "a silence has an author";
    } else if (parts->reason.size == 0) {
        wrong = "a silence has a reason";
    } else if (parts->author.size > NOTIFY_SILENCE_TEXT_MAX ||
               parts->reason.size > NOTIFY_SILENCE_TEXT_MAX) {
        wrong = "author and reason have at most 1024 bytes";
    } else if (parts->ends_ns <= parts->starts_ns || parts->ends_ns <= parts->made_ns) {
        wrong = "a silence ends after it starts, and not in the past";
    } else if (parts->ends_ns - parts->starts_ns > NOTIFY_SILENCE_NS_MAX) {
        wrong = "a silence lasts a year at most";
    }
    if (wrong != NULL) {
        (void)snprintf(error, error_size, "%s", wrong);
        return STATUS_BAD;
    }
    return STATUS_OK;
}

/* One that matches everything would silence what nobody has thought of. */
static bool matches_anything(const struct notify_silence *silence)
{
    const struct notify_alert nothing = {.label_count = 0};
    return notify_matchers_match(silence->matchers, silence->matcher_count, &nothing);
}

static enum status fill(struct notify_silence *silence, const struct notify_silence_parts *parts,
                        char *error, size_t error_size)
{
    struct arena *arena = &silence->arena;
    struct notify_matcher *matchers =
        arena_alloc_array(arena, parts->matcher_count, sizeof(*matchers));
    for (size_t i = 0; i < parts->matcher_count && matchers != NULL; i++) {
        enum status status =
            notify_matcher_parse(parts->matchers[i], arena, &matchers[i], error, error_size);
        if (status != STATUS_OK) {
            return status;
        }
    }
    silence->matchers = matchers;
    silence->matcher_count = parts->matcher_count;
    silence->author = arena_dup(arena, parts->author);
    silence->reason = arena_dup(arena, parts->reason);
    silence->made_ns = parts->made_ns;
    silence->starts_ns = parts->starts_ns;
    silence->ends_ns = parts->ends_ns;
    if (arena_overflowed(arena)) {
        (void)snprintf(error, error_size, "the silence is too large");
        return STATUS_FULL;
    }
    if (matches_anything(silence)) {
        (void)snprintf(error, error_size, "it would silence everything: name a label's value");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

enum status notify_silence_create(struct notify_silence **silence, uint64_t id,
                                  const struct notify_silence_parts *parts, char *error,
                                  size_t error_size)
{
    struct arena arena;
    *silence = NULL;
    enum status status = check(parts, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    void *memory = malloc(SILENCE_MEMORY);
    if (memory == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    arena_init(&arena, memory, SILENCE_MEMORY);
    struct notify_silence *made = arena_alloc_array(&arena, 1, sizeof(*made));
    if (made == NULL) {
        free(memory);
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    made->id = id;
    made->arena = arena;
    status = fill(made, parts, error, error_size);
    if (status != STATUS_OK) {
        free(memory);
        return status;
    }
    *silence = made;
    return STATUS_OK;
}

void notify_silence_free(struct notify_silence *silence)
{
    if (silence != NULL) {
        free(silence->arena.base);
    }
}

struct slice notify_silence_state(const struct notify_silence *silence, uint64_t now_ns)
{
    if (now_ns >= silence->ends_ns) {
        return SLICE("expired");
    }
    return now_ns < silence->starts_ns ? SLICE("pending") : SLICE("active");
}

bool notify_silence_covers(const struct notify_silence *silence, const struct notify_alert *alert,
                           uint64_t now_ns)
{
    return now_ns >= silence->starts_ns && now_ns < silence->ends_ns &&
           notify_matchers_match(silence->matchers, silence->matcher_count, alert);
}
