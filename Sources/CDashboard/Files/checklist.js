// The way to the first push, step by step, ticking live: what is done, and why the first undone step is not.

import { copyButton } from "./actions.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./router.js";

export class CheckList {
    constructor(store) {
        this.store = store;
        this.element = h("div", { class: "checklist" });
    }

    update() {
        const { info, connections, rows, devices } = this.store;
        const value = info.value;
        if (!value) return;
        const [environment, services] = Object.entries(value.environments)[0] ?? [];
        const gateway = [...connections.values()].filter((connection) => connection.service === "gateway");
        const shaken = gateway.filter((connection) => connection.tls || connection.topics.length > 0);
        const failed = gateway.findLast((connection) => connection.state === "handshakeFailed");
        const certified = gateway.filter((connection) => connection.topics.length > 0);
        const received = rows.list.length > 0 || (value.counters?.received ?? 0) > 0;
        const address = services ? `${services.gateway.host}:${services.gateway.port}` : "";
        const steps = [
            ["Listening", Boolean(services), `Gateway of ${environment} at ${address}`],
            ["First TCP connection", gateway.length > 0,
                gateway.length > 0 ? `From ${gateway.at(-1).peer}` : `Point your provider at ${address}`],
            ["Handshake", shaken.length > 0, shaken.length > 0
                ? shaken.at(-1).tls?.version ?? "Done" : failed ? reason(failed) : "TLS, with a client certificate"],
            ["Certificate accepted", certified.length > 0, certified.length > 0
                ? `Topic ${certified.at(-1).topics.join(", ")}` : failed ? reason(failed) : "It names the topic: see Connect"],
            ["First frame", received, received ? "Arrived" : "Then it stands here"],
        ];
        const first = steps.findIndex(([, done]) => !done);
        show(this.element,
            h("ol", null, steps.map(([name, done, text], index) => h("li", {
                class: done ? "done" : index === first && failed && index >= 2 ? "failed" : "open",
            }, h("span", { class: "tick" }, icon(done ? "accepted" : index === first && failed && index >= 2 ? "rejected" : "more")),
            h("strong", null, name), h("span", { class: "visually-hidden" }, done ? " done: " : " not yet: "),
            h("span", null, text)))),
            this.tryIt(devices, value),
            h("p", null, h("a", { href: link("connect") }, "Certificates and a snippet for your client library")));
    }

    tryIt(devices, info) {
        const app = devices.items.flatMap((device) => device.apps.map((entry) => ({ ...entry, environment: device.environment })))
            .find((entry) => entry.topic && entry.installed !== false && info.identities.some(
                (identity) => identity.topic === entry.topic && identity.environment === entry.environment));
        if (!app) return null;
        const command = `gatehouse push --topic ${app.topic} --token ${app.token} --alert Hello`;
        return h("div", { class: "try" }, h("p", null, "Or send one by hand:"),
            h("pre", { class: "snippet" }, h("code", null, command), copyButton(command, "the command")));
    }
}

function reason({ id, end }) {
    return h("span", null, h("a", { href: link("connections", [id]) }, id), ` failed: ${end?.explanation ?? ""} `,
        end?.hint ? h("em", null, end.hint) : null);
}
