// One row for each frame, the newest first; what was lost behind a refused frame stands under it.

import { announce, copyButton, later, notifyProblem } from "./actions.js";
import { call, get, path, query } from "./api.js";
import { CheckList } from "./checklist.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { chip } from "./outcome.js";
import { PushPanel } from "./push.js";
import { go, link } from "./router.js";
import { alertText, bytes, fullTime, plural, relativeTime, shortToken } from "./text.js";
import { VirtualRows } from "./virtual.js";

const COLUMNS = [
    ["Time", "time"], ["What became of it", "outcome"], ["Topic", "topic"], ["Device", "device"], ["Alert", "alert"],
    ["Size", "size"], ["Form", "form"], ["Identifier", "identifier"], ["Priority", "priority"], ["Expiry", "expiry"],
    ["Connection", "connection"],
];
/** A tail up to this long is shown without asking. */
const SHORT_TAIL = 5;
const SEARCH_PAUSE = 250;
/** Notifications of one answer while they are exported. */
const PAGE = 1000;

export class StreamScreen {
    constructor({ store }) {
        this.store = store;
        this.toggled = new Map();
        this.hidden = [];
        /** The notifications that were picked, by their ids. */
        this.picked = new Set();
        this.unseen = 0;
        this.knownNewest = 0;
        this.display = [];
        this.broughtIntoView = null;
        this.build();
        this.ticker = setInterval(() => document.hidden || this.virtual.refresh((row) => this.tick(row)), 1000);
    }

