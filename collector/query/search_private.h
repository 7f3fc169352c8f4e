/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_SEARCH_PRIVATE_H
#define THAW_COLLECTOR_QUERY_SEARCH_PRIVATE_H

#include "base/map.h"
#include "model/members.h"
#include "query/search.h"
#include "search/match.h"

/* What the files of search.h share. */

/* ---- What a transaction is asked: search_atoms.c. ---- */

enum search_truth { SEARCH_NO, SEARCH_YES, SEARCH_UNKNOWN };

/* A part of the query that some record of a transaction meets, or none does: a term, or a group. */
struct search_atom {
    uint32_t first, node; /* Of the query. */
    bool facts;           /* Invocations are asked, else spans and lines. */
    bool needed;          /* All of the query depends on it. */
};

struct search_atoms {
    struct search_atom items[SEARCH_TERM_COUNT_MAX];
    uint32_t count;
    bool records; /* Some are of spans and lines. */
};

/* What is known of each of the atoms. */
struct search_known {
    uint8_t truths[SEARCH_TERM_COUNT_MAX]; /* enum search_truth */
};

void search_atoms_make(const struct search_expr *expr, struct search_atoms *atoms);

/* What of the query is known when so much is known of its atoms. */
enum search_truth search_atoms_truth(const struct search_expr *expr,
                                     const struct search_atoms *atoms,
                                     const struct search_known *known);

/* A record is met: those atoms that it meets are. */
void search_atoms_meet(const struct search_expr *expr, const struct search_atoms *atoms, bool facts,
                       const struct search_record *record, struct search_known *known);

/* ---- A search. ---- */

/* What is remembered of a search: one id may be seen as each of them. */
enum seen_kind {
    SEEN_REQUEST = 1, /* Its transaction was looked at, ... */
    SEEN_TRACE,       /* ... that of a trace without invocations. */
    SEEN_TRANSACTION, /* It has its row, or needs none. */
    SEEN_SENDER,      /* A transaction that a trace without invocations led to. */
    SEEN_CUT,         /* A trace of a transaction that is too large to list all its requests. */
    SEEN_RECORD,      /* A span or line named it. */
};

struct seen_id {
    struct id16 id;
    enum seen_kind kind;
};

/* A row that is wanted if its spans and lines say so. */
struct waiting_row {
    struct search_row row;
    struct search_known known;
    const struct id16 *ids;
    uint32_t id_count;
};

struct run {
    const struct query *query;
    const struct search *search;
    struct arena *arena;
    struct arena scratch;
    struct members_work *work;
    struct deadline deadline;
    struct search_atoms atoms;
    struct store_hold *hold; /* Where the store is asked; else NULL. */
    struct map seen;
    struct seen_id *seen_rows;
    uint32_t seen_count, seen_capacity;
    struct search_row *rows;
    uint32_t row_count, row_capacity;
    struct waiting_row *waiting;
    uint32_t waiting_count, waiting_capacity;
    uint32_t scanned, held;
    uint64_t steps_held; /* Steps of look-ups when the view was taken. */
    int64_t before_ns;   /* Where the cursor is: rows at or after it were told. */
    struct id16 before_id;
    bool has_before;
    enum query_limit partial;
};

/* search.c: all of it of one view, which may be a partial one. */
enum status search_view(const struct query *query, const struct search *search, struct arena *arena,
                        struct search_answer *answer) THAW_CHECK;

/* Whether an id was seen; see one: false when it was before. */
bool search_was_seen(const struct run *run, enum seen_kind kind, struct id16 id);
bool search_see(struct run *run, enum seen_kind kind, struct id16 id);

/* Take the transaction of an id, between view_read_begin() and _end().  *known: the view has it.
 * False when the arena is full. */
bool search_take_id(struct run *run, struct id16 id, bool *known) THAW_CHECK;

/* Whether the rows that began at or after a time are enough for a page. */
bool search_enough(const struct run *run, int64_t time_ns);

/* Whether the look-ups since the view was taken were enough; those of all may be too many. */
bool search_walked_enough(struct run *run);

/* search_row.c: make a row of a transaction, and keep it if it is wanted, or let it wait if that is
 * not known yet.  False when the arena is full. */
bool search_row_take(struct run *run, const struct members *members) THAW_CHECK;
void search_row_keep(struct run *run, const struct search_row *row);
/* Whether it is in the span of time, and behind the page before. */
bool search_row_in_range(const struct run *run, const struct search_row *row);

/* search_drive.c: ask the store about the rows that wait, without holding the view. */
enum status search_drive_waiting(struct run *run) THAW_CHECK;

/* Look for spans and lines that atoms depend on, back from to_ns, and take their transactions. */
enum status search_drive(struct run *run, const struct search_atom *atom, int64_t to_ns) THAW_CHECK;

/* search_page.c */
bool search_page_cursor(struct run *run, uint64_t *skip) THAW_CHECK;
void search_page_cut(struct run *run, uint64_t skip, struct search_answer *answer);

/* search_run.c: a row of the transaction of an id of which the view knows nothing. */
enum status search_forgotten(struct run *run, struct id16 id) THAW_CHECK;

#endif
