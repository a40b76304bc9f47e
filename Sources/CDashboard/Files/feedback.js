// The feedback lists: what a provider would be told now. Looking does not empty them.

import { callButton, later, notifyProblem } from "./actions.js";
import { call } from "./api.js";
import { field, h, select, show, table } from "./dom.js";
import { icon } from "./icons.js";
import { clockTime, fullTime, shellWord } from "./text.js";
import { copyButton, copyAs } from "./actions.js";

export class FeedbackScreen {
    constructor({ store }) {
        this.store = store;
        store.feedback.refresh();
        this.form = h("form", { class: "form-row", onsubmit: (event) => event.preventDefault() },
            field("Topic", h("input", { name: "topic", list: "feedback-topics", required: true, placeholder: "com.example.app" })),
            h("datalist", { id: "feedback-topics" }),
            field("Token", h("input", { name: "token", required: true, spellcheck: "false", placeholder: "64 hexadecimal digits", class: "token" })),
            field("Environment", select("environment", ["sandbox", "production"], "sandbox")),
            field("Gone since", h("input", { name: "since", placeholder: "now, or 2014-05-01T00:00:00Z", size: 28 })),
            callButton({
                label: "Add", className: "primary", method: "POST", target: "/v1/feedback", body: () => this.body(),
                done: () => store.feedback.refresh(), said: "Added: the next reading of the feedback service brings it.",
            }));
        this.list = h("div");
        this.reading = h("p", { class: "hint" });
        this.clearButton = h("button", { type: "button", class: "quiet", onclick: () => this.clear() }, icon("bin"), "Clear");
        this.element = h("section", { class: "page" },
            h("h1", null, "Feedback"),
            h("p", { class: "lead" }, "What the feedback service would send to a provider that connects now. Looking at it here empties nothing; reading it does."),
            h("div", { class: "toolbar" }, this.clearButton,
                copyAs({ label: "Clear", method: "DELETE", target: "/v1/feedback", command: "gatehouse reset --what feedback" }), this.reading),
            this.list, h("h2", null, "Put a token on the list"), this.form);
    }

    route() {}

    body() {
        const value = (name) => this.form.elements[name].value.trim();
        return Object.fromEntries(["topic", "token", "environment", "since"].map((name) => [name, value(name)]).filter(([, text]) => text !== ""));
    }

    update(changes) {
        if (changes.has("all") || changes.has("info") || changes.has("devices")) {
            show(this.form.querySelector("datalist"), this.store.topics().map((topic) => h("option", { value: topic })));
        }
        if (!changes.has("all") && !changes.has("feedback")) return;
        const items = this.hidden ? [] : this.store.feedback.items;
        this.clearButton.disabled = items.length === 0;
        const topic = items[0]?.topic ?? "com.example.app";
        show(this.reading, "Read it as a provider does: ", h("code", null, `gatehouse feedback --topic ${shellWord(topic)}`),
            copyButton(`gatehouse feedback --topic ${shellWord(topic)}`, "the command"));
        show(this.list, table("Feedback lists", ["Environment", "Topic", "Token", "Gone since"], items.map((item) => h("tr", null,
            h("td", null, item.environment), h("td", null, item.topic),
            h("td", null, h("code", { class: "break" }, item.token), copyButton(item.token, "the token")),
            h("td", null, h("time", { title: fullTime(item.since) }, clockTime(item.since))))),
        "Nothing is listed. A token comes on the list when a push finds its app gone; or put one there below."));
    }

    clear() {
        this.hidden = true;
        this.update(new Set(["feedback"]));
        const restore = () => {
            this.hidden = false;
            this.store.feedback.refresh();
            this.update(new Set(["feedback"]));
        };
        later("Clearing the feedback lists.", async () => {
            try {
                await call("DELETE", "/v1/feedback");
            } catch (problem) {
                notifyProblem(problem);
            }
            restore();
        }, restore);
    }

    key(key) {
        if (key !== "/") return false;
        this.form.elements.topic.focus();
        return true;
    }
}
