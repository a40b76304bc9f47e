#ifndef GATEHOUSE_DASHBOARD_H
#define GATEHOUSE_DASHBOARD_H

#include <stddef.h>

/// One file of the dashboard, as it is served.
struct DashboardContent {
    /// The path under which it is served, such as `/dashboard/app.js`.
    const char *path;
    /// Its media type.
    const char *type;
    const unsigned char *bytes;
    size_t count;
};

/// How many files there are.
size_t dashboard_count(void);

/// One of them, by its place from 0 up.
struct DashboardContent dashboard_content(size_t index);

#endif
