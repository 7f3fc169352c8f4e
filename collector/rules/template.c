/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template.h"

#include "rules/rules_limits.h"

#include <string.h>

/* What is open. */
enum block { BLOCK_IF, BLOCK_ELSE, BLOCK_RANGE, BLOCK_WITH, BLOCK_DEFINE };

struct checker {
    struct slice text;
    size_t at;
    size_t end; /* Of the action that is read. */
    enum block blocks[TEMPLATE_DEPTH_MAX];
    size_t variables_before[TEMPLATE_DEPTH_MAX]; /* How many there were when it was opened. */
    size_t depth;
    struct slice variables[TEMPLATE_VARIABLE_COUNT_MAX];
    size_t variable_count;
    struct template_error *error;
};

static bool bad(struct checker *checker, const char *reason)
{
    *checker->error = (struct template_error){checker->at, reason};
    return false;
}

static bool one_of(struct slice word, const char *words)
{
    struct slice rest = slice_from(words);
    struct slice each;
    for (bool more = true; more;) {
        more = slice_cut(rest, ' ', &each, &rest);
        if (slice_equal(word, each)) {
            return true;
        }
    }
    return false;
}

static const char functions[] =
    "and or not len index slice print printf println html js urlquery call eq ne lt le gt ge query "
    "first label value sortByLabel stripPort stripDomain toTime parseDuration args reReplaceAll "
    "safeHtml match title toUpper toLower graphLink tableLink humanize humanize1024 "
    "humanizeDuration humanizePercentage humanizeTimestamp pathPrefix externalURL strvalue";

/* ---- Words. ---- */

static int peek(const struct checker *checker)
{
    return checker->at < checker->end ? checker->text.base[checker->at] : -1;
}

static bool skip_spaces(struct checker *checker)
{
    size_t before = checker->at;
    while (checker->at < checker->end && strchr(" \t\r\n", peek(checker)) != NULL) {
        checker->at++;
    }
    return checker->at > before;
}

static bool letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static struct slice take_word(struct checker *checker)
{
    size_t from = checker->at;
    while (letter(peek(checker)) || (peek(checker) >= '0' && peek(checker) <= '9')) {
        checker->at++;
    }
    return slice_of(checker->text.base + from, checker->at - from);
}

/* A text in quotes, single ones for characters. */
static bool take_quoted(struct checker *checker)
{
    int quote = peek(checker);
    size_t from = checker->at;
    checker->at++;
    while (peek(checker) != quote) {
        if (peek(checker) == '\\' && quote != '`') {
            checker->at++;
        }
        if (peek(checker) < 0 || (peek(checker) == '\n' && quote != '`')) {
            checker->at = from;
            return bad(checker, "a quote is not closed");
        }
        checker->at++;
    }
    checker->at++;
    return true;
}

static void take_number(struct checker *checker)
{
    while (peek(checker) >= 0 &&
           strchr("0123456789abcdefABCDEFxXoOpP_.+-", peek(checker)) != NULL) {
        checker->at++;
    }
}

/* ---- Pipelines. ---- */

/* What one reads of a pipeline, part by part, and what is open in it. */
struct pipeline {
    struct {
        bool any;    /* The command has an operand. */
        bool second; /* There was a | before it. */
        size_t from; /* Where it was opened. */
    } levels[TEMPLATE_PARENTHESIS_MAX];
    size_t depth;
};

static bool variable_known(const struct checker *checker, struct slice name)
{
    if (name.size == 0 || one_of(name, "labels externalLabels externalURL value")) {
        return true;
    }
    for (size_t i = 0; i < checker->variable_count; i++) {
        if (slice_equal(checker->variables[i], name)) {
            return true;
        }
    }
    return false;
}

/* .A.B behind an operand. */
static bool take_fields(struct checker *checker)
{
    while (peek(checker) == '.') {
        checker->at++;
        if (take_word(checker).size == 0) {
            return bad(checker, "a field has a name");
        }
    }
    return true;
}