    build() {
        this.search = h("input", {
            type: "search", name: "q", "aria-label": "Search", spellcheck: "false", autocomplete: "off",
            placeholder: "Search: verdict:rejected status:8 token:ab12* !has:badge", oninput: () => this.searchSoon(),
            // A browser that empties the field by Esc says so by this event alone.
            onsearch: () => this.searchNow(),
        });
        this.topic = h("select", { name: "topic", "aria-label": "Topic", onchange: () => this.searchNow() });
        this.only = h("button", {
            type: "button", hidden: true, title: "Show every connection", onclick: () => {
                this.connectionID = "";
                this.goTo(this.selected);
            },
        });
        this.pauseButton = h("button", { type: "button", class: "quiet", onclick: () => this.pause(!this.store.paused) });
        this.clearButton = h("button", { type: "button", class: "quiet", onclick: () => this.clear() }, icon("bin"), "Clear");
        this.exportButton = h("button", {
            type: "button", class: "quiet", title: "As JSON, a line each: what was picked (x), or everything that matches", onclick: () => this.export(),
        }, "Export");
        this.problem = h("p", { class: "problem", role: "alert", hidden: true });
        this.counters = h("p", { class: "counters" });
        this.pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => this.toNewest() });
        this.virtual = new VirtualRows({
            label: "Frames, the newest first",
            columns: COLUMNS.map(([label, name]) => h("th", { role: "columnheader", scope: "col", class: `c-${name}` }, label)),
            render: (row) => this.row(row),
            onOpen: (row) => this.open(row),
            onFocus: () => {},
            onEnd: () => this.store.loadOlder(),
            onScroll: () => this.scrolled(),
        });
        this.empty = h("div", { class: "stream-empty", hidden: true });
        this.checklist = new CheckList(this.store);
        this.panel = new PushPanel(this.store, { close: () => this.closePanel(), tab: (tab) => this.goTo(this.selected, tab) });
        this.element = h("div", { class: "stream" },
            h("section", { class: "stream-list", "aria-label": "Stream" },
                h("div", { class: "toolbar" }, this.search, this.topic, this.only, this.pauseButton, this.exportButton, this.clearButton),
                this.problem, this.counters,
                h("div", { class: "stream-body" }, this.pill, this.virtual.element, this.empty)),
            this.panel.element);
        this.showPause();
    }

    leave() {
        clearInterval(this.ticker);
        clearTimeout(this.searchTimer);
        this.store.paused = false;
    }

    // Route: what is searched for, and which push is open

    route({ parts, parameters }) {
        [this.selected = null, this.tab = "rendered"] = parts;
        const q = parameters.get("q") ?? "";
        const topic = parameters.get("topic") ?? "";
        if (document.activeElement !== this.search) this.search.value = q;
        this.chosenTopic = topic;
        this.connectionID = parameters.get("connectionId") ?? "";
        this.only.hidden = this.connectionID === "";
        this.only.textContent = `Only ${this.connectionID} ✕`;
        const wanted = Object.entries({ q, topic, connectionId: this.connectionID }).filter(([, value]) => value !== "");
        this.store.setFilter(Object.fromEntries(wanted));
        this.element.classList.toggle("with-panel", this.selected !== null);
        this.panel.open(this.selected, this.tab);
        this.showSelected();
    }

    /** Brings the row of the open push into view, once: when it was opened, or as soon as it is there. */
    showSelected() {
        if (this.selected === this.broughtIntoView) return;
        if (this.selected === null || this.virtual.focusKey(this.selected)) this.broughtIntoView = this.selected;
    }

    goTo(id, tab, replace = true) {
        const parameters = { q: this.search.value.trim(), topic: this.chosenTopic, connectionId: this.connectionID };
        go(link("stream", id ? [id, tab ?? this.tab] : [], parameters), { replace });
    }

    open(row) {
        if (row.kind === "tail") return this.toggle(row);
        this.goTo(row.value.id, this.tab, this.selected !== null);
    }

    closePanel() {
        this.goTo(null);
        this.virtual.focus();
    }

    searchSoon() {
        clearTimeout(this.searchTimer);
        this.searchTimer = setTimeout(() => this.searchNow(), SEARCH_PAUSE);
    }

    searchNow() {
        this.chosenTopic = this.topic.value;
        this.goTo(this.selected);
    }

    // What is shown

    update(changes) {
        if (changes.has("all") || changes.has("info") || changes.has("devices")) this.showTopics();
        if (changes.has("all") || changes.has("info")) this.showCounters();
        if (changes.has("all") || changes.has("notifications")) {
            if (!this.store.paused) this.rebuild();
            this.panel.update();
            this.noticeNew();
        }
        this.showProblem();
        if (!this.empty.hidden) this.checklist.update();
    }

    rebuild() {
        const before = this.display.length;
        this.display = this.rows();
        this.virtual.show(this.display, { keepPlace: !this.isAtTop() && before > 0 });
        this.showSelected();
        this.showEmpty();
    }

    /** Newest first; a discarded frame comes under the one that caused it. */
    rows() {
        const { list, byID } = this.store.rows;
        const tails = new Map();
        const heads = [];
        for (const row of list) {
            const { value } = row;
            if (this.hidden.some((hides) => hides(value))) continue;
            const cause = value.verdict === "discarded" ? value.verdictReason?.by : null;
            if (cause && byID.has(cause)) {
                if (!tails.has(cause)) tails.set(cause, []);
                tails.get(cause).push(value);
            } else {
                heads.push(value);
            }
        }
        const display = [];
        for (let index = heads.length - 1; index >= 0; index -= 1) {
            const value = heads[index];
            display.push({ key: value.id, kind: "frame", value });
            const tail = tails.get(value.id);
            if (!tail) continue;
            const shown = this.toggled.get(value.id) ?? tail.length <= SHORT_TAIL;
            display.push({ key: `tail-${value.id}`, kind: "tail", cause: value.id, count: tail.length, shown, value: tail[0] });
            if (shown) for (const frame of tail) display.push({ key: frame.id, kind: "frame", value: frame, inTail: true });
        }
        return display;
    }

    row(row) {
        if (row.kind === "tail") {
            return {
                version: `${row.count} ${row.shown}`, className: "tail-head",
                cells: () => [h("td", { role: "gridcell", colspan: COLUMNS.length },
                    h("span", { class: "branch", "aria-hidden": "true" }), icon("discarded"),
                    h("strong", null, `${plural(row.count, "frame")} lost`), ` behind ${row.cause}: send `,
                    row.count === 1 ? "it" : "them", " again on a new connection. ",
                    h("span", { class: "hint" }, row.shown ? "Hide (e)" : "Show (e)"))],
            };
        }
        const { value } = row;
        return {
            version: value, className: `${row.inTail ? "in-tail " : ""}${this.picked.has(value.id) ? "picked " : ""}${value.verdict}`,
            selected: value.id === this.selected, cells: () => this.cells(row),
        };
    }

    cells({ value, inTail }) {
        const { wire, payload } = value;
        const cell = (name, ...content) => h("td", { role: "gridcell", class: `c-${name}` }, content);
        return [
            cell("time", inTail ? h("span", { class: "branch", "aria-hidden": "true" }) : null,
                h("time", { datetime: value.receivedAt, title: fullTime(value.receivedAt) }, relativeTime(value.receivedAt))),
            cell("outcome", chip(value)),
            cell("topic", h("span", { title: value.topic }, value.topic ?? "—")),
            cell("device", h("span", null, value.device ?? ""), " ", value.token
                ? [h("code", { title: value.token }, shortToken(value.token)), copyButton(value.token, "the token")] : null),
            cell("alert", marks(payload), h("span", null, alertText(payload) || (payload ? "" : value.note ?? ""))),
            cell("size", value.payloadBytes > 0 ? size(value.payloadBytes) : "—"),
            cell("form", wire.command),
            cell("identifier", wire.identifier ?? "—"),
            cell("priority", wire.priority ?? "—"),
            cell("expiry", expiryText(wire.expiry, value.clockAt)),
            cell("connection", h("a", { href: link("connections", [value.connectionId]) }, value.connectionId)),
        ];
    }

    tick(element) {
        for (const time of element.querySelectorAll("time[datetime]")) time.textContent = relativeTime(time.dateTime);
    }

    showTopics() {
        const topics = this.store.topics();
        if (this.chosenTopic && !topics.includes(this.chosenTopic)) topics.push(this.chosenTopic);
        const wanted = ["", ...topics].join("\n");
        if (this.topic.dataset.topics !== wanted) {
            this.topic.dataset.topics = wanted;
            show(this.topic, h("option", { value: "" }, "All topics"), topics.map((topic) => h("option", { value: topic }, topic)));
        }
        this.topic.value = this.chosenTopic ?? "";
    }

    showCounters() {
        const counters = this.store.info.value?.counters;
        if (!counters) return;
        const pairs = Object.entries(counters).filter(([name, count]) => name === "received" || count > 0);
        show(this.counters, pairs.map(([name, count]) => h("span", null,
            h("b", null, count.toLocaleString()), ` ${name === "inFlight" ? "in flight" : name}`)));
    }

    showProblem() {
        const problem = this.store.searchProblem;
        this.problem.hidden = !problem;
        if (problem) this.problem.textContent = [problem.message, problem.hint].filter(Boolean).join(". ");
    }

    showEmpty() {
        const isEmpty = this.store.loaded && this.display.length === 0;
        this.empty.hidden = !isEmpty;
        this.virtual.element.hidden = isEmpty;
        if (!isEmpty) return;
        const isFiltered = Object.keys(this.store.filter).length > 0;
        const mode = isFiltered ? "filtered" : "teach";
        if (this.empty.dataset.mode === mode) return;
        this.empty.dataset.mode = mode;
        show(this.empty, isFiltered
            ? h("p", { class: "empty" }, "Nothing matches. What matches from now on appears here.")
            : [h("h2", null, "Waiting for the first push"), this.checklist.element]);
        this.checklist.update();
    }

    // New rows

    isAtTop() {
        return this.virtual.scrollTop < 20;
    }

    noticeNew() {
        const { list } = this.store.rows;
        const newest = list.at(-1)?.value.seq ?? 0;
        const since = this.seen ?? newest;
        if (!this.store.paused && this.isAtTop()) {
            if (newest > since) announce(`${plural(newest - since, "new push", "new pushes")}`);
            this.seen = newest;
        }
        let count = 0;
        for (let index = list.length - 1; index >= 0 && list[index].value.seq > (this.seen ?? newest); index -= 1) count += 1;
        this.seen ??= newest;
        this.pill.hidden = count === 0;
        this.pill.textContent = this.store.paused ? `${count} new while paused: go on` : `${count} new`;
    }

    scrolled() {
        if (this.isAtTop() && !this.store.paused) this.noticeNew();
    }

    toNewest() {
        if (this.store.paused) this.pause(false);
        this.virtual.scrollToTop();
        this.noticeNew();
    }

    pause(paused) {
        this.store.paused = paused;
        this.store.mark("live");
        this.showPause();
        if (!paused) {
            this.rebuild();
            this.noticeNew();
        }
    }

    showPause() {
        const { paused } = this.store;
        show(this.pauseButton, icon(paused ? "play" : "pause"), paused ? "Go on" : "Pause");
        this.pauseButton.setAttribute("aria-pressed", String(Boolean(paused)));
    }

    toggle(row) {
        this.toggled.set(row.cause, !row.shown);
        this.rebuild();
    }

    // Clearing: at once to the eye, in ten seconds for good

    clear() {
        const { filter } = this.store;
        const ids = new Set(this.store.rows.list.map(({ value }) => value.id));
        if (ids.size === 0) return;
        const what = filter.q ? `what matches “${filter.q}”` : filter.topic ?? filter.connectionId
            ? `everything of ${filter.topic ?? filter.connectionId}` : "everything";
        const hides = ({ id }) => ids.has(id);
        this.hidden.push(hides);
        this.rebuild();
        const restore = () => {
            this.hidden = this.hidden.filter((other) => other !== hides);
            this.rebuild();
        };
        later(`Clearing ${what} (${plural(ids.size, "row")}).`, async () => {
            try {
                await forget(filter);
            } catch (problem) {
                notifyProblem(problem);
            }
            restore();
        }, restore);
    }

    // Picking and exporting

    pick() {
        const id = this.virtual.focused?.value?.id;
        if (!id) return;
        if (!this.picked.delete(id)) this.picked.add(id);
        this.exportButton.textContent = this.picked.size > 0 ? `Export ${this.picked.size} picked` : "Export";
        announce(`${plural(this.picked.size, "row")} picked`);
        this.rebuild();
    }

    /** The objects of the API, the oldest first, a line each. */
    async export() {
        this.exportButton.disabled = true;
        try {
            const items = this.picked.size > 0 ? await this.pickedItems() : await this.matchingItems();
            const text = items.map((item) => `${JSON.stringify(item)}\n`).join("");
            const file = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
            h("a", { href: file, download: "notifications.ndjson" }).click();
            setTimeout(() => URL.revokeObjectURL(file), 60_000);
        } catch (problem) {
            notifyProblem(problem);
        }
        this.exportButton.disabled = false;
    }

    async pickedItems() {
        const items = await Promise.all([...this.picked].map((id) => get(path("v1", "notifications", id))));
        return items.toSorted((a, b) => a.seq - b.seq);
    }

    async matchingItems() {
        const items = [];
        let cursor = null;
        do {
            const page = await get(`/v1/notifications${query({ ...this.store.filter, order: "asc", limit: PAGE, cursor })}`);
            items.push(...page.items);
            cursor = page.nextCursor;
        } while (cursor);
        return items;
    }

    // Keys

    key(key) {
        const tabs = ["rendered", "payload", "frame", "timeline"];
        if (key === "/") this.search.focus();
        else if (key === "j" || key === "k") this.virtual.move(key === "j" ? 1 : -1);
        else if (key === "Enter" && this.virtual.focused && !document.activeElement.matches("button, a")) {
            this.open(this.virtual.focused);
        } else if (key === "Escape" && this.selected) this.closePanel();
        else if (key === "Escape" && (this.search.value || this.store.filter.q)) {
            this.search.value = "";
            this.searchNow();
        } else if (key === " " && !document.activeElement.matches("button, a")) this.pause(!this.store.paused);
        else if (key === "t") this.toNewest();
        else if (key === "e") this.toggleFocused();
        else if (key === "x") this.pick();
        else if (this.selected && tabs[Number(key) - 1]) this.goTo(this.selected, tabs[Number(key) - 1]);
        else return false;
        return true;
    }

    toggleFocused() {
        const row = this.virtual.focused;
        const cause = row?.cause ?? row?.value.verdictReason?.by ?? row?.value.id;
        const head = this.display.find((other) => other.kind === "tail" && other.cause === cause);
        if (head) this.toggle(head);
    }
}

