// One push, from four sides: as a phone would show it, as JSON, as bytes, and step by step.

import { copy, menuButton, notify, notifyProblem } from "./actions.js";
import { call, curl, getBytes, path } from "./api.js";
import { facts, h, show } from "./dom.js";
import { frameView } from "./frame.js";
import { icon } from "./icons.js";
import { sketch } from "./lockscreen.js";
import { chip, outcomeText, sentence } from "./outcome.js";
import { payloadView } from "./payload.js";
import { go, link } from "./router.js";
import { clockTime, duration, fullTime, hex, shellWord } from "./text.js";

const TABS = [["rendered", "Rendered"], ["payload", "Payload"], ["frame", "Frame"], ["timeline", "Timeline"]];

export class PushPanel {
    constructor(store, { close, tab }) {
        this.store = store;
        this.goToTab = tab;
        this.head = h("header", { class: "panel-head" });
        this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Sides of the push" }, TABS.map(([name, label]) => h("button", {
            type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "push-tab", "data-tab": name, onclick: () => tab(name),
        }, label)));
        this.tabs.addEventListener("keydown", (event) => this.arrow(event));
        this.body = h("div", { class: "panel-body", id: "push-tab", role: "tabpanel", tabindex: "0" });
        this.element = h("aside", { class: "panel", "aria-label": "Push", hidden: true },
            h("button", { type: "button", class: "quiet close", "aria-label": "Close (Esc)", title: "Close (Esc)", onclick: close }, icon("close")),
            this.head, this.tabs, this.body);
    }

    arrow(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const names = TABS.map(([name]) => name);
        const next = names[(names.indexOf(this.tab) + step + names.length) % names.length];
        this.goToTab(next);
        this.tabs.querySelector(`[data-tab="${next}"]`).focus();
    }

    async open(id, tab) {
        this.element.hidden = id === null;
        if (id === null) {
            [this.id, this.value] = [null, null];
            return;
        }
        const known = TABS.some(([name]) => name === tab) ? tab : "rendered";
        if (this.id === id && this.tab === known) return;
        if (this.id !== id) {
            [this.frame, this.payload, this.value, this.bodyKey] = [null, null, null, null];
            show(this.head);
            show(this.body);
        }
        [this.id, this.tab] = [id, known];
        for (const button of this.tabs.children) {
            const isChosen = button.dataset.tab === known;
            button.setAttribute("aria-selected", String(isChosen));
            button.tabIndex = isChosen ? 0 : -1;
        }
        this.body.setAttribute("aria-labelledby", `tab-${known}`);
        this.shown = null;
        await this.update();
    }

    async update() {
        const { id, tab } = this;
        if (!id) return;
        try {
            const value = this.store.rows.byID.get(id)?.value ?? this.value ?? await this.store.notification(id);
            if (id !== this.id || tab !== this.tab || this.shown === value) return;
            this.shown = this.value = value;
            this.showHead(value);
            await this.showBody(value);
        } catch (problem) {
            if (id !== this.id) return;
            this.bodyKey = null;
            show(this.head, h("h2", null, id));
            show(this.body, h("p", { class: "empty" }, `${problem.message}. ${problem.hint ?? ""}`));
        }
    }

    showHead(value) {
        show(this.head,
            h("h2", null, value.id, " ", chip(value)),
            h("p", { class: "explanation" }, value.explanation),
            value.note ? h("p", { class: "problem" }, icon("warning"), value.note) : null,
            facts([
                ["Topic", value.topic], ["Device", value.device ? h("a", { href: link("phone", [value.device]) }, value.device) : null],
                ["Token", value.token ? h("code", { class: "break" }, value.token) : null],
                ["Environment", value.environment],
                ["Connection", h("a", { href: link("connections", [value.connectionId]) }, value.connectionId)],
                ["Received", h("time", { title: fullTime(value.receivedAt) }, clockTime(value.receivedAt))],
                ["Because of", value.verdictReason?.by ?? value.fateReason?.by
                    ? h("a", { href: link("stream", [value.verdictReason?.by ?? value.fateReason?.by, this.tab]) }, value.verdictReason?.by ?? value.fateReason?.by)
                    : null],
            ]),
            h("div", { class: "buttons" },
                menuButton(["Copy as ", icon("more")], () => this.copies(value), { title: "Copy as", className: "", key: `${value.id} ${value.fate}` }),
                value.topic ? h("button", { type: "button", "data-call": value.id, onclick: () => makeFault(value) }, icon("lost"), "Make a fault from this") : null));
    }

    async showBody(value) {
        const { id, tab } = this;
        // Bytes never change: what is pointed at in them stays pointed at, whatever becomes of the push.
        const bodyKey = `${id} ${tab} ${tab === "rendered" || tab === "timeline" ? JSON.stringify(value) : ""}`;
        if (this.bodyKey === bodyKey) return;
        this.bodyKey = bodyKey;
        if (tab === "rendered") return void show(this.body, sketch(value));
        if (tab === "timeline") return void show(this.body, timeline(value));
        const bytes = await this.bytes(tab);
        if (id !== this.id || tab !== this.tab) return;
        show(this.body, tab === "payload" ? payloadView(bytes, value) : frameView(bytes, value));
    }

    async bytes(what) {
        const name = what === "payload" ? "payload" : "frame";
        this[name] ??= await getBytes(path("v1", "notifications", this.id, name === "frame" ? "raw" : "payload"));
        return this[name];
    }

    copies(value) {
        const attempt = (act) => () => act().catch(notifyProblem);
        return [
            ["gatehouse push", attempt(async () => copy(pushCommand(value, await this.bytes("payload")), "the push as a command"))],
            ["Hex of the frame", attempt(async () => copy(hex(await this.bytes("frame")), "the frame in hexadecimal"))],
            ["curl (this record)", attempt(async () => copy(curl("GET", path("v1", "notifications", value.id)), "the call as curl"))],
            ["Wait for one like it (curl)", attempt(async () => copy(curl("POST", "/v1/notifications/wait", waitBody(value)), "the wait as curl"))],
            ["JSON", attempt(async () => copy(JSON.stringify(value, null, 2), "the record"))],
        ];
    }
}

