// Who is waiting for a notification now, for what, and how long still.

import { callButton } from "./actions.js";
import { query } from "./api.js";
import { h, show, table } from "./dom.js";
import { fullTime, relativeTime } from "./text.js";

const PAUSE = 1000;

export class WaitsScreen {
    constructor({ store }) {
        this.store = store;
        this.list = h("div");
        this.element = h("section", { class: "page" },
            h("h1", null, "Waits"),
            h("p", { class: "lead" }, "Tests that block until a notification matches. One that never ends tells here what it is looking for."),
            h("div", { class: "toolbar" }, callButton({
                label: "End all", icon: "bin", method: "DELETE", target: "/v1/waits", done: () => store.waits.refresh(),
            })), this.list);
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
        if (problem?.status === 404) return void show(this.list, h("p", { class: "empty" }, "This server does not tell who waits."));
        if (problem) return void show(this.list, h("p", { class: "empty" }, `${problem.message}. ${problem.hint ?? ""}`));
        if (!value) return;
        show(this.list, table("Open waits", ["Wait", "For", "Has", "Since", ""], value.items.map((wait) => this.row(wait)),
            "Nobody waits. A test does with POST /v1/notifications/wait or gatehouse wait."));
    }

    row(wait) {
        const match = Object.entries(wait.match).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : value}`).join(", ");
        return h("tr", null,
            h("th", { scope: "row" }, wait.id),
            h("td", null, wait.count === 0 ? "silence of " : `${wait.count} of `, match || "anything"),
            h("td", null, wait.found),
            h("td", null, h("time", { title: fullTime(wait.since) }, relativeTime(wait.since))),
            h("td", null, wait.match.topic ? callButton({
                label: "End this topic's", key: `end-${wait.id}`, className: "quiet", method: "DELETE",
                target: `/v1/waits${query({ topic: wait.match.topic })}`, done: () => this.store.waits.refresh(),
            }) : null));
    }
}
