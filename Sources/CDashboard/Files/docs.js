// Shows /openapi.json: what can be called, with what, and what comes back; and calls it.

import { authorization, curl, get, noteStatus } from "./api.js";
import { copyButton, notifyProblem } from "./actions.js";
import { field, h, show } from "./dom.js";
import "./token.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
/** A stream goes on for ever: what came by then is shown. */
const STREAM_MILLISECONDS = 3000;
const LONGEST = 200_000;

const list = document.getElementById("operations");
const main = document.getElementById("main");

try {
    present(await get("/openapi.json"));
} catch (problem) {
    notifyProblem(problem);
}

function present(document_) {
    const lookUp = (value) => (value?.$ref ? { ...follow(document_, value.$ref), ...value, $ref: undefined } : value);
    const operations = Object.entries(document_.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => ({
        path, method, ...item[method],
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(lookUp),
    })));
    const schemas = Object.entries(document_.components.schemas);
    show(list, document_.tags.map(({ name, description }) => [
        h("h2", { title: description }, name),
        operations.filter(({ tags }) => tags[0] === name).map(({ operationId, method, path, summary }) => h("a", {
            href: `#${operationId}`, title: summary,
        }, methodName(method), " ", path)),
    ]), h("h2", null, "Schemas"), schemas.map(([name]) => h("a", { href: `#schema-${name}` }, name)));
    show(main, h("h1", null, `${document_.info.title} ${document_.info.version}`), h("p", { class: "lead" }, document_.info.description),
        operations.map((operation) => operationSection(operation, lookUp)),
        schemas.map(([name, schema]) => h("section", { id: `schema-${name}` },
            h("h2", null, name), schema.description ? h("p", null, schema.description) : null, schemaText(schema))));
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function follow(document_, reference) {
    return reference.replace(/^#\//, "").split("/").reduce((value, part) => value?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document_);
}

function methodName(method) {
    return h("span", { class: `method method-${method}` }, method.toUpperCase());
}

function operationSection(operation, lookUp) {
    const { operationId, method, path, summary, description, parameters, requestBody, responses } = operation;
    const answers = Object.entries(responses).map(([status, response]) => {
        const { description: meaning, content = {} } = lookUp(response);
        const kinds = Object.entries(content).map(([type, { schema }]) => [" ", h("code", null, type), schema?.$ref ? [" ", schemaLink(schema.$ref)] : null]);
        return [h("dt", null, status), h("dd", null, meaning, kinds)];
    });
    const output = h("div", { "aria-live": "polite" });
    const inputs = parameters.map((parameter) => [parameter, parameterInput(parameter)]);
    const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const body = content ? h("textarea", { name: "body", "aria-label": "Body", spellcheck: "false" }, content.example ? JSON.stringify(content.example, null, 2) : "") : null;
    const form = h("form", {
        onsubmit: async (event) => {
            event.preventDefault();
            await attempt({ method, path, inputs, body, type }, output);
        },
    }, inputs.map(([{ name, required, description: meaning }, input]) => field(required ? `${name} (required)` : name, input, meaning)),
    content ? h("div", null, h("span", null, requestBody.required ? "Body " : "Body (optional) ", content.schema?.$ref ? schemaLink(content.schema.$ref) : null), body) : null,
    h("div", null, h("button", { class: "primary" }, "Call")));
    return h("section", { id: operationId },
        h("h2", null, methodName(method), " ", h("code", null, path)),
        h("p", null, summary), description ? h("p", { class: "hint" }, description) : null,
        h("details", null, h("summary", null, "Answers"), h("dl", { class: "facts" }, answers)), form, output);
}

function parameterInput({ name, schema, required }) {
    const options = schema?.enum;
    if (options) return h("select", { name }, h("option", { value: "" }, ""), options.map((option) => h("option", { value: option }, option)));
    return h("input", { name, required: required === true, spellcheck: "false" });
}

function schemaLink(reference) {
    const name = reference.split("/").pop();
    return h("a", { href: `#schema-${name}` }, name);
}

function schemaText(schema) {
    return h("pre", { class: "schema" }, JSON.stringify({ ...schema, description: undefined }, null, 2));
}

/** The call as the form has it. */
function request({ method, path, inputs, body, type }) {
    const query = new URLSearchParams();
    const headers = {};
    let target = path;
    for (const [{ name, in: place }, input] of inputs) {
        if (place === "path") target = target.replace(`{${name}}`, encodeURIComponent(input.value));
        else if (input.value !== "" && place === "query") query.set(name, input.value);
        else if (input.value !== "") headers[name] = input.value;
    }
    if (query.size > 0) target += `?${query}`;
    const text = body?.value.trim();
    if (text) headers["Content-Type"] = type;
    return { target, method: method.toUpperCase(), headers, text: text || undefined };
}

async function attempt(form, output) {
    const { target, method, headers, text } = request(form);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), STREAM_MILLISECONDS);
    try {
        const answer = await fetch(target, { method, headers: { ...headers, ...authorization() }, body: text, signal: abort.signal });
        noteStatus(answer.status);
        const type = answer.headers.get("Content-Type") ?? "";
        const isStream = /event-stream|ndjson/.test(type);
        if (!isStream) clearTimeout(timer);
        const shown = await readAnswer(answer, type);
        let command = curl(method, target);
        try {
            command = curl(method, target, text === undefined ? undefined : JSON.parse(text));
        } catch {
            // What is no JSON is sent as it is; the line to copy has none.
        }
        show(output, h("p", null, h("strong", { class: "answer-status" }, `${answer.status}`), ` ${type} `, copyButton(command, "the call as curl")),
            shown ? h("pre", { class: "answer" }, shown) : null);
    } catch (problem) {
        show(output, h("p", { class: "hint" }, abort.signal.aborted ? "No answer in time." : String(problem)));
    } finally {
        clearTimeout(timer);
        abort.abort();
    }
}

async function readAnswer(answer, type) {
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    try {
        while (reader && text.length < LONGEST) {
            const { done, value } = await reader.read();
            if (done) break;
            text += decoder.decode(value, { stream: true });
        }
    } catch {
        // A stream was cut off: what came is shown.
    }
    if (!/json/.test(type) || /ndjson/.test(type)) return text;
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return text;
    }
}
