/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search.h"

#include "base/ensure.h"
#include "search/lex.h"
#include "search/term.h"

/* What waits for its right side, or for its end. */
struct waiting {
    enum search_node_kind kind; /* NOT, AND, OR; GROUP is an open parenthesis. */
    size_t at;
    struct slice name; /* Of a parenthesis: that of values around it. */
};

struct parse {
    struct lex lex;
    struct arena *arena;
    struct search_error *error;
    struct search_node *nodes;
    uint32_t count, term_count;
    struct waiting waiting[SEARCH_NODE_COUNT_MAX];
    uint32_t waiting_count;
    unsigned depth;
    struct slice name; /* Of values that have none: that of the parentheses around; empty. */
};

static bool refuse(struct parse *parse, size_t at, size_t size, const char *reason)
{
    *parse->error = (struct search_error){.at = at, .size = size, .reason = reason};
    return false;
}

/* ---- Nodes. ---- */

static bool add_node(struct parse *parse, struct search_node node, size_t at)
{
    if (parse->count == SEARCH_NODE_COUNT_MAX) {
        return refuse(parse, at, 1, "the query is too long");
    }
    parse->nodes[parse->count++] = node;
    return true;
}

/* What was waiting has all its sides. */
static bool close_waiting(struct parse *parse)
{
    struct waiting waiting = parse->waiting[--parse->waiting_count];
    uint32_t right = parse->count - 1;
    struct search_node node = {.kind = waiting.kind, .first = parse->nodes[right].first};
    if (waiting.kind == SEARCH_AND || waiting.kind == SEARCH_OR) {
        ENSURE(node.first > 0);
        struct search_node *left = &parse->nodes[node.first - 1];
        left->over = (uint16_t)parse->count;
        node.first = left->first;
    }
    if (waiting.kind == SEARCH_GROUP && parse->nodes[right].kind == SEARCH_GROUP) {
        return true; /* Two parentheses are one. */
    }
    return add_node(parse, node, waiting.at);
}

static bool wait_for(struct parse *parse, enum search_node_kind kind, const struct lex_token *token)
{
    if (parse->waiting_count == SEARCH_NODE_COUNT_MAX) {
        return refuse(parse, token->at, token->size, "the query is too long");
    }
    parse->waiting[parse->waiting_count++] =
        (struct waiting){.kind = kind, .at = token->at, .name = parse->name};
    return true;
}

static bool waits(const struct parse *parse, enum search_node_kind kind)
{
    return parse->waiting_count > 0 && parse->waiting[parse->waiting_count - 1].kind == kind;
}

/* Whatever is before an AND or an OR, and binds as tightly as it or more so, is complete. */
static bool join(struct parse *parse, enum search_node_kind kind, const struct lex_token *token)
{
    while (waits(parse, SEARCH_AND) || (kind == SEARCH_OR && waits(parse, SEARCH_OR))) {
        if (!close_waiting(parse)) {
            return false;
        }
    }
    return wait_for(parse, kind, token);
}

/* ---- What stands alone. ---- */

/* A NOT is for the one thing behind it. */
static bool operand_done(struct parse *parse)
{
    while (waits(parse, SEARCH_NOT)) {
        if (!close_waiting(parse)) {
            return false;
        }
    }
    return true;
}

/* Names do not stand within parentheses that have one. */
static bool refuse_name(struct parse *parse, const struct lex_token *token)
{
    return refuse(parse, token->at, token->size, "a name stands before the parenthesis around it");
}

static bool take_term(struct parse *parse, const struct lex_token *token)
{
    struct lex_token named = *token;
    if (parse->name.size > 0) {
        if (token->named) {
            return refuse_name(parse, token);
        }
        named.named = true;
        named.name = parse->name;
    }
    if (parse->term_count == SEARCH_TERM_COUNT_MAX) {
        return refuse(parse, token->at, token->size, "there are too many terms");
    }
    struct search_term *term = arena_alloc_array(parse->arena, 1, sizeof(*term));
    if (term == NULL) {
        return refuse(parse, token->at, token->size, "there is no memory for it");
    }
    parse->term_count++;
    if (!term_make(&named, parse->arena, term, parse->error)) {
        return false;
    }
    struct search_node node = {
        .kind = SEARCH_TERM,
        .first = (uint16_t)parse->count,
        .term = term,
    };
    return add_node(parse, node, token->at) && operand_done(parse);
}

