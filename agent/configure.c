/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/configure.h"

struct core_config configure_core(const struct agent_settings *settings)
{
    return (struct core_config){
        .resource = settings->resource,
        .flush = settings->flush,
        .flush_every_ns = settings->flush_every_ns,
        .age_max_ns = AGENT_NS_MS(settings->max_age_ms),
        .timeout_ns = settings->timeout_ns,
        .budget_ns = AGENT_NS_MS(settings->budget_ms),
        .lines = (enum core_lines)settings->logs,
        .severity_min = settings->severity_min,
        .severity_always = settings->severity_always,
        .payloads = (enum core_payloads)settings->payloads,
        .payload_max = settings->payloads_kb * AGENT_KIB,
        .line_budget = settings->budget_kb * AGENT_KIB,
        .slow_ns = AGENT_NS_MS(settings->slow_ms),
        .sample_below = settings->sample_below,
        .withhold = settings->withhold,
        .redact = settings->redact,
    };
}
