/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"

#include <stdlib.h>
#include <string.h>

static bool bucket_ok(uint64_t bucket)
{
    return bucket <= HISTOGRAM_BUCKET_COUNT;
}

void load_contribution(struct load *load, struct contribution *put)
{
    uint64_t bits = load_most(load, 16383);
    *put = (struct contribution){
        .agent.told = (bits & 1) != 0,
        .invocation = (bits & 2) != 0,
        .error = (bits & 4) != 0,
        .timeout = (bits & 8) != 0,
        .end_unknown = (bits & 16) != 0,
        .cold = (bits & 32) != 0,
        .proactive = (bits & 64) != 0,
        .billed = (bits & 128) != 0,
        .oom = (bits & 256) != 0,
        .provisioned = (bits & 512) != 0,
        .near_timeout = (bits & 1024) != 0,
        .throttled = (bits & 2048) != 0,
        .retry = (bits & 4096) != 0,
        .streamed = (bits & 8192) != 0,
    };
    put->agent.held_mb_us = load_number(load);
    put->agent.held_us = load_u32(load);
    put->agent.cpu_us = load_u32(load);
    put->agent.wire_bytes = load_u32(load);
    int64_t minute = (int64_t)load_distance(load, 0);
    int64_t limit = LOAD_TIME_NS_MAX / MINUTE_NS;
    load_check(load, minute >= -limit && minute <= limit, "a time is out of all time");
    put->minute_ns = load_ok(load) ? minute * MINUTE_NS : 0;
    put->function = load_row(load, load->functions);
    put->trigger = load_text(load);
    put->alias = load_text(load);
    put->billed_ms = load_u32(load);
    put->memory_mb = load_u32(load);
    put->init_us = load_u32(load);
    put->post_handler_us = load_u32(load);
    put->rounding_us = load_u32(load);
    put->cold_init_us = load_u32(load);
    put->streamed_bytes = load_u32(load);
    put->max_memory_mb = load_u32(load);
    uint16_t *const buckets[] = {&put->init, &put->handler, &put->wait, &put->reported};
    for (unsigned i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
        uint64_t bucket = load_number(load);
        load_check(load, bucket_ok(bucket), "a distribution is wrong");
        *buckets[i] =
            bucket == 0 || !load_ok(load) ? HISTOGRAM_BUCKET_NONE : (uint16_t)(bucket - 1);
    }
    /* Each counts as one: that makes the sums of a minute agree. */
    load_check(load, put->invocation != put->proactive, "a count is of nothing");
    put->present = true;
}

static void load_init(struct load *load, struct init *init, uint32_t function)
{
    uint64_t flags = load_most(load, UINT8_MAX);
    *init = (struct init){
        .suppressed = (flags & INIT_SUPPRESSED) != 0,
        .proactive = (flags & INIT_PROACTIVE) != 0,
        .sources = (flags >> INIT_SOURCES_SHIFT) & 3,
        .of_logs = (flags >> INIT_LOGS_SHIFT) & 7,
    };
    init->start_ns = load_time_known(load, load->view->now_ns);
    init->end_ns = load_time(load, init->start_ns);
    init->duration_ns = load_amount(load, DURATION_NS_MAX);
    init->phase = load_text(load);
    init->type = load_text(load);
    init->status = load_text(load);
    init->error_type = load_text(load);
    init->invocation = load_row_or_none(load, load->invocations);
    if ((flags & INIT_PUT) != 0) {
        load_contribution(load, &init->put);
        load_check(load, init->put.function == function && init->put.proactive,
                   "an init counts elsewhere");
    }
}

static void load_inits(struct load *load, struct instance *instance)
{
    uint32_t count = load_count(load, INIT_COUNT_MAX);
    int64_t before_ns = INT64_MIN;
    instance->inits = load_rows(load, count, &instance->init_capacity, sizeof(struct init));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        struct init *init = &instance->inits[i];
        load_init(load, init, instance->function);
        load_check(load, before_ns <= init->start_ns, "inits are in no order");
        before_ns = init->start_ns;
        instance->init_count++;
    }
}

static void load_stops(struct load *load, struct instance *instance)
{
    uint32_t count = load_count(load, EPOCH_COUNT_MAX);
    instance->stops = load_rows(load, count, &instance->stop_capacity, sizeof(struct stop));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        struct stop *stop = &instance->stops[i];
        stop->epoch = load_number(load);
        stop->time_ns = load_time(load, load->view->now_ns);
        stop->reason = load_text(load);
        for (unsigned reason = 0; reason < UNSENT_REASONS; reason++) {
            stop->unsent.counts[reason] = load_count(load, UINT32_MAX);
        }
        instance->stop_count++;
    }
}

static void load_numbers(struct load *load, struct instance *instance)
{
    uint32_t count = load_count(load, EPOCH_COUNT_MAX);
    instance->epochs = load_rows(load, count, &instance->epoch_capacity, sizeof(struct seqset));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        struct seqset *set = &instance->epochs[i];
        seqset_init(set, load_number(load));
        instance->epoch_count++;
        set->watermark = set->top = load_most(load, UINT64_MAX - SEQ_WINDOW);
        set->given_up = load_number(load);
        uint32_t held = load_count(load, SEQ_WINDOW);
        uint64_t number = set->watermark;
        for (uint32_t k = 0; k < held && load_ok(load); k++) {
            uint64_t step = load_most(load, SEQ_WINDOW);
            number += step;
            /* The one behind the watermark would have moved it. */
            bool good =
                step > 0 && number > set->watermark + 1 && number - set->watermark <= SEQ_WINDOW;
            load_check(load, good, "numbers are in no order");
            if (load_ok(load) && !seqset_add(set, number)) {
                load_full(load);
            }
        }
        load_check(load, set->held == held, "numbers are in no order");
    }
}