static bool take_variable(struct checker *checker)
{
    size_t from = checker->at;
    checker->at++;
    struct slice name = take_word(checker);
    if (!variable_known(checker, name)) {
        checker->at = from;
        return bad(checker, "there is no such variable: $labels, $value, $externalLabels and "
                            "$externalURL are there, and what the template declares");
    }
    return take_fields(checker);
}

static bool take_function(struct checker *checker, bool *constant)
{
    size_t from = checker->at;
    struct slice word = take_word(checker);
    if (one_of(word, "true false nil")) {
        *constant = true;
        return true;
    }
    if (!one_of(word, functions)) {
        checker->at = from;
        return bad(checker, "there is no such function");
    }
    return true;
}

/* One operand; *constant: a literal, which no value can be piped into. */
static bool take_operand(struct checker *checker, bool *constant)
{
    int c = peek(checker);
    *constant = false;
    if (c == '"' || c == '`' || c == '\'') {
        *constant = true;
        return take_quoted(checker);
    }
    if ((c >= '0' && c <= '9') || c == '+' || c == '-') {
        *constant = true;
        take_number(checker);
        return true;
    }
    if (c == '$') {
        return take_variable(checker);
    }
    if (c == '.') {
        size_t next = checker->at + 1;
        if (next < checker->end && letter(checker->text.base[next])) {
            return take_fields(checker);
        }
        checker->at++;
        return true;
    }
    return letter(c) ? take_function(checker, constant)
                     : bad(checker, "this is no value, function or variable");
}

static bool command_ends(struct checker *checker, const struct pipeline *pipeline)
{
    return pipeline->levels[pipeline->depth].any || bad(checker, "a value is missing here");
}

/* The same at the end of all: a | that leads nowhere is allowed there, as it is in Go. */
static bool pipeline_ends(struct checker *checker, const struct pipeline *pipeline)
{
    return pipeline->levels[pipeline->depth].second || command_ends(checker, pipeline);
}

static bool take_closing(struct checker *checker, struct pipeline *pipeline)
{
    if (pipeline->depth == 0) {
        return bad(checker, "this parenthesis was not opened");
    }
    if (!pipeline_ends(checker, pipeline)) {
        return false;
    }
    pipeline->depth--;
    pipeline->levels[pipeline->depth].any = true;
    checker->at++;
    return take_fields(checker);
}

static bool take_opening(struct checker *checker, struct pipeline *pipeline)
{
    if (pipeline->depth + 1 == TEMPLATE_PARENTHESIS_MAX) {
        return bad(checker, "there are too many parentheses in each other");
    }
    pipeline->depth++;
    pipeline->levels[pipeline->depth].any = false;
    pipeline->levels[pipeline->depth].second = false;
    pipeline->levels[pipeline->depth].from = checker->at;
    checker->at++;
    return true;
}

static bool take_part(struct checker *checker, struct pipeline *pipeline)
{
    bool constant;
    size_t from = checker->at;
    switch (peek(checker)) {
    case '|':
        if (!command_ends(checker, pipeline)) {
            return false;
        }
        pipeline->levels[pipeline->depth].any = false;
        pipeline->levels[pipeline->depth].second = true;
        checker->at++;
        return true;
    case '(':
        return take_opening(checker, pipeline);
    case ')':
        return take_closing(checker, pipeline);
    default:
        break;
    }
    bool first = !pipeline->levels[pipeline->depth].any;
    if (!take_operand(checker, &constant)) {
        return false;
    }
    if (constant && first && pipeline->levels[pipeline->depth].second) {
        checker->at = from;
        return bad(checker, "nothing can be piped into a constant");
    }
    pipeline->levels[pipeline->depth].any = true;
    return true;
}

/* The values of a pipeline up to the end of its action. */
static bool take_pipeline(struct checker *checker)
{
    struct pipeline pipeline = {.depth = 0};
    skip_spaces(checker);
    while (peek(checker) >= 0) {
        size_t before = checker->at;
        bool operator= strchr("|()", peek(checker)) != NULL;
        if (!take_part(checker, &pipeline)) {
            return false;
        }
        int next = peek(checker);
        if (!skip_spaces(checker) && !operator&& next >= 0 && strchr("|)", next) == NULL) {
            return bad(checker, "values stand apart: a space is missing");
        }
        if (checker->at == before) {
            return bad(checker, "this is no value, function or variable");
        }
    }
    if (pipeline.depth > 0) {
        checker->at = pipeline.levels[pipeline.depth].from;
        return bad(checker, "this parenthesis is not closed");
    }
    return pipeline_ends(checker, &pipeline);
}