async function forget(filter) {
    if (filter.q || filter.connectionId) return call("DELETE", `/v1/notifications${query(filter)}`);
    const body = { what: ["notifications"], ...(filter.topic ? { topic: filter.topic } : {}) };
    return call("POST", "/v1/reset", body);
}

function marks(payload) {
    const aps = payload?.aps;
    if (typeof aps !== "object" || aps === null) return null;
    const mark = (name, text) => h("span", { class: "mark", title: text }, icon(name), h("span", { class: "visually-hidden" }, `${text} `));
    return [
        "badge" in aps ? h("span", { class: "mark", title: `badge ${aps.badge}` }, icon("badge"), h("small", null, String(aps.badge))) : null,
        "sound" in aps ? mark("sound", `sound ${JSON.stringify(aps.sound)}`) : null,
        aps["content-available"] ? mark("silent", "content-available: wakes the app silently") : null,
        "category" in aps ? mark("category", `category ${aps.category}`) : null,
    ];
}

const LIMIT = 2048;

function size(count) {
    return h("span", { class: "size", title: `${bytes(count)} of ${LIMIT.toLocaleString()}` },
        h("span", { class: "bar" }, h("span", { style: { width: `${Math.min(100, (100 * count) / LIMIT)}%` } })),
        h("span", null, `${count} / ${LIMIT}`));
}

function expiryText(expiry, clockAt) {
    if (expiry === undefined) return "—";
    if (expiry === 0) return h("span", { title: "never stored" }, "0");
    const date = new Date(expiry * 1000);
    return h("time", { title: fullTime(date.toISOString()) }, relativeTime(date.toISOString(), Date.parse(clockAt)));
}
