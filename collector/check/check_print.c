/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_print.h"

#include "base/hex.h"
#include "check/check_limits.h"

#include <stdio.h>
#include <string.h>

static const char *const grade_names[CHECK_GRADE_COUNT] = {
    [CHECK_NOTE] = "note",
    [CHECK_DAMAGE] = "damage",
    [CHECK_UNREADABLE] = "unreadable",
};

static const char *const verdict_names[] = {
    [CHECK_GOOD] = "good",
    [CHECK_DAMAGED] = "damaged",
    [CHECK_CANNOT_READ] = "unreadable",
};

/* ---- Text. ---- */

static void print_flush(struct check_print *print)
{
    FILE *to = print->quiet ? stderr : stdout;
    (void)fwrite(print->out.base, 1, print->out.size, to);
    (void)fflush(to);
    buf_reset(&print->out);
}

static void text_finding(void *context, const struct check_finding *finding)
{
    struct check_print *print = context;
    struct buf *out = &print->out;
    if (print->quiet && finding->grade == CHECK_NOTE) {
        return;
    }
    buf_printf(out, "%s: %s", grade_names[finding->grade], finding->file);
    if (finding->placed) {
        buf_printf(out, " at %llu", (unsigned long long)finding->offset);
    }
    if (finding->placed && finding->size > 0) {
        buf_printf(out, ", %llu bytes", (unsigned long long)finding->size);
    }
    buf_printf(out, ": %s.\n    That means: %s.\n", finding->what, finding->means);
    if (finding->advice[0] != '\0') {
        buf_printf(out, "    To do: %s.\n", finding->advice);
    }
    print_flush(print);
}

static void text_segment(void *context, const struct check_segment *segment)
{
    struct check_print *print = context;
    struct buf *out = &print->out;
    if (print->quiet) {
        return;
    }
    buf_printf(out, "segment %s:", segment->name);
    if (segment->has_log) {
        buf_printf(out, " log of %llu bytes, %llu frames", (unsigned long long)segment->log_bytes,
                   (unsigned long long)segment->log_frames);
    }
    if (segment->has_sealed) {
        buf_printf(out,
                   "%s sealed, %llu bytes, %llu blocks, %llu spans, %llu lines, %llu ids, %llu "
                   "frames as they were",
                   segment->has_log ? ";" : "", (unsigned long long)segment->sealed_bytes,
                   (unsigned long long)segment->blocks, (unsigned long long)segment->spans,
                   (unsigned long long)segment->lines, (unsigned long long)segment->ids,
                   (unsigned long long)segment->sealed_frames);
    }
    buf_append_text(out, segment->has_log || segment->has_sealed ? "\n" : " nothing\n");
    print_flush(print);
}

static void text_end(struct check_print *print, const struct check_totals *totals)
{
    struct buf *out = &print->out;
    if (print->quiet) {
        return;
    }
    buf_printf(out, "%s: " SLICE_FMT ", %llu segments, %llu files, %llu bytes",
               verdict_names[check_verdict(totals)], SLICE_ARG(print->path),
               (unsigned long long)totals->segments, (unsigned long long)totals->files,
               (unsigned long long)totals->bytes);
    for (unsigned grade = CHECK_GRADE_COUNT; grade-- > 0;) {
        if (totals->counts[grade] > 0) {
            buf_printf(out, ", %s %llu", grade_names[grade],
                       (unsigned long long)totals->counts[grade]);
        }
    }
    buf_append_byte(out, '\n');
    print_flush(print);
}

/* ---- JSON: segments as they come, findings behind them. ---- */

static void json_finding(void *context, const struct check_finding *finding)
{
    struct check_print *print = context;
    struct json_write writer;
    if (print->findings.size > 0) {
        buf_append_byte(&print->findings, ',');
    }
    json_write_init(&writer, &print->findings);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("grade"), slice_from(grade_names[finding->grade]));
    json_write_member_string(&writer, SLICE("file"), slice_from(finding->file));
    if (finding->placed) {
        json_write_member_u64(&writer, SLICE("offset"), finding->offset);
    }
    if (finding->placed && finding->size > 0) {
        json_write_member_u64(&writer, SLICE("size"), finding->size);
    }
    json_write_member_string(&writer, SLICE("what"), slice_from(finding->what));
    json_write_member_string(&writer, SLICE("means"), slice_from(finding->means));
    json_write_member_string(&writer, SLICE("todo"), slice_from(finding->advice));
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

static void json_segment(void *context, const struct check_segment *segment)
{
    struct check_print *print = context;
    struct json_write *writer = &print->writer;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), slice_from(segment->name));
    if (segment->has_log) {
        json_write_member_u64(writer, SLICE("logBytes"), segment->log_bytes);
        json_write_member_u64(writer, SLICE("logFrames"), segment->log_frames);
    }
    if (segment->has_sealed) {
        json_write_member_u64(writer, SLICE("sealedBytes"), segment->sealed_bytes);
        json_write_member_u64(writer, SLICE("blocks"), segment->blocks);
        json_write_member_u64(writer, SLICE("spans"), segment->spans);
        json_write_member_u64(writer, SLICE("lines"), segment->lines);
        json_write_member_u64(writer, SLICE("ids"), segment->ids);
        json_write_member_u64(writer, SLICE("sealedFrames"), segment->sealed_frames);
    }
    json_write_object_end(writer);
}

static void json_end(struct check_print *print, const struct check_totals *totals)
{
    struct json_write *writer = &print->writer;
    char hex[2 * sizeof(totals->store)];
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("findings"));
    if (print->findings.size > 0) {
        json_write_raw(writer, buf_bytes(&print->findings));
    }
    json_write_array_end(writer);
    hex_encode(slice_of(totals->store, sizeof(totals->store)), hex);
    json_write_member_string(writer, SLICE("store"), slice_of(hex, sizeof(hex)));
    json_write_member_u64(writer, SLICE("files"), totals->files);
    json_write_member_u64(writer, SLICE("bytes"), totals->bytes);
    json_write_member_u64(writer, SLICE("damages"), totals->counts[CHECK_DAMAGE]);
    json_write_member_u64(writer, SLICE("unreadable"), totals->counts[CHECK_UNREADABLE]);
    json_write_member_u64(writer, SLICE("notes"), totals->counts[CHECK_NOTE]);
    json_write_member_string(writer, SLICE("verdict"),
                             slice_from(verdict_names[check_verdict(totals)]));
    json_write_object_end(writer);
    json_write_finish(writer);
    buf_append_byte(&print->out, '\n');
    print_flush(print);
}

/* ---- Both. ---- */

void check_print_begin(struct check_print *print)
{
    buf_init_growing(&print->out, CHECK_OUTPUT_SIZE_MAX);
    buf_init_growing(&print->findings, CHECK_OUTPUT_SIZE_MAX);
    if (print->json) {
        json_write_init(&print->writer, &print->out);
        json_write_object_begin(&print->writer);
        json_write_member_string(&print->writer, SLICE("directory"), print->path);
        json_write_member_array(&print->writer, SLICE("segments"));
    }
}

void check_print_fini(struct check_print *print)
{
    buf_fini(&print->out);
    buf_fini(&print->findings);
}

struct check_sink check_print_sink(struct check_print *print)
{
    return (struct check_sink){
        .context = print,
        .finding = print->json ? json_finding : text_finding,
        .segment = print->json ? json_segment : text_segment,
    };
}

void check_print_end(struct check_print *print, const struct check_totals *totals)
{
    if (print->json) {
        json_end(print, totals);
    } else {
        text_end(print, totals);
    }
}
