// Deploys, silences and messages of the mock collector, and what may be changed of them.

const ns = (ms) => String(Math.round(ms)) + "000000";

export function deploys(shop) {
    const of = (ageMs, more) => ({
        at: ns(shop.nowMs - ageMs),
        wave: ns(shop.nowMs - ageMs),
        source: "posted",
        account: "",
        region: "",
        function: "",
        version: "",
        env: "prod",
        ref: "",
        url: "",
        ...more,
    });
    return [
        of(600_000, { source: "version", function: "checkout", version: "42", region: "eu-central-1" }),
        of(1_500_000, { function: "checkout", version: "41", ref: "4f2a9c1" }),
        of(1_800_000, { ref: "v7" }),
    ];
}

export function silences(shop) {
    return [
        {
            id: "2",
            state: "active",
            matchers: ['function="stock"', 'alertname=~"Cold.*"'],
            author: "mia",
            reason: "migration of the table",
            created_at: ns(shop.nowMs - 900_000),
            starts_at: ns(shop.nowMs - 900_000),
            ends_at: ns(shop.nowMs + 2_700_000),
            alerts: 1,
        },
        {
            id: "1",
            state: "expired",
            matchers: ['function="pricing"'],
            author: "tom",
            reason: "load test",
            created_at: ns(shop.nowMs - 90_000_000),
            starts_at: ns(shop.nowMs - 90_000_000),
            ends_at: ns(shop.nowMs - 80_000_000),
            alerts: 0,
        },
    ];
}

export function notifications(shop) {
    const of = (number, ageMs, more) => ({
        number: String(number),
        receiver: "team",
        kind: "slack",
        status: "firing",
        state: "delivered",
        attempts: 1,
        last_error: null,
        at: ns(shop.nowMs - ageMs),
        group: '{}:{alertname="ColdStartRate"}',
        more_alerts: 0,
        alerts: ["9d41b7c20f6e8a35"],
        ...more,
    });
    return [
        of(3, 60_000, { receiver: "oncall", kind: "pagerduty", state: "waiting", attempts: 4, last_error: "it answers 503" }),
        of(2, 419_000, {}),
        of(1, 3_000_000, { kind: "email", state: "failed", last_error: "550 no such mailbox", more_alerts: 2 }),
    ];
}

/** The answer to a question about them, or null. */
export function told(shop, what, query) {
    if (what === "deploys") {
        const name = query.get("function");
        const from = Number(query.get("from") ?? 0);
        const to = Number(query.get("to") ?? Infinity);
        const wanted = (shop.deploys ?? deploys(shop)).filter((each) => {
            const at = Number(BigInt(each.at) / 1_000_000n);
            return at >= from && at < to && (!name || each.function === "" || each.function === name);
        });
        return { deploys: wanted, more: false };
    }
    if (what === "silences") {
        shop.silences ??= silences(shop);
        return { silences: shop.silences };
    }
    return what === "notifications"
        ? { notifications: shop.notifications ?? notifications(shop) }
        : null;
}

/** What comes of a POST or DELETE: {status, body}. */
export function changed(shop, method, parts, said) {
    told(shop, "silences", null);
    if (method === "DELETE" && parts[0] === "silences") {
        const silence = shop.silences.find((each) => each.id === parts[1]);
        silence.state = "expired";
        silence.ends_at = ns(shop.nowMs);
        return { status: 204, body: undefined };
    }
    if (method === "POST" && parts[0] === "silences") {
        if (said.matchers.length === 0 || said.matchers.some((each) => !each.includes("="))) {
            return {
                status: 400,
                body: { error: { code: "bad_request", message: "a matcher is name=\"value\"" } },
            };
        }
        const id = String(shop.silences.length + 1);
        shop.silences.unshift({
            id,
            state: "active",
            alerts: 0,
            created_at: ns(shop.nowMs),
            starts_at: ns(shop.nowMs),
            ...said,
            ends_at: ns(Date.parse(said.ends_at)),
        });
        return { status: 201, body: { id } };
    }
    return { status: 405, body: { error: { code: "method", message: "not here" } } };
}
