/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_what_if.h"

#include "api/api_search.h"
#include "query/keep_ifs.h"
#include "query/what_ifs.h"

static void write_error(struct json_write *writer, bool known, double error)
{
    json_write_key(writer, SLICE("model_error"));
    if (known) {
        json_write_double(writer, error, JSON_NONFINITE_NULL);
    } else {
        json_write_null(writer);
    }
}

/* ---- Other memory. ---- */

static void write_what_if_row(struct json_write *writer, const struct what_ifs_row *row)
{
    json_write_object_begin(writer);
    api_write_int(writer, SLICE("memory_mb"), row->times.memory_mb);
    json_write_member_bool(writer, SLICE("fits"), row->fits);
    json_write_member_object(writer, SLICE("handler_ms"));
    api_write_ms(writer, SLICE("p50"), row->times.p50_ns);
    api_write_ms(writer, SLICE("p95"), row->times.p95_ns);
    json_write_object_end(writer);
    json_write_member_object(writer, SLICE("million"));
    api_write_amount(writer, SLICE("x86_64"), row->x86);
    api_write_amount(writer, SLICE("arm64"), row->arm);
    json_write_object_end(writer);
    json_write_object_end(writer);
}

static void write_what_ifs(struct json_write *writer, struct slice function,
                           const struct what_ifs *what_ifs)
{
    const char *arch = what_ifs->arch == PRICE_ARM64 ? "arm64" : "x86_64";
    bool any = what_ifs->samples > 0;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("function"), function);
    api_write_int(writer, SLICE("memory_mb"), any ? what_ifs->memory_mb : UNKNOWN_INT);
    api_write_int(writer, SLICE("max_memory_mb"), what_ifs->max_used_mb);
    api_write_text(writer, SLICE("arch"), what_ifs->arch_known ? slice_from(arch) : SLICE_EMPTY);
    json_write_member_u64(writer, SLICE("invocations"), what_ifs->samples);
    json_write_member_u64(writer, SLICE("invocations_needed"), WHAT_IF_SAMPLE_MIN);
    write_error(writer, what_ifs->has_error, what_ifs->error);
    json_write_member_array(writer, SLICE("rows"));
    for (uint32_t i = 0; i < what_ifs->row_count; i++) {
        write_what_if_row(writer, &what_ifs->rows[i]);
    }
    json_write_array_end(writer);
    json_write_member_string(writer, SLICE("currency"), SLICE("USD"));
    json_write_member_bool(writer, SLICE("assumed"), what_ifs->assumed);
    json_write_member_bool(writer, SLICE("damaged"), what_ifs->damaged);
}

/* ---- Instances that are kept. ---- */

static void write_keep_row(struct json_write *writer, const struct keep_ifs_row *row)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("instances"), row->instances);
    json_write_member_u64(writer, SLICE("served"), row->calls.served);
    json_write_member_u64(writer, SLICE("cold_starts"), row->calls.cold);
    api_write_ms(writer, SLICE("init_ms_total"), row->calls.init_ns);
    api_write_amount(writer, SLICE("invocations"), row->calls.amount);
    api_write_amount(writer, SLICE("standing"), row->standing);
    api_write_amount(writer, SLICE("cost"), money_add(row->calls.amount, row->standing));
    json_write_object_end(writer);
}

static void write_keep_ifs(struct api_call *call, const struct keep_ifs *keep_ifs)
{
    struct json_write *writer = &call->writer;
    json_write_member_object(writer, SLICE("kept"));
    api_write_time(writer, SLICE("from"), keep_ifs->range.from_ns);
    api_write_time(writer, SLICE("to"), keep_ifs->range.to_ns);
    json_write_member_u64(writer, SLICE("invocations"), keep_ifs->calls);
    json_write_member_u64(writer, SLICE("cold_starts"), keep_ifs->cold);
    json_write_member_u64(writer, SLICE("peak"), keep_ifs->peak);
    api_write_int(writer, SLICE("memory_mb"), keep_ifs->memory_mb);
    write_error(writer, keep_ifs->has_error, keep_ifs->error);
    json_write_member_array(writer, SLICE("rows"));
    for (uint32_t i = 0; i < keep_ifs->row_count && !keep_ifs->unpriced; i++) {
        write_keep_row(writer, &keep_ifs->rows[i]);
    }
    json_write_array_end(writer);
    json_write_member_bool(writer, SLICE("unpriced"), keep_ifs->unpriced);
    api_write_partial(writer, keep_ifs->partial);
    json_write_object_end(writer);
}

static enum status read_both(struct api_call *call, struct slice name, struct query_range range,
                             struct what_ifs *what_ifs, struct keep_ifs *keep_ifs)
{
    struct deadline deadline;
    struct function_facts function;
    if (!api_search_deadline(call, &deadline)) {
        return STATUS_BAD;
    }
    if (!what_ifs_function(call->query->view, name, &function)) {
        return STATUS_NOT_FOUND;
    }
    enum status status = what_ifs_read(call->query, name, range, call->arena, what_ifs);
    return status == STATUS_OK
               ? keep_ifs_read(call->query, &function, range, deadline, call->arena, keep_ifs)
               : status;
}

void api_what_if(struct api_call *call)
{
    struct query_range range;
    struct what_ifs what_ifs;
    struct keep_ifs keep_ifs;
    struct slice function = api_call_text(call, "function");
    if (!api_call_range(call, &range)) {
        return;
    }
    if (function.size == 0) {
        api_call_refuse(call, 400, "no_function", "function=NAME, as in GET functions",
                        "say which function");
        return;
    }
    enum status status = read_both(call, function, range, &what_ifs, &keep_ifs);
    if (status == STATUS_OK) {
        write_what_ifs(&call->writer, function, &what_ifs);
        write_keep_ifs(call, &keep_ifs);
        json_write_object_end(&call->writer);
    } else if (status == STATUS_NOT_FOUND) {
        api_call_refuse(call, 404, "not_found", "GET functions lists them",
                        "there is no such function");
    } else if (status != STATUS_BAD) { /* Then it was refused. */
        api_call_refuse_large(call, "ask for a shorter span of time");
    }
}