static void load_pending(struct load *load, struct instance *instance)
{
    uint32_t count = load_count(load, PENDING_COUNT_MAX);
    instance->pending = load_rows(load, count, &instance->pending_capacity, sizeof(struct pending));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        struct pending *pending = &instance->pending[i];
        pending->id = load_row(load, load->ids);
        pending->link = load_row_or_none(load, load->links);
        pending->start_ns = load_time_known(load, load->view->now_ns);
        pending->end_ns = load_time_known(load, pending->start_ns);
        pending->tie = (enum edge_tie)load_most(load, EDGE_TIMED);
        instance->pending_count++;
    }
}

static void load_lines(struct load *load, struct instance *instance)
{
    uint32_t count = load_count(load, LINE_WAIT_COUNT_MAX);
    instance->lines = load_rows(load, count, &instance->line_capacity, sizeof(struct line_print));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        struct line_print *line = &instance->lines[i];
        line->time_ns = (int64_t)load_distance(load, (uint64_t)load->view->now_ns);
        line->text = load_u64(load);
        line->uid = load_u64(load);
        line->before = load_u32(load);
        instance->line_count++;
    }
    count = load_count(load, FAILURE_COUNT_MAX);
    instance->failures =
        load_rows(load, count, &instance->failure_capacity, sizeof(struct failure));
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        instance->failures[i].time_ns = load_time_known(load, load->view->now_ns);
        instance->failures[i].error_type = load_text(load);
        instance->failure_count++;
    }
}

static void load_agent(struct load *load, struct agent_told *agent)
{
    int64_t now_ns = load->view->now_ns;
    agent->memory_bytes = load_amount(load, AGENT_BYTES_MAX);
    agent->seq = load_number(load);
    if (agent->seq > 0) {
        agent->epoch = load_number(load);
        agent->waiting_records = load_u32(load);
        agent->waiting_since_ns = (int64_t)load_distance(load, (uint64_t)now_ns);
        agent->heard_ns = load_time_known(load, now_ns);
    }
}

static void load_name(struct load *load, struct instance *instance)
{
    size_t size = load_most(load, TEXT_SIZE_MAX);
    const unsigned char *bytes = load_bytes(load, size);
    load_check(load, size > 0, "an instance has no name");
    if (!load_ok(load)) {
        return;
    }
    instance->name_memory = malloc(size);
    if (instance->name_memory == NULL) {
        load_full(load);
        return;
    }
    memcpy(instance->name_memory, bytes, size);
    instance->name = slice_of(instance->name_memory, size);
}

static void load_instance(struct load *load, struct instance *instance, uint32_t segment)
{
    const struct functions *functions = &load->view->functions;
    int64_t now_ns = load->view->now_ns;
    uint64_t flags = load_most(load, UINT8_MAX);
    *instance = (struct instance){
        .made_up = (flags & INSTANCE_MADE_UP) != 0,
        .lent = (flags & INSTANCE_LENT) != 0,
        .pool = (flags & INSTANCE_POOL) != 0,
        .returned = (flags & INSTANCE_RETURNED) != 0,
        .waiting = (flags & INSTANCE_WAITING) != 0,
        .sources = (uint8_t)(flags >> INSTANCE_SOURCES_SHIFT),
    };
    instance->function = load_row(load, load->functions);
    load_check(load, load_ok(load) && !functions->rows[instance->function].vacant,
               "an instance is of a forgotten function");
    if ((flags & INSTANCE_NAMED) == 0) {
        instance->identity.account = load_text(load);
        instance->identity.region = load_text(load);
        instance->identity.name = load_text(load);
        instance->identity.version = load_text(load);
    } else if (load_ok(load)) {
        instance->identity = functions->rows[instance->function].identity;
    }
    load_name(load, instance);
    instance->twin = load_row_or_none(load, load->instances);
    instance->type = load_text(load);
    instance->first_seen_ns = load_time(load, now_ns);
    instance->last_seen_ns = load_time(load, now_ns);
    instance->segment_last = load_u32_near(load, segment);
    instance->inits_after_ns = load_time(load, now_ns);
    load_inits(load, instance);
    load_stops(load, instance);
    load_numbers(load, instance);
    load_pending(load, instance);
    load_lines(load, instance);
    load_agent(load, &instance->agent);
}

static uint32_t *instance_first(struct view *view, uint32_t owner)
{
    return &view->functions.rows[owner].instances;
}

static uint32_t *instance_next(struct view *view, uint32_t row)
{
    return &view->instances.rows[row].function_next;
}

static uint32_t *instance_previous(struct view *view, uint32_t row)
{
    return &view->instances.rows[row].function_previous;
}

static uint32_t instance_owner(const struct view *view, uint32_t row)
{
    return view->instances.rows[row].function;
}

void load_instances(struct load *load)
{
    struct view *view = load->view;
    struct instances *instances = &view->instances;
    uint32_t segment = 0;
    instances->rows =
        load_rows(load, load->instances, &instances->capacity, sizeof(instances->rows[0]));
    while (instances->count < load->instances && load_ok(load)) {
        struct instance *instance = &instances->rows[instances->count++];
        load_instance(load, instance, segment);
        segment = instance->segment_last;
        if (load_ok(load) && !instances_list(instances, &view->functions, instances->count - 1)) {
            load_full(load);
        }
    }
    struct load_chain chain = {
        .load = load,
        .owners = load->functions,
        .rows = load->instances,
        .first = instance_first,
        .next = instance_next,
        .previous = instance_previous,
        .owner = instance_owner,
    };
    load_chains(&chain);
}
