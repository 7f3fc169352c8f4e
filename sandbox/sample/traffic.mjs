// SPDX-License-Identifier: Apache-2.0
// Customers: a steady trickle, now and then a rush that needs more instances, now and then a
// pause that lets them end. The same seed makes the same orders in the same rhythm.
//
//   node traffic.mjs [--url URL] [--rate PER_SECOND] [--seconds N] [--seed N]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
    options: {
        url: { type: "string", default: "http://127.0.0.1:9000/http/checkout" },
        rate: { type: "string", default: "2" },
        seconds: { type: "string", default: "0" }, // 0: until stopped
        seed: { type: "string", default: "1" },
    },
});
const rate = Number(values.rate);
const end = Number(values.seconds) > 0 ? Date.now() + Number(values.seconds) * 1000 : Infinity;

const GOODS = ["kettle", "teapot", "cup", "saucer", "spoon", "assam", "darjeeling", "sencha"];
const CUSTOMERS = ["ada", "grace", "edsger", "barbara", "donald", "margaret"];
// Of a hundred orders, how many hold the item that makes something happen.
const TROUBLE = { broken: 5, slow: 2, flaky: 6, bounced: 3 };

const STEADY_MS = 20_000;
const RUSH_ORDERS = 8;
// Longer than the sandbox lets an idle instance live (shop.yaml).
const PAUSE_MS = 18_000;
const CYCLES_PER_PAUSE = 3;

/** Numbers from 0 to 1 that look random and follow from the seed (a linear congruence). */
function random(seed) {
    let state = BigInt(seed);
    return () => {
        state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n);
        return Number(state >> 11n) / 2 ** 53;
    };
}

const next = random(values.seed);
const pick = (list) => list[Math.floor(next() * list.length)];

function makeOrder(number) {
    const items = Array.from({ length: 1 + Math.floor(next() * 4) }, () => ({
        sku: pick(GOODS),
        quantity: 1 + Math.floor(next() * 3),
    }));
    let dice = next() * 100;
    for (const [sku, share] of Object.entries(TROUBLE)) {
        dice -= share;
        if (dice < 0) {
            items.push({ sku, quantity: 1 });
            break;
        }
    }
    return { order_id: `${values.seed}-${number}`, customer: pick(CUSTOMERS), items };
}

const tally = new Map();
let orders = 0;

function count(outcome) {
    tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
}

async function send() {
    orders += 1;
    const order = makeOrder(orders);
    try {
        const answer = await fetch(values.url, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(order),
        });
        await answer.arrayBuffer();
        count(answer.status);
    } catch (error) {
        count(error.cause?.code ?? error.message);
    }
}

function report() {
    const outcomes = [...tally].map(([outcome, times]) => `${outcome}: ${times}`).join(", ");
    console.log(`${orders} orders, ${outcomes}`);
}

const open = new Set();
function sendSoon() {
    const sent = send().finally(() => open.delete(sent));
    open.add(sent);
}

async function steady() {
    const until = Math.min(end, Date.now() + STEADY_MS);
    while (Date.now() < until) {
        sendSoon();
        await sleep((1000 / rate) * (0.5 + next()));
    }
}

process.on("SIGTERM", () => {
    report();
    process.exit(0);
});
for (let cycle = 1; Date.now() < end; cycle += 1) {
    await steady();
    for (let i = 0; i < RUSH_ORDERS && Date.now() < end; i += 1) {
        sendSoon();
    }
    await Promise.all(open);
    report();
    if (cycle % CYCLES_PER_PAUSE === 0) {
        await sleep(Math.min(PAUSE_MS, Math.max(0, end - Date.now())));
    }
}
