// Puts the saved theme on <html>, so nothing flashes. Keys and values are those of src/js/state/settings.ts.
(() => {
  let choice = 'system';
  const html = document.documentElement;
  try {
    const saved = JSON.parse(localStorage.getItem('whinchat.settings') || '{}');
    choice = saved.theme || 'system';
    if (saved.textSize) html.dataset.size = saved.textSize;
    if (saved.density) html.dataset.density = saved.density;
  } catch {
    // Storage may be denied or damaged; the system's theme is a fine answer.
  }
  const dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  if (choice === 'dark' || choice === 'light') html.dataset.theme = choice;
  // One bar colour that follows the choice, where the page's two media-bound ones cannot.
  if (choice !== 'system') {
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
      meta.content = dark ? '#191512' : '#fbf7f1';
    }
  }
})();
