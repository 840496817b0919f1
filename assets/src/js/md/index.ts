// All that shows answers as formatted text: one chunk, fetched beside the first screen and not before it.

export { StreamingMarkdown } from './stream.ts';
export { drawLater } from './later.ts';
