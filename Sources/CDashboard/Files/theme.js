// Runs before the first paint, so that a page never flashes in the other theme.
{
    let theme = null;
    try {
        theme = localStorage.getItem("gatehouse-theme");
    } catch {
        // Storage may be forbidden; then the system's preference holds.
    }
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}
