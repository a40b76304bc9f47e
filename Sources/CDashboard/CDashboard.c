// The dashboard's files, put into the binary by the compiler as they are: `#embed` costs no time worth measuring, is built
// anew when a file changes, and leaves nothing to be found at run time. A new file needs its three lines and its entry.

#include "CDashboard.h"

// Standard in C23; older modes take it as an extension.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define JAVASCRIPT "text/javascript; charset=utf-8"
#define JSON "application/json"
#define SVG "image/svg+xml"

static const unsigned char actions_js[] = {
#embed "Files/actions.js"
};
static const unsigned char api_js[] = {
#embed "Files/api.js"
};
static const unsigned char app_js[] = {
#embed "Files/app.js"
};
static const unsigned char audit_js[] = {
#embed "Files/audit.js"
};
static const unsigned char base_css[] = {
#embed "Files/base.css"
};
static const unsigned char checklist_js[] = {
#embed "Files/checklist.js"
};
static const unsigned char clock_js[] = {
#embed "Files/clock.js"
};
static const unsigned char connect_js[] = {
#embed "Files/connect.js"
};
static const unsigned char connections_js[] = {
#embed "Files/connections.js"
};
static const unsigned char docs_css[] = {
#embed "Files/docs.css"
};
static const unsigned char docs_html[] = {
#embed "Files/docs.html"
};
static const unsigned char docs_js[] = {
#embed "Files/docs.js"
};
static const unsigned char dom_js[] = {
#embed "Files/dom.js"
};
static const unsigned char faults_js[] = {
#embed "Files/faults.js"
};
static const unsigned char feedback_js[] = {
#embed "Files/feedback.js"
};
static const unsigned char frame_js[] = {
#embed "Files/frame.js"
};
static const unsigned char icon_alert_svg[] = {
#embed "Files/icon-alert.svg"
};
static const unsigned char icon_svg[] = {
#embed "Files/icon.svg"
};
static const unsigned char icons_js[] = {
#embed "Files/icons.js"
};
static const unsigned char index_html[] = {
#embed "Files/index.html"
};
static const unsigned char json_js[] = {
#embed "Files/json.js"
};
static const unsigned char keys_js[] = {
#embed "Files/keys.js"
};
static const unsigned char live_js[] = {
#embed "Files/live.js"
};
static const unsigned char lockscreen_js[] = {
#embed "Files/lockscreen.js"
};
static const unsigned char openapi_json[] = {
#embed "Files/openapi.json"
};
static const unsigned char outcome_js[] = {
#embed "Files/outcome.js"
};
static const unsigned char payload_js[] = {
#embed "Files/payload.js"
};
static const unsigned char phone_js[] = {
#embed "Files/phone.js"
};
static const unsigned char plot_js[] = {
#embed "Files/plot.js"
};
static const unsigned char push_js[] = {
#embed "Files/push.js"
};
static const unsigned char router_js[] = {
#embed "Files/router.js"
};
static const unsigned char screens_css[] = {
#embed "Files/screens.css"
};
static const unsigned char snippets_js[] = {
#embed "Files/snippets.js"
};
static const unsigned char store_js[] = {
#embed "Files/store.js"
};
static const unsigned char stream_js[] = {
#embed "Files/stream.js"
};
static const unsigned char text_js[] = {
#embed "Files/text.js"
};
static const unsigned char theme_js[] = {
#embed "Files/theme.js"
};
static const unsigned char token_js[] = {
#embed "Files/token.js"
};
static const unsigned char virtual_js[] = {
#embed "Files/virtual.js"
};
static const unsigned char waits_js[] = {
#embed "Files/waits.js"
};
static const unsigned char wire_js[] = {
#embed "Files/wire.js"
};

#define FILE(path, type, bytes) {path, type, bytes, sizeof(bytes)}

static const struct DashboardContent contents[] = {
    FILE("/dashboard/actions.js", JAVASCRIPT, actions_js),
    FILE("/dashboard/api.js", JAVASCRIPT, api_js),
    FILE("/dashboard/app.js", JAVASCRIPT, app_js),
    FILE("/dashboard/audit.js", JAVASCRIPT, audit_js),
    FILE("/dashboard/base.css", CSS, base_css),
    FILE("/dashboard/checklist.js", JAVASCRIPT, checklist_js),
    FILE("/dashboard/clock.js", JAVASCRIPT, clock_js),
    FILE("/dashboard/connect.js", JAVASCRIPT, connect_js),
    FILE("/dashboard/connections.js", JAVASCRIPT, connections_js),
    FILE("/dashboard/docs.css", CSS, docs_css),
    FILE("/docs", HTML, docs_html),
    FILE("/dashboard/docs.js", JAVASCRIPT, docs_js),
    FILE("/dashboard/dom.js", JAVASCRIPT, dom_js),
    FILE("/dashboard/faults.js", JAVASCRIPT, faults_js),
    FILE("/dashboard/feedback.js", JAVASCRIPT, feedback_js),
    FILE("/dashboard/frame.js", JAVASCRIPT, frame_js),
    FILE("/dashboard/icon-alert.svg", SVG, icon_alert_svg),
    FILE("/dashboard/icon.svg", SVG, icon_svg),
    FILE("/dashboard/icons.js", JAVASCRIPT, icons_js),
    FILE("/", HTML, index_html),
    FILE("/dashboard/json.js", JAVASCRIPT, json_js),
    FILE("/dashboard/keys.js", JAVASCRIPT, keys_js),
    FILE("/dashboard/live.js", JAVASCRIPT, live_js),
    FILE("/dashboard/lockscreen.js", JAVASCRIPT, lockscreen_js),
    FILE("/openapi.json", JSON, openapi_json),
    FILE("/dashboard/outcome.js", JAVASCRIPT, outcome_js),
    FILE("/dashboard/payload.js", JAVASCRIPT, payload_js),
    FILE("/dashboard/phone.js", JAVASCRIPT, phone_js),
    FILE("/dashboard/plot.js", JAVASCRIPT, plot_js),
    FILE("/dashboard/push.js", JAVASCRIPT, push_js),
    FILE("/dashboard/router.js", JAVASCRIPT, router_js),
    FILE("/dashboard/screens.css", CSS, screens_css),
    FILE("/dashboard/snippets.js", JAVASCRIPT, snippets_js),
    FILE("/dashboard/store.js", JAVASCRIPT, store_js),
    FILE("/dashboard/stream.js", JAVASCRIPT, stream_js),
    FILE("/dashboard/text.js", JAVASCRIPT, text_js),
    FILE("/dashboard/theme.js", JAVASCRIPT, theme_js),
    FILE("/dashboard/token.js", JAVASCRIPT, token_js),
    FILE("/dashboard/virtual.js", JAVASCRIPT, virtual_js),
    FILE("/dashboard/waits.js", JAVASCRIPT, waits_js),
    FILE("/dashboard/wire.js", JAVASCRIPT, wire_js),
};

size_t dashboard_count(void) {
    return sizeof(contents) / sizeof(contents[0]);
}

struct DashboardContent dashboard_content(size_t index) {
    return contents[index];
}
