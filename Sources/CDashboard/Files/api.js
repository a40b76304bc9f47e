// The public HTTP API, and nothing private: whatever this page does, a test can do with the same calls.

import { shellWord } from "./text.js";

/** An answer that is a problem document (RFC 9457), or no answer at all. */
export class Problem extends Error {
    constructor(status, document) {
        super(document.detail ?? document.title ?? `status ${status}`);
        this.status = status;
        this.code = document.code ?? "";
        this.hint = document.hint ?? "";
    }
}

const STORED = "gatehouse-admin-token";
let token = takeToken();

/** What a server started with GATEHOUSE_ADMIN_TOKEN wants to see: it comes as `#token=…`, or is asked for. */
function takeToken() {
    const [, given, rest] = /^#token=([^&]*)&?(.*)$/.exec(location.hash) ?? [];
    try {
        if (given !== undefined) sessionStorage.setItem(STORED, decodeURIComponent(given));
        // A secret has no business in the address bar, or in the history.
        if (given !== undefined) history.replaceState(null, "", `${location.pathname}${rest ? `#${rest}` : ""}`);
        return sessionStorage.getItem(STORED) ?? "";
    } catch {
        // Storage may be forbidden; then it holds for this page only.
        return given ?? "";
    }
}

/** Shows this token from now on; kept for as long as the tab lives. */
export function useToken(text) {
    token = text;
    try {
        sessionStorage.setItem(STORED, text);
    } catch {
        // Then it holds for this page only.
    }
}

export const hasToken = () => token !== "";

/** The headers that show the token, where there is one. */
export const authorization = () => (token ? { Authorization: `Bearer ${token}` } : {});

/** Has somebody ask for the token, when an answer says that it is missing or wrong. */
export function noteStatus(status) {
    if (status === 401) dispatchEvent(new Event("gatehouse-unauthorized"));
}

/** One call. `path` begins with `/`; `body`, when there is one, is sent as JSON. */
export async function call(method, path, body) {
    const request = { method, headers: { Accept: "application/json", ...authorization() } };
    if (body !== undefined) {
        request.headers["Content-Type"] = "application/json";
        request.body = JSON.stringify(body);
    }
    let answer;
    try {
        answer = await fetch(path, request);
    } catch {
        throw new Problem(0, { title: "the server does not answer", code: "unreachable" });
    }
    noteStatus(answer.status);
    const text = await answer.text();
    let document = null;
    try {
        document = text === "" ? null : JSON.parse(text);
    } catch {
        throw new Problem(answer.status, { title: "the answer is no JSON", code: "bad-answer" });
    }
    if (!answer.ok) throw new Problem(answer.status, document ?? { title: answer.statusText });
    return document;
}

export const get = (path) => call("GET", path);

/** Bytes, exactly as the server has them. */
export async function getBytes(path) {
    const answer = await fetch(path, { headers: authorization() });
    noteStatus(answer.status);
    if (!answer.ok) throw new Problem(answer.status, { title: `no bytes at ${path}` });
    return new Uint8Array(await answer.arrayBuffer());
}

/** A path with its parts encoded: `path("v1", "devices", name)`. */
export function path(...parts) {
    return `/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}

/** `?a=b`, without what is empty. */
export function query(parameters) {
    const entries = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
    return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
}

/** The same call on a command line. */
export function curl(method, target, body) {
    const words = ["curl", "-sS"];
    if (method !== "GET") words.push("-X", method);
    if (token) words.push("-H", '"Authorization: Bearer $GATEHOUSE_ADMIN_TOKEN"');
    words.push(shellWord(location.origin + target));
    if (body !== undefined) words.push("-H", "'Content-Type: application/json'", "-d", shellWord(JSON.stringify(body)));
    return words.join(" ");
}
