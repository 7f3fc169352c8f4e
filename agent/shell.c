/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/shell.h"

#include "agent/configure.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/entropy.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/log.h"
#include "event/event_read.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_SYSTEM_FAILED 111

/* What a large body touched is given back: the next one may never come. */
#define TRIM_SIZE ((size_t)256 * 1024)
#define PAGE_SIZE 4096u

/* All memory of the agent beside struct shell. */
static _Alignas(PAGE_SIZE) unsigned char telemetry_memory[AGENT_TELEMETRY_BODY_MAX];
static _Alignas(PAGE_SIZE) unsigned char sdk_memory[AGENT_SDK_BODY_MAX];
static _Alignas(PAGE_SIZE) unsigned char scratch_memory[AGENT_SDK_BODY_MAX];
static _Alignas(PAGE_SIZE) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static _Alignas(PAGE_SIZE) unsigned char body_memory[AGENT_BODY_SIZE];
static _Alignas(PAGE_SIZE) unsigned char spool_memory[AGENT_SPOOL_ENTRIES_SIZE];
static _Alignas(16) unsigned char record_memory[AGENT_RECORD_MAX];
static _Alignas(16) unsigned char gzip_memory[GZIP_MEMORY_SIZE];

static struct core_now now(void)
{
    return (struct core_now){.wall_ns = clock_wall_ns(), .mono_ns = clock_monotonic_ns()};
}

static void trim(unsigned char *memory, size_t used, size_t size)
{
    if (used > TRIM_SIZE) {
        (void)madvise(memory, size, MADV_DONTNEED);
    }
}

/* ---- What the core decides. ---- */

static void step(struct shell *shell, const struct core_input *input);

/* What earlier processes of this environment left, before anything is taken in; and not before the
 * platform was asked for the next event, because nobody waits for us then. */
static void open_spool(struct shell *shell)
{
    const struct core_config *config = &shell->core.config;
    const struct spool_loan loan = {.half = body_memory,
                                    .salt = hash_u64(config->seed[0]) ^ config->seed[1]};
    if (shell->alone) {
        return; /* A program's /tmp may be that of another one tomorrow. */
    }
    size_t touched = spool_open(&shell->spool, &shell->core, now(), &loan);
    trim(body_memory, touched, sizeof(body_memory));
}

/* Whether it is time to see if the spool's file is still there. */
static bool look_due(struct shell *shell)
{
    uint64_t now_ns = clock_monotonic_ns();
    bool due = shell->looked_ns == 0 || now_ns - shell->looked_ns >= AGENT_SPOOL_LOOK_NS;
    shell->looked_ns = due ? now_ns : shell->looked_ns;
    return due;
}

/* Write what a step of this kind has changed, before anybody is told that we have it.  An answer of
 * the collector changes what need not be sent again: that goes along with the next write, because a
 * process that is killed before it costs a batch that the collector knows. */
static void keep(struct shell *shell, const struct core_actions *actions, enum core_input_kind kind)
{
    if (kind != CORE_ANSWER || actions->send || actions->exit) {
        spool_keep(&shell->spool, &shell->core, kind == CORE_INVOKE && look_due(shell));
    }
}

/* True, with the input that the core shall hear at once: what it wants sent is, or could not be. */
static bool act(struct shell *shell, const struct core_actions *actions, enum core_input_kind kind,
                struct core_input *next)
{
    shell->wake_ns = actions->wake_mono_ns;
    keep(shell, actions, kind);
    if (actions->cancel) {
        uplink_cancel(&shell->uplink);
    }
    if (actions->send) {
        (void)sched_yield(); /* The batch was one piece: see AGENT_PIECE_SIZE. */
        *next = uplink_send(&shell->uplink, actions);
    }
    if (actions->ask_next && !shell->alone) {
        extension_next(&shell->extension);
    }
    if (actions->exit) {
        if (core_all_told(&shell->core)) {
            spool_settle(&shell->spool, &shell->core);
        }
        shell->running = false;
    }
    return actions->send;
}

static void step(struct shell *shell, const struct core_input *input)
{
    struct core_actions actions;
    struct core_input next;
    core_step(&shell->core, now(), input, &actions);
    enum core_input_kind kind = input->kind;
    while (act(shell, &actions, kind, &next)) {
        core_step(&shell->core, now(), &next, &actions);
        kind = next.kind;
    }
}

static void on_sent(void *context, const struct core_input *answer)
{
    step(context, answer);
}

/* Read what was used, where it is time for that. */
static void measure(struct shell *shell)
{
    enum account_reach reach = account_due(&shell->core, now());
    if (reach != ACCOUNT_NOTHING) {
        const struct account_reading reading = proc_read(&shell->proc, reach);
        account_take(&shell->core, now(), reach, &reading);
    }
}

/* ---- Snapshots. ---- */

