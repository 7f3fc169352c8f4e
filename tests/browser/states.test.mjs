// Loading, empty, error, data; and what a live page does between them.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { status } from "./fixtures.mjs";
import { assertNoFaults, launch, openPage, overflow, settled, visit } from "./lib.mjs";
import { contentSecurityPolicy, startMock } from "./mock-server.mjs";

let browser;
let mock;
before(async () => {
    browser = await launch();
    mock = await startMock();
});
afterEach(() => {
    mock.intercept = null;
    mock.scene = "shop";
});
after(async () => {
    await browser.close();
    await mock.close();
});

const pages = () => [
    "/",
    "/functions/checkout",
    `/transactions/${mock.shop().details[0]?.id ?? "none"}`,
    "/search",
    "/cost",
    "/alerts",
    "/status",
];
const problem = (status, message, hint = "") => ({
    status,
    body: { error: { code: "x", message, hint } },
});

test("while an answer is slow the page says that it loads, and then has the data", async () => {
    const page = await openPage(browser);
    for (const path of pages()) {
        let release;
        const held = new Promise((resolve) => {
            release = resolve;
        });
        await page.route("**/api/**", async (route) => {
            await held;
            await route.continue();
        });
        await page.goto(mock.url + path);
        await page.waitForSelector("[aria-busy=true] .skeleton");
        release();
        await settled(page);
        assert.equal(await page.locator(".skeleton").count(), 0, path);
        await page.unroute("**/api/**");
    }
    assertNoFaults(page);
    await page.context().close();
});

test("nothing there: every page says so and what to do next", async () => {
    const page = await openPage(browser);
    mock.scene = "empty";
    const expected = {
        "/": /No function has reported[\s\S]*THAW_ENDPOINT/,
        "/functions/x": /Nothing is known of this function/,
        "/transactions/4bf92f3577b34da6a3ce929d0e0e4736": /Nothing is stored under this id/,
        "/search": /No transaction in this time/,
        "/search?q=errors": /No transaction matches/,
        "/cost": /Nothing was billed/,
        "/alerts": /No alert has fired/,
    };
    for (const [path, words] of Object.entries(expected)) {
        await visit(page, mock, path);
        const state = page.locator("[data-state=empty]").filter({ hasText: words });
        assert.ok(
            (await state.count()) > 0,
            `${path}: ${await page.locator("main").textContent()}`,
        );
        assert.ok((await state.locator("a, button").count()) > 0, `${path} offers nothing to do`);
    }
    await visit(page, mock, "/");
    assert.match(
        await page.locator(".attention").textContent(),
        /Nothing\. Rules were last evaluated/,
    );
    assertNoFaults(page);
    await page.context().close();
});

test("an error says what failed, offers to try again, and trying again recovers", async () => {
    const page = await openPage(browser);
    for (const path of pages()) {
        mock.intercept = () => problem(500, "the index is being rebuilt", "wait a minute");
        await visit(page, mock, path);
        const state = page.locator("[data-state=error]").first();
        assert.match(
            await state.textContent(),
            /the index is being rebuilt[\s\S]*wait a minute/,
            path,
        );
        mock.intercept = null;
        for (let left = await page.locator("[data-state=error] button").count(); left > 0; left--) {
            await page.locator("[data-state=error] button").first().click();
            await page.waitForFunction(
                (before) => document.querySelectorAll("[data-state=error]").length < before,
                left,
            );
        }
        await settled(page);
        assert.equal(await page.locator("[data-state=error]").count(), 0, path);
    }
    await page.context().close();
});

test("a collector that is not ready, not reachable, or talks rubbish is told apart", async () => {
    const page = await openPage(browser);
    const text = async () => await page.locator("[data-state=error]").first().textContent();
    mock.intercept = () => ({ status: 503, body: "", headers: { "Retry-After": "5" } });
    await visit(page, mock, "/status");
    assert.match(await text(), /not ready/);
    mock.intercept = () => ({ status: 200, body: "<html>proxy</html>" });
    await visit(page, mock, "/status");
    assert.match(await text(), /not JSON/);
    await page.route("**/api/**", (route) => route.abort());
    await visit(page, mock, "/status");
    assert.match(await text(), /cannot be reached/);
    await page.context().close();
});

test("the status page tells who is connected, and which new files are not used", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/status?live=0");
    const box = page.locator(".statusBox", { hasText: "Connections" });
    assert.match(await box.textContent(), /CN=collector\.example/);
    assert.equal(await page.locator(".banner[data-state=bad]").count(), 0);
    const reason = "TLS key /etc/thaw/key.pem: it is not the key to the certificate";
    const given = status(mock.shop());
    given.http.tls.reload_error = reason;
    mock.intercept = (pathname) =>
        pathname.endsWith("/status") ? { status: 200, body: given } : null;
    await visit(page, mock, "/status?live=0");
    assert.match(await page.locator(".banner[data-state=bad]").textContent(), /not the key/);
    await page.context().close();
});

