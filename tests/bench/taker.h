/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BENCH_TAKER_H
#define THAW_BENCH_TAKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/*
 * A receiver of OTLP that keeps nothing: it answers 200 to every request, so
 * long after the request has come.  That is what a collector so far away looks
 * like to one exchange.  A thread of its own; any number of connections.
 */
struct taker {
    int listener;
    unsigned port;
    uint64_t delay_ns;
    pthread_t thread;
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t bytes;
    atomic_bool stop;
};

void taker_start(struct taker *taker, uint64_t delay_ns);
void taker_stop(struct taker *taker);

#endif
