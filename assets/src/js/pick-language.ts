// Which of these languages a person gets. choice: an id, or 'auto'. wanted: the browser's list, best first. Traditional
// Chinese is another script: not ours. Undefined: none of them.
export function pickId(ids: readonly string[], choice: string | undefined, wanted: readonly string[]): string | undefined {
  const open = wanted.map((tag) => tag.toLowerCase()).filter((tag) => !/^zh-(?:hant|tw|hk|mo)/.test(tag));
  return [choice, ...open.map((tag) => tag.split('-')[0]!)].find((id) => ids.includes(id!));
}
