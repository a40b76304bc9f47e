// What PushStore needs of the system's SQLite. Nothing else may import this module.
#include <sqlite3.h>

// Macros and variable arguments do not reach Swift.

// The bytes stay where they are until the statement has run.
static inline int gatehouse_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                      : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

static inline int gatehouse_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, count == 0 ? "" : text, count, SQLITE_TRANSIENT);
}

// Closing leaves the log as it is, and so the file.
static inline int gatehouse_close_without_checkpoint(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
