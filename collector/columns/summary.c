/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/summary.h"

#include "columns/filter.h"
#include "columns/table_rows.h"
#include "columns/nested.h"
#include "columns/varint.h"
#include "model/record_ids.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

#define HASHES_FIRST ((size_t)1 << 14)
#define ARENA_SIZE   ((size_t)4 << 20)

/* An attribute without a name or a value takes three bytes, and this often as much when it is read.
 */
#define LINKS_SPREAD 64

/* Severities of OTLP from here on are errors. */
#define SEVERITY_ERROR 17

bool summary_init(struct summary *summary, const struct table *table,
                  const struct hash_key *filter_key)
{
    static const struct hash_key none;
    void *memory = malloc(ARENA_SIZE);
    *summary = (struct summary){
        .table = table,
        .filter_key = filter_key != NULL ? *filter_key : none,
        .id_seen = calloc((size_t)table->ids.count + 1, sizeof(*summary->id_seen)),
        .text_seen = calloc((size_t)texts_count(table->texts) + 1, sizeof(*summary->text_seen)),
        .senders = calloc((size_t)texts_count(table->resources) + 1, sizeof(*summary->senders)),
        .stencils = calloc((size_t)texts_count(table->texts) + 1, sizeof(*summary->stencils)),
        .hashes = calloc(HASHES_FIRST, sizeof(*summary->hashes)),
        .hash_mask = HASHES_FIRST - 1,
    };
    buf_init_growing(&summary->filter, SIZE_MAX / 2);
    buf_init_growing(&summary->sender_hashes, SIZE_MAX / 2);
    buf_init_growing(&summary->stencil_hashes, SIZE_MAX / 2);
    buf_init_growing(&summary->stencil_words, SIZE_MAX / 2);
    if (memory != NULL) {
        arena_init(&summary->arena, memory, ARENA_SIZE);
    }
    return idset_init(&summary->ids, &table->key, TABLE_ID_COUNT_MAX) && memory != NULL &&
           summary->id_seen != NULL && summary->text_seen != NULL && summary->senders != NULL &&
           summary->stencils != NULL && summary->hashes != NULL;
}

void summary_fini(struct summary *summary)
{
    idset_fini(&summary->ids);
    free(summary->id_seen);
    free(summary->text_seen);
    free(summary->senders);
    buf_fini(&summary->sender_hashes);
    free(summary->stencils);
    buf_fini(&summary->stencil_hashes);
    buf_fini(&summary->stencil_words);
    free(summary->hashes);
    free(summary->arena.base);
    buf_fini(&summary->filter);
}

/* ---- Hashes. ---- */

static void grow_hashes(struct summary *summary)
{
    size_t count = (summary->hash_mask + 1) * 2;
    uint64_t *hashes = calloc(count, sizeof(*hashes));
    if (hashes == NULL) {
        summary->open = true;
        return;
    }
    for (size_t i = 0; i <= summary->hash_mask; i++) {
        size_t at = summary->hashes[i] & (count - 1);
        while (summary->hashes[i] != 0 && hashes[at] != 0) {
            at = (at + 1) & (count - 1);
        }
        if (summary->hashes[i] != 0) {
            hashes[at] = summary->hashes[i];
        }
    }
    free(summary->hashes);
    summary->hashes = hashes;
    summary->hash_mask = count - 1;
}

static void add_hash(struct summary *summary, uint64_t hash)
{
    size_t at = hash & summary->hash_mask;
    if (hash == 0 || summary->open) {
        summary->open = true; /* By a chance of 2^-64. */
        return;
    }
    while (summary->hashes[at] != 0) {
        if (summary->hashes[at] == hash) {
            return;
        }
        at = (at + 1) & summary->hash_mask;
    }
    summary->hashes[at] = hash;
    if (++summary->hash_count > summary->hash_mask / 2) {
        grow_hashes(summary);
    }
}

/* Whether a short word is none of those that came latest. */
static bool new_word(struct summary *summary, uint64_t word)
{
    uint64_t *known = &summary->words[word * UINT64_C(0x9e3779b97f4a7c15) >> SUMMARY_WORD_SHIFT];
    bool is_new = *known != word;
    *known = word;
    return is_new;
}

