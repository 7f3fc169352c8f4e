/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_WEB_PRIVATE_H
#define THAW_HTTP_WEB_PRIVATE_H

#include "base/buf.h"
#include "http/address.h"
#include "http/arenas.h"
#include "http/desk.h"
#include "http/door.h"
#include "http/reload.h"
#include "http/sweep.h"
#include "http/tls.h"
#include "http/tokens.h"
#include "http/uri.h"
#include "http/web.h"
#include "http/web_headers.h"
#include "http/web_stream.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the files of web share.  web.c alone knows the library; the others decide.
 */
struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

struct web {
    struct MHD_Daemon *daemon;
    const struct web_route *routes;
    size_t route_count;
    void *context;
    bool (*refuse)(void *context, struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);
    struct slice token_file;
    struct reload reload_tokens, reload_tls;
    /* Everybody on this machine may read: it matters who a page claims to be. */
    bool hosts_checked;
    struct slice own_host; /* Of web_options.external_url. */
    struct tokens tokens;
    struct arenas arenas;
    struct sweep *sweep;
    struct door *door;
    struct desk *desk; /* Threads of routes that are not handled at once. */
    unsigned connections_max;
    struct tls *tls; /* NULL: plain HTTP. */
    char address[ADDRESS_TEXT_SIZE];
    int listener;
    _Atomic uint64_t inflight; /* Bytes of bodies. */
    _Atomic uint64_t answers;  /* Bytes of answers that are being sent. */
    atomic_size_t connections;
    atomic_size_t entering; /* Let in, and not yet taken up by a thread of the library. */
    atomic_bool quiesced;
    pthread_mutex_t mutex; /* Guards kept and the states of all requests; a leaf. */
    pthread_cond_t answered;
    size_t kept;  /* Requests whose handlers have not answered. */
    bool stopped; /* No more handlers begin. */
    struct web_stream *streams;
    bool streams_ending; /* No stream goes on. */
    /* The answers that say nothing but yes, most of all that there are, made once; under mutex. */
    struct web_plain {
        const char *content_type; /* As it was given: a constant. */
        struct MHD_Response *response;
    } plain[2];
};

/* What belongs to a connection, from its first moment to its last. */
struct web_connection {
    struct web *web;
    struct MHD_Connection *handle;
    struct door_sleeper sleeper;
    struct sweep_entry *sweep;
    struct tls_session tls;
    bool shaken; /* Its handshake was counted. */
};

/*
 * RECEIVING -> HANDLING -> ANSWERED -> (gone)         the handler answers before it returns
 *                  |          ^
 *                  +-> KEPT --+                       web_answer() comes later; the connection
 * sleeps, as it does while the handler runs on a thread of the desk
 */
enum web_state { WEB_RECEIVING, WEB_HANDLING, WEB_KEPT, WEB_ANSWERED };

struct web_request {
    struct web *web;
    struct MHD_Connection *connection;
    const struct web_route *route;
    enum web_method method;
    enum web_state state;
    bool begun;  /* The headers were looked at. */
    bool keeps;  /* web_keep() was called. */
    bool queued; /* The answer is with the library. */
    bool plain;  /* The response is one of web->plain. */
    bool gzip;   /* The client takes it. */
    bool uri_wrong;
    const char *allow; /* Methods of the path, when this one is not among them. */
    /* Set when the body cannot be taken: it is read to its end, or cut, and then refused. */
    const struct web_refusal *refusal;
    uint64_t drained;
    struct slice if_none_match;
    struct buf body;
    uint64_t announced; /* Content-Length, or 0. */
    uint64_t reserved;  /* Of web->inflight. */
    uint64_t begun_ns;
    struct arena arena;
    bool has_arena;
    struct MHD_Response *response;
    uint64_t answer_size;     /* As it is sent. */
    uint64_t answer_reserved; /* Of web->answers. */
    unsigned status;
    struct sweep_entry *sweep;
    struct desk_item waiting;
    struct web_stream *stream; /* NULL: the answer is whole. */
    struct uri uri;
    unsigned char target[]; /* Memory of uri. */
};

