/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_tail_show.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/number.h"
#include "base/timestamp.h"

/* Columns of a name and its instance number. */
#define NAME_COLUMNS 24

/* Bytes of a text that are shown: what scrolls by is read in its place. */
#define TEXT_MAX 4096u

/* What an event may have; texts point into its data or into the arena. */
struct shown {
    struct slice time, function, service, level, message, body, status, error_type;
    uint64_t instance_no, severity;
    int64_t duration_us, init_us, billed_ms; /* -1: unknown. */
    uint64_t skipped, left_out, rate;
    bool cold, invocation;
};

static void read_text(struct json_read *reader, struct arena *arena, struct slice *text)
{
    struct json_string string;
    if (json_read_string(reader, &string) == JSON_GOT) {
        *text = json_string_text(string, arena);
    }
}

static void read_member(struct json_read *reader, struct json_string key, struct arena *arena,
                        struct shown *shown)
{
    const struct {
        struct slice key;
        struct slice *text;
    } texts[] = {
        {SLICE("time"), &shown->time},       {SLICE("function"), &shown->function},
        {SLICE("service"), &shown->service}, {SLICE("level"), &shown->level},
        {SLICE("message"), &shown->message}, {SLICE("body"), &shown->body},
        {SLICE("status"), &shown->status},   {SLICE("error_type"), &shown->error_type},
    };
    const struct {
        struct slice key;
        uint64_t *number;
    } numbers[] = {
        {SLICE("instance_no"), &shown->instance_no},
        {SLICE("severity"), &shown->severity},
        {SLICE("skipped"), &shown->skipped},
        {SLICE("left_out"), &shown->left_out},
        {SLICE("rate"), &shown->rate},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (json_string_equal(key, texts[i].key)) {
            read_text(reader, arena, texts[i].text);
            return;
        }
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (json_string_equal(key, numbers[i].key)) {
            (void)!json_read_u64(reader, numbers[i].number);
            return;
        }
    }
    if (json_string_equal(key, SLICE("duration_ms"))) {
        (void)!json_read_scaled(reader, 3, &shown->duration_us);
    } else if (json_string_equal(key, SLICE("init_ms"))) {
        (void)!json_read_scaled(reader, 3, &shown->init_us);
    } else if (json_string_equal(key, SLICE("billed_ms"))) {
        (void)!json_read_i64(reader, &shown->billed_ms);
    } else if (json_string_equal(key, SLICE("cold"))) {
        (void)!json_read_bool(reader, &shown->cold);
    } else {
        json_read_skip(reader);
    }
}

static bool read_event(struct slice data, struct arena *arena, struct shown *shown)
{
    struct json_read reader;
    struct json_string key;
    *shown = (struct shown){.duration_us = -1, .init_us = -1, .billed_ms = -1};
    json_read_init(&reader, data, JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        read_member(&reader, key, arena, shown);
    }
    return json_read_finish(&reader);
}

/* ---- Lines. ---- */

/* The time of day, in UTC. */
static void show_time(const struct shown *shown, const struct cli_screen *screen, struct buf *out)
{
    char text[TIMESTAMP_TEXT_SIZE];
    uint64_t time_ns;
    cli_text_style(screen, CLI_DIM, out);
    if (number_parse_u64(shown->time, &time_ns) == NUMBER_OK) {
        size_t size = timestamp_format(time_ns, 3, text);
        struct slice time = slice_skip(slice_of(text, size), sizeof("2026-11-23T") - 1);
        buf_append(out, slice_take(time, time.size - 1));
    } else {
        buf_append_text(out, "--:--:--.---");
    }
    cli_text_style(screen, CLI_PLAIN, out);
    buf_append_byte(out, ' ');
}

static void show_name(const struct shown *shown, const struct cli_screen *screen,
                      struct arena *arena, struct buf *out)
{
    struct slice name = shown->function.size > 0 ? shown->function : shown->service;
    struct slice cell = cli_text_cell(name, NAME_COLUMNS - 6, arena);
    size_t width = cli_text_width(cell);
    cli_text_style(screen, CLI_BOLD, out);
    buf_append(out, cell);
    cli_text_style(screen, CLI_PLAIN, out);
    if (shown->instance_no > 0) {
        size_t before = out->size;
        buf_append_text(out, " #");
        buf_append_u64(out, shown->instance_no);
        width += out->size - before;
    }
    buf_append_fill(out, ' ', width < NAME_COLUMNS ? NAME_COLUMNS - width : 1);
}

static enum cli_style level_style(uint64_t severity)
{
    return severity >= 17 ? CLI_RED : severity >= 13 ? CLI_YELLOW : CLI_DIM;
}

