// Safari's keyboard covers the page instead of shrinking it (interactive-widget is ignored there): the visible part is then
// smaller than the window, and the shell takes its height, so that the composer stands above the keyboard.

const kKeyboardPx = 80; // less is a tool bar that comes or goes; 100dvh knows about those

export function startViewport(): void {
  const view = globalThis.visualViewport;
  if (!view) return;
  const style = document.documentElement.style;
  const fit = (): void => {
    const covered = view.scale === 1 && innerHeight - view.height > kKeyboardPx; // zoomed in, a small part is what is wanted
    if (covered) style.setProperty('--view', `${Math.round(view.height)}px`);
    else style.removeProperty('--view');
    if (covered && (view.offsetTop > 0 || scrollY > 0)) scrollTo(0, 0); // Safari pushes the page up to show the field
  };
  view.addEventListener('resize', fit);
  view.addEventListener('scroll', fit);
}