test("what is kept of each function is counted when it is asked for", async () => {
    const page = await openPage(browser, { width: 360 });
    const functions = [
        { function: "checkout", spans: 120000, lines: 48000, bytes: 5 * 2 ** 20 },
        { function: "<img src=x>", spans: 0, lines: 12, bytes: 2 ** 10 },
    ];
    mock.intercept = (pathname) =>
        pathname === "/api/thaw/v1/stored"
            ? {
                  status: 200,
                  body: {
                      functions,
                      spans: 120000,
                      lines: 48012,
                      bytes: 5 * 2 ** 20 + 2 ** 10,
                      disk_bytes: 6 * 2 ** 20,
                      partial: { reason: "there was no time for the rest" },
                  },
              }
            : null;
    await visit(page, mock, "/status?live=0");
    assert.ok(!mock.requests.some((each) => each.includes("/stored")));
    await page.locator(".stored summary").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".stored tbody tr");
    const text = await page.locator(".stored").textContent();
    assert.match(text, /120,000/);
    assert.match(text, /5\.0?0?\s*MiB/);
    assert.match(text, /no time for the rest/);
    assert.match(text, /belong to no function alone/);
    assert.equal(await page.locator("main img").count(), 0);
    assert.equal(await page.locator(".stored a").first().getAttribute("href"), `${mock.url}/functions/checkout?live=0`);
    assert.equal(await overflow(page), 0);
    mock.intercept = null;
    await page.context().close();
});

test("a collector with tokens asks for one and sends it, for this tab only", async () => {
    const page = await openPage(browser);
    mock.intercept = (pathname, query, request) =>
        request.headers.authorization === "Bearer s3cret"
            ? null
            : problem(401, "a bearer token is needed");
    await visit(page, mock, "/status?live=0");
    await page.fill("input[name=token]", "s3cret");
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.waitForSelector(".statusGrid");
    await page.reload();
    await page.waitForSelector(".statusGrid");
    assert.ok(!page.url().includes("s3cret"));
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("s3cret")), false);
    await page.context().close();
});

test("a refresh that fails keeps what is shown and says that it is older", async () => {
    const page = await openPage(browser);
    await visit(page, mock, "/status?range=5m");
    mock.intercept = () => problem(503, "the disk is full");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForSelector(".stale:not([hidden])");
    assert.match(await page.locator(".stale").first().textContent(), /the disk is full/);
    assert.ok(await page.locator(".statusGrid").isVisible());
    mock.intercept = null;
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForSelector(".stale", { state: "hidden" });
    await page.context().close();
});

test("live asks again, with the answer's ETag; not live, and hidden, do not", async () => {
    const page = await openPage(browser);
    await page.clock.install();
    await page.goto(`${mock.url}/alerts?range=5m`);
    await page.waitForSelector(".alertCard");
    const asked = () => mock.requests.filter((url) => url.includes("/alerts")).length;
    const before = asked();
    await page.clock.runFor(6000);
    await page.waitForFunction(() => true);
    assert.ok(asked() > before, "asked again");
    assert.match(mock.lastHeaders["if-none-match"] ?? "", /^"/);
    await page.evaluate(() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    });
    const hidden = asked();
    await page.clock.runFor(60_000);
    assert.equal(asked(), hidden);
    await page.goto(`${mock.url}/alerts?range=5m&live=0`);
    await page.waitForSelector(".alertCard");
    const still = asked();
    await page.clock.runFor(60_000);
    assert.equal(asked(), still);
    await page.context().close();
});

test("one request at a time per panel, however slow the answers", async () => {
    const page = await openPage(browser);
    let open = 0;
    let most = 0;
    mock.intercept = (pathname) => {
        if (pathname.endsWith("/rules")) {
            open += 1;
            most = Math.max(most, open);
            setTimeout(() => {
                open -= 1;
            }, 400);
            return { status: 200, body: { rules: [] }, delayMs: 400 };
        }
        return null;
    };
    await page.goto(`${mock.url}/alerts?range=5m`);
    for (let i = 0; i < 5; i++) {
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    }
    await settled(page);
    assert.equal(most, 1);
    await page.context().close();
});

test("unknown facts are dashes on every page, never zeros, and nothing breaks", async () => {
    const page = await openPage(browser);
    mock.scene = "nulls";
    for (const path of pages()) {
        await visit(page, mock, path);
        const text = await page.locator("main").textContent();
        assert.ok(
            !/undefined|NaN|\[object|null/.test(text),
            `${path}: ${/.{30}(undefined|NaN|\[object|null).{30}/s.exec(text)?.[0]}`,
        );
        assert.equal(await page.locator("[data-state=error]").count(), 0, path);
    }
    await visit(page, mock, `/transactions/${mock.shop().details[0].id}`);
    assert.match(await page.locator(".honesty").textContent(), /still running[\s\S]*unknown/);
    assert.ok((await page.locator(".openEnd").count()) > 0);
    assertNoFaults(page);
    await page.context().close();
});

test("an answer that is only part of the truth says so", async () => {
    const page = await openPage(browser);
    mock.intercept = (pathname) =>
        pathname.endsWith("/transactions")
            ? {
                  status: 200,
                  body: { transactions: [], next_cursor: null, partial: { reason: "time limit" } },
              }
            : null;
    await visit(page, mock, "/search");
    assert.match(
        await page.locator("main").textContent(),
        /No transaction[\s\S]*Not everything was searched: time limit/,
    );
    await page.context().close();
});

test("there is no such page: said, with a way home", async () => {
    const page = await openPage(browser);
    await page.goto(`${mock.url}/no/such/page`);
    await page.getByRole("link", { name: "To the overview" }).click();
    await page.waitForURL(/\/$/);
    await page.context().close();
});

test("the mock sends what the collector promises to send", async () => {
    const answer = await fetch(`${mock.url}/functions/x`);
    assert.equal(answer.headers.get("content-security-policy"), contentSecurityPolicy);
    assert.match(answer.headers.get("content-type"), /text\/html/);
    const again = await fetch(`${mock.url}/app.js`, {
        headers: { "If-None-Match": (await fetch(`${mock.url}/app.js`)).headers.get("etag") },
    });
    assert.equal(again.status, 304);
});