/* We have woken up as a copy of a snapshot, if that is what we can be: nothing that was made before
 * is used again. */
static void wake_up(struct shell *shell)
{
    struct core_input input = {.kind = CORE_RESTORED, .more = true};
    struct core_input next;
    struct core_actions actions;
    if (!core_restore_wanted(&shell->core)) {
        return;
    }
    if (entropy_fill(input.restored.seed, sizeof(input.restored.seed)) != STATUS_OK) {
        input.restored.seed[0] = clock_wall_ns();
        input.restored.seed[1] = clock_monotonic_ns();
    }
    core_step(&shell->core, now(), &input, &actions);
    (void)act(shell, &actions, CORE_RESTORED, &next);
    uplink_renew(&shell->uplink);
}

/* ---- Telemetry. ---- */

static void on_telemetry(void *context, const struct server_request *request,
                         struct server_answer *answer)
{
    struct shell *shell = context;
    char texts[AGENT_EVENT_ARENA_SIZE];
    struct arena arena;
    struct event_read reader;
    struct event event;
    enum event_answer got = EVENT_BAD;
    unsigned count = 0;
    /* Whatever it is, it is answered 200: anything else would bring it again and again. */
    answer->status = 200;
    open_spool(shell);
    if (!request->too_large && !core_delivery_new(&shell->core, request->body)) {
        return;
    }
    arena_init(&arena, texts, sizeof(texts));
    event_read_init(&reader, request->body, &arena);
    while (!request->too_large && (got = event_read_next(&reader, &event)) == EVENT_GOT) {
        struct core_actions none;
        if (event.type == EVENT_RESTORE_START) {
            wake_up(shell);
        }
        if (++count % AGENT_PIECE_EVENTS == 0) {
            (void)sched_yield(); /* A handler that waits for the processor goes first. */
        }
        const struct core_input input = {.kind = CORE_EVENT, .more = true, .event = &event};
        core_step(&shell->core, now(), &input, &none);
    }
    if (got == EVENT_BAD && (request->body.size > 0 || request->too_large)) {
        shell->core.counters.telemetry_bad++;
    }
    trim(telemetry_memory, request->body.size, sizeof(telemetry_memory));
    measure(shell);
    const struct core_input input = {.kind = CORE_TIME};
    step(shell, &input);
}

/* ---- The function's SDK. ---- */

static void on_otlp(void *context, const struct server_request *request,
                    struct server_answer *answer)
{
    struct shell *shell = context;
    struct sdk_blocks blocks;
    struct block_read reader;
    struct slice block;
    if (!sdk_receive(&shell->sdk, request, answer, &blocks)) {
        return;
    }
    open_spool(shell);
    if (!core_block_fits(&shell->core, blocks.size)) {
        sdk_too_large(&shell->sdk, request, answer);
        return;
    }
    uint64_t rejected = 0;
    block_read_init(&reader, blocks.request);
    while (block_read_next(&reader, &block) == BLOCK_GOT) {
        struct core_actions none;
        uint64_t refused = shell->core.counters.blocks_refused;
        const struct core_input input = {
            .kind = CORE_BLOCK, .more = true, .block = {.signal = blocks.signal, .bytes = block}};
        core_step(&shell->core, now(), &input, &none);
        if (shell->core.counters.blocks_refused > refused) {
            rejected += sdk_records(blocks.signal, block);
        }
    }
    if (rejected > 0) {
        sdk_rejected(&shell->sdk, request, blocks.signal, rejected, answer);
    }
    trim(sdk_memory, request->body.size, sizeof(sdk_memory));
    trim(scratch_memory, blocks.request.size, sizeof(scratch_memory));
    const struct core_input input = {.kind = CORE_TIME};
    step(shell, &input);
}

/* ---- The platform. ---- */

static void on_registered(void *context, struct slice account_id)
{
    struct shell *shell = context;
    core_account(&shell->core, account_id);
}

static void on_no_telemetry(void *context, const char *reason)
{
    struct shell *shell = context;
    struct core_actions none;
    const struct core_input input = {.kind = CORE_NO_TELEMETRY, .more = true};
    log_warn("no telemetry: invocations are known, their ends are not",
             log_string("reason", reason));
    core_step(&shell->core, now(), &input, &none);
}

static void on_ready(void *context)
{
    struct shell *shell = context;
    extension_next(&shell->extension);
    open_spool(shell);
    if (core_restore_wanted(&shell->core)) {
        return; /* What is connected now would be dead in every copy of the snapshot. */
    }
    /* The CPU is free and boosted while the function initialises. */
    uplink_open(&shell->uplink);
}

static void on_managed(void *context)
{
    struct shell *shell = context;
    struct core_actions none;
    const struct core_input input = {.kind = CORE_MANAGED, .more = true};
    core_step(&shell->core, now(), &input, &none);
}

