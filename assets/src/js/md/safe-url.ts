// Which addresses a model's answer may link to, and how they are shown.
//
// Only http, https, mailto and tel become links. Everything else (javascript:, data:, vbscript:, file:, relative
// addresses that would lead into our own origin) stays text. Pictures are shown only when they travel inside the text
// as a data: raster image; a remote picture is a way to carry data out, so it becomes a link (security of output).

const kSchemes = new Set(['http:', 'https:', 'mailto:', 'tel:']);

export function safeLink(href: string): URL | undefined {
  // Control characters are dropped by URL parsers, which is how "java\nscript:" comes to life; refuse them outright.
  if (/[\u0000-\u001f\u007f]/.test(href)) return undefined;
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return undefined;
  }
  return kSchemes.has(url.protocol) ? url : undefined;
}

export function safeImage(href: string): string | undefined {
  return /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[a-z0-9+/]+=*$/i.test(href) ? href : undefined;
}

// The host, when the visible text does not already say it: people should see where a link leads.
export function hiddenHost(url: URL, visible: string): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const host = url.host.replace(/^www\./, '');
  return visible.toLowerCase().includes(host.toLowerCase()) ? undefined : host;
}
