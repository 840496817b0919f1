// Markdown of about `tokens` tokens (4.4 characters each) as models write it: headings, lists, tables, quotes, formulas and
// code in six languages. The same text every time.
const words = 'the whinchat perches on tall stems above open meadows and watches for insects it drops to the ground returns sings from a fence post in spring before flying far south across mountains deserts rivers towards warmer places where winter never comes'.split(' ');
const codes = {
  python: 'def fibonacci(n: int) -> list[int]:\n    """The first n numbers."""\n    numbers = [0, 1]\n    while len(numbers) < n:\n        numbers.append(numbers[-1] + numbers[-2])\n    return numbers[:n]\n',
  cpp: '#include <vector>\n\n// Sums what is even.\nint sum(const std::vector<int>& values) {\n  int total = 0;\n  for (const int value : values) {\n    if (value % 2 == 0) total += value;\n  }\n  return total;\n}\n',
  typescript: "export async function load(id: string): Promise<Row | null> {\n  const response = await fetch(`/api/rows/${id}`);\n  if (!response.ok) return null; // gone\n  return (await response.json()) as Row;\n}\n",
  sql: "SELECT c.title, count(*) AS messages\nFROM conversation c JOIN message m ON m.conversation_id = c.id\nWHERE c.deleted_ms IS NULL\nGROUP BY c.id ORDER BY messages DESC LIMIT 20;\n",
  rust: 'fn main() {\n    let birds = vec!["whinchat", "stonechat"];\n    for (i, bird) in birds.iter().enumerate() {\n        println!("{i}: {bird}");\n    }\n}\n',
  json: '{\n  "name": "whinchat",\n  "weight_g": 17.5,\n  "migrates": true,\n  "places": ["meadow", "heath", "savanna"]\n}\n',
};

export function benchText(tokens, seed = 1) {
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const some = (n) => Array.from({ length: n }, () => words[random(words.length)]).join(' ');
  const names = Object.keys(codes);
  const block = (i) => [
    () => `## ${some(4)}\n\n`,
    () => `${some(40)}, **${some(3)}** and *${some(2)}*, with \`${some(1)}_${some(1)}()\` [as written](https://example.org/${some(1)}). ${some(30)}.\n\n`,
    () => Array.from({ length: 5 }, () => `- ${some(9)}\n`).join('') + `  1. ${some(6)}\n  2. ${some(6)}\n\n`,
    () => `\`\`\`${names[i % names.length]}\n${codes[names[i % names.length]].repeat(2)}\`\`\`\n\n`,
    () => `| ${some(1)} | ${some(1)} | ${some(1)} |\n|:--|--:|:-:|\n${Array.from({ length: 5 }, () => `| ${some(2)} | ${random(9000)} | ${some(1)} |\n`).join('')}\n`,
    () => `> ${some(25)}.\n\n${some(45)}. Then $x_${random(9)} = \\frac{${random(90)}}{y^2}$ holds.\n\n`,
  ][i % 6]();
  let text = '';
  for (let i = 0; text.length < tokens * 4.4; i++) text += block(i);
  return text;
}
