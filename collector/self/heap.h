/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_HEAP_H
#define THAW_SELF_HEAP_H

/*
 * How malloc behaves in the collector.  What is large (drafts of logs, tables of the view, what
 * sealing needs) is taken from the kernel by the page and given back when it is freed; in the heap
 * it would leave holes that nothing else fits into: a third of what 2 million spans took.  And
 * threads share a few heaps, because each keeps what its own busiest moment took.
 *
 * Once, before there are threads.  Where malloc is another one than glibc's it does nothing.
 */
void heap_init(void);

#endif
