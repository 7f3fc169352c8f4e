// What the browser tests share: one Chromium per file, pages that remember everything that must not
// happen, and waiting for conditions instead of for time.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/** Chromium as Debian installs it. */
export function launch() {
    return chromium.launch({
        executablePath: process.env.THAW_CHROMIUM ?? "/usr/bin/chromium",
        args: flags,
    });
}

/**
 * A page at a size and in a theme.  page.faults collects dialogs, uncaught errors, violations of the
 * content security policy, and requests to other hosts.
 */
export async function openPage(
    browser,
    { width = 1440, height = 900, theme = "light", motion = "reduce" } = {},
) {
    const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: motion,
        timezoneId: "Europe/Berlin",
        locale: "en-GB",
    });
    const page = await context.newPage();
    page.faults = [];
    page.on("dialog", (dialog) => {
        page.faults.push(`dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    page.on("pageerror", (error) => page.faults.push(`uncaught: ${error.message}`));
    page.on("request", (request) => {
        if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) {
            page.faults.push(`request to ${request.url()}`);
        }
    });
    page.on("console", (message) => {
        if (/Content Security Policy|Refused to/i.test(message.text())) {
            page.faults.push(`policy: ${message.text()}`);
        }
    });
    await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
            console.error(
                `Content Security Policy violated: ${event.violatedDirective} ${event.blockedURI}`,
            );
        });
    });
    page.setDefaultTimeout(15_000);
    return page;
}

/** Wait until no panel is loading. */
export function settled(page) {
    return page.waitForFunction(
        () =>
            document.querySelector("main")?.childElementCount > 0 &&
            document.querySelector('[aria-busy="true"]') === null,
    );
}

/** Go to a path and wait for its data. */
export async function visit(page, mock, pathname) {
    await page.goto(mock.url + pathname);
    await settled(page);
}

/** Nothing happened that must not. */
export function assertNoFaults(page) {
    assert.deepEqual(page.faults, []);
}

/** How much wider the document is than the window. */
export function overflow(page) {
    return page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
}

/** The boxes of all elements that a selector finds. */
export function boxes(page, selector) {
    return page.$$eval(selector, (elements) =>
        elements.map((element) => {
            const { left, top, width, height, right } = element.getBoundingClientRect();
            return { left, top, width, height, right };
        }),
    );
}

/** Keep a picture where the build keeps them, if it says where. */
export async function picture(page, name) {
    const folder = process.env.THAW_SCREENS;
    if (folder) {
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    }
}

export function near(actual, expected, tolerance, what) {
    assert.ok(
        Math.abs(actual - expected) <= tolerance,
        `${what}: ${actual} is not within ${tolerance} of ${expected}`,
    );
}
