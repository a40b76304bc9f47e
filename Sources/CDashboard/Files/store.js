// What the page knows, kept up to date by the event stream. Screens read it and are told what changed, at most ten times a
// second, however much happens.

import { Problem, get, query } from "./api.js";
import { LiveEvents } from "./live.js";

const INTERVAL = 100;
const PAGE = 1000;
/** Rows kept in the page; the server keeps more. */
export const MAXIMUM_ROWS = 20_000;
const MAXIMUM_CONNECTIONS = 2000;

/** Something the server has one of, fetched when it is needed and again when it may have changed. */
class Resource {
    constructor(store, name, target) {
        Object.assign(this, { store, name, target, value: null, problem: null, running: false, again: false, at: 0 });
    }

    /** Fetches it, at most once per `pause` milliseconds; what is asked for meanwhile is answered by the next fetch. */
    async refresh(pause = INTERVAL) {
        if (this.running) {
            this.again = true;
            return;
        }
        this.running = true;
        const rest = this.at + pause - Date.now();
        if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
        this.at = Date.now();
        this.again = false;
        try {
            this.value = await get(this.target);
            this.problem = null;
        } catch (problem) {
            this.problem = problem;
        }
        this.running = false;
        this.store.mark(this.name);
        if (this.again) this.refresh(pause);
    }

    get items() {
        return this.value?.items ?? [];
    }
}

/** Notifications in the order of their arrival, each once. */
export class Rows {
    constructor() {
        this.clear();
    }

    clear() {
        this.byID = new Map();
        this.list = [];
        this.olderCursor = null;
    }

    /** Takes a notification in, or a newer state of it. An older state changes nothing, whichever way it came. */
    take(notification) {
        const known = this.byID.get(notification.id);
        if (known) {
            if (steps(notification) < steps(known.value)) return false;
            known.value = notification;
            return false;
        }
        const row = { value: notification };
        this.byID.set(notification.id, row);
        let place = this.list.length;
        while (place > 0 && this.list[place - 1].value.seq > notification.seq) place -= 1;
        this.list.splice(place, 0, row);
        return true;
    }

    remove(matches) {
        this.list = this.list.filter((row) => {
            if (!matches(row.value)) return true;
            this.byID.delete(row.value.id);
            return false;
        });
    }

    trim() {
        if (this.list.length <= MAXIMUM_ROWS) return;
        for (const row of this.list.splice(0, this.list.length - MAXIMUM_ROWS)) this.byID.delete(row.value.id);
        this.olderCursor = null;
    }
}

const steps = (notification) => notification.timeline.length + (notification.omittedSteps ?? 0);

export class Store {
    constructor() {
        this.rows = new Rows();
        this.connections = new Map();
        this.live = "connecting";
        this.loaded = false;
        this.filter = {};
        this.searchProblem = null;
        this.newRejected = 0;
        this.listeners = new Set();
        this.dirty = new Set();
        this.timer = null;
        this.flushedAt = 0;
        this.generation = 0;
        this.held = null;
        for (const [name, target] of [
            ["info", "/v1/info"], ["devices", "/v1/devices"], ["faults", "/v1/faults"], ["clock", "/v1/clock"],
            ["feedback", "/v1/feedback"], ["audit", "/v1/audit"], ["waits", "/v1/waits"], ["networks", "/v1/networks"],
            ["certificates", "/v1/certificates"],
        ]) this[name] = new Resource(this, name, target);
        this.events = new LiveEvents({
            onEvent: (event) => this.event(event),
            onState: (state) => {
                this.live = state;
                this.mark("live");
            },
        });
    }

    start() {
        this.events.start();
    }

    /** @param {(changes: Set<string>) => void} listener */
    listen(listener) {
        this.listeners.add(listener);
    }

    mark(change) {
        this.dirty.add(change);
        this.timer ??= setTimeout(() => {
            this.timer = null;
            this.flushedAt = Date.now();
            const changes = this.dirty;
            this.dirty = new Set();
            for (const listener of this.listeners) listener(changes);
        }, Math.max(0, this.flushedAt + INTERVAL - Date.now()));
    }

    // Events

    event(event) {
        if (event.type === "hello") return this.greeted(event);
        if (event.type === "resync") return void this.load();
        if (this.held) return void this.held.push(event);
        this.apply(event);
    }

    greeted({ data, resumed }) {
        if (this.version && data?.version && this.version !== data.version) return location.reload();
        this.version = data?.version;
        if (!resumed) this.load();
    }

    apply({ type, data }) {
        const [kind] = type.split(".");
        switch (kind) {
        case "notification":
        case "fate":
            this.takeNotification(data, kind === "notification");
            break;
        case "connection":
            this.takeConnection(data);
            this.mark("connections");
            break;
        case "device":
            this.devices.refresh();
            break;
        case "fault":
            this.faults.refresh(250);
            break;
        case "feedback":
            this.feedback.refresh(250);
            break;
        case "clock":
            this.clock.refresh();
            break;
        case "reset":
            this.forget(data);
            break;
        default:
            break;
        }
    }