/*
 * From the first invocation on the function goes first where it and we want the
 * same processor.  Nobody can take that back, so it is not done where the
 * runtime's own bytes pass through us.
 */
static void yield_to_function(struct shell *shell)
{
    if (!shell->yielding && !runtime_wrapped(&shell->runtime)) {
        /* If it is not to be, all is as before. */
        (void)setpriority(PRIO_PROCESS, 0, AGENT_NICE);
    }
    shell->yielding = true;
}

static void on_invoked(void *context, const struct extension_invoke *invoke)
{
    struct shell *shell = context;
    wake_up(shell);
    const struct core_input input = {.kind = CORE_INVOKE,
                                     .invoke = {.request_id = invoke->request_id,
                                                .arn = invoke->arn,
                                                .tracing = invoke->tracing,
                                                .deadline_ns = invoke->deadline_ns}};
    step(shell, &input);
    /* Behind it: the next event is asked for, unless the end is waited for. */
    yield_to_function(shell);
    measure(shell);
}

static void on_runtime(void *context, const struct core_input *input)
{
    struct shell *shell = context;
    step(shell, input);
}

static void on_shut_down(void *context, struct slice reason, uint64_t deadline_ns)
{
    struct shell *shell = context;
    shell->core.counters.runtime_unseen = runtime_unseen(&shell->runtime);
    const struct core_input input = {.kind = CORE_SHUTDOWN,
                                     .shutdown = {.reason = reason, .deadline_ns = deadline_ns}};
    const struct account_reading reading = proc_read(&shell->proc, ACCOUNT_ALL);
    account_take(&shell->core, now(), ACCOUNT_ALL, &reading);
    step(shell, &input);
}

static void on_refused(void *context)
{
    struct shell *shell = context;
    shell->refused = true;
    shell->running = false;
}

static void on_lost(void *context, const char *what, unsigned status)
{
    struct shell *shell = context;
    log_error("the platform does not go on with us", log_string("call", what),
              log_u64("status", status));
    shell->exit_status = EXIT_SYSTEM_FAILED;
    shell->running = false;
}

/* ---- Life. ---- */

static void start_core(struct shell *shell)
{
    const struct agent_settings *settings = shell->settings;
    struct core_config config = configure_core(settings);
    const struct core_memory memory = {
        .queue = queue_memory,
        .queue_size = sizeof(queue_memory),
        .body = body_memory,
        .body_size = sizeof(body_memory),
        .record = record_memory,
        .record_size = sizeof(record_memory),
    };
    config.resource.epoch_ns = clock_wall_ns();
    if (entropy_fill(config.seed, sizeof(config.seed)) != STATUS_OK) {
        /* Only jitter and a made-up id depend on it. */
        config.seed[0] = config.resource.epoch_ns;
        config.seed[1] = clock_monotonic_ns();
    }
    struct disk disk;
    core_init(&shell->core, &config, &memory);
    disk_init(&disk);
    spool_init(&shell->spool, &disk, settings->spool, spool_memory);
    gzip_init(&shell->gzip, gzip_memory);
    proc_init(&shell->proc, settings->usage);
    shell->sdk = (struct sdk){.gzip = &shell->gzip,
                              .body = sdk_memory,
                              .body_max = sizeof(sdk_memory),
                              .scratch = scratch_memory,
                              .core = &shell->core};
}

/* The telemetry listener's port; 0 if there is no telemetry to be had.  Another program on our
 * default port is the user's right; then any port will do, since only the platform is told. */
static unsigned listen_for_telemetry(struct shell *shell)
{
    char text[32];
    struct buf address;
    buf_init_fixed(&address, text, sizeof(text));
    format_append(&address, "0.0.0.0:%u", (unsigned)shell->settings->telemetry_port);
    enum status status = server_init(&shell->telemetry, &shell->loop, buf_bytes(&address),
                                     telemetry_memory, sizeof(telemetry_memory));
    if (status != STATUS_OK) {
        status = server_init(&shell->telemetry, &shell->loop, SLICE("0.0.0.0:0"), telemetry_memory,
                             sizeof(telemetry_memory));
    }
    if (status != STATUS_OK) {
        log_warn("cannot listen for telemetry", log_errno(errno));
        return 0;
    }
    server_handle(&shell->telemetry, on_telemetry, shell);
    return server_port(&shell->telemetry);
}

static void listen_for_sdk(struct shell *shell)
{
    struct slice address = shell->settings->otlp_listen;
    if (slice_equal(address, SLICE("off"))) {
        return;
    }
    enum status status =
        server_init(&shell->otlp, &shell->loop, address, sdk_memory, sizeof(sdk_memory));
    if (status == STATUS_BAD) {
        log_warn("THAW_OTLP_LISTEN is no address", log_text("value", address));
    } else if (status != STATUS_OK) {
        log_warn("cannot listen for the function's SDK", log_text("address", address),
                 log_errno(errno));
    }
    server_handle(&shell->otlp, on_otlp, shell);
}

