// What the simulated shop is made of: its functions, and numbers, ids, money and percentiles.

/** The functions, with the milliseconds of their inits and of their own work. */
export const functions = {
    front: {
        runtime: "nodejs20.x",
        arch: "x86_64",
        memory: 256,
        timeout: 10_000,
        init: 310,
        own: 9,
    },
    checkout: {
        runtime: "nodejs20.x",
        arch: "arm64",
        memory: 512,
        timeout: 6_000,
        init: 480,
        own: 24,
    },
    stock: {
        runtime: "provided.al2023",
        arch: "x86_64",
        memory: 128,
        timeout: 3_000,
        init: 14,
        own: 6,
    },
    pricing: {
        runtime: "python3.12",
        arch: "x86_64",
        memory: 256,
        timeout: 1_000,
        init: 165,
        own: 31,
    },
    notify: {
        runtime: "python3.12",
        arch: "arm64",
        memory: 128,
        timeout: 30_000,
        init: 190,
        own: 48,
    },
};
/** Megabytes that each of them uses. */
export const usedMb = { front: 118, checkout: 196, stock: 22, pricing: 74, notify: 114 };
/** A small generator of numbers in 0..1 (mulberry32): fixtures must not change between runs. */
export function prng(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let value = Math.imul(state ^ (state >>> 15), state | 1);
        value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
        return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
    };
}

export function ns(ms) {
    return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

export function hex(random, length) {
    let text = "";
    while (text.length < length) {
        text += Math.floor(random() * 16).toString(16);
    }
    return text;
}

export function uuid(random) {
    const digits = hex(random, 32);
    return (
        `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-` +
        digits.slice(20)
    );
}

export function money(mbMs, requests, arch = "x86_64") {
    const perGbSecond = arch === "arm64" ? 133334n : 166667n;
    // Exact: price per GB-second in 1e-10 dollars over 1024 * 1000 megabyte-milliseconds.
    const units =
        (BigInt(Math.round(mbMs)) * perGbSecond * 1000n) / 1_024_000n + BigInt(requests) * 200_000n;
    const text = String(units).padStart(14, "0");
    return {
        mb_ms: Math.round(mbMs),
        requests,
        amount: `${text.slice(0, -13)}.${text.slice(-13)}`,
        currency: "USD",
    };
}

export function addMoney(costs) {
    const units = costs.reduce((sum, cost) => sum + BigInt(cost.amount.replace(".", "")), 0n);
    const text = String(units).padStart(14, "0");
    return {
        mb_ms: costs.reduce((sum, cost) => sum + cost.mb_ms, 0),
        requests: costs.reduce((sum, cost) => sum + cost.requests, 0),
        amount: `${text.slice(0, -13)}.${text.slice(-13)}`,
        currency: "USD",
    };
}

export function divideMoney(cost, parts) {
    const units = BigInt(cost.amount.replace(".", "")) / BigInt(parts);
    const text = String(units).padStart(14, "0");
    return {
        ...cost,
        mb_ms: Math.round(cost.mb_ms / parts),
        amount: `${text.slice(0, -13)}.${text.slice(-13)}`,
    };
}

export function quantile(values, q) {
    if (values.length === 0) {
        return null;
    }
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export function quantiles(values) {
    return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) };
}
