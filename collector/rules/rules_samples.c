/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_samples.h"

#include "promql/growing.h"
#include "rules/rules_samples_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Life. ---- */

struct rules_samples *rules_samples_create(const struct hash_key *key,
                                           const struct rules_samples_limits *limits)
{
    struct rules_samples *made = calloc(1, sizeof(*made));
    if (made != NULL) {
        made->key = *key;
        made->limits = *limits;
        made->first_of_nobody = ROW_NONE;
        (void)pthread_mutex_init(&made->lock, NULL);
        map_init_growing(&made->by_labels, limits->series_max);
        map_init_growing(&made->by_name, limits->series_max);
    }
    return made;
}

static void free_row(struct row *row)
{
    free((void *)(uintptr_t)row->labels.items);
    free(row->items);
}

void rules_samples_free(struct rules_samples *samples)
{
    if (samples == NULL) {
        return;
    }
    for (size_t i = 0; i < samples->row_count; i++) {
        free_row(&samples->rows[i]);
    }
    free(samples->rows);
    for (size_t i = 0; i < samples->name_count; i++) {
        free((void *)(uintptr_t)samples->names[i].text.base);
    }
    free(samples->names);
    free(samples->first_of_owner);
    map_fini(&samples->by_name);
    map_fini(&samples->by_labels);
    pthread_mutex_destroy(&samples->lock);
    free(samples);
}

/* ---- Series. ---- */

/* A copy of labels and their texts in one block. */
static bool copy_labels(const struct label_set *labels, struct label_set *copy)
{
    size_t size = labels->count * sizeof(struct label);
    for (size_t i = 0; i < labels->count; i++) {
        size += labels->items[i].name.size + labels->items[i].value.size;
    }
    struct label *items = malloc(size == 0 ? 1 : size);
    if (items == NULL) {
        return false;
    }
    unsigned char *at = (unsigned char *)(items + labels->count);
    for (size_t i = 0; i < labels->count; i++) {
        const struct slice parts[2] = {labels->items[i].name, labels->items[i].value};
        struct slice *copies[2] = {&items[i].name, &items[i].value};
        for (size_t part = 0; part < 2; part++) {
            *copies[part] = slice_of(at, parts[part].size);
            if (parts[part].size > 0) {
                memcpy(at, parts[part].base, parts[part].size);
            }
            at += parts[part].size;
        }
    }
    *copy = (struct label_set){items, labels->count};
    return true;
}

struct wanted {
    const struct rules_samples *samples;
    const struct label_set *labels;
};

static bool is_wanted(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    return labels_equal(&wanted->samples->rows[row].labels, wanted->labels);
}

/* ---- Names. ---- */

struct wanted_name {
    const struct rules_samples *samples;
    struct slice text;
};

static bool is_wanted_name(const void *context, uint32_t row)
{
    const struct wanted_name *wanted = context;
    return slice_equal(wanted->samples->names[row].text, wanted->text);
}

static bool find_name(const struct rules_samples *samples, struct slice text, uint32_t *name)
{
    const struct wanted_name wanted = {samples, text};
    return map_find(&samples->by_name, hash_sip64(&samples->key, text), is_wanted_name, &wanted,
                    name);
}

/* The number of a name, made where there is none; ROW_NONE without room. */
static uint32_t take_name(struct rules_samples *samples, struct slice text)
{
    uint32_t name = (uint32_t)samples->name_count;
    if (find_name(samples, text, &name)) {
        return name;
    }
    if (samples->name_count == samples->name_capacity) {
        size_t capacity = samples->name_capacity == 0 ? 16 : samples->name_capacity * 2;
        struct name *names = realloc(samples->names, capacity * sizeof(*names));
        if (names == NULL) {
            return ROW_NONE;
        }
        samples->names = names;
        samples->name_capacity = capacity;
    }
    unsigned char *copy = malloc(text.size + 1);
    if (copy == NULL ||
        map_insert(&samples->by_name, hash_sip64(&samples->key, text), name) != STATUS_OK) {
        free(copy);
        return ROW_NONE;
    }
    if (text.size > 0) {
        memcpy(copy, text.base, text.size);
    }
    samples->names[name] = (struct name){slice_of(copy, text.size), ROW_NONE, ROW_NONE};
    samples->name_count++;
    return name;
}

