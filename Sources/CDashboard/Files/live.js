// Reads `GET /v1/events` for as long as the page lives: resumes where it broke off, backs off while the server is away,
// and says at any time how it stands. `EventSource` gives up for good on some failures; this does not.

import { authorization, noteStatus } from "./api.js";

const SILENCE = 40_000;
const SHORTEST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

export class LiveEvents {
    /**
     * @param {(event: {id: string, type: string, data: any, resumed: boolean}) => void} onEvent every event, once and in
     *     order; `resumed`: its stream goes on where the last one broke off
     * @param {(state: "connecting" | "live" | "reconnecting") => void} onState
     */
    constructor({ onEvent, onState }) {
        this.onEvent = onEvent;
        this.onState = onState;
        this.lastID = "";
        this.failures = 0;
        this.isAway = false;
        // A browser keeps the page that was left, and with it its connection: six of those, and it opens no further one.
        addEventListener("pagehide", () => this.leave());
        addEventListener("pageshow", () => this.comeBack());
        addEventListener("online", () => this.hurry());
        document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    }

    start() {
        this.onState("connecting");
        this.run();
    }

    /** Ends a pause between two attempts. */
    hurry() {
        this.endPause?.();
    }

    leave() {
        this.isAway = true;
        this.abort?.abort();
    }

    comeBack() {
        this.isAway = false;
        this.hurry();
    }

    async run() {
        for (;;) {
            try {
                await this.read();
            } catch {
                // Whatever ended it, the answer is the same: connect again.
            }
            this.failures += 1;
            this.onState("reconnecting");
            await this.pause(Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** Math.min(this.failures - 1, 6)));
        }
    }

    pause(milliseconds) {
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.isAway || resolve(), milliseconds);
            this.endPause = () => {
                if (this.isAway) return;
                clearTimeout(timer);
                resolve();
            };
        });
    }

    async read() {
        const abort = this.abort = new AbortController();
        let watchdog = setTimeout(() => abort.abort(), SILENCE);
        try {
            const headers = { Accept: "text/event-stream", ...authorization() };
            if (this.lastID) headers["Last-Event-ID"] = this.lastID;
            const answer = await fetch("/v1/events", { headers, signal: abort.signal, cache: "no-store" });
            noteStatus(answer.status);
            if (!answer.ok) throw new Error(`status ${answer.status}`);
            const resumed = this.lastID !== "";
            this.failures = 0;
            this.onState("live");
            const parser = new EventParser((event) => {
                if (event.id) this.lastID = event.id;
                this.onEvent({ ...event, resumed });
            });
            const decoder = new TextDecoder();
            const reader = answer.body.getReader();
            for (;;) {
                const { done, value } = await reader.read();
                if (done) return;
                clearTimeout(watchdog);
                watchdog = setTimeout(() => abort.abort(), SILENCE);
                parser.take(decoder.decode(value, { stream: true }));
            }
        } finally {
            clearTimeout(watchdog);
            abort.abort();
        }
    }
}

/** Cuts a text/event-stream into events, wherever the reads fall. */
export class EventParser {
    constructor(onEvent) {
        this.onEvent = onEvent;
        this.rest = "";
        this.clear();
    }

    clear() {
        this.id = "";
        this.type = "message";
        this.lines = [];
    }

    take(text) {
        const lines = (this.rest + text).split("\n");
        this.rest = lines.pop();
        for (const line of lines) this.line(line.endsWith("\r") ? line.slice(0, -1) : line);
    }

    line(line) {
        if (line === "") return this.dispatch();
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
        if (name === "data") this.lines.push(value);
        else if (name === "event") this.type = value;
        else if (name === "id") this.id = value;
    }

    dispatch() {
        const { id, type, lines } = this;
        this.clear();
        if (lines.length === 0 && !id) return;
        let data = null;
        try {
            data = lines.length === 0 ? null : JSON.parse(lines.join("\n"));
        } catch {
            return;
        }
        this.onEvent({ id, type, data });
    }
}
