// Connections to the three services, open and closed, with those whose handshake failed and what to do about it.

import { callButton } from "./actions.js";
import { get, path } from "./api.js";
import { facts, field, h, select, show, table } from "./dom.js";
import { annotatedHex } from "./frame.js";
import { icon } from "./icons.js";
import { go, link } from "./router.js";
import { bytes, clockTime, fullTime, plural } from "./text.js";

const SHOWN = 300;

export class ConnectionsScreen {
    constructor({ store }) {
        this.store = store;
        this.filter = h("div", { class: "toolbar" },
            field("Service", select("service", [["", "All"], "gateway", "feedback", "courier"], "", { onchange: () => this.filtered() })),
            field("State", select("state", [["", "All"], "open", "closed", ["handshakeFailed", "handshake failed"]], "", { onchange: () => this.filtered() })));
        this.list = h("div", { class: "list" });
        this.detail = h("aside", { class: "panel", "aria-label": "Connection", hidden: true });
        this.element = h("div", { class: "split-screen" },
            h("section", { class: "page" }, h("h1", null, "Connections"), this.filter, this.list), this.detail);
    }

    route({ parts, parameters }) {
        [this.selected = null] = parts;
        for (const name of ["service", "state"]) this.filter.querySelector(`[name=${name}]`).value = parameters.get(name) ?? "";
        this.parameters = { service: parameters.get("service") ?? "", state: parameters.get("state") ?? "" };
        this.detail.hidden = this.selected === null;
        this.element.classList.toggle("with-panel", this.selected !== null);
        if (this.shownDetail !== this.selected) {
            this.shownDetail = this.selected;
            show(this.detail);
            this.extra = null;
        }
    }

    filtered() {
        const value = (name) => this.filter.querySelector(`[name=${name}]`).value;
        go(link("connections", this.selected ? [this.selected] : [], { service: value("service"), state: value("state") }), { replace: true });
    }

    rows() {
        const { service, state } = this.parameters;
        return [...this.store.connections.values()]
            .filter((connection) => (!service || connection.service === service) && (!state || connection.state === state))
            .sort((a, b) => number(b.id) - number(a.id));
    }

    update(changes) {
        if (!changes.has("all") && !changes.has("connections")) return;
        const rows = this.rows();
        this.shown = rows.slice(0, SHOWN);
        show(this.list, table("Connections, the newest first",
            ["Connection", "Service", "State", ["Peer", "side"], "Certificate or device", ["Frames", "side"], ["Bytes", "side"], "Opened", "Ended"],
            this.shown.map((row) => this.row(row)), "No connection matches."),
        rows.length > SHOWN ? h("p", { class: "hint" }, `${rows.length - SHOWN} older ones are not shown.`) : null);
        if (this.selected) this.showDetail();
    }

    row(connection) {
        const { id, service, environment, state, peer, certificateSubject, device, topics, frames, end } = connection;
        return h("tr", {
            class: id === this.selected ? "selected" : "", "data-id": id, onclick: (event) => event.target.closest("a, button") || go(this.linkTo(id), { replace: this.selected !== null }),
        },
        h("th", { scope: "row" }, h("a", { href: this.linkTo(id), "data-key": id }, id)),
        h("td", null, service, " ", h("small", null, environment)),
        h("td", null, stateChip(connection)),
        h("td", { class: "side" }, h("code", null, peer)),
        h("td", { title: certificateSubject }, device ?? (topics.join(", ") || certificateSubject || "—")),
        h("td", { class: "side" }, frames.received > 0 ? framesText(frames) : "—"),
        h("td", { class: "side nowrap" }, `${bytes(connection.bytesIn)} in`, h("br"), `${bytes(connection.bytesOut)} out`),
        h("td", null, h("time", { title: fullTime(connection.openedAt) }, clockTime(connection.openedAt))),
        h("td", { class: "wide" }, end ? end.explanation : "—"));
    }

    linkTo(id) {
        return link("connections", id ? [id] : [], this.parameters);
    }