static void join_name(struct rules_samples *samples, uint32_t row, uint32_t number)
{
    struct name *name = &samples->names[number];
    samples->rows[row].name = number;
    samples->rows[row].next_of_name = ROW_NONE;
    if (name->first == ROW_NONE) {
        name->first = row;
    } else {
        samples->rows[name->last].next_of_name = row;
    }
    name->last = row;
}

static void leave_name(struct rules_samples *samples, uint32_t row)
{
    struct name *name = &samples->names[samples->rows[row].name];
    uint32_t before = ROW_NONE;
    uint32_t *at = &name->first;
    while (*at != row) {
        before = *at;
        at = &samples->rows[*at].next_of_name;
    }
    *at = samples->rows[row].next_of_name;
    name->last = name->last == row ? before : name->last;
}

bool rules_samples_knows(struct rules_samples *samples, struct slice name)
{
    uint32_t number;
    pthread_mutex_lock(&samples->lock);
    bool known = find_name(samples, name, &number);
    pthread_mutex_unlock(&samples->lock);
    return known;
}

/* ---- Owners. ---- */

/* Let an owner have a list. */
static bool reserve_owner(struct rules_samples *samples, uint32_t owner)
{
    if (owner == RULES_SAMPLES_NOBODY || owner < samples->owner_count) {
        return true;
    }
    size_t count = (size_t)owner + 64;
    uint32_t *first = realloc(samples->first_of_owner, count * sizeof(*first));
    if (first == NULL) {
        return false;
    }
    for (size_t i = samples->owner_count; i < count; i++) {
        first[i] = ROW_NONE;
    }
    samples->first_of_owner = first;
    samples->owner_count = count;
    return true;
}

/* Make room for a row.  False without memory, or beyond the limit. */
static bool reserve_row(struct rules_samples *samples)
{
    if (samples->row_count == samples->limits.series_max) {
        return false;
    }
    if (samples->row_count < samples->row_capacity) {
        return true;
    }
    size_t capacity = samples->row_capacity == 0 ? 64 : samples->row_capacity * 2;
    struct row *rows = realloc(samples->rows, capacity * sizeof(*rows));
    if (rows == NULL) {
        return false;
    }
    samples->rows = rows;
    samples->row_capacity = capacity;
    return true;
}

/* Where the list of an owner begins, which has one. */
static uint32_t *list_of(struct rules_samples *samples, uint32_t owner)
{
    return owner == RULES_SAMPLES_NOBODY ? &samples->first_of_nobody
                                         : &samples->first_of_owner[owner];
}

static void join_owner(struct rules_samples *samples, uint32_t row, uint32_t owner)
{
    uint32_t *first = list_of(samples, owner);
    samples->rows[row].owner = owner;
    samples->rows[row].next_of_owner = *first;
    *first = row;
}

static void leave_owner(struct rules_samples *samples, uint32_t row)
{
    uint32_t *at = list_of(samples, samples->rows[row].owner);
    while (*at != row) {
        at = &samples->rows[*at].next_of_owner;
    }
    *at = samples->rows[row].next_of_owner;
}

/* The row of a series, made where there is none; ROW_NONE: there is no room. */
static uint32_t find_row(struct rules_samples *samples, uint32_t owner,
                         const struct label_set *labels)
{
    uint64_t hash = labels_hash(&samples->key, labels);
    const struct wanted wanted = {samples, labels};
    uint32_t row = ROW_NONE;
    if (!reserve_owner(samples, owner)) {
        return ROW_NONE;
    }
    if (map_find(&samples->by_labels, hash, is_wanted, &wanted, &row)) {
        if (samples->rows[row].owner != owner) {
            leave_owner(samples, row);
            join_owner(samples, row, owner);
        }
        return row;
    }
    struct label_set copy;
    uint32_t name = take_name(samples, labels_value(labels, LABEL_NAME));
    if (name == ROW_NONE || !reserve_row(samples) || !copy_labels(labels, &copy)) {
        return ROW_NONE;
    }
    row = (uint32_t)samples->row_count;
    if (map_insert(&samples->by_labels, hash, row) != STATUS_OK) {
        free((void *)(uintptr_t)copy.items);
        return ROW_NONE;
    }
    samples->rows[row] = (struct row){.labels = copy, .hash = hash, .ended = true};
    samples->row_count++;
    join_owner(samples, row, owner);
    join_name(samples, row, name);
    return row;
}

/* ---- Samples. ---- */

