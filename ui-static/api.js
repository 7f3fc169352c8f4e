/**
 * The collector's API.  The only module that fetches.
 */

import { createEventReader } from "./model/events.js";

const base = "/api/thaw/v1/";
/** Prometheus's API, which the collector answers, too. */
export const prometheus = "/api/v1/";
const timeoutMs = 30_000;
/** Answers kept for conditional requests; a page asks for fewer than ten things. */
const keptMax = 48;
const kept = new Map();

/** What went wrong with one request, in words for the reader. */
export class ApiError extends Error {
    constructor(message, { status = 0, code = "", hint = "", position = null, length = 0, mistakes = [] } = {}) {
        super(message);
        this.name = "ApiError";
        this.status = status;
        this.code = code;
        this.hint = hint;
        /** Where in the query it is, in characters; null where it is about no place. */
        this.position = position;
        this.length = length;
        /** What is wrong in a text that was sent: {line, column, message}. */
        this.mistakes = mistakes;
    }
}

/**
 * The token this tab sends, if any.  Kept for the tab only.
 * @param {string | null} value
 */
export function setToken(value) {
    try {
        if (value) {
            sessionStorage.setItem("thaw.token", value);
        } else {
            sessionStorage.removeItem("thaw.token");
        }
    } catch {
        // Without storage the token is asked for again.
    }
    kept.clear();
}

function token() {
    try {
        return sessionStorage.getItem("thaw.token");
    } catch {
        return null;
    }
}

/**
 * The address of one call; null and "" parameters are left out.
 * @param {string[]} path
 * @param {Object<string, any>} [parameters]
 * @param {string} [root]
 * @returns {string}
 */
export function address(path, parameters = {}, root = base) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== null && value !== undefined && value !== "") {
            query.set(name, String(value));
        }
    }
    const text = query.toString();
    return root + path.map(encodeURIComponent).join("/") + (text === "" ? "" : `?${text}`);
}

async function failure(response) {
    let error = {};
    let mistakes = [];
    try {
        const answer = await response.json();
        mistakes = Array.isArray(answer.mistakes) ? answer.mistakes : [];
        error = answer.error ?? {};
        error = typeof error === "string" ? { message: error } : error;
    } catch {
        // The status says enough.
    }
    const words = {
        401: "This collector asks for a token.",
        403: "This token may not read.",
        404: "Not found.",
        429: "The collector asks for fewer requests.",
        503: "The collector is not ready.",
    };
    return new ApiError(
        error.message ||
            words[response.status] ||
            `The collector answered with status ${response.status}.`,
        {
            status: response.status,
            code: error.code ?? "",
            hint: error.hint ?? "",
            position: error.position ?? null,
            length: error.length ?? 0,
            mistakes,
        },
    );
}

/**
 * Ask for one thing.
 * @param {string[]} path
 * @param {Object<string, any>} [parameters]
 * @param {AbortSignal} [signal]
 * @param {string} [root]
 * @returns {Promise<{data: any, unchanged: boolean}>} unchanged: the same as the last answer.
 */
export async function get(path, parameters = {}, signal = undefined, root = base) {
    const url = address(path, parameters, root);
    const headers = { Accept: "application/json" };
    const before = kept.get(url);
    if (before) {
        headers["If-None-Match"] = before.etag;
    }
    if (token()) {
        headers.Authorization = `Bearer ${token()}`;
    }
    const timeout = AbortSignal.timeout(timeoutMs);
    const signals = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
        const response = await fetch(url, { headers, signal: signals, cache: "no-store" });
        if (response.status === 304 && before) {
            return { data: before.data, unchanged: true };
        }
        if (!response.ok) {
            throw await failure(response);
        }
        const data = await response.json();
        const etag = response.headers.get("ETag");
        if (etag) {
            kept.delete(url);
            kept.set(url, { etag, data });
            if (kept.size > keptMax) {
                kept.delete(kept.keys().next().value);
            }
        }
        return { data, unchanged: false };
    } catch (error) {
        throw explain(error, signal);
    }
}

/**
 * Change something, or ask what takes a body.
 * @param {"POST" | "DELETE"} method
 * @param {string[]} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} The answer; null where there is none.
 */
export async function send(method, path, body = undefined, signal = undefined) {
    const headers = { Accept: "application/json" };
    if (body !== undefined) {
        headers["Content-Type"] = "application/json";
    }
    if (token()) {
        headers.Authorization = `Bearer ${token()}`;
    }
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
        const response = await fetch(address(path), {
            method,
            headers,
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
            cache: "no-store",
        });
        if (!response.ok) {
            throw await failure(response);
        }
        return response.status === 204 ? null : await response.json();
    } catch (error) {
        throw explain(error, signal);
    }
}

/**
 * Post JSON, and take the answer.
 * @param {string[]} path
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function post(path, body, signal) {
    return send("POST", path, body, signal);
}

/**
 * Follow a stream of server-sent events until it ends or the signal says so.
 * @param {string[]} path
 * @param {Object<string, any>} parameters
 * @param {(event: {event: string, data: any, id: string | null}) => void} take
 * @param {AbortSignal} signal
 * @returns {Promise<void>} When the collector ended it; rejected when it broke or was refused.
 */
export async function follow(path, parameters, take, signal) {
    const headers = { Accept: "text/event-stream" };
    if (token()) {
        headers.Authorization = `Bearer ${token()}`;
    }
    try {
        const response = await fetch(address(path, parameters), {
            headers,
            signal,
            cache: "no-store",
        });
        if (!response.ok) {
            throw await failure(response);
        }
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        const events = createEventReader();
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                return;
            }
            for (const { event, data, id } of events.push(value)) {
                take({ event, id, data: JSON.parse(data) });
            }
        }
    } catch (error) {
        throw explain(error, signal);
    }
}

function explain(error, signal) {
    if (error instanceof ApiError || signal?.aborted) {
        return error;
    }
    if (error.name === "TimeoutError") {
        return new ApiError(`The collector has not answered for ${timeoutMs / 1000} seconds.`);
    }
    if (error instanceof SyntaxError) {
        return new ApiError("The collector's answer is not JSON.", {
            hint: "Something between this page and the collector may have changed it.",
        });
    }
    return new ApiError("The collector cannot be reached.", {
        hint: "Is thaw-collector running, and is this page's address still its address?",
    });
}