const waitBody = ({ topic, token, verdict }) => ({ match: { topic, token, verdict }, count: 1, timeoutMs: 5000 });

/** The same push again, by the command line. */
export function pushCommand({ topic, token, wire }, payload) {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let json;
    try {
        json = text.decode(payload);
    } catch {
        throw Object.assign(new Error("the payload is no UTF-8, so no command line can hold it"), { hint: "Copy the frame in hexadecimal instead." });
    }
    const words = ["gatehouse", "push", "--topic", shellWord(topic ?? "TOPIC"), "--token", shellWord(token ?? "TOKEN"), "--payload", shellWord(json)];
    if (wire.command <= 2) words.push("--command", wire.command);
    if (wire.identifier !== undefined) words.push("--identifier", wire.identifier);
    if (wire.expiry !== undefined) words.push("--expiry", wire.expiry);
    if (wire.priority !== undefined) words.push("--priority", wire.priority);
    return words.join(" ");
}

function timeline(value) {
    const start = Date.parse(value.timeline[0]?.at);
    const omitted = value.omittedSteps > 0 ? h("p", { class: "hint" }, `${value.omittedSteps} steps in between are left out.`) : null;
    return [
        h("p", { class: "hint" }, `Frame of ${value.wire.length} bytes at byte ${value.wire.offset} of `,
            h("a", { href: link("connections", [value.connectionId]) }, value.connectionId), ". Times are those of the product clock."),
        omitted,
        h("ol", { class: "timeline" }, value.timeline.map((step) => h("li", { class: step.event },
            h("time", { title: fullTime(step.at) }, clockTime(step.at)),
            h("span", { class: "since" }, `+${duration(Date.parse(step.at) - start)}`),
            icon(step.event === "sent" ? "inFlight" : step.event),
            h("div", null, h("strong", null, step.event), h("p", null, sentence(step, value),
                step.reason?.by ? [" ", h("a", { href: link("stream", [step.reason.by, "timeline"]) }, step.reason.by)] : null,
                step.reason?.rule ? [" ", h("a", { href: link("faults") }, step.reason.rule)] : null))))),
        h("p", { class: "hint" }, `Now: ${outcomeText(value)}.`),
    ];
}

async function makeFault({ topic, token, environment }) {
    const rule = {
        stage: "frame", match: { topic, environment, ...(token ? { token } : {}) }, trigger: { times: 1 },
        action: { type: "answer", status: 8 },
    };
    try {
        const made = await call("POST", "/v1/faults", rule);
        notify(`${made.id}: the next push like this is refused with status 8, once.`);
        go(link("faults"));
    } catch (problem) {
        notifyProblem(problem);
    }
}