/* A word in its column. */
static void show_word(struct slice word, enum cli_style style, const struct cli_screen *screen,
                      struct arena *arena, struct buf *out)
{
    struct slice cell = cli_text_cell(word, 8, arena);
    size_t width = cli_text_width(cell);
    cli_text_style(screen, style, out);
    buf_append(out, cell);
    cli_text_style(screen, CLI_PLAIN, out);
    buf_append_fill(out, ' ', width < 8 ? 8 - width : 1);
}

static void show_line(const struct shown *shown, const struct cli_screen *screen,
                      struct arena *arena, struct buf *out)
{
    struct slice text = shown->message.size > 0 ? shown->message : shown->body;
    show_word(shown->level, level_style(shown->severity), screen, arena, out);
    cli_text_safe(slice_take(slice_trim(text), TEXT_MAX), out);
}

static void show_end(const struct shown *shown, const struct cli_screen *screen,
                     struct arena *arena, struct buf *out)
{
    bool good = slice_equal(shown->status, SLICE("success"));
    show_word(good ? SLICE("end") : shown->status, good ? CLI_GREEN : CLI_RED, screen, arena, out);
    const char *between = "";
    if (shown->duration_us >= 0) {
        buf_append(out, cli_text_duration((double)shown->duration_us / 1000, arena));
        between = ", ";
    }
    if (shown->billed_ms >= 0) {
        buf_printf(out, "%sbilled %lld ms", between, (long long)shown->billed_ms);
        between = ", ";
    }
    if (shown->cold) {
        cli_text_style(screen, CLI_BLUE, out);
        buf_printf(out, "%scold", between);
        if (shown->init_us >= 0) {
            buf_append_text(out, " (init ");
            buf_append(out, cli_text_duration((double)shown->init_us / 1000, arena));
            buf_append_text(out, ")");
        }
        cli_text_style(screen, CLI_PLAIN, out);
    }
    if (shown->error_type.size > 0) {
        buf_append_text(out, ": ");
        cli_text_safe(slice_take(shown->error_type, TEXT_MAX), out);
    }
}

/* ---- Notices. ---- */

static void show_notice(struct slice type, const struct shown *shown, struct buf *out)
{
    if (slice_equal(type, SLICE("limited"))) {
        buf_printf(out, "thaw: %llu %s left out: more than %llu a second (--rate)\n",
                   (unsigned long long)shown->left_out,
                   cli_text_form(shown->left_out, "line was", "lines were"),
                   (unsigned long long)shown->rate);
    } else if (slice_equal(type, SLICE("gap")) && shown->skipped == 0) {
        buf_append_text(out, "thaw: the collector does not know what was missed meanwhile\n");
    } else if (slice_equal(type, SLICE("gap"))) {
        buf_printf(out, "thaw: %llu %s missed\n", (unsigned long long)shown->skipped,
                   cli_text_form(shown->skipped, "line was", "lines were"));
    } else if (slice_equal(type, SLICE("dropped"))) {
        buf_printf(out, "thaw: too slow: %llu %s missed\n", (unsigned long long)shown->skipped,
                   cli_text_form(shown->skipped, "line was", "lines were"));
    } else if (slice_equal(type, SLICE("bye"))) {
        buf_append_text(out, "thaw: the collector stops\n");
    }
}

bool cli_tail_show(const struct cli_event *event, const struct cli_screen *screen, struct buf *out)
{
    unsigned char memory[64u << 10];
    struct arena arena;
    struct shown shown;
    bool line = slice_equal(event->type, SLICE("line"));
    bool invocation = slice_equal(event->type, SLICE("invocation"));
    arena_init(&arena, memory, sizeof(memory));
    if (!read_event(event->data, &arena, &shown)) {
        return false;
    }
    if (!line && !invocation) {
        show_notice(event->type, &shown, out);
        return false;
    }
    show_time(&shown, screen, out);
    show_name(&shown, screen, &arena, out);
    if (line) {
        show_line(&shown, screen, &arena, out);
    } else {
        show_end(&shown, screen, &arena, out);
    }
    buf_append_byte(out, '\n');
    return true;
}

void cli_tail_show_json(const struct cli_event *event, struct buf *out)
{
    struct json_write writer;
    struct slice data = slice_trim(event->data);
    bool object = slice_starts(data, SLICE("{")) && slice_find_byte(data, '\n') == SLICE_NONE;
    buf_append_text(out, "{\"event\":");
    json_write_init(&writer, out);
    json_write_string(&writer, event->type);
    if (object && data.size > 2) {
        buf_append_byte(out, ',');
        buf_append(out, slice_skip(data, 1));
    } else {
        buf_append_byte(out, '}');
    }
    buf_append_byte(out, '\n');
}
