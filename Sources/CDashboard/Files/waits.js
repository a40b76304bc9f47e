// Who is waiting for a notification now, for what, and how long still.

import { callButton } from "./actions.js";
import { path } from "./api.js";
import { h, show, table } from "./dom.js";
import { link } from "./router.js";
import { duration } from "./text.js";

const PAUSE = 1000;

export class WaitsScreen {
    constructor({ store }) {
        this.store = store;
        this.list = h("div");
        this.element = h("section", { class: "page" },
            h("h1", null, "Waits"),
            h("p", { class: "lead" }, "Tests that block until a notification matches. One that never ends tells here what it is looking for."),
            this.list);
        store.waits.refresh();
        this.timer = setInterval(() => document.hidden || store.waits.refresh(), PAUSE);
    }

    leave() {
        clearInterval(this.timer);
    }

    route() {}

    update(changes) {
        if (!changes.has("all") && !changes.has("waits")) return;
        const { value, problem } = this.store.waits;
        if (problem) return void show(this.list, h("p", { class: "empty" }, `${problem.message}. ${problem.hint ?? ""}`));
        if (!value) return;
        show(this.list, table("Open waits", ["Wait", "For", "Has", "Time left", "Closest so far", ""], value.items.map((wait) => this.row(wait)),
            "Nobody waits. A test does with POST /v1/notifications/wait or gatehouse wait."));
    }

    row(wait) {
        const match = Object.entries(wait.match ?? {}).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");
        const closest = wait.closest ?? wait.nearMisses?.[0] ?? null;
        const id = closest?.id ?? closest?.notification?.id ?? null;
        return h("tr", null,
            h("th", { scope: "row" }, wait.id),
            h("td", null, wait.count === 0 ? "silence" : `${wait.count} of `, match || "anything"),
            h("td", null, wait.matched ?? wait.found ?? "—"),
            h("td", null, wait.remainingMs !== undefined ? duration(wait.remainingMs) : "—"),
            h("td", null, id ? h("a", { href: link("stream", [id]) }, id) : "—", closest ? misses(closest) : null),
            h("td", null, callButton({
                label: "Cancel", key: `cancel-${wait.id}`, className: "quiet", method: "DELETE", target: path("v1", "waits", wait.id),
                done: () => this.store.waits.refresh(),
            })));
    }
}

/** What keeps the closest candidate from matching. */
function misses({ criteria }) {
    const failed = (criteria ?? []).filter(({ matches, pass, passed }) => (matches ?? pass ?? passed) === false);
    if (failed.length === 0) return null;
    return h("ul", { class: "misses" }, failed.map(({ field, expected, actual }) => h("li", null,
        `${field}: expected ${JSON.stringify(expected)}, is ${JSON.stringify(actual ?? null)}`)));
}
