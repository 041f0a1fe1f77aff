// Runs before the first paint, so that a chosen theme never flashes in the other one. A file, because the page forbids inline scripts.
try {
  const theme = localStorage.getItem('tallyspan.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system decides.
}