/* Why a body is not taken. */
extern const struct web_refusal web_refusal_too_large;
extern const struct web_refusal web_refusal_busy;
extern const struct web_refusal web_refusal_stopping;
/* Why an answer is not given. */
extern const struct web_refusal web_refusal_answers;

/* web_admit.c: route the request and refuse what can be refused before its body (the answer is then
 * given).  True: the request goes on. */
bool web_admit(struct web_request *request, const struct web_headers *headers, bool http_1_1);

/* web_budget.c: count the answer among those that are being sent; false: there is no room for it.
 * It turned out to be of this size. */
bool web_reserve_answer(struct web_request *request, uint64_t size);
void web_trim_answer(struct web_request *request, uint64_t size);

/* web_budget.c: when a body or an answer of this size, that began then, has taken too long. */
uint64_t web_transfer_deadline(uint64_t begin_ns, uint64_t size);

/* web_budget.c: take a piece of the body. */
void web_receive(struct web_request *request, struct slice piece);

/* web_budget.c: give back what only the handler needed: whoever reads the answer slowly does not
 * hold it. */
void web_let_go(struct web_request *request);

/* web_budget.c: count an answer by its status. */
void web_count(unsigned status);
/* web_budget.c: whether answers of this type are worth compressing. */
bool web_is_text(const char *content_type);

/* web_admit.c: whether If-None-Match names the tag. */
bool web_admit_knows(struct slice if_none_match, const char *etag);

/* web.c for web_answer.c: make a response, let the request have it, and give one of our own up. */
struct MHD_Response *web_make(struct web_request *request, const struct web_answer *answer);
void web_give(struct web_request *request, struct MHD_Response *response, unsigned status);
void web_drop(struct MHD_Response *response);

/* web_answer.c: no request is left. */
void web_drop_plain(struct web *web);

/* web.c for web_stream.c: answer with what read() gives, as web_answer() does; false: no memory,
 * and nothing was answered.  -1 ends it. */
typedef ssize_t web_stream_reader(void *context, uint64_t position, char *room, size_t size);
bool web_prepare_stream(struct web_request *request, const char *content_type,
                        web_stream_reader *read, void *context);
/* Under web.mutex, in turn. */
void web_suspend(struct web_request *request);
void web_resume(struct web_request *request);

/* web_desk.c: handle a request on this thread, or on one of the desk's, where its connection sleeps
 * and is woken when the handler returns. */
void web_call(struct web_request *request);
void web_desk_put(struct web_request *request);
/* How many threads the library has, and those of routes that are not handled at once: one more. */
unsigned web_desk_threads(const struct web_options *options);
enum status web_desk_start(struct web *web, const struct web_options *options) THAW_CHECK;
void web_desk_stop(struct web *web); /* Once no handler begins any more; twice is fine. */

/* web_stream.c: a stream's request is over; all streams end, and have a moment to send their last.
 */
void web_stream_close(struct web_stream *stream);
void web_stream_end_all(struct web *web);

/* web_setup.c: tls_retrieve() as an option of the library: those are pointers to data. */
void *web_setup_retrieve(void);

/* web_setup.c: the library says that it cannot go on, or something about a connection. */
_Noreturn void web_setup_panic(void *context, const char *file, unsigned line, const char *reason);
void web_setup_log(void *context, const char *format, va_list arguments);

/* web_setup.c: what surrounds the library; web_setup_fini() undoes web_setup_init(). */
enum status web_setup_init(struct web *web, const struct web_options *options, char *error,
                           size_t error_size) THAW_CHECK;
void web_setup_fini(struct web *web);
/* So many connections, as far as there may be descriptors. */
unsigned web_setup_connections(uint64_t wanted);

/* web_door.c: what the door asks for. */
bool web_make_room(void *context);
void web_turn_away(void *context, int socket);

/* The library closes connections that its threads have not taken up yet without its own lock, so
 * they get their time; one that it fails to take up is not told, and not waited for without end. */
void web_settle(struct web *web);

#endif