    takeNotification(notification, isNew) {
        this.info.refresh(500);
        this.devices.refresh(250);
        if (isNew && notification.verdict === "rejected") this.newRejected += 1;
        this.mark("notifications");
        if (this.filter.q && !this.rows.byID.has(notification.id)) return void this.searchAgain();
        for (const field of ["topic", "connectionId"]) {
            if (this.filter[field] && notification[field] !== this.filter[field]) return;
        }
        this.rows.take(notification);
        this.rows.trim();
        if (this.filter.q) this.searchAgain();
    }

    takeConnection(connection) {
        this.connections.delete(connection.id);
        this.connections.set(connection.id, connection);
        if (this.connections.size <= MAXIMUM_CONNECTIONS) return;
        for (const [id, { state }] of this.connections) {
            if (state === "open") continue;
            this.connections.delete(id);
            break;
        }
    }

    forget({ topic }) {
        this.rows.remove((notification) => !topic || notification.topic === topic);
        if (!topic) this.rows.olderCursor = null;
        this.refreshAll();
        this.mark("notifications");
    }

    // Loading

    refreshAll() {
        for (const name of ["info", "devices", "faults", "clock", "feedback"]) this[name].refresh();
    }

    /** Fetches everything anew. What happens meanwhile is held back, and applied to what was fetched. */
    async load() {
        const generation = ++this.generation;
        this.held ??= [];
        this.refreshAll();
        const wanted = this.rows.list.length;
        const rows = new Rows();
        const connections = new Map();
        try {
            await this.fetchRows(rows, Math.max(1, wanted), generation);
            const page = await get("/v1/connections?order=desc&limit=500");
            for (const connection of page.items.reverse()) connections.set(connection.id, connection);
            this.searchProblem = null;
        } catch (problem) {
            if (generation !== this.generation) return;
            if (!(problem instanceof Problem) || problem.status === 0 || problem.status >= 500) {
                setTimeout(() => generation === this.generation && this.load(), 1000);
                return;
            }
            this.searchProblem = problem;
        }
        if (generation !== this.generation) return;
        this.rows = rows;
        this.connections = connections;
        this.loaded = true;
        const held = this.held;
        this.held = null;
        for (const event of held) this.apply(event);
        this.mark("notifications");
        this.mark("connections");
    }

    /** Pages from the newest back, until so many rows are there. */
    async fetchRows(rows, wanted, generation) {
        let cursor = null;
        do {
            const page = await this.fetchPage(cursor);
            if (generation !== undefined && generation !== this.generation) return;
            for (const item of page.items.toReversed()) rows.take(item);
            cursor = page.nextCursor;
        } while (cursor && rows.list.length < Math.min(wanted, MAXIMUM_ROWS));
        rows.olderCursor = cursor;
    }

    fetchPage(cursor) {
        return get(`/v1/notifications${query({ ...this.filter, order: "desc", limit: PAGE, cursor })}`);
    }

    /** The next page of older rows, when there is one. */
    async loadOlder() {
        const { rows } = this;
        if (!rows.olderCursor || this.loadingOlder || rows.list.length >= MAXIMUM_ROWS) return;
        this.loadingOlder = true;
        try {
            const page = await this.fetchPage(rows.olderCursor);
            const older = page.items.filter((item) => !rows.byID.has(item.id)).toReversed().map((value) => ({ value }));
            for (const row of older) rows.byID.set(row.value.id, row);
            rows.list = older.concat(rows.list).sort((a, b) => a.value.seq - b.value.seq);
            rows.olderCursor = page.nextCursor;
            this.mark("notifications");
        } catch {
            // The reader scrolls on, and it is tried again.
        } finally {
            this.loadingOlder = false;
        }
    }

    // Searching: the server knows the language; the page only asks again when something has changed.

    setFilter(filter) {
        if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
        this.filter = filter;
        this.searchProblem = null;
        if (!this.loaded && !this.held) return;
        this.rows = new Rows();
        this.load();
    }

    searchAgain() {
        this.searchTimer ??= setTimeout(async () => {
            this.searchTimer = null;
            const { filter } = this;
            const rows = new Rows();
            try {
                await this.fetchRows(rows, Math.max(1, this.rows.list.length));
            } catch {
                return;
            }
            if (filter !== this.filter || this.held) return;
            this.rows = rows;
            this.mark("notifications");
        }, 250);
    }

    /** A notification by its id: from the page, or else from the server. */
    async notification(id) {
        return this.rows.byID.get(id)?.value ?? get(`/v1/notifications/${encodeURIComponent(id)}`);
    }

    topics() {
        const topics = new Set();
        for (const device of this.devices.items) for (const app of device.apps) if (app.topic) topics.add(app.topic);
        for (const identity of this.info.value?.identities ?? []) topics.add(identity.topic);
        return [...topics].sort();
    }
}
