// Copying. navigator.clipboard is missing on plain-HTTP origins; there a hidden field and the old command do it.

export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Permission denied or the page lost focus: try the old way.
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'offscreen';
  // Inside an open dialog everything else is inert, and a field there could not be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const before = document.activeElement as HTMLElement | null;
  field.select();
  let done = false;
  try {
    done = document.execCommand('copy');
  } catch {
    done = false;
  }
  field.remove();
  before?.focus?.({ preventScroll: true });
  return done;
}
