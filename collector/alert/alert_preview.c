/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_preview.h"

#include "alert/alert_preview_private.h"
#include "alert/alert_world.h"

#include <stdlib.h>
#include <sys/mman.h>

#define MS_NS UINT64_C(1000000)

/* All memory of a preview, in this order. */
#define MEMORY_SIZE                                                                                \
    (ALERT_PREVIEW_READ_SIZE + ALERT_SCRATCH_SIZE + ALERT_PREVIEW_FOUND_SIZE +                     \
     PAST_QUERY_COUNT_MAX * ALERT_PREVIEW_ANSWER_SIZE)

/* ---- Ports of the walk. ---- */

static bool is_over(void *context)
{
    struct alert_preview *preview = context;
    preview->timed_out = preview->timed_out ||
                         preview->options->monotonic_ns() - preview->began_ns >= ALERT_PREVIEW_NS;
    return preview->timed_out;
}

static void forget_read(struct alert_preview *preview)
{
    if (preview->memo_used) {
        memo_fini(&preview->memo);
        arena_reset(&preview->read_arena);
    }
    preview->memo_used = false;
}

static void begin_piece(void *context, int64_t from_ms, int64_t to_ms)
{
    struct alert_preview *preview = context;
    (void)from_ms;
    (void)to_ms;
    forget_read(preview);
    memo_init(&preview->memo, preview->options->source, &preview->read_arena,
              &preview->options->key);
    preview->memo_used = true;
}

static void set_end(void *context, int64_t time_ms)
{
    struct alert_preview *preview = context;
    int64_t delay_ms = (int64_t)(preview->options->delay_ns / MS_NS);
    preview->read.end_ms = time_ms > INT64_MAX - delay_ms ? INT64_MAX : time_ms + delay_ms;
}

static struct alert_previewed *asked_at(struct alert_preview *preview, size_t place)
{
    uint32_t index = preview->asked_of[place];
    return index == UINT32_MAX ? NULL : &preview->asked[index];
}

static void take_change(void *context, const struct rule *rule, struct rule_alert *alert,
                        enum rule_change change)
{
    struct alert_preview *preview = context;
    struct alert_previewed *asked = asked_at(preview, preview->past.at);
    (void)rule;
    if (asked != NULL) {
        alert_past_take(&asked->past, alert, change);
    }
}

/* Take the values of a step into the chart. */
static void stepped(void *context, size_t place, int64_t time_ms)
{
    struct alert_preview *preview = context;
    struct alert_previewed *asked = asked_at(preview, place);
    struct promql_value value;
    struct promql_error error;
    struct arena *scratch = preview->past.world.arena;
    if (asked == NULL) {
        return;
    }
    if (preview->past.rules[place].state.alert_count == 0) {
        alert_past_end(&asked->past, time_ms);
    }
    if (time_ms < preview->from_ms) {
        return;
    }
    if (rules_past_ask(&preview->past, asked->chart.left, time_ms, &value, &error) == STATUS_OK) {
        alert_chart_take(&asked->chart, &value, time_ms, scratch);
    }
    if (asked->chart.right != NULL &&
        rules_past_ask(&preview->past, asked->chart.right, time_ms, &value, &error) == STATUS_OK) {
        alert_chart_take_threshold(&asked->chart, &value, time_ms, scratch);
    }
}

/* ---- Life. ---- */

static enum status prepare(struct alert_preview *preview)
{
    void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return STATUS_FULL;
    }
    preview->memory = memory;
    unsigned char *at = memory;
    arena_init(&preview->read_arena, at, ALERT_PREVIEW_READ_SIZE);
    at += ALERT_PREVIEW_READ_SIZE;
    arena_init(&preview->scratch, at, ALERT_SCRATCH_SIZE);
    at += ALERT_SCRATCH_SIZE;
    arena_init(&preview->found, at, ALERT_PREVIEW_FOUND_SIZE);
    at += ALERT_PREVIEW_FOUND_SIZE;
    for (size_t i = 0; i < PAST_QUERY_COUNT_MAX; i++) {
        arena_init(&preview->past.columns[i].arena, at, ALERT_PREVIEW_ANSWER_SIZE);
        at += ALERT_PREVIEW_ANSWER_SIZE;
    }
    return STATUS_OK;
}

