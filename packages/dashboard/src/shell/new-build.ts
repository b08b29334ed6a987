/** When the server was updated under an open page, parts of the old build are gone: the new page is asked for, once. */
export function reloadForNewBuild(): void {
  addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem("reelay-reloaded"));
    if (Date.now() - last < 30_000) return;
    event.preventDefault();
    sessionStorage.setItem("reelay-reloaded", String(Date.now()));
    location.reload();
  });
}
