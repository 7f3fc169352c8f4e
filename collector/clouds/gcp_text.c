/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/gcp_text.h"

#include "clouds/clouds_limits.h"
#include "streams/log_event.h"

#include "base/number.h"

/* Cut what stands before and with this word off; false, and nothing is cut, if it is not there. */
static bool skip_past(struct slice *text, struct slice word)
{
    size_t at = slice_find(*text, word);
    if (at == SLICE_NONE) {
        return false;
    }
    *text = slice_skip(*text, at + word.size);
    return true;
}

static struct slice cut_word(struct slice *text)
{
    struct slice word;
    *text = slice_trim(*text);
    (void)slice_cut(*text, ' ', &word, text);
    return word;
}

/* "took 123 ms, finished with status: 'ok'" and "took 5 ms. Finished with status code: 200"; older
 * logs say "took 540 seconds" in guides only. */
static void read_took(struct slice rest, struct gcp_text *said)
{
    struct slice number = cut_word(&rest);
    struct slice unit = cut_word(&rest);
    if (slice_ends(unit, SLICE(",")) || slice_ends(unit, SLICE("."))) {
        unit = slice_take(unit, unit.size - 1);
    }
    unsigned digits = slice_equal(unit, SLICE("ms")) ? 6 : 0;
    digits = slice_equal(unit, SLICE("s")) || slice_starts(unit, SLICE("second")) ? 9 : digits;
    int64_t took_ns = 0;
    said->kind = GCP_TEXT_REFUSED;
    if (digits == 0 || number_parse_scaled(number, digits, &took_ns) > NUMBER_ROUNDED ||
        took_ns < 0 || took_ns > CLOUDS_DURATION_NS_MAX) {
        return;
    }
    said->took_ns = took_ns;
    if (skip_past(&rest, SLICE("status code:"))) {
        uint64_t status = 0;
        struct slice word = cut_word(&rest);
        if (number_parse_u64(slice_ends(word, SLICE(".")) ? slice_take(word, word.size - 1) : word,
                             &status) != NUMBER_OK ||
            status > 999) {
            return;
        }
        said->http_status = (uint32_t)status;
    } else if (skip_past(&rest, SLICE("status:"))) {
        rest = slice_trim(rest);
        if (slice_starts(rest, SLICE("'"))) {
            (void)slice_cut(slice_skip(rest, 1), '\'', &said->status, &rest);
        } else {
            /* Of several words: "connection error". */
            (void)slice_cut(rest, '\n', &said->status, &rest);
            said->status = slice_trim(said->status);
            if (slice_ends(said->status, SLICE("."))) {
                said->status = slice_take(said->status, said->status.size - 1);
            }
        }
    }
    said->kind = GCP_TEXT_TOOK;
}

/* "256 MiB", "256M", "1 GiB", "1.5G", "512 MB". */
static bool read_size(struct slice *rest, int64_t *megabytes)
{
    *rest = slice_trim(*rest);
    size_t digits = 0;
    while (digits < rest->size && ((rest->base[digits] >= '0' && rest->base[digits] <= '9') ||
                                   rest->base[digits] == '.')) {
        digits++;
    }
    struct slice number = slice_take(*rest, digits);
    *rest = slice_trim(slice_skip(*rest, digits));
    int64_t milli = 0;
    if (digits == 0 || rest->size == 0 || number_parse_scaled(number, 3, &milli) > NUMBER_ROUNDED ||
        milli <= 0 || milli > INT64_C(1000000000)) {
        return false;
    }
    switch (rest->base[0]) {
    case 'K':
    case 'k':
        *megabytes = milli / 1024 / 1000;
        return *megabytes > 0;
    case 'M':
        *megabytes = (milli + 500) / 1000;
        return *megabytes > 0;
    case 'G':
        *megabytes = (milli * 1024 + 500) / 1000;
        return true;
    default:
        return false;
    }
}

static void read_memory(struct slice rest, struct gcp_text *said)
{
    said->kind = GCP_TEXT_REFUSED;
    if (!read_size(&rest, &said->memory_mb)) {
        said->memory_mb = STREAMS_UNKNOWN;
        return;
    }
    said->kind = GCP_TEXT_MEMORY;
    if (skip_past(&rest, SLICE("exceeded with ")) && !read_size(&rest, &said->used_mb)) {
        said->used_mb = STREAMS_UNKNOWN;
        said->kind = GCP_TEXT_REFUSED;
    }
}

void gcp_text(struct slice text, struct gcp_text *said)
{
    *said = (struct gcp_text){.kind = GCP_TEXT_OTHER,
                              .took_ns = STREAMS_UNKNOWN,
                              .memory_mb = STREAMS_UNKNOWN,
                              .used_mb = STREAMS_UNKNOWN};
    struct slice rest = slice_trim(text);
    if (slice_starts(rest, SLICE("Function execution started"))) {
        said->kind = GCP_TEXT_STARTED;
    } else if (slice_starts(rest, SLICE("Function execution took "))) {
        (void)skip_past(&rest, SLICE("took "));
        read_took(rest, said);
    } else if (slice_starts(rest, SLICE("Starting new instance. Reason: "))) {
        (void)skip_past(&rest, SLICE("Reason: "));
        struct slice reason = cut_word(&rest);
        said->kind = GCP_TEXT_INSTANCE;
        /* DEPLOYMENT_ROLLOUT, MANUAL_OR_CUSTOMER_MIN_INSTANCE, ...: nobody has asked yet. */
        said->asked_for = slice_starts(reason, SLICE("AUTOSCALING"));
    } else if (slice_find(slice_take(rest, rest.size < 64 ? rest.size : 64), SLICE("STARTUP ")) !=
                   SLICE_NONE &&
               slice_find(rest, SLICE(" probe ")) != SLICE_NONE) {
        bool ready = slice_find(rest, SLICE(" probe succeeded")) != SLICE_NONE;
        bool never = slice_find(rest, SLICE("instance was not started")) != SLICE_NONE;
        said->kind = ready ? GCP_TEXT_READY : never ? GCP_TEXT_NOT_READY : GCP_TEXT_OTHER;
    } else if (slice_starts(rest, SLICE("Memory limit of "))) {
        (void)skip_past(&rest, SLICE("Memory limit of "));
        read_memory(rest, said);
    } else if (slice_find(slice_take(rest, rest.size < 128 ? rest.size : 128),
                          SLICE("Error: memory limit exceeded")) != SLICE_NONE) {
        said->kind = GCP_TEXT_MEMORY;
    }
}