static bool open_group(struct parse *parse, const struct lex_token *token)
{
    if (parse->depth == SEARCH_DEPTH_MAX) {
        return refuse(parse, token->at, token->size, "there are too many parentheses");
    }
    if (token->named && parse->name.size > 0) {
        return refuse_name(parse, token);
    }
    if (token->named && token->sign != LEX_IS) {
        return refuse(parse, token->at, token->size, "a comparison needs a value");
    }
    parse->depth++;
    if (!wait_for(parse, SEARCH_GROUP, token)) {
        return false;
    }
    parse->name = token->named ? token->name : parse->name;
    return true;
}

static bool close_group(struct parse *parse, const struct lex_token *token)
{
    if (parse->depth == 0) {
        return refuse(parse, token->at, token->size, "no parenthesis was opened before it");
    }
    while (!waits(parse, SEARCH_GROUP)) {
        if (!close_waiting(parse)) {
            return false;
        }
    }
    parse->depth--;
    parse->name = parse->waiting[parse->waiting_count - 1].name;
    return close_waiting(parse) && operand_done(parse);
}

/* ---- All of it. ---- */

/* Where something has to stand; *more: it must still. */
static bool take_operand(struct parse *parse, const struct lex_token *token, bool *more)
{
    switch (token->kind) {
    case LEX_TERM:
        *more = false;
        return take_term(parse, token);
    case LEX_NOT:
        return wait_for(parse, SEARCH_NOT, token);
    case LEX_OPEN:
        return open_group(parse, token);
    case LEX_END:
        return refuse(parse, token->at, 0, "something is missing at the end");
    case LEX_CLOSE:
    case LEX_AND:
    case LEX_OR:
        break;
    }
    return refuse(parse, token->at, token->size, "something is missing before it");
}

/* Behind something; *more: something must follow. */
static bool take_operator(struct parse *parse, const struct lex_token *token, bool *more)
{
    switch (token->kind) {
    case LEX_AND:
    case LEX_OR:
        *more = true;
        return join(parse, token->kind == LEX_AND ? SEARCH_AND : SEARCH_OR, token);
    case LEX_CLOSE:
        return close_group(parse, token);
    case LEX_TERM:
    case LEX_NOT:
    case LEX_OPEN:
        *more = true;
        return join(parse, SEARCH_AND, token) && take_operand(parse, token, more);
    case LEX_END:
        break;
    }
    return true;
}

static bool finish(struct parse *parse)
{
    while (parse->waiting_count > 0) {
        struct waiting last = parse->waiting[parse->waiting_count - 1];
        if (last.kind == SEARCH_GROUP) {
            return refuse(parse, last.at, 1, "the parenthesis is not closed");
        }
        if (!close_waiting(parse)) {
            return false;
        }
    }
    return true;
}

static bool parse_all(struct parse *parse)
{
    struct lex_token token;
    bool wanted = true; /* Something has to stand here. */
    do {
        if (!lex_next(&parse->lex, &token)) {
            return refuse(parse, token.at, token.size, parse->lex.reason);
        }
        bool empty = token.kind == LEX_END && parse->count == 0 && parse->waiting_count == 0;
        if (!empty && !(wanted ? take_operand(parse, &token, &wanted)
                               : take_operator(parse, &token, &wanted))) {
            return false;
        }
    } while (token.kind != LEX_END);
    return finish(parse);
}

bool search_parse(struct slice text, struct arena *arena, struct search_expr *expr,
                  struct search_error *error)
{
    struct parse parse = {.lex = {.text = text}, .arena = arena, .error = error};
    *expr = (struct search_expr){.count = 0};
    *error = (struct search_error){.reason = NULL};
    if (text.size > SEARCH_QUERY_SIZE_MAX) {
        return refuse(&parse, SEARCH_QUERY_SIZE_MAX, text.size - SEARCH_QUERY_SIZE_MAX,
                      "the query is too long");
    }
    parse.nodes = arena_alloc_array(arena, SEARCH_NODE_COUNT_MAX, sizeof(parse.nodes[0]));
    if (parse.nodes == NULL) {
        return refuse(&parse, 0, 0, "there is no memory for it");
    }
    if (!parse_all(&parse)) {
        return false;
    }
    *expr = (struct search_expr){parse.nodes, parse.count, parse.term_count};
    return true;
}