static void add_words(struct summary *summary, struct slice text)
{
    struct filter_words words = filter_words_of(text);
    struct slice word;
    while (filter_words_next(&words, &word)) {
        if (word.size <= FILTER_SHORT_SIZE_MAX && !new_word(summary, filter_short_word(word))) {
            continue;
        }
        add_hash(summary, filter_word(&summary->filter_key, word));
    }
}

/* ---- Lines. ---- */

/* The words of a stencil, once for all its lines.  Next to a hole they are parts of words, which do
 * no harm. */
static bool know_stencil(struct summary *summary, struct slice text,
                         struct summary_stencil *stencil)
{
    struct filter_words words = filter_words_of(text);
    struct slice word;
    stencil->hashes_begin = summary->stencil_hashes.size;
    stencil->words_begin = summary->stencil_words.size;
    while (filter_words_next(&words, &word)) {
        uint64_t hash = filter_word(&summary->filter_key, word);
        buf_append(&summary->stencil_hashes, slice_of(&hash, sizeof(hash)));
    }
    stencil_words(text, &summary->stencil_words);
    stencil->hash_count = (summary->stencil_hashes.size - stencil->hashes_begin) / sizeof(uint64_t);
    stencil->words_size = summary->stencil_words.size - stencil->words_begin;
    stencil->known =
        !buf_overflowed(&summary->stencil_hashes) && !buf_overflowed(&summary->stencil_words);
    return stencil->known;
}

static void add_stencil(struct summary *summary, uint32_t stamp, uint64_t number)
{
    struct summary_stencil *stencil = &summary->stencils[number];
    if (!stencil->known &&
        !know_stencil(summary, texts_get(summary->table->texts, (uint32_t)number), stencil)) {
        summary->open = true;
        return;
    }
    stencil->stamp = stamp;
    for (size_t i = 0; i < stencil->hash_count; i++) {
        uint64_t hash;
        memcpy(&hash, summary->stencil_hashes.base + stencil->hashes_begin + i * sizeof(hash),
               sizeof(hash));
        add_hash(summary, hash);
    }
}

/* A word that is a number and nothing else. */
static void add_number(struct summary *summary, uint64_t told)
{
    unsigned char text[STENCIL_NUMBER_SIZE];
    uint64_t *known = &summary->numbers[told * UINT64_C(0x9e3779b97f4a7c15) >> SUMMARY_WORD_SHIFT];
    if (*known == told + 1) {
        return;
    }
    *known = told + 1;
    size_t size = stencil_number(varint_unfold(told), text);
    if (size >= FILTER_WORD_SIZE_MIN) {
        add_hash(summary, filter_word(&summary->filter_key, slice_of(text, size)));
    }
}

/* Words that have holes, and what stands in these. */
static void add_filled(struct summary *summary, struct slice words, const unsigned char *holes)
{
    while (words.size > 0) {
        size_t size = 1;
        while (words.base[size] != ' ') {
            size++;
        }
        if (size == 1 && words.base[0] == STENCIL_NUMBER) {
            add_number(summary, varint_next(&holes));
        } else if (size == 1) {
            size_t text_size = (size_t)varint_next(&holes);
            add_words(summary, slice_of(holes, text_size));
            holes += text_size;
        } else {
            size_t filled = stencil_fill(slice_take(words, size), &holes, summary->filled);
            add_words(summary, slice_of(summary->filled, filled));
        }
        words = slice_skip(words, size + 1);
    }
}

/* A body that is a string, as a table has it (table_private.h). */
static void add_line(struct summary *summary, uint32_t stamp, struct slice bytes)
{
    const unsigned char *at = bytes.base;
    uint64_t number = varint_next(&at);
    if (number == 0) {
        add_words(summary, slice_skip(bytes, (size_t)(at - bytes.base)));
        return;
    }
    const struct summary_stencil *stencil = &summary->stencils[number - 1];
    if (stencil->stamp != stamp) {
        add_stencil(summary, stamp, number - 1);
    }
    if (summary->open || stencil->words_size == 0) {
        return;
    }
    struct slice words =
        slice_of(summary->stencil_words.base + stencil->words_begin, stencil->words_size);
    add_filled(summary, words, at);
}

static void add_lines(struct summary *summary, const struct gather *gather,
                      const struct gather_column *column)
{
    uint32_t stamp = ++summary->stamp;
    for (uint32_t i = 0; i < column->count; i++) {
        add_line(summary, stamp, gather_blob(gather, column->cells[i]));
    }
}

