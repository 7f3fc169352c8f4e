/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/format.h"
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file: the ARN, a line feed, the token. */
#define FILE_SIZE_MAX (AGENT_TOKEN_ARN_MAX + 1 + AGENT_TOKEN_MAX)

#define STATUS_OK_HTTP 200

#define PREFIX "Authorization: Bearer "

static void on_api_answer(void *context, const struct client_answer *answer);
static void on_key_answer(void *context, const struct client_answer *answer);

/* ---- The file. ---- */

static void put_line(struct token *token, struct slice text)
{
    struct buf line;
    buf_init_fixed(&line, token->line, sizeof(token->line));
    buf_append_text(&line, PREFIX);
    buf_append(&line, text);
    buf_append_text(&line, "\r\n");
    ENSURE(!buf_overflowed(&line));
    token->line_size = line.size;
    token->number++;
    token->state = TOKEN_HERE;
}

/* Whether the file that the token came from has another one now. */
static bool read_again(struct token *token)
{
    char bytes[AGENT_TOKEN_MAX + 2]; /* One byte and a line feed too much. */
    ssize_t size = -1;
    int fd = token->path[0] == '\0' ? -1 : open(token->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        size = read(fd, bytes, sizeof(bytes));
        close(fd);
    }
    struct slice text = slice_trim(slice_of(bytes, size > 0 ? (size_t)size : 0));
    struct slice known = slice_skip(slice_of(token->line, token->line_size), sizeof(PREFIX) - 1);
    if (text.size > AGENT_TOKEN_MAX || !secret_is_token(text) ||
        slice_equal(slice_trim(known), text)) {
        return false;
    }
    put_line(token, text);
    return true;
}