/* ---- Declarations. ---- */

static bool declare(struct checker *checker, struct slice name)
{
    if (checker->variable_count == TEMPLATE_VARIABLE_COUNT_MAX) {
        return bad(checker, "there are too many variables");
    }
    checker->variables[checker->variable_count] = name;
    checker->variable_count++;
    return true;
}

/* "$a :=", "$a, $b :=" (for range) or "$a =" before a pipeline; none of them is fine. */
static bool take_declaration(struct checker *checker, bool range)
{
    struct slice names[2];
    size_t count = 0;
    skip_spaces(checker);
    size_t from = checker->at;
    while (count < (range ? 2 : 1) && peek(checker) == '$') {
        checker->at++;
        names[count] = take_word(checker);
        count++;
        skip_spaces(checker);
        if (peek(checker) != ',') {
            break;
        }
        checker->at++;
        skip_spaces(checker);
    }
    bool declares = peek(checker) == ':' && checker->at + 1 < checker->end &&
                    checker->text.base[checker->at + 1] == '=';
    if (count == 0 || (!declares && peek(checker) != '=')) {
        checker->at = from;
        return true;
    }
    checker->at += declares ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        if (declares ? !declare(checker, names[i]) : !variable_known(checker, names[i])) {
            return declares ? false : bad(checker, "there is no such variable");
        }
    }
    return true;
}

/* ---- Actions. ---- */

static bool open_block(struct checker *checker, enum block block)
{
    if (checker->depth == TEMPLATE_DEPTH_MAX) {
        return bad(checker, "too many actions are open in each other");
    }
    checker->blocks[checker->depth] = block;
    checker->variables_before[checker->depth] = checker->variable_count;
    checker->depth++;
    return true;
}

static bool take_name(struct checker *checker)
{
    skip_spaces(checker);
    if (peek(checker) != '"' && peek(checker) != '`') {
        return bad(checker, "a name in quotes is missing");
    }
    return take_quoted(checker);
}

static bool nothing_more(struct checker *checker)
{
    skip_spaces(checker);
    return peek(checker) < 0 || bad(checker, "nothing may stand here");
}

static bool take_else(struct checker *checker)
{
    if (checker->depth == 0 || checker->blocks[checker->depth - 1] == BLOCK_ELSE ||
        checker->blocks[checker->depth - 1] == BLOCK_DEFINE) {
        return bad(checker, "else belongs to an if, range or with");
    }
    enum block *block = &checker->blocks[checker->depth - 1];
    skip_spaces(checker);
    size_t from = checker->at;
    struct slice word = take_word(checker);
    if (slice_equal(word, SLICE("if")) && *block == BLOCK_IF) {
        return take_declaration(checker, false) && take_pipeline(checker);
    }
    checker->at = from;
    *block = BLOCK_ELSE;
    return nothing_more(checker);
}

static bool take_end(struct checker *checker)
{
    if (checker->depth == 0) {
        return bad(checker, "there is nothing to end");
    }
    checker->depth--;
    checker->variable_count = checker->variables_before[checker->depth];
    return nothing_more(checker);
}

static bool in_range(struct checker *checker)
{
    for (size_t i = 0; i < checker->depth; i++) {
        if (checker->blocks[i] == BLOCK_RANGE || checker->blocks[i] == BLOCK_ELSE) {
            return nothing_more(checker);
        }
    }
    return bad(checker, "break and continue belong into a range");
}

/* An action that opens a block. */
static bool take_opener(struct checker *checker, enum block block)
{
    return open_block(checker, block) && take_declaration(checker, block == BLOCK_RANGE) &&
           take_pipeline(checker);
}

static bool take_template(struct checker *checker)
{
    if (!take_name(checker)) {
        return false;
    }
    skip_spaces(checker);
    return peek(checker) < 0 || take_pipeline(checker);
}

