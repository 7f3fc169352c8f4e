/**
 * Numbers, times and text as people read them.  Pure.
 *
 * Null means "not known" everywhere and is shown as a dash, never as zero.
 */

/** What stands for a value that nobody knows. */
export const unknown = "–";

const nbsp = "\u00a0";
const integers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

function known(value) {
    return typeof value === "number" && Number.isFinite(value);
}

function digits(value, count) {
    if (value === 0) {
        return "0";
    }
    // Rounded first: 0.9996 has as many digits before its point as 1.00 has.
    const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(count)))) + 1e-9);
    return value.toFixed(Math.max(0, Math.min(6, count - 1 - magnitude)));
}

/**
 * A whole number with thousands separated.
 * @param {number | null} value
 * @returns {string}
 */
export function count(value) {
    return known(value) ? integers.format(value) : unknown;
}

/**
 * A number in few characters: 1,234 stays, 12,345 becomes 12.3k.
 * @param {number | null} value
 * @returns {string}
 */
export function compact(value) {
    if (!known(value)) {
        return unknown;
    }
    for (const [limit, unit] of [
        [1e9, "G"],
        [1e6, "M"],
        [1e4, "k"],
    ]) {
        if (Math.abs(value) >= limit) {
            return digits(value / (unit === "k" ? 1e3 : limit), 3) + unit;
        }
    }
    return Number.isInteger(value) ? integers.format(value) : digits(value, 3);
}

/**
 * Milliseconds, three digits, in the unit that fits.
 * @param {number | null} ms
 * @returns {string}
 */
export function duration(ms) {
    if (!known(ms)) {
        return unknown;
    }
    const size = Math.abs(ms);
    if (size === 0) {
        return `0${nbsp}ms`;
    }
    if (size < 0.0995) {
        return `${digits(ms * 1000, 2)}${nbsp}µs`;
    }
    if (size < 999.5) {
        return `${digits(ms, 3)}${nbsp}ms`;
    }
    if (size < 59_950) {
        return `${digits(ms / 1000, 3)}${nbsp}s`;
    }
    return longDuration(ms);
}

function longDuration(ms) {
    const seconds = Math.round(Math.abs(ms) / 1000);
    const sign = ms < 0 ? "−" : "";
    const parts = [
        [Math.floor(seconds / 86400), "d"],
        [Math.floor(seconds / 3600) % 24, "h"],
        [Math.floor(seconds / 60) % 60, "m"],
        [seconds % 60, "s"],
    ];
    const first = parts.findIndex(([amount]) => amount > 0);
    const shown = parts.slice(first, first + 2).filter(([amount], i) => i === 0 || amount > 0);
    return sign + shown.map(([amount, unit]) => `${amount}${nbsp}${unit}`).join(" ");
}

/**
 * An offset on a ruler, with sign: +12.3 ms.
 * @param {number | null} ms
 * @returns {string}
 */
export function offset(ms) {
    if (!known(ms)) {
        return unknown;
    }
    return (ms < 0 ? "−" : "+") + duration(Math.abs(ms));
}

/**
 * A share (0..1) in percent.
 * @param {number | null} share
 * @returns {string}
 */
export function percent(share) {
    if (!known(share)) {
        return unknown;
    }
    const value = share * 100;
    if (value === 0 || Math.abs(value) >= 99.95) {
        return `${Math.round(value)}${nbsp}%`;
    }
    if (Math.abs(value) < 0.01) {
        return `<${nbsp}0.01${nbsp}%`;
    }
    return `${value.toFixed(Math.abs(value) < 1 ? 2 : 1)}${nbsp}%`;
}

const symbols = { USD: "$", EUR: "€", GBP: "£" };

/**
 * Money from the exact decimal string of the API, to three significant digits; the exact amount is
 * for the title.
 * @param {{amount: string, currency: string} | null} cost
 * @returns {string}
 */
export function money(cost) {
    if (!cost || cost.amount === null || cost.amount === undefined) {
        return unknown;
    }
    const value = Number(cost.amount);
    if (!Number.isFinite(value)) {
        return unknown;
    }
    const symbol = symbols[cost.currency] ?? `${cost.currency ?? ""}${nbsp}`;
    const size = Math.abs(value);
    const sign = value < 0 ? "−" : "";
    if (size === 0) {
        return `${symbol}0`;
    }
    if (size >= 1000) {
        return sign + symbol + integers.format(size);
    }
    if (size >= 1) {
        return sign + symbol + size.toFixed(2);
    }
    const places = Math.min(12, 2 - Math.floor(Math.log10(size) + 1e-9));
    const fixed = size.toFixed(places);
    // Two decimals always stand, as people expect of money; zeros behind them are dropped.
    return sign + symbol + fixed.replace(/^(\d+\.\d{2}\d*?)0+$/, "$1");
}

/**
 * The exact amount, for titles.
 * @param {{amount: string, currency: string} | null} cost
 * @returns {string}
 */
export function moneyExact(cost) {
    if (!cost || cost.amount === null || cost.amount === undefined) {
        return "not known";
    }
    const exact = `${cost.amount} ${cost.currency ?? ""}`.trim();
    return cost.assumed ? `${exact}, with the price of another region or architecture` : exact;
}

