// What the providers did wrong, the worst first, with the rule's words and how to mend it.

import { copyButton } from "./actions.js";
import { curl } from "./api.js";
import { facts, h, show } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./router.js";
import { clockTime, plural } from "./text.js";

const SEVERITY = { error: "rejected", warning: "warning", note: "more" };

export class AuditScreen {
    constructor({ store }) {
        this.store = store;
        store.audit.refresh();
        this.list = h("div", { class: "findings" });
        this.element = h("section", { class: "page" },
            h("h1", null, "Audit"),
            h("p", { class: "lead" }, "The providers, judged by what the server saw of them. In a build: ", h("code", null, "gatehouse audit --fail-on error"),
                copyButton("gatehouse audit --fail-on error", "the command"), copyButton(() => curl("GET", "/v1/audit"), "the call as curl")),
            this.list);
    }

    route() {}

    update(changes) {
        if (changes.has("notifications") || changes.has("connections")) this.store.audit.refresh(1000);
        if (!changes.has("all") && !changes.has("audit")) return;
        const report = this.store.audit.value;
        if (!report) return;
        const { examined } = report;
        const seen = `Examined: ${plural(examined.notifications, "notification")}, ${plural(examined.connections, "connection")}, ${plural(examined.feedbackReads, "feedback reading")}.`;
        show(this.list,
            h("p", { class: "hint" }, seen, report.incomplete ? " Older records were pruned and not examined." : ""),
            report.findings.length === 0 ? h("p", { class: "empty" }, "Nothing to find fault with.") : report.findings.map(finding));
    }
}

function finding(found) {
    const evidence = (ids, screen) => ids.slice(0, 12).map((id) => [h("a", { href: link(screen, [id]) }, id), " "]);
    return h("article", { class: `finding ${found.severity}` },
        h("h2", null, icon(SEVERITY[found.severity]), h("span", { class: "severity" }, found.severity), " ", found.rule, " ",
            h("small", null, found.count > 1 ? `${found.count} times` : "once")),
        h("p", null, found.summary),
        facts([
            ["How to mend it", found.remedy], ["The rule", `${found.requirement} (${found.source})`],
            ["Topics", found.topics.join(", ")], ["First", clockTime(found.firstAt)],
            ["Notifications", found.notifications.length > 0 ? evidence(found.notifications, "stream") : null],
            ["Connections", found.connections.length > 0 ? evidence(found.connections, "connections") : null],
        ]));
}
