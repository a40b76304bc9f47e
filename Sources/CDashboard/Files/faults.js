// The rules by which the service misbehaves: what they did so far, presets for the usual ones, and the tokens that need no
// rule at all.

import { callButton } from "./actions.js";
import { path } from "./api.js";
import { field, h, select, show, table } from "./dom.js";
import { moveFocus } from "./connections.js";
import { clockTime, shellWord } from "./text.js";

const PRESETS = [
    ["Refuse the next: invalid token", "answer:8 --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "answer", status: 8 } }],
    ["Refuse the third of a burst", "answer:8 --skip-first 2 --times 1", { stage: "frame", trigger: { skipFirst: 2, times: 1 }, action: { type: "answer", status: 8 } }],
    ["Processing error, connection stays", "answer:1:keep-open --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "answer", status: 1, keepOpen: true } }],
    ["Maintenance: shutdown after this one", "shutdown --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "shutdown" } }],
    ["Accept and lose the next", "lose --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "lose" } }],
    ["Reset the connection", "reset --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "reset" } }],
    ["Swallow the error packet", "late-answer:8:3 --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "lateAnswer", status: 8, afterFrames: 3 } }],
    ["Cut the error packet short", "truncate:4", { stage: "reply", action: { type: "truncate", bytes: 4 } }],
    ["Stop reading", "stall --times 1", { stage: "frame", trigger: { times: 1 }, action: { type: "stall" } }],
    ["Handshake: certificate revoked", "alert:44 --times 1", { stage: "handshake", trigger: { times: 1 }, action: { type: "alert", description: 44 } }],
    ["Refuse connections for a minute", "close --stage accept --service gateway --ttl 1m", { stage: "accept", match: { service: "gateway" }, action: { type: "close" }, ttlMs: 60_000 }],
    ["Feedback: say nothing", "nothing", { stage: "feedback", action: { type: "nothing" } }],
];
const MAGIC = [
    ["fa1701 to fa1708", "refused with status 1 to 8"], ["fa170a", "shutdown: status 10 with the identifier of the last accepted frame"],
    ["fa1780, fa17ff", "refused with status 128, 255"], ["fa17a0", "accepted, and lost"], ["fa17a1", "closed without a word"],
    ["fa17a2", "refused with status 8, then reset, so that the packet may never be read"],
    ["fa17a3", "refused with status 8, one second late"], ["fa17a4", "accepted, and on the feedback list at once: the app is gone"],
    ["fa17a5", "nothing more is read from the connection"], ["fa17a6", "everything more is thrown away without a word"],
];
const STATUSES = [[1, "processing error"], [2, "missing token"], [4, "missing payload"], [5, "invalid token size"], [7, "invalid payload size"], [8, "invalid token"], [10, "shutdown"], [255, "unknown"]];

export class FaultsScreen {
    constructor({ store }) {
        this.store = store;
        this.list = h("div");
        this.topic = h("select", { name: "topic", "aria-label": "Topic of the presets" });
        this.presets = h("div", { class: "presets" });
        this.json = h("textarea", { name: "rule", rows: 6, spellcheck: "false", "aria-label": "A rule as JSON" },
            JSON.stringify({ stage: "frame", match: { topic: "com.example.app" }, trigger: { everyNth: 10 }, action: { type: "delay", ms: 500 } }, null, 2));
        this.status = select("status", STATUSES.map(([status, name]) => [String(status), `${status}, ${name}`]), "8");
        this.times = h("input", { name: "times", type: "number", min: 1, value: "1" });
        this.element = h("section", { class: "page" },
            h("h1", null, "Faults"),
            h("p", { class: "lead" }, "Rules by which the service misbehaves on purpose. They are asked in this order; the first that matches and fires decides."),
            h("div", { class: "toolbar" }, callButton({
                label: "Clear all", icon: "bin", method: "DELETE", target: "/v1/faults", command: "gatehouse fault clear",
                done: () => store.faults.refresh(),
            })),
            this.list,
            h("h2", null, "Add one"),
            h("div", { class: "form-row" }, field("Only for", this.topic), field("Refuse with", this.status), field("So many times", this.times),
                this.add({ label: "Refuse", className: "primary", rule: () => this.refusal(), command: () => `gatehouse fault add answer:${this.status.value} --times ${this.times.value}${this.topicOption()}` })),
            h("h3", null, "Or one of the usual"), this.presets,
            h("h3", null, "Or any rule"), h("div", { class: "json-form" }, this.json,
                this.add({ label: "Add rule", rule: () => JSON.parse(this.json.value), command: () => `gatehouse fault add --rule ${shellWord(JSON.stringify(JSON.parse(this.json.value)))}` })),
            h("h2", null, "Magic tokens"),
            h("p", { class: "lead" }, "The common faults with no rule at all: a token that begins so misbehaves by itself. The other digits are free."),
            table("Magic tokens", ["A token that begins with", "is"], MAGIC.map(([token, text]) => h("tr", null, h("th", { scope: "row" }, h("code", null, token)), h("td", null, text))), ""));
        show(this.presets, PRESETS.map(([label, command, rule]) => this.add({
            label, rule: () => this.forTopic(rule), command: () => `gatehouse fault add ${command}${rule.stage === "accept" || rule.stage === "handshake" ? "" : this.topicOption()}`,
        })));
    }

    route() {}

    add({ label, className, rule, command }) {
        return callButton({
            label, className, method: "POST", target: "/v1/faults", command,
            body: () => {
                try {
                    return rule();
                } catch (error) {
                    throw Object.assign(new Error(`The rule is no JSON: ${error.message}`), { hint: "" });
                }
            },
            said: "Added.", done: () => this.store.faults.refresh(),
        });
    }

    topicOption() {
        return this.topic.value ? ` --topic ${shellWord(this.topic.value)}` : "";
    }

    /** At stages where no topic is known yet, none is asked for. */
    forTopic(rule) {
        if (!this.topic.value || rule.stage === "accept" || rule.stage === "handshake") return rule;
        return { ...rule, match: { ...rule.match, topic: this.topic.value } };
    }

    refusal() {
        return this.forTopic({ stage: "frame", trigger: { times: Number(this.times.value) }, action: { type: "answer", status: Number(this.status.value) } });
    }

    update(changes) {
        if (changes.has("all") || changes.has("devices") || changes.has("info")) this.showTopics();
        if (!changes.has("all") && !changes.has("faults")) return;
        const items = this.store.faults.items;
        show(this.list, table("Fault rules", ["Rule", "Stage", "Matches", "When", "Does", "Hits", "Remaining", "Until", ""], items.map((rule) => h("tr", null,
            h("th", { scope: "row" }, rule.id), h("td", null, rule.stage), h("td", null, pairs(rule.match) || "everything"),
            h("td", null, pairs(rule.trigger) || "always"), h("td", null, h("code", null, actionText(rule.action))),
            h("td", null, `${rule.hits} of ${rule.matches} matches`), h("td", null, rule.remaining ?? "without end"),
            h("td", null, rule.expiresAt ? clockTime(rule.expiresAt) : "cleared"),
            h("td", null, callButton({
                label: "Remove", key: `remove-${rule.id}`, className: "quiet", method: "DELETE", target: path("v1", "faults", rule.id),
                command: `gatehouse fault rm ${shellWord(rule.id)}`, done: () => this.store.faults.refresh(),
            })))), "No rule: the service behaves."));
    }

    showTopics() {
        const chosen = this.topic.value;
        show(this.topic, h("option", { value: "" }, "Every topic"), this.store.topics().map((topic) => h("option", { value: topic, selected: topic === chosen }, topic)));
    }

    key(key) {
        return (key === "j" || key === "k") && moveFocus(this.list, key === "j" ? 1 : -1);
    }
}

function pairs(object) {
    return Object.entries(object ?? {}).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" to ") : value}`).join(", ");
}

function actionText({ type, ...more }) {
    const rest = pairs(more);
    return rest ? `${type}: ${rest}` : type;
}

