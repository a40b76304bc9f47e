// What a provider needs to get here: addresses, certificates, and a few lines for its client library.

import { callButton, copyButton, notifyProblem } from "./actions.js";
import { getBytes, hasToken, path } from "./api.js";
import { CheckList } from "./checklist.js";
import { field, h, select, show, table } from "./dom.js";
import { go, link } from "./router.js";
import { SNIPPETS } from "./snippets.js";

export class ConnectScreen {
    constructor({ store }) {
        this.store = store;
        store.certificates.refresh();
        this.checklist = new CheckList(store);
        this.addresses = h("div");
        this.certificates = h("div");
        this.snippet = h("div", { class: "snippets" });
        this.form = h("form", { class: "form-row", onsubmit: (event) => event.preventDefault() },
            field("Topic", h("input", { name: "topic", placeholder: "com.example.other", required: true })),
            field("Environment", select("environment", ["sandbox", "production"], "sandbox")),
            callButton({
                label: "Issue", className: "primary", method: "POST", target: "/v1/certificates",
                body: () => ({ topic: this.form.elements.topic.value.trim(), environment: this.form.elements.environment.value }),
                command: () => `gatehouse certs issue ${this.form.elements.topic.value.trim()}`,
                said: "Issued.", done: () => Promise.all([store.certificates.refresh(), store.info.refresh()]),
            }));
        this.element = h("section", { class: "page" },
            h("h1", null, "Connect"),
            h("div", { class: "columns" },
                h("section", null, h("h2", null, "The way to the first push"), this.checklist.element),
                h("section", null, h("h2", null, "Addresses"), this.addresses)),
            h("h2", null, "Certificates"), this.certificates, this.form,
            h("h2", null, "Your client library"), this.snippet);
    }

    route({ parts }) {
        this.library = SNIPPETS.some(({ id }) => id === parts[0]) ? parts[0] : SNIPPETS[0].id;
    }

    update(changes) {
        this.checklist.update();
        const info = this.store.info.value;
        if (!info) return;
        if (!changes.has("all") && !changes.has("info") && !changes.has("certificates")) return;
        const signature = JSON.stringify([info.environments, info.identities, this.library, this.store.certificates.value]);
        if (this.signature === signature) return;
        this.signature = signature;
        this.showAddresses(info);
        this.showCertificates(info);
        this.showSnippet(info);
    }

    showAddresses({ environments }) {
        show(this.addresses, table("Addresses", ["Environment", "Gateway", "Feedback", "Courier"], Object.entries(environments).map(([name, services]) => h("tr", null,
            h("th", { scope: "row" }, name), ["gateway", "feedback", "courier"].map((service) => {
                const text = `${services[service].host}:${services[service].port}`;
                return h("td", null, h("code", null, text), copyButton(text, "the address"));
            }))), ""));
    }

    showCertificates({ identities, caFile }) {
        const served = this.store.certificates.items;
        const rows = identities.map((identity) => {
            const entry = served.find(({ id }) => identity.certFile.endsWith(`/${id}.pem`));
            return h("tr", null,
                h("th", { scope: "row" }, identity.topic), h("td", null, identity.environment),
                h("td", { class: "wide" }, files(entry?.id, entry), pathLine(identity.pemFile), pathLine(identity.p12File)),
                h("td", null, h("code", null, identity.p12Password), copyButton(identity.p12Password, "the password")));
        });
        const authority = this.store.certificates.value?.authority;
        show(this.certificates, table("Provider certificates", ["Topic", "Environment", "Files", "Password of the p12"], rows, "No certificate was issued yet."),
            h("p", { class: "hint" }, "What your client has to trust: ", h("code", { class: "break" }, caFile), copyButton(caFile, "the path"), authority ? files(authority.id, authority) : null));
    }

    showSnippet(info) {
        const chosen = SNIPPETS.find(({ id }) => id === this.library);
        const [environment, services] = Object.entries(info.environments)[0];
        const identity = info.identities.find((other) => other.environment === environment) ?? info.identities[0];
        const device = this.store.devices.items.find((other) => other.apps.some(({ topic, token }) => topic === identity?.topic && token));
        const token = device?.apps.find(({ topic }) => topic === identity?.topic)?.token ?? "TOKEN";
        const text = chosen.text({ ...services, identity: identity ?? {}, caFile: info.caFile, token, topic: identity?.topic ?? "com.example.app" });
        show(this.snippet,
            h("nav", { class: "tabs", "aria-label": "Client libraries" }, SNIPPETS.map(({ id, name }) => h("a", {
                href: link("connect", [id]), "data-key": id, "aria-current": id === chosen.id ? "page" : null,
            }, name))),
            h("p", { class: "hint" }, chosen.note),
            h("pre", { class: "snippet" }, h("code", null, text), copyButton(text, "the snippet")));
    }

    key(key) {
        const place = SNIPPETS.findIndex(({ id }) => id === this.library);
        const next = SNIPPETS[place + ({ j: 1, k: -1 }[key] ?? NaN)];
        if (!next) return false;
        go(link("connect", [next.id]), { replace: true });
        return true;
    }
}

function files(id, entry) {
    if (!id) return null;
    return h("span", { class: "files" }, entry.formats.map((format) => {
        const target = path("v1", "certificates", `${id}.${format}`);
        return h("a", { class: "button", href: target, download: true, onclick: (event) => hasToken() && fetchFile(event, target) }, `.${format}`);
    }));
}

/** A link shows no token: what it leads to is fetched by the page and handed over. */
async function fetchFile(event, target) {
    event.preventDefault();
    try {
        const url = URL.createObjectURL(new Blob([await getBytes(target)]));
        h("a", { href: url, download: decodeURIComponent(target.split("/").pop()) }).click();
        setTimeout(() => URL.revokeObjectURL(url));
    } catch (problem) {
        notifyProblem(problem);
    }
}

function pathLine(text) {
    return text ? h("div", null, h("code", { class: "break" }, text), copyButton(text, "the path")) : null;
}
