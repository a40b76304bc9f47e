// Every screen has a URL that restores it: `#/stream/n-17/frame?q=verdict:rejected`.

export function currentRoute() {
    const [pathPart, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const [screen, ...parts] = pathPart.split("/").filter((part) => part !== "").map(decode);
    return { screen: screen ?? "stream", parts, parameters: new URLSearchParams(search) };
}

function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

export function link(screen, parts = [], parameters = {}) {
    const entries = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const search = entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
    return `#/${[screen, ...parts].map((part) => encodeURIComponent(part)).join("/")}${search}`;
}

/** Goes there; `replace`: without a step that “Back” would undo. */
export function go(target, { replace = false } = {}) {
    if (target === location.hash) return;
    if (!replace) {
        location.hash = target;
        return;
    }
    history.replaceState(null, "", target);
    dispatchEvent(new HashChangeEvent("hashchange"));
}
