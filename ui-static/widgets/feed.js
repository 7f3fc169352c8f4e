/**
 * A feed asks for one thing, and while the page is live asks again.
 *
 * One request is in flight at a time; a hidden tab asks nothing; new data replaces the old at once
 * and unchanged data is not drawn again.  A refresh that fails keeps what is on the screen and says
 * so.
 */

/**
 * @param {(signal: AbortSignal) => Promise<{data: any, unchanged: boolean}>} load
 * @param {{signal: AbortSignal, everyMs: number | null}} options everyMs null: ask once.
 * @returns {{subscribe: (listener: (state: object) => void) => void, refresh: () => void}}
 */
export function createFeed(load, { signal, everyMs }) {
    const listeners = [];
    let state = { phase: "loading", data: null, error: null, stale: false };
    let busy = false;
    let timer = 0;

    const tell = (next) => {
        state = next;
        listeners.forEach((listener) => listener(state));
    };
    const plan = (failed) => {
        clearTimeout(timer);
        if (!signal.aborted && everyMs !== null && !document.hidden) {
            timer = setTimeout(ask, failed ? everyMs * 2 : everyMs);
        }
    };
    const ask = async () => {
        if (busy || signal.aborted) {
            return;
        }
        busy = true;
        let failed = false;
        try {
            const { data, unchanged } = await load(signal);
            if (!signal.aborted && !(unchanged && state.phase === "data" && !state.stale)) {
                tell({ phase: "data", data, error: null, stale: false });
            }
        } catch (error) {
            failed = true;
            if (!signal.aborted) {
                tell(
                    state.phase === "data"
                        ? { ...state, error, stale: true }
                        : { phase: "error", data: null, error, stale: false },
                );
            }
        } finally {
            busy = false;
            plan(failed);
        }
    };
    document.addEventListener(
        "visibilitychange",
        () => {
            clearTimeout(timer);
            if (!document.hidden && everyMs !== null) {
                ask();
            }
        },
        { signal },
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
    queueMicrotask(ask);

    return {
        subscribe(listener) {
            listeners.push(listener);
            listener(state);
        },
        refresh() {
            if (state.phase === "error") {
                tell({ phase: "loading", data: null, error: null, stale: false });
            }
            ask();
        },
    };
}