static void dispose(struct alert_preview *preview)
{
    forget_read(preview);
    rules_past_fini(&preview->past);
    for (size_t i = 0; i < preview->asked_count && preview->asked != NULL; i++) {
        alert_past_fini(&preview->asked[i].past);
    }
    rules_samples_free(preview->samples);
    alert_set_free(preview->draft);
    alert_set_free(preview->loaded);
    if (preview->memory != NULL) {
        (void)munmap(preview->memory, MEMORY_SIZE);
    }
    free(preview);
}

/* What rules read: what others of the walk wrote, and the metrics that there are. */
static enum status make_sources(struct alert_preview *preview)
{
    const struct alert_preview_options *options = preview->options;
    const struct rules_samples_limits limits = {.series_max = ALERT_WRITTEN_SERIES_MAX,
                                                .bytes_max = ALERT_PREVIEW_WRITTEN_MAX,
                                                .age_ms_max = preview->warm_ms + PAST_PIECE_MS};
    preview->samples = rules_samples_create(&options->key, &limits);
    if (preview->samples == NULL) {
        return STATUS_FULL;
    }
    begin_piece(preview, 0, 0);
    preview->mixed_shown =
        alert_source_make(&preview->mixed, preview->samples, memo_source(&preview->memo));
    preview->plain_shown = alert_source_make(&preview->plain, preview->samples, *options->source);
    preview->read = (struct alert_read){.from = preview->mixed_shown, .end_ms = INT64_MAX};
    preview->read_shown = alert_read_source(&preview->read);
    return STATUS_OK;
}

static void make_walk(struct alert_preview *preview)
{
    struct rules_past *past = &preview->past;
    preview->patience = (struct patience){.over = is_over, .context = preview};
    past->from_ms = preview->from_ms - preview->warm_ms;
    past->to_ms = preview->to_ms;
    past->world = alert_world();
    past->world.source = &preview->read_shown;
    past->world.text_source = &preview->plain_shown;
    past->world.arena = &preview->scratch;
    past->world.key = preview->options->key;
    past->world.samples = preview->samples;
    past->world.patience = &preview->patience;
    past->world.samples_max = ALERT_PREVIEW_SAMPLE_COUNT_MAX;
    past->world.bare = true;
    past->world.changed = take_change;
    past->world.context = preview;
    past->gap_steps = ALERT_GAP_INTERVALS;
    past->piece = begin_piece;
    past->ends = set_end;
    past->stepped = stepped;
    past->context = preview;
}

static int64_t evaluated_ms(uint64_t wall_ns, uint64_t delay_ns)
{
    return (int64_t)((wall_ns > delay_ns ? wall_ns - delay_ns : 0) / MS_NS);
}

enum status alert_preview_write(const struct alert_preview_options *options,
                                struct json_write *writer, struct buf *errors)
{
    struct alert_preview *preview = calloc(1, sizeof(*preview));
    if (preview == NULL) {
        return STATUS_FULL;
    }
    preview->options = options;
    preview->began_ns = options->monotonic_ns();
    preview->from_ms = evaluated_ms(options->from_ns, options->delay_ns);
    preview->to_ms = evaluated_ms(options->to_ns, options->delay_ns);
    enum status status = prepare(preview);
    if (status == STATUS_OK) {
        status = alert_preview_choose(preview, errors);
    }
    if (status == STATUS_OK) {
        status = make_sources(preview);
    }
    if (status == STATUS_OK) {
        make_walk(preview);
        /* Whose patience was over says so in what it writes. */
        (void)!rules_past_walk(&preview->past);
        alert_preview_json(preview, writer);
    }
    dispose(preview);
    return status;
}