static enum status append(struct rules_samples *samples, struct row *row, struct sample sample)
{
    size_t count = row->count;
    if (count > 0 && row->items[count - 1].time_ms >= sample.time_ms) {
        return STATUS_EXISTS;
    }
    /* What stands close together counts as one, but for what begins and ends. */
    if (count > 1 && sample.time_ms - row->items[count - 2].time_ms < samples->limits.step_ms &&
        !sample_is_stale(row->items[count - 1].value) && !sample_is_stale(sample.value)) {
        row->items[count - 1] = sample;
        return STATUS_OK;
    }
    if (count == row->capacity) {
        size_t capacity = count == 0 ? 8 : count * 2;
        struct sample *items = realloc(row->items, capacity * sizeof(*items));
        if (items == NULL) {
            return STATUS_FULL;
        }
        samples->bytes += (capacity - row->capacity) * sizeof(*items);
        row->items = items;
        row->capacity = capacity;
    }
    row->items[count] = sample;
    row->count++;
    row->ended = sample_is_stale(sample.value);
    return STATUS_OK;
}

enum status rules_samples_put(struct rules_samples *samples, uint32_t owner,
                              const struct label_set *labels, int64_t time_ms, double value)
{
    pthread_mutex_lock(&samples->lock);
    enum status status = STATUS_FULL;
    uint32_t row = find_row(samples, owner, labels);
    if (row != ROW_NONE) {
        status = append(samples, &samples->rows[row], (struct sample){time_ms, value});
    }
    pthread_mutex_unlock(&samples->lock);
    return status;
}

void rules_samples_end(struct rules_samples *samples, uint32_t owner, int64_t time_ms)
{
    pthread_mutex_lock(&samples->lock);
    bool known = owner == RULES_SAMPLES_NOBODY || owner < samples->owner_count;
    uint32_t at = known ? *list_of(samples, owner) : ROW_NONE;
    while (at != ROW_NONE) {
        struct row *row = &samples->rows[at];
        if (!row->ended && row->items[row->count - 1].time_ms < time_ms) {
            /* Without memory for the marker it ends five minutes later. */
            (void)!append(samples, row, (struct sample){time_ms, sample_stale()});
        }
        at = row->next_of_owner;
    }
    pthread_mutex_unlock(&samples->lock);
}

/* ---- Age. ---- */

static void forget_before(struct rules_samples *samples, struct row *row, int64_t time_ms)
{
    size_t old = 0;
    while (old < row->count && row->items[old].time_ms < time_ms) {
        old++;
    }
    if (old == 0) {
        return;
    }
    row->count -= old;
    memmove(row->items, row->items + old, row->count * sizeof(*row->items));
    size_t capacity = row->count < 8 ? 8 : row->count + row->count / 4;
    struct sample *items =
        capacity < row->capacity ? realloc(row->items, capacity * sizeof(*items)) : NULL;
    if (items != NULL) {
        samples->bytes -= (row->capacity - capacity) * sizeof(*items);
        row->items = items;
        row->capacity = capacity;
    }
}

/* Take a row out; the last one moves into its place. */
static void remove_row(struct rules_samples *samples, uint32_t at)
{
    uint32_t last = (uint32_t)samples->row_count - 1;
    leave_owner(samples, at);
    leave_name(samples, at);
    (void)map_remove(&samples->by_labels, samples->rows[at].hash, at);
    samples->bytes -= samples->rows[at].capacity * sizeof(struct sample);
    free_row(&samples->rows[at]);
    if (at != last) {
        uint32_t owner = samples->rows[last].owner, name = samples->rows[last].name;
        leave_owner(samples, last);
        leave_name(samples, last);
        (void)map_move(&samples->by_labels, samples->rows[last].hash, last, at);
        samples->rows[at] = samples->rows[last];
        join_owner(samples, at, owner);
        join_name(samples, at, name);
    }
    samples->row_count--;
}

static void forget_all_before(struct rules_samples *samples, int64_t time_ms)
{
    for (size_t i = samples->row_count; i-- > 0;) {
        struct row *row = &samples->rows[i];
        forget_before(samples, row, time_ms);
        if (row->count == 0 || (row->ended && row->count == 1)) {
            remove_row(samples, (uint32_t)i);
        }
    }
}

void rules_samples_tick(struct rules_samples *samples, int64_t now_ms)
{
    pthread_mutex_lock(&samples->lock);
    int64_t age_ms = samples->limits.age_ms_max;
    if (age_ms > 0) {
        forget_all_before(samples, now_ms - age_ms);
    }
    while (age_ms > 1 && samples->bytes > samples->limits.bytes_max) {
        age_ms /= 2;
        forget_all_before(samples, now_ms - age_ms);
    }
    pthread_mutex_unlock(&samples->lock);
}