static bool only_ours(int fd)
{
    struct stat found;
    return fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
           (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* Whether what was kept is there, is of this ARN, and was nobody else's to write. */
static bool read_kept(struct token *token)
{
    char bytes[FILE_SIZE_MAX];
    struct slice arn;
    struct slice text;
    ssize_t size = -1;
    int fd = token->path[0] == '\0'
                 ? -1
                 : open(token->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    if (only_ours(fd)) {
        size = read(fd, bytes, sizeof(bytes));
    }
    close(fd);
    if (size <= 0 || !slice_cut(slice_of(bytes, (size_t)size), '\n', &arn, &text) ||
        !slice_equal(arn, token->settings->name.arn) || !secret_is_token(text)) {
        return false;
    }
    put_line(token, text);
    token->cached = true;
    return true;
}

/* It may fail: then the next process asks again. */
static void keep(const struct token *token, struct slice text)
{
    char bytes[FILE_SIZE_MAX];
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    buf_append(&out, token->settings->name.arn);
    buf_append_text(&out, "\n");
    buf_append(&out, text);
    if (token->path[0] == '\0' || buf_overflowed(&out)) {
        return;
    }
    /* A new file, so that nobody has it open and its mode is ours. */
    (void)unlink(token->path);
    int fd = open(token->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return;
    }
    ssize_t written = write(fd, out.base, out.size);
    close(fd);
    if (written != (ssize_t)out.size) {
        (void)unlink(token->path);
    }
}

/* ---- Asking. ---- */

/* Whether AWS is asked.  In a build without TLS that is never so, which the compiler knows. */
static bool asks(const struct token_settings *settings)
{
    return tls_available() && settings->name.arn.size > 0;
}

void token_init(struct token *token, struct loop *loop, const struct token_settings *settings,
                token_done *done, void *context)
{
    token->settings = settings;
    token->done = done;
    token->context = context;
    token->due_ns = UINT64_MAX;
    token->state = asks(settings) ? TOKEN_MISSING : TOKEN_NONE;
    if (token->state == TOKEN_NONE) {
        (void)slice_copy_text(settings->file, token->path, sizeof(token->path));
        if (settings->text.size > 0) {
            put_line(token, settings->text);
        }
        return;
    }
    const struct peer_target api = {.host = settings->api.host,
                                    .port = settings->api.port,
                                    .tls = settings->api.tls,
                                    .roots_path = settings->roots_path,
                                    .proxy = settings->proxy};
    const struct peer_target container = {.host = settings->container.host,
                                          .port = settings->container.port};
    (void)slice_copy_text(settings->cache, token->path, sizeof(token->path));
    peer_init(&token->api, loop, on_api_answer, token);
    peer_init(&token->container, loop, on_key_answer, token);
    /* What no name can be was refused with the settings. */
    ENSURE(peer_set_target(&token->api, &api) == STATUS_OK);
    ENSURE(peer_set_target(&token->container, &container) == STATUS_OK);
}

void token_begin(struct token *token, uint64_t now_ns)
{
    if (asks(token->settings) && !read_kept(token)) {
        (void)!token_ask(token, now_ns);
    }
}

bool token_missing(const struct token *token)
{
    return token->state != TOKEN_NONE && token->state != TOKEN_HERE;
}

static void end(struct token *token, const char *reason)
{
    token->due_ns = UINT64_MAX;
    if (reason != NULL) {
        token->state = TOKEN_MISSING;
    }
    token->done(token->context, reason);
}

static bool ask_api(struct token *token)
{
    const struct token_settings *settings = token->settings;
    struct buf head;
    struct buf body;
    const struct secret_request request = {
        .host = settings->api.authority,
        .path = settings->api.path.size > 0 ? settings->api.path : SLICE("/"),
        .wall_ns = clock_wall_ns(),
        .key = token->key,
    };
    buf_init_fixed(&head, token->head, sizeof(token->head));
    buf_init_fixed(&body, token->body, sizeof(token->body));
    if (!secret_ask(&settings->name, &request, &head, &body)) {
        return false;
    }
    token->state = TOKEN_ASKING;
    peer_request(&token->api, buf_bytes(&head), buf_bytes(&body));
    return true;
}

static bool ask_container(struct token *token)
{
    const struct token_settings *settings = token->settings;
    struct buf head;
    buf_init_fixed(&head, token->head, sizeof(token->head));
    format_append(&head, "GET " SLICE_FMT " HTTP/1.1\r\nHost: " SLICE_FMT "\r\n",
                  SLICE_ARG(settings->container.path), SLICE_ARG(settings->container.authority));
    if (settings->container_authorization.size > 0) {
        format_append(&head, "Authorization: " SLICE_FMT "\r\n",
                      SLICE_ARG(settings->container_authorization));
    }
    buf_append_text(&head, "\r\n");
    if (buf_overflowed(&head)) {
        return false;
    }
    token->state = TOKEN_ASKING_KEY;
    peer_request(&token->container, buf_bytes(&head), SLICE_EMPTY);
    return true;
}

bool token_ask(struct token *token, uint64_t now_ns)
{
    if (token->state == TOKEN_ASKING || token->state == TOKEN_ASKING_KEY) {
        return true;
    }
    if (!asks(token->settings) || now_ns < token->next_ns) {
        return false;
    }
    token->next_ns = now_ns + AGENT_TOKEN_RETRY_NS;
    token->due_ns = now_ns + AGENT_TOKEN_TIMEOUT_NS;
    token->key = token->settings->key;
    bool begun = token->key.access_key_id.size > 0 ? ask_api(token) : ask_container(token);
    if (!begun) {
        token->due_ns = UINT64_MAX;
    }
    return begun;
}

static void on_key_answer(void *context, const struct client_answer *answer)
{
    struct token *token = context;
    struct buf texts;
    buf_init_fixed(&texts, token->key_texts, sizeof(token->key_texts));
    if (!answer->ok || answer->head->status != STATUS_OK_HTTP ||
        !secret_read_key(answer->body, &token->key, &texts) || !ask_api(token)) {
        end(token, "the container gives no credentials for its token");
    }
}

static void on_api_answer(void *context, const struct client_answer *answer)
{
    struct token *token = context;
    char bytes[AGENT_TOKEN_MAX];
    struct buf text;
    buf_init_fixed(&text, bytes, sizeof(bytes));
    if (!answer->ok) {
        end(token, "AWS cannot be reached for its token");
    } else if (answer->head->status != STATUS_OK_HTTP) {
        end(token,
            "AWS refuses its token: the function's role may not read it, or it does not exist");
    } else if (!secret_read(&token->settings->name, answer->body, &text)) {
        end(token, "what AWS has for it is no token");
    } else {
        put_line(token, buf_bytes(&text));
        token->cached = false;
        keep(token, buf_bytes(&text));
        end(token, NULL);
    }
}

/* ---- What becomes of it. ---- */

struct slice token_line(const struct token *token)
{
    return token->state == TOKEN_HERE ? slice_of(token->line, token->line_size) : SLICE_EMPTY;
}

bool token_refused(struct token *token, unsigned number, uint64_t now_ns)
{
    if (number != token->number) {
        return true;
    }
    if (!asks(token->settings)) {
        return read_again(token);
    }
    /* Of requests that were sent together, the first refusal has asked already. */
    if (token->state == TOKEN_ASKING_KEY || token->state == TOKEN_ASKING) {
        return true;
    }
    /* One that was kept may be old: that is no reason to wait. */
    if (token->state != TOKEN_HERE || (!token->cached && now_ns < token->again_ns)) {
        return false;
    }
    token->again_ns = now_ns + AGENT_TOKEN_REFRESH_NS;
    token->state = TOKEN_MISSING;
    return token_ask(token, now_ns);
}

void token_renew(struct token *token)
{
    if (!asks(token->settings)) {
        (void)!read_again(token);
        return;
    }
    peer_renew(&token->api);
    peer_renew(&token->container);
    token->due_ns = UINT64_MAX;
    token->next_ns = 0;
    token->state = TOKEN_MISSING;
}

uint64_t token_due_ns(const struct token *token)
{
    return token->due_ns;
}

void token_time(struct token *token, uint64_t now_ns)
{
    if (!asks(token->settings) || now_ns < token->due_ns) {
        return;
    }
    peer_cancel(&token->api);
    peer_cancel(&token->container);
    end(token, "AWS does not answer for its token");
}
