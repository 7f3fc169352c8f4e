/* SPDX-License-Identifier: Apache-2.0 */
#include "cold_dump.h"

#include "base/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_COUNT_MAX 8192
#define LINE_SIZE_MAX  2048

struct dump {
    char *lines[LINE_COUNT_MAX];
    unsigned count;
    char line[LINE_SIZE_MAX];
    size_t size;
};

static void put(struct dump *dump, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct dump *dump, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int got = vsnprintf(dump->line + dump->size, LINE_SIZE_MAX - dump->size, format, arguments);
    va_end(arguments);
    ENSURE(got >= 0 && (size_t)got < LINE_SIZE_MAX - dump->size);
    dump->size += (size_t)got;
}

static void put_bytes(struct dump *dump, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        put(dump, "%02x", ((const unsigned char *)bytes)[i]);
    }
    put(dump, " ");
}

static void put_text(struct dump *dump, struct slice text)
{
    put(dump, "\"%.*s\" ", (int)text.size, (const char *)text.base);
}

static void put_number(struct dump *dump, const char *name, int64_t value)
{
    if (value != UNKNOWN_NS) {
        put(dump, "%s=%lld ", name, (long long)value);
    }
}

static void end_line(struct dump *dump)
{
    ENSURE(dump->count < LINE_COUNT_MAX);
    dump->lines[dump->count] = strdup(dump->line);
    ENSURE(dump->lines[dump->count] != NULL);
    dump->count++;
    dump->size = 0;
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The number of a group says in which order it was found; its id is what it is. */
static void put_group(struct dump *dump, const struct transaction *transaction, uint32_t group)
{
    put_bytes(dump, &transaction->members.groups[group].id, 16);
    put_bytes(dump, &transaction->members.groups[group].batch, 16);
}

static void put_invocation_of(struct dump *dump, const struct transaction *transaction,
                              uint32_t index)
{
    if (index != TRANSACTION_NONE) {
        const struct invocation_facts *facts = &transaction->invocations[index].facts;
        put_bytes(dump, &facts->request_id, 16);
        put(dump, "#%u ", facts->attempt);
    }
}

static void dump_members(struct dump *dump, const struct transaction *transaction)
{
    const struct members *members = &transaction->members;
    for (uint32_t i = 0; i < members->group_count; i++) {
        const struct member_group *group = &members->groups[i];
        put(dump, "group ");
        put_group(dump, transaction, i);
        put(dump, "%u/%u %u/%u %d", group->served, group->messages, group->share, group->share_of,
            (int)group->shared);
        end_line(dump);
        for (uint32_t k = 0; k < group->share_count; k++) {
            put(dump, "share ");
            put_group(dump, transaction, i);
            put_bytes(dump, &group->shares[k].id, 16);
            put_bytes(dump, &group->shares[k].trace_id, 16);
            put(dump, "%u", group->shares[k].messages);
            end_line(dump);
        }
    }
    for (uint32_t i = 0; i < members->id_count; i++) {
        put(dump, "id ");
        put_bytes(dump, &members->ids[i].id, 16);
        put_group(dump, transaction, members->ids[i].group);
        put(dump, "%d", (int)members->ids[i].trace);
        end_line(dump);
    }
    for (uint32_t i = 0; i < members->link_count; i++) {
        const struct member_link *link = &members->links[i];
        put(dump, "link ");
        put_bytes(dump, &link->from_trace, 16);
        put_bytes(dump, &link->to_trace, 16);
        put_bytes(dump, &link->to_request, 16);
        put_bytes(dump, &link->transaction, 16);
        put(dump, "%lld", (long long)link->time_ns);
        end_line(dump);
    }
    put(dump, "counts spans=%llu logs=%llu errors=%llu cut=%d", (unsigned long long)members->spans,
        (unsigned long long)members->logs, (unsigned long long)members->errors, (int)members->cut);
    put_number(dump, "start", members->start_ns);
    put_number(dump, "end", members->end_ns);
    end_line(dump);
}

static void dump_invocation(struct dump *dump, const struct transaction *transaction,
                            uint32_t index)
{
    const struct transaction_invocation *row = &transaction->invocations[index];
    const struct invocation_facts *facts = &row->facts;
    const struct transaction_instance *instance = &transaction->instances[row->instance];
    put(dump, "invocation ");
    put_invocation_of(dump, transaction, index);
    put_group(dump, transaction, row->group);
    put_text(dump, row->function.name);
    put_text(dump, instance->name);
    put_text(dump, instance->alias);
    put(dump, "outcome=%d cold=%d sources=%u ", (int)facts->outcome, (int)facts->cold,
        (unsigned)facts->sources);
    put_number(dump, "start", facts->start_ns);
    put_number(dump, "placed", facts->placed_ns);
    put_number(dump, "end", facts->end_ns);
    put_number(dump, "end_line", facts->end_line_ns);
    put_number(dump, "wait", facts->wait_ns);
    if (facts->cold || facts->billed_ms != UNKNOWN_INT) {
        put(dump, "proactive=%d ", (int)facts->proactive);
        put_number(dump, "init", facts->init_ns);
        put_number(dump, "init_start", facts->init_start_ns);
        put_text(dump, facts->init_phase);
    }
    put_number(dump, "billed", facts->billed_ms);
    put_number(dump, "memory", facts->memory_mb);
    put_number(dump, "reported", facts->reported_ns);
    put_number(dump, "handler", facts->handler_ns);
    put_text(dump, facts->status);
    put_text(dump, facts->error_type);
    put_bytes(dump, &facts->trace_id, 16);
    put_bytes(dump, &facts->span_id, 8);
    put_bytes(dump, &row->parent, 8);
    put_invocation_of(dump, transaction, row->caller);
    put(dump, "cost=%lld", (long long)row->share.amount.units);
    end_line(dump);
}

static void dump_records(struct dump *dump, const struct transaction *transaction)
{
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        const struct transaction_span *row = &transaction->spans[i];
        put(dump, "span ");
        put_text(dump, row->span->name);
        put_bytes(dump, &row->span->span_id, 8);
        put_bytes(dump, &row->parent, 8);
        put_group(dump, transaction, row->group);
        put_invocation_of(dump, transaction, row->invocation);
        put(dump, "attached=%d derived=%d missing=%d ", (int)row->attached, (int)row->derived,
            (int)row->parent_missing);
        put_number(dump, "start", row->start_ns);
        put_number(dump, "end", row->end_ns);
        end_line(dump);
    }
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        const struct transaction_log *row = &transaction->logs[i];
        put(dump, "line ");
        put_text(dump, row->text);
        put_invocation_of(dump, transaction, row->invocation);
        put_group(dump, transaction, row->group);
        put(dump, "attached=%d teller=%d ", (int)row->attached, (int)row->teller);
        put_number(dump, "time", row->time_ns);
        end_line(dump);
    }
    for (uint32_t i = 0; i < transaction->missing_count; i++) {
        const struct transaction_missing *row = &transaction->missing[i];
        if (row->code != MISSING_RECORDS) {
            put(dump, "missing %d ", (int)row->code);
            put_invocation_of(dump, transaction, row->invocation);
            end_line(dump);
        }
    }
}

char *cold_dump(const struct transaction *transaction)
{
    static struct dump dump;
    char *text = NULL;
    size_t size = 0;
    dump.count = 0;
    dump_members(&dump, transaction);
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        dump_invocation(&dump, transaction, i);
    }
    dump_records(&dump, transaction);
    put(&dump, "all ");
    put_bytes(&dump, &transaction->members.id, 16);
    put_number(&dump, "start", transaction->start_ns);
    put_number(&dump, "end", transaction->end_ns);
    put_number(&dump, "wait", transaction->wait_ns);
    put(&dump, "cost=%lld cut=%d", (long long)transaction->cost.amount.units,
        (int)transaction->cut);
    end_line(&dump);
    qsort(dump.lines, dump.count, sizeof(dump.lines[0]), compare);
    FILE *file = open_memstream(&text, &size);
    ENSURE(file != NULL);
    for (unsigned i = 0; i < dump.count; i++) {
        (void)fprintf(file, "%s\n", dump.lines[i]);
        free(dump.lines[i]);
    }
    ENSURE(fclose(file) == 0);
    return text;
}
