/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PATTERN_H
#define THAW_AGENT_PATTERN_H

#include "redact/redact_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The user's own patterns: the part of regular expressions that can be matched
 * in one pass, compiled once into instructions of a machine that is in all its
 * states at a time (Thompson).  docs/adr says why not a library's.
 *
 *     abc  .  [a-z0-9_]  [^,;]  \d \w \s \D \W \S  \t \n \r \xHH  \. and so on
 *     (a|b)  (?:a|b)  a*  a+  a?  a{3}  a{2,}  a{2,5}  ^  $  \b  \B  (?i) in front
 *
 * No back references, no looking around.  What is redacted is all that any
 * match covers: no order of preference.  A set is in memory of fixed size; to
 * run it changes its scratch.
 */
enum pattern_op {
    PATTERN_BYTE,  /* One byte of a class. */
    PATTERN_SPLIT, /* Go on at both. */
    PATTERN_JUMP,
    PATTERN_BEGIN, /* Of a line, ... */
    PATTERN_END,
    PATTERN_BOUNDARY, /* Of a word. */
    PATTERN_INSIDE,
    PATTERN_MATCH,
};

struct pattern_instruction {
    unsigned char op;
    unsigned char class; /* PATTERN_BYTE: which one; PATTERN_MATCH: which pattern. */
    int16_t one;         /* Where to go on, from here. */
    int16_t other;
};

struct pattern_class {
    uint64_t bits[4];
};

struct pattern_thread {
    uint16_t at;
    uint32_t start;
};

struct pattern_list {
    size_t count;
    struct pattern_thread threads[REDACT_INSTRUCTIONS_MAX];
};

struct pattern_set {
    size_t count; /* Patterns. */
    size_t size;  /* Instructions. */
    size_t class_count;
    struct slice names[REDACT_PATTERNS_MAX]; /* They must outlive the set. */
    uint16_t starts[REDACT_PATTERNS_MAX];
    struct pattern_instruction code[REDACT_INSTRUCTIONS_MAX];
    struct pattern_class classes[REDACT_CLASSES_MAX];
    bool first[256]; /* Bytes that a match can begin with. */

    /* Scratch. */
    uint32_t generation;
    uint32_t seen[REDACT_INSTRUCTIONS_MAX];
    uint16_t stack[REDACT_INSTRUCTIONS_MAX];
    struct pattern_list lists[2];
};

static inline bool pattern_class_has(const struct pattern_class *class, unsigned char byte)
{
    return (class->bits[byte / 64] >> byte % 64 & 1) != 0;
}

static inline bool pattern_is_letter(unsigned char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static inline bool pattern_is_word(unsigned char byte)
{
    return pattern_is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_';
}

void pattern_init(struct pattern_set *set);

/*
 * Compile one more.  The answer is NULL, or what is wrong with it, and where.
 * What is wrong adds nothing.
 */
const char *pattern_add(struct pattern_set *set, struct slice name, struct slice pattern,
                        size_t *wrong_at) THAW_CHECK;

/*
 * Add each "name=pattern" line of a text; empty lines and those that begin
 * with # are none.  The answer is NULL, or what is wrong and where in the text.
 */
const char *pattern_add_lines(struct pattern_set *set, struct slice text,
                              size_t *wrong_at) THAW_CHECK;

struct slice pattern_name(const struct pattern_set *set, unsigned pattern);

/* Tell, in order of their ends, of matches that cover all that any match covers. */
void pattern_run(struct pattern_set *set, struct slice text,
                 void (*found)(void *context, size_t start, size_t end, unsigned pattern),
                 void *context);

#endif