static bool take_action(struct checker *checker)
{
    skip_spaces(checker);
    size_t from = checker->at;
    struct slice word = take_word(checker);
    if (slice_equal(word, SLICE("if"))) {
        return take_opener(checker, BLOCK_IF);
    }
    if (slice_equal(word, SLICE("range"))) {
        return take_opener(checker, BLOCK_RANGE);
    }
    if (slice_equal(word, SLICE("with"))) {
        return take_opener(checker, BLOCK_WITH);
    }
    if (slice_equal(word, SLICE("else"))) {
        return take_else(checker);
    }
    if (slice_equal(word, SLICE("end"))) {
        return take_end(checker);
    }
    if (slice_equal(word, SLICE("define"))) {
        return open_block(checker, BLOCK_DEFINE) && take_name(checker) && nothing_more(checker);
    }
    if (slice_equal(word, SLICE("block"))) {
        return open_block(checker, BLOCK_DEFINE) && take_name(checker) && take_pipeline(checker);
    }
    if (slice_equal(word, SLICE("template"))) {
        return take_template(checker);
    }
    if (one_of(word, "break continue") && word.size > 0) {
        return in_range(checker);
    }
    checker->at = from;
    return take_declaration(checker, false) && take_pipeline(checker);
}

/* Where the }} of an action stands that begins at `at`: not in quotes. */
static bool find_end(const struct checker *checker, size_t at, size_t *end)
{
    const unsigned char *base = checker->text.base;
    int quote = 0;
    for (size_t i = at; i + 1 < checker->text.size; i++) {
        if (quote != 0 && base[i] == '\\' && quote != '`') {
            i++;
        } else if (quote != 0) {
            quote = base[i] == quote ? 0 : quote;
        } else if (base[i] == '"' || base[i] == '`' || base[i] == '\'') {
            quote = base[i];
        } else if (base[i] == '}' && base[i + 1] == '}') {
            *end = i;
            return true;
        }
    }
    return false;
}

/* {{/\* ... *\/}}, with or without the marks that take spaces away.  False: it is none. */
static bool skip_comment(struct checker *checker, size_t at, bool *closed)
{
    struct slice rest = slice_skip(checker->text, at);
    if (!slice_starts(rest, SLICE("/*"))) {
        return false;
    }
    size_t end = slice_find(rest, SLICE("*/"));
    struct slice behind = end != SLICE_NONE ? slice_skip(rest, end + 2) : SLICE_EMPTY;
    size_t trim = slice_starts(behind, SLICE(" -}}")) ? 2 : 0;
    *closed = slice_starts(slice_skip(behind, trim), SLICE("}}"));
    checker->at = *closed ? at + end + 2 + trim + 2 : at;
    return true;
}

/* The action whose {{ stands at `at`. */
static bool check_action(struct checker *checker, size_t at)
{
    const unsigned char *base = checker->text.base;
    size_t from = at + 2;
    bool closed;
    checker->at = at;
    if (from + 1 < checker->text.size && base[from] == '-' && strchr(" \t\r\n", base[from + 1])) {
        from += 2;
    }
    if (skip_comment(checker, from, &closed)) {
        return closed || bad(checker, "this comment is not closed");
    }
    size_t end;
    if (!find_end(checker, from, &end)) {
        return bad(checker, "this {{ has no }}");
    }
    bool trims = end >= from + 2 && base[end - 1] == '-' && strchr(" \t\r\n", base[end - 2]);
    checker->end = trims ? end - 1 : end;
    checker->at = from;
    if (!take_action(checker)) {
        return false;
    }
    checker->at = end + 2;
    return true;
}

bool template_check(struct slice text, struct template_error *error)
{
    struct checker checker = {.text = text, .error = error};
    for (;;) {
        size_t begin = slice_find(slice_skip(text, checker.at), SLICE("{{"));
        if (begin == SLICE_NONE) {
            break;
        }
        if (!check_action(&checker, checker.at + begin)) {
            return false;
        }
    }
    checker.at = text.size;
    return checker.depth == 0 || bad(&checker, "an end is missing");
}
