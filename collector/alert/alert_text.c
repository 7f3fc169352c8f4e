/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_text.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/slice.h"

#define PPM    1000000
#define S_NS   UINT64_C(1000000000)
#define MIN_NS (60 * S_NS)
#define H_NS   (60 * MIN_NS)

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

/* ---- Pairs. ---- */

static void pairs_init(struct alert_text_pairs *pairs)
{
    pairs->count = 0;
    buf_init_fixed(&pairs->texts, pairs->memory, sizeof(pairs->memory));
}

/* What was appended to the texts from there on is the value of a name. */
static void add_pair(struct alert_text_pairs *pairs, struct slice name, size_t from)
{
    ENSURE(pairs->count < ALERT_TEXT_PAIR_COUNT_MAX && !buf_overflowed(&pairs->texts));
    pairs->items[pairs->count] =
        (struct notify_pair){name, slice_skip(buf_bytes(&pairs->texts), from)};
    pairs->count++;
}

static void add_label(struct alert_text_pairs *pairs, struct slice name, struct slice value)
{
    if (value.size > 0) {
        pairs->items[pairs->count] = (struct notify_pair){name, value};
        pairs->count++;
    }
}

void alert_text_label_pairs(struct alert_text_pairs *pairs, const struct alert_labels *labels)
{
    pairs_init(pairs);
    add_label(pairs, SLICE("account"), name_of(&labels->account));
    add_label(pairs, SLICE("alertname"), SLICE(ALERT_TEXT_NAME));
    add_label(pairs, SLICE("function"), name_of(&labels->function));
    add_label(pairs, SLICE("region"), name_of(&labels->region));
    add_label(pairs, SLICE("severity"), SLICE(ALERT_TEXT_SEVERITY));
}

static void append_examples(const struct alert_examples *examples, struct buf *out)
{
    for (size_t i = 0; i < examples->count; i++) {
        char hex[32];
        hex_encode(slice_of(examples->items[i].trace_id, 16), hex);
        buf_append_text(out, i > 0 ? " " : "");
        buf_append(out, slice_of(hex, sizeof(hex)));
    }
}

void alert_text_annotation_pairs(struct alert_text_pairs *pairs, const struct alert_text *text)
{
    pairs_init(pairs);
    struct buf *out = &pairs->texts;
    append_summary(text, out);
    add_pair(pairs, SLICE("summary"), 0);
    size_t from = out->size;
    append_description(text, out);
    add_pair(pairs, SLICE("description"), from);
    from = out->size;
    alert_text_rate(alert_text_ppm(text->counts), out);
    add_pair(pairs, SLICE("value"), from);
    from = out->size;
    alert_text_rate(text->rule->threshold_ppm, out);
    add_pair(pairs, SLICE("threshold"), from);
    from = out->size;
    alert_text_duration(text->rule->window_ns, out);
    add_pair(pairs, SLICE("window"), from);
    from = out->size;
    buf_append_u64(out, text->counts->samples);
    add_pair(pairs, SLICE("samples"), from);
    if (text->examples->count > 0) {
        from = out->size;
        append_examples(text->examples, out);
        add_pair(pairs, SLICE("examples"), from);
    }
}

void alert_text_annotations(struct json_write *writer, const struct alert_text *text)
{
    struct alert_text_pairs pairs;
    alert_text_annotation_pairs(&pairs, text);
    json_write_object_begin(writer);
    for (size_t i = 0; i < pairs.count; i++) {
        json_write_member_string(writer, pairs.items[i].name, pairs.items[i].value);
    }
    json_write_object_end(writer);
}
