// The same pages, embedded in the real collector, with what real agents would have sent.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { buildShop } from "./fixtures.mjs";
import { assertNoFaults, launch, openPage, overflow, picture, visit } from "./lib.mjs";
import { contentSecurityPolicy } from "./mock-server.mjs";
import { functions } from "./parts.mjs";
import { wireOf } from "./wire.mjs";

const binary = process.env.THAW_COLLECTOR;
const server = { url: "", process: null, folder: "" };
let browser;
let shop;
let ended;

/** Start a collector on a free port and wait until it says where it listens. */
function start(server, ...options) {
    server.folder = mkdtempSync(path.join(tmpdir(), "thaw-browser-"));
    const data = ["--data", path.join(server.folder, "data"), "--listen", "127.0.0.1:0"];
    server.process = spawn(binary, [...data, ...options], { stdio: ["ignore", "pipe", "inherit"] });
    return new Promise((resolve, reject) => {
        let said = "";
        server.process.stdout.on("data", (bytes) => {
            said += bytes;
            const match = /listening on (\S+)/.exec(said);
            if (match) {
                server.url = `http://${match[1]}`;
                resolve();
            }
        });
        server.process.on("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
    });
}

async function stop(server) {
    server.process.removeAllListeners("exit");
    const ended = new Promise((resolve) => server.process.on("exit", resolve));
    server.process.kill("SIGTERM");
    await ended;
    rmSync(server.folder, { recursive: true });
}

async function send({ path: where, body }) {
    const answer = await fetch(server.url + where, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
}

before(async () => {
    await start(server);
    shop = buildShop(Date.now(), 7);
    ended = shop.instances.filter((each) => each.end !== null);
    ended.at(-1).dropped = 3;
    for (const body of wireOf(shop, functions)) {
        await send(body);
    }
    browser = await launch();
});
after(async () => {
    await browser?.close();
    await stop(server);
});

const shared = () =>
    shop.details.find(
        (each) => each.invocations.some((row) => row.shared) && each.invocations[0].cold,
    );

test("it serves the dashboard with its policy, and an ETag that is believed", async () => {
    for (const where of ["/", "/functions/x", "/transactions/abc", "/search", "/app.js"]) {
        const answer = await fetch(server.url + where);
        assert.equal(answer.status, 200, where);
        assert.equal(answer.headers.get("content-security-policy"), contentSecurityPolicy);
        const again = await fetch(server.url + where, {
            headers: { "If-None-Match": answer.headers.get("etag") },
        });
        assert.equal(again.status, 304, where);
    }
    assert.equal((await fetch(`${server.url}/no-such-file.js`)).status, 404);
});

test("every page shows the shop without a fault, at every width", async () => {
    for (const width of [1440, 390]) {
        const page = await openPage(browser, { width });
        const pages = {
            overview: "/",
            function: "/functions/checkout",
            transaction: `/transactions/${shared().id}`,
            search: "/search?range=24h",
            cost: "/cost?range=24h",
            explore: "/explore?range=24h&expr=thaw_function_invocations_total",
            tail: "/tail",
            alerts: "/alerts",
            status: "/status",
        };
        for (const [name, where] of Object.entries(pages)) {
            await visit(page, server, where);
            assert.equal(await page.locator("[data-state=error]").count(), 0, name);
            const text = await page.locator("main").textContent();
            assert.ok(!/undefined|NaN|\[object/.test(text), name);
            assert.equal(await overflow(page), 0, name);
            await picture(page, `collector-${name}-${width}`);
        }
        assertNoFaults(page);
        await page.context().close();
    }
});

test("the overview counts what was sent", async () => {
    const page = await openPage(browser);
    await visit(page, server, "/?range=12h");
    const shown = await page.locator("[data-tile=Invocations] .tileValue").textContent();
    assert.equal(shown, String(shop.invocations.length));
    assert.equal(await page.locator(".functionsPanel tbody tr").count(), 5);
    await page.context().close();
});

test("what agents did not send is told by reason, of all, of a function, of an instance", async () => {
    const page = await openPage(browser);
    const cells = async (name) =>
        (await page.locator(`[data-unsent=${name}] tr`).allInnerTexts()).map((row) =>
            row.trim().split(/\s*\t\s*/),
        );
    await visit(page, server, "/status?live=0");
    await page.waitForSelector(".unsent");
    assert.deepEqual(await cells("dropped"), [["no room to wait", "3"]]);
    assert.deepEqual(await cells("left_out"), [
        ["lines of invocations without errors", String(7 * ended.length)],
    ]);
    const name = ended.at(-1).function;
    await visit(page, server, `/functions/${name}?range=12h&live=0`);
    await page.waitForSelector(".agentCost .unsent");
    assert.deepEqual(await cells("dropped"), [["no room to wait", "3"]]);
    assert.deepEqual(await cells("left_out"), [
        [
            "lines of invocations without errors",
            String(7 * ended.filter((each) => each.function === name).length),
        ],
    ]);
    assert.equal(
        await page.locator(".laneEnd .icon-warning").getAttribute("aria-label"),
        "its agent dropped 3 records: no room to wait 3",
    );
    assertNoFaults(page);
    await page.context().close();
});

test("any id of a request opens its transaction: the same rows, lines and cold starts", async () => {
    const page = await openPage(browser);
    const detail = shared();
    const ids = [detail.id, detail.invocations[0].request_id, detail.invocations[1].request_id];
    for (const id of ids) {
        await visit(page, server, "/");
        await page.fill("#search", id);
        await page.press("#search", "Enter");
        await page.waitForSelector(".wfRow");
        for (const row of detail.invocations) {
            const rows = page.locator(".wfRow[data-type=invocation]", {
                hasText: `${row.function} #1`,
            });
            assert.ok((await rows.count()) > 0, `${row.function} by ${id}`);
        }
        const lines = await page.locator(".logText").allTextContents();
        assert.deepEqual(new Set(lines), new Set(detail.logs.map((log) => log.body)));
        assert.match(
            await page.locator(".honesty").textContent(),
            /notify serves \d+ transactions/,
        );
        const segments = await page.$$eval(".segment", (all) =>
            all.map((each) => each.dataset.segment),
        );
        for (const name of ["init", "handler", "post_handler"]) {
            assert.ok(segments.includes(name), name);
        }
    }
    await page.context().close();
});

test("a search with its filters and its cursor agrees with the API", async () => {
    const page = await openPage(browser);
    await visit(page, server, "/search?range=24h&live=0&q=cold");
    const answer = await fetch(`${server.url}/api/thaw/v1/transactions?q=cold&from=0&limit=1000`);
    const { transactions } = await answer.json();
    assert.equal(await page.locator("tbody tr").count(), Math.min(50, transactions.length));
    await visit(page, server, "/search?range=24h&live=0");
    await page.getByRole("button", { name: "Show 50 more" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 100);
    await visit(page, server, "/search?q=duration:>nonsense");
    await page.waitForSelector("[data-state=error] mark");
    assert.match(await page.locator("[data-state=error]").first().textContent(), /nonsense/);
    await page.context().close();
});

test("a collector with tokens lets the page in, and nothing else before the token", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "thaw-browser-"));
    const file = path.join(folder, "tokens");
    const token = "a-token-of-sixteen-or-more";
    writeFileSync(file, `${token}\n`);
    const guarded = {};
    await start(guarded, "--token-file", file);
    const page = await openPage(browser);
    assert.equal((await fetch(`${guarded.url}/api/thaw/v1/status`)).status, 401);
    await visit(page, guarded, "/status");
    await page.fill("input[name=token]", token);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.waitForSelector(".statusGrid");
    assertNoFaults(page);
    await page.context().close();
    await stop(guarded);
    rmSync(folder, { recursive: true });
});
