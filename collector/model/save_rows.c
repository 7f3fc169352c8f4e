/* SPDX-License-Identifier: Apache-2.0 */
#include "model/save.h"

#include <string.h>

/* Functions, their rollups, ids, edges and links. */

static void save_identity(struct save *save, const struct identity *identity)
{
    save_number(save, identity->account);
    save_number(save, identity->region);
    save_number(save, identity->name);
    save_number(save, identity->version);
}

static void save_function(struct save *save, const struct function *function)
{
    int64_t now_ns = save->view->now_ns;
    save_number(save, (unsigned)(function->bare ? FUNCTION_BARE : 0) |
                          (function->made_up ? FUNCTION_MADE_UP : 0) |
                          (function->vacant ? FUNCTION_VACANT : 0) |
                          (unsigned)function->sources << FUNCTION_SOURCES_SHIFT);
    save_identity(save, &function->identity);
    save_number(save, function->provider);
    save_number(save, function->platform);
    save_number(save, function->runtime);
    save_number(save, function->arch);
    save_number(save, function->agent_version);
    save_number(save, function->environment);
    save_number(save, function->told_epoch);
    save_number(save, function->application);
    save_number(save, function->application_epoch);
    save_time(save, function->memory_mb, 0);
    save_number(save, function->memory_epoch);
    save_time(save, function->timeout_ns, 0);
    save_time(save, function->timeout_start_ns, now_ns);
    save_time(save, function->reported_memory_mb, 0);
    save_time(save, function->reported_start_ns, now_ns);
    save_time(save, function->first_seen_ns, now_ns);
    save_time(save, function->last_seen_ns, now_ns);
    save_time(save, function->left_ns, now_ns);
    save_time(save, function->left_before_ns, now_ns);
    save_time(save, function->counts_from_ns, now_ns);
}

void save_functions(struct save *save)
{
    const struct functions *functions = &save->view->functions;
    for (uint32_t i = 0; i < functions->count; i++) {
        save_function(save, &functions->rows[i]);
    }
    for (uint32_t row = functions->vacant; row != ROW_NONE;
         row = functions->rows[row].vacant_next) {
        save_row(save, row);
    }
    save_row(save, ROW_NONE);
}

static void save_histogram(struct save *save, const struct histogram *histogram)
{
    uint16_t before = 0;
    save_number(save, histogram->count);
    for (uint16_t i = 0; i < histogram->count; i++) {
        const struct histogram_entry *entry = &histogram->entries[i];
        save_number(save, (uint64_t)entry->bucket - before);
        save_number(save, entry->count);
        before = entry->bucket;
    }
}

#define SAVE_ROLLUP_FACT(name) save_number(save, row->facts.name);

static void save_rollup(struct save *save, const struct rollup *row, int64_t before_ns)
{
    save_number(save, (uint64_t)(row->key.time_ns - before_ns) / MINUTE_NS);
    save_number(save, row->key.minor);
    save_number(save, row->key.least & ~ROLLUP_PROVISIONED);
    save_number(save, row->key.least / ROLLUP_PROVISIONED);
    ROLLUP_SUMS(SAVE_ROLLUP_FACT)
    save_time(save, row->facts.max_memory_mb, 0);
    save_number(save, row->left);
    save_number(save, row->left_segment);
    save_histogram(save, &row->init);
    save_histogram(save, &row->handler);
    save_histogram(save, &row->wait);
    save_histogram(save, &row->reported);
}

void save_rollups(struct save *save)
{
    const struct functions *functions = &save->view->functions;
    for (uint32_t i = 0; i < functions->count; i++) {
        const struct sorted *sorted = &functions->rows[i].rollups.sorted;
        const struct rollup *row = sorted_row(sorted, (struct sorted_at){0, 0});
        int64_t before_ns = row != NULL ? row->key.time_ns : 0;
        save_number(save, sorted->count);
        save_distance(save, (uint64_t)(before_ns / MINUTE_NS), 0);
        for (struct sorted_at at = {0, 0}; (row = sorted_row(sorted, at)) != NULL;
             at = sorted_after(sorted, at)) {
            save_rollup(save, row, before_ns);
            before_ns = row->key.time_ns;
        }
    }
}

