// Serves ui-static as the collector does (paths, content types, security headers) with fixture data
// in the shapes of docs/reference/api.md.  As a program: node mock-server.mjs [PORT].

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { costAnswer } from "./costs.mjs";
import * as fixtures from "./fixtures.mjs";
import * as scenes from "./scenes.mjs";
import * as telling from "./telling.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../ui-static");
const vendor = path.join(root, "node_modules/uplot/dist");
const api = "/api/thaw/v1/";

export const contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const types = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
};

function securityHeaders(response) {
    response.setHeader("Content-Security-Policy", contentSecurityPolicy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
}

function send(request, response, status, type, body) {
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
    response.setHeader("Content-Type", type);
    response.setHeader("ETag", etag);
    response.setHeader("Cache-Control", "no-cache");
    if (status === 200 && request.headers["if-none-match"] === etag) {
        response.writeHead(304).end();
        return;
    }
    response.writeHead(status).end(request.method === "HEAD" ? undefined : body);
}

function sendFile(request, response, pathname) {
    const file = pathname.startsWith("/vendor/uplot/")
        ? path.join(vendor, path.basename(pathname))
        : path.join(root, pathname);
    const wanted = decodeURIComponent(pathname).includes(".")
        ? file
        : path.join(root, "index.html");
    if (!wanted.startsWith(root) || wanted.includes("node_modules/.") || !existsSync(wanted)) {
        send(request, response, 404, "text/plain; charset=utf-8", "not found\n");
        return;
    }
    send(
        request,
        response,
        200,
        types[path.extname(wanted)] ?? "application/octet-stream",
        readFileSync(wanted),
    );
}

function failure(status, code, message, hint) {
    return { status, body: { error: { code, message, hint } } };
}

function rangeOf(query, nowMs) {
    const from = query.get("from");
    const to = query.get("to");
    return {
        fromMs: from === null ? nowMs - 3_600_000 : Number(from),
        toMs: to === null ? nowMs : Number(to),
    };
}

function seriesOf(shop, fromMs, toMs, name) {
    return shop.series?.(fromMs, toMs, name) ?? fixtures.series(shop, fromMs, toMs, name);
}

/** The answer of the shop to one path: {status, body}. */
export function answer(shop, pathname, query) {
    const { fromMs, toMs } = rangeOf(query, shop.nowMs);
    const parts = pathname.slice(api.length).split("/").map(decodeURIComponent);
    const name = query.get("function");
    switch (parts[0]) {
        case "functions": {
            const rows =
                shop.functionRows?.(fromMs, toMs) ?? fixtures.functionRows(shop, fromMs, toMs);
            if (parts.length === 1) {
                return {
                    status: 200,
                    body: { functions: rows, from: fixtures.ns(fromMs), to: fixtures.ns(toMs) },
                };
            }
            const mine = rows.filter((row) => row.name === parts[1]);
            return mine.length > 0 || shop.invocations.some((row) => row.function === parts[1])
                ? {
                      status: 200,
                      body: {
                          name: parts[1],
                          rows: mine,
                          series: seriesOf(shop, fromMs, toMs, parts[1]),
                      },
                  }
                : failure(
                      404,
                      "not_found",
                      "no such function",
                      "GET functions lists those that were seen",
                  );
        }
        case "series":
            return { status: 200, body: seriesOf(shop, fromMs, toMs, name) };
        case "transactions":
            if (parts[1] === "histogram") {
                return countTransactions(shop, query, fromMs, toMs);
            }
            return parts.length === 1
                ? listTransactions(shop, query, fromMs, toMs)
                : oneTransaction(shop, parts[1]);
        case "logs":
            return parts.length === 1
                ? listLogs(shop, query, fromMs, toMs)
                : countLogs(shop, query, fromMs, toMs);
        case "instances":
            return {
                status: 200,
                body:
                    shop.lanes?.(name) ??
                    fixtures.lanes(shop, name, Number(query.get("limit") ?? 100)),
            };
        case "coldstarts":
            return { status: 200, body: fixtures.coldStarts(shop, name, fromMs, toMs) };
        case "cost": {
            const body = costAnswer(shop, parts[1], query, fromMs, toMs);
            return body === null
                ? failure(404, "not_found", "no such path", "see docs/reference/api.md")
                : { status: 200, body };
        }
        case "deploys":
        case "silences":
        case "notifications":
            return { status: 200, body: telling.told(shop, parts[0], query) };
        case "alerts":
            return { status: 200, body: shop.alerts ?? fixtures.alerts(shop) };
        case "rules":
            return { status: 200, body: shop.rules ?? fixtures.rules(shop) };
        case "status":
            return { status: 200, body: shop.status ?? fixtures.status(shop) };
        default:
            return failure(404, "not_found", "no such path", "see docs/reference/api.md");
    }
}

function oneTransaction(shop, id) {
    const key = id.startsWith("1-") ? id.slice(2).replaceAll("-", "") : id;
    const detail = shop.byId.get(key);
    return detail
        ? { status: 200, body: detail }
        : failure(
              404,
              "not_found",
              "nothing is stored under this id",
              "it may be older than the retention, or its records have not arrived yet",
          );
}

/** Enough of the language for these tests: terms that are joined by spaces. */
function testsOf(q, plain) {
    const open = q.split("(").length - q.split(")").length;
    if (open !== 0) {
        const position = open > 0 ? q.lastIndexOf("(") : q.indexOf(")");
        const failed = failure(
            400,
            "bad_query",
            "q: the parenthesis is not closed",
            "see docs/reference/search.md",
        );
        Object.assign(failed.body.error, { position, length: 1 });
        return failed;
    }
    return (q.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => {
        const [head, rest] = [
            word.split(":")[0],
            word.slice(word.indexOf(":") + 1).replaceAll('"', ""),
        ];
        return plain(word, word.includes(":") ? head : "", rest);
    });
}

/** How many rows there are in each of some steps. */
function tally(moments, fromMs, toMs) {
    const step = Math.max(1000, Math.ceil((toMs - fromMs) / 60 / 1000) * 1000);
    const first = Math.floor(fromMs / step) * step;
    const counts = Array.from({ length: Math.ceil((toMs - first) / step) }, () => 0);
    const errors = counts.map(() => 0);
    for (const { at, error } of moments) {
        const i = Math.floor((at - first) / step);
        counts[i] += 1;
        errors[i] += error ? 1 : 0;
    }
    return {
        status: 200,
        body: {
            step_ms: step,
            t: counts.map((_, i) => `${BigInt(first + i * step) * 1000000n}`),
            counts,
            errors,
            count: moments.length,
            reached: null,
            partial: false,
        },
    };
}

function allLogs(shop, query, fromMs, toMs) {
    const at = (log) => Number(BigInt(log.time) / 1000000n);
    const tests = testsOf(query.get("q") ?? "", (word, head, rest) => {
        if (head === "function") {
            return (log) => log.function === rest;
        }
        if (head === "level") {
            const least = { info: 9, warn: 13, error: 17 }[rest.replace(">=", "")] ?? 0;
            return (log) => (log.severity ?? 0) >= least;
        }
        const text = word.replaceAll('"', "").toLowerCase();
        return (log) => JSON.stringify(log.body).toLowerCase().includes(text);
    });
    if (!Array.isArray(tests)) {
        return tests;
    }
    return shop.details
        .flatMap((detail) => detail.logs.map((log) => ({ ...log, transaction: detail.id })))
        .filter((log) => at(log) >= fromMs && at(log) <= toMs && tests.every((test) => test(log)))
        .sort((a, b) => at(b) - at(a));
}

function listLogs(shop, query, fromMs, toMs) {
    const rows = allLogs(shop, query, fromMs, toMs);
    if (!Array.isArray(rows)) {
        return rows;
    }
    if (query.get("order") === "oldest") {
        rows.reverse();
    }
    const limit = Number(query.get("limit") ?? 50);
    const at = Number(query.get("cursor") ?? 0);
    return {
        status: 200,
        body: {
            logs: rows.slice(at, at + limit),
            next_cursor: at + limit < rows.length ? String(at + limit) : null,
            partial: shop.partial ?? false,
        },
    };
}

function countLogs(shop, query, fromMs, toMs) {
    const rows = allLogs(shop, query, fromMs, toMs);
    return Array.isArray(rows)
        ? tally(
              rows.map((log) => ({
                  at: Number(BigInt(log.time) / 1000000n),
                  error: (log.severity ?? 0) >= 17,
              })),
              fromMs,
              toMs,
          )
        : rows;
}

function countTransactions(shop, query, fromMs, toMs) {
    const all = new URLSearchParams(query);
    all.set("limit", "100000");
    all.delete("cursor");
    const answered = listTransactions(shop, all, fromMs, toMs);
    return answered.status === 200
        ? tally(
              answered.body.transactions.map((row) => ({
                  at: Number(BigInt(row.start) / 1000000n),
                  error: row.errors > 0,
              })),
              fromMs,
              toMs,
          )
        : answered;
}

function listTransactions(shop, query, fromMs, toMs) {
    const tests = testsOf(query.get("q") ?? "", (word, head, rest) => {
        if (head === "function") {
            return (row) => row.functions.includes(rest);
        }
        if (head === "id") {
            return (row) => row.trace_ids.includes(rest) || row.entry.request_id === rest;
        }
        if (["errors", "timeouts"].includes(word)) {
            return (row) => row[word] > 0;
        }
        return word === "cold"
            ? (row) => row.cold_starts > 0
            : (row) => JSON.stringify(row).includes(word);
    });
    if (!Array.isArray(tests)) {
        return tests;
    }
    const start = (row) => Number(BigInt(row.start) / 1000000n);
    const orders = {
        start: (a, b) => start(b) - start(a),
        elapsed: (a, b) => b.elapsed_ms - a.elapsed_ms,
        cost: (a, b) => Number(b.cost.amount) - Number(a.cost.amount),
        oldest: (a, b) => start(a) - start(b),
    };
    const rows = (shop.summaries ?? shop.details.map(fixtures.summary))
        .filter(
            (row) => start(row) >= fromMs && start(row) <= toMs && tests.every((test) => test(row)),
        )
        .sort(orders[query.get("order") ?? "start"] ?? orders.start);
    const limit = Number(query.get("limit") ?? 50);
    const at = Number(query.get("cursor") ?? 0);
    return {
        status: 200,
        body: {
            transactions: rows.slice(at, at + limit),
            next_cursor: at + limit < rows.length ? String(at + limit) : null,
            partial: shop.partial ?? false,
        },
    };
}

/** A stream that the test feeds: mock.tell(event, data) to all that follow. */
function openTail(mock, response) {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.on("close", () => mock.tails.delete(response));
    mock.tails.add(response);
    response.write(`event: hello\ndata: {"rate":200}\n\n`);
}

/** Something is to be changed, once all of it has come; `mock.changes` lists what. */
function takeChange(mock, shop, request, response, pathname) {
    request.resume();
    request.on("end", () => {
        const parts = pathname.slice(api.length).split("/").map(decodeURIComponent);
        const body = request.method === "POST" ? mock.bodies.at(-1) : null;
        const answered = telling.changed(shop, request.method, parts, body);
        mock.changes.push({ method: request.method, parts, body });
        response.setHeader("Content-Type", "application/json");
        response.writeHead(answered.status).end(answered.body && JSON.stringify(answered.body));
    });
}

/**
 * Start a server.  `server.scene = "empty"` (any of scenes.mjs) changes what it answers,
 * `server.intercept = (pathname, query) => {status, body, headers, delayMs} | null` overrides one
 * answer, `server.requests` lists what was asked.
 */
export async function startMock({ port = 0, scene = "shop", nowMs = Date.now() } = {}) {
    const shops = new Map();
    const mock = { scene, nowMs, intercept: null, requests: [], changes: [], bodies: [], url: "" };
    const shopOf = () => {
        const key = `${mock.scene} ${mock.nowMs}`;
        if (!shops.has(key)) {
            shops.set(key, scenes.build(mock.scene, mock.nowMs));
        }
        return shops.get(key);
    };
    mock.shop = shopOf;
    mock.tails = new Set();
    mock.told = 0;
    mock.tell = (event, data) => {
        mock.told++;
        for (const response of mock.tails) {
            response.write(`event: ${event}\nid: ${mock.told}\ndata: ${JSON.stringify(data)}\n\n`);
        }
    };
    const server = createServer((request, response) => {
        const url = new URL(request.url, "http://localhost");
        const pathname = request.url.split("?")[0];
        securityHeaders(response);
        if (!pathname.startsWith("/api/")) {
            sendFile(request, response, pathname);
            return;
        }
        mock.requests.push(request.url);
        if (request.method === "POST") {
            const pieces = [];
            request.on("data", (piece) => pieces.push(piece));
            request.on("end", () => mock.bodies.push(JSON.parse(Buffer.concat(pieces))));
        }
        if (pathname === `${api}tail` && !mock.intercept?.(pathname, url.searchParams, request)) {
            openTail(mock, response);
            return;
        }
        mock.lastHeaders = request.headers;
        if (request.method !== "GET" && pathname.startsWith(`${api}silences`)) {
            takeChange(mock, shopOf(), request, response, pathname);
            return;
        }
        const {
            status,
            body,
            headers = {},
            delayMs = 0,
        } = mock.intercept?.(pathname, url.searchParams, request) ??
        answer(shopOf(), pathname, url.searchParams);
        for (const [name, value] of Object.entries(headers)) {
            response.setHeader(name, value);
        }
        setTimeout(
            () =>
                send(
                    request,
                    response,
                    status,
                    "application/json",
                    typeof body === "string" ? body : JSON.stringify(body),
                ),
            delayMs,
        );
    });
    await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
    mock.url = `http://127.0.0.1:${server.address().port}`;
    mock.close = () =>
        new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
        });
    return mock;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const mock = await startMock({
        port: Number(process.argv[2] ?? 0),
        scene: process.argv[3] ?? "shop",
    });
    console.log(`mock collector on ${mock.url}`);
}
