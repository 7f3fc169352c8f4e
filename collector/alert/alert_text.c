/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_text.h"

#include "base/hex.h"
#include "base/number.h"
#include "base/slice.h"

#define PPM    1000000
#define S_NS   UINT64_C(1000000000)
#define MIN_NS (60 * S_NS)
#define H_NS   (60 * MIN_NS)

/* Room for one sentence. */
#define SENTENCE_SIZE_MAX 512

static struct slice name_of(const struct alert_name *name)
{
    return slice_of(name->bytes, name->size);
}

static void write_label(struct json_write *writer, struct slice key, const struct alert_name *name)
{
    if (name->size > 0) {
        json_write_member_string(writer, key, name_of(name));
    }
}

void alert_text_labels(struct json_write *writer, const struct alert_labels *labels)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("alertname"), SLICE(ALERT_TEXT_NAME));
    json_write_member_string(writer, SLICE("severity"), SLICE(ALERT_TEXT_SEVERITY));
    write_label(writer, SLICE("account"), &labels->account);
    write_label(writer, SLICE("region"), &labels->region);
    write_label(writer, SLICE("function"), &labels->function);
    json_write_object_end(writer);
}

uint64_t alert_text_ppm(const struct alert_counts *counts)
{
    if (counts->samples == 0) {
        return 0;
    }
    unsigned __int128 scaled = (unsigned __int128)counts->hits * PPM;
    return (uint64_t)((scaled + counts->samples / 2) / counts->samples);
}

void alert_text_rate(uint64_t ppm, struct buf *out)
{
    /* Two decimals of a percent are enough to tell a value from its threshold. */
    uint64_t hundredths = (ppm + 50) / 100;
    char text[NUMBER_TEXT_SIZE];
    size_t size = number_format_scaled((int64_t)hundredths, 2, text);
    buf_append(out, slice_of(text, size));
    buf_append_text(out, " %");
}

void alert_text_duration(uint64_t duration_ns, struct buf *out)
{
    static const struct {
        uint64_t size_ns;
        const char *unit;
    } units[] = {{H_NS, "h"}, {MIN_NS, "m"}, {S_NS, "s"}};
    uint64_t left_ns = duration_ns;
    bool written = false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (left_ns >= units[i].size_ns) {
            buf_append_u64(out, left_ns / units[i].size_ns);
            buf_append_text(out, units[i].unit);
            left_ns %= units[i].size_ns;
            written = true;
        }
    }
    if (!written) {
        buf_append_u64(out, left_ns / (S_NS / 1000));
        buf_append_text(out, "ms");
    }
}

static bool above_threshold(const struct alert_text *text)
{
    return (unsigned __int128)text->counts->hits * PPM >
           (unsigned __int128)text->counts->samples * text->rule->threshold_ppm;
}

/* "cold starts 8.23 % > 5 % over 10m (n=1240)" */
static void append_summary(const struct alert_text *text, struct buf *out)
{
    buf_append_text(out, "cold starts ");
    alert_text_rate(alert_text_ppm(text->counts), out);
    if (!text->resolved) {
        /* An alert fires on for a while when its rate has fallen: then it must not say ">". */
        buf_append_text(out, above_threshold(text) ? " > " : ", fired above ");
        alert_text_rate(text->rule->threshold_ppm, out);
    } else if (text->counts->samples >= text->rule->minimum && text->counts->samples > 0) {
        buf_append_text(out, " < ");
        alert_text_rate(text->rule->clear_ppm, out);
    } else {
        buf_append_text(out, ", too few calls to tell,");
    }
    buf_append_text(out, " over ");
    alert_text_duration(text->rule->window_ns, out);
    buf_printf(out, " (n=%llu)", (unsigned long long)text->counts->samples);
}

static void append_description(const struct alert_text *text, struct buf *out)
{
    buf_printf(out, "%llu of %llu invocations of ", (unsigned long long)text->counts->hits,
               (unsigned long long)text->counts->samples);
    buf_append(out, name_of(&text->labels->function));
    buf_append_text(out, " in ");
    alert_text_duration(text->rule->window_ns, out);
    buf_append_text(out, " waited for a cold start. ");
    alert_text_sentence(text->rule, out);
}

void alert_text_sentence(const struct alert_rule *rule, struct buf *out)
{
    buf_append_text(out, "Fires above ");
    alert_text_rate(rule->threshold_ppm, out);
    buf_printf(out, " of at least %llu invocations in ", (unsigned long long)rule->minimum);
    alert_text_duration(rule->window_ns, out);
    buf_append_text(out, ", proven to 95 %, for ");
    alert_text_duration(rule->for_ns, out);
    buf_append_text(out, "; resolved below ");
    alert_text_rate(rule->clear_ppm, out);
    buf_append_text(out, " for ");
    alert_text_duration(rule->clear_for_ns, out);
    buf_append_text(out, ".");
}

void alert_text_expression(const struct alert_rule *rule, struct buf *out)
{
    buf_append_text(out, "cold_starts / invocations > ");
    alert_text_rate(rule->threshold_ppm, out);
    buf_append_text(out, " over ");
    alert_text_duration(rule->window_ns, out);
    buf_append_text(out, " by function");
}

static void write_buf(struct json_write *writer, struct slice key, const struct buf *text)
{
    json_write_member_string(writer, key, buf_bytes(text));
}

void alert_text_annotations(struct json_write *writer, const struct alert_text *text)
{
    char memory[SENTENCE_SIZE_MAX];
    struct buf buf;
    buf_init_fixed(&buf, memory, sizeof(memory));
    json_write_object_begin(writer);
    append_summary(text, &buf);
    write_buf(writer, SLICE("summary"), &buf);
    buf_reset(&buf);
    append_description(text, &buf);
    write_buf(writer, SLICE("description"), &buf);
    buf_reset(&buf);
    alert_text_rate(alert_text_ppm(text->counts), &buf);
    write_buf(writer, SLICE("value"), &buf);
    buf_reset(&buf);
    alert_text_rate(text->rule->threshold_ppm, &buf);
    write_buf(writer, SLICE("threshold"), &buf);
    buf_reset(&buf);
    alert_text_duration(text->rule->window_ns, &buf);
    write_buf(writer, SLICE("window"), &buf);
    json_write_key(writer, SLICE("samples"));
    json_write_u64_text(writer, text->counts->samples);
    if (text->examples->count > 0) {
        char hex[ALERT_EXAMPLE_COUNT_MAX * 33];
        size_t size = 0;
        for (size_t i = 0; i < text->examples->count; i++) {
            if (size > 0) {
                hex[size] = ' ';
                size++;
            }
            hex_encode(slice_of(text->examples->items[i].trace_id, 16), hex + size);
            size += 32;
        }
        json_write_member_string(writer, SLICE("examples"), slice_of(hex, size));
    }
    json_write_object_end(writer);
}