static void save_id(struct save *save, const struct id_row *row, const struct id_row *before)
{
    unsigned has = (row->start_ns != UNKNOWN_NS ? ID_TIMED : 0U) |
                   (row->spans > 0 ? ID_SPANS : 0U) | (row->errors > 0 ? ID_ERRORS : 0U) |
                   (row->logs > 0 ? ID_LOGS : 0U) | (row->logs_agent > 0 ? ID_LOGS_AGENT : 0U) |
                   (row->logs_stream > 0 ? ID_LOGS_STREAM : 0U) |
                   (row->service != TEXT_EMPTY ? ID_SERVICE : 0U);
    save_byte(save, (unsigned char)has);
    save_bytes(save, &row->id, sizeof(row->id));
    save_distance(save, row->segment_last, before->segment_last);
    if ((has & ID_TIMED) != 0) {
        save_distance(save, (uint64_t)row->start_ns, (uint64_t)before->start_ns);
        save_time(save, row->end_ns, row->start_ns);
    }
    const uint32_t numbers[] = {row->spans,      row->errors,      row->logs,
                                row->logs_agent, row->logs_stream, row->service};
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i] > 0) {
            save_number(save, numbers[i]);
        }
    }
}

void save_ids(struct save *save)
{
    const struct ids *ids = &save->view->ids;
    struct id_row before = {.start_ns = save->view->now_ns};
    for (uint32_t i = 0; i < ids->count; i++) {
        save_id(save, &ids->rows[i], &before);
        before.segment_last = ids->rows[i].segment_last;
        if (ids->rows[i].start_ns != UNKNOWN_NS) {
            before.start_ns = ids->rows[i].start_ns;
        }
    }
    uint32_t request = 0;
    for (uint32_t i = 0; i < ids->edge_count; i++) {
        const struct edge *edge = &ids->edges[i];
        save_distance(save, edge->request, request);
        save_distance(save, edge->other, edge->request);
        save_number(save, edge->ties);
        request = edge->request;
    }
}

static uint32_t consumer_next(const struct view *view, uint32_t row)
{
    return view->links.rows[row].consumer_next;
}

void save_links(struct save *save)
{
    const struct view *view = save->view;
    struct link before = {.time_ns = view->now_ns};
    for (uint32_t i = 0; i < view->links.count; i++) {
        const struct link *link = &view->links.rows[i];
        bool of_trace = memcmp(&link->consumer_trace, &view->ids.rows[link->consumer].id,
                               sizeof(link->consumer_trace)) == 0;
        save_number(save, (link->queue ? LINK_QUEUE : 0U) |
                              (link->requested ? LINK_REQUESTED : 0U) |
                              (of_trace ? LINK_OF_TRACE : 0U));
        save_distance(save, link->target, before.target);
        save_distance(save, link->consumer, before.consumer);
        save_bytes(save, &link->target_span, sizeof(link->target_span));
        save_bytes(save, &link->consumer_span, sizeof(link->consumer_span));
        if (!of_trace) {
            save_bytes(save, &link->consumer_trace, sizeof(link->consumer_trace));
        }
        save_number(save, link->message);
        save_distance(save, (uint64_t)link->time_ns, (uint64_t)before.time_ns);
        save_number(save, link->batch);
        save_distance(save, link->segment_last, before.segment_last);
        before = *link;
    }
    struct save_chain chain = {save, consumer_next};
    for (uint32_t i = 0; i < view->ids.count; i++) {
        if (view->ids.rows[i].consumer_links != ROW_NONE) {
            save_chain(&chain, i, view->ids.rows[i].consumer_links);
        }
    }
    save_chain_end(&chain);
}
