// The answer of GET /api/models, read without trust: what is missing or of another type is left out.

export interface Model {
  provider: string;
  id: string;
  name: string;
  available: boolean;
  reason: string | undefined; // the server's own words for "not available"
  context: number | undefined; // tokens
  images?: boolean; // sees pictures; absent: nobody knows
}

export interface Choice {
  provider: string;
  model: string;
}

// What the server says of its providers; its names and reasons go before ours.
export interface About {
  id: string;
  name: string | undefined;
  reason: string | undefined;
}
const asText = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

function readAbout(answer: Record<string, unknown>): Map<string, About> {
  const providers = (answer.about as Record<string, unknown> | undefined)?.providers;
  const rows = Array.isArray(providers) ? (providers as Record<string, unknown>[]) : [];
  return new Map(rows.flatMap((row) => {
    const id = asText(row?.id);
    return id ? [[id, { id, name: asText(row.name), reason: asText(row.reason) }] as const] : [];
  }));
}

// Every key that holds a list is a provider; other keys describe the answer itself.
export function readModels(answer: Record<string, unknown>): { models: Model[]; preferred: Choice | null; about: Map<string, About>; transcription: { name: string; bytes: number } | null } {
  const providers = readAbout(answer);
  const list: Model[] = [];
  for (const [provider, entries] of Object.entries(answer)) {
    if (!Array.isArray(entries)) continue;
    for (const entry of entries as Record<string, unknown>[]) {
      const id = asText(entry?.id);
      if (!id) continue;
      const size = entry.context_tokens ?? entry.context;
      const context = typeof size === 'number' && size > 0 ? size : undefined;
      const reason = asText(entry.reason) ?? providers.get(provider)?.reason;
      list.push({
        provider, id, name: asText(entry.name) ?? id, available: entry.available !== false, reason, context,
        ...(typeof entry.images === 'boolean' && { images: entry.images }),
      });
    }
  }
  const preferred = answer.default as Record<string, unknown> | undefined;
  const provider = asText(preferred?.provider);
  const model = asText(preferred?.model);
  const writer = (answer.about as Record<string, unknown> | undefined)?.transcription as Record<string, unknown> | undefined;
  const name = asText(writer?.provider);
  const transcription = name && typeof writer?.bytes_max === 'number' ? { name, bytes: writer.bytes_max } : null;
  return { models: list, preferred: provider && model ? { provider, model } : null, about: providers, transcription };
}