/* ---- Columns. ---- */

/* Attributes that are in no column. */
static void add_attrs(struct summary *summary, struct attrs attrs)
{
    for (size_t i = 0; i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        if (attr->value.kind == VALUE_STRING) {
            add_hash(summary, filter_pair(&summary->filter_key, attr->key, attr->value.text));
        }
    }
}

static void add_blob(struct summary *summary, enum field field, struct slice bytes)
{
    struct span span = {.start_ns = 0};
    struct attrs attrs = {NULL, 0, 0};
    arena_reset(&summary->arena);
    enum status status = field == FIELD_EVENTS ? nested_read_events(&bytes, &summary->arena, &span)
                                               : nested_read_attrs(&bytes, &summary->arena, &attrs);
    if (status != STATUS_OK) {
        summary->open = true;
        return;
    }
    add_attrs(summary, attrs);
    for (size_t i = 0; i < span.event_count; i++) {
        add_words(summary, span.events[i].name);
        add_attrs(summary, span.events[i].attrs);
    }
}

static void add_texts(struct summary *summary, const struct gather_column *column,
                      const struct column *what)
{
    const struct texts *texts = summary->table->texts;
    uint32_t stamp = ++summary->stamp;
    struct slice key = what->field == FIELD_ATTR ? texts_get(texts, what->key) : SLICE_EMPTY;
    for (uint32_t i = 0; i < column->count; i++) {
        struct gather_seen *seen = &summary->text_seen[column->cells[i]];
        if (seen->stamp == stamp) {
            continue;
        }
        seen->stamp = stamp;
        struct slice text = texts_get(texts, (uint32_t)column->cells[i]);
        if (what->field == FIELD_ATTR) {
            add_hash(summary, filter_pair(&summary->filter_key, key, text));
        } else {
            add_words(summary, text);
        }
    }
}

static void add_column(struct summary *summary, const struct gather *gather,
                       const struct gather_column *column)
{
    const struct column *what = &summary->table->shapes.columns[column->number];
    switch ((enum field)what->field) {
    case FIELD_NAME:
    case FIELD_MESSAGE:
    case FIELD_EVENT_NAME:
        add_texts(summary, column, what);
        break;
    case FIELD_ATTR:
        if (what->kind == VALUE_STRING) {
            add_texts(summary, column, what);
        }
        break;
    case FIELD_EVENTS:
    case FIELD_ATTRS:
        for (uint32_t i = 0; i < column->count; i++) {
            add_blob(summary, (enum field)what->field, gather_blob(gather, column->cells[i]));
        }
        break;
    case FIELD_BODY:
        if (what->kind == VALUE_STRING) {
            add_lines(summary, gather, column);
        }
        break;
    case FIELD_STATE:
    case FIELD_FLAGS:
    case FIELD_SEVERITY:
    case FIELD_SEVERITY_TEXT:
    case FIELD_SEQ:
    case FIELD_DROPPED:
    case FIELD_LINKS:
    case FIELD_COUNT:
        break;
    }
}

static void put_pair(struct summary *summary, struct slice name, struct slice value)
{
    uint64_t hash = filter_pair(&summary->filter_key, name, value);
    buf_append(&summary->sender_hashes, slice_of(&hash, sizeof(hash)));
}

/* The hashes of who sent a row: its bytes begin with its attributes, and its service may stand
 * behind them.  False when it cannot be read, or without memory. */
static bool hash_sender(struct summary *summary, uint32_t number, struct summary_sender *sender)
{
    struct slice bytes = texts_get(summary->table->resources, number);
    struct slice service;
    struct attrs attrs;
    arena_reset(&summary->arena);
    if (nested_read_attrs(&bytes, &summary->arena, &attrs) != STATUS_OK ||
        !nested_read_text(&bytes, &service)) {
        return false;
    }
    size_t begin = summary->sender_hashes.size;
    for (size_t i = 0; i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        if (attr->value.kind == VALUE_STRING) {
            put_pair(summary, attr->key, attr->value.text);
        }
    }
    put_pair(summary, NAME_SERVICE_NAME, service);
    sender->begin = begin / sizeof(uint64_t);
    sender->count = summary->sender_hashes.size / sizeof(uint64_t) - sender->begin;
    return !buf_overflowed(&summary->sender_hashes);
}