/**
 * The exact sum of decimal strings, as a decimal string; null when nothing is there to add.
 * @param {(string | null)[]} amounts
 * @returns {string | null}
 */
export function sumDecimals(amounts) {
    const places = 18;
    let total = 0n;
    let any = false;
    for (const amount of amounts) {
        const match = /^(-?)(\d{1,20})(?:\.(\d{1,18}))?$/.exec(amount ?? "");
        if (match) {
            const value = BigInt(match[2] + (match[3] ?? "").padEnd(places, "0"));
            total += match[1] ? -value : value;
            any = true;
        }
    }
    if (!any) {
        return null;
    }
    const sign = total < 0n ? "-" : "";
    const text = String(total < 0n ? -total : total).padStart(places + 1, "0");
    const fraction = text.slice(-places).replace(/0+$/, "");
    return sign + text.slice(0, -places) + (fraction ? `.${fraction}` : "");
}

/**
 * Bytes with binary units.
 * @param {number | null} bytes
 * @returns {string}
 */
export function bytes(bytes) {
    if (!known(bytes)) {
        return unknown;
    }
    for (const [limit, unit] of [
        [2 ** 40, "TiB"],
        [2 ** 30, "GiB"],
        [2 ** 20, "MiB"],
        [2 ** 10, "KiB"],
    ]) {
        if (bytes >= limit) {
            return `${digits(bytes / limit, 3)}${nbsp}${unit}`;
        }
    }
    return `${integers.format(bytes)}${nbsp}B`;
}

/**
 * Megabytes, as the platform counts memory.
 * @param {number | null} mb
 * @returns {string}
 */
export function megabytes(mb) {
    return known(mb) ? `${integers.format(mb)}${nbsp}MB` : unknown;
}

function two(value) {
    return String(value).padStart(2, "0");
}

/**
 * Local wall clock with as many fractions as asked: 14:03:09.123.
 * @param {number | null} ms
 * @param {number} [fraction] 0 or 3.
 * @returns {string}
 */
export function clock(ms, fraction = 0) {
    if (!known(ms)) {
        return unknown;
    }
    const at = new Date(Math.floor(ms));
    const base = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    return fraction > 0 ? `${base}.${String(at.getMilliseconds()).padStart(3, "0")}` : base;
}

/**
 * Local date and time, without ambiguity: 2026-03-04 14:03:09.
 * @param {number | null} ms
 * @returns {string}
 */
export function dateTime(ms, fraction = 0) {
    if (!known(ms)) {
        return unknown;
    }
    const at = new Date(Math.floor(ms));
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(ms, fraction)}`;
}

/**
 * Time of an axis mark: the less the farther the marks are apart.
 * @param {number} ms
 * @param {number} stepMs
 * @returns {string}
 */
export function axisTime(ms, stepMs) {
    const at = new Date(ms);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    if (stepMs >= 86_400_000 || (midnight && stepMs >= 3_600_000)) {
        return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    }
    return stepMs >= 60_000 ? clock(ms).slice(0, 5) : clock(ms);
}

/**
 * How long ago, in one unit.
 * @param {number | null} ms
 * @param {number} nowMs
 * @returns {string}
 */
export function ago(ms, nowMs) {
    if (!known(ms)) {
        return unknown;
    }
    const seconds = Math.round((nowMs - ms) / 1000);
    if (seconds < 0) {
        return seconds > -5 ? "now" : "in the future";
    }
    if (seconds < 5) {
        return "now";
    }
    for (const [size, unit] of [
        [86400, "d"],
        [3600, "h"],
        [60, "m"],
        [1, "s"],
    ]) {
        if (seconds >= size) {
            return `${Math.floor(seconds / size)}${nbsp}${unit} ago`;
        }
    }
    return "now";
}

/**
 * Text in which nothing is hidden: control characters become their pictures, marks that reorder
 * text are spelled out.  Line breaks and tabs stay.
 * @param {any} value
 * @returns {string}
 */
export function visible(value) {
    return String(value ?? "").replace(
        /[\u0000-\u0008\u000b-\u001f\u007f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
        (character) => {
            const code = character.charCodeAt(0);
            if (code < 0x20) {
                return String.fromCharCode(0x2400 + code);
            }
            return code === 0x7f
                ? "\u2421"
                : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
        },
    );
}

/**
 * Visible text of at most so many characters, with its middle left out: both ends of a name tell.
 * @param {any} value
 * @param {number} max
 * @returns {string}
 */
export function shorten(value, max) {
    const text = visible(value).replace(/\s+/g, " ");
    if (text.length <= max) {
        return text;
    }
    const head = Math.ceil((max - 1) * 0.6);
    return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}

/**
 * "1 span", "2 spans".
 * @param {number} amount
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function plural(amount, one, many = `${one}s`) {
    return `${count(amount)} ${amount === 1 ? one : many}`;
}

/**
 * What a template of a rule says where nothing has fired: what it would look up is left out.
 * @param {string} template
 * @returns {string}
 */
export function templateText(template) {
    return template.replaceAll(/\{\{[^]*?\}\}(\s*\{\{[^]*?\}\})*/g, "…");
}