/* What does not depend on where we are. */
static bool begin(struct shell *shell, const struct agent_settings *settings)
{
    /* It is static and zero: writing that again would only touch pages. */
    shell->settings = settings;
    shell->running = true;
    shell->wake_ns = UINT64_MAX;
    if (loop_init(&shell->loop) != STATUS_OK) {
        log_error("cannot start", log_errno(errno));
        return false;
    }
    start_core(shell);
    uplink_init(&shell->uplink, &shell->loop, settings, &shell->gzip, on_sent, shell);
    listen_for_sdk(shell);
    return true;
}

bool shell_start_alone(struct shell *shell, const struct agent_settings *settings)
{
    shell->alone = true;
    if (!begin(shell, settings)) {
        return false;
    }
    uplink_open(&shell->uplink);
    return true;
}

bool shell_start(struct shell *shell, const struct agent_settings *settings, struct slice name)
{
    const struct extension_listener listener = {
        .context = shell,
        .registered = on_registered,
        .no_telemetry = on_no_telemetry,
        .managed = on_managed,
        .ready = on_ready,
        .invoked = on_invoked,
        .shut_down = on_shut_down,
        .refused = on_refused,
        .lost = on_lost,
    };
    struct extension_options options = {
        .host = settings->runtime_api, .name = name, .invoke = !settings->managed};
    /* Listening before registering: the runtime starts when we have registered. */
    if (!begin(shell, settings)) {
        return false;
    }
    options.port = listen_for_telemetry(shell);
    if (extension_init(&shell->extension, &shell->loop, &options, &listener) != STATUS_OK) {
        log_error("AWS_LAMBDA_RUNTIME_API is no address", log_text("value", options.host));
        return false;
    }
    runtime_init(&shell->runtime, &shell->loop, settings, &shell->extension.client.addresses[0]);
    runtime_hear(&shell->runtime, on_runtime, shell);
    if (options.port == 0) {
        on_no_telemetry(shell, "there is no port for it");
    }
    extension_start(&shell->extension);
    return true;
}

/* When something is to be done that no descriptor tells of. */
static uint64_t due(const struct shell *shell)
{
    uint64_t due_ns = shell->wake_ns;
    const uint64_t others[] = {server_due_ns(&shell->otlp), server_due_ns(&shell->telemetry),
                               extension_due_ns(&shell->extension), uplink_due_ns(&shell->uplink)};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        due_ns = others[i] < due_ns ? others[i] : due_ns;
    }
    return due_ns;
}

bool shell_turn(struct shell *shell, uint64_t other_due_ns)
{
    uint64_t timeout_ns = UINT64_MAX;
    uint64_t due_ns = due(shell);
    uint64_t first_ns = due_ns < other_due_ns ? due_ns : other_due_ns;
    if (first_ns != UINT64_MAX) {
        uint64_t now_ns = clock_monotonic_ns();
        timeout_ns = first_ns > now_ns ? first_ns - now_ns : 0;
    }
    loop_wait(&shell->loop, timeout_ns);
    if (due_ns != shell->wake_ns) {
        server_time(&shell->otlp, clock_monotonic_ns());
        server_time(&shell->telemetry, clock_monotonic_ns());
        extension_time(&shell->extension, clock_monotonic_ns());
        uplink_time(&shell->uplink, clock_monotonic_ns());
    }
    if (shell->running && clock_monotonic_ns() >= shell->wake_ns) {
        const struct core_input input = {.kind = CORE_TIME};
        step(shell, &input);
    }
    return shell->running;
}

int shell_run(struct shell *shell)
{
    while (shell->running && shell_turn(shell, UINT64_MAX)) {
    }
    return shell->exit_status;
}

void shell_step(struct shell *shell, const struct core_input *input)
{
    if (input->more) {
        struct core_actions none;
        core_step(&shell->core, now(), input, &none);
        return;
    }
    measure(shell);
    step(shell, input);
}

static void stop_listening(struct server *server)
{
    if (server->listener.fd >= 0) {
        loop_forget(server->loop, &server->listener);
        close(server->listener.fd);
        server->listener.fd = -1;
    }
}

bool shell_refused(struct shell *shell)
{
    if (shell->refused) {
        /* The function's SDK shall not wait for somebody who does not listen. */
        if (!slice_equal(shell->settings->otlp_listen, SLICE("off"))) {
            stop_listening(&shell->otlp);
        }
        if (shell->extension.options.port != 0) {
            stop_listening(&shell->telemetry);
        }
        runtime_stop(&shell->runtime);
    }
    return shell->refused;
}