    async showDetail() {
        const id = this.selected;
        let connection = this.store.connections.get(id);
        try {
            connection ??= await get(path("v1", "connections", id));
        } catch (problem) {
            if (id === this.selected) show(this.detail, this.closeButton(), h("p", { class: "empty" }, `${problem.message}. ${problem.hint}`));
            return;
        }
        if (id !== this.selected) return;
        this.extra ??= h("div", { class: "extra" });
        const { end, tls } = connection;
        const isOpen = connection.state === "open";
        const close = (mode) => callButton({
            label: mode === "fin" ? "Close (FIN)" : "Reset (RST)", method: "DELETE",
            target: `${path("v1", "connections", id)}?mode=${mode}`,
        });
        show(this.detail, this.closeButton(),
            h("header", { class: "panel-head" }, h("h2", null, id, " ", stateChip(connection)),
                end ? h("p", { class: "explanation" }, end.by ? `Ended by the ${end.by}: ` : "", end.explanation) : null,
                end?.hint ? h("p", { class: "fix" }, icon("warning"), h("span", null, h("b", null, "What to do: "), end.hint)) : null,
                facts([
                    ["Service", `${connection.service}, ${connection.environment}`], ["Peer", h("code", null, connection.peer)],
                    ["TLS", tls ? [tls.version, tls.cipher].filter(Boolean).join(", ") : null],
                    ["Certificate", connection.certificateSubject], ["Topics", connection.topics.join(", ")],
                    ["Device", connection.device ? h("a", { href: link("phone", [connection.device]) }, connection.device) : null],
                    ["Opened", fullTime(connection.openedAt)], ["Closed", connection.closedAt ? fullTime(connection.closedAt) : null],
                    ["Bytes", `${connection.bytesIn.toLocaleString()} in, ${connection.bytesOut.toLocaleString()} out`],
                    ["Frames", connection.frames.received > 0 ? framesText(connection.frames) : null],
                ]),
                h("div", { class: "buttons" }, isOpen ? [close("fin"), close("rst")] : null,
                    connection.frames.received > 0
                        ? h("a", { class: "button", href: link("stream", [], { connectionId: id }) }, "Its frames in the stream") : null,
                    h("button", { type: "button", "data-key": "more", "data-call": id, onclick: () => this.loadMore(id) }, "Bytes and timeline"))),
            this.extra);
    }

    closeButton() {
        return h("button", {
            type: "button", class: "quiet close", "data-key": "close", "aria-label": "Close (Esc)", title: "Close (Esc)", onclick: () => go(this.linkTo(null)),
        }, icon("close"));
    }

    /** What the server keeps of the connection itself. */
    async loadMore(id) {
        const { extra } = this;
        const parts = await Promise.all([
            get(path("v1", "connections", id, "timeline")).then(timelinePart, unavailable("The timeline")),
            get(path("v1", "connections", id, "bytes")).then((answer) => bytesPart(id, answer), unavailable("The bytes")),
        ]);
        show(extra, parts);
    }

    key(key) {
        if (key === "Escape" && this.selected) go(this.linkTo(null));
        else if (key === "j" || key === "k") return moveFocus(this.list, key === "j" ? 1 : -1);
        else if (key === "/") this.filter.querySelector("select").focus();
        else return false;
        return true;
    }
}

const number = (id) => Number(id.replace(/\D/g, ""));

function stateChip({ state }) {
    const [name, label] = { open: ["inFlight", "open"], closed: ["discarded", "closed"], handshakeFailed: ["rejected", "handshake failed"] }[state];
    return h("span", { class: `chip ${state === "open" ? "delivered" : name}` }, icon(name), label);
}

function framesText({ received, accepted, rejected, discarded }) {
    const parts = [[accepted, "accepted"], [rejected, "rejected"], [discarded, "discarded"]].filter(([count]) => count > 0);
    return `${received}: ${parts.map(([count, name]) => `${count} ${name}`).join(", ")}`;
}

function timelinePart({ items }) {
    return h("section", null, h("h3", null, "Timeline"), h("ol", { class: "timeline" }, items.map((step) => h("li", null,
        h("time", { title: fullTime(step.at) }, step.sinceOpenMs === undefined ? clockTime(step.at) : `+${step.sinceOpenMs} ms`),
        h("span"), icon("more"),
        h("div", null, h("strong", null, step.event), h("p", null, step.explanation, step.hint ? ` ${step.hint}` : ""))))));
}

/** What passed inside TLS, stretch by stretch, with a word where something is not kept. */
function bytesPart(id, { items }) {
    const known = { in: 0, out: 0 };
    const stretches = items.flatMap(({ at, direction, offset, length, base64 }) => {
        const missing = offset - known[direction];
        known[direction] = offset + length;
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        return [
            missing > 0 ? h("p", { class: "hint" }, `${plural(missing, "byte")} from here are not kept.`) : null,
            h("h4", null, direction === "in" ? "← From the peer" : "→ To the peer", ", ", h("time", { title: fullTime(at) }, clockTime(at)),
                `, ${plural(length, "byte")} at ${offset}`),
            annotatedHex(bytes, []),
        ];
    });
    return h("section", null, h("h3", null, "Bytes, inside TLS"),
        items.length > 0
            ? h("a", { class: "button", href: `${path("v1", "connections", id, "bytes")}?format=text`, download: `${id}.txt` }, "Save as text")
            : h("p", { class: "empty" }, "None are kept."),
        stretches);
}

const unavailable = (what) => (problem) => h("p", { class: "hint" }, `${what}: ${problem.message}.`);

/** Moves the focus along the first links of a table's rows. */
export function moveFocus(list, step) {
    const rows = [...list.querySelectorAll("tbody tr th a, tbody tr td:first-child a")];
    if (rows.length === 0) return false;
    const place = rows.indexOf(document.activeElement);
    rows[place < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, place + step))].focus();
    return true;
}
