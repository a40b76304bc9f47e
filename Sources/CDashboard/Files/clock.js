// The product clock: what expiry, feedback stamps and keep-alives go by.

import { callButton, notify } from "./actions.js";
import { field, h, show } from "./dom.js";
import { clockTime, duration, fullTime } from "./text.js";

const STEPS = [["1 min", 60_000], ["15 min", 900_000], ["1 h", 3_600_000], ["1 day", 86_400_000]];

export class ClockScreen {
    constructor({ store }) {
        this.store = store;
        store.clock.refresh();
        this.face = h("div", { class: "clock-face" });
        this.buttons = h("div", { class: "buttons" });
        this.fired = h("div");
        this.target = h("input", { name: "to", placeholder: "2026-12-24T18:00:00Z", spellcheck: "false" });
        this.element = h("section", { class: "page" },
            h("h1", null, "Clock"),
            h("p", { class: "lead" }, "Expiry, feedback stamps, keep-alives and delays go by this clock. Moving it makes everything due on the way happen, in order. It never goes back."),
            this.face, this.buttons,
            h("h2", null, "Advance"),
            h("div", { class: "buttons" }, STEPS.map(([label, ms]) => this.advance(`+ ${label}`, { ms }, `gatehouse clock advance ${label.replaceAll(" ", "").replace("min", "m").replace("1day", "1d")}`))),
            h("div", { class: "form-row" }, field("Or move it to", this.target),
                callButton({
                    label: "Move", method: "POST", target: "/v1/clock/advance", body: () => ({ to: this.target.value.trim() }),
                    command: () => `gatehouse clock set ${this.target.value.trim()}`, done: (answer) => this.moved(answer),
                })),
            this.fired);
        this.timer = setInterval(() => this.showFace(), 250);
    }

    leave() {
        clearInterval(this.timer);
    }

    route() {}

    advance(label, body, command) {
        return callButton({ label, method: "POST", target: "/v1/clock/advance", body, command, done: (answer) => this.moved(answer) });
    }

    moved({ fired, now }) {
        this.store.clock.refresh();
        notify(`The clock stands at ${now}.`);
        show(this.fired, h("h2", null, "What happened on the way"),
            fired.length === 0 ? h("p", { class: "empty" }, "Nothing was due.")
                : h("ol", { class: "fired" }, fired.slice(-200).map(({ at, purpose }) => h("li", null, h("time", { title: fullTime(at) }, clockTime(at)), " ", purpose))),
            fired.length > 200 ? h("p", { class: "hint" }, `The last 200 of ${fired.length}.`) : null);
    }

    update(changes) {
        if (!changes.has("all") && !changes.has("clock")) return;
        const clock = this.store.clock.value;
        if (!clock) return;
        this.readAt = this.store.clock.at;
        this.showFace();
        const change = (label, mode, command, className) => callButton({
            label, className, method: "PUT", target: "/v1/clock", body: { mode }, command, done: () => this.store.clock.refresh(),
        });
        show(this.buttons, clock.mode === "real" ? change("Freeze", "manual", "gatehouse clock freeze") : change("Let it run", "real", "gatehouse clock run", "primary"));
    }

    /** A real clock is read once and runs on in the page. */
    showFace() {
        const clock = this.store.clock.value;
        if (!clock) return;
        const runs = clock.mode === "real";
        const now = Date.parse(clock.now) + (runs ? Date.now() - this.readAt : 0);
        const ahead = now - Date.now();
        show(this.face,
            h("time", { class: "clock-time", datetime: new Date(now).toISOString() }, clockTime(new Date(now).toISOString()).replace(/\.\d+$/, "")),
            h("p", null, h("strong", null, runs ? "Runs" : "Stands still"), ` · ${new Date(now).toISOString().slice(0, 10)} · `,
                Math.abs(ahead) < 2000 ? "real time" : `${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} real time`));
    }
}
