/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_path.h"

#include "api/api_call.h"
#include "api/api_limits.h"

/* Whose a step is: of nobody's, who received what waited. */
static struct slice function_of(const struct transaction *transaction, const struct path_step *step)
{
    if (step->invocation != TRANSACTION_NONE) {
        return transaction->invocations[step->invocation].function.name;
    }
    const struct resource *resource =
        step->span != TRANSACTION_NONE ? transaction->spans[step->span].span->resource : NULL;
    return resource != NULL ? record_sender(resource) : SLICE_EMPTY;
}

static void write_step(struct json_write *writer, const struct transaction *transaction,
                       const struct path_step *step)
{
    json_write_object_begin(writer);
    api_write_time(writer, SLICE("start"), step->start_ns);
    api_write_ms(writer, SLICE("ms"), step->end_ns - step->start_ns);
    json_write_member_string(writer, SLICE("part"), path_part_name(step->part));
    api_write_text(writer, SLICE("function"), function_of(transaction, step));
    if (step->span == TRANSACTION_NONE) {
        json_write_member_null(writer, SLICE("name"));
        json_write_member_null(writer, SLICE("trace_id"));
        json_write_member_null(writer, SLICE("span_id"));
    } else {
        const struct span *span = transaction->spans[step->span].span;
        json_write_member_string(writer, SLICE("name"), span->name);
        api_write_id16(writer, SLICE("trace_id"), span->trace_id);
        api_write_id8(writer, SLICE("span_id"), span->span_id);
    }
    if (step->invocation == TRANSACTION_NONE) {
        json_write_member_null(writer, SLICE("request_id"));
    } else {
        api_write_request_id(writer, SLICE("request_id"),
                             transaction->invocations[step->invocation].facts.request_id);
    }
    json_write_object_end(writer);
}

static void write_path(struct json_write *writer, const struct transaction *transaction,
                       const struct path *path)
{
    json_write_key(writer, SLICE("critical_path"));
    if (path->count == 0) {
        json_write_null(writer);
        return;
    }
    /* The latest are left out of a list that is too long: the beginning is what is looked at. */
    uint32_t shown = path->count < API_PATH_STEPS_MAX ? path->count : API_PATH_STEPS_MAX;
    json_write_object_begin(writer);
    api_write_time(writer, SLICE("start"), path->steps[0].start_ns);
    api_write_ms(writer, SLICE("ms"),
                 path->steps[path->count - 1].end_ns - path->steps[0].start_ns);
    json_write_member_array(writer, SLICE("steps"));
    for (uint32_t i = 0; i < shown; i++) {
        write_step(writer, transaction, &path->steps[i]);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("left_out"), path->count - shown);
    json_write_object_end(writer);
}

static void write_wait(struct json_write *writer, const struct path_wait *wait)
{
    static const struct slice names[PATH_PARTS] = {
        SLICE_INIT("queue_ms"),   SLICE_INIT("init_ms"),    SLICE_INIT("handler_ms"),
        SLICE_INIT("outside_ms"), SLICE_INIT("unknown_ms"),
    };
    json_write_key(writer, SLICE("waited"));
    if (!wait->known) {
        json_write_null(writer);
        return;
    }
    json_write_object_begin(writer);
    api_write_time(writer, SLICE("start"), wait->start_ns);
    api_write_ms(writer, SLICE("ms"), wait->end_ns - wait->start_ns);
    for (unsigned i = 0; i < PATH_PARTS; i++) {
        api_write_ms(writer, names[i], wait->parts_ns[i]);
    }
    json_write_object_end(writer);
}

void api_path_write(struct json_write *writer, const struct transaction *transaction,
                    const struct path_report *report)
{
    write_path(writer, transaction, &report->path);
    write_wait(writer, &report->wait);
    json_write_member_array(writer, SLICE("functions"));
    for (uint32_t i = 0; i < report->function_count; i++) {
        const struct path_function *function = &report->functions[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("function"), function->name);
        json_write_member_u64(writer, SLICE("invocations"), function->invocations);
        json_write_member_u64(writer, SLICE("errors"), function->errors);
        json_write_member_u64(writer, SLICE("cold_starts"), function->cold_starts);
        api_write_ms(writer, SLICE("busy_ms"), function->busy_ns);
        api_write_ms(writer, SLICE("critical_ms"), function->path_ns);
        api_write_int(writer, SLICE("billed_ms"), function->billed_ms);
        api_write_money(writer, SLICE("cost_share"), &function->cost);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}
