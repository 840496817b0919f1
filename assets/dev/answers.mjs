// Prepared answers for development and for the browser tests. A message that begins with "!" asks for a behaviour:
//   !code !long !slow !bench !while !pause !think !xss !length    what is answered
//   !error !cut !429 !quota !context !html   what goes wrong (429 and quota before the stream begins)
// script(message) → { status?, headers?, body?, steps: [{ text } | { reasoning } | { wait } | { error } | { cut }] }

import { benchText } from './bench-text.mjs';

const demo = `Here is a short tour of what an answer can hold.

## Lists and emphasis

- **Bold**, *emphasis*, ~~struck~~ and \`inline code\`
- A link to [the documentation](https://example.org/docs)
- [x] a finished task
- [ ] an open one

1. First
2. Second

> A quotation keeps its own voice.

| Store | Good at | Writers |
|:--|:--|--:|
| SQLite | one file, no server | 1 |
| PostgreSQL | many clients at once | 100 |

\`\`\`python
def fibonacci(n: int) -> list[int]:
    """The first n numbers."""
    numbers = [0, 1]
    while len(numbers) < n:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:n]
\`\`\`

That is all. Ask me anything.
`;

const code = '```cpp\n#include <string>\n\n// A very long comment that surely does not fit into a narrow phone screen and has to scroll sideways inside its box.\nint main() {\n  std::string name = "whinchat";\n  return name.size() == 8 ? 0 : 1;\n}\n```\n\nAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa long word.\n\n| a | b | c | d | e | f | g | h |\n|---|---|---|---|---|---|---|---|\n| one | two | three | four | five | six | seven | eight |\n';

const paragraph = 'The whinchat is a small bird of open meadows. It perches on tall stems, watches, drops to the ground and returns. ';

const pieces = (text, size = 12) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')).map((piece) => ({ text: piece }));

const paced = (steps, ms) => steps.flatMap((step) => [{ wait: ms }, step]);

// So many pieces a second by the clock, not by timers that drift.
const timed = (steps, perSecond) => {
  const begun = Date.now();
  return steps.flatMap((step, i) => [{ get wait() { return Math.max(0, begun + (i * 1000) / perSecond - Date.now()); } }, step]);
};

const scripts = {
  '!code': () => ({ steps: paced(pieces(code), 4) }),
  '!bench': () => ({ steps: timed(pieces(benchText(4000), 5), 200) }),
  '!long': () => ({ steps: paced(pieces(Array.from({ length: 40 }, (_, i) => `### Part ${i + 1}\n\n${paragraph.repeat(3)}\n\n`).join(''), 40), 2) }),
  '!slow': () => ({ steps: paced(pieces(paragraph.repeat(90), 10), 20) }),
  '!while': () => ({ steps: paced(pieces(Array.from({ length: 90 }, (_, i) => `Ünïcode ${i} 🐦 flies. `).join(''), 8), 15) }),
  '!pause': () => ({ steps: [{ text: 'One moment, ' }, { wait: 1300 }, { text: 'done.' }] }),
  '!think': () => ({ steps: [...paced(pieces(paragraph.repeat(4), 20).map(({ text }) => ({ reasoning: text })), 8), ...paced(pieces('The answer is **42**.'), 20)] }),
  '!length': () => ({ steps: paced(pieces('This answer has no end because'), 5), finish: 'length' }),
  '!error': () => ({ steps: [...paced(pieces('The first half of an answer, '), 10), { error: 'The provider is overloaded.', code: 'provider_overloaded' }] }),
  '!cut': () => ({ steps: [...paced(pieces('The connection will break now'), 10), { wait: 300 }, { cut: true }] }),
  '!context': () => ({ steps: [{ error: 'The conversation is too long for this model.', code: 'context_too_long' }] }),
  '!429': () => ({ status: 429, headers: { 'Retry-After': '3' }, body: { error: 'Rate limit exceeded', message: 'Too many requests. Please try again later.', retry_after: 3 }, steps: [] }),
  '!quota': () => ({ status: 502, body: { error: 'The quota is used up.', code: 'provider_quota', request_id: '0123456789abcdef' }, steps: [] }),
  '!html': () => ({ status: 502, body: '<html><h1>502 Bad Gateway</h1></html>', steps: [] }),
};

// Asked as a person asks, for pictures.
const bird = `The **whinchat** is a small bird of open meadows.

- It winters south of the Sahara and comes back in April.
- From a tall stalk it watches for insects, drops down and returns.
- It nests on the ground, deep in the grass, so late mowing helps its young.
`;
const asked = {
  'Tell me about the whinchat': () => paced(pieces(bird, 6), 50),
  'And what does it eat?': () => paced(pieces('Mostly insects and spiders, in autumn berries too.', 6), 5),
};

export function script(message) {
  if (Object.hasOwn(asked, message)) return { finish: 'stop', steps: asked[message]() };
  const name = message.split(/\s/)[0];
  const made = Object.hasOwn(scripts, name) ? scripts[name]() : { steps: paced(pieces(message.startsWith('!say ') ? message.slice(5) : demo, 12), 4) };
  return { finish: 'stop', ...made };
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
