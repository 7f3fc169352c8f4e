/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP side of the collector, and the only place that knows libmicrohttpd.  It owns sockets,
 * TLS, tokens, limits and time-outs; handlers see a whole request and fill in a whole answer.
 *
 * Handlers run on threads of the server, several at a time: on those that have the connections, or,
 * where they may take a while, on others (web_lane).  A handler answers at once, or keeps the
 * request (web_keep) and answers it later from any thread with web_answer(): that is how an ingest
 * request waits for its sync without holding a thread.
 */
#ifndef THAW_COLLECTOR_HTTP_WEB_H
#define THAW_COLLECTOR_HTTP_WEB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "http/certificate.h"
#include "http/reload.h"

#include <stdbool.h>
#include <stdint.h>

enum web_method { WEB_GET, WEB_POST, WEB_PUT, WEB_DELETE, WEB_OPTIONS, WEB_OTHER };

struct web_request; /* Lives until it is answered. */

/* What a handler reads. Slices live as long as the request. */
enum web_method web_method(const struct web_request *request);
struct slice web_path(const struct web_request *request); /* Decoded, without the query. */
/* The value of a query parameter, decoded; false when it is not there. */
bool web_query(const struct web_request *request, const char *name, struct slice *value);
/* Calls visit for every query parameter, so that unknown ones can be refused by name. */
void web_query_each(const struct web_request *request,
                    void (*visit)(void *context, struct slice name, struct slice value),
                    void *context);
bool web_header(const struct web_request *request, const char *name, struct slice *value);
struct slice web_body(const struct web_request *request);
/* Whether its body says that it is JSON: a page of another origin may post a form, but no JSON
 * without asking first. */
bool web_is_json(const struct web_request *request);
/* Memory of this request: freed once it is answered.  Its size is a limit of http/http_limits.h;
 * without memory it is an arena in which nothing fits. */
struct arena *web_arena(struct web_request *request);

struct web_answer {
    unsigned status;
    const char *content_type; /* Static text, or NULL for no body. */
    struct slice body;        /* Copied by web_answer(). */
    const char *etag;         /* Static or in the request's arena; NULL for none. */
    const char *encoding;     /* "gzip" or NULL. */
    unsigned retry_after_s;   /* 0: no header. */
    const char *allow;        /* With 405. */
    const char *cache;        /* Cache-Control; NULL: no-store. */
    const char *partial;      /* Thaw-Partial, a word: why it is not all; NULL: it is. */
    const char *timing;       /* Server-Timing, as etag; NULL: none. */
};

/* Answer a request, exactly once; any thread.  The request is gone afterwards.  Where too many
 * large answers are being read, a large one becomes a 503. */
void web_answer(struct web_request *request, const struct web_answer *answer);

/* Why a request is refused. */
struct web_refusal {
    unsigned status;
    const char *code; /* A word for programs: "not_found". */
    const char *message;
    const char *hint; /* What to do about it; NULL for none. */
    unsigned retry_after_s;
    const char *allow;       /* With 405. */
    bool placed;             /* It is about a place in a text that was sent: */
    size_t position, length; /* from which character on, how many. */
};

/*
 * Answer with an error: in the shape of web_options.refuse where that wants it, else as
 * {"error": {"code", "message", "hint"}}.  A 401 names the scheme by itself.
 */
void web_refuse(struct web_request *request, const struct web_refusal *refusal);

/* Say that the handler returns without having answered; web_answer() comes later. */
void web_keep(struct web_request *request);

/* On which threads a handler runs. */
enum web_lane {
    WEB_AT_ONCE, /* On that of the connection: others wait there meanwhile, so it takes no time. */
    WEB_QUICK,   /* Usually some milliseconds. */
    WEB_SLOW,    /* Perhaps seconds; never all threads at a time. */
};

/*
 * A route: exact path (a slash behind it is forgiven), or a prefix when it ends in '/'.  The
 * longest match wins; a path that no route has is a 404, a method that the route does not have a
 * 405.  A HEAD is answered as a GET without body.
 */
struct web_route {
    const char *path;
    enum web_method method;
    void (*handle)(void *context, struct web_request *request);
    uint64_t body_max; /* Bytes of body accepted, as sent; 0: none. */
    enum web_lane lane;
    bool open;     /* Needs no token (healthz). */
    bool any_host; /* Whatever the Host header says: nothing can be read there. */
    /* The token stands in this header, alone, and something must stand there even where no token is
     * required; NULL: it is a bearer token in Authorization. */
    const char *key_header;
    void *context; /* For handle; NULL: that of web_start(). */
};

struct web_options {
    struct slice listen; /* ADDR:PORT; port 0 picks one. */
    struct slice tls_cert_file, tls_key_file;
    struct slice token_file; /* One bearer token a line; empty: no tokens. */
    /* Where people reach the collector, if by another name than the address: a collector on
     * loopback without tokens answers to addresses, localhost and the host of this URL
     * (http/host.h). */
    struct slice external_url;
    unsigned threads; /* 0: one per processor, at least 2. */
    /* At a time; beyond it the one that has been idle for longest is closed. 0: as many as
     * http_limits.h says. */
    uint64_t connections;
    /* Give a refusal another shape (content_type and body of answer); false: the usual one.  May be
     * NULL.  context is that of web_start(). */
    bool (*refuse)(void *context, struct web_request *request, const struct web_refusal *refusal,
                   struct web_answer *answer);
};

struct web;

enum status web_start(struct web **web, const struct web_options *options,
                      const struct web_route *routes, size_t route_count, void *context,
                      char *error, size_t error_size) __attribute__((warn_unused_result));
/* Whether the files that the options name are right: tokens, certificate and key.  Nothing is
 * listened on; error says what is wrong. */
enum status web_check(const struct web_options *options, char *error, size_t error_size)
    __attribute__((warn_unused_result));
/* The address that is listened on, as text. */
const char *web_address(const struct web *web);
/* Take tokens, and certificate and key, again if their files have changed, or if forced; what is
 * wrong stays as it was (reload.h).  One thread, every few seconds. */
void web_reload(struct web *web, bool forced);

/* What is now; what was counted is in self/counters.def. */
struct web_stats {
    size_t connections, connections_max;
    struct reload_facts tokens, tls;      /* Their files. */
    struct certificate_facts certificate; /* Where tls is used. */
};
void web_stats(struct web *web, struct web_stats *stats);
/* Stop accepting connections; requests on open ones are refused with 503; those that are being
 * handled or kept are still answered. */
void web_quiesce(struct web *web);
/* Quiesces, waits until every kept request is answered (whoever keeps one answers it), closes
 * everything.  NULL is fine. */
void web_stop(struct web *web);
/* Whether "ADDR:PORT" is an address, and one that only this machine can reach. */
bool web_address_valid(struct slice listen);
bool web_address_loopback(struct slice listen);

#endif