void rules_samples_count(struct rules_samples *samples, size_t *series, size_t *bytes)
{
    pthread_mutex_lock(&samples->lock);
    *series = samples->row_count;
    *bytes = samples->bytes;
    pthread_mutex_unlock(&samples->lock);
}

/* ---- The source. ---- */

/* The samples of a row in a span, in the arena.  False: it is full. */
static bool copy_span(const struct row *row, const struct selection *selection, struct arena *arena,
                      struct series *series)
{
    size_t first = 0, end = row->count;
    while (first < end && row->items[first].time_ms < selection->from_ms) {
        first++;
    }
    while (end > first && row->items[end - 1].time_ms > selection->to_ms) {
        end--;
    }
    *series = (struct series){.sample_count = end - first};
    if (end == first) {
        return true;
    }
    struct sample *items = arena_alloc_array(arena, end - first, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    memcpy(items, row->items + first, (end - first) * sizeof(*items));
    series->samples = items;
    return true;
}

/* Copy a row if it matches. */
static enum status gather_row(const struct row *row, const struct selection *selection,
                              struct arena *arena, struct growing *found)
{
    struct series series;
    size_t mark = arena_mark(arena);
    enum pattern_answer answer =
        matchers_match(selection->matchers, selection->matcher_count, &row->labels, arena);
    arena_rewind(arena, mark);
    if (answer != PATTERN_MATCHES) {
        return answer == PATTERN_LIMIT ? STATUS_BAD : STATUS_OK;
    }
    if (!copy_span(row, selection, arena, &series)) {
        return STATUS_FULL;
    }
    if (series.sample_count == 0) {
        return STATUS_OK;
    }
    struct series *slot = growing_push(found);
    if (slot == NULL || !labels_dup(&row->labels, arena, &series.labels)) {
        return STATUS_FULL;
    }
    *slot = series;
    return STATUS_OK;
}

/* The name that all of them must have, if it is said. */
static const struct matcher *name_of(const struct selection *selection)
{
    for (size_t i = 0; i < selection->matcher_count; i++) {
        const struct matcher *matcher = &selection->matchers[i];
        if (matcher->kind == MATCHER_EQUAL && slice_equal(matcher->name, LABEL_NAME)) {
            return matcher;
        }
    }
    return NULL;
}

/* Copy what matches; the lock is held. */
static enum status gather(const struct rules_samples *samples, const struct selection *selection,
                          struct arena *arena, struct growing *found)
{
    const struct matcher *named = name_of(selection);
    enum status status = STATUS_OK;
    uint32_t name = ROW_NONE;
    if (named != NULL && !find_name(samples, named->value, &name)) {
        return STATUS_OK;
    }
    if (named == NULL) {
        for (size_t i = 0; i < samples->row_count && status == STATUS_OK; i++) {
            status = gather_row(&samples->rows[i], selection, arena, found);
        }
        return status;
    }
    for (uint32_t at = samples->names[name].first; at != ROW_NONE && status == STATUS_OK;
         at = samples->rows[at].next_of_name) {
        status = gather_row(&samples->rows[at], selection, arena, found);
    }
    return status;
}

static enum status select_series(void *context, const struct selection *selection,
                                 struct arena *arena, series_visit *visit, void *visit_context)
{
    struct rules_samples *samples = context;
    struct growing found = growing_of(arena, sizeof(struct series));
    pthread_mutex_lock(&samples->lock);
    enum status status = gather(samples, selection, arena, &found);
    pthread_mutex_unlock(&samples->lock);
    const struct series *series = found.items;
    for (size_t i = 0; i < found.count && status == STATUS_OK; i++) {
        status = visit(visit_context, &series[i]);
    }
    return status;
}

struct listing {
    labels_visit *visit;
    void *context;
};

static enum status list_one(void *context, const struct series *series)
{
    const struct listing *listing = context;
    return listing->visit(listing->context, &series->labels);
}

static enum status list_series(void *context, const struct selection *selection,
                               struct arena *arena, labels_visit *visit, void *visit_context)
{
    struct listing listing = {visit, visit_context};
    return select_series(context, selection, arena, list_one, &listing);
}

struct series_source rules_samples_source(struct rules_samples *samples)
{
    return (struct series_source){.context = samples, .select = select_series, .list = list_series};
}