static void add_sender(struct summary *summary, uint32_t number)
{
    struct summary_sender *sender = &summary->senders[number];
    if (sender->count == 0 && !hash_sender(summary, number, sender)) {
        sender->count = 0;
        summary->open = true;
        return;
    }
    for (size_t i = 0; i < sender->count; i++) {
        uint64_t hash;
        memcpy(&hash, summary->sender_hashes.base + (sender->begin + i) * sizeof(hash),
               sizeof(hash));
        add_hash(summary, hash);
    }
}

static void add_senders(struct summary *summary, const struct gather *gather)
{
    uint32_t stamp = ++summary->stamp;
    for (uint32_t i = 0; i < gather->count; i++) {
        struct summary_sender *sender = &summary->senders[gather->rows[i]->resource];
        if (sender->stamp != stamp) {
            sender->stamp = stamp;
            add_sender(summary, gather->rows[i]->resource);
        }
    }
}

static bool make_filter(struct summary *summary, const struct gather *gather)
{
    memset(summary->hashes, 0, (summary->hash_mask + 1) * sizeof(*summary->hashes));
    memset(summary->words, 0, sizeof(summary->words)); /* No word is 0. */
    memset(summary->numbers, 0, sizeof(summary->numbers));
    summary->hash_count = 0;
    summary->open = false;
    for (uint32_t i = 0; i < gather->column_count; i++) {
        add_column(summary, gather, &gather->columns[i]);
    }
    add_senders(summary, gather);
    buf_reset(&summary->filter);
    if (summary->open) {
        return true;
    }
    size_t size = filter_size(summary->hash_count);
    buf_append_fill(&summary->filter, 0, size);
    if (buf_overflowed(&summary->filter)) {
        return false;
    }
    for (size_t i = 0; i <= summary->hash_mask; i++) {
        if (summary->hashes[i] != 0) {
            filter_add(summary->filter.base, size, summary->hashes[i]);
        }
    }
    return true;
}

/* ---- Ids. ---- */

static bool add_id(struct summary *summary, const struct id16 *id)
{
    static const struct id16 zero;
    return memcmp(id, &zero, sizeof(zero)) == 0 || idset_add(&summary->ids, id) != IDSET_NONE;
}

static bool add_known(struct summary *summary, uint32_t stamp, uint32_t number)
{
    if (number == ROW_ID_NONE || summary->id_seen[number].stamp == stamp) {
        return true;
    }
    summary->id_seen[number].stamp = stamp;
    return add_id(summary, &summary->table->ids.ids[number]);
}

/* Whether a trace id is one by which the row is found. */
static bool traced(const struct summary *summary, const struct form *form, const struct row *row)
{
    static const struct id16 zero;
    return row->trace != ROW_ID_NONE &&
           (form->signal == SIGNAL_TRACES || (form->bits & FORM_HAS_TRACE) != 0) &&
           memcmp(&summary->table->ids.ids[row->trace], &zero, sizeof(zero)) != 0;
}

static bool add_loose(struct summary *summary, const struct form *form, const struct row *row)
{
    const struct table_resource *resource = &summary->table->resource_rows[row->resource];
    struct id16 id = resource->instance;
    if (!resource->named) {
        return true;
    }
    if ((form->bits & FORM_PHASE) == 0) {
        id = record_ids_instance_minute(id, record_ids_line_minute(row->start_ns, row->end_ns));
    }
    return add_id(summary, &id);
}

/* What the links of a span name. */
static bool add_links(struct summary *summary, struct slice bytes)
{
    struct arena own;
    struct arena *arena = &summary->arena;
    void *memory = NULL;
    if (bytes.size > ARENA_SIZE / LINKS_SPREAD) {
        memory = malloc(bytes.size * LINKS_SPREAD);
        if (memory == NULL) {
            return false;
        }
        arena_init(&own, memory, bytes.size * LINKS_SPREAD);
        arena = &own;
    }
    struct span span = {.links = NULL};
    arena_reset(arena);
    bool fits = nested_read_links(&bytes, arena, &span) == STATUS_OK;
    for (size_t i = 0; fits && i < span.link_count; i++) {
        fits = add_id(summary, &span.links[i].trace_id);
    }
    free(memory);
    return fits;
}

