/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/logs.h"

#include "base/format.h"
#include "base/number.h"

/* Of OpenTelemetry's severity numbers each level has four. */
#define SEVERITY_STEP 4u

#define SHARE_DIGITS 9
#define SHARE_WHOLE  INT64_C(1000000000)

/* Its pages are touched when it is used. */
static struct redact redact;

static bool wrong(struct buf *errors, const char *name, struct slice value, const char *why)
{
    format_append(errors, "%s: \"" SLICE_FMT "\" %s\n", name, SLICE_ARG(value), why);
    return false;
}

static bool withhold(struct agent_settings *settings)
{
    settings->withhold = true;
    return false;
}

/* A share of all trace ids: 0.05 or 5%. */
static bool read_sample(struct agent_settings *settings, struct buf *errors)
{
    struct slice text = slice_trim(settings->logs_sample);
    int64_t share = 0;
    bool percent = slice_ends(text, SLICE("%"));
    struct slice number = percent ? slice_take(text, text.size - 1) : text;
    settings->sample_below = 0;
    if (text.size == 0) {
        return true;
    }
    if (number_parse_scaled(number, SHARE_DIGITS, &share) != NUMBER_OK || share < 0 ||
        share > (percent ? 100 * SHARE_WHOLE : SHARE_WHOLE)) {
        return wrong(errors, "THAW_LOGS_SAMPLE", text, "is no share between 0 and 1; none is used");
    }
    uint64_t parts = (uint64_t)(percent ? share / 100 : share);
    settings->sample_below =
        parts >= (uint64_t)SHARE_WHOLE ? UINT64_MAX : parts * (UINT64_MAX / (uint64_t)SHARE_WHOLE);
    return true;
}

/* A word of THAW_REDACT; 0 if it is none. */
static unsigned detectors_of(struct slice word)
{
    static const struct {
        struct slice word;
        unsigned detectors;
    } words[] = {
        {SLICE_INIT("on"), REDACT_BUILT_IN},
        {SLICE_INIT("all"), REDACT_BUILT_IN},
        {SLICE_INIT("true"), REDACT_BUILT_IN},
        {SLICE_INIT("1"), REDACT_BUILT_IN},
        {SLICE_INIT("credentials"), REDACT_CREDENTIALS},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(word, words[i].word)) {
            return words[i].detectors;
        }
    }
    for (enum redact_detector each = 0; each < REDACT_PATTERN; each++) {
        if (slice_equal_nocase(word, redact_name(each))) {
            return REDACT_BIT(each);
        }
    }
    return 0;
}

static bool is_off(struct slice text)
{
    return text.size == 0 || slice_equal_nocase(text, SLICE("off")) ||
           slice_equal_nocase(text, SLICE("false")) || slice_equal(text, SLICE("0"));
}

static bool read_detectors(struct agent_settings *settings, unsigned *detectors, struct buf *errors)
{
    struct slice rest = slice_trim(settings->redact_text);
    struct slice word;
    /* Who has payloads sent, and does not say that they are sent as they are, did not mean that. */
    *detectors = rest.size == 0 && settings->payloads != CORE_PAYLOADS_OFF ? REDACT_BUILT_IN : 0;
    if (is_off(rest)) {
        return true;
    }
    while (rest.size > 0) {
        slice_cut(rest, ',', &word, &rest);
        word = slice_trim(word);
        unsigned more = detectors_of(word);
        if (word.size > 0 && more == 0) {
            *detectors = REDACT_BUILT_IN;
            wrong(errors, "THAW_REDACT", word,
                  "is no detector; no log lines are sent, rather than raw ones");
            return withhold(settings);
        }
        *detectors |= more;
    }
    return true;
}

bool logs_patterns_file(const struct agent_settings *settings)
{
    return slice_starts(settings->redact_patterns, SLICE("/"));
}

bool logs_patterns(struct agent_settings *settings, struct slice text, struct buf *errors)
{
    size_t at = 0;
    const char *why = pattern_add_lines(&redact.patterns, text, &at);
    if (why == NULL && redact.patterns.count == 0) {
        why = "there is no pattern in it";
    }
    if (why == NULL) {
        return true;
    }
    format_append(errors,
                  "THAW_REDACT_PATTERNS: at byte %zu: %s; no log lines are sent, rather than raw "
                  "ones\n",
                  at + 1, why);
    return withhold(settings);
}

bool logs_read(struct agent_settings *settings, struct buf *errors)
{
    unsigned detectors = 0;
    bool good = read_sample(settings, errors);
    settings->severity_min = settings->min_level * SEVERITY_STEP + 1;
    settings->severity_always =
        settings->always_level == 0 ? 0 : (settings->always_level - 1) * SEVERITY_STEP + 1;
    settings->withhold = false;
    settings->redact = NULL;
    good = read_detectors(settings, &detectors, errors) && good;
    if (detectors == 0 && settings->redact_patterns.size == 0) {
        return good;
    }
    settings->redact = &redact;
    redact_init(&redact, detectors);
    if (settings->redact_patterns.size > 0 && !logs_patterns_file(settings)) {
        good = logs_patterns(settings, settings->redact_patterns, errors) && good;
    }
    return good;
}