static bool add_linked(struct summary *summary, const struct gather *gather,
                       const struct gather_column *column)
{
    bool fits = true;
    for (uint32_t i = 0; fits && i < column->count; i++) {
        fits = add_links(summary, gather_blob(gather, column->cells[i]));
    }
    return fits;
}

static bool add_all_linked(struct summary *summary, const struct gather *gather)
{
    bool fits = true;
    for (uint32_t i = 0; fits && i < gather->column_count; i++) {
        const struct gather_column *column = &gather->columns[i];
        if (summary->table->shapes.columns[column->number].field == FIELD_LINKS) {
            fits = add_linked(summary, gather, column);
        }
    }
    return fits;
}

static bool make_ids(struct summary *summary, const struct gather *gather, struct block_info *info)
{
    bool fits = true;
    idset_reset(&summary->ids);
    for (uint32_t i = 0; fits && i < gather->count; i++) {
        const struct row *row = gather->rows[i];
        const struct form *form = &summary->table->shapes.rows[row->shape].form;
        bool named = traced(summary, form, row);
        fits = (!named || add_known(summary, gather->stamp, row->trace)) &&
               add_known(summary, gather->stamp, row->request);
        if (fits && form->signal == SIGNAL_LOGS && !named && row->request == ROW_ID_NONE) {
            info->flags |= BLOCK_LOOSE;
            fits = add_loose(summary, form, row);
        }
    }
    fits = fits && add_all_linked(summary, gather);
    info->ids = summary->ids.ids;
    info->id_count = summary->ids.count;
    return fits;
}

/* ---- Facts. ---- */

static void note_times(struct summary *summary, const struct row *row, struct block_info *info)
{
    bool line = info->signal == SIGNAL_LOGS;
    uint64_t time_ns = line && row->start_ns == 0 ? row->end_ns : row->start_ns;
    uint64_t arrival_ns = summary->table->arrivals[row->arrival];
    info->first_ns = time_ns < info->first_ns ? time_ns : info->first_ns;
    info->last_ns = time_ns > info->last_ns ? time_ns : info->last_ns;
    info->first_arrival_ns =
        arrival_ns < info->first_arrival_ns ? arrival_ns : info->first_arrival_ns;
    info->last_arrival_ns = arrival_ns > info->last_arrival_ns ? arrival_ns : info->last_arrival_ns;
    if (!line && row->end_ns >= row->start_ns) {
        uint64_t duration_ns = row->end_ns - row->start_ns;
        info->duration_min_ns =
            duration_ns < info->duration_min_ns ? duration_ns : info->duration_min_ns;
        info->duration_max_ns =
            duration_ns > info->duration_max_ns ? duration_ns : info->duration_max_ns;
    }
}

/* The shape tells all but a severity above 255. */
static uint32_t flags_of(const struct shape *shape, bool special)
{
    const struct form *form = &shape->form;
    bool error = form->signal == SIGNAL_TRACES
                     ? form->grade >> 4 == SPAN_STATUS_ERROR
                     : form->grade >= SEVERITY_ERROR || (form->mask >> FIELD_SEVERITY & 1) != 0;
    bool event = special && (form->mask >> FIELD_EVENT_NAME & 1) != 0;
    return (error ? BLOCK_ERRORS : 0) | (event ? BLOCK_EVENTS : 0);
}

bool summary_make(struct summary *summary, const struct gather *gather, struct block_info *info)
{
    const struct shape_list *shapes = &summary->table->shapes;
    *info = (struct block_info){
        .signal = (enum signal)shapes->rows[gather->shapes[0]].form.signal,
        .rows = gather->count,
        .flags = BLOCK_SENDERS,
        .first_ns = UINT64_MAX,
        .first_arrival_ns = UINT64_MAX,
        .duration_min_ns = UINT64_MAX,
    };
    for (uint32_t i = 0; i < gather->shape_count; i++) {
        const struct shape *shape = &shapes->rows[gather->shapes[i]];
        bool special =
            shape->form.scope != 0 && table_rows_scope_told(summary->table, shape->form.scope - 1);
        info->flags |= flags_of(shape, special);
    }
    for (uint32_t i = 0; i < gather->count; i++) {
        note_times(summary, gather->rows[i], info);
    }
    bool fits = make_ids(summary, gather, info) && make_filter(summary, gather);
    info->filter = buf_bytes(&summary->filter);
    return fits;
}
